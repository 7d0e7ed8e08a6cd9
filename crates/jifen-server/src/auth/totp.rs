//! Codes of six digits that change every half minute (RFC 6238, HMAC-SHA-1, as authenticator programs have them), and recovery codes.
//!
//! In: a secret, a time, what was typed. Out: the step whose code it is. That a step counts once is kept in the store.

use hmac::{Hmac, KeyInit, Mac};
use jifen_core::{id::Digest, time::Instant};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, QrCode};
use sha1::Sha1;

use super::password::{PasswordError, typable};

/// How long a code is shown, in ms.
pub const STEP_MS: i64 = 30_000;
/// Digits of a code.
const DIGITS: usize = 6;
/// Clocks of devices may be so many steps behind or ahead.
const SKEW_STEPS: i64 = 1;
/// Bytes of a secret: what HMAC-SHA-1 is as strong as.
const SECRET_BYTES: usize = 20;
/// Recovery codes that are given at a time.
const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code: 80 bits, so that its SHA-256 alone can be kept.
const RECOVERY_LETTERS: usize = 16;
/// RFC 4648, as authenticator programs read it.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// What stays as it is in the label of an address.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A secret that a device and the store share.
pub(crate) type Secret = [u8; SECRET_BYTES];

/// Makes a secret.
pub(crate) fn new_secret() -> Result<Secret, PasswordError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(PasswordError::of)?;
    Ok(bytes)
}

/// The step that a time lies in.
pub fn step_at(now: Instant) -> i64 {
    now.0.div_euclid(STEP_MS)
}

/// The code of a step.
pub fn code(secret: &[u8; SECRET_BYTES], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let start = usize::from(digest[19] & 0xf);
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|n| digest[start + n]);
    let number = u32::from_be_bytes([first & 0x7f, second, third, fourth]);
    format!("{:0DIGITS$}", number % 10_u32.pow(DIGITS as u32))
}

/// The step whose code was typed: one that a clock may be in, and later than all that counted.
pub(crate) fn step_of(secret: &Secret, typed: &str, now: Instant, last: i64) -> Option<i64> {
    let typed = plain(typed);
    let at = step_at(now);
    (at - SKEW_STEPS..=at + SKEW_STEPS).find(|step| *step > last && code(secret, *step) == typed)
}

/// Whether what was typed can only be a recovery code.
pub(crate) fn is_recovery_code(typed: &str) -> bool {
    plain(typed).len() == RECOVERY_LETTERS
}

/// What a recovery code is kept as, however it was typed.
pub(crate) fn recovery_digest(typed: &str) -> Digest {
    Digest::of(plain(typed).as_bytes())
}

/// New recovery codes.
pub(crate) fn recovery_codes() -> Result<Vec<String>, PasswordError> {
    (0..RECOVERY_CODES).map(|_| typable(RECOVERY_LETTERS, 4)).collect()
}

fn plain(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_lowercase).collect()
}

/// A secret as it is typed into a device.
pub(crate) fn base32(secret: &Secret) -> String {
    let bits = secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect::<Vec<_>>();
    let letter = |five: &[u8]| char::from(BASE32[five.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit))]);
    bits.chunks(5).map(letter).collect()
}

/// The address that an authenticator program reads.
pub(crate) fn address(issuer: &str, account: &str, secret: &Secret) -> String {
    let [issuer, account] = [issuer, account].map(|text| utf8_percent_encode(text, LABEL).to_string());
    let (secret, period) = (base32(secret), STEP_MS / 1000);
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={period}"
    )
}

/// A text as a QR code: a row of `0` and `1` each, `1` being dark; empty where the text is too long for one.
pub(crate) fn qr(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::new(text) else { return Vec::new() };
    let dark = |color: &Color| if *color == Color::Dark { '1' } else { '0' };
    code.to_colors().chunks(code.width()).map(|row| row.iter().map(dark).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &Secret = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1; the last six of its eight digits.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, step_at(Instant(seconds * 1000))), expected, "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_code_counts_twice() {
        let now = Instant(1_111_111_111_000);
        let at = step_at(now);
        for (offset, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(SECRET, at + offset);
            assert_eq!(step_of(SECRET, &typed, now, 0), counts.then_some(at + offset), "{offset}");
        }
        let typed = code(SECRET, at);
        assert_eq!(step_of(SECRET, &format!(" {} {} ", &typed[..3], &typed[3..]), now, at - 1), Some(at));
        assert_eq!(step_of(SECRET, &typed, now, at), None, "it counted");
        assert_eq!(step_of(SECRET, &code(SECRET, at - 1), now, at), None, "nor does an older one");
        for bad in ["", "000000x", "２８７０８２"] {
            assert_eq!(step_of(SECRET, bad, now, 0), None, "{bad}");
        }
    }

    #[test]
    fn secrets_are_given_as_devices_read_them() {
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let address = address("积分", "wang lan", SECRET);
        assert_eq!(
            address,
            "otpauth://totp/%E7%A7%AF%E5%88%86:wang%20lan?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E7%A7%AF%E5%88%86&algorithm=SHA1&digits=6&period=30"
        );
        let rows = qr(&address);
        assert!(rows.len() >= 21 && rows.iter().all(|row| row.len() == rows.len()), "{rows:?}");
        // The three corners of every QR code.
        for (row, column) in [(0, 0), (0, rows.len() - 7), (rows.len() - 7, 0)] {
            assert_eq!(&rows[row][column..column + 7], "1111111");
        }
        assert!(qr(&"x".repeat(9000)).is_empty());
    }

    #[test]
    fn recovery_codes_differ_and_may_be_typed_in_any_way() {
        let codes = recovery_codes().expect("codes");
        assert_eq!((codes.len(), codes[0].len(), codes[0].matches('-').count()), (10, 19, 3), "{codes:?}");
        let digests: std::collections::BTreeSet<_> = codes.iter().map(|code| recovery_digest(code)).collect();
        assert_eq!(digests.len(), 10);
        let typed = codes[0].replace('-', " ").to_uppercase();
        assert!(is_recovery_code(&typed) && recovery_digest(&typed) == recovery_digest(&codes[0]));
        assert!(!is_recovery_code("123456"));
    }
}
