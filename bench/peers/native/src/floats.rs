//! Numbers with fractions, and vectors of them.
#![expect(
    clippy::needless_range_loop,
    reason = "indexed, as the programs in the other languages"
)]

use std::f64::consts::PI;
use std::hint::black_box;

pub fn mandelbrot(size: i64, limit: i64) -> i64 {
    let mut total = 0;
    for y in 0..size {
        let ci = 2.0 * y as f64 / size as f64 - 1.0;
        for x in 0..size {
            let cr = 2.0 * x as f64 / size as f64 - 1.5;
            let (mut zr, mut zi, mut n) = (0.0f64, 0.0f64, 0);
            while n < limit && zr * zr + zi * zi <= 4.0 {
                let t = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = t;
                n += 1;
            }
            total += n;
        }
    }
    total
}

struct Body {
    x: f64,
    y: f64,
    z: f64,
    vx: f64,
    vy: f64,
    vz: f64,
    mass: f64,
}

fn bodies() -> Vec<Body> {
    const SOLAR_MASS: f64 = 4.0 * PI * PI;
    const DAYS: f64 = 365.24;
    #[expect(
        clippy::excessive_precision,
        reason = "the digits of the other languages"
    )]
    let rows: [[f64; 7]; 5] = [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [
            4.84143144246472090,
            -1.16032004402742839,
            -0.103622044471123109,
            0.00166007664274403694,
            0.00769901118419740425,
            -0.0000690460016972063023,
            0.000954791938424326609,
        ],
        [
            8.34336671824457987,
            4.12479856412430479,
            -0.403523417114321381,
            -0.00276742510726411,
            0.00499852801234917238,
            0.0000230417297573763929,
            0.000285885980666130812,
        ],
        [
            12.8943695621391310,
            -15.1111514016986312,
            -0.223307578892655734,
            0.00296460137564761618,
            0.00237847173959480950,
            -0.0000296589568540237556,
            0.0000436624404335156298,
        ],
        [
            15.3796971148509165,
            -25.9193146099879641,
            0.179258772950371181,
            0.00268067772490389322,
            0.00162824170038242295,
            -0.0000951592254519715870,
            0.0000515138902046611451,
        ],
    ];
    rows.iter()
        .map(|r| Body {
            x: r[0],
            y: r[1],
            z: r[2],
            vx: r[3] * DAYS,
            vy: r[4] * DAYS,
            vz: r[5] * DAYS,
            mass: r[6] * SOLAR_MASS,
        })
        .collect()
}

fn advance(bodies: &mut [Body], dt: f64) {
    let n = bodies.len();
    for i in 0..n {
        let (head, tail) = bodies.split_at_mut(i + 1);
        let b = &mut head[i];
        for c in tail {
            let (dx, dy, dz) = (b.x - c.x, b.y - c.y, b.z - c.z);
            let d2 = dx * dx + dy * dy + dz * dz;
            let mag = dt / (d2 * d2.sqrt());
            let (bm, cm) = (b.mass * mag, c.mass * mag);
            b.vx -= dx * cm;
            b.vy -= dy * cm;
            b.vz -= dz * cm;
            c.vx += dx * bm;
            c.vy += dy * bm;
            c.vz += dz * bm;
        }
    }
    for b in bodies {
        b.x += dt * b.vx;
        b.y += dt * b.vy;
        b.z += dt * b.vz;
    }
}

fn energy(bodies: &[Body]) -> f64 {
    let mut e = 0.0;
    for (i, b) in bodies.iter().enumerate() {
        e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
        for c in &bodies[i + 1..] {
            let (dx, dy, dz) = (b.x - c.x, b.y - c.y, b.z - c.z);
            e -= b.mass * c.mass / (dx * dx + dy * dy + dz * dz).sqrt();
        }
    }
    e
}

pub fn nbody(steps: usize) -> f64 {
    let mut bodies = bodies();
    for _ in 0..steps {
        advance(black_box(&mut bodies), 0.01);
    }
    energy(&bodies)
}

fn element(i: i64, j: i64) -> f64 {
    let ij = i + j;
    1.0 / ((ij * (ij + 1) / 2 + i + 1) as f64)
}

fn mul_av(n: usize, v: &[f64], out: &mut [f64]) {
    for i in 0..n {
        let mut s = 0.0;
        for j in 0..n {
            s += element(i as i64, j as i64) * v[j];
        }
        out[i] = s;
    }
}

fn mul_atv(n: usize, v: &[f64], out: &mut [f64]) {
    for i in 0..n {
        let mut s = 0.0;
        for j in 0..n {
            s += element(j as i64, i as i64) * v[j];
        }
        out[i] = s;
    }
}

pub fn spectral_norm(n: usize) -> f64 {
    let (mut u, mut v, mut w) = (vec![1.0; n], vec![0.0; n], vec![0.0; n]);
    for _ in 0..10 {
        mul_av(n, &u, &mut w);
        mul_atv(n, &w, &mut v);
        mul_av(n, &v, &mut w);
        mul_atv(n, &w, &mut u);
    }
    let (mut vbv, mut vv) = (0.0, 0.0);
    for i in 0..n {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    f64::sqrt(vbv / vv)
}

fn matrix(n: usize, k: usize) -> Vec<Vec<f64>> {
    (0..n)
        .map(|i| (0..n).map(|j| ((i * k + j) % 17) as f64 / 4.0).collect())
        .collect()
}

pub fn matmul(n: usize) -> f64 {
    let (a, b) = (matrix(n, 3), matrix(n, 5));
    let mut c = Vec::with_capacity(n);
    for i in 0..n {
        let mut row = Vec::with_capacity(n);
        let arow = &a[i];
        for j in 0..n {
            let mut s = 0.0;
            for k in 0..n {
                s += arow[k] * b[k][j];
            }
            row.push(s);
        }
        c.push(row);
    }
    let mut r = 0.0;
    for i in 0..n {
        r += c[i][i] + c[i][n - 1 - i];
    }
    r
}
