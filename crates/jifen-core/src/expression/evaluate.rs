//! Evaluation of the typed plan: checked arithmetic, CEL's commutative logic, text borrowed wherever it can be.

use std::borrow::Cow;

use super::{
    Slot, Stop, Value, Values,
    node::{Arithmetic, Boolean, Integer, Search, Text},
};

/// What a slot that breaks its schema's promise gives; only a faulty [`Values`] can cause it.
const WRONG_TYPE: &str = "wrong_type";

fn slot(values: &dyn Values, slot: u32) -> Result<Value<'_>, Stop> {
    match values.slot(slot) {
        Slot::Value(value) => Ok(value),
        Slot::Absent => Err(Stop::Absent),
        Slot::NotEvaluable(reason) => Err(Stop::NotEvaluable(reason.into_owned())),
    }
}

fn wrong_type<T>() -> Result<T, Stop> {
    Err(Stop::NotEvaluable(WRONG_TYPE.to_owned()))
}

/// Value of an integer node.
pub(super) fn integer(node: &Integer, values: &dyn Values) -> Result<i64, Stop> {
    match node {
        Integer::Constant(constant) => Ok(*constant),
        Integer::Slot(number) => match slot(values, *number)? {
            Value::Integer(value) => Ok(value),
            Value::Boolean(_) | Value::Text(_) => wrong_type(),
        },
        Integer::Negate(inner) => integer(inner, values)?.checked_neg().ok_or(Stop::Overflow),
        Integer::Calculate(operation, pair) => {
            calculate(*operation, integer(&pair.0, values)?, integer(&pair.1, values)?)
        }
        Integer::Choose(three) => {
            if boolean(&three.0, values)? {
                integer(&three.1, values)
            } else {
                integer(&three.2, values)
            }
        }
        Integer::Size(inner) => i64::try_from(text(inner, values)?.chars().count()).map_err(|_| Stop::Overflow),
        Integer::Parse(inner) => text(inner, values)?.parse().map_err(|_| Stop::Absent),
    }
}

fn calculate(operation: Arithmetic, left: i64, right: i64) -> Result<i64, Stop> {
    let divides = matches!(operation, Arithmetic::Divide | Arithmetic::Remainder);
    if divides && right == 0 {
        return Err(Stop::DivisionByZero);
    }
    let result = match operation {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Remainder => left.checked_rem(right),
    };
    result.ok_or(Stop::Overflow)
}

/// Value of a boolean node.
pub(super) fn boolean(node: &Boolean, values: &dyn Values) -> Result<bool, Stop> {
    match node {
        Boolean::Constant(constant) => Ok(*constant),
        Boolean::Slot(number) => match slot(values, *number)? {
            Value::Boolean(value) => Ok(value),
            Value::Integer(_) | Value::Text(_) => wrong_type(),
        },
        Boolean::Present(number) => match values.slot(*number) {
            Slot::Value(_) => Ok(true),
            Slot::Absent => Ok(false),
            Slot::NotEvaluable(reason) => Err(Stop::NotEvaluable(reason.into_owned())),
        },
        Boolean::Not(inner) => boolean(inner, values).map(|value| !value),
        Boolean::And(pair) => join(&pair.0, &pair.1, values, false),
        Boolean::Or(pair) => join(&pair.0, &pair.1, values, true),
        Boolean::Choose(three) => {
            let branch = if boolean(&three.0, values)? { &three.1 } else { &three.2 };
            boolean(branch, values)
        }
        Boolean::Integers(comparison, pair) => {
            let (left, right) = (integer(&pair.0, values)?, integer(&pair.1, values)?);
            Ok(comparison.accepts(left.cmp(&right)))
        }
        Boolean::Texts(comparison, pair) => Ok(comparison.accepts(text(&pair.0, values)?.cmp(&text(&pair.1, values)?))),
        Boolean::Booleans(equal, pair) => Ok((boolean(&pair.0, values)? == boolean(&pair.1, values)?) == *equal),
        Boolean::IntegerIn(needle, list) => {
            let needle = integer(needle, values)?;
            any(list, |element| Ok(integer(element, values)? == needle))
        }
        Boolean::TextIn(needle, list) => {
            let needle = text(needle, values)?;
            any(list, |element| Ok(text(element, values)? == needle))
        }
        Boolean::Search(search, pair) => {
            let (hay, needle) = (text(&pair.0, values)?, text(&pair.1, values)?);
            Ok(match search {
                Search::StartsWith => hay.starts_with(needle.as_ref()),
                Search::EndsWith => hay.ends_with(needle.as_ref()),
                Search::Contains => hay.contains(needle.as_ref()),
            })
        }
    }
}

/// `&&` (decided by `false`) or `||` (decided by `true`): a side that decides wins over a stop of the other.
fn join(left: &Boolean, right: &Boolean, values: &dyn Values, decisive: bool) -> Result<bool, Stop> {
    let left = boolean(left, values);
    if left == Ok(decisive) {
        return Ok(decisive);
    }
    let right = boolean(right, values);
    match (left, right) {
        (_, Ok(value)) if value == decisive => Ok(decisive),
        (Ok(_), right) => right,
        (Err(stop), Ok(_)) => Err(stop),
        (Err(left), Err(right)) => Err(graver(left, right)),
    }
}

/// Whether an element matches; a match wins over elements that stop.
fn any<T>(list: &[T], mut matches: impl FnMut(&T) -> Result<bool, Stop>) -> Result<bool, Stop> {
    let mut stopped = None;
    for element in list {
        match matches(element) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(stop) => {
                stopped = Some(match stopped {
                    None => stop,
                    Some(earlier) => graver(earlier, stop),
                });
            }
        }
    }
    stopped.map_or(Ok(false), Err)
}

/// The stop that is reported when both sides stop: what may still become known outlasts what is absent for good.
fn graver(left: Stop, right: Stop) -> Stop {
    let weight = |stop: &Stop| match stop {
        Stop::Absent => 0,
        Stop::DivisionByZero => 1,
        Stop::Overflow => 2,
        Stop::NotEvaluable(_) => 3,
    };
    match (left, right) {
        // Of two reasons the lesser text, so that the order of the sides never shows.
        (Stop::NotEvaluable(left), Stop::NotEvaluable(right)) => Stop::NotEvaluable(left.min(right)),
        (left, right) if weight(&left) >= weight(&right) => left,
        (_, right) => right,
    }
}

/// Value of a text node.
pub(super) fn text<'a>(node: &'a Text, values: &'a dyn Values) -> Result<Cow<'a, str>, Stop> {
    match node {
        Text::Constant(constant) => Ok(Cow::Borrowed(constant)),
        Text::Slot(number) => match slot(values, *number)? {
            Value::Text(value) => Ok(value),
            Value::Integer(_) | Value::Boolean(_) => wrong_type(),
        },
        Text::Concatenate(pair) => {
            let mut joined = text(&pair.0, values)?.into_owned();
            joined.push_str(&text(&pair.1, values)?);
            Ok(Cow::Owned(joined))
        }
        Text::Choose(three) => {
            let branch = if boolean(&three.0, values)? { &three.1 } else { &three.2 };
            text(branch, values)
        }
        Text::FromInteger(inner) => integer(inner, values).map(|value| Cow::Owned(value.to_string())),
        Text::FromBoolean(inner) => {
            boolean(inner, values).map(|value| Cow::Borrowed(if value { "true" } else { "false" }))
        }
    }
}
