use strict;
use warnings;

my $n = 0 + shift;

my @vocab;
for my $i (0 .. 4999) {
    my ($k, $w) = ($i * 7 + 26, "");
    while ($k > 0) {
        $w .= chr(97 + $k % 26);
        $k = int($k / 26);
    }
    push @vocab, $w;
}
my $text = "";
my $x = 42;
for my $i (1 .. $n) {
    $x = ($x * 16807) % 2147483647;
    my $u = $x / 2147483647;
    $text .= $vocab[int($u * $u * $u * 5000)] . ($i % 12 == 0 ? "\n" : " ");
}

sub run {
    my $text = shift;
    my %count;
    $count{$_}++ for split ' ', $text;
    my @words = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
    return join ",", scalar(@words), map { "$_:$count{$_}" } @words[0 .. 4];
}

my $r = run($text);
printf "CHECK %s\n", $r;
