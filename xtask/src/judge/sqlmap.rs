//! sqlmap: tries every parameter, member of a body and part of a path for SQL that is made of what was sent.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};

use super::{Options, Served};
use crate::run::{command, run};

/// Says behind a part of a path that it may be changed.
const MARK: &str = "*";

/// What it notes of a suspicion that its own further tries did not bear out: the second of two equal requests is answered otherwise.
const WITHDRAWN: &str = "false positive or unexploitable";

pub(super) fn look(at: &Served<'_>, options: &Options) -> Result<Vec<String>> {
    let (log, results) = (at.notes.join("requests.log"), at.notes.join("results.csv"));
    fs::write(&log, proxy_log(at))?;
    let _ = fs::remove_file(&results);
    let (level, risk) = if options.thorough { ("5", "3") } else { ("1", "1") };
    let mut sqlmap =
        command("sqlmap", &["--batch", "--ignore-stdin", "--flush-session", "--level", level, "--risk", risk]);
    // No time-based tries: on a busy machine they find slow answers.
    sqlmap.args(["--technique", "BEU", "--disable-coloring", "--ignore-code", "*", "-v", "0"]);
    sqlmap.arg("-l").arg(&log).arg("--results-file").arg(&results).arg("--output-dir").arg(at.notes.join("output"));
    sqlmap.stdout(fs::File::create(at.notes.join("told.txt"))?);
    run(sqlmap)?;
    let results = fs::read_to_string(&results).with_context(|| format!("no results; see {}", at.notes.display()))?;
    Ok(findings(&results, &at.address))
}

/// The requests as a proxy would have logged them.
fn proxy_log(at: &Served<'_>) -> String {
    let rule = "=".repeat(54);
    let host = at.address.trim_start_matches("http://");
    let mut log = String::new();
    for request in at.requests {
        let mut headers = format!("Host: {host}\r\n");
        for header in &at.caller.headers {
            write!(headers, "{header}\r\n").ok();
        }
        if let Some(body) = &request.body {
            write!(headers, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()).ok();
        }
        let (method, target, body) =
            (&request.method, request.marked(MARK), request.body.as_deref().unwrap_or_default());
        write!(log, "{rule}\n00:00:00  {}  [127.0.0.1]\n{rule}\n", at.address).ok();
        write!(log, "{method} {target} HTTP/1.1\r\n{headers}\r\n{body}\n{rule}\n\n\n\n").ok();
    }
    log
}

/// Lines of the results: target, place, parameter, techniques, notes.
fn findings(results: &str, address: &str) -> Vec<String> {
    let rows = results.lines().skip(1).filter_map(|line| {
        let line = line.replace(address, "");
        let [target, place, parameter, techniques, notes] = *line.splitn(5, ',').collect::<Vec<_>>() else {
            return None;
        };
        let stands = !techniques.is_empty() && !notes.contains(WITHDRAWN);
        stands.then(|| format!("{target}: {place} {parameter}"))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::findings;

    #[test]
    fn what_sqlmap_withdraws_is_no_finding() {
        let results = "Target URL,Place,Parameter,Technique(s),Note(s)\n\
            http://a/people?name=chen,GET,name,BU,\n\
            http://a/keys,(custom) POST,JSON name,B,false positive or unexploitable\n\
            http://a/now,GET,hall,,\n";
        assert_eq!(findings(results, "http://a"), ["/people?name=chen: GET name"]);
    }
}
