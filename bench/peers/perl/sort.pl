use strict;
use warnings;

my $n = 0 + shift;

my @a;
my $x = 42;
for (1 .. $n) {
    $x = ($x * 16807) % 2147483647;
    push @a, $x;
}

@a = sort { $a <=> $b } @a;
my $r = 0;
for my $i (1 .. @a) {
    $r += ($i % 7) * $a[$i - 1];
}
printf "CHECK %d\n", $r;
