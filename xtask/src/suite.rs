//! `cargo xtask test`: all that must pass, part by part, with a table at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{
    demo,
    install::{Tool, ensure},
    readme,
    run::{cargo, command, find, in_ci, root, run, target},
    soak, statements, tidy, web,
};

/// How a part ended.
enum Outcome {
    Passed,
    Failed(String),
    /// It could not run on this machine.
    Skipped(String),
}

struct Part {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Runs every part, also after a failure, so that one run shows all that is wrong; with `wanted`, those whose names hold one of them.
pub(crate) fn test(wanted: &[String]) -> Result<()> {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    let mut parts = Vec::new();
    let mut part = |name: &'static str, needs: &dyn Fn() -> Result<()>, work: &dyn Fn() -> Result<()>| {
        if !is_wanted(name) {
            return;
        }
        eprintln!("\n== {name}");
        let start = Instant::now();
        let outcome = match needs().map(|()| work()) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(error)) => Outcome::Failed(format!("{error:#}")),
            Err(missing) => Outcome::Skipped(format!("{missing:#}")),
        };
        parts.push(Part { name, outcome, took: start.elapsed() });
    };
    let nothing = || Ok(());
    let node = || need("npm", "install Node.js 20.19 or newer");
    part("tidy", &nothing, &tidy::check);
    part("format", &nothing, &|| run(cargo(&["fmt", "--all", "--check"])));
    // The web app first: the server embeds it.
    part("web: packages", &node, &web::install);
    part("web: types and unit tests", &node, &|| web::npm(&["run", "check"]));
    part("web: build", &node, &|| web::npm(&["run", "build"]));
    part("clippy", &nothing, &|| {
        run(cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
    });
    let tools = || ensure(&[Tool::Strace, Tool::Postgres, Tool::Iproute, Tool::Slapd]).and_then(|()| web::provider());
    part("tests", &tools, &|| run(cargo(&["test", "--workspace"])));
    part("tests on PostgreSQL", &|| ensure(&[Tool::Postgres]), &|| {
        let seen = statements::folder()?;
        let mut tests = tests_on("postgres");
        tests.env("JIFEN_TEST_STATEMENTS", &seen);
        run(tests)?;
        statements::check(&seen)
    });
    part("demo", &node, &readme::make_demo);
    part("a live city", &nothing, &|| soak::soak(&soak::Options::short()));
    part("commands of the README", &nothing, &readme::check);
    let browser = || node().and_then(|()| ensure(&[Tool::Chromium, Tool::ChineseFonts]));
    part("web: end to end", &browser, &walk_through);
    part("web: from draft to rule", &browser, &decide_rules);
    report(&parts)
}

/// The pages in a real browser, on the demo.
fn walk_through() -> Result<()> {
    let made = root().join(readme::MADE);
    let (account, clerk) = (demo::account(&made)?, demo::clerk(&made)?);
    demo::while_served(&made, &|[address, key, region, administrator, hundred]| {
        let mut walk = command("node", &["web/e2e/run.mjs", address, key, region, administrator]);
        walk.env("ACCOUNT", &account).env("HUNDRED", hundred).env("CLERK", &clerk);
        if let Some(chromium) = find("chromium") {
            walk.env("CHROMIUM", chromium);
        }
        run(walk)
    })
}

/// What is about files alone, or about servers alone, and so runs once in the suite.
const OF_ONE_KIND: [&str; 16] = [
    "sqlite::",
    "postgres::",
    "overload::",
    "backup::",
    "disk::",
    "upgrade::",
    "powerloss::",
    "real_logs::",
    "space::",
    "nodes::",
    "copy::",
    "copying::",
    "outage::",
    "tls::",
    "provider::",
    "directory::",
];

/// The tests of storage on a kind of database.
fn tests_on(kind: &str) -> std::process::Command {
    // Of three packages alone, much would be built again with other features than the part before built it.
    let mut tests =
        cargo(&["test", "--workspace", "--exclude", "jifen-core", "--exclude", "jifen-sim", "--test", "it", "--"]);
    tests.args(OF_ONE_KIND.iter().flat_map(|name| ["--skip", name])).env("JIFEN_TEST_DATABASE", kind);
    tests
}

/// The tests of storage on a Citus cluster of three servers, which `cargo xtask test` does not need to have.
pub(crate) fn citus() -> Result<()> {
    ensure(&[Tool::Postgres])?;
    run(tests_on("citus"))
}

/// The way of a draft through the committee in a real browser, on a server whose clock the test moves.
fn decide_rules() -> Result<()> {
    run(cargo(&["build", "--quiet", "--package", "jifen-server", "--example", "clocked"]))?;
    let program = target().join("debug/examples/clocked");
    let mut walk = command("node", &["web/e2e/committee.mjs"]);
    walk.arg(program);
    if let Some(chromium) = find("chromium") {
        walk.env("CHROMIUM", chromium);
    }
    run(walk)
}

/// Takes the README's pictures anew, in the demo's city at work.
pub(crate) fn shots() -> Result<()> {
    ensure(&[Tool::Chromium, Tool::ChineseFonts])?;
    demo::while_living(&root().join("target/shots"), &|[address, key, hundred]| {
        let mut take = command("node", &["web/e2e/shots.mjs", address, key, "docs/images", hundred]);
        if let Some(chromium) = find("chromium") {
            take.env("CHROMIUM", chromium);
        }
        run(take)
    })
}

fn need(program: &str, advice: &str) -> Result<()> {
    if find(program).is_none() {
        bail!("`{program}` is missing; {advice}");
    }
    Ok(())
}

fn report(parts: &[Part]) -> Result<()> {
    let (mut failed, mut skipped) = (0, 0);
    eprintln!("\n{:<26} {:>8}", "part", "seconds");
    for Part { name, outcome, took } in parts {
        let (verdict, why) = match outcome {
            Outcome::Passed => ("passed", String::new()),
            Outcome::Failed(why) => {
                failed += 1;
                ("FAILED", format!(": {why}"))
            }
            Outcome::Skipped(why) => {
                skipped += 1;
                ("SKIPPED", format!(": {why}"))
            }
        };
        eprintln!("{name:<26} {:>8.1}  {verdict}{why}", took.as_secs_f64());
    }
    if failed > 0 {
        bail!("{failed} parts failed");
    }
    if skipped > 0 && in_ci() {
        bail!("{skipped} parts could not run, and CI=true wants them all");
    }
    Ok(())
}
