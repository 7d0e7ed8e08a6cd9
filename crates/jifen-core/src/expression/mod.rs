//! Conditions and amounts written in CEL, for rules and mappings alike: text → parsed by the `cel` crate → checked against a [`Schema`] →
//! our own typed plan → a value, or the reason why there is none.
//!
//! **Invariants.** Only the parser of `cel` is used; no floating point, no overflow that wraps, no allocation for conditions over integers.
//! The stop of `a && b` and `a || b` does not depend on the order of `a` and `b`.

mod check;
mod error;
mod evaluate;
mod node;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::{both, language::Words};

pub use error::ExpressionError;
pub(crate) use error::offer;
use node::Node;

/// The longest text of an expression, in bytes: a page of conditions is a rule that nobody can explain.
pub const TEXT_BYTES_MAX: usize = 2_000;
/// The deepest nesting of an expression; bounds the stack of checking and evaluation.
pub const DEPTH_MAX: usize = 32;
/// The most nodes of an expression; bounds the time of one evaluation.
pub const NODES_MAX: usize = 256;

/// The type of an expression or a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// 64-bit integer; durations are milliseconds.
    Integer,
    /// Exact decimal of at most three places; its values are integers that count thousandths.
    Decimal,
    /// Yes or no.
    Boolean,
    /// Text.
    Text,
}

impl Type {
    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Integer => both!("整数", "integer"),
            Self::Decimal => both!("小数", "decimal"),
            Self::Boolean => both!("布尔值", "boolean"),
            Self::Text => both!("文本", "text"),
        }
    }
}

/// A value of one of the [`Type`]s.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// 64-bit integer.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// Text.
    Text(Cow<'a, str>),
}

/// What names mean in one place where expressions are written: `fact.service_ms`, `row["case:KEY"]`, `measure`.
pub trait Schema {
    /// The slot and type of `root`, `root.member` or `root["member"]`; `None` when there is no such name.
    fn resolve(&self, root: &str, member: Option<&str>) -> Option<(u32, Type)>;

    /// Every name as one would write it, for the "did you mean" of errors.
    fn names(&self) -> Vec<String>;
}

/// What a slot holds now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Slot<'a> {
    /// A value of the type the schema promised.
    Value(Value<'a>),
    /// The source said nothing.
    Absent,
    /// It cannot be known yet, and why.
    NotEvaluable(Cow<'a, str>),
}

/// The values an expression is evaluated over.
pub trait Values {
    /// The value of a slot that [`Schema::resolve`] gave out.
    fn slot(&self, slot: u32) -> Slot<'_>;
}

/// Why an evaluation gave no value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stop {
    /// It read a value the source did not give, or converted a text that is no integer.
    #[error("absent")]
    Absent,
    /// It read a value that cannot be known yet; the reason.
    #[error("not_evaluable:{0}")]
    NotEvaluable(String),
    /// A result does not fit 64 bits.
    #[error("overflow")]
    Overflow,
    /// A division or remainder by zero.
    #[error("division_by_zero")]
    DivisionByZero,
}

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    node: Node,
    slots: Vec<u32>,
}

impl Expression {
    /// Parses and checks `text`; every name must be in `schema`.
    pub fn compile(text: &str, schema: &dyn Schema) -> Result<Self, ExpressionError> {
        let (node, slots) = check::check(text, schema)?;
        Ok(Self { text: text.to_owned(), node, slots })
    }

    /// The type of its value.
    pub fn kind(&self) -> Type {
        self.node.kind()
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The slots it may read, ascending, each once.
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// Its value over `values`.
    pub fn evaluate<'a>(&'a self, values: &'a dyn Values) -> Result<Value<'a>, Stop> {
        match &self.node {
            Node::Integer(node) | Node::Decimal(node) => evaluate::integer(node, values).map(Value::Integer),
            Node::Boolean(node) => evaluate::boolean(node, values).map(Value::Boolean),
            Node::Text(node) => evaluate::text(node, values).map(Value::Text),
        }
    }

    /// Whether a boolean expression is true; an expression of another type never is ([`Self::kind`] tells beforehand).
    pub fn holds(&self, values: &dyn Values) -> Result<bool, Stop> {
        match &self.node {
            Node::Boolean(node) => evaluate::boolean(node, values),
            Node::Integer(_) | Node::Decimal(_) | Node::Text(_) => Ok(false),
        }
    }

    /// The value of an integer expression, or of a decimal in thousandths; `None` when it is of another type.
    pub fn integer(&self, values: &dyn Values) -> Option<Result<i64, Stop>> {
        match &self.node {
            Node::Integer(node) | Node::Decimal(node) => Some(evaluate::integer(node, values)),
            Node::Boolean(_) | Node::Text(_) => None,
        }
    }

    /// The texts that a condition compares a slot with, in the order they are written.
    pub fn texts_of(&self, slot: u32) -> Vec<&str> {
        let mut found = Vec::new();
        if let Node::Boolean(node) = &self.node {
            node.texts_of(slot, &mut found);
        }
        found
    }

    /// The slot, when the whole expression is one name.
    pub fn as_slot(&self) -> Option<u32> {
        match &self.node {
            Node::Integer(node::Integer::Slot(slot))
            | Node::Decimal(node::Integer::Slot(slot))
            | Node::Boolean(node::Boolean::Slot(slot))
            | Node::Text(node::Text::Slot(slot)) => Some(*slot),
            Node::Integer(_) | Node::Decimal(_) | Node::Boolean(_) | Node::Text(_) => None,
        }
    }
}

/// Two expressions are equal when their texts are; both were checked.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.slots == other.slots
    }
}

impl Eq for Expression {}
