//! TLS to the server: asked for in the address, and then never less than a certificate of this host's by a root that is trusted.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The roots that the system trusts, where the address names none: Debian's, and Red Hat's.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// What an address asks for. `sslmode=require` is no less than `verify-full`: who is not known may be anybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Plain,
    Verified {
        /// File of trusted roots; `None`: the system's.
        roots: Option<String>,
    },
}

impl Asked {
    /// Takes `sslmode` and `sslrootcert` out of an address.
    pub(super) fn split(url: &str) -> Result<(String, Self), String> {
        let Some((place, query)) = url.split_once('?') else { return Ok((url.to_owned(), Self::Plain)) };
        let (mut is_verified, mut roots, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", "disable")) => is_verified = Some(false),
                Some(("sslmode", "require" | "verify-full")) => is_verified = Some(true),
                Some(("sslmode", other)) => {
                    return Err(format!("`sslmode={other}` is not `disable`, `require` or `verify-full`"));
                }
                Some(("sslrootcert", file)) => roots = Some(file.replace("%2F", "/").replace("%2f", "/")),
                Some(_) | None => rest.push(pair),
            }
        }
        if is_verified == Some(false) && roots.is_some() {
            return Err("`sslrootcert` makes no sense with `sslmode=disable`".to_owned());
        }
        let asked = if is_verified == Some(true) || roots.is_some() { Self::Verified { roots } } else { Self::Plain };
        let url = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        Ok((url, asked))
    }

    pub(super) fn mode(&self) -> SslMode {
        match self {
            Self::Plain => SslMode::Disable,
            Self::Verified { .. } => SslMode::Require,
        }
    }

    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let config = match self {
            Self::Plain => trusting(RootCertStore::empty())?,
            Self::Verified { roots: Some(file) } => client_tls(Some(Path::new(file)))?,
            Self::Verified { roots: None } => {
                client_tls(None).map_err(|reason| format!("{reason}; name a file: `sslrootcert=FILE`"))?
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }
}

/// TLS to a server whose certificate is by a root in `roots`, or without that file by one that the system trusts.
///
/// # Errors
/// Roots that are not there or cannot be read.
pub fn client_tls(roots: Option<&Path>) -> Result<ClientConfig, String> {
    let system = || SYSTEM_ROOTS.iter().map(Path::new).find(|file| file.exists());
    let file = roots.or_else(system).ok_or("the system has no trusted roots")?;
    trusting(trusted(file)?)
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, String> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn trusted(file: &Path) -> Result<RootCertStore, String> {
    let unread = |error: String| format!("trusted roots cannot be read from `{}`: {error}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(error.to_string()))? {
        roots
            .add(certificate.map_err(|error| unread(error.to_string()))?)
            .map_err(|error| unread(error.to_string()))?;
    }
    if roots.is_empty() { Err(unread("it holds no certificate".to_owned())) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_taken_out_of_the_address() {
        let split = |url: &str| Asked::split(url).expect(url);
        let plain = |url: &str| (url.to_owned(), Asked::Plain);
        let verified =
            |url: &str, roots: Option<&str>| (url.to_owned(), Asked::Verified { roots: roots.map(str::to_owned) });
        assert_eq!(split("postgres://u@h/d"), plain("postgres://u@h/d"));
        assert_eq!(split("postgres://u@h/d?sslmode=disable"), plain("postgres://u@h/d"));
        assert_eq!(split("postgres://u@h/d?sslmode=require"), verified("postgres://u@h/d", None));
        assert_eq!(
            split("postgres://u@h/d?options=x&sslrootcert=%2Fa%2Fb.pem&sslmode=verify-full"),
            verified("postgres://u@h/d?options=x", Some("/a/b.pem"))
        );
        assert_eq!(split("postgres://u@h/d?sslrootcert=b.pem"), verified("postgres://u@h/d", Some("b.pem")));
        for refused in ["?sslmode=prefer", "?sslmode=verify-ca", "?sslmode=disable&sslrootcert=b.pem"] {
            Asked::split(&format!("postgres://u@h/d{refused}")).expect_err(refused);
        }
    }
}
