//! `cargo xtask judge`: programs from outside look for flaws in a hall of ours that is served. Each first finds the flaw that was planted
//! for it in a tiny server (`planted.py`), so that its silence about ours means something.

mod hall;
mod planted;
mod requests;
mod schemathesis;
mod sqlmap;
mod wapiti;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    install::{Tool, ensure},
    readme,
    run::{root, target},
};
use hall::{Caller, Hall};
use requests::Request;

/// Options of the command.
pub(crate) struct Options {
    /// The judges wanted; all of them where none is named.
    judges: Vec<Judge>,
    /// Roles whose names hold this alone.
    role: String,
    pub(crate) seed: u64,
    /// As long and as deep as the judges go.
    pub(crate) thorough: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self { judges: Vec::new(), role: String::new(), seed: 1, thorough: false };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--role" => options.role = value()?.clone(),
                "--seed" => options.seed = value()?.parse().context("`--seed` needs a number")?,
                "--thorough" => options.thorough = true,
                name => match Judge::ALL.into_iter().find(|judge| judge.name() == name) {
                    Some(judge) => options.judges.push(judge),
                    None => {
                        bail!("unknown judge or option `{name}`; judges are {}", Judge::ALL.map(Judge::name).join(", "))
                    }
                },
            }
        }
        if options.judges.is_empty() {
            options.judges = Judge::ALL.to_vec();
        }
        Ok(options)
    }
}

/// A program that looks for flaws from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judge {
    /// Whether answers are as the OpenAPI document promises, and what is wrong is refused.
    Schemathesis,
    /// Whether what is sent becomes part of a statement of SQL.
    Sqlmap,
    /// Whether what is sent becomes part of a page, a path, a command or a header.
    Wapiti,
}

impl Judge {
    const ALL: [Self; 3] = [Self::Schemathesis, Self::Sqlmap, Self::Wapiti];

    fn name(self) -> &'static str {
        match self {
            Self::Schemathesis => "schemathesis",
            Self::Sqlmap => "sqlmap",
            Self::Wapiti => "wapiti",
        }
    }

    /// What it says of the flaw that was planted for it.
    fn planted(self) -> &'static str {
        match self {
            Self::Schemathesis => "GET /points/{person}: Response violates schema",
            Self::Sqlmap => "/people?name=chen: GET name",
            Self::Wapiti => "Cross Site Scripting: /greeting name",
        }
    }

    /// Whether what it looks for depends on who asks. Statements and pages are made the same way for all: who may most sees most of them.
    fn looks_as_everybody(self) -> bool {
        self == Self::Schemathesis
    }

    fn looks_as(self, role: &str) -> bool {
        self.looks_as_everybody() || role == "administrator"
    }

    fn look(self, at: &Served, options: &Options) -> Result<Vec<String>> {
        match self {
            Self::Schemathesis => schemathesis::look(at, options),
            Self::Sqlmap => sqlmap::look(at, options),
            Self::Wapiti => wapiti::look(at, options),
        }
    }
}

/// A server that is looked at, and as whom.
struct Served<'a> {
    /// `http://127.0.0.1:PORT`.
    address: String,
    /// Where its OpenAPI document lies.
    document: &'a Path,
    /// A sound request for each of its operations.
    requests: &'a [Request],
    caller: &'a Caller,
    /// Where a judge may write.
    notes: PathBuf,
}

/// Every judge looks at its planted flaw, then at our server as every role.
pub(crate) fn judge(options: &Options) -> Result<()> {
    let wants = |judge: Judge| options.judges.contains(&judge);
    let tools = [(Judge::Sqlmap, Tool::Sqlmap), (Judge::Wapiti, Tool::Wapiti)];
    ensure(&tools.into_iter().filter(|(judge, _)| wants(*judge)).map(|(_, tool)| tool).collect::<Vec<_>>())?;
    if wants(Judge::Schemathesis) {
        schemathesis::install()?;
    }
    let folder = target().join("judge");
    for &judge in &options.judges {
        find_planted(judge, options, &folder)?;
    }
    let demo = root().join(readme::MADE);
    if !demo.join("ready.json").is_file() {
        readme::make_demo()?;
    }
    let hall = Hall::make(&demo, &folder.join("hall"))?;
    let path = root().join("docs/openapi.json");
    let document = document(&path)?;
    let without: Vec<&str> = [&hall::ENDLESS[..], &hall::ENDING].concat();
    let requests = requests::of(&document, hall::samples(), &without)?;
    let mut findings = Vec::new();
    for &judge in &options.judges {
        for role in hall.roles().filter(|role| role.contains(&options.role) && judge.looks_as(role)) {
            let begun = Instant::now();
            let (server, caller) = hall.serve(&folder.join("served"), role)?;
            let notes = notes(&folder, judge, role)?;
            let served =
                Served { address: server.address(), document: &path, requests: &requests, caller: &caller, notes };
            if !judge.looks_as_everybody() {
                hall::check_answered(&server, &served)?;
            }
            let found = judge.look(&served, options)?;
            server.check_alive(&caller)?;
            println!("{}, as {role}: {} findings, {:.0} s", judge.name(), found.len(), begun.elapsed().as_secs_f64());
            findings.extend(found.into_iter().map(|finding| format!("{}, as {role}: {finding}", judge.name())));
        }
    }
    if !findings.is_empty() {
        bail!("{} findings:\n  {}", findings.len(), findings.join("\n  "));
    }
    Ok(())
}

/// # Errors
/// When the judge does not find the flaw that was planted for it.
fn find_planted(judge: Judge, options: &Options, folder: &Path) -> Result<()> {
    let (server, address) = planted::start()?;
    let path = root().join(planted::DOCUMENT);
    let requests = requests::of(&document(&path)?, &[], &[])?;
    let (caller, notes) = (Caller::nobody(), notes(folder, judge, "planted")?);
    let served = Served { address, document: &path, requests: &requests, caller: &caller, notes };
    let found = judge.look(&served, options)?;
    drop(server);
    if !found.iter().any(|finding| finding == judge.planted()) {
        bail!("{} does not find what was planted, `{}`; it found {found:?}", judge.name(), judge.planted());
    }
    println!("{} finds what was planted: {}", judge.name(), judge.planted());
    Ok(())
}

/// An empty folder for what the judge writes about that role.
fn notes(folder: &Path, judge: Judge, role: &str) -> Result<PathBuf> {
    let notes = folder.join(judge.name()).join(role.replace(' ', "-"));
    if notes.is_dir() {
        fs::remove_dir_all(&notes)?;
    }
    fs::create_dir_all(&notes)?;
    Ok(notes)
}

fn document(path: &Path) -> Result<Value> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}
