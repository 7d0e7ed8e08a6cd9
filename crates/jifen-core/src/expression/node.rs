//! The typed plan: one tree per type, so that a checked expression cannot meet a value of the wrong type.

use std::cmp::Ordering;

use super::Type;

/// A checked expression of any type.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Integer(Integer),
    /// In thousandths.
    Decimal(Integer),
    Boolean(Boolean),
    Text(Text),
}

impl Node {
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Integer(_) => Type::Integer,
            Self::Decimal(_) => Type::Decimal,
            Self::Boolean(_) => Type::Boolean,
            Self::Text(_) => Type::Text,
        }
    }
}

/// What gives an integer.
#[derive(Clone, Debug)]
pub(super) enum Integer {
    Constant(i64),
    Slot(u32),
    Negate(Box<Integer>),
    Calculate(Arithmetic, Box<(Integer, Integer)>),
    Choose(Box<(Boolean, Integer, Integer)>),
    /// Code points of a text.
    Size(Box<Text>),
    /// `int("12")`.
    Parse(Box<Text>),
}

/// What gives a boolean.
#[derive(Clone, Debug)]
pub(super) enum Boolean {
    Constant(bool),
    Slot(u32),
    /// Whether a slot holds a value.
    Present(u32),
    Not(Box<Boolean>),
    And(Box<(Boolean, Boolean)>),
    Or(Box<(Boolean, Boolean)>),
    Choose(Box<(Boolean, Boolean, Boolean)>),
    Integers(Comparison, Box<(Integer, Integer)>),
    Texts(Comparison, Box<(Text, Text)>),
    /// Equal (`true`) or different (`false`).
    Booleans(bool, Box<(Boolean, Boolean)>),
    IntegerIn(Box<Integer>, Vec<Integer>),
    TextIn(Box<Text>, Vec<Text>),
    Search(Search, Box<(Text, Text)>),
}

impl Boolean {
    /// The texts that a slot is compared with, in the order they are written.
    pub(super) fn texts_of<'n>(&'n self, slot: u32, found: &mut Vec<&'n str>) {
        let is_slot = |text: &Text| matches!(text, Text::Slot(other) if *other == slot);
        let mut constant = |text: &'n Text| {
            if let Text::Constant(text) = text {
                found.push(text);
            }
        };
        match self {
            Self::Texts(_, pair) if is_slot(&pair.0) => constant(&pair.1),
            Self::Texts(_, pair) if is_slot(&pair.1) => constant(&pair.0),
            Self::TextIn(text, list) if is_slot(text) => list.iter().for_each(constant),
            Self::Not(inner) => inner.texts_of(slot, found),
            Self::And(pair) | Self::Or(pair) | Self::Booleans(_, pair) => {
                pair.0.texts_of(slot, found);
                pair.1.texts_of(slot, found);
            }
            Self::Choose(all) => {
                all.0.texts_of(slot, found);
                all.1.texts_of(slot, found);
                all.2.texts_of(slot, found);
            }
            _ => {}
        }
    }
}

/// What gives a text.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Constant(Box<str>),
    Slot(u32),
    Concatenate(Box<(Text, Text)>),
    Choose(Box<(Boolean, Text, Text)>),
    FromInteger(Box<Integer>),
    FromBoolean(Box<Boolean>),
}

/// An operation on two integers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// An ordering or equality.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Different => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Where one text is looked for in another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Search {
    StartsWith,
    EndsWith,
    Contains,
}
