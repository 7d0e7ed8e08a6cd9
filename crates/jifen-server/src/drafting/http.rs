//! The desk over HTTP. Nothing asked here is kept, and nothing changes.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, rejection::BytesRejection},
};
use jifen_core::{
    fact::{FactKind, FieldType, fields_of},
    rule::{KnownField, KnownKey, KnownWord, Takes, readable, tables},
};

use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    DraftDesk, DraftLibrary, DraftQuestion, DraftStart, DraftVocabulary, HoldsWord, LibraryBook, TakesWord,
    VocabularyFact, VocabularyField, VocabularyKey, VocabularyTable, VocabularyWord, WriteDraft, desk, library, table,
};
use crate::{
    app::blocking,
    auth::Caller,
    body::{Body, whole},
    problem::{Problem, ProblemBody},
    query::{Query, given},
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

/// Ready books to start from: the starter set, and those of real halls.
#[utoipa::path(
    get, path = "/api/v1/drafting/library", tag = "rules",
    responses((status = 200, body = DraftLibrary))
)]
pub(crate) async fn list_library(_: Caller) -> Result<Json<DraftLibrary>, Problem> {
    let book = |book: library::ReadyBook| LibraryBook {
        name: book.name,
        title_en: book.set.title_en.unwrap_or_else(|| book.set.title.clone()),
        title: book.set.title,
        basis: book.set.basis,
        rules: book.set.rules.len() as u64,
    };
    let books = blocking(move || Ok(library::books().into_iter().map(book).collect())).await?;
    Ok(Json(DraftLibrary { books }))
}

/// The text of a ready book.
#[utoipa::path(
    get, path = "/api/v1/drafting/library/{name}", tag = "rules",
    params(("name" = String, Path, description = "what the book is listed by")),
    responses((status = 200, body = DraftStart), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get_library_book(_: Caller, Path(name): Path<String>) -> Result<Json<DraftStart>, Problem> {
    let book = library::book(&name).ok_or_else(|| Problem::NotFound("book of this name in the library".to_owned()))?;
    Ok(Json(DraftStart { text: book.text, questions: Vec::new() }))
}

/// Query of a table.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TableParams {
    /// What the table is called; the draft's title.
    name: Option<String>,
}

/// Make a draft of a table of rules as halls keep it: XLSX, or CSV in UTF-8 or GB18030. What it leaves open is asked.
#[utoipa::path(
    post, path = "/api/v1/drafting/table", tag = "rules", params(TableParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file itself"),
    responses(
        (status = 200, body = DraftStart),
        (status = 422, description = "no table of rules", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn read_table(
    _: Caller,
    Query(params): Query<TableParams>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<DraftStart>, Problem> {
    let (name, bytes) = (given(&params.name).unwrap_or_default().to_owned(), whole(body)?);
    let made =
        blocking(move || table::draft_of(&name, bytes.to_vec()).map_err(|error| Problem::DraftRefused(vec![error.0])));
    let drafted = made.await?;
    let questions = drafted.questions.iter().map(|question| {
        let told = question.told();
        DraftQuestion { row: question.row, rule: question.rule.clone(), zh: told.zh, en: told.en }
    });
    Ok(Json(DraftStart { questions: questions.collect(), text: drafted.text }))
}

/// Everything that may be written in a rule file, by its place.
#[utoipa::path(
    get, path = "/api/v1/drafting/vocabulary", tag = "rules",
    responses((status = 200, body = DraftVocabulary))
)]
pub(crate) async fn get_vocabulary(_: Caller) -> Json<DraftVocabulary> {
    let facts = FactKind::ALL.map(|kind| VocabularyFact {
        kind: kind.name().to_owned(),
        fields: readable(fields_of(kind)).into_iter().map(field).collect(),
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
            Takes::Tables => TakesWord::Tables,
            Takes::Rows => TakesWord::Rows,
            Takes::Codes => TakesWord::Codes,
        },
        words: known.words.into_iter().map(word).collect(),
    }
}

pub(super) fn field(known: KnownField) -> VocabularyField {
    VocabularyField {
        name: known.name,
        zh: known.means.zh,
        en: known.means.en,
        holds: match known.kind {
            FieldType::Integer if known.duration => HoldsWord::Duration,
            FieldType::Integer if known.decimal => HoldsWord::Decimal,
            FieldType::Integer => HoldsWord::Integer,
            FieldType::Boolean => HoldsWord::Boolean,
            FieldType::Text => HoldsWord::Text,
        },
    }
}
