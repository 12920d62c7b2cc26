//! The figures of a comparison, and ratios of them.

use super::engines::Engine;
use super::programs::Program;

/// The figures of all programs on all engines.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) programs: Vec<&'static Program>,
    pub(crate) engines: Vec<Engine>,
    /// A row for each program, a column for each engine.
    pub(crate) figures: Vec<Vec<f64>>,
}

impl Results {
    /// The column that ratios refer to: Lua 5.4, or else the first.
    pub(crate) fn reference(&self) -> usize {
        let lua = |engine: &Engine| engine.name == "lua5.4";
        self.engines.iter().position(lua).unwrap_or(0)
    }

    /// Of the figure in one column to that in another, for each program.
    pub(crate) fn ratios(&self, column: usize, reference: usize) -> Vec<f64> {
        self.figures
            .iter()
            .map(|row| row[column] / row[reference])
            .collect()
    }
}

/// The mean of ratios: that of `2` and `1/2` is 1.
pub(crate) fn geometric_mean(ratios: &[f64]) -> f64 {
    let logarithms: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (logarithms / ratios.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometric_means() {
        for (ratios, expected) in [
            (&[3.0][..], 3.0),
            (&[2.0, 0.5], 1.0),
            (&[1.0, 2.0, 4.0], 2.0),
            (&[1.0, 100.0], 10.0),
        ] {
            let mean = geometric_mean(ratios);
            assert!((mean - expected).abs() < 1e-12, "{ratios:?}: {mean}");
        }
    }
}
