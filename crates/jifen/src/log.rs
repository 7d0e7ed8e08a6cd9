//! Where the log goes: to standard error, or to a file that is put aside when it is full.
//!
//! In: lines from `tracing`. Out: `FILE`, then `FILE.1`, `FILE.2` … from new to old, the oldest deleted.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, IsTerminal, Write, stderr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::failure::Failure;

/// Crates that say what passes through them, people's names with it: never below this, whatever `JIFEN_LOG` asks for.
const QUIET: [&str; 1] = ["tokio_postgres=warn"];

/// A log in a file.
#[derive(clap::Args)]
pub(crate) struct LogOptions {
    /// Writes the log to a file, as JSON, instead of standard error
    #[arg(long)]
    log_file: Option<PathBuf>,
    /// Size at which the log file is put aside, in MiB
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65_536), requires = "log_file")]
    log_file_mib: u64,
    /// How many log files put aside are kept; the oldest are deleted
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=1_000), requires = "log_file")]
    log_files_kept: u32,
}

/// Starts the log; `JIFEN_LOG` sets its level. What serves writes JSON for machines where nobody looks on; what somebody runs
/// (`None`) tells them in plain words.
pub(crate) fn start(options: Option<&LogOptions>) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env("JIFEN_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,jifen=info,jifen_server=info,jifen_store=info"));
    let filter = QUIET.iter().filter_map(|text| text.parse().ok()).fold(filter, EnvFilter::add_directive);
    // A line that cannot be written is lost. To say so on standard error would end the thread where that lies on the same full disk.
    let log = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false);
    match options.and_then(|options| Some((options, options.log_file.as_deref()?))) {
        Some((options, path)) => {
            let rotating = Rotating::open(path, options.log_file_mib << 20, options.log_files_kept);
            let rotating = rotating.map_err(|error| {
                Failure::Usage(format!("--log-file: `{}` cannot be written: {error}", path.display()))
            })?;
            log.with_writer(Shared(Mutex::new(rotating))).json().init();
        }
        None if options.is_none() => {
            log.with_writer(stderr).without_time().with_target(false).with_ansi(stderr().is_terminal()).init();
        }
        None if stderr().is_terminal() => log.with_writer(stderr).init(),
        None => log.with_writer(stderr).json().init(),
    }
    Ok(())
}

/// A file that is put aside before it would be longer than it may.
struct Rotating {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    kept: u32,
}

impl Rotating {
    /// Opens a log to go on at its end.
    fn open(path: &Path, bytes_max: u64, kept: u32) -> io::Result<Self> {
        let file = append_to(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, bytes_max, kept })
    }

    fn aside(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }

    /// Makes room: every file moves one on. What was there is whole under one name or the other at any moment.
    fn put_aside(&mut self) -> io::Result<()> {
        if self.kept == 0 {
            fs::remove_file(&self.path)?;
        } else {
            for number in (1..self.kept).rev() {
                match fs::rename(self.aside(number), self.aside(number + 1)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
            fs::rename(&self.path, self.aside(1))?;
        }
        self.file = append_to(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

/// The log may name systems and addresses: only the program's own user reads it.
fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

impl Write for Rotating {
    /// Writes a whole line; `tracing` gives one at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.bytes_max {
            // A file that is too long is better than a line that is lost.
            if let Err(error) = self.put_aside() {
                let told = writeln!(stderr(), "jifen: the log `{}` cannot be put aside: {error}", self.path.display());
                drop(told);
            }
        }
        self.file.write_all(line)?;
        self.bytes += line.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct Shared(Mutex<Rotating>);

struct Locked<'a>(MutexGuard<'a, Rotating>);

impl Write for Locked<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<'a> MakeWriter<'a> for Shared {
    type Writer = Locked<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Locked(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .expect("folder")
            .map(|entry| {
                let path = entry.expect("entry").path();
                let name = path.file_name().expect("name").to_string_lossy().into_owned();
                (name, fs::read_to_string(path).expect("text"))
            })
            .collect();
        files.sort();
        files
    }

    fn named(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn full_files_are_put_aside_and_the_oldest_deleted() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("log");
        let mut log = Rotating::open(&path, 8, 2).expect("log");
        for line in ["one\n", "two\n", "three\n", "four\n", "a line longer than a file\n", "six\n"] {
            log.write_all(line.as_bytes()).expect("written");
        }
        let expected = [("log", "six\n"), ("log.1", "a line longer than a file\n"), ("log.2", "four\n")];
        assert_eq!(files(folder.path()), named(&expected));
    }

    #[test]
    fn a_log_goes_on_where_it_ended() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("log");
        for line in ["one\n", "two\n", "six\n"] {
            Rotating::open(&path, 8, 1).expect("log").write_all(line.as_bytes()).expect("written");
        }
        assert_eq!(files(folder.path()), named(&[("log", "six\n"), ("log.1", "one\ntwo\n")]));
    }

    #[test]
    fn none_are_kept_when_none_shall_be() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Rotating::open(&folder.path().join("log"), 4, 0).expect("log");
        ["one\n", "two\n"].iter().for_each(|line| log.write_all(line.as_bytes()).expect("written"));
        assert_eq!(files(folder.path()), named(&[("log", "two\n")]));
    }

    #[test]
    fn a_line_is_not_lost_when_nothing_can_be_put_aside() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("log");
        let mut log = Rotating::open(&path, 4, 1).expect("log");
        fs::create_dir_all(folder.path().join("log.1/in the way")).expect("folder");
        ["one\n", "two\n"].iter().for_each(|line| log.write_all(line.as_bytes()).expect("written"));
        assert_eq!(fs::read_to_string(path).expect("text"), "one\ntwo\n");
    }
}
