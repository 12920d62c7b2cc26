use strict;
use warnings;

my $n = 0 + shift;

sub run {
    my $n = shift;
    my $s = 0;
    for my $i (1 .. $n) {
        $s = $s + $i;
    }
    return $s;
}

my $r = run($n);
printf "CHECK %d\n", $r;
