//! The desk over HTTP. Nothing asked here is kept, and nothing changes.

use axum::Json;
use jifen_core::{
    fact::{FactKind, FieldType},
    rule::{KnownField, KnownKey, KnownWord, Takes, readable, tables},
};

use super::{
    DraftDesk, DraftVocabulary, HoldsWord, TakesWord, VocabularyFact, VocabularyField, VocabularyKey, VocabularyTable,
    VocabularyWord, WriteDraft, desk,
};
use crate::{
    app::blocking,
    auth::Caller,
    body::Body,
    problem::{Problem, ProblemBody},
};

/// Look at the text of a rule file, with what a form changed in it: its checks, its values, its rules in words.
#[utoipa::path(
    post, path = "/api/v1/drafting", tag = "rules", request_body = WriteDraft,
    responses(
        (status = 200, body = DraftDesk),
        (status = 422, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn write_draft(_: Caller, Body(asked): Body<WriteDraft>) -> Result<Json<DraftDesk>, Problem> {
    let made =
        blocking(move || desk(&asked.text, &asked.changes).map_err(|refused| Problem::DraftRefused(vec![refused])));
    made.await.map(Json)
}

/// Everything that may be written in a rule file, by its place.
#[utoipa::path(
    get, path = "/api/v1/drafting/vocabulary", tag = "rules",
    responses((status = 200, body = DraftVocabulary))
)]
pub(crate) async fn get_vocabulary(_: Caller) -> Json<DraftVocabulary> {
    let facts = FactKind::ALL.map(|kind| VocabularyFact {
        kind: kind.name().to_owned(),
        fields: readable(kind).into_iter().map(field).collect(),
    });
    let tables = tables().into_iter().map(|table| VocabularyTable {
        place: table.place.to_owned(),
        keys: table.keys.into_iter().map(key).collect(),
    });
    Json(DraftVocabulary { tables: tables.collect(), facts: facts.to_vec() })
}

fn key(known: KnownKey) -> VocabularyKey {
    let word = |word: KnownWord| VocabularyWord { name: word.name.to_owned(), zh: word.means.zh, en: word.means.en };
    VocabularyKey {
        name: known.name.to_owned(),
        zh: known.means.zh,
        en: known.means.en,
        takes: match known.takes {
            Takes::Text => TakesWord::Text,
            Takes::Number => TakesWord::Number,
            Takes::Date => TakesWord::Date,
            Takes::Boolean => TakesWord::Boolean,
            Takes::Expression => TakesWord::Expression,
            Takes::Word => TakesWord::Word,
            Takes::List => TakesWord::List,
            Takes::Table => TakesWord::Table,
        },
        words: known.words.into_iter().map(word).collect(),
    }
}

fn field(known: KnownField) -> VocabularyField {
    VocabularyField {
        name: known.name.to_owned(),
        zh: known.means.zh,
        en: known.means.en,
        holds: match known.kind {
            FieldType::Integer if known.duration => HoldsWord::Duration,
            FieldType::Integer => HoldsWord::Integer,
            FieldType::Boolean => HoldsWord::Boolean,
            FieldType::Text => HoldsWord::Text,
        },
    }
}
