use strict;
use warnings;

my $n = 0 + shift;

sub run {
    my ($size, $limit) = @_;
    my $total = 0;
    for my $y (0 .. $size - 1) {
        my $ci = 2.0 * $y / $size - 1.0;
        for my $x (0 .. $size - 1) {
            my $cr = 2.0 * $x / $size - 1.5;
            my ($zr, $zi, $n) = (0.0, 0.0, 0);
            while ($n < $limit && $zr * $zr + $zi * $zi <= 4.0) {
                my $t = $zr * $zr - $zi * $zi + $cr;
                $zi = 2.0 * $zr * $zi + $ci;
                $zr = $t;
                $n++;
            }
            $total += $n;
        }
    }
    return $total;
}

my $r = run($n, 50);
printf "CHECK %d\n", $r;
