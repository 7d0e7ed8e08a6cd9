//! Our server, as the judges meet it: a copy of the small demo for each role, with an account and, where the role may have one, a key.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{Served, requests::Samples};
use crate::{
    demo::{self, REGION, Stopped},
    run::{cargo, command, read, root, run, target},
};

/// The matrix of rights, which names the roles.
const POLICY: &str = "crates/jifen-server/policy.toml";
/// A part of the demo for each kind of place that a role may be granted.
const PLACES: [(&str, &str); 5] =
    [("region", ""), ("hall", "ZW"), ("department", "tax"), ("window", "SW01"), ("person", "G1001")];
/// Operations whose answers never end; tests of ours hold them.
pub(super) const ENDLESS: [&str; 1] = ["follow"];
/// Operations that may end the session that asks, and with it what a judge can see.
pub(super) const ENDING: [&str; 4] = ["sign_out", "end_session", "disable_account", "reset_account"];
/// So many requests may ask for what the demo does not have: a draft, a mended event, a second factor.
const REFUSED_MAX: usize = 8;
/// Codes and days of the demo, by the parameter or member that wants them, or by operation and parameter.
const SAMPLES: [(&str, &str); 32] = [
    ("list_audit.kind", "reading"),
    ("list_cases.state", "overdue"),
    ("list_entries.subject", "G1018"),
    ("list_services.state", "ended"),
    ("list_windows.state", "closed"),
    ("get_settlement.period", "2026-10"),
    ("get_subject.kind", "person"),
    ("get_template.format", "csv"),
    ("get_library_book.name", "starter"),
    ("get_type.type", "jifen.rating.submitted"),
    ("change", "2026-10-15"),
    ("code", "G1018"),
    ("control", "SW"),
    ("date", "2026-10-30"),
    ("department", "market"),
    ("dimension", "efficiency"),
    ("format", "json"),
    ("from", "2026-10-01"),
    ("hall", "ZW"),
    ("kind", "person"),
    ("lang", "zh"),
    ("on", "2026-10-30"),
    ("own", "true"),
    ("period", "all"),
    ("person", "G1018"),
    ("place_kind", "person"),
    ("region", REGION),
    ("role", "clerk"),
    ("subject", "person"),
    ("table", "people"),
    ("to", "2026-10-30"),
    ("zone", "market"),
];

/// Who asks.
pub(super) struct Caller {
    /// Header lines.
    pub(super) headers: Vec<String>,
    /// A path that answers whoever this is, as long as their session or key is good.
    alive: &'static str,
}

impl Caller {
    pub(super) fn nobody() -> Self {
        Self { headers: Vec::new(), alive: "/healthz" }
    }
}

/// A role as somebody has it.
struct Holder {
    /// The role's name; ` by key` behind it where a key has it.
    name: String,
    role: String,
    /// Its first password, or its key.
    secret: String,
}

/// The demo with everybody in it.
pub(super) struct Hall {
    folder: PathBuf,
    holders: Vec<Holder>,
}

/// A served copy of it.
pub(super) struct Server {
    _process: Stopped,
    port: u16,
}

impl Hall {
    /// Copies the demo in `made` and adds an account and a key for each role that may have one.
    pub(super) fn make(made: &Path, folder: &Path) -> Result<Self> {
        run(cargo(&["build", "--quiet", "--package", "jifen"]))?;
        copy(made, folder)?;
        let mut holders = Vec::new();
        let policy = fs::read_to_string(root().join(POLICY))?;
        for Role { name, holders: by, place } in roles(&policy)? {
            for by in by {
                let holder = if by == "key" { format!("{name} by key") } else { name.clone() };
                let secret = add(folder, &by, &name, place)?;
                holders.push(Holder { name: holder, role: name.clone(), secret });
            }
        }
        Ok(Self { folder: folder.to_owned(), holders })
    }

    /// Names of the holders.
    pub(super) fn roles(&self) -> impl Iterator<Item = &str> {
        self.holders.iter().map(|holder| holder.name.as_str())
    }

    /// Serves a fresh copy in `folder`; gives it and the holder of that name, signed in.
    pub(super) fn serve(&self, folder: &Path, name: &str) -> Result<(Server, Caller)> {
        let holder = self.holders.iter().find(|holder| holder.name == name).context("no such role")?;
        copy(&self.folder, folder)?;
        let port = demo::free_port()?;
        let server = Server { _process: Stopped(demo::start(&target().join("debug"), folder, port)?), port };
        let caller = if name.ends_with(" by key") {
            let headers = vec![format!("Authorization: Bearer {}", holder.secret)];
            Caller {
                headers,
                alive: if holder.role == "screen" { "/api/v1/screen?hall=ZW" } else { "/api/v1/catalogue" },
            }
        } else {
            server.sign_in(&holder.role, &holder.secret)?
        };
        server.check_alive(&caller)?;
        Ok((server, caller))
    }
}

