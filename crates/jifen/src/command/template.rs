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
        return Err(Failure::Usage(format!("`{file}`：文件名要以 `.xlsx` 结尾 / name a file that ends in `.xlsx`")));
    }
    // Somebody may have filled it in already.
    if options.file.exists() {
        return Err(Failure::Usage(format!(
            "`{file}` 已经有了；请换个文件名，或先移走 / is there already; name another file, or move it away"
        )));
    }
    sheet::write_template(&options.file, options.example)
        .map_err(|error| Failure::Storage(format!("`{file}` 不能写 / cannot be written: {error}")))?;
    eprintln!(
        "`{file}` 已写好：填好后运行 `jifen init --db sqlite:jifen.db {file}`（docs/spreadsheet.md） / written: fill it in, then run that"
    );
    Ok(())
}
