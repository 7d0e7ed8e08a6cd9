//! Who may try a password now: failures of an account from one address make it wait, twice as long each time.
//!
//! Every attempt counts as failed until it succeeded, so that many at once do not slip through.
//!
//! **Invariants.** Nobody waits longer than 15 minutes. Failures from one address never make an account wait elsewhere
//! for more than a second. Wrong codes do, wherever they come from: a million codes are soon tried, and only who knows the password
//! gets to try one.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jifen_core::time::Instant;
use jifen_store::RegionId;

/// An account as the one who signs in names it.
pub(crate) type Named = (Option<RegionId>, String);

/// The longest wait.
const LONGEST_WAIT_MS: i64 = 15 * 60 * 1000;
/// After so many ms without an attempt failures are forgotten.
const FORGOTTEN_AFTER_MS: i64 = 60 * 60 * 1000;
/// Whose failures are remembered at most; the older half goes when more fail.
const REMEMBERED_MAX: usize = 16_384;

/// What is counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    /// An account from an address.
    Pair(Named, String),
    /// An account from wherever.
    Account(Named),
    /// Whatever account from an address.
    Address(String),
    /// Codes of an account from wherever.
    Code(Named),
}

impl Counted {
    /// How many failures cost nothing, and how long the wait is after one more; whether it doubles from there.
    const fn bounds(&self) -> (u32, i64, bool) {
        match self {
            Self::Pair(..) | Self::Code(_) => (5, 1_000, true),
            Self::Account(_) => (30, 1_000, false),
            Self::Address(_) => (50, 1_000, false),
        }
    }

    fn wait_ms(&self, times: u32) -> i64 {
        let (free, first, doubles) = self.bounds();
        match times.checked_sub(free) {
            None => 0,
            Some(over) if doubles => first.saturating_mul(1_i64 << over.min(20)).min(LONGEST_WAIT_MS),
            Some(_) => first,
        }
    }
}

#[derive(Clone, Copy)]
struct Failing {
    times: u32,
    last: Instant,
}

/// Who failed, and when.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<BTreeMap<Counted, Failing>>);

impl Throttle {
    /// Begins an attempt, or says how many seconds to wait before the next.
    pub(crate) fn begin(&self, named: &Named, address: &str, now: Instant) -> Result<(), u32> {
        self.begin_all(counted(named, address), now)
    }

    /// Begins to try a code of an account whose password was right.
    pub(crate) fn begin_code(&self, named: &Named, now: Instant) -> Result<(), u32> {
        self.begin_all([Counted::Code(named.clone())], now)
    }

