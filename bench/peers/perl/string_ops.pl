use strict;
use warnings;

my $n = 0 + shift;

my @words = qw(alpha beta gamma delta epsilon zeta eta theta);

sub run {
    my $n = shift;
    my ($total, $less, $equal) = (0, 0, 0);
    my $prev = "";
    for my $i (0 .. $n - 1) {
        my $s = $words[$i % 8] . "-" . ($i % 1000);
        $total += length $s;
        $less++ if $s lt $prev;
        $equal++ if $s eq "delta-123";
        $prev = $s;
    }
    return $total * 7 + $less * 3 + $equal;
}

my $r = run($n);
printf "CHECK %d\n", $r;