impl Server {
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn sign_in(&self, name: &str, first: &str) -> Result<Caller> {
        let chosen = format!("{first}-{name}");
        let origin = format!("Origin: {}", self.address());
        let sign_in = |password: &str| {
            let body = json!({"region": REGION, "name": name, "password": password});
            let answer = self.ask("POST", "/api/v1/sessions", std::slice::from_ref(&origin), Some(&body))?;
            let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
            let cookie = cookie.and_then(|cookie| cookie.split(';').next());
            Ok::<_, anyhow::Error>(vec![format!("Cookie: {}", cookie.context("no session")?), origin.clone()])
        };
        let change = json!({"old": first, "new": chosen});
        let answer = self.ask("POST", "/api/v1/accounts/password", &sign_in(first)?, Some(&change))?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "the password of `{name}` was not changed: {answer}");
        Ok(Caller { headers: sign_in(&chosen)?, alive: "/api/v1/sessions/current" })
    }

    /// # Errors
    /// When the server does not answer the caller any more, so that what was asked last means nothing.
    pub(super) fn check_alive(&self, caller: &Caller) -> Result<()> {
        let answer = self.ask("GET", caller.alive, &caller.headers, None)?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => bail!("`GET {}` is refused now: {answer}", caller.alive),
        }
    }

    /// Head and body of an answer.
    fn ask(&self, method: &str, path: &str, headers: &[String], body: Option<&Value>) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port)?;
        write!(stream, "{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// A judge that is refused everywhere sees nothing.
///
/// # Errors
/// When too many requests are not answered with what they ask for.
pub(super) fn check_answered(server: &Server, at: &Served<'_>) -> Result<()> {
    let mut refused = Vec::new();
    for request in at.requests.iter().filter(|request| request.method == "GET") {
        let answer = server.ask("GET", &request.target(), &at.caller.headers, None)?;
        if answer.get(9..12) != Some("200") {
            refused.push(format!("{} {}", request.target(), answer.get(9..12).unwrap_or_default()));
        }
    }
    match refused.len() > REFUSED_MAX {
        true => bail!("{} requests get no answer to look at:\n  {}", refused.len(), refused.join("\n  ")),
        false => Ok(()),
    }
}

/// Codes and days that the demo knows.
pub(super) fn samples() -> &'static Samples {
    &SAMPLES
}

/// A role of the matrix.
struct Role {
    name: String,
    /// `account`, `key`.
    holders: Vec<String>,
    /// Kind and code of the place it is granted for.
    place: (&'static str, &'static str),
}

fn roles(policy: &str) -> Result<Vec<Role>> {
    let mut found = Vec::new();
    for part in policy.split("\n[").filter_map(|part| part.strip_prefix("role.")) {
        let name = part.split(']').next().unwrap_or_default().to_owned();
        let list = |key: &str| {
            let line = part.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix("= ["));
            let line = line
                .and_then(|line| line.strip_suffix(']'))
                .with_context(|| format!("{POLICY}: no `{key}` of `{name}`"));
            Ok::<_, anyhow::Error>(line?.split(", ").map(|word| word.trim_matches('"').to_owned()).collect::<Vec<_>>())
        };
        let (holders, places) = (list("holders")?, list("places")?);
        let place = PLACES.into_iter().find(|(kind, _)| *kind == places[0]);
        found.push(Role { holders, place: place.with_context(|| format!("no place for `{name}`"))?, name });
    }
    Ok(found)
}

/// Adds an account or key of that role, and gives its secret.
fn add(folder: &Path, by: &str, role: &str, (kind, code): (&str, &str)) -> Result<String> {
    let (program, database) = (target().join("debug/jifen"), demo::database(folder));
    let of = ["--db", &database, "--region", REGION, "--name", role, "--role", role];
    let mut arguments = vec![by, "add"];
    arguments.extend(of);
    match kind {
        "region" => {}
        "person" => arguments.extend(["--person", code]),
        _ => arguments.extend(["--place", code]),
    }
    Ok(read(command(program, &arguments))?.trim().to_owned())
}

/// The demo's database in another folder, which is made anew.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let name = entry.file_name();
        // What the server alone writes while it runs is made anew.
        if name.to_string_lossy().starts_with("jifen.db") && !name.to_string_lossy().ends_with(".lock") {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_the_matrix_is_found_with_a_place() -> Result<()> {
        let policy = fs::read_to_string(root().join(POLICY))?;
        let found = roles(&policy)?;
        assert_eq!(found.len(), policy.matches("\n[role.").count());
        let clerk = found.iter().find(|role| role.name == "clerk").context("no clerk")?;
        assert_eq!((clerk.holders.clone(), clerk.place), (vec!["account".to_owned()], ("person", "G1001")));
        Ok(())
    }
}
