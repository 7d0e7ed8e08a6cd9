//! A bell within the process: rung by anybody, heard once by the one thread that waits, whether it waited or not.

use std::sync::{Condvar, Mutex, PoisonError};

/// Rung and not yet heard, or for good over.
#[derive(Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    is_rung: bool,
    is_over: bool,
}

impl Signal {
    /// Wakes who waits, or lets the next wait end at once.
    pub(crate) fn ring(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_rung = true;
        self.rung.notify_all();
    }

    /// Ends every wait from now on.
    pub(crate) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.rung.notify_all();
    }

    /// Waits for a ring; `false` when there will be none any more.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_rung && !state.is_over {
            state = self.rung.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_rung = false;
        !state.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_also_when_nobody_waited() {
        let signal = Signal::default();
        signal.ring();
        signal.ring();
        assert!(signal.wait());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| signal.wait());
            signal.end();
            assert!(!waiting.join().expect("joined"), "nothing was rung a third time");
        });
        signal.ring();
        assert!(!signal.wait(), "it is over");
    }
}
