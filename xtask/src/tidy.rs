//! The house rules that a machine can see: heads of files, their length and names, foreign hosts and paths, links of the docs.

use std::{fs, path::Path};

use anyhow::{Result, bail};

use crate::run::{command, find, read, root};

/// Longest Rust file, in lines.
const LINES_MAX: usize = 600;
/// Names that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "service", "services"];
/// Texts that belong to one machine. Written in halves, so that this file passes its own rule.
const FOREIGN: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("artif", "actory")];
/// Where packages may be said to come from, in lock files.
const REGISTRIES: [&str; 2] = ["https://registry.npmjs.org/", "registry+https://github.com/rust-lang/crates.io-index"];

pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for path in files()? {
        check_file(&path, &mut faults);
    }
    if !faults.is_empty() {
        bail!("{} faults:\n  {}", faults.len(), faults.join("\n  "));
    }
    Ok(())
}

/// Files that are, or could be, in the repository.
fn files() -> Result<Vec<String>> {
    if find("git").is_none() {
        bail!("`git` is missing; install it: `sudo apt-get install -y git`");
    }
    let listed = read(command("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let there = |path: &&str| !path.is_empty() && root().join(path).is_file();
    Ok(listed.split('\0').filter(there).map(str::to_owned).collect())
}

fn check_file(path: &str, faults: &mut Vec<String>) {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    // In the core a service is a noun of the domain (窗口服务), elsewhere it is a name that says nothing.
    let is_noun = stem == "service" && path.starts_with("crates/jifen-core/");
    if EMPTY_NAMES.contains(&stem) && !is_noun {
        faults.push(format!("{path}: a name that says nothing; name what it holds"));
    }
    let Ok(text) = fs::read_to_string(root().join(path)) else { return };
    if path.ends_with(".rs") {
        check_rust(path, &text, faults);
    }
    if path.ends_with(".md") {
        check_links(path, &text, faults);
    }
    check_sources(path, &text, faults);
}

fn check_rust(path: &str, text: &str, faults: &mut Vec<String>) {
    if !text.starts_with("//!") {
        faults.push(format!("{path}: must begin with `//!`: which stage it is, what comes in, what goes out"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        faults.push(format!("{path}: {lines} lines, {LINES_MAX} at most; split it by what it is about"));
    }
}

fn check_sources(path: &str, text: &str, faults: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        if let Some(found) = FOREIGN.iter().find(|part| line.contains(*part)) {
            faults.push(format!("{path}:{}: `{found}` belongs to one machine", index + 1));
        }
        let from = |key: &str| line.trim().strip_prefix(key).map(|rest| rest.trim_matches([' ', '"', ',']));
        let source = match path.rsplit('/').next() {
            Some("package-lock.json") => from("\"resolved\":"),
            Some("Cargo.lock") => from("source ="),
            _ => None,
        };
        if let Some(source) = source.filter(|source| !REGISTRIES.iter().any(|registry| source.starts_with(registry))) {
            faults.push(format!("{path}:{}: `{source}` is no public registry", index + 1));
        }
    }
}

/// Relative links must lead to a file.
fn check_links(path: &str, text: &str, faults: &mut Vec<String>) {
    let folder = root().join(path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        }
        if inside {
            continue;
        }
        for target in links(line) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !file.is_empty() && !folder.join(file).exists() {
                faults.push(format!("{path}:{}: `{target}` leads nowhere", index + 1));
            }
        }
    }
}

/// Targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_the_house_rules() {
        assert_eq!(check().map_err(|error| error.to_string()), Ok(()));
    }

    #[test]
    fn faults_are_seen() {
        let mut faults = Vec::new();
        check_rust("a.rs", "fn main() {}\n", &mut faults);
        check_rust("b.rs", &format!("//! b\n{}", "\n".repeat(LINES_MAX)), &mut faults);
        check_links(
            "README.md",
            "[a](docs/none.md) [b](https://example.org) [c](#here)\n```\n[d](x)\n```",
            &mut faults,
        );
        check_sources("web/package-lock.json", "  \"resolved\": \"https://mirror.example/a.tgz\",", &mut faults);
        check_sources("a.md", FOREIGN[0], &mut faults);
        assert_eq!(faults.len(), 5, "{faults:#?}");
    }
}
