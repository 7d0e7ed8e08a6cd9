//! The file that says by which systems outside people sign in: TOML, checked as a whole before the server listens.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{directory::NAME, outbound::Origin, token::Algorithm};

/// Longest wait for a directory, in seconds.
const SECONDS_MAX: u64 = 30;
/// Longest title of a way to sign in, in characters.
const TITLE_CHARACTERS_MAX: usize = 20;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// An OpenID Connect provider.
    pub(super) provider: Option<ProviderSettings>,
    /// A directory.
    pub(super) directory: Option<DirectorySettings>,
}

/// An OpenID Connect provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSettings {
    /// What people call it.
    pub(super) title: String,
    /// Code of the region whose accounts sign in by it; the only one without.
    pub(super) region: Option<String>,
    /// Its issuer, exactly as its tokens name it.
    pub(super) issuer: String,
    /// How it knows this server.
    pub(super) client: String,
    /// File with the secret that it gave this server.
    secret_file: PathBuf,
    /// Where it sends people back to: `https://HOST/sign-in`.
    pub(super) redirect: String,
    /// The claim that is the account's name.
    #[serde(default = "claim")]
    pub(super) claim: String,
    /// What is asked for.
    #[serde(default = "scopes")]
    pub(super) scopes: Vec<String>,
    /// The algorithms by which it may sign.
    #[serde(default = "algorithms")]
    pub(super) algorithms: Vec<Algorithm>,
    /// File of trusted roots; the system's without.
    pub(super) roots: Option<PathBuf>,
    /// What is in the file of the secret.
    #[serde(skip)]
    pub(super) secret: Secret,
}

/// A directory (LDAP).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DirectorySettings {
    /// Code of the region whose accounts sign in by it; the only one without.
    pub(super) region: Option<String>,
    /// `ldaps://HOST`, or `ldap://HOST` with `starttls`.
    pub(super) address: String,
    /// Whether TLS begins on a plain connection.
    #[serde(default)]
    pub(super) starttls: bool,
    /// The name that this server asks by.
    pub(super) user: String,
    /// File with its password.
    secret_file: PathBuf,
    /// Below which people are.
    pub(super) base: String,
    /// Who is meant by the account's name, `(uid={name})`.
    #[serde(default = "filter")]
    pub(super) filter: String,
    /// Longest wait for an answer.
    #[serde(default = "seconds")]
    pub(super) seconds: u64,
    /// File of trusted roots; the system's without.
    pub(super) roots: Option<PathBuf>,
    /// What is in the file of the password.
    #[serde(skip)]
    pub(super) secret: Secret,
}

impl DirectorySettings {
    /// Whether what is sent is hidden from whoever is between.
    pub(super) fn is_tls(&self) -> bool {
        self.starttls || self.address.starts_with("ldaps://")
    }
}

fn filter() -> String {
    format!("(uid={NAME})")
}

fn seconds() -> u64 {
    5
}

fn claim() -> String {
    "preferred_username".to_owned()
}

fn scopes() -> Vec<String> {
    ["openid", "profile"].map(str::to_owned).to_vec()
}

fn algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Rs256, Algorithm::Es256]
}

/// What must show nowhere.
#[derive(Clone, Default)]
pub(super) struct Secret(String);

impl Secret {
    /// The text itself, for whom it is meant.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Never the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{file}`: {reason}")]
pub struct SettingsError {
    file: String,
    reason: String,
}

impl SettingsError {
    pub(super) fn of(file: &Path, reason: impl fmt::Display) -> Self {
        Self { file: file.display().to_string(), reason: reason.to_string() }
    }

