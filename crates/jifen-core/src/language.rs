//! Texts for people in both languages: whoever shows one chooses, whoever writes one writes both.

use std::fmt;

/// The language of words for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The one of two texts that is in this language.
    pub fn choose<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// A text in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// The two texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// What `words` says in each language.
    pub fn of(words: impl Fn(Language) -> String) -> Self {
        Self { zh: words(Language::Chinese), en: words(Language::English) }
    }

    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &str {
        language.choose(&self.zh, &self.en)
    }

    /// The Chinese text, where it is not the English one: not everything is said in both.
    pub fn zh_apart(&self) -> Option<String> {
        (self.zh != self.en).then(|| self.zh.clone())
    }

    /// All of them, one after the other.
    pub fn listed(all: &[Self]) -> Self {
        let joined = |language: Language| {
            let all: Vec<&str> = all.iter().map(|words| words.in_language(language)).collect();
            all.join(language.choose("；", "; "))
        };
        Self::of(joined)
    }

    /// Both texts, a line each, the second one indented: what the command line prints. One line where there is one text.
    pub fn twice(&self) -> String {
        self.zh_apart().map_or_else(|| self.en.clone(), |zh| format!("{zh}\n    {}", self.en))
    }

    /// With more words behind it.
    #[must_use]
    pub fn and(self, more: &Self) -> Self {
        Self { zh: self.zh + &more.zh, en: self.en + &more.en }
    }
}

/// In English: what logs are written in.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// What is the same in both languages, or not said in Chinese.
impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { zh: text.clone(), en: text }
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// [`Words`] from two patterns of `format!`, the Chinese one first, over the same values.
#[macro_export]
macro_rules! both {
    ($zh:literal, $en:literal $(, $value:expr)* $(,)?) => {
        $crate::language::Words::new(format!($zh $(, $value)*), format!($en $(, $value)*))
    };
}
