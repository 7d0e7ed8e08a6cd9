//! How a synchronous store uses an asynchronous driver: connections live on one thread of their own, callers wait for their answers.
//!
//! The driver's futures only pass messages to that thread, so any executor can poll them. [`wait`] does it on the caller's thread and,
//! unlike tokio's own `block_on`, also within a runtime: a test, or a start-up, may ask the store from there.

use std::{
    future::Future,
    io,
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime that connections live on; it lasts as long as the process.
pub(crate) fn runtime() -> Result<&'static Handle, io::Error> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    let made = Builder::new_multi_thread().worker_threads(1).thread_name("jifen-postgres").enable_all().build()?;
    // Of two made at once one is kept; the other has nothing to do yet.
    Ok(RUNTIME.get_or_init(|| made).handle())
}

/// Polls `future` on this thread until it is done.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let (mut future, waker) = (pin!(future), waker());
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

/// As [`wait`], but no longer than `patience`; `None`: it was not done by then.
pub(crate) fn wait_within<T>(future: impl Future<Output = T>, patience: Duration) -> Option<T> {
    let (mut future, waker) = (pin!(future), waker());
    let mut context = Context::from_waker(&waker);
    let deadline = Instant::now() + patience;
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Some(done);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

/// Wakes this thread.
fn waker() -> Waker {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    Waker::from(Arc::new(Unpark(thread::current())))
}
