//! From a CloudEvent's JSON to a typed [`Event`]: envelope, members, personal fields split off, with reasons that say where.

use serde_json::{Map, Value as Json};

use super::{
    Event, EventType, Members, Said, TypeSpec, Value,
    expectation::{member_zh, wanted},
    member::{CODE_LENGTH_MAX, DOCUMENT_LENGTH_MAX, FIELDS_MAX, LIST_LENGTH_MAX, Member, MemberKind, TEXT_LENGTH_MAX},
};
use crate::{
    both,
    id::{ActorRef, Digest, EventKey, RegionSecret},
    language::Words,
    time::{Date, Instant, Period},
};

/// Deepest nesting of an event's JSON.
pub const BODY_DEPTH_MAX: usize = 32;
/// Longest CloudEvents `source` or `id`, in bytes.
pub(super) const NAME_LENGTH_MAX: usize = 512;
/// Events before 1980-01-01T00:00:00Z are absurd: no queue system is older.
pub(super) const TIME_MIN: Instant = Instant(315_532_800_000);
/// Events may lie this far in the receiver's future (clocks of sources run fast).
pub(super) const FUTURE_MS_MAX: i64 = 24 * 3_600_000;
/// CloudEvents extensions that trace the transport and say nothing about the event.
const TRACING: [&str; 3] = ["traceparent", "tracestate", "recordedtime"];

/// A personal text that goes to the vault; the journal keeps `Digest::of_parts([salt, text])`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Personal {
    /// Name of the member.
    pub member: &'static str,
    /// Random salt, kept with the text.
    pub salt: [u8; 16],
    /// The text itself.
    pub text: String,
}

/// An event ready for the journal, and what stays out of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// The event.
    pub event: Event,
    /// Dedupe key of (source, id).
    pub key: EventKey,
    /// Keyed digest of the canonical body: another body under the same key is a conflict.
    pub body: [u8; 16],
    /// Personal texts for the vault.
    pub personal: Vec<Personal>,
    /// Actor codes for the vault: (name in the journal, source, code).
    pub codes: Vec<(ActorRef, String, String)>,
}

/// Whether a refused event is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKind {
    /// No CloudEvent, unknown type or unknown members: not kept.
    Rejected,
    /// A good envelope with bad values: kept, can be mended.
    Quarantined,
}

/// Why an event does not reach the journal.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason} (at `{pointer}`)")]
pub struct Refusal {
    /// Kept or not.
    pub kind: RefusalKind,
    /// What is wrong and how to go on.
    pub reason: Words,
    /// JSON pointer into the event.
    pub pointer: String,
}

impl Refusal {
    fn rejected(pointer: impl Into<String>, reason: Words) -> Self {
        Self { kind: RefusalKind::Rejected, reason, pointer: pointer.into() }
    }

    fn quarantined(pointer: impl Into<String>, reason: Words) -> Self {
        Self { kind: RefusalKind::Quarantined, reason, pointer: pointer.into() }
    }
}

/// Admits one CloudEvent in structured JSON form. `salt` gives fresh random bytes for each personal text.
///
/// # Errors
/// [`Refusal`] with the pointer of the first thing wrong; envelope faults come before faults of values.
pub fn admit(
    envelope: &Map<String, Json>,
    secret: &RegionSecret,
    received: Instant,
    salt: &mut dyn FnMut() -> [u8; 16],
) -> Result<Admitted, Refusal> {
    let source = name_attribute(envelope, "source")?;
    let id = name_attribute(envelope, "id")?;
    let spec = check_envelope(envelope)?;
    let time = time_attribute(envelope)?;
    let sequence = sequence_attribute(envelope)?;
    let data = match envelope.get("data") {
        None => None,
        Some(Json::Object(data)) => Some(data),
        Some(_) => {
            return Err(Refusal::rejected("/data", both!("`data` 应为 JSON 对象", "`data` must be a JSON object")));
        }
    };
    check_names(spec, data)?;
    check_time(time, received)?;
    let mut reader = Reader { secret, source: &source, salt, personal: Vec::new(), codes: Vec::new() };
    let members = reader.members(spec, data)?;
    let (personal, codes) = (reader.personal, reader.codes);
    let body = secret.body(&canonical_json(envelope)?);
    let key = EventKey::of(&source, &id);
    let event = Event { source, id, kind: spec.kind, time, sequence, data: members };
    Ok(Admitted { event, key, body, personal, codes })
}

