//! 脱敏: what an event says of people, as it is shown until somebody says why they must see it.
//!
//! Texts of personal members are masked, and numbers that look like a telephone or an identity card wherever they stand: a refused event may
//! hold them in the wrong place. What is masked can be put back from the event that was kept.

use jifen_core::event::{
    EventType,
    member::{self, MemberKind},
};
use serde_json::{Map, Value};

/// Digits of a number that is somebody's: a mobile telephone has eleven, an identity card seventeen and a check digit.
const NUMBER_DIGITS_MIN: usize = 11;

/// The event with what is personal masked.
pub(crate) fn masked(event: &Value) -> Value {
    let mut event = event.clone();
    let kind = event["type"].as_str().and_then(EventType::parse);
    if event.is_string() {
        // An event that cannot be read is nothing but text.
        mask_all(&mut event, &text_masked);
    }
    match event.get_mut("data") {
        Some(Value::Object(data)) => data.iter_mut().for_each(|(name, value)| mask_member(kind, name, value)),
        Some(data) => mask_all(data, &text_masked),
        None => {}
    }
    event
}

/// The event that was sent with what it left masked put back from the one that was kept.
pub(crate) fn restored(mut sent: Map<String, Value>, kept: &Value) -> Map<String, Value> {
    let shown = masked(kept);
    if let Some(data) = sent.get_mut("data").and_then(Value::as_object_mut) {
        for (name, value) in data {
            if *value == shown["data"][&name[..]] {
                *value = kept["data"][&name[..]].clone();
            }
        }
    }
    sent
}

fn mask_member(kind: Option<EventType>, name: &str, value: &mut Value) {
    let Some(kind) = kind else { return mask_all(value, &text_masked) };
    match kind.spec().member(name) {
        Some(found) if found.kind == MemberKind::Personal && name == member::PERSON_NAME.spec().name => {
            mask_all(value, &name_masked);
        }
        Some(found) if found.kind == MemberKind::Personal => mask_all(value, &text_masked),
        Some(_) | None => mask_all(value, &numbers_masked),
    }
}

fn mask_all(value: &mut Value, mask: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = mask(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_all(item, mask)),
        Value::Object(members) => members.values_mut().for_each(|item| mask_all(item, mask)),
        Value::Number(number) => {
            let (plain, masked) = (number.to_string(), numbers_masked(&number.to_string()));
            if masked != plain {
                *value = Value::String(masked);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// 王小岚 → 王**
fn name_masked(name: &str) -> String {
    let first = name.chars().next().map(String::from).unwrap_or_default();
    first + &"*".repeat(name.chars().count().saturating_sub(1))
}

/// A number as below; of any other text how long it is.
fn text_masked(text: &str) -> String {
    let numbered = numbers_masked(text);
    if numbered != text && text.chars().all(|character| character.is_ascii_digit() || "+- Xx".contains(character)) {
        return numbered;
    }
    match text.chars().count() {
        0 => String::new(),
        length => format!("*** ({length})"),
    }
}

/// 13812345678 → 138****5678, wherever it stands in a text.
fn numbers_masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|character: char| !character.is_ascii_digit()).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        masked.push_str(before);
        if number.len() < NUMBER_DIGITS_MIN {
            masked.push_str(number);
        } else {
            masked.push_str(&format!(
                "{}{}{}",
                &number[..3],
                "*".repeat(number.len() - 7),
                &number[number.len() - 4..]
            ));
        }
        rest = after;
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_personal_is_masked_wherever_it_stands_and_the_rest_is_not() {
        let event = json!({"type": "jifen.rating.submitted", "source": "q", "data": {
            "level": 9, "window": "W1", "phone": "13812345678", "comment": "等了很久，电话13912345678", "tags": ["18612345678"],
            "case": "A20261127"}});
        let shown = masked(&event);
        assert_eq!(
            shown["data"],
            json!({"level": 9, "window": "W1", "phone": "138****5678", "comment": "*** (18)",
            "tags": ["186****5678"], "case": "A20261127"})
        );
        let person = json!({"type": "jifen.organisation.person", "data": {"person": "P1", "person_name": "王小岚", "phone": ["139", 13812345678_u64]}});
        assert_eq!(
            masked(&person)["data"],
            json!({"person": "P1", "person_name": "王**", "phone": ["*** (3)", "138****5678"]})
        );
        assert_eq!(masked(&json!("13812345678 is no event")), json!("*** (23)"));
        assert_eq!(masked(&json!({"type": "of a later version", "data": {"x": "王岚"}}))["data"]["x"], "*** (2)");
    }

    #[test]
    fn what_was_left_masked_is_put_back_and_what_was_typed_stays() {
        let kept =
            json!({"type": "jifen.rating.submitted", "data": {"level": 9, "phone": "13812345678", "comment": "慢"}});
        let Value::Object(mut sent) = masked(&kept) else { unreachable!("an object") };
        sent["data"]["level"] = json!(4);
        sent["data"]["comment"] = json!("很慢");
        let data = Value::Object(restored(sent, &kept));
        assert_eq!(data["data"], json!({"level": 4, "phone": "13812345678", "comment": "很慢"}));
    }
}
