//! A member's value from its word, by what the catalogue says the member is.

use jifen_core::event::{MemberKind, catalogue::TypeSpec};
use serde_json::{Value, json};

use crate::time::Clock;

/// Levels of satisfaction in words, from 1.
const LEVELS: [&str; 5] = ["very-dissatisfied", "dissatisfied", "fair", "satisfied", "very-satisfied"];

/// Reads the value of member `name`; an error says what is wanted.
pub(crate) fn value(spec: &TypeSpec, name: &str, word: &str, clock: &Clock) -> Result<Value, String> {
    let member = spec.member(name).ok_or_else(|| format!("`{}` has no member `{name}`", spec.name))?;
    let wanted = |what: &str| format!("`{name}` is {what}, not `{word}`");
    let list = || word.split(',').filter(|part| !part.is_empty());
    match member.kind {
        MemberKind::Integer(..) => integer(name, word).map(Value::from).ok_or_else(|| wanted("a number or a duration")),
        MemberKind::Boolean => match word {
            "yes" => Ok(json!(true)),
            "no" => Ok(json!(false)),
            _ => Err(wanted("`yes` or `no`")),
        },
        MemberKind::Time => {
            clock.read(word).map(|time| json!(time.to_rfc3339())).ok_or_else(|| wanted("a time such as `09:00`"))
        }
        MemberKind::Codes | MemberKind::Dates => Ok(list().collect()),
        MemberKind::Shares => {
            let share = |part: &str| {
                let (person, weight) = part.split_once(':')?;
                Some(json!({"person": person, "weight": weight.parse::<u32>().ok()?}))
            };
            list().map(share).collect::<Option<Value>>().ok_or_else(|| wanted("shares such as `A:1,B:2`"))
        }
        MemberKind::Fields => {
            let field = |part: &str| {
                let (field, said) = part.split_once(':')?;
                let said = match said {
                    "yes" => json!(true),
                    "no" => json!(false),
                    _ => said.parse::<i64>().map_or_else(|_| json!(said), Value::from),
                };
                Some((field.to_owned(), said))
            };
            list().map(field).collect::<Option<Value>>().ok_or_else(|| wanted("fields such as `lessons:3,level:new`"))
        }
        MemberKind::Code
        | MemberKind::Word(_)
        | MemberKind::Text
        | MemberKind::Document
        | MemberKind::Personal
        | MemberKind::Date
        | MemberKind::Actor
        | MemberKind::SourcedActor
        | MemberKind::Period
        | MemberKind::FactId
        | MemberKind::Digest => Ok(json!(word)),
    }
}

fn integer(name: &str, word: &str) -> Option<i64> {
    let level = || LEVELS.iter().position(|level| *level == word).map(|index| index as i64 + 1);
    word.parse().ok().or_else(|| duration(word).filter(|_| name.ends_with("_ms"))).or_else(level)
}

/// `1h30min`, `20min`, `30s`, `1ms`, `5d`.
fn duration(word: &str) -> Option<i64> {
    let (mut sum, mut rest) = (0, word);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let length = match &after[..unit] {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        sum += number.parse::<i64>().ok()? * length;
        rest = &after[unit..];
    }
    Some(sum)
}
