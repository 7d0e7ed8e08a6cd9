//! Hearing the bell: a connection that listens, taken up again when it breaks, for as long as the listener is kept.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use tokio_postgres::AsyncMessage;

use super::{Address, connection::Connection, drive::runtime, node};
use crate::{
    error::{Cause, StoreError},
    row::RegionId,
};

/// Between two tries to listen again.
const PAUSE: Duration = Duration::from_millis(500);

/// What others see the connection as.
const NAME: &str = "jifen (listening)";

/// Called with the region that may have changed, or with `None` when bells may have been missed: any may have. It must not block.
pub(crate) type OnBell = Arc<dyn Fn(Option<RegionId>) + Send + Sync>;

/// Listens until it is dropped.
pub(crate) struct Listener(JoinHandle<()>);

impl Listener {
    pub(crate) fn start(address: Address, on_bell: OnBell) -> Result<Self, StoreError> {
        let unreachable =
            |source: std::io::Error| StoreError::Unreachable { place: address.to_string(), source: source.into() };
        let runtime = runtime().map_err(unreachable)?;
        Ok(Self(runtime.spawn(async move {
            let mut is_deaf = false;
            loop {
                if let Err(cause) = listen(&address, &on_bell, &mut is_deaf).await
                    && !is_deaf
                {
                    // Once an outage.
                    tracing::warn!(%cause, place = %address, "the bell cannot be heard; it is tried again");
                    is_deaf = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
        })))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Until the connection breaks; once it listens, it is not deaf.
async fn listen(address: &Address, on_bell: &OnBell, is_deaf: &mut bool) -> Result<(), Cause> {
    let (client, mut connection) = Connection::raw(address, NAME).await?;
    let heard = on_bell.clone();
    // The connection makes way only while it is polled.
    let polled = async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message? {
                node::rung(notification.payload()).for_each(|region| heard(Some(region)));
            }
        }
        Ok::<(), Cause>(())
    };
    let listening = async {
        client.batch_execute(&format!("listen {}", node::CHANNEL)).await?;
        *is_deaf = false;
        on_bell(None);
        std::future::pending::<Result<(), Cause>>().await
    };
    tokio::select! {
        ended = polled => ended,
        ended = listening => ended,
    }
}
