//! The tiny server with planted flaws.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use anyhow::{Context, Result};

use crate::{
    demo::{Stopped, free_port},
    run::{command, root},
};

/// The program, and its OpenAPI document.
const PROGRAM: &str = "xtask/src/judge/planted.py";
pub(super) const DOCUMENT: &str = "xtask/src/judge/planted.json";

/// Starts it; gives it and its address once it listens.
pub(super) fn start() -> Result<(Stopped, String)> {
    let port = free_port()?;
    let mut server = command("python3", &[PROGRAM, &port.to_string()]);
    server.current_dir(root()).stdout(Stdio::piped());
    let mut server = Stopped(server.spawn().context("cannot start `python3`; install Python 3")?);
    let stdout = server.0.stdout.take().context("the planted server has no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    anyhow::ensure!(line.trim() == "ready", "the planted server ended");
    Ok((server, format!("http://127.0.0.1:{port}")))
}
