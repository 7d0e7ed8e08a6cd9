//! `jifen template`: the workbook to fill in.

use std::path::PathBuf;

use jifen_server::sheet;

use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Fills in a small hall, to try things out with
    #[arg(long)]
    example: bool,
    /// File to write, `.xlsx`; it must not be there yet
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let file = options.file.display();
    if options.file.extension().is_none_or(|extension| extension != "xlsx") {
        return Err(Failure::Usage(format!("`{file}`: name a file that ends in `.xlsx`")));
    }
    // Somebody may have filled it in already.
    if options.file.exists() {
        return Err(Failure::Usage(format!("`{file}` is there already; name another file, or move it away")));
    }
    sheet::write_template(&options.file, options.example)
        .map_err(|error| Failure::Storage(format!("`{file}` cannot be written: {error}")))?;
    eprintln!("`{file}` written: fill it in, then `jifen init --db sqlite:jifen.db {file}` (docs/spreadsheet.md)");
    Ok(())
}