/// RFC 8785 bytes of the envelope without what traces the transport.
fn canonical_json(envelope: &Map<String, Json>) -> Result<Vec<u8>, Refusal> {
    if TRACING.iter().any(|name| envelope.contains_key(*name)) {
        let mut envelope = envelope.clone();
        envelope.retain(|name, _| !TRACING.contains(&name.as_str()));
        return canonical_json(&envelope);
    }
    let bytes = match is_canonical(envelope) {
        true => serde_json::to_vec(envelope),
        false => serde_json_canonicalizer::to_vec(envelope),
    };
    bytes.map_err(|error| {
        Refusal::rejected(
            "",
            both!("事件没有规范形式（RFC 8785）：{error}", "the event has no canonical form (RFC 8785): {error}"),
        )
    })
}

/// Whether plain serialisation gives the RFC 8785 bytes: names in their UTF-16 order, numbers that ECMAScript prints alike.
///
/// PERF: true of nearly every event, and three times as fast as the general way; a law compares the two.
fn is_canonical(object: &Map<String, Json>) -> bool {
    // From U+E000 on, UTF-16's order is not that of UTF-8, and the lead byte is at least 0xee.
    let alike = |name: &String| name.bytes().all(|byte| byte < 0xee);
    object.keys().all(alike) && object.keys().is_sorted() && object.values().all(is_canonical_value)
}

fn is_canonical_value(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::String(_) => true,
        Json::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= EXACT_INTEGER_MAX),
        Json::Array(items) => items.iter().all(is_canonical_value),
        Json::Object(object) => is_canonical(object),
    }
}

/// Above 2⁵³ ECMAScript rounds whole numbers.
const EXACT_INTEGER_MAX: u64 = 1 << 53;

fn check_envelope(envelope: &Map<String, Json>) -> Result<&'static TypeSpec, Refusal> {
    match envelope.get("specversion").and_then(Json::as_str) {
        Some("1.0") => {}
        _ => {
            return Err(Refusal::rejected(
                "/specversion",
                both!("`specversion` 应为 `1.0`（CloudEvents 1.0）", "`specversion` must be `1.0` (CloudEvents 1.0)"),
            ));
        }
    }
    if envelope.contains_key("data_base64") {
        return Err(Refusal::rejected(
            "/data_base64",
            both!(
                "不读二进制数据；请在 `data` 里送 JSON 对象",
                "binary data is not read; send a JSON object in `data`"
            ),
        ));
    }
    match envelope.get("datacontenttype") {
        None => {}
        Some(Json::String(text)) if is_json_type(text) => {}
        Some(_) => {
            return Err(Refusal::rejected(
                "/datacontenttype",
                both!("`datacontenttype` 应为 `application/json`", "`datacontenttype` must be `application/json`"),
            ));
        }
    }
    let name = envelope.get("type").and_then(Json::as_str).unwrap_or_default();
    match EventType::parse(name) {
        Some(kind) => Ok(kind.spec()),
        None => Err(Refusal::rejected(
            "/type",
            both!(
                "没有事件类型 `{name}`；类型清单见 /api/v1/catalogue",
                "unknown event type `{name}`; the types are listed at /api/v1/catalogue"
            ),
        )),
    }
}

fn is_json_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

fn name_attribute(envelope: &Map<String, Json>, name: &str) -> Result<String, Refusal> {
    match envelope.get(name).and_then(Json::as_str) {
        Some(text) if !text.is_empty() && text.len() <= NAME_LENGTH_MAX => Ok(text.to_owned()),
        Some(_) => Err(Refusal::rejected(
            format!("/{name}"),
            both!("`{name}` 应有 1 到 {NAME_LENGTH_MAX} 个字节", "`{name}` must have 1 to {NAME_LENGTH_MAX} bytes"),
        )),
        None => Err(Refusal::rejected(
            format!("/{name}"),
            both!("缺少 `{name}`，或它不是文本", "`{name}` is missing or no text"),
        )),
    }
}

fn time_attribute(envelope: &Map<String, Json>) -> Result<Instant, Refusal> {
    envelope.get("time").and_then(Json::as_str).and_then(Instant::parse).ok_or_else(|| {
        Refusal::rejected(
            "/time",
            both!(
                "`time` 必填：带时区的时间（RFC 3339），如 `2026-11-23T10:42:07+08:00`",
                "`time` is required: an RFC 3339 time with an offset, such as `2026-11-23T10:42:07+08:00`"
            ),
        )
    })
}

