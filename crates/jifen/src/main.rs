//! The `jifen` binary: arguments in, one subcommand run, its exit code out. Results go to standard output, all else to standard error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program talks to people there")]

mod command;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser;

// PERF: ingest allocates small things by the dozen per event; glibc's allocator cost a fifth to a third of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = command::Arguments::parse();
    start_log();
    match command::run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("jifen: {failure}");
            }
            failure.code()
        }
    }
}

/// The log goes to standard error: for people on a terminal, as JSON for machines; `JIFEN_LOG` sets its level.
fn start_log() {
    use std::io::{IsTerminal, stderr};
    let filter = tracing_subscriber::EnvFilter::try_from_env("JIFEN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,jifen=info,jifen_server=info,jifen_store=info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() { log.init() } else { log.json().init() }
}
