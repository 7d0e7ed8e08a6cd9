//! Every key of rule files by its place, what it is called and what it takes: for whoever writes one with help.
//!
//! The keys are read off the very types that files are parsed into, so none can be missing here; the names stand beside.

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor, value::Error},
    forward_to_deserialize_any,
};

use crate::{
    fact::{COMMON, FactKind, FactType, FieldSpec, FieldType},
    language::Words,
    roster::Exempt,
    time::Grain,
};

use super::{
    BaseOf, CoefficientKey, Credit, Dimension, Joiners, Keep, Party, SubjectKind,
    check::MEASURES,
    fact_type::HOLDS,
    file::{
        BandTable, CapTable, CoefficientTable, ExampleTable, ExclusiveTable, FactFieldTable, FactTypeTable, File,
        ItemTable, LinkTable, PerUnitTable, PresenceTable, RangeTable, ReclassTable, RepeatTable, RuleSetTable,
        RuleTable, ScopeTable, SheetTable, StepTable,
    },
    lexicon_names::{KEYS, WORDS},
    per_unit::Partial,
    settlement::lexicon as settled,
};

/// What is written behind a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// A text.
    Text,
    /// A number: an integer, or a decimal, share or duration in quotes.
    Number,
    /// A date without quotes.
    Date,
    /// `true` or `false`.
    Boolean,
    /// A CEL expression over `fact`.
    Expression,
    /// One of a few words.
    Word,
    /// A list of texts.
    List,
    /// A table.
    Table,
    /// Several tables, each under a heading of its own: `[[rule.band]]`.
    Tables,
    /// Several tables in one line: `[{ from = 2, factor = 2 }]`.
    Rows,
    /// A table whose keys are the writer's own: codes, words or fields, and what each is worth.
    Codes,
}

/// A word that a key takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownWord {
    /// As it is written.
    pub name: &'static str,
    /// What it means.
    pub means: Words,
}

/// A key at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownKey {
    /// As it is written.
    pub name: &'static str,
    /// What it is called.
    pub means: Words,
    /// What is written behind it.
    pub takes: Takes,
    /// The words it takes, where these are closed or common.
    pub words: Vec<KnownWord>,
}

/// A table of a rule file and its keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownTable {
    /// Where it stands: `rule.band`; empty for the file itself.
    pub place: &'static str,
    /// Its keys, in the order people write them.
    pub keys: Vec<KnownKey>,
}

/// A field of facts that conditions read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownField {
    /// As it is written after `fact.`.
    pub name: String,
    /// What it is called.
    pub means: Words,
    /// What it holds.
    pub kind: FieldType,
    /// Whether it is a duration in milliseconds.
    pub duration: bool,
    /// Whether it is a decimal in thousandths.
    pub decimal: bool,
}

