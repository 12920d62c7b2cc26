use strict;
use warnings;

my $n = 0 + shift;

my $PI = 3.141592653589793;
my $SOLAR_MASS = 4 * $PI * $PI;
my $DAYS = 365.24;

sub body {
    my ($x, $y, $z, $vx, $vy, $vz, $mass) = @_;
    return { x => $x, y => $y, z => $z, vx => $vx * $DAYS, vy => $vy * $DAYS, vz => $vz * $DAYS,
             mass => $mass * $SOLAR_MASS };
}

my @bodies = (
    body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
         0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
    body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
         -0.00276742510726411, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
    body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
         0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298),
    body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
         0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451),
);

sub advance {
    my ($bodies, $dt) = @_;
    my $n = @$bodies;
    for my $i (0 .. $n - 1) {
        my $b = $bodies->[$i];
        for my $j ($i + 1 .. $n - 1) {
            my $c = $bodies->[$j];
            my $dx = $b->{x} - $c->{x};
            my $dy = $b->{y} - $c->{y};
            my $dz = $b->{z} - $c->{z};
            my $d2 = $dx * $dx + $dy * $dy + $dz * $dz;
            my $mag = $dt / ($d2 * sqrt($d2));
            my $bm = $b->{mass} * $mag;
            my $cm = $c->{mass} * $mag;
            $b->{vx} -= $dx * $cm;
            $b->{vy} -= $dy * $cm;
            $b->{vz} -= $dz * $cm;
            $c->{vx} += $dx * $bm;
            $c->{vy} += $dy * $bm;
            $c->{vz} += $dz * $bm;
        }
    }
    for my $b (@$bodies) {
        $b->{x} += $dt * $b->{vx};
        $b->{y} += $dt * $b->{vy};
        $b->{z} += $dt * $b->{vz};
    }
}

sub energy {
    my $bodies = shift;
    my $e = 0.0;
    my $n = @$bodies;
    for my $i (0 .. $n - 1) {
        my $b = $bodies->[$i];
        $e += 0.5 * $b->{mass} * ($b->{vx} * $b->{vx} + $b->{vy} * $b->{vy} + $b->{vz} * $b->{vz});
        for my $j ($i + 1 .. $n - 1) {
            my $c = $bodies->[$j];
            my $dx = $b->{x} - $c->{x};
            my $dy = $b->{y} - $c->{y};
            my $dz = $b->{z} - $c->{z};
            $e -= $b->{mass} * $c->{mass} / sqrt($dx * $dx + $dy * $dy + $dz * $dz);
        }
    }
    return $e;
}

advance(\@bodies, 0.01) for 1 .. $n;
my $r = energy(\@bodies);
printf "CHECK %.9f\n", $r;
