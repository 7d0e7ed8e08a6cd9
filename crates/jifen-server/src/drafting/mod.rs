//! The desk on which a rule file is written: one text, and beside it the form, the checks and the sentences made from it.
//!
//! In: a text, and what a form changed in it. Out: [`DraftDesk`]: the text with the change in it, comments and order kept, the values it
//! holds, what is wrong with it, and its rules in words. Nothing is kept here; the text is the only truth.

mod edit;
pub(crate) mod http;
pub mod library;
pub mod table;
mod view;

use jifen_core::{
    fact::FactType,
    rule::{self, Diagnostic, Language, Reading, Words, readable},
};
use serde_json::{Map, Value as Json};
use toml_edit::{Document, Item, TableLike, Value};

use crate::committee::WarningView;
pub(crate) use view::*;

/// A text with `changes` made, in their order.
fn desk(text: &str, changes: &[DraftChange]) -> Result<DraftDesk, Words> {
    let text = edit::apply(text, changes)?;
    let reading = rule::read(&text);
    let parsed = Document::parse(text.as_str()).ok();
    let warnings = reading.set.as_ref().map(|set| rule::warnings(&text, set)).unwrap_or_default();
    Ok(DraftDesk {
        document: parsed.as_ref().map(|document| table(document.as_table())),
        lines: parsed.as_ref().map(|document| lines(document, &text)).unwrap_or_default(),
        facts: reading.types.iter().map(|each| declared(each)).collect(),
        sentences: sentences(&reading),
        faults: reading.faults.into_iter().map(WarningView::from).collect(),
        warnings: warnings.into_iter().map(WarningView::from).collect(),
        text,
    })
}

impl From<Diagnostic> for WarningView {
    fn from(found: Diagnostic) -> Self {
        Self {
            line: found.line,
            column: found.column,
            rule: found.rule,
            text: found.message.zh,
            text_en: found.message.en,
        }
    }
}

/// A declared fact type as the vocabulary tells those of every file.
fn declared(declared: &FactType) -> VocabularyFact {
    VocabularyFact {
        kind: format!("{}{}", FactType::PREFIX, declared.id),
        fields: readable(&declared.specs).into_iter().map(http::field).collect(),
    }
}

/// What is sound in words: rules and sheets one by one, the rest where nothing is wrong.
fn sentences(reading: &Reading) -> Vec<DraftSentence> {
    let sentence = |kind: &str, id: &str, words: Words| DraftSentence {
        kind: kind.to_owned(),
        id: id.to_owned(),
        zh: words.zh,
        en: words.en,
    };
    let mut all: Vec<DraftSentence> = Vec::new();
    all.extend(
        reading.types.iter().map(|each| sentence("fact", &each.id, Words::of(|language| each.sentence(language)))),
    );
    all.extend(
        reading.sheets.iter().map(|each| sentence("sheet", &each.id, Words::of(|language| each.sentence(language)))),
    );
    all.extend(
        reading.rules.iter().map(|each| sentence("rule", &each.id, Words::of(|language| each.sentence(language)))),
    );
    if let Some(set) = &reading.set {
        let reclasses = set.reclasses.iter();
        all.extend(reclasses.map(|each| sentence("reclass", &each.id, Words::of(|language| each.sentence(language)))));
        let english = set.consequences(Language::English);
        let both = set.consequences(Language::Chinese).into_iter().zip(english);
        all.extend(both.map(|(zh, en)| sentence(zh.kind, &zh.id, Words::new(zh.sentence, en.sentence))));
    }
    all
}

/// Where each table of a file begins.
fn lines(document: &Document<&str>, text: &str) -> Vec<DraftPlace> {
    let mut found = Vec::new();
    for (name, item) in document.as_table().iter() {
        let tables = item.as_array_of_tables().into_iter().flat_map(|tables| tables.iter());
        for (index, table) in item.as_table().into_iter().chain(tables).enumerate() {
            let Some(span) = table.span() else { continue };
            let line = Diagnostic::at(text, span.start, String::new()).line;
            found.push(DraftPlace { table: name.to_owned(), index, line });
        }
    }
    found
}

fn table(table: &dyn TableLike) -> Json {
    Json::Object(table.iter().map(|(key, item)| (key.to_owned(), json(item))).collect::<Map<_, _>>())
}

fn json(item: &Item) -> Json {
    match item {
        Item::Table(found) => table(found),
        Item::ArrayOfTables(found) => Json::Array(found.iter().map(|each| table(each)).collect()),
        Item::Value(found) => value(found),
        Item::None => Json::Null,
    }
}

fn value(found: &Value) -> Json {
    match found {
        Value::String(text) => Json::String(text.value().clone()),
        Value::Integer(number) => Json::from(*number.value()),
        Value::Boolean(flag) => Json::Bool(*flag.value()),
        Value::Array(list) => Json::Array(list.iter().map(value).collect()),
        Value::InlineTable(inline) => table(inline),
        // The checker refuses floats; a date is shown as it is written.
        Value::Float(_) | Value::Datetime(_) => Json::String(found.to_string().trim().to_owned()),
    }
}
