//! A comparison as a chart.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::digits;
use super::results::{Results, geometric_mean};

/// In pixels: a bar, and the space between the bars of two programs.
const BAR: u32 = 9;
/// In pixels: the whole chart, and its parts for the names of programs and of engines.
const WIDTH: u32 = 900;
const NAMES: u32 = 140;
const LEGEND: u32 = 140;
const FONT: (&str, u32) = ("sans-serif", 13);

/// Writes a chart with a bar for each program and engine: the ratio to the reference, on a
/// logarithmic scale, to the left where the engine is faster.
pub(crate) fn write(results: &Results, path: &Path) -> Result<()> {
    draw(results, path).with_context(|| format!("cannot write {}", path.display()))
}

/// The bars of one engine.
struct Series<'r> {
    name: &'r str,
    /// Of each program, and their mean.
    ratios: Vec<f64>,
}

fn draw(results: &Results, path: &Path) -> Result<()> {
    let reference = results.reference();
    let series: Vec<Series<'_>> = (0..results.engines.len())
        .filter(|&column| column != reference)
        .map(|column| {
            let mut ratios = results.ratios(column, reference);
            ratios.push(geometric_mean(&ratios));
            Series {
                name: &results.engines[column].name,
                ratios,
            }
        })
        .collect();
    let programs = results.programs.iter().map(|program| program.name.as_str());
    let groups: Vec<&str> = programs.chain(["geometric mean"]).collect();

    // Vertically, a bar is one unit, and so is the space after a group. Groups go downwards.
    let group = series.len() + 1;
    let rows = groups.len() * group;
    let top = |index: usize| (rows - index * group) as f64 - 0.5;
    let scale = scale(series.iter().flat_map(|series| &series.ratios));

    let root = SVGBackend::new(path, (WIDTH, rows as u32 * BAR + 110)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(
            format!(
                "Ratio to {}: less is faster",
                results.engines[reference].name
            ),
            ("sans-serif", 18),
        )
        .margin(10)
        .margin_right(LEGEND)
        .x_label_area_size(40)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(scale.clone().log_scale(), 0.0..rows as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .x_label_formatter(&|ratio| digits(*ratio))
        .label_style(FONT)
        .draw()?;

    let legend = FONT
        .into_text_style(&root)
        .pos(Pos::new(HPos::Left, VPos::Center));
    for (index, series) in series.iter().enumerate() {
        let color = Palette99::pick(index).filled();
        let bars = series.ratios.iter().enumerate().map(|(place, &ratio)| {
            let y = top(place) - index as f64;
            Rectangle::new([(1.0, y), (ratio, y - 0.9)], color)
        });
        chart.draw_series(bars)?;
        let (x, y) = ((WIDTH - LEGEND) as i32 + 10, 50 + 18 * index as i32);
        root.draw(&Rectangle::new([(x, y - 5), (x + 10, y + 5)], color))?;
        root.draw(&Text::new(series.name, (x + 16, y), legend.clone()))?;
    }
    chart.draw_series([PathElement::new([(1.0, 0.0), (1.0, rows as f64)], BLACK)])?;

    let names = FONT
        .into_text_style(&root)
        .pos(Pos::new(HPos::Right, VPos::Center));
    for (index, &name) in groups.iter().enumerate() {
        let middle = top(index) - series.len() as f64 / 2.0;
        let (x, y) = chart.backend_coord(&(scale.start, middle));
        root.draw(&Text::new(name, (x - 8, y), names.clone()))?;
    }
    root.present()?;
    Ok(())
}

/// From a power of ten to a power of ten, with all ratios and 1 between.
fn scale<'r>(ratios: impl Iterator<Item = &'r f64>) -> Range<f64> {
    let (low, high) = ratios.fold((1.0, 1.0), |(low, high): (f64, f64), &ratio| {
        (low.min(ratio), high.max(ratio))
    });
    10f64.powf(low.log10().floor())..10f64.powf(high.log10().ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_hold_all_ratios_and_one() {
        for (ratios, expected) in [
            (&[0.5, 2.0][..], 0.1..10.0),
            (&[20.0], 1.0..100.0),
            (&[0.03], 0.01..1.0),
        ] {
            let scale = scale(ratios.iter());
            let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
            assert!(
                near(scale.start, expected.start) && near(scale.end, expected.end),
                "{ratios:?}: {scale:?}"
            );
        }
    }
}
