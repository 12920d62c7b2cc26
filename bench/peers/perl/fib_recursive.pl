use strict;
use warnings;

my $n = 0 + shift;

sub fib {
    my $n = shift;
    return $n if $n < 2;
    return fib($n - 1) + fib($n - 2);
}

my $r = fib($n);
printf "CHECK %d\n", $r;
