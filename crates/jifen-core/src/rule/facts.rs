//! Facts as conditions see them: `fact.NAME` resolved to slots, slots read from a fact.

use std::borrow::Cow;

use crate::{
    event::Said,
    expression::{Expression, Schema, Slot, Type, Value, Values},
    fact::{COMMON, Fact, Field, FieldSlot, FieldSpec, FieldType},
};

use super::{On, Rule, Unscored};

/// Slots from here on are the common fields, those before the kind's own.
const COMMON_SLOTS: u32 = 1 << 16;

/// The common fields in the order of their [`FieldSlot::Common`] index.
pub(super) const COMMON_NAMES: [&str; 6] = ["person_known", "window", "department", "hall", "matter", "channel"];

/// The names of some facts.
pub(super) struct FactSchema<'a>(pub(super) &'a On);

impl Schema for FactSchema<'_> {
    fn resolve(&self, root: &str, member: Option<&str>) -> Option<(u32, Type)> {
        let (slot, spec) = self.0.field_named(member.filter(|_| root == "fact")?)?;
        let slot = match slot {
            FieldSlot::Common(index) => COMMON_SLOTS + index as u32,
            FieldSlot::Own(index) => index as u32,
        };
        Some((slot, type_of(spec)))
    }

    fn names(&self) -> Vec<String> {
        let own = self.0.fields().iter().map(|spec| spec.name.as_ref());
        own.chain(COMMON_NAMES).map(|name| format!("fact.{name}")).collect()
    }
}

/// A field's type in expressions.
pub(super) fn type_of(spec: &FieldSpec) -> Type {
    match spec.kind {
        FieldType::Integer if spec.decimal => Type::Decimal,
        FieldType::Integer => Type::Integer,
        FieldType::Boolean => Type::Boolean,
        FieldType::Text => Type::Text,
    }
}

/// The field a slot stands for.
pub(super) fn field_at(on: &On, slot: u32) -> Option<&FieldSpec> {
    match slot.checked_sub(COMMON_SLOTS) {
        None => on.fields().get(slot as usize),
        Some(common) => COMMON.get(common as usize),
    }
}

impl Rule {
    /// The codes that the rule's condition compares a field with, such as the categories of attendance it is about.
    pub fn codes_of(&self, field: &str) -> Vec<&str> {
        let slot = FactSchema(&self.on).resolve("fact", Some(field)).map(|(slot, _)| slot);
        let condition = self.when.as_ref();
        condition.zip(slot).map_or_else(Vec::new, |(condition, slot)| condition.texts_of(slot))
    }
}

/// One fact as credited to a person who is known or not.
pub(super) struct FactValues<'a> {
    pub(super) on: &'a On,
    pub(super) fact: &'a Fact,
    pub(super) person_known: bool,
}

impl FactValues<'_> {
    fn common(&self, index: u32) -> Slot<'_> {
        let place = &self.fact.place;
        let text = match index {
            0 => return Slot::Value(Value::Boolean(self.person_known)),
            1 => &place.window,
            2 => &place.department,
            3 => &place.hall,
            4 => &self.fact.matter,
            5 => &self.fact.channel,
            _ => return Slot::Absent,
        };
        text.as_deref().map_or(Slot::Absent, |text| Slot::Value(Value::Text(Cow::Borrowed(text))))
    }
}

impl FactValues<'_> {
    /// A declared field: what the event says under its name, read as the rule's version declares it.
    fn declared(&self, slot: u32) -> Slot<'_> {
        let field = self.on.declared().and_then(|declared| declared.fields.get(slot as usize));
        let Some((field, stated)) = field.zip(self.fact.stated.as_deref()) else { return Slot::Absent };
        match (stated.said(&field.name), field.kind.name()) {
            (None, _) => Slot::Absent,
            (Some(Said::Text(text)), "text" | "choice") => Slot::Value(Value::Text(Cow::Borrowed(text))),
            (Some(said), _) => match field.kind.read(said) {
                Some(Field::Integer(value)) => Slot::Value(Value::Integer(value)),
                Some(Field::Boolean(value)) => Slot::Value(Value::Boolean(value)),
                _ => Slot::NotEvaluable(Cow::Owned(format!("field_kind:{}", field.name))),
            },
        }
    }
}

impl Values for FactValues<'_> {
    fn slot(&self, slot: u32) -> Slot<'_> {
        if let Some(common) = slot.checked_sub(COMMON_SLOTS) {
            return self.common(common);
        }
        if self.fact.stated.is_some() {
            return self.declared(slot);
        }
        match self.fact.fields.get(slot as usize) {
            None | Some(Field::Absent) => Slot::Absent,
            Some(Field::Integer(value)) => Slot::Value(Value::Integer(*value)),
            Some(Field::Boolean(value)) => Slot::Value(Value::Boolean(*value)),
            Some(Field::Text(value)) => Slot::Value(Value::Text(Cow::Borrowed(value))),
            Some(Field::NotEvaluable(reason)) => Slot::NotEvaluable(Cow::Borrowed(reason)),
        }
    }
}

/// What a key expression reads: a text, or a whole number as text. The checker takes no other.
pub(super) fn key_text(key: &Expression, values: &FactValues<'_>) -> Result<String, Unscored> {
    match key.evaluate(values).map_err(Unscored::from)? {
        Value::Text(text) => Ok(text.into_owned()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(_) => Err(Unscored::Absent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::FactKind;

    #[test]
    fn common_names_are_those_of_facts() {
        let service = On::from(FactKind::Service);
        for (index, name) in COMMON_NAMES.into_iter().enumerate() {
            let found = service.field_named(name).map(|(slot, _)| slot);
            assert_eq!(found, Some(FieldSlot::Common(index)), "{name}");
        }
    }

    #[test]
    fn a_rule_tells_which_codes_it_asks_for() {
        let text = r#"
            format = 1
            [ruleset]
            id = "attendance"
            title = "考勤"
            [[rule]]
            id = "late"
            title = "迟到"
            dimension = "quality"
            on = "attendance"
            subject = "person"
            when = 'fact.category in ["late", "early"] || (!fact.excused && "absent" == fact.category) || fact.hall == "H1"'
            points = "-1"
        "#;
        let set = crate::rule::parse(text).expect("a rule set");
        assert_eq!(set.rules[0].codes_of("category"), ["late", "early", "absent"]);
        assert_eq!(set.rules[0].codes_of("hall"), ["H1"]);
        assert_eq!(set.rules[0].codes_of("window"), [""; 0]);
    }

    #[test]
    fn every_name_resolves_to_its_field() {
        for on in FactKind::ALL.map(On::from) {
            for name in FactSchema(&on).names() {
                let member = name.strip_prefix("fact.").expect("prefix");
                let (slot, _) = FactSchema(&on).resolve("fact", Some(member)).expect("resolves");
                assert_eq!(field_at(&on, slot).map(|spec| spec.name.as_ref()), Some(member));
            }
        }
        assert_eq!(FactSchema(&FactKind::Service.into()).resolve("row", Some("service_ms")), None);
        assert_eq!(FactSchema(&FactKind::Rating.into()).resolve("fact", Some("service_ms")), None);
    }
}
