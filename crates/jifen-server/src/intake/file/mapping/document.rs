//! The text of a mapping as a tree that remembers places: every complaint names line and column, and a key nobody asked for is one.

use std::{collections::BTreeMap, fmt};

use jifen_core::{
    both,
    language::{Language, Words},
};
use toml::de::{DeTable, DeValue};

/// A mapping that cannot be used: where, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappingError {
    /// The mapping file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: Box<MappingFault>,
}

impl MappingError {
    /// Where and why, in one language.
    pub fn told(&self, language: Language) -> String {
        format!("`{}`:{}:{}: {}", self.file, self.line, self.column, self.fault.words().in_language(language))
    }
}

/// In both languages, the second one on a line of its own: the command line has none of its own.
impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.told(Language::Chinese), self.fault.words().en)
    }
}

impl std::error::Error for MappingError {}

/// What is wrong with a mapping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MappingFault {
    /// The file cannot be read.
    Unreadable(String),
    /// Not TOML.
    Syntax(String),
    /// A key that means nothing here.
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        place: Words,
        /// What could stand there.
        known: String,
    },
    /// A key that must be there.
    MissingKey {
        /// The key.
        key: &'static str,
        /// Where it belongs.
        place: Words,
        /// How to write it.
        advice: Words,
    },
    /// A value of the wrong TOML type.
    WrongType {
        /// The value's key.
        place: Words,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: Words,
    },
    /// A value that cannot be used.
    BadValue {
        /// The value's key.
        place: Words,
        /// Why, and what to write.
        reason: Words,
    },
}

impl MappingFault {
    /// What is wrong, in words.
    pub fn words(&self) -> Words {
        match self {
            Self::Unreadable(reason) => both!(
                "读不了：{reason}；请检查路径和权限",
                "cannot be read: {reason}; check the path and its permissions"
            ),
            Self::Syntax(reason) => both!("不是 TOML：{reason}", "not TOML: {reason}"),
            Self::UnknownKey { key, place, known } => Words::new(
                format!("{}里没有 `{key}` 这个键；有 {known}", place.zh),
                format!("unknown key `{key}` in {}; known keys: {known}", place.en),
            ),
            Self::MissingKey { key, place, advice } => Words::new(
                format!("{}缺少 `{key}`；{}", place.zh, advice.zh),
                format!("{} lacks `{key}`; {}", place.en, advice.en),
            ),
            Self::WrongType { place, found, expected } => Words::new(
                format!("{} 是 {found}；请写{}", place.zh, expected.zh),
                format!("{} is of type {found}; write {}", place.en, expected.en),
            ),
            Self::BadValue { place, reason } => Words::of(|language| {
                let (place, reason) = (place.in_language(language), reason.in_language(language));
                format!("{place}{}{reason}", language.choose("：", ": "))
            }),
        }
    }
}

/// The text of one mapping file.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    /// Name of the file, for messages.
    pub(super) file: &'t str,
    /// Its content.
    pub(super) text: &'t str,
}

impl<'t> Text<'t> {
    /// The error `fault` at the byte `offset`.
    pub(super) fn error(self, offset: usize, fault: MappingFault) -> MappingError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        MappingError { file: self.file.to_owned(), line, column, fault: Box::new(fault) }
    }

    /// The error of the TOML parser.
    pub(super) fn syntax_error(self, error: &toml::de::Error) -> MappingError {
        let offset = error.span().map_or(0, |span| span.start);
        self.error(offset, MappingFault::Syntax(error.message().to_owned()))
    }
}

