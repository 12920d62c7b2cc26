use strict;
use warnings;

my $n = 0 + shift;

sub make {
    my ($n, $k) = @_;
    my @m;
    for my $i (0 .. $n - 1) {
        my @row;
        push @row, ($i * $k + $_) % 17 / 4.0 for 0 .. $n - 1;
        push @m, \@row;
    }
    return \@m;
}

sub mul {
    my ($a, $b, $n) = @_;
    my @c;
    for my $i (0 .. $n - 1) {
        my @row;
        my $arow = $a->[$i];
        for my $j (0 .. $n - 1) {
            my $s = 0.0;
            for my $k (0 .. $n - 1) {
                $s += $arow->[$k] * $b->[$k][$j];
            }
            push @row, $s;
        }
        push @c, \@row;
    }
    return \@c;
}

my $c = mul(make($n, 3), make($n, 5), $n);
my $r = 0.0;
$r += $c->[$_][$_] + $c->[$_][$n - 1 - $_] for 0 .. $n - 1;
printf "CHECK %.4f\n", $r;
