//! The web app's build: done when it is older than what it is made of.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Result, bail};

use crate::run::{command, find, root, run, target};

/// What the build reads.
const INPUTS: [&str; 6] = ["src", "public", "scripts", "index.html", "package-lock.json", "vite.config.ts"];

/// Runs `npm …` in `web/`.
pub(crate) fn npm(arguments: &[&str]) -> Result<()> {
    if find("npm").is_none() {
        bail!("`npm` is missing; install Node.js 20.19 or newer");
    }
    let mut npm = command("npm", arguments);
    npm.current_dir(root().join("web"));
    run(npm)
}

/// Installs the packages of `package-lock.json` unless they are there.
pub(crate) fn install() -> Result<()> {
    let web = root().join("web");
    let (lock, installed) =
        (newest(&web.join("package-lock.json")), newest(&web.join("node_modules/.package-lock.json")));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    npm(&["ci", "--no-audit", "--no-fund"])
}

/// A real OpenID Connect provider for the tests, in a folder of its own.
pub(crate) fn provider() -> Result<()> {
    if find("npm").is_none() {
        bail!("`npm` is missing; install Node.js 20.19 or newer");
    }
    let (from, folder) = (root().join("crates/jifen-server/tests/provider"), target().join("test-provider"));
    fs::create_dir_all(&folder)?;
    let lock = fs::read(from.join("package-lock.json"))?;
    let is_installed = fs::read(folder.join("package-lock.json")).is_ok_and(|installed| installed == lock)
        && folder.join("node_modules/.package-lock.json").is_file();
    for file in ["package.json", "package-lock.json", "provider.mjs"] {
        fs::copy(from.join(file), folder.join(file))?;
    }
    if is_installed {
        return Ok(());
    }
    let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(folder);
    run(npm)
}

/// Builds `web/dist` unless it is fresh.
pub(crate) fn build() -> Result<()> {
    if is_fresh(&root().join("web")) {
        return Ok(());
    }
    install()?;
    npm(&["run", "build"])
}

fn is_fresh(web: &Path) -> bool {
    let built = newest(&web.join("dist/index.html"));
    let changed = INPUTS.iter().filter_map(|input| newest(&web.join(input))).max();
    built.is_some() && built > changed && web.join("dist/assets").is_dir()
}

/// When `path`, or anything below it, was last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    if metadata.is_file() {
        return metadata.modified().ok();
    }
    let children: Vec<PathBuf> = fs::read_dir(path).ok()?.flatten().map(|entry| entry.path()).collect();
    children.iter().filter_map(|child| newest(child)).max()
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::is_fresh;

    #[test]
    fn a_build_is_stale_when_any_input_is_newer() {
        let web = std::env::temp_dir().join(format!("jifen-xtask-web-{}", std::process::id()));
        fs::create_dir_all(web.join("src/deep")).expect("directory");
        fs::create_dir_all(web.join("dist/assets")).expect("directory");
        assert!(!is_fresh(&web), "nothing is built");
        fs::write(web.join("src/deep/a.ts"), "").expect("input");
        std::thread::sleep(Duration::from_millis(20));
        fs::write(web.join("dist/index.html"), "").expect("output");
        assert!(is_fresh(&web));
        std::thread::sleep(Duration::from_millis(20));
        fs::write(web.join("src/deep/a.ts"), "1").expect("input");
        assert!(!is_fresh(&web));
        fs::remove_dir_all(&web).expect("clean up");
    }
}
