//! How much space the database's disk has left, and the alarm before it is full.
//!
//! In: the file system's own count. Out: metrics, one line in the log when the alarm begins and one when it ends, and what
//! `/readyz` and the data quality page say. A full disk loses nothing, but nothing more comes in: people must hear of it before.

use std::time::Duration;

use jifen_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::app::{App, blocking};

/// Below this the alarm begins, unless the server's options say otherwise: weeks of a city's events.
pub const FREE_BYTES_MIN: u64 = 1 << 30;
/// How often the loop looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The disk that the database lies on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = DiskSpace)]
pub(crate) struct Space {
    /// Bytes that may still be written.
    pub(crate) free_bytes: u64,
    /// Below this the alarm begins.
    pub(crate) free_bytes_min: u64,
    /// Whether it has begun.
    pub(crate) is_low: bool,
}

/// Asks the file system, which answers from memory: no disk is read. `None` where the database lies on a server of its own.
pub(crate) fn measure(app: &App) -> Result<Option<Space>, StoreError> {
    let free_bytes_min = app.free_bytes_min();
    let space = |free_bytes| Space { free_bytes, free_bytes_min, is_low: free_bytes < free_bytes_min };
    Ok(app.database().free_bytes()?.map(space))
}

/// Looks until the server stops; the first look is over before the first request.
pub(crate) async fn watch(app: &App) {
    let mut was_low = look(app, false).await;
    let app = app.clone();
    tokio::spawn(async move {
        let (mut ticks, mut stopping) = (tokio::time::interval(LOOK_EVERY), app.stopping());
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            was_low = look(&app, was_low).await;
        }
    });
}

/// Looks once; whether the alarm is on.
async fn look(app: &App, was_low: bool) -> bool {
    let asked = app.clone();
    match blocking(move || Ok(measure(&asked)?)).await {
        Ok(Some(space)) => {
            tell(space, was_low);
            space.is_low
        }
        Ok(None) => false,
        Err(error) => {
            tracing::warn!(?error, "the space left for the database cannot be read");
            was_low
        }
    }
}

fn tell(space: Space, was_low: bool) {
    let Space { free_bytes, free_bytes_min, is_low } = space;
    metrics::gauge!("jifen_store_free_bytes").set(free_bytes as f64);
    metrics::gauge!("jifen_store_free_min_bytes").set(free_bytes_min as f64);
    match (was_low, is_low) {
        (false, true) => {
            tracing::warn!(free_bytes, free_bytes_min, "the database's disk is nearly full; make room before it is");
        }
        (true, false) => tracing::info!(free_bytes, free_bytes_min, "the database's disk has room again"),
        (false, false) | (true, true) => {}
    }
}
