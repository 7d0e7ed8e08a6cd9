//! CloudEvents 1.0 over HTTP: structured, batched and binary content modes (HTTP protocol binding 1.0.2), as JSON envelopes.
//!
//! In: headers and body. Out: one envelope per event, or why that one is none; a problem only where no event can be told apart.

use axum::http::{HeaderMap, HeaderName, header};
use jifen_core::event::BODY_DEPTH_MAX;
use serde_json::{Map, Value as Json};

use crate::problem::Problem;

/// Media type of one event.
pub(super) const STRUCTURED: &str = "application/cloudevents+json";
/// Media type of many.
pub(super) const BATCHED: &str = "application/cloudevents-batch+json";
/// What the attributes' headers begin with.
const ATTRIBUTE_PREFIX: &str = "ce-";

/// What a request brings.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// One event; the answer's status says what became of it.
    Single(Envelope),
    /// Many; each has its own result.
    Batch(Vec<Envelope>),
}

/// One event's JSON, or why it is none.
pub(super) type Envelope = Result<Map<String, Json>, String>;

/// Reads a request.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Content, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        STRUCTURED => Ok(Content::Single(envelope(parse(body)?))),
        BATCHED => match parse(body)? {
            Json::Array(events) => Ok(Content::Batch(events.into_iter().map(envelope).collect())),
            _ => Err(Problem::MalformedBody {
                pointer: String::new(),
                reason: "a batch is a JSON array of events".to_owned(),
            }),
        },
        _ if headers.contains_key("ce-specversion") => {
            if essence != "application/json" && !essence.ends_with("+json") && !body.is_empty() {
                return Err(unsupported(content_type));
            }
            Ok(Content::Single(binary(headers, content_type, body)?))
        }
        _ => Err(unsupported(content_type)),
    }
}

fn unsupported(found: &str) -> Problem {
    let wanted = "`application/cloudevents+json`, `application/cloudevents-batch+json`, or `application/json` with `ce-*` headers";
    Problem::MediaTypeUnsupported { found: found.to_owned(), wanted }
}

fn parse(body: &[u8]) -> Result<Json, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let reason = error.to_string();
        // The position is a member of its own.
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        Problem::MalformedJson { line: error.line(), column: error.column(), reason }
    })
}

fn envelope(json: Json) -> Envelope {
    if depth(&json) > BODY_DEPTH_MAX {
        return Err(format!("the event is nested deeper than {BODY_DEPTH_MAX} levels"));
    }
    match json {
        Json::Object(envelope) => Ok(envelope),
        _ => Err("an event is a JSON object".to_owned()),
    }
}

/// Nesting of arrays and objects; the parser itself stops at 128.
fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

fn binary(headers: &HeaderMap, content_type: &str, body: &[u8]) -> Result<Envelope, Problem> {
    let mut event = Map::new();
    for name in headers.keys() {
        let Some(attribute) = name.as_str().strip_prefix(ATTRIBUTE_PREFIX) else { continue };
        event.insert(attribute.to_owned(), attribute_value(headers, name, attribute)?.into());
    }
    if !body.is_empty() {
        event.insert("datacontenttype".to_owned(), content_type.into());
        event.insert("data".to_owned(), parse(body)?);
    }
    Ok(envelope(Json::Object(event)))
}

fn attribute_value(headers: &HeaderMap, name: &HeaderName, attribute: &str) -> Result<String, Problem> {
    let wrong = |reason: &str| Problem::MalformedHeader { name: name.to_string(), reason: reason.to_owned() };
    let named = !attribute.is_empty() && attribute.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !named {
        return Err(wrong("an attribute's name has lower-case letters and digits only"));
    }
    if ["data", "datacontenttype"].contains(&attribute) {
        return Err(wrong("say it by the body and `content-type`"));
    }
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => decode(value.as_bytes()).ok_or_else(|| wrong("it is no percent-encoded UTF-8")),
        _ => Err(wrong("it is there twice")),
    }
}

/// A header's value as the binding §3.1.3.2 reads it: quotes and their escapes first, then percent-encoded UTF-8.
fn decode(value: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut input = match value {
        [b'"', inner @ .., b'"'] => unquoted(inner)?,
        plain => plain.to_vec(),
    }
    .into_iter();
    while let Some(byte) = input.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push((digit(input.next()?)? * 16 + digit(input.next()?)?) as u8);
    }
    String::from_utf8(bytes).ok()
}

fn unquoted(inner: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut input = inner.iter();
    while let Some(byte) = input.next() {
        bytes.push(match byte {
            b'\\' => *input.next()?,
            b'"' => return None,
            other => *other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).expect("value"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn header_values_are_unquoted_then_percent_decoded() {
        // The binding's own example, "Euro € 😀", and quotes.
        for (value, text) in [
            ("Euro%20%E2%82%AC%20%F0%9F%98%80", Some("Euro € 😀")),
            ("\"a \\\"b\\\" %41\"", Some("a \"b\" A")),
            ("plain", Some("plain")),
            ("%e7%8e%8b", Some("王")),
            ("%", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(decode(value.as_bytes()).as_deref(), text, "{value}");
        }
    }

    #[test]
    fn binary_mode_builds_the_envelope() {
        let headers = headers(&[
            ("ce-specversion", "1.0"),
            ("ce-id", "%E7%8E%8B"),
            ("ce-sequence", "7"),
            ("content-type", "application/json"),
        ]);
        let Ok(Content::Single(Ok(event))) = read(&headers, br#"{"level":5}"#) else { unreachable!() };
        assert_eq!(
            Json::Object(event),
            json!({"specversion": "1.0", "id": "王", "sequence": "7", "datacontenttype": "application/json", "data": {"level": 5}})
        );
    }

    #[test]
    fn one_bad_event_does_not_spoil_the_batch() {
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        let body = format!(r#"[{{"id":"1"}}, 5, {{"data":{deep}}}]"#);
        let Ok(Content::Batch(events)) = read(&headers(&[("content-type", BATCHED)]), body.as_bytes()) else {
            unreachable!()
        };
        assert_eq!(events.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn malformed_json_says_where() {
        let read = read(&headers(&[("content-type", STRUCTURED)]), b"{\n \"id\": }");
        assert!(matches!(read, Err(Problem::MalformedJson { line: 2, column: 8, .. })), "{read:?}");
    }
}
