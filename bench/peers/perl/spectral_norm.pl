use strict;
use warnings;

my $n = 0 + shift;

sub a {
    my ($i, $j) = @_;
    my $ij = $i + $j;
    return 1.0 / ($ij * ($ij + 1) / 2 + $i + 1);
}

sub mul_av {
    my ($n, $v, $out) = @_;
    for my $i (0 .. $n - 1) {
        my $s = 0.0;
        $s += a($i, $_) * $v->[$_] for 0 .. $n - 1;
        $out->[$i] = $s;
    }
}

sub mul_atv {
    my ($n, $v, $out) = @_;
    for my $i (0 .. $n - 1) {
        my $s = 0.0;
        $s += a($_, $i) * $v->[$_] for 0 .. $n - 1;
        $out->[$i] = $s;
    }
}

sub run {
    my $n = shift;
    my @u = (1.0) x $n;
    my (@v, @w);
    for (1 .. 10) {
        mul_av($n, \@u, \@w);
        mul_atv($n, \@w, \@v);
        mul_av($n, \@v, \@w);
        mul_atv($n, \@w, \@u);
    }
    my ($vbv, $vv) = (0.0, 0.0);
    for my $i (0 .. $n - 1) {
        $vbv += $u[$i] * $v[$i];
        $vv += $v[$i] * $v[$i];
    }
    return sqrt($vbv / $vv);
}

my $r = run($n);
printf "CHECK %.9f\n", $r;
