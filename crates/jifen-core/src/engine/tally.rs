//! Tallies: what a period rule or a cap has counted for a subject so far, and what it would give.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::{
    id::{Digest, EventKey},
    ledger::Subject,
    points::Points,
    rule::{ItemSums, Rule, SubjectKind},
    scoring::{Booked, SheetPart},
    time::{Date, Grain, Period},
};

/// What a tally is kept for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TallyClass {
    /// A period rule's measure.
    Measure = 1,
    /// A cap over a rule's awards.
    Cap = 2,
    /// A score sheet; its key's rule is the sheet's id.
    Sheet = 3,
}

/// Key of a tally. The order is that of the entries a record posts: period, rule, subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TallyKey {
    /// The period.
    pub period: Period,
    /// The rule.
    pub rule: String,
    /// Whose.
    pub subject: Subject,
    /// What for.
    pub class: TallyClass,
}

impl TallyKey {
    /// State key; keys of one period share [`period_prefix`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = period_prefix(self.period);
        bytes.extend_from_slice(self.rule.as_bytes());
        bytes.push(0);
        bytes.push(self.class as u8);
        bytes.push(self.subject.kind() as u8);
        bytes.extend_from_slice(self.subject.key());
        bytes
    }

    /// Reads [`TallyKey::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(5)?;
        let period = period_of(head)?;
        let zero = rest.iter().position(|byte| *byte == 0)?;
        let rule = String::from_utf8(rest[..zero].to_vec()).ok()?;
        let class = match rest.get(zero + 1)? {
            1 => TallyClass::Measure,
            2 => TallyClass::Cap,
            3 => TallyClass::Sheet,
            _ => return None,
        };
        let number = *rest.get(zero + 2)?;
        let kind = SubjectKind::ALL.iter().copied().find(|kind| *kind as u8 == number)?;
        let subject = Subject::from_key(kind, rest.get(zero + 3..)?)?;
        Some(Self { period, rule, subject, class })
    }

    /// State key of what a rule's award, measure or cap adds to a sheet; `id` is the fact's or [`TallyKey::award_id`].
    pub(super) fn contribution_key(&self, rule: &str, id: EventKey) -> Vec<u8> {
        let mut key = tally_fact_prefix(&self.to_bytes());
        key.extend_from_slice(rule.as_bytes());
        key.push(0);
        key.extend_from_slice(&id.0);
        key
    }

    /// State key of one of its facts.
    pub fn fact_key(&self, fact: EventKey) -> Vec<u8> {
        let mut key = tally_fact_prefix(&self.to_bytes());
        key.extend_from_slice(&fact.0);
        key
    }
}

impl TallyKey {
    /// What stands for a period award, or a cap's clamp, among the facts of its cap or sheet.
    pub(super) fn award_id(&self) -> EventKey {
        let what = match self.class {
            TallyClass::Measure | TallyClass::Sheet => "award",
            TallyClass::Cap => "clamp",
        };
        EventKey::of("", &format!("period-{what}/{}", self.period))
    }
}

/// Flips the sign so that unsigned byte order is date order.
const SIGN: u32 = 1 << 31;

/// What the state keys of a period's tallies begin with.
pub(super) fn period_prefix(period: Period) -> Vec<u8> {
    let mut bytes = vec![period.grain as u8];
    bytes.extend_from_slice(&(period.first.0 as u32 ^ SIGN).to_be_bytes());
    bytes
}

/// Reads [`period_prefix`].
pub(super) fn period_of(prefix: &[u8]) -> Option<Period> {
    let (number, first) = prefix.split_first()?;
    let grain = Grain::ENDING.into_iter().find(|grain| *grain as u8 == *number)?;
    let first = u32::from_be_bytes(first.try_into().ok()?) ^ SIGN;
    Some(Period { grain, first: Date(first as i32) })
}

/// What the state keys of a tally's facts begin with: the length keeps one subject from being another's prefix.
pub(super) fn tally_fact_prefix(tally: &[u8]) -> Vec<u8> {
    let mut prefix = (tally.len() as u16).to_be_bytes().to_vec();
    prefix.extend_from_slice(tally);
    prefix
}

/// A fact's line in a tally.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct TallyFact {
    /// The fact's digest; of a period award under a cap, the digest of its tally's key.
    #[n(0)]
    pub digest: Digest,
    /// State key of its aggregate; of a period award, of its tally.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub locator: Vec<u8>,
    /// What it adds: the measure's amount, or the award's points.
    #[n(2)]
    pub amount: i64,
}

/// What was counted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Tally {
    /// Facts.
    #[n(0)]
    pub facts: i64,
    /// Sum of amounts.
    #[n(1)]
    pub amount: i64,
    /// What the boards show as provisional.
    #[n(2)]
    pub provisional: Option<Booked>,
    /// What stands in the ledger.
    #[n(3)]
    pub booked: Option<Booked>,
    /// What a period award, provisional or posted, adds to the tally of its rule's cap.
    #[n(4)]
    pub capped: Option<(Period, Points)>,
    /// What a period award or a clamp adds to an item of a score sheet.
    #[n(5)]
    pub sheeted: Option<(SheetPart, Points)>,
    /// A score sheet's items and own entries.
    #[n(6)]
    pub sheet: Option<SheetTally>,
    /// Where the rule measures values in their order and the period has ended: what that comes to.
    #[n(7)]
    pub ordered: Option<i64>,
}

/// A score sheet's items and own entries.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct SheetTally {
    /// Sums of the items that are not zero.
    #[n(0)]
    pub items: BTreeMap<String, ItemSums>,
    /// What the boards show of its own entries before the period ends, by their ids.
    #[n(1)]
    pub provisional: BTreeMap<String, Booked>,
    /// What stands of them in the ledger.
    #[n(2)]
    pub booked: BTreeMap<String, Booked>,
}

impl Tally {
    /// What a rule's measure is of: the sum, or what is taken of the values in their order, which nobody knows before the period ends.
    pub fn measured(&self, rule: &Rule) -> Option<i64> {
        match rule.ordered() {
            None => Some(self.amount),
            Some(_) => self.ordered,
        }
    }

    /// Adds to the items' sums of a score sheet.
    pub(super) fn add_items(&mut self, items: BTreeMap<String, ItemSums>) {
        let mut sheet = self.sheet.take().unwrap_or_default();
        for (item, change) in items {
            let sums = sheet.items.entry(item).or_default();
            sums.gains += change.gains;
            sums.deductions += change.deductions;
        }
        sheet.items.retain(|_, sums| !sums.is_zero());
        self.sheet = (!sheet.is_empty()).then_some(sheet);
    }
}

impl SheetTally {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.provisional.is_empty() && self.booked.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_in_period_order() {
        let key = |period: &str| TallyKey {
            period: Period::parse(period).expect("period"),
            rule: "满意度-day".to_owned(),
            subject: Subject::Window("W\u{0}1".to_owned()),
            class: TallyClass::Cap,
        };
        for period in ["1969-12-31", "2026-11-23", "2026-W48", "2026-11", "2026-Q4", "2026"] {
            assert_eq!(TallyKey::from_bytes(&key(period).to_bytes()), Some(key(period)));
        }
        assert!(key("1969-12-31").to_bytes() < key("1970-01-01").to_bytes());
    }
}
