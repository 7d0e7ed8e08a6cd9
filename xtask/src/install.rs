//! Programs from outside that a part needs: found, installed by `apt-get` where that is allowed, else named exactly.

use anyhow::{Result, bail};

use crate::run::{command, find, run, succeeds};

/// Something from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A browser for the end-to-end tests.
    Chromium,
    /// Fonts with Chinese characters, so that pages can be measured and photographed.
    ChineseFonts,
    /// Makes networks, for the tests of nodes that are cut off.
    Iproute,
    /// A database server; tests start their own cluster of it and never use one that runs.
    Postgres,
    /// A directory server; tests start their own of it and never use one that runs.
    Slapd,
    /// A judge of ours: looks for SQL made of what was sent.
    Sqlmap,
    /// Watches system calls, for the tests of durability.
    Strace,
    /// A judge of ours: looks for pages made of what was sent.
    Wapiti,
}

impl Tool {
    fn package(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::ChineseFonts => "fonts-noto-cjk",
            Self::Iproute => "iproute2",
            Self::Postgres => "postgresql",
            Self::Slapd => "slapd",
            Self::Sqlmap => "sqlmap",
            Self::Strace => "strace",
            Self::Wapiti => "wapiti",
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::Chromium => find("chromium").is_some(),
            Self::ChineseFonts => crate::run::read(command("fc-list", &[":lang=zh", "family"]))
                .is_ok_and(|fonts| !fonts.trim().is_empty()),
            Self::Iproute => find("ip").is_some(),
            Self::Postgres => {
                std::env::var_os("JIFEN_PG_BIN").is_some() || std::path::Path::new("/usr/lib/postgresql").is_dir()
            }
            // Not on everybody's path.
            Self::Slapd => std::path::Path::new("/usr/sbin/slapd").is_file(),
            Self::Sqlmap | Self::Strace | Self::Wapiti => find(self.package()).is_some(),
        }
    }
}

/// Sees to it that `tools` are there.
///
/// # Errors
/// Names the command that a person with the right must run.
pub(crate) fn ensure(tools: &[Tool]) -> Result<()> {
    let packages: Vec<_> = tools.iter().filter(|tool| !tool.is_there()).map(|tool| tool.package()).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get install -y --no-install-recommends {}", packages.join(" "));
    let prefix: &[&str] = match (find("apt-get"), is_root(), may_sudo()) {
        (None, ..) => bail!("{} missing, and no `apt-get` here; install them your system's way", packages.join(", ")),
        (Some(_), true, _) => &["env"],
        (Some(_), false, true) => &["sudo", "-n", "env"],
        (Some(_), false, false) => bail!("run `{by_hand}` first"),
    };
    let apt = |arguments: &[&str]| {
        let all = [&prefix[1..], &["DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        run(command(prefix[0], &all))
    };
    let install = [&["install", "-y", "--no-install-recommends"], &packages[..]].concat();
    // Package lists of a fresh machine are often absent or old, but an update that fails need not matter.
    let updated = apt(&["update"]);
    match apt(&install) {
        Ok(()) => Ok(()),
        Err(error) => match updated {
            Ok(()) => Err(error.context(format!("install by hand: `{by_hand}`"))),
            Err(update) => Err(update.context(format!("`apt-get update` failed; install by hand: `{by_hand}`"))),
        },
    }
}

fn is_root() -> bool {
    crate::run::read(command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}

fn may_sudo() -> bool {
    find("sudo").is_some() && succeeds(command("sudo", &["-n", "true"]))
}
