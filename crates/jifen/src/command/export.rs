//! `jifen export ledger`: every entry, in order.

use std::io::{self, BufWriter, Write};

use jifen_server::board::{ExportFormat, export_ledger};

use super::open;
use crate::failure::Failure;

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 流水 / all entries of the ledger
    Ledger {
        /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
        #[arg(long)]
        db: String,
        /// Region code
        #[arg(long)]
        region: String,
        /// csv or jsonl
        #[arg(long, value_parser = format)]
        format: ExportFormat,
    },
}

fn format(text: &str) -> Result<ExportFormat, String> {
    ExportFormat::parse(text).ok_or_else(|| "write `csv` or `jsonl`".to_owned())
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Ledger { db, region, format } => {
            let open::Reading { database, row, region } = open::to_read(db, region)?;
            let mut out = BufWriter::new(io::stdout().lock());
            export_ledger(&database, &row, &region, *format, &mut out)?;
            out.flush()?;
            Ok(())
        }
    }
}
