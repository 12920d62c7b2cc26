//! The figures of a comparison, and ratios of them.

/// A program that is compared.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// How much it does; empty where that is said elsewhere.
    pub(crate) size: String,
}

/// Something that runs the programs.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Is it this machine at another revision?
    pub(crate) is_baseline: bool,
}

/// The figures of all programs on all engines.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) programs: Vec<Row>,
    pub(crate) engines: Vec<Column>,
    /// A row for each program, a column for each engine.
    pub(crate) figures: Vec<Vec<f64>>,
    /// The engine that ratios refer to, if it is there, or else the first.
    pub(crate) refer_to: &'static str,
}

impl Results {
    /// The column that ratios refer to.
    pub(crate) fn reference(&self) -> usize {
        let engines = self.engines.iter();
        let mut names = engines.map(|engine| engine.name.as_str());
        names.position(|name| name == self.refer_to).unwrap_or(0)
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
