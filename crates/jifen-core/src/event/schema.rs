//! JSON Schemas (2020-12) of the catalogue, made from the same table that validates.

use serde_json::{Map, Value as Json, json};

use super::{
    TypeSpec,
    member::{CODE_LENGTH_MAX, DOCUMENT_LENGTH_MAX, FIELDS_MAX, LIST_LENGTH_MAX, Member, MemberKind, TEXT_LENGTH_MAX},
};

/// The schema of a type's `data`.
pub fn schema_of(spec: &TypeSpec) -> Json {
    let properties: Map<String, Json> = spec
        .required
        .iter()
        .chain(spec.optional)
        .map(|id| id.spec())
        .map(|member| (member.name.to_owned(), property(member)))
        .collect();
    let required: Vec<_> = spec.required.iter().map(|id| id.spec().name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:jifen:event:{}", spec.name),
        "title": spec.zh,
        "description": spec.en,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A type's line in the catalogue.
pub fn type_entry(spec: &TypeSpec) -> Json {
    json!({"type": spec.name, "zh": spec.zh, "en": spec.en, "schema": schema_of(spec)})
}

fn property(member: &Member) -> Json {
    let mut schema = shape(member.kind);
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), member.zh.into());
        object.insert("description".to_owned(), member.en.into());
        if member.kind == MemberKind::Personal {
            object.insert("x-personal".to_owned(), true.into());
        }
    }
    schema
}

fn shape(kind: MemberKind) -> Json {
    let code = json!({"type": "string", "maxLength": CODE_LENGTH_MAX});
    let actor = json!({"type": "string", "minLength": 1, "maxLength": CODE_LENGTH_MAX});
    let date = json!({"type": "string", "format": "date"});
    match kind {
        MemberKind::Code => code,
        MemberKind::Codes => json!({"type": "array", "items": code, "maxItems": LIST_LENGTH_MAX}),
        MemberKind::Word(words) => json!({"type": "string", "enum": words}),
        MemberKind::Text | MemberKind::Personal => json!({"type": "string", "maxLength": TEXT_LENGTH_MAX}),
        MemberKind::Document => json!({"type": "string", "maxLength": DOCUMENT_LENGTH_MAX}),
        MemberKind::Integer(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        MemberKind::Boolean => json!({"type": "boolean"}),
        MemberKind::Time => json!({"type": "string", "format": "date-time"}),
        MemberKind::Date => date,
        MemberKind::Dates => json!({"type": "array", "items": date, "maxItems": LIST_LENGTH_MAX}),
        MemberKind::Actor => actor,
        MemberKind::SourcedActor => {
            json!({"type": "object", "properties": {"source": {"type": "string"}, "code": actor},
            "required": ["source", "code"], "additionalProperties": false})
        }
        MemberKind::Shares => {
            json!({"type": "array", "minItems": 1, "maxItems": LIST_LENGTH_MAX, "items": {"type": "object",
            "properties": {"person": actor, "weight": {"type": "integer", "minimum": 1, "maximum": 1_000_000}},
            "required": ["person", "weight"], "additionalProperties": false}})
        }
        MemberKind::Period => {
            json!({"type": "string", "pattern": "^[0-9]{4}(-(W[0-9]{2}|Q[1-4]|[0-9]{2}(-[0-9]{2})?))?$"})
        }
        MemberKind::FactId => json!({"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}),
        MemberKind::Digest => json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}),
        MemberKind::Fields => {
            json!({"type": "object", "maxProperties": FIELDS_MAX, "additionalProperties": {"oneOf": [
            code, {"type": "integer"}, {"type": "boolean"}]}})
        }
    }
}
