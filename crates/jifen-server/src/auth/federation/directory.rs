//! The directory (LDAP): whether a password is the one that it knows somebody by.
//!
//! In: a name and a password. Out: whether the directory lets them in; what else it knows is not asked.
//!
//! **Invariants.** An empty password is never sent: servers take it for nobody and let it in (RFC 4513, 5.1.2). A name is a value in
//! the filter and never a part of it. Passwords leave over TLS, or to this machine. One question takes as long as the settings
//! allow and no longer.

use std::{sync::Arc, time::Duration};

use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchOptions, ldap_escape};
use tokio::{sync::Semaphore, time::timeout};

use super::settings::{DirectorySettings, SettingsError};

/// Questions that are under way at once; more are refused.
const QUESTIONS_MAX: usize = 8;
/// Where the name goes in a filter.
pub(super) const NAME: &str = "{name}";
/// `invalidCredentials` (RFC 4511, appendix A).
const INVALID_CREDENTIALS: u32 = 49;
/// Asks for no attributes (RFC 4511, 4.5.1.8).
const NO_ATTRIBUTES: &str = "1.1";

/// A directory, and how it is asked.
pub(super) struct Directory {
    pub(super) settings: DirectorySettings,
    connection: LdapConnSettings,
    places: Semaphore,
}

/// Why the directory has no answer; for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum DirectoryError {
    #[error("too many sign in at once")]
    Busy,
    #[error("it took too long")]
    Slow,
    #[error(transparent)]
    Failed(#[from] LdapError),
    #[error("it refuses this server's own account")]
    Unknown,
    #[error("it refuses a password with result {0}")]
    Result(u32),
}

impl Directory {
    pub(super) fn new(settings: DirectorySettings) -> Result<Self, SettingsError> {
        let mut connection = LdapConnSettings::new().set_conn_timeout(settings.wait()).set_starttls(settings.starttls);
        if settings.is_tls() {
            let roots = settings.roots.as_deref();
            let config =
                jifen_store::client_tls(roots).map_err(|reason| SettingsError::of_roots("directory", roots, reason))?;
            connection = connection.set_config(Arc::new(config));
        }
        Ok(Self { settings, connection, places: Semaphore::new(QUESTIONS_MAX) })
    }

    /// Whether the directory knows exactly one entry of this name, and it by this password.
    pub(super) async fn is_right(&self, name: &str, password: &str) -> Result<bool, DirectoryError> {
        if name.is_empty() || password.is_empty() {
            return Ok(false);
        }
        let _place = self.places.try_acquire().map_err(|_| DirectoryError::Busy)?;
        timeout(self.settings.wait(), self.ask(name, password)).await.map_err(|_| DirectoryError::Slow)?
    }

    async fn ask(&self, name: &str, password: &str) -> Result<bool, DirectoryError> {
        let Some(entry) = self.entry(name).await? else { return Ok(false) };
        // On a connection of its own: what is asked by this server is asked as this server.
        let mut ldap = self.connect().await?;
        let bound = ldap.simple_bind(&entry, password).await?;
        ldap.unbind().await.ok();
        match bound.rc {
            0 => Ok(true),
            INVALID_CREDENTIALS => Ok(false),
            other => Err(DirectoryError::Result(other)),
        }
    }

    /// The one entry of this name.
    async fn entry(&self, name: &str) -> Result<Option<String>, DirectoryError> {
        let settings = &self.settings;
        let mut ldap = self.connect().await?;
        if ldap.simple_bind(&settings.user, settings.secret.reveal()).await?.rc != 0 {
            return Err(DirectoryError::Unknown);
        }
        let filter = settings.filter.replace(NAME, &ldap_escape(name));
        // Of two it could be either: nobody is let in.
        ldap.with_search_options(SearchOptions::new().sizelimit(2));
        let found = ldap.search(&settings.base, Scope::Subtree, &filter, [NO_ATTRIBUTES]).await?;
        ldap.unbind().await.ok();
        let mut entries = found.0.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
        let only = entries.next().filter(|_| entries.next().is_none());
        Ok(only.map(|entry| ldap3::SearchEntry::construct(entry).dn).filter(|dn| !dn.is_empty()))
    }

    async fn connect(&self) -> Result<ldap3::Ldap, DirectoryError> {
        let (connection, ldap) = LdapConnAsync::with_settings(self.connection.clone(), &self.settings.address).await?;
        // It ends with the handle.
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "a connection to the directory ended early");
            }
        });
        Ok(ldap)
    }
}

impl DirectorySettings {
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