    /// What is wrong with whom to trust, in this part of the file.
    pub(super) fn of_roots(part: &str, roots: Option<&Path>, reason: String) -> Self {
        Self::of(roots.unwrap_or(Path::new("")), format!("[{part}]: {reason}"))
    }
}

/// Reads and checks the file, and what it names.
pub(super) fn read(file: &Path) -> Result<Settings, SettingsError> {
    let fault = |reason: String| SettingsError::of(file, reason);
    let text = fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
    let mut settings: Settings = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    if let Some(provider) = &mut settings.provider {
        check(provider).map_err(|(key, reason)| fault(format!("[provider] {key}: {reason}")))?;
        provider.secret = secret(&folder.join(&provider.secret_file))?;
        provider.roots = provider.roots.take().map(|roots| folder.join(roots));
    }
    if let Some(directory) = &mut settings.directory {
        check_directory(directory).map_err(|(key, reason)| fault(format!("[directory] {key}: {reason}")))?;
        directory.secret = secret(&folder.join(&directory.secret_file))?;
        directory.roots = directory.roots.take().map(|roots| folder.join(roots));
    }
    Ok(settings)
}

fn check_directory(directory: &DirectorySettings) -> Result<(), (&'static str, String)> {
    let is_ldap = ["ldap://", "ldaps://"].iter().any(|scheme| directory.address.starts_with(scheme));
    // As an origin of pages, so that plain text stays on this machine here too.
    let as_http = directory.address.replacen("ldap", "http", 1);
    let asked = if directory.is_tls() { as_http.replacen("http:", "https:", 1) } else { as_http };
    match Origin::of(&asked) {
        _ if !is_ldap => return Err(("address", "it is `ldaps://HOST`, or `ldap://HOST` with `starttls`".to_owned())),
        Err(_) if !directory.is_tls() => {
            return Err((
                "address",
                "passwords would leave in plain text: `ldaps://`, or `starttls = true`".to_owned(),
            ));
        }
        Err(_) => return Err(("address", format!("`{}` names no host", directory.address))),
        Ok(_) => {}
    }
    if directory.starttls && directory.address.starts_with("ldaps://") {
        return Err(("starttls", "`ldaps://` begins with TLS already".to_owned()));
    }
    if !directory.filter.contains(NAME) || !directory.filter.starts_with('(') {
        return Err(("filter", format!("it says who is meant by `{NAME}`, as in `(uid={NAME})`")));
    }
    if !(1..=SECONDS_MAX).contains(&directory.seconds) {
        return Err(("seconds", format!("from 1 to {SECONDS_MAX}")));
    }
    match (directory.user.is_empty(), directory.base.is_empty()) {
        (true, _) => Err(("user", "say by which name this server asks".to_owned())),
        (_, true) => Err(("base", "say below which entry people are".to_owned())),
        (false, false) => Ok(()),
    }
}

fn check(provider: &ProviderSettings) -> Result<(), (&'static str, String)> {
    if !(1..=TITLE_CHARACTERS_MAX).contains(&provider.title.chars().count()) {
        return Err(("title", format!("give it a title of at most {TITLE_CHARACTERS_MAX} characters")));
    }
    Origin::of(&provider.issuer).map_err(|reason| ("issuer", reason))?;
    if provider.issuer.contains(['?', '#']) {
        return Err(("issuer", "an issuer has neither `?` nor `#`".to_owned()));
    }
    Origin::of(&provider.redirect).map_err(|reason| ("redirect", reason))?;
    if !provider.redirect.ends_with("/sign-in") {
        return Err(("redirect", "it is this server's page `/sign-in`".to_owned()));
    }
    if !provider.scopes.iter().any(|scope| scope == "openid") {
        return Err(("scopes", "`openid` must be among them".to_owned()));
    }
    if provider.algorithms.is_empty() {
        return Err(("algorithms", "name one at least".to_owned()));
    }
    match (provider.client.is_empty(), provider.claim.is_empty()) {
        (true, _) => Err(("client", "say how the provider knows this server".to_owned())),
        (_, true) => Err(("claim", "say which claim is the account's name".to_owned())),
        (false, false) => Ok(()),
    }
}

/// The first line of a file that nobody but its owner's group may read.
fn secret(file: &Path) -> Result<Secret, SettingsError> {
    use std::os::unix::fs::PermissionsExt as _;
    let fault = |reason: &dyn fmt::Display| SettingsError::of(file, reason);
    let mode = fs::metadata(file).map_err(|error| fault(&error))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(fault(&"everybody on this machine may read the secret: `chmod o= FILE`"));
    }
    let text = fs::read_to_string(file).map_err(|error| fault(&error))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(Secret(line.to_owned())),
        _ => Err(fault(&"it holds no secret")),
    }
}