    fn begin_all<const N: usize>(&self, counted: [Counted; N], now: Instant) -> Result<(), u32> {
        let mut failing = self.failing();
        let waits = counted.iter().map(|counted| match failing.get(counted) {
            Some(old) if now.0 - old.last.0 < FORGOTTEN_AFTER_MS => old.last.0 + counted.wait_ms(old.times) - now.0,
            _ => 0,
        });
        let wait = waits.max().unwrap_or(0);
        if wait > 0 {
            return Err(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX));
        }
        if failing.len() + counted.len() > REMEMBERED_MAX {
            let mut times: Vec<i64> = failing.values().map(|failing| failing.last.0).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            failing.retain(|_, failing| failing.last.0 > middle);
        }
        for counted in counted {
            let times = match failing.get(&counted) {
                Some(old) if now.0 - old.last.0 < FORGOTTEN_AFTER_MS => old.times.saturating_add(1),
                _ => 1,
            };
            failing.insert(counted, Failing { times, last: now });
        }
        Ok(())
    }

    /// The attempt that was begun succeeded.
    pub(crate) fn succeeded(&self, named: &Named, address: &str) {
        let mut failing = self.failing();
        let [pair, account, address] = counted(named, address);
        failing.remove(&pair);
        failing.remove(&account);
        // Others fail from there: only this attempt is no failure.
        if let Some(failing) = failing.get_mut(&address) {
            failing.times = failing.times.saturating_sub(1);
        }
    }

    /// The code that was tried was right.
    pub(crate) fn code_succeeded(&self, named: &Named) {
        self.failing().remove(&Counted::Code(named.clone()));
    }

    fn failing(&self) -> MutexGuard<'_, BTreeMap<Counted, Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counted(named: &Named, address: &str) -> [Counted; 3] {
    [
        Counted::Pair(named.clone(), address.to_owned()),
        Counted::Account(named.clone()),
        Counted::Address(address.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lan() -> Named {
        (Some(RegionId(1)), "lan".to_owned())
    }

    #[test]
    fn failures_wait_twice_as_long_each_time_and_never_over_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let mut now = Instant(0);
        for _ in 0..5 {
            assert_eq!(throttle.begin(&lan(), "10.0.0.1", now), Ok(()));
        }
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(throttle.begin(&lan(), "10.0.0.1", now), Err(wait));
            assert_eq!(throttle.begin(&lan(), "10.0.0.2", Instant(now.0 + 1_000)), Ok(()), "elsewhere it is tried");
            throttle.succeeded(&lan(), "10.0.0.2");
            now = Instant(now.0 + i64::from(wait) * 1_000);
            assert_eq!(throttle.begin(&lan(), "10.0.0.1", now), Ok(()), "after {wait} s");
        }
        assert_eq!(throttle.begin(&lan(), "10.0.0.1", Instant(now.0 + FORGOTTEN_AFTER_MS)), Ok(()));
        assert_eq!(throttle.begin(&lan(), "10.0.0.1", Instant(now.0 + FORGOTTEN_AFTER_MS)), Ok(()), "it is forgotten");
    }

    #[test]
    fn the_right_password_wipes_failures_out() {
        let throttle = Throttle::default();
        for round in 0..10 {
            for attempt in 0..5 {
                assert_eq!(throttle.begin(&lan(), "a", Instant(0)), Ok(()), "{round} {attempt}");
            }
            throttle.succeeded(&lan(), "a");
            let other = (None, "wen".to_owned());
            assert_eq!(throttle.begin(&other, "b", Instant(0)).is_ok(), round < 5, "others are counted by themselves");
        }
    }

    #[test]
    fn many_addresses_and_many_names_are_slowed_too() {
        let throttle = Throttle::default();
        for address in 0..30 {
            assert_eq!(throttle.begin(&lan(), &address.to_string(), Instant(0)), Ok(()));
        }
        assert_eq!(throttle.begin(&lan(), "new", Instant(0)), Err(1), "an account from everywhere");
        assert_eq!(throttle.begin(&lan(), "new", Instant(1_000)), Ok(()), "but nobody waits longer");
        for name in 0..50 {
            assert_eq!(throttle.begin(&(None, name.to_string()), "one", Instant(0)), Ok(()));
        }
        assert_eq!(
            throttle.begin(&(None, "another".to_owned()), "one", Instant(0)),
            Err(1),
            "an address on all accounts"
        );
    }

    #[test]
    fn codes_wait_by_themselves_and_nobody_else_does() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert_eq!(throttle.begin_code(&lan(), Instant(0)), Ok(()));
        }
        assert_eq!(throttle.begin_code(&lan(), Instant(0)), Err(1));
        assert_eq!(throttle.begin_code(&lan(), Instant(1_000)), Ok(()));
        assert_eq!(throttle.begin_code(&lan(), Instant(1_000)), Err(2));
        assert_eq!(throttle.begin(&lan(), "a", Instant(1_000)), Ok(()), "the password may be tried");
        assert_eq!(throttle.begin_code(&(None, "wen".to_owned()), Instant(1_000)), Ok(()));
        throttle.code_succeeded(&lan());
        assert_eq!(throttle.begin_code(&lan(), Instant(1_000)), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..20_000 {
            throttle.begin(&(None, number.to_string()), &number.to_string(), Instant(number)).ok();
            assert!(throttle.failing().len() <= REMEMBERED_MAX);
        }
        assert!(throttle.failing().len() >= REMEMBERED_MAX / 4);
    }
}
