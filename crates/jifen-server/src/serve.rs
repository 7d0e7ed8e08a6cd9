//! The listening loop: HTTP/1.1 connections with a bound on how long a client may take to say what it wants.

use std::{future::Future, io, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;

use crate::{app::App, hall, metric, request::Peer, router::router, space};

/// A client that has not sent its headers by then is dropped.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of a request's headers, and of an answer that wait for its client: with one live message 64 KiB.
const HEADER_BYTES_MAX: usize = 48 * 1024;
/// How long open requests may run on after the order to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// How often durations are sorted into their buckets, so that they do not pile up where nobody reads metrics.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Serves `app` on `listener` until `stop` completes, then lets open requests end.
///
/// # Errors
/// None yet: a connection that fails is its client's concern, and accepting goes on.
pub async fn serve(app: App, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
    let upkeep = tokio::spawn(async {
        let mut ticks = tokio::time::interval(METRICS_UPKEEP);
        loop {
            ticks.tick().await;
            metric::handle().run_upkeep();
        }
    });
    space::watch(&app).await;
    hall::catch_up(&app);
    let stop = {
        let app = app.clone();
        async move {
            stop.await;
            app.stop();
        }
    };
    accept(router(app), listener, stop).await;
    upkeep.abort();
    Ok(())
}

/// Answers on `listener` by a router alone until `stop` completes, then lets open requests end.
pub async fn accept(router: Router, listener: TcpListener, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to come back instead of spinning.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // A small answer must not wait for the acknowledgement of the one before.
        stream.set_nodelay(true).ok();
        let service = router.clone();
        let service = tower::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            tower::ServiceExt::oneshot(service.clone(), request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still open when the server stopped");
    }
}
