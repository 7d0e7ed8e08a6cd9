//! `cargo xtask soak`: the city lives for a while, then the ledger is held against the simulator's own tally, event for event.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::demo::{self, Made, Stopped};
use crate::run::{command, root, run};

/// Options of the command.
pub(crate) struct Options {
    seconds: u64,
    small: bool,
    release: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self { seconds: 600, small: false, release: true };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--seconds" => {
                    let value = rest.next().context("`--seconds` needs a value")?;
                    options.seconds = value.parse().context("`--seconds` needs a number")?;
                }
                "--small" => options.small = true,
                "--dev" => options.release = false,
                _ => bail!("unknown option `{argument}`"),
            }
        }
        Ok(options)
    }

    /// As in every test run: the small city for a few seconds.
    pub(crate) fn short() -> Self {
        Self { seconds: 15, small: true, release: false }
    }
}

/// Today from midnight on, then live for so many seconds; every event is sent once more at the end, and must be known.
pub(crate) fn soak(options: &Options) -> Result<()> {
    let programs = demo::build(options.release)?;
    let directory = root().join("target/soak");
    let scale = if options.small { "small" } else { "city" };
    let made = demo::found(&programs, &directory, scale)?;
    let port = demo::free_port()?;
    let server = Stopped(demo::start(&programs, &directory, port)?);
    let (url, progress) = (format!("http://127.0.0.1:{port}"), directory.join(demo::PROGRESS));
    let progress = progress.to_str().context("the directory's name is no UTF-8")?;
    let Made { anchor, staff, source, administrator, .. } = &made;
    let simulate = |arguments: &[&str]| run(command(programs.join("jifen-sim"), arguments));
    let (at, seconds) = (["--url", &url, "--progress", progress], options.seconds.to_string());
    let city = ["feed", "--seed", "1", "--anchor", anchor, "--scale", scale, "--from", anchor, "--for", &seconds];
    simulate(&[&city[..], &at, &["--key", source, "--administrator-key", administrator]].concat())?;
    simulate(&[&["check"][..], &at, &["--key", staff, "--resend-key", source]].concat())?;
    println!("peak resident memory of the server: {} MiB", peak_memory_mib(server.id())?);
    Ok(())
}

/// Highest resident set of a process so far.
fn peak_memory_mib(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM in /proc")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024)
}
