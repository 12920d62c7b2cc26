use strict;
use warnings;
no warnings "recursion";

my $n = 0 + shift;

sub ack {
    my ($m, $n) = @_;
    return $n + 1 if $m == 0;
    return ack($m - 1, 1) if $n == 0;
    return ack($m - 1, ack($m, $n - 1));
}

my $r = ack(3, $n);
printf "CHECK %d\n", $r;