fn check_time(time: Instant, received: Instant) -> Result<(), Refusal> {
    if time < TIME_MIN {
        return Err(Refusal::quarantined(
            "/time",
            both!(
                "`time` 早于 1980 年；请校准来源的时钟再送一次",
                "`time` is before 1980; mend the source's clock and send it again"
            ),
        ));
    }
    if time.0 > received.0.saturating_add(FUTURE_MS_MAX) {
        return Err(Refusal::quarantined(
            "/time",
            both!(
                "`time` 比现在晚 24 小时以上；请校准来源的时钟再送一次",
                "`time` lies more than 24 hours in the future; mend the source's clock and send it again"
            ),
        ));
    }
    Ok(())
}

fn sequence_attribute(envelope: &Map<String, Json>) -> Result<Option<u64>, Refusal> {
    let digits = match envelope.get("sequence") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        Some(_) => String::new(),
    };
    let good = (1..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(sequence) if good => Ok(Some(sequence)),
        _ => Err(Refusal::rejected(
            "/sequence",
            both!("`sequence` 应为 1 到 19 位数字", "`sequence` must be 1 to 19 decimal digits"),
        )),
    }
}

fn check_names(spec: &TypeSpec, data: Option<&Map<String, Json>>) -> Result<(), Refusal> {
    let kind = spec.name;
    let unknown = data.into_iter().flat_map(Map::keys).find(|name| spec.member(name).is_none());
    match unknown {
        None => Ok(()),
        Some(name) => Err(Refusal::rejected(
            format!("/data/{}", name.replace('~', "~0").replace('/', "~1")),
            both!(
                "`{kind}` 没有成员 `{name}`；见 /api/v1/catalogue/{kind}",
                "`{kind}` has no member `{name}`; see /api/v1/catalogue/{kind}"
            ),
        )),
    }
}

struct Reader<'a> {
    secret: &'a RegionSecret,
    source: &'a str,
    salt: &'a mut dyn FnMut() -> [u8; 16],
    personal: Vec<Personal>,
    codes: Vec<(ActorRef, String, String)>,
}

impl Reader<'_> {
    fn members(&mut self, spec: &TypeSpec, data: Option<&Map<String, Json>>) -> Result<Members, Refusal> {
        let mut members = Members::default();
        for (name, json) in data.into_iter().flatten() {
            let Some(member) = spec.member(name) else { continue };
            if json.is_null() {
                continue;
            }
            let unread = || {
                let en = format!("`{name}` must be {}", wanted(member.kind).en);
                Refusal::quarantined(format!("/data/{name}"), Words::new(member_zh(spec, member), en))
            };
            let value = self.value(member, json).ok_or_else(unread)?;
            members.set(member.id, value);
        }
        match spec.required.iter().find(|id| members.get(**id).is_none()) {
            None => Ok(members),
            Some(id) => {
                let name = id.spec().name;
                let en = format!("`{name}` is required by `{}`", spec.name);
                Err(Refusal::quarantined(format!("/data/{name}"), Words::new(member_zh(spec, id.spec()), en)))
            }
        }
    }

    fn value(&mut self, member: &'static Member, json: &Json) -> Option<Value> {
        match member.kind {
            MemberKind::Code => code(json).map(Value::Text),
            MemberKind::Codes => list(json, code).map(Value::Texts),
            MemberKind::Word(words) => {
                json.as_str().filter(|text| words.contains(text)).map(|text| Value::Text(text.to_owned()))
            }
            MemberKind::Text => text(json, TEXT_LENGTH_MAX).map(Value::Text),
            MemberKind::Document => text(json, DOCUMENT_LENGTH_MAX).map(Value::Text),
            MemberKind::Personal => text(json, TEXT_LENGTH_MAX).map(|text| self.commit(member.name, text)),
            MemberKind::Integer(least, most) => {
                json.as_i64().filter(|number| (least..=most).contains(number)).map(Value::Integer)
            }
            MemberKind::Boolean => json.as_bool().map(Value::Boolean),
            MemberKind::Time => json.as_str().and_then(Instant::parse).map(Value::Time),
            MemberKind::Date => date(json).map(Value::Date),
            MemberKind::Dates => list(json, date).map(Value::Dates),
            MemberKind::Actor => actor_code(json).map(|code| Value::Actor(self.actor(self.source.to_owned(), code))),
            MemberKind::SourcedActor => self.sourced_actor(json).map(Value::Actor),
            MemberKind::Shares => self.shares(json).map(Value::Shares),
            MemberKind::Period => json.as_str().and_then(Period::parse).map(Value::Period),
            MemberKind::FactId => json.as_str().and_then(EventKey::parse_hex).map(Value::Fact),
            MemberKind::Digest => json.as_str().and_then(Digest::parse_hex).map(Value::Digest),
            MemberKind::Fields => fields(json).map(Value::Fields),
        }
    }

    fn commit(&mut self, member: &'static str, text: String) -> Value {
        let salt = (self.salt)();
        let commitment = Digest::of_parts([&salt[..], text.as_bytes()]);
        self.personal.push(Personal { member, salt, text });
        Value::Digest(commitment)
    }

    fn actor(&mut self, source: String, code: String) -> ActorRef {
        let actor = self.secret.actor(&source, &code);
        self.codes.push((actor, source, code));
        actor
    }

    fn sourced_actor(&mut self, json: &Json) -> Option<ActorRef> {
        let object = json.as_object().filter(|object| object.len() == 2)?;
        let source = object.get("source")?.as_str()?.to_owned();
        let code = actor_code(object.get("code")?)?;
        Some(self.actor(source, code))
    }

    fn shares(&mut self, json: &Json) -> Option<Vec<(ActorRef, u32)>> {
        list(json, |share| {
            let object = share.as_object().filter(|object| object.len() == 2)?;
            let weight = object.get("weight")?.as_u64().filter(|weight| (1..=1_000_000).contains(weight))?;
            let code = actor_code(object.get("person")?)?;
            Some((self.actor(self.source.to_owned(), code), weight as u32))
        })
        .filter(|shares| !shares.is_empty())
    }
}

