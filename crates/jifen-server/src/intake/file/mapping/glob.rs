//! Patterns over actor codes: `*` stands for any text, `?` for one character.

/// A pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob(Vec<char>);

impl Glob {
    /// The pattern `text`.
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().collect())
    }

    /// Whether the whole of `text` fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut in_text) = (0, 0);
        // Where the last `*` stands, and how much text it has taken so far.
        let mut star: Option<(usize, usize)> = None;
        while in_text < text.len() {
            match (self.0.get(at), star) {
                (Some('*'), _) => {
                    star = Some((at, in_text));
                    at += 1;
                }
                (Some(wanted), _) if *wanted == '?' || *wanted == text[in_text] => {
                    at += 1;
                    in_text += 1;
                }
                (_, Some((star_at, taken))) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    in_text = taken + 1;
                }
                (_, None) => return false,
            }
        }
        self.0[at..].iter().all(|character| *character == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (glob, text, expected) in [
            ("admin*", "admin2", true),
            ("admin*", "admin", true),
            ("admin*", "Admin2", false),
            ("*自助*", "一楼自助机", true),
            ("?01", "窗01", true),
            ("?01", "01", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("**", "", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob} {text}");
        }
    }
}
