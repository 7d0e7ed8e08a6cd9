//! Values of an event's members, in their canonical form.

use minicbor::{Decode, Decoder, Encode, Encoder, data::Type};

use super::member::MemberId;
use crate::{
    id::{ActorRef, Digest, EventKey},
    time::{Date, Instant, Period},
};

/// One value.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Value {
    /// Code, word, text or document.
    #[n(0)]
    Text(#[n(0)] String),
    /// Codes.
    #[n(1)]
    Texts(#[n(0)] Vec<String>),
    /// Whole number.
    #[n(2)]
    Integer(#[n(0)] i64),
    /// Yes or no.
    #[n(3)]
    Boolean(#[n(0)] bool),
    /// Instant.
    #[n(4)]
    Time(#[n(0)] Instant),
    /// Civil date.
    #[n(5)]
    Date(#[n(0)] Date),
    /// Civil dates.
    #[n(6)]
    Dates(#[n(0)] Vec<Date>),
    /// An actor, by keyed hashes.
    #[n(7)]
    Actor(#[n(0)] ActorRef),
    /// Shared credit: actors and weights.
    #[n(8)]
    Shares(#[n(0)] Vec<(ActorRef, u32)>),
    /// A period.
    #[n(9)]
    Period(#[n(0)] Period),
    /// A fact's id.
    #[n(10)]
    Fact(#[n(0)] EventKey),
    /// A digest, also the salted commitment to a personal text in the vault.
    #[n(11)]
    Digest(#[n(0)] Digest),
    /// What a fact of a declared type says, sorted by the names of its fields.
    #[n(12)]
    Fields(#[n(0)] Vec<(String, Said)>),
}

/// A value of a declared field as its source said it; the type says what it means.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Said {
    /// A text, a decimal or a duration.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number.
    #[n(1)]
    Integer(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Boolean(#[n(0)] bool),
}

/// An event's members, sorted by number. Canonical form: a CBOR map from member number to value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Members(Vec<(MemberId, Value)>);

impl Members {
    /// The member's value.
    pub fn get(&self, id: MemberId) -> Option<&Value> {
        self.0.binary_search_by_key(&id, |(member, _)| *member).ok().map(|index| &self.0[index].1)
    }

    /// Sets a member.
    pub fn set(&mut self, id: MemberId, value: Value) {
        match self.0.binary_search_by_key(&id, |(member, _)| *member) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (id, value)),
        }
    }

    /// A copy of the members that `keep` says.
    pub fn only(&self, keep: impl Fn(MemberId) -> bool) -> Self {
        Self(self.0.iter().filter(|(id, _)| keep(*id)).cloned().collect())
    }

    /// Text of a code, word or text member.
    pub fn text(&self, id: MemberId) -> Option<&str> {
        match self.get(id) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn integer(&self, id: MemberId) -> Option<i64> {
        match self.get(id) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// Yes or no.
    pub fn boolean(&self, id: MemberId) -> Option<bool> {
        match self.get(id) {
            Some(Value::Boolean(yes)) => Some(*yes),
            _ => None,
        }
    }

    /// An instant.
    pub fn time(&self, id: MemberId) -> Option<Instant> {
        match self.get(id) {
            Some(Value::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// An actor.
    pub fn actor(&self, id: MemberId) -> Option<ActorRef> {
        match self.get(id) {
            Some(Value::Actor(actor)) => Some(*actor),
            _ => None,
        }
    }

    /// The fields of a declared type.
    pub fn fields(&self, id: MemberId) -> &[(String, Said)] {
        match self.get(id) {
            Some(Value::Fields(fields)) => fields,
            _ => &[],
        }
    }

    /// All members, by number.
    pub fn iter(&self) -> impl Iterator<Item = (MemberId, &Value)> {
        self.0.iter().map(|(id, value)| (*id, value))
    }
}

impl<C> Encode<C> for Members {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(self.0.len() as u64)?;
        for (id, value) in &self.0 {
            e.u16(id.0)?;
            value.encode(e, ctx)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Members {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.datatype()? == Type::MapIndef {
            return Err(minicbor::decode::Error::message("members have no definite length"));
        }
        let length = d.map()?.unwrap_or(0);
        let mut members = Vec::new();
        for _ in 0..length {
            let number = d.u16()?;
            let id = MemberId::parse_number(number)
                .ok_or_else(|| minicbor::decode::Error::unknown_variant(number.into()))?;
            members.push((id, Value::decode(d, ctx)?));
        }
        Ok(Self(members))
    }
}
