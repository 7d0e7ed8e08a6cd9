//! How many opinions the public gives: few from one address, and not too many all together, so that nobody floods a draft.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jifen_core::time::Instant;

/// Opinions of one address in [`SPAN_MS`].
const ADDRESS_MAX: u32 = 5;
/// Opinions of all addresses in [`SPAN_MS`].
const ALL_MAX: u32 = 200;
/// What they are counted in.
const SPAN_MS: i64 = 10 * 60_000;

#[derive(Default)]
struct Counted {
    /// When the span that is counted began.
    since: i64,
    all: u32,
    addresses: BTreeMap<String, u32>,
}

/// Counts in spans of ten minutes; what was before a span is forgotten, so memory is bounded by [`ALL_MAX`].
#[derive(Default)]
pub(crate) struct OpinionThrottle(Mutex<Counted>);

impl OpinionThrottle {
    /// Counts one more, or says how many seconds to wait.
    pub(super) fn take(&self, address: &str, now: Instant) -> Result<(), u32> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !(0..SPAN_MS).contains(&(now.0 - counted.since)) {
            *counted = Counted { since: now.0, ..Counted::default() };
        }
        let own = counted.addresses.get(address).copied().unwrap_or(0);
        if own >= ADDRESS_MAX || counted.all >= ALL_MAX {
            let left = counted.since + SPAN_MS - now.0;
            return Err(u32::try_from((left + 999) / 1000).unwrap_or(u32::MAX));
        }
        counted.all += 1;
        counted.addresses.insert(address.to_owned(), own + 1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_until_the_span_is_over() {
        let throttle = OpinionThrottle::default();
        let at = |minute: i64| Instant(1_000_000_000_000 + minute * 60_000);
        for _ in 0..ADDRESS_MAX {
            assert_eq!(throttle.take("a", at(0)), Ok(()));
        }
        assert_eq!(throttle.take("a", at(4)), Err(360));
        assert_eq!(throttle.take("b", at(4)), Ok(()));
        assert_eq!(throttle.take("a", at(10)), Ok(()));
    }

    #[test]
    fn many_addresses_wait_too() {
        let throttle = OpinionThrottle::default();
        for number in 0..ALL_MAX {
            assert_eq!(throttle.take(&number.to_string(), Instant(0)), Ok(()));
        }
        assert!(throttle.take("another", Instant(1)).is_err());
    }
}
