//! A sound request for each operation of an OpenAPI document: what judges begin from that do not read the document themselves.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// Depth of bodies, so that schemas that hold themselves end.
const DEPTH_MAX: usize = 8;

/// A text where nothing better is known.
const ANY: &str = "chen";

/// A request that the document allows.
pub(super) struct Request {
    pub(super) method: String,
    /// The path as the document has it, with `{name}` for each of `values`.
    path: String,
    /// Names and percent-encoded values of the path's parameters.
    values: Vec<(String, String)>,
    /// `?name=value&…`, or nothing.
    query: String,
    /// A body of JSON.
    pub(super) body: Option<String>,
}

impl Request {
    /// Path and query.
    pub(super) fn target(&self) -> String {
        self.marked("")
    }

    /// Path and query, with `mark` behind every value in the path.
    pub(super) fn marked(&self, mark: &str) -> String {
        let filled = |path: String, (name, value): &(String, String)| {
            path.replace(&format!("{{{name}}}"), &format!("{value}{mark}"))
        };
        self.values.iter().fold(self.path.clone(), filled) + &self.query
    }
}

/// Values that mean something to the server, by the name of their parameter or member, or by `operationId.name`, which comes first.
pub(super) type Samples = [(&'static str, &'static str)];

/// The document's operations in order, apart from those whose `operationId` is in `without`.
///
/// # Errors
/// What the document should hold and does not.
pub(super) fn of(document: &Value, samples: &Samples, without: &[&str]) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (path, item) in document["paths"].as_object().context("the document has no paths")? {
        for (method, operation) in item.as_object().context("a path has no operations")? {
            if !without.contains(&operation["operationId"].as_str().unwrap_or_default()) {
                requests.push(request(document, samples, (method, path), operation)?);
            }
        }
    }
    Ok(requests)
}

fn request(document: &Value, samples: &Samples, (method, path): (&str, &str), operation: &Value) -> Result<Request> {
    let (mut values, mut query) = (Vec::new(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().context("a parameter has no name")?;
        let own = format!("{}.{name}", operation["operationId"].as_str().unwrap_or_default());
        let own = samples.iter().find(|(sample, _)| *sample == own).map(|(_, value)| Value::from(*value));
        let value = own.unwrap_or_else(|| sample(document, samples, name, &parameter["schema"], 0));
        let value = encoded(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        match parameter["in"].as_str() {
            Some("path") => values.push((name.to_owned(), value)),
            // Where the first page begins need not be said, and no other page is known.
            Some("query") if name != "cursor" => query.push(format!("{name}={value}")),
            _ => {}
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let content = operation["requestBody"]["content"].as_object();
    let schema = content.and_then(|content| content.get("application/json")).map(|media| &media["schema"]);
    let body = schema.map(|schema| sample(document, samples, "", schema, 0).to_string());
    Ok(Request { method: method.to_uppercase(), path: path.to_owned(), values, query, body })
}

/// A value that the schema allows.
fn sample(document: &Value, samples: &Samples, name: &str, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(first) = schema["oneOf"].as_array().and_then(|kinds| kinds.last()) {
        return sample(document, samples, name, first, depth + 1);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            let value =
                |(name, schema): (&String, &Value)| (name.clone(), sample(document, samples, name, schema, depth + 1));
            Value::Object(members.map(value).collect::<Map<_, _>>())
        }
        Some("array") => Value::Array(vec![sample(document, samples, name, &schema["items"], depth + 1)]),
        Some("integer" | "number") => Value::from(1),
        Some("boolean") => Value::from(true),
        _ => Value::from(samples.iter().find(|(sample, _)| *sample == name).map_or(ANY, |(_, value)| value)),
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    name.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operation_becomes_a_request_with_its_samples() {
        let text = json!({"type": "string"});
        let document = json!({
            "components": {"schemas": {"Kind": {"enum": ["person", "hall"]},
                "New": {"type": "object", "properties": {"name": text, "kind": {"$ref": "#/components/schemas/Kind"}}}}},
            "paths": {
                "/a/{code}": {"get": {"parameters": [{"name": "code", "in": "path", "schema": text},
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}}, {"name": "cursor", "in": "query", "schema": text}]}},
                "/b": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}},
                    "delete": {"operationId": "gone"}}}
        });
        let requests = of(&document, &[("code", "一 1")], &["gone"]).unwrap_or_default();
        let body = |request: &Request| request.body.clone().unwrap_or_default();
        let told = |request: &Request| format!("{} {} {}", request.method, request.marked("*"), body(request));
        let told: Vec<String> = requests.iter().map(told).collect();
        assert_eq!(told, ["GET /a/%E4%B8%80%201*?limit=1 ", r#"POST /b {"kind":"person","name":"chen"}"#]);
    }
}
