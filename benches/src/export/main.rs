//! A list of a million rows as a file: what the server's memory grows by while it writes and sends one, beside a tenth of it.

#![expect(clippy::print_stdout, reason = "the figures are the program's output")]

use std::{
    env,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Seek, Write},
    path::PathBuf,
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jifen_bench::{
    load::Connection,
    memory::{forget_peak, peak_mib},
    served::{Hall, Served, client},
};
use jifen_server::auth::Role;

/// As in the `jifen` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The goal: a file ten times as long takes this much more memory at most, in MiB.
const GROWTH_MIB: u64 = 16;

/// Measures exports.
#[derive(Parser)]
struct Arguments {
    /// Rows of the long file.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Fills a ledger in a folder, and no more: what that takes is another process's memory.
    #[arg(long, hide = true)]
    fill: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.fill {
        return Hall::create(folder)?.fill(arguments.rows);
    }
    let folder = tempfile::tempdir()?;
    let (program, rows) = (env::current_exe()?, arguments.rows.to_string());
    let filled = Command::new(program).args(["--rows", &rows, "--fill"]).arg(folder.path()).status()?;
    ensure!(filled.success(), "the ledger was not filled");

    let hall = Hall::reopen(folder.path())?;
    let key = hall.key(Role::Staff, "desk")?;
    let served = Served::start(&hall)?;
    let client = client()?;
    client.block_on(served.ready())?;
    for format in ["csv", "xlsx"] {
        let mut peaks = Vec::new();
        // The first warms the readers' caches.
        for limit in [arguments.rows / 10, arguments.rows / 10, arguments.rows] {
            let mut file = tempfile::tempfile_in(folder.path())?;
            forget_peak()?;
            let asked = Instant::now();
            let path = format!("/api/v1/entries?format={format}&limit={limit}");
            let mut sink = BufWriter::new(&file);
            let fetched = async { Connection::open(served.address).await?.fetch(&path, &key, &mut sink).await };
            let status = client.block_on(fetched)?;
            sink.flush()?;
            drop(sink);
            let (seconds, peak) = (asked.elapsed().as_secs_f64(), peak_mib()?);
            file.rewind()?;
            ensure!(status == 200, "{status}: {}", std::io::read_to_string(&file)?);
            let (bytes, lines) = (file.metadata()?.len(), lines(format, file)?);
            ensure!(lines == limit + 1, "{lines} lines for {limit} rows and a header");
            println!("{format}, {limit} rows: {seconds:.1} s, {} MiB, at most {peak} MiB resident", bytes / (1 << 20));
            peaks.push(peak);
        }
        let grown = peaks[2].saturating_sub(peaks[1]);
        println!("{format}, ten times as long: {grown} MiB more (goal {GROWTH_MIB})");
    }
    Ok(())
}

/// Rows of a file, its header's too.
fn lines(format: &str, file: File) -> Result<u64> {
    match format {
        "csv" => count(file, b'\n', |_| true),
        _ => {
            let mut workbook = zip::ZipArchive::new(file)?;
            let sheet = workbook.by_name("xl/worksheets/sheet1.xml").context("no sheet")?;
            count(sheet, b'>', |tag| tag.starts_with(b"<row "))
        }
    }
}

/// Pieces that end so, and are meant.
fn count(file: impl Read, end: u8, is_meant: impl Fn(&[u8]) -> bool) -> Result<u64> {
    let (mut reader, mut piece, mut found) = (BufReader::new(file), Vec::new(), 0);
    while reader.read_until(end, &mut piece)? > 0 {
        found += u64::from(piece.ends_with(&[end]) && is_meant(&piece));
        piece.clear();
    }
    Ok(found)
}
