//! Which passwords are guessed first: those made of common pieces (`tables/common-passwords.txt`), keys in a row, repeats and dates.
//!
//! In: a password, the account's name. Out: how many characters a guesser does not get for nothing. No list of leaked passwords is
//! looked up anywhere: what people make of twelve characters is generated from pieces here.

use std::{collections::BTreeSet, sync::LazyLock};

/// Characters that must be left when every common piece is taken away.
const OWN_CHARACTERS_MIN: usize = 6;
/// A common word counts as so many characters of its own, for it is one of a few hundred.
const WORD_WORTH: usize = 1;
/// Shortest row of keys, repeat or word that is a piece.
const PIECE_CHARACTERS_MIN: usize = 3;

static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../tables/common-passwords.txt").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// Rows of keys, and the alphabet, as fingers run over them; also backwards.
const ROWS: [&str; 9] = [
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "!@#$%^&*()_+",
    "147258369",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Whether a password is among the first that are tried.
pub(super) fn is_common(password: &str, account: &str) -> bool {
    let typed: Vec<char> = password.to_lowercase().chars().collect();
    let account = account.to_lowercase();
    // `P@ssw0rd` is no better than `password`; what fingers run over is read as it was typed.
    let read: Vec<char> = typed.iter().map(|c| unmasked(*c)).collect();
    own_characters(&typed, &read, &account) < OWN_CHARACTERS_MIN
}

fn unmasked(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The fewest characters that no piece covers, over all ways to take pieces away.
fn own_characters(typed: &[char], read: &[char], account: &str) -> usize {
    // From the end on: what is left at least from a place on.
    let mut left = vec![0; typed.len() + 1];
    for start in (0..typed.len()).rev() {
        let alone = usize::from(typed[start].is_alphanumeric());
        let mut least = alone + left[start + 1];
        for end in start + PIECE_CHARACTERS_MIN..=typed.len() {
            if let Some(worth) = worth(&typed[start..end], &read[start..end], account) {
                least = least.min(worth + left[end]);
            }
        }
        for unit in 1..=4 {
            let end = repeats(&typed[start..], unit);
            if end > unit {
                // Whoever repeats what is their own has typed it once.
                least = least.min(unit.min(OWN_CHARACTERS_MIN - 1) + left[start + end]);
            }
        }
        left[start] = least;
    }
    left[0]
}

/// What a piece is worth to whom it is nothing new; `None`: it is none.
fn worth(typed: &[char], read: &[char], account: &str) -> Option<usize> {
    let [typed, read]: [String; 2] = [typed, read].map(|chars| chars.iter().collect());
    if typed == account {
        return Some(0);
    }
    if WORDS.contains(typed.as_str()) || WORDS.contains(read.as_str()) {
        return Some(WORD_WORTH);
    }
    let backwards: String = typed.chars().rev().collect();
    if ROWS.iter().any(|row| row.contains(&typed) || row.contains(&backwards)) {
        return Some(WORD_WORTH);
    }
    // Years, days and telephone numbers: digits alone are tried in order.
    typed.chars().all(|c| c.is_ascii_digit()).then_some(2)
}

/// How far the first `unit` characters are repeated: `abcabcab` is, with 3, all eight; 0 where they are not.
fn repeats(typed: &[char], unit: usize) -> usize {
    let end = (unit..typed.len()).find(|at| typed[*at] != typed[at - unit]).unwrap_or(typed.len());
    if end >= 2 * unit && end >= PIECE_CHARACTERS_MIN { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_common() {
        for password in [
            "password1234",
            "Password2024!",
            "P@ssw0rd1234",
            "Admin@123456",
            "administrator",
            "qwertyuiop[]",
            "1qaz2wsx3edc",
            "123456789012",
            "210987654321",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "a1a1a1a1a1a1",
            "woaini1314520",
            "iloveyou520520",
            "zhengwufuwu2026",
            "Jifen@20261127",
            "wanglan-20261127",
            "WangLan12345678",
            "13857112345678",
            "Welcome-2026-11",
            "qwer1234asdf5678",
            "!@#$%^&*()_+",
            "passwordpassword",
        ] {
            assert!(is_common(password, "wanglan"), "{password}");
        }
    }

    #[test]
    fn what_somebody_thought_of_is_not() {
        for password in [
            "correct horse battery staple",
            "ticket-window seven smells of tea",
            "7k9q-x2mv-p4rd-hz6t",
            "窗外的桂花开了两次",
            "tea before nine, always",
            "chosen by herself",
            "given once more",
            "gV7#kQ2!mZ9x",
        ] {
            assert!(!is_common(password, "wanglan"), "{password}");
        }
        let given = super::super::one_time_password().expect("password");
        assert!(!is_common(&given, "admin"), "{given}");
    }

    #[test]
    fn the_list_is_as_it_says() {
        assert!(WORDS.len() > 200, "{}", WORDS.len());
        for word in WORDS.iter() {
            assert!(
                word.chars().count() >= PIECE_CHARACTERS_MIN && word.chars().all(|c| c.is_ascii_lowercase()),
                "{word}"
            );
        }
    }

    proptest::proptest! {
        /// Whatever is typed is judged, and a long random text is good.
        #[test]
        fn every_password_is_judged(password in ".{0,64}", account in "[a-z]{0,8}") {
            is_common(&password, &account);
        }
    }
}
