//! Addresses: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=FILE`, and how they are shown without their
//! password.

use std::{env, fmt, str::FromStr, time::Duration};

use tokio_postgres::{Config, config::Host};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::error::StoreError;

/// How long a connection may take to come about.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// How long the system waits for an answer to what it sent before it gives a connection up.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// How long a connection is quiet before the system asks whether the other side is there.
const QUIET: Duration = Duration::from_secs(10);

/// Where a database is, as whom, and how its server proves that it is the one.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// `None`: the address is not one of PostgreSQL.
    pub(crate) fn parse(url: &str) -> Option<Result<Self, StoreError>> {
        let ours = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        ours.then(|| Self::of(url))
    }

    fn of(url: &str) -> Result<Self, StoreError> {
        // The address itself is not repeated: it may hold a password.
        let refused = |why: String| StoreError::Address(format!("postgres:// ({why})"));
        let (url, asked) = tls::Asked::split(url).map_err(refused)?;
        let mut config = Config::from_str(&url).map_err(|error| refused(error.to_string()))?;
        if config.get_dbname().is_none() {
            return Err(refused("it names no database".to_owned()));
        }
        if config.get_password().is_none()
            && let Ok(password) = env::var("PGPASSWORD")
        {
            config.password(password);
        }
        config.connect_timeout(CONNECT_WAIT).tcp_user_timeout(SILENCE_MAX).keepalives_idle(QUIET);
        config.ssl_mode(asked.mode());
        let tls = asked.connector().map_err(refused)?;
        Ok(Self { config, tls })
    }

    /// The same place, for a connection that others see under this name.
    pub(crate) fn named(&self, name: &str) -> (Config, MakeRustlsConnect) {
        let mut config = self.config.clone();
        config.application_name(name);
        (config, self.tls.clone())
    }

    pub(crate) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(index).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.database())
    }
}
