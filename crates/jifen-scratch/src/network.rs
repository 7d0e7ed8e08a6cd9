//! A network namespace of a test's own, joined to this one by a cable that can be pulled: what is sent then is lost without a word.

use std::{
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, ensure};

use crate::announce;

/// Gone when dropped.
pub struct OtherNetwork {
    name: String,
    /// The first three numbers of both addresses.
    net: String,
}

impl OtherNetwork {
    /// Announced and `None` where none may be made.
    ///
    /// # Panics
    /// As [`announce`].
    pub fn make() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = process::id().wrapping_add(MADE.fetch_add(1, Ordering::Relaxed)) % 0xffff;
        // RFC 2544 sets 198.18.0.0/15 aside for the testing of networks. Names of devices have at most 15 bytes.
        let net = format!("198.{}.{}", 18 + number / 256 % 2, number % 256);
        let made = Self { name: format!("jifen-{number:04x}"), net };
        match made.join() {
            Ok(()) => Some(made),
            Err(error) => {
                announce(&format!(
                    "no network namespace, so no cable was pulled ({error:#}); run as root, with `ip` installed"
                ));
                None
            }
        }
    }

    fn join(&self) -> Result<()> {
        let Self { name, net } = self;
        for step in [
            format!("netns add {name}"),
            format!("link add {name} type veth peer name {name}-b netns {name}"),
            format!("addr add {net}.1/24 dev {name}"),
            format!("link set {name} up"),
            format!("-n {name} addr add {net}.2/24 dev {name}-b"),
            format!("-n {name} link set lo up"),
            format!("-n {name} link set {name}-b up"),
        ] {
            ip(&step)?;
        }
        Ok(())
    }

    /// This side's address, reached from there.
    pub fn here(&self) -> String {
        format!("{}.1", self.net)
    }

    /// The other side's, reached from here.
    pub fn there(&self) -> String {
        format!("{}.2", self.net)
    }

    /// What a command is put behind to run there.
    pub fn inside(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }

    /// Pulls the cable; it is plugged in again when what this gives is dropped, also by a test that fails.
    ///
    /// # Errors
    /// The command's.
    pub fn pull(&self) -> Result<Pulled<'_>> {
        self.set_cable("down")?;
        Ok(Pulled(self))
    }

    fn set_cable(&self, state: &str) -> Result<()> {
        let name = &self.name;
        ip(&format!("-n {name} link set {name}-b {state}"))
    }
}

/// A cable that is out.
pub struct Pulled<'a>(&'a OtherNetwork);

impl Drop for Pulled<'_> {
    fn drop(&mut self) {
        let _ = self.0.set_cable("up");
    }
}

impl Drop for OtherNetwork {
    fn drop(&mut self) {
        // The devices go with it.
        let _ = ip(&format!("netns delete {}", self.name));
    }
}

fn ip(arguments: &str) -> Result<()> {
    let mut command = Command::new("ip");
    let output = command.args(arguments.split(' ')).stdin(Stdio::null()).output().context("`ip`")?;
    ensure!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