fn text(json: &Json, length_max: usize) -> Option<String> {
    json.as_str().filter(|text| text.chars().count() <= length_max).map(str::to_owned)
}

fn code(json: &Json) -> Option<String> {
    text(json, CODE_LENGTH_MAX).filter(|code| !code.chars().any(char::is_control))
}

fn actor_code(json: &Json) -> Option<String> {
    code(json).filter(|code| !code.is_empty())
}

fn date(json: &Json) -> Option<Date> {
    json.as_str().and_then(Date::parse)
}

fn list<T>(json: &Json, item: impl FnMut(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.as_array().filter(|items| items.len() <= LIST_LENGTH_MAX)?.iter().map(item).collect()
}

/// Values of declared fields by their names, in their order; what a type makes of them the region says.
fn fields(json: &Json) -> Option<Vec<(String, Said)>> {
    let object = json.as_object().filter(|object| object.len() <= FIELDS_MAX)?;
    let said = |value: &Json| match value {
        Json::Bool(yes) => Some(Said::Boolean(*yes)),
        Json::Number(number) => number.as_i64().map(Said::Integer),
        other => code(other).map(Said::Text),
    };
    let given = object.iter().filter(|(_, value)| !value.is_null());
    let mut fields: Vec<_> = given.map(|(name, value)| Some((name.clone(), said(value)?))).collect::<Option<_>>()?;
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    Some(fields)
}

/// The event's `data` for people: actors by what `code` knows of them (else their hash), personal texts as their commitment.
pub fn reveal(members: &Members, code: &dyn Fn(ActorRef) -> Option<String>) -> Map<String, Json> {
    let name_of = |actor: ActorRef| code(actor).unwrap_or_else(|| actor.sourced.to_string());
    members
        .iter()
        .map(|(id, value)| {
            let json = match value {
                Value::Text(text) => Json::from(text.clone()),
                Value::Texts(texts) => Json::from(texts.clone()),
                Value::Integer(number) => Json::from(*number),
                Value::Boolean(yes) => Json::from(*yes),
                Value::Time(time) => Json::from(time.to_rfc3339()),
                Value::Date(date) => Json::from(date.to_string()),
                Value::Dates(dates) => dates.iter().map(|date| Json::from(date.to_string())).collect(),
                Value::Actor(actor) => Json::from(name_of(*actor)),
                Value::Shares(shares) => shares
                    .iter()
                    .map(|(actor, weight)| serde_json::json!({"person": name_of(*actor), "weight": weight}))
                    .collect(),
                Value::Period(period) => Json::from(period.to_string()),
                Value::Fact(fact) => Json::from(fact.to_string()),
                Value::Digest(digest) => Json::from(digest.to_string()),
                Value::Fields(fields) => fields.iter().map(|(name, said)| (name.clone(), said_json(said))).collect(),
            };
            (id.spec().name.to_owned(), json)
        })
        .collect()
}

fn said_json(said: &Said) -> Json {
    match said {
        Said::Text(text) => Json::from(text.clone()),
        Said::Integer(number) => Json::from(*number),
        Said::Boolean(yes) => Json::from(*yes),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECEIVED: Instant = Instant(1_800_000_000_000);

    fn check(mut change: Json) -> Result<Admitted, Refusal> {
        let mut envelope = json!({"specversion": "1.0", "source": "s", "id": "1", "type": "jifen.rating.submitted",
            "time": "2026-11-23T10:42:07+08:00", "data": {"level": 5, "person": "王岚", "comment": "很快"}});
        let (Some(base), Some(change)) = (envelope.as_object_mut(), change.as_object_mut()) else { unreachable!() };
        base.append(change);
        base.retain(|_, value| !value.is_null());
        admit(base, &RegionSecret::new([7; 32]), RECEIVED, &mut || [9; 16])
    }

    #[test]
    fn admits_and_splits_personal_fields_off() {
        let admitted = check(json!({})).expect("admitted");
        assert_eq!(admitted.event.data.integer(super::super::member::LEVEL), Some(5));
        assert_eq!(admitted.personal.len(), 1);
        assert_eq!(admitted.codes[0].2, "王岚");
        let journal = crate::canonical(&admitted.event);
        for secret in ["王岚", "很快"] {
            assert!(!journal.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
        assert_eq!(minicbor::decode::<Event>(&journal).ok(), Some(admitted.event));
    }

    #[test]
    fn the_body_digest_ignores_tracing_and_member_order_but_nothing_else() {
        let body = |change| check(change).map(|admitted| admitted.body);
        assert_eq!(body(json!({})), body(json!({"traceparent": "00-1-2-3"})));
        assert_ne!(body(json!({})), body(json!({"data": {"level": 4}})));
        assert_ne!(body(json!({})), body(json!({"sequence": "1"})));
    }

    #[test]
    fn refusals_say_where() {
        use RefusalKind::{Quarantined, Rejected};
        for (change, kind, pointer) in [
            (json!({"specversion": "0.3"}), Rejected, "/specversion"),
            (json!({"source": null}), Rejected, "/source"),
            (json!({"id": ""}), Rejected, "/id"),
            (json!({"type": "jifen.rating.lost"}), Rejected, "/type"),
            (json!({"time": null}), Rejected, "/time"),
            (json!({"time": "yesterday"}), Rejected, "/time"),
            (json!({"time": "1970-01-01T00:00:00Z"}), Quarantined, "/time"),
            (json!({"time": "2999-01-01T00:00:00Z"}), Quarantined, "/time"),
            (json!({"sequence": "12345678901234567890"}), Rejected, "/sequence"),
            (json!({"sequence": "-1"}), Rejected, "/sequence"),
            (json!({"data": {"level": 5, "stars": 5}}), Rejected, "/data/stars"),
            (json!({"data": {"level": 6}}), Quarantined, "/data/level"),
            (json!({"data": {"level": "5"}}), Quarantined, "/data/level"),
            (json!({"data": {"person": "x"}}), Quarantined, "/data/level"),
            (json!({"data": {"level": 5, "person": ""}}), Quarantined, "/data/person"),
            (json!({"data": [1]}), Rejected, "/data"),
        ] {
            let refusal = check(change.clone()).expect_err(pointer);
            assert_eq!((refusal.kind, refusal.pointer.as_str()), (kind, pointer), "{change}");
            let Words { zh, en } = refusal.reason;
            let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
            assert!(zh.chars().any(is_chinese) && !en.chars().any(is_chinese), "{change}: {zh} / {en}");
        }
    }

    #[test]
    fn sequences_are_numbers() {
        let sequence = |change| check(change).map(|admitted| admitted.event.sequence);
        assert_eq!(sequence(json!({"sequence": "0007"})), Ok(Some(7)));
        assert_eq!(sequence(json!({"sequence": "9999999999999999999"})), Ok(Some(9_999_999_999_999_999_999)));
    }

    #[test]
    fn plain_serialisation_is_taken_only_where_it_is_canonical() {
        use proptest::{collection::btree_map, prelude::*};
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            (-20_i64..20).prop_map(|shift| Json::from((1_i64 << 53) + shift)),
            any::<u64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
        ];
        let value = leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                btree_map(any::<String>(), inner, 0..4).prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        });
        proptest!(|(map in btree_map("[a\"\n\u{d7ff}\u{e000}\u{ffff}\u{10000}]{0,2}", value, 0..5))| {
            let map: Map<String, Json> = map.into_iter().collect();
            let canonical = serde_json_canonicalizer::to_vec(&map).expect("finite numbers");
            prop_assert_eq!(canonical_json(&map).expect("canonical"), canonical);
        });
    }
}
