//! wapiti: follows pages and links, and tries what was sent for becoming part of a page, a path, a command, a header or another site's address.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Options, Served};
use crate::run::{command, run};

/// Without those that wait for answers from a host of its authors' (`ssrf`, `xxe`), that time answers (`blindsql`), and `http_headers`,
/// which asks for TLS; tests of ours hold the headers.
const MODULES: &str = "cookieflags,crlf,csp,exec,file,permanentxss,redirect,sql,xss";

pub(super) fn look(at: &Served<'_>, options: &Options) -> Result<Vec<String>> {
    let (report, session) = (at.notes.join("wapiti.json"), at.notes.join("session"));
    let _ = fs::remove_file(&report);
    let start = format!("{}/", at.address);
    let force = if options.thorough { "aggressive" } else { "normal" };
    let mut wapiti =
        command("wapiti", &["--url", &start, "--scope", "domain", "--module", MODULES, "--scan-force", force]);
    wapiti.args(["--flush-session", "--verbose", "0", "--format", "json", "--output"]).arg(&report);
    wapiti.arg("--store-session").arg(&session);
    for request in at.requests.iter().filter(|request| request.method == "GET") {
        wapiti.arg("--start").arg(format!("{}{}", at.address, request.target()));
    }
    for header in &at.caller.headers {
        wapiti.args(["--header", header]);
    }
    wapiti.stdout(fs::File::create(at.notes.join("told.txt"))?);
    run(wapiti)?;
    let report = fs::read(&report).with_context(|| format!("no report; see {}", at.notes.display()))?;
    Ok(findings(&serde_json::from_slice(&report)?))
}

/// What it calls a vulnerability, and what it calls an anomaly: answers that are errors of the server's, or none.
fn findings(report: &Value) -> Vec<String> {
    let kinds = ["vulnerabilities", "anomalies"].into_iter().filter_map(|part| report[part].as_object()).flatten();
    let all = kinds.flat_map(|(kind, found)| found.as_array().into_iter().flatten().map(move |one| (kind, one)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|(kind, one)| format!("{kind}: {} {}", text(&one["path"]), text(&one["parameter"]))).collect()
}
