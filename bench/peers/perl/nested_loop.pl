use strict;
use warnings;

my $n = 0 + shift;

sub run {
    my $n = shift;
    my $s = 0;
    for my $i (0 .. $n - 1) {
        for my $j (0 .. $n - 1) {
            $s = $s + $j if ($i + $j) % 3 == 0;
        }
    }
    return $s;
}

my $r = run($n);
printf "CHECK %d\n", $r;
