//! What people see: columns that line up with Chinese text, JSON for programs, progress on a terminal only.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::failure::Failure;

/// How a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Writes rows below their titles; a Chinese character is two columns wide.
pub(crate) fn table<const N: usize>(titles: [(&str, Align); N], rows: &[[String; N]]) -> Result<(), Failure> {
    let width = |index: usize| {
        let cells = rows.iter().map(|row| row[index].width());
        cells.chain([titles[index].0.width()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = io::stdout().lock();
    let mut line = |cells: [&str; N]| {
        let padded = cells.iter().enumerate().map(|(index, cell)| {
            let space = " ".repeat(widths[index].saturating_sub(cell.width()));
            match titles[index].1 {
                Align::Left => format!("{cell}{space}"),
                Align::Right => format!("{space}{cell}"),
            }
        });
        writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    line(titles.map(|(title, _)| title))?;
    for row in rows {
        line(std::array::from_fn(|index| row[index].as_str()))?;
    }
    Ok(())
}

/// Writes one JSON document.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// Writes one line of text.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// A bar of bytes or records on a terminal, nothing elsewhere.
pub(crate) fn progress(what: &str, unit: Unit) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let amount = match unit {
        Unit::Bytes => "{bytes}/{total_bytes}",
        Unit::Records => "{pos}/{len}",
    };
    let template = format!("{what} {{wide_bar}} {amount} {{eta}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

/// What a bar counts.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Bytes,
    Records,
}

/// Shows how far something is.
pub(crate) fn advance(bar: &ProgressBar, position: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(position);
}
