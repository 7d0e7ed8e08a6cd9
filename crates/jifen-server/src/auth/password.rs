//! Passwords: Argon2id on threads that may block, two at once; how often one may try is `throttle`'s.
//!
//! **Invariants.** A name nobody has costs what a wrong password costs.

use std::sync::Arc;

use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use jifen_core::time::Instant;
use tokio::sync::Semaphore;

use super::{
    Reason,
    throttle::{Named, Throttle},
    weakness::is_common,
};
use crate::{
    app::blocking,
    problem::{Problem, ProofProblem},
};

/// Hashes computed at once: each takes 19 MiB and a core for some ten milliseconds.
pub const HASHES_MAX: usize = 2;
/// Fewest characters of a password people choose.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Most bytes of a password; nobody types more, and hashing reads all of it.
const PASSWORD_BYTES_MAX: usize = 1024;
/// Attempts that may wait for a place; more are refused at once.
const WAITING_MAX: usize = 64;
/// Bytes of salt.
const SALT_BYTES: usize = 16;
/// What one-time passwords are written in: nothing that is taken for another.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// Checks and makes hashes, and knows who failed.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Inner>);

struct Inner {
    waiting: Semaphore,
    places: Semaphore,
    throttle: Throttle,
}

/// What checking a password came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Checked {
    /// It is another one.
    Wrong,
    /// It is right; `better` is its hash at today's cost when the stored one was made at another.
    Right {
        /// To be stored in place of the old one.
        better: Option<String>,
    },
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let (waiting, places) = (Semaphore::new(WAITING_MAX), Semaphore::new(HASHES_MAX));
        Self(Arc::new(Inner { waiting, places, throttle: Throttle::default() }))
    }

    /// Whether `password` is the one hashed in `stored`; without a stored one it takes as long and says no.
    pub(crate) async fn check(
        &self,
        named: &Named,
        address: &str,
        password: String,
        stored: Option<String>,
        now: Instant,
    ) -> Result<Checked, Problem> {
        self.0.throttle.begin(named, address, now).map_err(|seconds| Problem::TooManyFailures { seconds })?;
        let checked = self.limited(move || {
            if !verify(&password, stored.as_deref()) {
                return Ok(Checked::Wrong);
            }
            let better = stored.filter(|stored| !is_of_today(stored)).map(|_| hash_password(&password));
            let better = better.transpose().map_err(|error| Problem::Inconsistent(error.to_string()))?;
            Ok(Checked::Right { better })
        });
        let checked = checked.await?;
        if checked != Checked::Wrong {
            self.succeeded(named, address);
        }
        Ok(checked)
    }

    /// The password that was tried is right, as a directory says.
    pub(crate) fn succeeded(&self, named: &Named, address: &str) {
        self.0.throttle.succeeded(named, address);
    }

    /// Begins trying a code of an account whose password was right.
    pub(crate) fn begin_code(&self, named: &Named, now: Instant) -> Result<(), Problem> {
        self.0.throttle.begin_code(named, now).map_err(|seconds| Problem::Proof(ProofProblem::TooOften { seconds }))
    }

    /// The code that was tried was right.
    pub(crate) fn code_succeeded(&self, named: &Named) {
        self.0.throttle.code_succeeded(named);
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.limited(move || hash_password(&password).map_err(|error| Problem::Inconsistent(error.to_string()))).await
    }

    /// Runs `work` on a thread that may block when one of the places is free.
    async fn limited<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let waiting = self.0.waiting.try_acquire().map_err(|_| Problem::SignInBusy)?;
        let place = self.0.places.acquire().await;
        let place = place.map_err(|_| Problem::Inconsistent("the places for hashing are closed".to_owned()))?;
        let done = blocking(work).await;
        drop((place, waiting));
        done
    }
}

fn verify(password: &str, stored: Option<&str>) -> bool {
    match stored.and_then(|stored| PasswordHash::new(stored).ok()) {
        Some(stored) => Argon2::default().verify_password(password.as_bytes(), &stored).is_ok(),
        None => {
            let mut out = [0; 32];
            Argon2::default().hash_password_into(password.as_bytes(), &[0; SALT_BYTES], &mut out).ok();
            false
        }
    }
}

/// Whether a hash was made at the cost that new ones are made at.
fn is_of_today(stored: &str) -> bool {
    let params = PasswordHash::new(stored).ok().filter(|hash| hash.algorithm.as_str() == "argon2id");
    let params = params.and_then(|hash| Params::try_from(&hash).ok());
    let today = Params::DEFAULT;
    params.is_some_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
    })
}

/// Hashes a password: Argon2id with a random salt, in PHC form. Takes its time: not for threads that must not block.
///
/// # Errors
/// When the system gives no random bytes.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(PasswordError::of)?;
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| PasswordError(error.to_string()))?;
    Ok(hash.to_string())
}

/// A password of 100 random bits, to be given away once and changed at the first sign-in.
///
/// # Errors
/// When the system gives no random bytes.
pub fn one_time_password() -> Result<String, PasswordError> {
    typable(20, 5)
}