/// A value and its place.
#[derive(Clone)]
pub(super) struct Item<'d> {
    text: Text<'d>,
    place: Words,
    at: usize,
    /// The value itself.
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> Item<'d> {
    /// This value is of no use: `reason` says why and what to write.
    pub(super) fn refuse(&self, reason: Words) -> MappingError {
        self.text.error(self.at, MappingFault::BadValue { place: self.place.clone(), reason })
    }

    /// As [`Item::refuse`], `offset` bytes into the content of a string.
    pub(super) fn refuse_within(&self, offset: usize, reason: Words) -> MappingError {
        let raw = self.text.text.get(self.at..).unwrap_or("");
        let quote = match raw {
            _ if raw.starts_with("'''\n") || raw.starts_with("\"\"\"\n") => 4,
            _ if raw.starts_with("'''") || raw.starts_with("\"\"\"") => 3,
            _ => 1,
        };
        let fault = MappingFault::BadValue { place: self.place.clone(), reason };
        self.text.error(self.at + quote + offset, fault)
    }

    fn expected(&self, expected: Words) -> MappingError {
        let fault = MappingFault::WrongType { place: self.place.clone(), found: self.value.type_str(), expected };
        self.text.error(self.at, fault)
    }

    /// A text.
    pub(super) fn as_text(&self) -> Result<&'d str, MappingError> {
        self.value.as_str().ok_or_else(|| self.expected(both!("加引号的文本", "a text in quotes")))
    }

    /// A whole number from `low` to `high`.
    pub(super) fn as_integer(&self, low: i64, high: i64) -> Result<i64, MappingError> {
        let number = self.value.as_integer().ok_or_else(|| self.expected(both!("整数", "a whole number")))?;
        i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| {
                self.refuse(both!("请写 {low} 到 {high} 的整数", "write a whole number from {low} to {high}"))
            })
    }

    /// The items of a list.
    pub(super) fn as_list(&self) -> Result<Vec<Item<'d>>, MappingError> {
        let list = self.value.as_array().ok_or_else(|| self.expected(both!("方括号里的列表", "a list in brackets")))?;
        let item = |(index, value): (usize, &'d toml::Spanned<DeValue<'d>>)| Item {
            text: self.text,
            place: Words::of(|language| format!("{}[{}]", self.place.in_language(language), index + 1)),
            at: value.span().start,
            value: value.get_ref(),
        };
        Ok(list.iter().enumerate().map(item).collect())
    }

    /// The items of a list, or the value itself as the only one.
    pub(super) fn as_one_or_more(&self) -> Result<Vec<Item<'d>>, MappingError> {
        if self.value.is_array() { self.as_list() } else { Ok(vec![self.clone()]) }
    }

    /// A table.
    pub(super) fn as_section(&self) -> Result<Section<'d>, MappingError> {
        let table = self.value.as_table().ok_or_else(|| self.expected(both!("一张表", "a table")))?;
        Ok(Section::new(self.text, self.place.clone(), self.at, table))
    }
}

/// A table of which keys are taken one by one; what is left over is unknown.
pub(super) struct Section<'d> {
    text: Text<'d>,
    place: Words,
    at: usize,
    entries: BTreeMap<&'d str, Item<'d>>,
    asked: Vec<&'static str>,
}

impl<'d> Section<'d> {
    /// The table `table`, called `place` in messages.
    pub(super) fn new(text: Text<'d>, place: Words, at: usize, table: &'d DeTable<'d>) -> Self {
        let entries = table.iter().map(|(key, value)| {
            let item = Item {
                text,
                place: Words::from(format!("`{}`", key.get_ref())),
                at: value.span().start,
                value: value.get_ref(),
            };
            (key.get_ref().as_ref(), item)
        });
        Self { text, place, at, entries: entries.collect(), asked: Vec::new() }
    }

    /// The value of `key`, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Item<'d>> {
        self.asked.push(key);
        self.entries.remove(key)
    }

    /// The value of `key`, or an error with `advice`.
    pub(super) fn require(&mut self, key: &'static str, advice: Words) -> Result<Item<'d>, MappingError> {
        self.take(key).ok_or_else(|| self.lacks(key, advice))
    }

    /// The error of a key that must be there.
    pub(super) fn lacks(&self, key: &'static str, advice: Words) -> MappingError {
        self.text.error(self.at, MappingFault::MissingKey { key, place: self.place.clone(), advice })
    }

    /// Whether one of `keys` is there.
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.entries.contains_key(key))
    }

    /// What has not been taken yet.
    pub(super) fn items(&self) -> impl Iterator<Item = (&'d str, &Item<'d>)> {
        self.entries.iter().map(|(key, item)| (*key, item))
    }

    /// All that is left, whatever the keys.
    pub(super) fn rest(self) -> BTreeMap<&'d str, Item<'d>> {
        self.entries
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), MappingError> {
        let Some((key, item)) = self.entries.into_iter().next() else { return Ok(()) };
        let known = self.asked.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        Err(self.text.error(item.at, MappingFault::UnknownKey { key: key.to_owned(), place: self.place, known }))
    }
}
