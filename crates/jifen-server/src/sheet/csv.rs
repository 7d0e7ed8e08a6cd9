//! CSV for people's spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula.

use std::io::{self, Write};

/// What makes a spreadsheet read a cell as a formula, also in full width.
pub(super) const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// Excel reads UTF-8 only after it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A CSV writer over `output`.
pub(crate) fn writer<W: Write>(output: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(output)
}

/// Writes one line, every cell made harmless.
pub(crate) fn record<W: Write, T: AsRef<str>>(csv: &mut csv::Writer<W>, cells: &[T]) -> io::Result<()> {
    Ok(csv.write_record(cells.iter().map(|cell| neutral(cell.as_ref())))?)
}

/// A cell that no spreadsheet runs: what begins like a formula and is no number gets an apostrophe before it.
fn neutral(cell: &str) -> String {
    if cell.starts_with(FORMULA) && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, places].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        for harmless in ["-3", "-0.5", "12", "王岚", "", "a=b"] {
            assert_eq!(neutral(harmless), harmless);
        }
        for formula in ["=1+1", "+1", "-", "-1+1", "@sum", "\tx", "\rx", "＝1", "-1.2.3", "-.5"] {
            assert_eq!(neutral(formula), format!("'{formula}"));
        }
    }
}
