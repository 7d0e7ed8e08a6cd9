//! `jifen serve`: the API and the web app, until a signal ends it.

use std::{net::SocketAddr, path::PathBuf};

use jifen_server::{
    app::{App, Options as AppOptions},
    auth::Federation,
    job,
    node::Node,
    serve::serve,
    space,
};
use jifen_store::Database;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{account, open};
use crate::{failure::Failure, log::LogOptions, output};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    db: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: String,
    /// Whether days, weeks, months … end by themselves, six hours after their last moment; `off` leaves it to a manager
    #[arg(long, value_enum, default_value_t = EndPeriods::Auto)]
    end_periods: EndPeriods,
    /// Gives every region that has no account yet an administrator's, and prints its one-time password on standard error
    #[arg(long)]
    first_account: bool,
    /// Clients come by TLS, although the proxy does not say so in `X-Forwarded-Proto`: cookies are `Secure`
    #[arg(long)]
    https: bool,
    /// The alarm of a full disk begins when less is free, in MiB: log, metric, `/readyz`, data quality page
    #[arg(long, default_value_t = space::FREE_BYTES_MIN >> 20)]
    disk_free_min_mib: u64,
    /// Where other nodes on the same PostgreSQL database reach this one, `http://HOST:PORT`; by default where it listens, or, listening
    /// everywhere, the address that the database sees
    #[arg(long)]
    node_address: Option<String>,
    /// File of systems outside by which people sign in (docs/access.md)
    #[arg(long)]
    sign_in: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) log: LogOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum EndPeriods {
    Auto,
    Off,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let federation = options.sign_in.as_deref().map(Federation::read).transpose();
    let federation = federation.map_err(|error| Failure::Usage(error.to_string()))?.unwrap_or_default();
    let database = open::to_serve(&options.db)?;
    if database.regions()?.is_empty() {
        tracing::warn!("the database has no region yet; make one with `jifen init` or `jifen import` and start again");
    }
    if options.first_account {
        account::first(&database)?;
    }
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::Storage(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&options.listen).await.map_err(|error| {
            Failure::Usage(format!(
                "cannot listen on `{}`: {error}; choose another address with `--listen`",
                options.listen
            ))
        })?;
        let stop = stop_signal()?;
        let free_bytes_min = options.disk_free_min_mib.saturating_mul(1 << 20);
        let node = node(&database, options, listener.local_addr()?)?;
        let app_options =
            AppOptions { https: options.https, free_bytes_min, node, federation, ..AppOptions::default() };
        let app = App::open(database.clone(), app_options)?;
        output::line(&format!("http://{}", listener.local_addr()?))?;
        if options.end_periods == EndPeriods::Auto {
            tokio::spawn(job::run(app.clone()));
        }
        serve(app, listener, stop).await?;
        Ok::<(), Failure>(())
    })?;
    tracing::info!("stopped");
    Ok(())
}

/// This process among those that serve the database, where there can be several.
fn node(database: &Database, options: &Options, listening: SocketAddr) -> Result<Option<Node>, Failure> {
    if !database.is_shared() {
        return Ok(None);
    }
    let address = match &options.node_address {
        Some(address) => address.trim_end_matches('/').to_owned(),
        None if !listening.ip().is_unspecified() => format!("http://{listening}"),
        None => {
            let seen = database.seen_address()?.unwrap_or_else(|| "127.0.0.1".to_owned());
            let host = if seen.contains(':') { format!("[{seen}]") } else { seen };
            format!("http://{host}:{}", listening.port())
        }
    };
    if !address.starts_with("http://") {
        return Err(Failure::Usage(format!("`--node-address {address}` is not `http://HOST:PORT`")));
    }
    Ok(Some(Node::enter(database, address, AppOptions::default().on_fatal)?))
}

/// Completes at the first SIGINT or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let signal = |kind| signal(kind).map_err(|error| Failure::Storage(format!("cannot wait for signals: {error}")));
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
