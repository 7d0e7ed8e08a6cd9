//! Wall time, and CPU time of this process and a server's, around a design's work.

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
pub(crate) fn ingest(design: &mut dyn Design, rows: &Rows, batch: usize, server: u32) -> Result<Figure> {
    let mut sum = Figure { events: 0, cpu_s: 0.0, wall_s: 0.0 };
    for start in (0..rows.events).step_by(batch) {
        let json: Vec<String> = (start..(start + batch).min(rows.events)).map(|index| rows.json(index)).collect();
        let (cpu, wall) = (cpu_s(server)?, Instant::now());
        design.take(&json)?;
        sum.events += json.len();
        sum.wall_s += wall.elapsed().as_secs_f64();
        sum.cpu_s += cpu_s(server)? - cpu;
    }
    Ok(sum)
}

/// The figure in the middle, by events per CPU second.
pub(crate) fn median(figures: &[Figure]) -> Figure {
    let mut sorted = figures.to_vec();
    sorted.sort_by(|a, b| a.per_cpu().total_cmp(&b.per_cpu()));
    sorted[sorted.len() / 2]
}

/// User and system time so far of this process, the server and its children, those that ended included.
fn cpu_s(server: u32) -> Result<f64> {
    let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children"))?;
    let living = children.split_whitespace().filter_map(|child| ticks(child, 2).ok());
    // Of the server's own: with what its ended children took.
    Ok((ticks("self", 2)? + ticks(&server.to_string(), 4)? + living.sum::<f64>()) / TICKS)
}

/// The first `count` of a process's utime, stime, cutime, cstime.
fn ticks(process: &str, count: usize) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit(')').next().context("no fields")?.split_whitespace().skip(11).take(count);
    Ok(fields.filter_map(|field| field.parse::<f64>().ok()).sum())
}
