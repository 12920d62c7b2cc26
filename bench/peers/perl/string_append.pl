use strict;
use warnings;

my $n = 0 + shift;

my @letters = map { chr(97 + $_) } 0 .. 25;

sub run {
    my $n = shift;
    my $s = "";
    for my $i (0 .. $n - 1) {
        $s = $s . $letters[$i % 26];
    }
    return $s;
}

my $s = run($n);
my $r = length($s) * 1000 + ord(substr($s, int($n / 2), 1));
printf "CHECK %d\n", $r;
