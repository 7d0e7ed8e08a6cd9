//! Text in columns: PostgreSQL's cannot hold U+0000, which events may carry, so that is escaped on the way in and out.
//!
//! Names of our own making (roles, rules' ids, sources' names of keys) pass through unchanged, as does all text without these two.

use std::borrow::Cow;

/// Escapes; never a character of its own right (Unicode noncharacter).
const ESCAPE: char = '\u{10FFFE}';

/// As stored.
pub(crate) fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => escaped.extend([ESCAPE, '0']),
            ESCAPE => escaped.extend([ESCAPE, '1']),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// As it was.
pub(crate) fn read(stored: String) -> String {
    if !stored.contains(ESCAPE) {
        return stored;
    }
    let mut text = String::with_capacity(stored.len());
    let mut characters = stored.chars();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => text.push(if characters.next() == Some('0') { '\0' } else { ESCAPE }),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_holds_a_nul() {
        for text in ["", "李慧", "a\0b", "\0", "\u{10FFFE}", "\u{10FFFE}0", "\0\u{10FFFE}1\0"] {
            let kept = stored(text);
            assert!(!kept.contains('\0'));
            assert_eq!(read(kept.into_owned()), text);
        }
        assert!(matches!(stored("李慧"), Cow::Borrowed(_)));
    }
}
