//! Wall and CPU time of this process around a design's work.

use std::{fs, time::Instant};

use anyhow::{Context, Result};

use jifen_bench::rows::Rows;

use crate::design::Design;

/// Clock ticks per second of /proc (USER_HZ on Linux).
const TICKS: f64 = 100.0;

/// What a run took.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    events: usize,
    cpu_s: f64,
    wall_s: f64,
}

impl Figure {
    pub(crate) fn per_cpu(&self) -> f64 {
        self.events as f64 / self.cpu_s
    }

    pub(crate) fn per_wall(&self) -> f64 {
        self.events as f64 / self.wall_s
    }
}

/// Feeds all rows; making the JSON is not measured.
pub(crate) fn ingest(design: &mut dyn Design, rows: &Rows, batch: usize) -> Result<Figure> {
    let marks = marks(design, rows, batch, rows.events)?;
    marks.first().copied().context("no rows")
}

/// Feeds all rows and gives one figure per `every` events.
pub(crate) fn marks(design: &mut dyn Design, rows: &Rows, batch: usize, every: usize) -> Result<Vec<Figure>> {
    let (mut figures, mut sum) = (Vec::new(), Figure { events: 0, cpu_s: 0.0, wall_s: 0.0 });
    for start in (0..rows.events).step_by(batch) {
        let json: Vec<String> = (start..(start + batch).min(rows.events)).map(|index| rows.json(index)).collect();
        let (cpu, wall) = (cpu_s()?, Instant::now());
        design.take(&json)?;
        sum.events += json.len();
        sum.wall_s += wall.elapsed().as_secs_f64();
        sum.cpu_s += cpu_s()? - cpu;
        if sum.events >= every || start + batch >= rows.events {
            figures.push(sum);
            sum = Figure { events: 0, cpu_s: 0.0, wall_s: 0.0 };
        }
    }
    Ok(figures)
}

/// The figure in the middle, by events per CPU second.
pub(crate) fn median(figures: &[Figure]) -> Figure {
    let mut sorted = figures.to_vec();
    sorted.sort_by(|a, b| a.per_cpu().total_cmp(&b.per_cpu()));
    sorted[sorted.len() / 2]
}

/// User and system time of this process so far. Nanoseconds of the running thread where the kernel gives them, else ticks.
fn cpu_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    if let Some(nanoseconds) = stat.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()) {
        return Ok(nanoseconds / 1e9);
    }
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / TICKS)
}
