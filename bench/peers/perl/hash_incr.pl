use strict;
use warnings;

my $n = 0 + shift;

my @keys = map { "key$_" } 0 .. 49999;

sub run {
    my $n = shift;
    my %h;
    my $idx = 0;
    for (1 .. $n) {
        $idx = ($idx * 21 + 12347) % 50000;
        $h{$keys[$idx]}++;
    }
    my $r = 0;
    $r += $h{$keys[$_]} * ($_ % 7) for 0 .. 49999;
    return $r;
}

my $r = run($n);
printf "CHECK %d\n", $r;
