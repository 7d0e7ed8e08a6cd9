//! The `jifen` binary: arguments in, one subcommand run, its exit code out. Results go to standard output, all else to standard error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program talks to people there")]

mod command;
mod failure;
mod log;
mod output;

use std::process::ExitCode;

use clap::Parser;

// PERF: ingest allocates small things by the dozen per event; glibc's allocator cost a fifth to a third of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = command::Arguments::parse();
    let started = log::start(arguments.command.log());
    match started.and_then(|()| command::run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("jifen: {failure}");
            }
            failure.code()
        }
    }
}
