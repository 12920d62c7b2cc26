use strict;
use warnings;

my $n = 0 + shift;

sub run {
    my $n = shift;
    my @a;
    for my $i (0 .. $n - 1) {
        push @a, $i * 2;
    }
    my $s = 0;
    for my $i (0 .. $#a) {
        $s += $a[$i];
    }
    return $s;
}

my $r = run($n);
printf "CHECK %d\n", $r;
