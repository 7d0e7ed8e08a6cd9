//! Query strings: unknown parameters are refused by name, pages are cut by opaque cursors.

use axum::{
    extract::{FromRequestParts, Query as AxumQuery},
    http::request::Parts,
};
use jifen_core::{rule::Language, time::Period};
use serde::{Serialize, de::DeserializeOwned};

use crate::{problem::Problem, sheet::TableFormat};

/// Rows of a page when the client does not say.
pub(crate) const LIMIT_DEFAULT: usize = 50;
/// Most rows of a page.
pub(crate) const LIMIT_MAX: usize = 1_000;

/// A checked query string. `T` has text fields only and denies unknown ones; parsing values is the handler's.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match AxumQuery::<T>::try_from_uri(&parts.uri) {
            Ok(AxumQuery(query)) => Ok(Self(query)),
            Err(rejection) => {
                let reason = rejection.body_text();
                let reason = reason.rsplit_once("query string: ").map_or(reason.as_str(), |(_, rest)| rest);
                let name = reason.split('`').nth(1).unwrap_or_default();
                Err(Problem::query(name, reason))
            }
        }
    }
}

/// The text of a parameter that is there and not empty.
pub(crate) fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.is_empty())
}

/// The parameter read by `parse`; `wanted` says what it must be.
///
/// # Errors
/// [`Problem::BadQuery`] that names the parameter.
pub(crate) fn parsed<T>(
    name: &str,
    value: &Option<String>,
    wanted: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = given(value) else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| Problem::query(name, format!("`{text}` must be {wanted}")))
}

/// A period, `all` where none is given.
///
/// # Errors
/// [`Problem::BadQuery`].
pub(crate) fn period(value: &Option<String>) -> Result<Period, Problem> {
    let wanted = "a period such as `2026-11-23`, `2026-W48`, `2026-11`, `2026-Q4`, `2026` or `all`";
    Ok(parsed("period", value, wanted, Period::parse)?.unwrap_or(Period::ALL))
}

/// The file that a list is wanted as; `None` for JSON.
///
/// # Errors
/// [`Problem::BadQuery`].
pub(crate) fn file_format(value: &Option<String>) -> Result<Option<TableFormat>, Problem> {
    let format = |text: &str| match text {
        "json" => Some(None),
        "csv" => Some(Some(TableFormat::Csv)),
        "xlsx" => Some(Some(TableFormat::Workbook)),
        _ => None,
    };
    Ok(parsed("format", value, "`json`, `csv` or `xlsx`", format)?.unwrap_or_default())
}

/// The language of a file, Chinese where none is given.
///
/// # Errors
/// [`Problem::BadQuery`].
pub(crate) fn language(value: &Option<String>) -> Result<Language, Problem> {
    let language = |text: &str| match text {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    };
    Ok(parsed("lang", value, "`zh` or `en`", language)?.unwrap_or(Language::Chinese))
}

/// The number of rows wanted.
///
/// # Errors
/// [`Problem::BadQuery`].
pub(crate) fn limit(value: &Option<String>) -> Result<usize, Problem> {
    let limit = parsed("limit", value, &format!("a whole number from 1 to {LIMIT_MAX}"), |text| {
        text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
    })?;
    Ok(limit.unwrap_or(LIMIT_DEFAULT))
}

/// The cursor a page before gave.
///
/// # Errors
/// [`Problem::BadQuery`].
pub(crate) fn cursor<T: DeserializeOwned>(value: &Option<String>) -> Result<Option<T>, Problem> {
    parsed("cursor", value, "the `next` of the page before", parse_cursor)
}

/// A cursor to give away: where the next page begins. It is hexadecimal JSON, and nobody's business.
pub(crate) fn cursor_text<T: Serialize>(place: &T) -> String {
    let json = serde_json::to_vec(place).unwrap_or_default();
    json.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_cursor<T: DeserializeOwned>(text: &str) -> Option<T> {
    let digits = text.as_bytes().chunks_exact(2);
    if !digits.remainder().is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    serde_json::from_slice(&bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_refuse_what_is_none() {
        let text = cursor_text(&(-5_i64, "王岚"));
        assert_eq!(parse_cursor::<(i64, String)>(&text), Some((-5, "王岚".to_owned())));
        for bad in ["", "0", "zz", "00", "+1"] {
            assert_eq!(parse_cursor::<(i64, String)>(bad), None, "{bad}");
        }
    }
}
