//! `cargo xtask fault NAME`: the tests of what survives, for longer than `cargo xtask test` takes, with a seed to repeat them.

use anyhow::{Context, Result, bail};

use crate::{
    install::{Tool, ensure},
    run::{cargo, run},
};

/// A test that repeats itself as often as its environment says.
struct Fault {
    name: &'static str,
    /// What its test is called, or begins with.
    test: &'static str,
    /// Environment variables `JIFEN_{prefix}_{counted}` and `JIFEN_{prefix}_SEED`.
    prefix: &'static str,
    counted: &'static str,
    /// Unless `--rounds` says otherwise.
    rounds: u64,
}

const FAULTS: [Fault; 5] = [
    Fault { name: "disk", test: "disk::", prefix: "DISK", counted: "ROUNDS", rounds: 100 },
    Fault { name: "kill", test: "kill::", prefix: "KILL", counted: "ROUNDS", rounds: 1_000 },
    Fault { name: "nodes", test: "nodes::nodes_are_killed", prefix: "NODES", counted: "ROUNDS", rounds: 200 },
    Fault { name: "outage", test: "outage::", prefix: "OUTAGE", counted: "ROUNDS", rounds: 200 },
    Fault { name: "powerloss", test: "powerloss::", prefix: "POWERLOSS", counted: "STATES", rounds: 10_000 },
];

/// Runs the named fault with the options that follow its name.
pub(crate) fn fault(arguments: &[String]) -> Result<()> {
    let names = || FAULTS.map(|fault| fault.name).join(", ");
    let Some((name, mut options)) = arguments.split_first() else { bail!("name a fault: {}", names()) };
    let fault = FAULTS.iter().find(|fault| fault.name == name).with_context(|| format!("name a fault: {}", names()))?;
    let (mut rounds, mut seed) = (fault.rounds, None);
    while let [option, value, rest @ ..] = options {
        let number = || value.parse::<u64>().with_context(|| format!("`{option} {value}`: not a whole number"));
        match option.as_str() {
            "--rounds" => rounds = number()?,
            "--seed" => seed = Some(number()?),
            _ => bail!("unknown option `{option}`; there are --rounds N and --seed S"),
        }
        options = rest;
    }
    if let [left] = options {
        bail!("`{left}` has no value; there are --rounds N and --seed S");
    }
    ensure(&[Tool::Strace, Tool::Postgres, Tool::Iproute])?;
    // Of one package alone, everything would be built again with other features than `cargo xtask test` builds it.
    let mut test = cargo(&["test", "--workspace", "--test", "it", fault.test, "--", "--nocapture"]);
    test.env(format!("JIFEN_{}_{}", fault.prefix, fault.counted), rounds.to_string());
    if let Some(seed) = seed {
        test.env(format!("JIFEN_{}_SEED", fault.prefix), seed.to_string());
    }
    run(test)
}