/// So many random letters, five bits each, in groups of some.
pub(super) fn typable(letters: usize, group: usize) -> Result<String, PasswordError> {
    let mut bytes = vec![0; letters];
    getrandom::fill(&mut bytes).map_err(PasswordError::of)?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    Ok(letters.chunks(group).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

/// Why a password may not be chosen; `None` when it may.
pub(crate) fn fault_of(password: &str, account: &str, old: &str) -> Option<Reason> {
    let is = |other: &str| password.to_lowercase() == other.to_lowercase();
    let (zh, en) = match password {
        _ if password.chars().count() < PASSWORD_CHARACTERS_MIN => {
            ("密码至少 12 个字符", "a password has at least 12 characters")
        }
        _ if password.len() > PASSWORD_BYTES_MAX => ("密码最多 1024 字节", "a password has at most 1024 bytes"),
        _ if is(account) => ("账号不能当密码", "the account's name is no password"),
        _ if password == old => ("新密码与原密码相同", "this is the old password"),
        _ if is_common(password, account) => (
            "这样的密码最先被人猜到（常用词、连续按键、重复、日期、账号）；请换一句自己才想得到的话",
            "such a password is guessed first (common words, keys in a row, repeats, dates, the account's name); take a sentence of your own",
        ),
        _ => return None,
    };
    Some(Reason { zh, en })
}

/// A password could not be made or hashed.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a password: {0}")]
pub struct PasswordError(String);

impl PasswordError {
    pub(super) fn of(error: getrandom::Error) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[test]
    fn hashes_are_argon2id_and_salted() {
        let (one, other) =
            (hash_password("correct horse").expect("hash"), hash_password("correct horse").expect("hash"));
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert!(verify("correct horse", Some(&one)) && !verify("correct horsf", Some(&one)));
        assert!(!verify("correct horse", None) && !verify("", Some("no hash")));
    }

    #[test]
    fn one_time_passwords_may_be_typed() {
        let password = one_time_password().expect("password");
        assert_eq!((password.len(), password.matches('-').count()), (23, 3), "{password}");
        assert_ne!(password, one_time_password().expect("password"));
        assert_eq!(fault_of(&password, "admin", "x"), None);
        for bad in ["short", "A-Long-Account-Name", "the old password", &"x".repeat(1025)] {
            assert!(fault_of(bad, "a-long-account-name", "the old password").is_some(), "{bad}");
        }
    }

    #[tokio::test]
    async fn two_hashes_run_at_once_and_no_more() {
        let passwords = Passwords::new();
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Each waits until another runs: with one place only nothing would ever end.
        let pair = Arc::new(Barrier::new(2));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (passwords, running, most, pair) = (passwords.clone(), running.clone(), most.clone(), pair.clone());
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        pair.wait();
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok(())
                    };
                    passwords.limited(work).await.expect("done");
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("ended");
        }
        assert_eq!(most.load(Ordering::SeqCst), HASHES_MAX);
    }

    #[tokio::test]
    async fn a_hash_made_at_another_cost_is_made_again() {
        let weak = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).expect("cost"),
        );
        let weak: PasswordHash = weak.hash_password_with_salt(b"correct horse", &[7; SALT_BYTES]).expect("hash");
        let (passwords, named) = (Passwords::new(), (None, "lan".to_owned()));
        let check = async |stored: &str| {
            passwords.check(&named, "", "correct horse".to_owned(), Some(stored.to_owned()), Instant(0)).await
        };
        let better = match check(&weak.to_string()).await {
            Ok(Checked::Right { better }) => better.expect("a new hash"),
            other => unreachable!("{other:?}"),
        };
        assert!(better.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{better}");
        assert_eq!(check(&better).await.ok(), Some(Checked::Right { better: None }));
        assert_eq!(check(&hash_password("another").expect("hash")).await.ok(), Some(Checked::Wrong));
    }

    #[tokio::test]
    async fn who_fails_too_often_is_refused_before_anything_is_hashed() {
        let (passwords, named) = (Passwords::new(), (None, "lan".to_owned()));
        let right = hash_password("correct horse").expect("hash");
        let check = async |password: &str| {
            passwords.check(&named, "", password.to_owned(), Some(right.clone()), Instant(0)).await
        };
        for _ in 0..5 {
            assert_eq!(check("wrong").await.ok(), Some(Checked::Wrong));
        }
        assert!(matches!(check("correct horse").await, Err(Problem::TooManyFailures { seconds: 1 })));
    }

    #[tokio::test]
    async fn a_crowd_is_refused_and_not_queued() {
        let passwords = Passwords::new();
        let held: Vec<_> = (0..WAITING_MAX).map(|_| passwords.0.waiting.try_acquire().expect("a place")).collect();
        assert!(matches!(passwords.limited(|| Ok(())).await, Err(Problem::SignInBusy)));
        drop(held);
        assert!(passwords.limited(|| Ok(())).await.is_ok());
    }
}
