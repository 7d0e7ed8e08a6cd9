//! The commands of the README files, run as they stand: a tour that does not work is worse than none.
//!
//! In ```` ```sh ```` blocks: `cargo xtask …` must be a command of ours, and `jifen …` runs against a demo made for the test.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::run::{command, read, root, run, target};

/// Where the README says the demo lies.
const SAID: &str = "target/demo/";
/// Where the test's demo lies.
pub(crate) const MADE: &str = "target/test-demo/";

pub(crate) fn check() -> Result<()> {
    for file in ["README.md", "README.en.md"] {
        let text = fs::read_to_string(root().join(file))?;
        for line in commands(&text) {
            check_command(&line).with_context(|| format!("{file}: `{line}`"))?;
        }
    }
    Ok(())
}

fn check_command(line: &str) -> Result<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["cargo", "xtask", name, ..] if ["demo", "test", "gen"].contains(name) => Ok(()),
        ["cargo", "xtask", ..] => bail!("no such command"),
        ["jifen" | "target/release/jifen", "serve", ..] => run_jifen(&["serve", "--help"]),
        ["jifen" | "target/release/jifen", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| word.replace(SAID, MADE)).collect();
            run_jifen(&rest.iter().map(String::as_str).collect::<Vec<_>>())
        }
        ["git" | "cd" | "sudo" | "curl", ..] => Ok(()),
        _ => bail!("the check does not know this command; teach it in xtask/src/readme.rs"),
    }
}

fn run_jifen(arguments: &[&str]) -> Result<()> {
    let program = target().join("debug").join("jifen");
    read(command(program, arguments)).map(drop)
}

/// Command lines of `sh` blocks, comments off, continued lines joined.
fn commands(text: &str) -> Vec<String> {
    let (mut lines, mut inside, mut open) = (Vec::new(), false, String::new());
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = line.trim() == "```sh";
            continue;
        }
        let line = line.split(" #").next().unwrap_or_default().trim();
        if !inside || line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(start) => open.push_str(start),
            None => lines.push(std::mem::take(&mut open) + line),
        }
    }
    lines
}

/// Makes the demo that the commands run against.
pub(crate) fn make_demo() -> Result<()> {
    let directory = Path::new(MADE).to_str().unwrap_or_default();
    run(crate::run::cargo(&["xtask", "demo", "--small", "--no-serve", "--fresh", "--dev", "--dir", directory]))
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn only_shell_blocks_count() {
        let text = "a\n```sh\ncargo xtask demo   # starts\n# note\njifen a \\\n  --b c\n```\n```toml\nx = 1\n```\n";
        assert_eq!(commands(text), ["cargo xtask demo", "jifen a --b c"]);
    }
}