/// Every table of rule files.
pub fn tables() -> Vec<KnownTable> {
    let places: [(&'static str, &'static [&'static str]); 20] = [
        ("", keys::<File>()),
        ("ruleset", keys::<RuleSetTable>()),
        ("fact", keys::<FactTypeTable>()),
        ("fact.field", keys::<FactFieldTable>()),
        ("rule", keys::<RuleTable>()),
        ("rule.scope", keys::<ScopeTable>()),
        ("rule.band", keys::<BandTable>()),
        ("rule.per_unit", keys::<PerUnitTable>()),
        ("rule.range", keys::<RangeTable>()),
        ("rule.repeat", keys::<RepeatTable>()),
        ("rule.repeat.steps", keys::<StepTable>()),
        ("rule.exclusive", keys::<ExclusiveTable>()),
        ("rule.cap", keys::<CapTable>()),
        ("rule.link", keys::<LinkTable>()),
        ("rule.example", keys::<ExampleTable>()),
        ("sheet", keys::<SheetTable>()),
        ("sheet.presence", keys::<PresenceTable>()),
        ("sheet.item", keys::<ItemTable>()),
        ("reclass", keys::<ReclassTable>()),
        ("coefficient", keys::<CoefficientTable>()),
    ];
    let known = |(place, names): (&'static str, &'static [&'static str])| KnownTable {
        place,
        keys: names.iter().map(|name| key(place, name)).collect(),
    };
    places.into_iter().chain(settled::places()).map(known).collect()
}

/// The fields that rules on these facts may read.
pub fn readable(own: &[FieldSpec]) -> Vec<KnownField> {
    let all = own.iter().chain(COMMON);
    let known = |spec: &FieldSpec| KnownField {
        name: spec.name.to_string(),
        means: Words::new(spec.zh.as_ref(), spec.en.as_ref()),
        kind: spec.kind,
        duration: spec.duration,
        decimal: spec.decimal,
    };
    all.map(known).collect()
}

/// The keys of the struct that a table is parsed into.
pub(in crate::rule) fn keys<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut found: &'static [&'static str] = &[];
    // It answers with a fault as soon as it has heard the names.
    let _ = T::deserialize(Listener(&mut found));
    found
}

/// Hears which fields a struct asks for, and has nothing to give.
struct Listener<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("nothing is here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn key(place: &str, name: &'static str) -> KnownKey {
    let words = words(place, name);
    let own = |(at, key, ..): &&(&str, &str, &str, &str, Takes)| *key == name && *at == place;
    let any = |(at, key, ..): &&(&str, &str, &str, &str, Takes)| *key == name && *at == "*";
    let found = KEYS.iter().find(own).or_else(|| KEYS.iter().find(any));
    let (zh, en, takes) = found.map_or((name, name, Takes::Text), |(_, _, zh, en, takes)| (*zh, *en, *takes));
    let takes = if words.is_empty() || takes == Takes::List { takes } else { Takes::Word };
    KnownKey { name, means: Words::new(zh, en), takes, words }
}

/// The words that a key takes at a place.
fn words(place: &str, key: &str) -> Vec<KnownWord> {
    let names: Vec<&'static str> = match (place, key) {
        (_, "dimension") => Dimension::ALL.map(Dimension::name).to_vec(),
        (_, "subject") | ("fact", "about") => SubjectKind::ALL.map(SubjectKind::name).to_vec(),
        (_, "on") => FactKind::ALL.map(FactKind::name).into_iter().chain([FactType::PREFIX]).collect(),
        ("fact.field", "holds") => HOLDS.to_vec(),
        (_, "party") => Party::ALL.map(Party::name).to_vec(),
        (_, "credit") => Credit::ALL.map(Credit::name).to_vec(),
        (_, "keep") => Keep::ALL.map(Keep::name).to_vec(),
        (_, "period" | "per" | "each" | "blocks") => Grain::ENDING.map(Grain::name).to_vec(),
        (_, "measure") => MEASURES.to_vec(),
        (_, "partial") => Partial::ALL.map(Partial::name).to_vec(),
        ("coefficient", "by") => CoefficientKey::ALL.map(CoefficientKey::name).to_vec(),
        ("sheet.presence", "joiners") => Joiners::ALL.map(Joiners::name).to_vec(),
        ("sheet.presence", "base") => BaseOf::ALL.map(BaseOf::name).to_vec(),
        ("rule.link", "to") => vec!["person", "window", "department", "hall", "staff", "post:"],
        ("rule.link", "of") => vec!["window", "department", "hall"],
        (_, "exempt") => vec!["outage", Exempt::LEAVE, Exempt::TRAINEE],
        ("reclass", "to") => vec![FactKind::Attendance.name(), FactKind::Finding.name()],
        _ => settled::words(place, key),
    };
    let known = |name: &'static str| {
        let own = WORDS.iter().find(|(of, word, ..)| *of == key && *word == name);
        let found = own.or_else(|| WORDS.iter().find(|(of, word, ..)| *of == "*" && *word == name));
        let (zh, en) = found.map_or((name, name), |(_, _, zh, en)| (*zh, *en));
        KnownWord { name, means: Words::new(zh, en) }
    };
    names.into_iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::fields_of;

    #[test]
    fn every_key_and_word_has_a_name_in_both_languages() {
        let mut nameless = Vec::new();
        for table in tables() {
            assert!(!table.keys.is_empty(), "`{}` has no keys", table.place);
            for key in &table.keys {
                let own = |(at, name, ..): &(&str, &str, &str, &str, Takes)| {
                    *name == key.name && (*at == table.place || *at == "*")
                };
                if !KEYS.iter().any(own) {
                    nameless.push(format!("{}.{}", table.place, key.name));
                }
                let words = key.words.iter().filter(|word| word.means.zh == word.name);
                nameless.extend(words.map(|word| format!("{}.{} = {}", table.place, key.name, word.name)));
            }
        }
        assert_eq!(nameless, Vec::<String>::new(), "name them in lexicon_names.rs");
    }

    #[test]
    fn tables_within_tables_are_listed() {
        let all = tables();
        let listed = |place: &str| all.iter().any(|table| table.place == place);
        for table in &all {
            let holds = |key: &&KnownKey| matches!(key.takes, Takes::Table | Takes::Tables | Takes::Rows);
            for key in table.keys.iter().filter(holds) {
                let place =
                    if table.place.is_empty() { key.name.to_owned() } else { format!("{}.{}", table.place, key.name) };
                // Facts have the fields of their kind; scopes and caps are alike everywhere.
                let free = ["facts", "scope", "cap"].contains(&key.name);
                assert!(free || listed(&place), "{place}");
            }
        }
    }

    #[test]
    fn fields_are_those_that_conditions_know() {
        let names: Vec<String> = readable(fields_of(FactKind::Service)).into_iter().map(|field| field.name).collect();
        assert_eq!(names.first().map(String::as_str), Some("service_ms"));
        assert!(["person_known", "window"].iter().all(|name| names.iter().any(|known| known == name)));
    }
}
