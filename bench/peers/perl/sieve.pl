use strict;
use warnings;

my $n = 0 + shift;

sub sieve {
    my $limit = shift;
    my @flags = (1) x ($limit + 1);
    my $count = 0;
    for my $i (2 .. $limit) {
        if ($flags[$i]) {
            $count++;
            for (my $j = $i * $i; $j <= $limit; $j += $i) {
                $flags[$j] = 0;
            }
        }
    }
    return $count;
}

my $r = 0;
$r += sieve($n) for 1 .. 5;
printf "CHECK %d\n", $r;
