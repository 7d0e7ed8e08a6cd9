//! 统一身份认证: signing in by an OpenID Connect provider, and by passwords that a directory (LDAP) knows. Who somebody is, a system
//! outside says; what they may, is decided here.
//!
//! In: a file of settings, an answer of the system outside. Out: the name of an account that is here already, or why not.
//!
//! **Invariants.** Nobody gets an account or a role by signing in. Officers and all-in-one administrators sign in here only: else who
//! runs the system outside could be them. Requests leave to the systems that the settings name and nowhere else. Secrets are in
//! memory only, and show nowhere.

mod attempt;
mod directory;
pub(crate) mod http;
mod outbound;
mod provider;
mod settings;
mod token;

use std::{path::Path, sync::Arc};

use jifen_core::time::Instant;
use jifen_store::AccountRow;

pub use settings::SettingsError;

use directory::Directory;
use provider::Provider;

use super::{access::is_over_others, password::Checked, throttle::Named};
use crate::{
    app::App,
    problem::{Problem, ProofProblem},
};

/// Systems outside that say who somebody is; none where nothing is set.
#[derive(Clone, Default)]
pub struct Federation(Arc<Parts>);

#[derive(Default)]
struct Parts {
    provider: Option<Provider>,
    directory: Option<Directory>,
}

impl Federation {
    /// Reads a file of settings (`jifen serve --sign-in`), with the secrets it names. Nobody is asked yet.
    ///
    /// # Errors
    /// What is wrong in it, and where.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let settings = settings::read(file)?;
        let provider = settings.provider.map(Provider::new).transpose()?;
        let directory = settings.directory.map(Directory::new).transpose()?;
        Ok(Self(Arc::new(Parts { provider, directory })))
    }

    /// The directory that knows the passwords of a region's accounts.
    fn directory(&self, app: &App, named: &Named) -> Option<&Directory> {
        let is_its = |directory: &&Directory| match &directory.settings.region {
            Some(code) => app.region_rows().iter().any(|row| Some(row.id) == named.0 && row.code == *code),
            None => true,
        };
        self.0.directory.as_ref().filter(is_its)
    }

    fn has_directory(&self) -> bool {
        self.0.directory.is_some()
    }

    fn provider(&self) -> Option<&Provider> {
        self.0.provider.as_ref()
    }
}

/// Checks the password of an account that was named: by the hash that is kept here, or else by the directory. Says by which it is right,
/// for the trail; nothing for the hash.
pub(super) async fn check_password(
    app: &App,
    (named, address): (&Named, &str),
    password: String,
    account: Option<&AccountRow>,
    now: Instant,
) -> Result<(Checked, &'static str), Problem> {
    let stored = account.map(|account| account.password.clone());
    let federation = app.federation().clone();
    let Some(directory) = federation.directory(app, named) else {
        return Ok((app.passwords().check(named, address, password, stored, now).await?, ""));
    };
    let checked = app.passwords().check(named, address, password.clone(), stored, now).await?;
    let Some(region) = named.0.filter(|_| checked == Checked::Wrong) else { return Ok((checked, "")) };
    if account.is_some() && is_over_others(app, region, &named.1).await? {
        return Ok((checked, ""));
    }
    // A name that nobody has here is asked for too: so that both take as long.
    let is_right = directory.is_right(&named.1, &password).await.map_err(|error| {
        tracing::warn!(%error, "the directory cannot be used");
        Problem::Proof(ProofProblem::DirectorySilent)
    })?;
    if !is_right {
        return Ok((Checked::Wrong, ""));
    }
    app.passwords().succeeded(named, address);
    Ok((Checked::Right { better: None }, "directory"))
}
