//! The project's commands: `cargo xtask demo | test | citus | gen | shots | bench | fault | judge | soak | tidy`. Knows nothing of jifen but its programs' options.

#![allow(clippy::print_stdout, reason = "a command's result goes to standard output")]

mod bench;
mod demo;
mod fault;
mod generate;
mod install;
mod judge;
mod python;
mod readme;
mod run;
mod soak;
mod statements;
mod suite;
mod tidy;
mod web;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo [--small] [--port N] [--dir DIR] [--no-serve] [--fresh] [--dev]
    builds everything, fills an invented city through the pipeline, serves it and prints its address;
    `--small`: one small hall with a tax hall beside it
cargo xtask test [PART …]
    everything that must pass, or the parts whose names hold a word; CI=true makes a part that cannot run a failure
cargo xtask citus
    the tests of storage, server and commands on a Citus cluster of three servers; install the extension beforehand
cargo xtask gen
    writes docs/openapi.json, docs/events.md and web/src/api/schema.d.ts anew
cargo xtask shots
    takes the README's pictures anew, in the demo's city at work (some minutes): docs/images/*.png; look at them before committing
cargo xtask bench NAME [--profile PROFILE] [OPTION …]
    ingest: the whole path beside two designs it replaces; board: boards in memory beside SQL; export: a million rows as a file;
    http: one event a request beside FastAPI; live: thousands of streams beside ingest; postgres: ingest there beside two designs
    and COPY; restart: from start to ready; rules: a fact's verdicts; whatif: a draft tried
    on a hall's quarter; see benches/README.md
cargo xtask fault NAME [--rounds N] [--seed S]
    kill: `kill -9` under load; nodes: nodes of one PostgreSQL killed and stopped; outage: PostgreSQL killed, cut off, without room;
    powerloss: crash states rebuilt from what the server wrote; longer than in `test`
cargo xtask judge [JUDGE …] [--role WORD] [--seed S] [--thorough]
    schemathesis, sqlmap and wapiti look for flaws in the small demo, the first as every role; each first finds a planted one
cargo xtask soak [--seconds N] [--small] [--dev]
    the city lives for ten minutes, then the ledger must equal the simulator's own tally, event for event
cargo xtask tidy
    the house rules for files, names and links
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "demo" => demo::Options::parse(&rest).and_then(|options| demo::demo(&options)),
        "test" => suite::test(&rest),
        "citus" => suite::citus(),
        "gen" => generate::generate(),
        "shots" => suite::shots(),
        "soak" => soak::Options::parse(&rest).and_then(|options| soak::soak(&options)),
        "tidy" => tidy::check(),
        "bench" => bench::bench(&rest),
        "judge" => judge::Options::parse(&rest).and_then(|options| judge::judge(&options)),
        "fault" => fault::fault(&rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
