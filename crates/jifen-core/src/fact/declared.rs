//! Fact types that rule sets declare: what an event of one must say, and what rules read of it.

use std::borrow::Cow;

use minicbor::{Decode, Encode};

use super::{Field, FieldSpec, FieldType};
use crate::{
    both,
    event::{Members, Said, member},
    language::{Language, Words},
    points::Points,
    rule::{SubjectKind, parse_duration},
};

/// A fact type that a rule set declares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactType {
    /// Its id, the `fact_type` of events.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Whom or what its facts are about: events must name one.
    pub about: SubjectKind,
    /// Its fields, in the order of the file.
    pub fields: Vec<TypeField>,
    /// The fields as rules read them, in the same order.
    pub specs: Vec<FieldSpec>,
}

/// A field of a declared type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeField {
    /// Its name in events, and after `fact.` in rules.
    pub name: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// What it holds.
    pub kind: FieldKind,
    /// Unit of a number, in Chinese and in English.
    pub unit: Option<(String, String)>,
    /// Whether events must say it.
    pub required: bool,
}

/// What a declared field holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// A text.
    Text,
    /// One of these words.
    Choice(Vec<String>),
    /// A whole number within bounds.
    Whole(i64, i64),
    /// A decimal of at most three places within bounds, in thousandths.
    Decimal(i64, i64),
    /// A span of time, not negative.
    Duration,
    /// Yes or no.
    Boolean,
}

impl FieldKind {
    /// The word of rule files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Choice(_) => "choice",
            Self::Whole(..) => "whole",
            Self::Decimal(..) => "decimal",
            Self::Duration => "duration",
            Self::Boolean => "boolean",
        }
    }

    /// What a source said as rules read it, whatever bounds and words were then; `None` where it is of another kind.
    pub fn read(&self, said: &Said) -> Option<Field> {
        match (self, said) {
            (Self::Text | Self::Choice(_), Said::Text(text)) => Some(Field::Text(text.clone())),
            (Self::Whole(..), Said::Integer(number)) => Some(Field::Integer(*number)),
            (Self::Decimal(..), Said::Integer(number)) => number.checked_mul(1000).map(Field::Integer),
            (Self::Decimal(..), Said::Text(text)) => Points::parse(text).ok().map(|parsed| Field::Integer(parsed.0)),
            (Self::Duration, Said::Integer(milliseconds)) => Some(Field::Integer(*milliseconds)),
            (Self::Duration, Said::Text(text)) => parse_duration(text).map(Field::Integer),
            (Self::Boolean, Said::Boolean(yes)) => Some(Field::Boolean(*yes)),
            _ => None,
        }
    }

    /// Whether the type takes a value now.
    pub fn takes(&self, said: &Said) -> bool {
        match (self, self.read(said)) {
            (Self::Choice(words), Some(Field::Text(text))) => words.contains(&text),
            (Self::Whole(least, most) | Self::Decimal(least, most), Some(Field::Integer(number))) => {
                (*least..=*most).contains(&number)
            }
            (Self::Duration, Some(Field::Integer(milliseconds))) => milliseconds >= 0,
            (_, read) => read.is_some(),
        }
    }

    /// What a value must be.
    fn wanted(&self) -> Words {
        match self {
            Self::Text => both!("文本", "a text"),
            Self::Choice(words) => {
                Words::new(format!(" `{}` 之一", words.join("`、`")), format!("one of `{}`", words.join("`, `")))
            }
            Self::Whole(least, most) => bounded(both!("整数", "a whole number"), *least, *most, i64::to_string),
            Self::Decimal(least, most) => {
                let wanted = both!(
                    "小数，至多三位，写成文本，如 `\"4.5\"`",
                    "a decimal of at most three places in quotes, such as `\"4.5\"`"
                );
                bounded(wanted, *least, *most, |thousandths| Points(*thousandths).to_string())
            }
            Self::Duration => both!(
                "时长：毫秒数，或文本如 `\"1h30min\"`",
                "a duration: milliseconds, or a text such as `\"1h30min\"`"
            ),
            Self::Boolean => both!(" `true` 或 `false`", "`true` or `false`"),
        }
    }
}

/// What bounds add to what a number must be.
fn bounded(wanted: Words, least: i64, most: i64, told: impl Fn(&i64) -> String) -> Words {
    let wanted = match least {
        i64::MIN => wanted,
        _ => wanted.and(&both!("，不小于 {}", ", at least {}", told(&least))),
    };
    match most {
        i64::MAX => wanted,
        _ => wanted.and(&both!("，不大于 {}", ", at most {}", told(&most))),
    }
}

impl TypeField {
    /// The field as rules read it: units stand behind its title.
    pub fn spec(&self) -> FieldSpec {
        let unit = |title: &str, unit: Option<&String>, brackets: (&str, &str)| match unit {
            Some(unit) => format!("{title}{}{unit}{}", brackets.0, brackets.1),
            None => title.to_owned(),
        };
        let title_en = self.title_en.as_ref().unwrap_or(&self.title);
        FieldSpec {
            name: Cow::Owned(self.name.clone()),
            kind: match self.kind {
                FieldKind::Text | FieldKind::Choice(_) => FieldType::Text,
                FieldKind::Whole(..) | FieldKind::Decimal(..) | FieldKind::Duration => FieldType::Integer,
                FieldKind::Boolean => FieldType::Boolean,
            },
            duration: self.kind == FieldKind::Duration,
            decimal: matches!(self.kind, FieldKind::Decimal(..)),
            zh: Cow::Owned(unit(&self.title, self.unit.as_ref().map(|(zh, _)| zh), ("（", "）"))),
            en: Cow::Owned(unit(title_en, self.unit.as_ref().map(|(_, en)| en), (" (", ")"))),
        }
    }

    /// What its value must be.
    pub fn wanted(&self) -> Words {
        let (name, wanted) = (&self.name, self.kind.wanted());
        Words::new(format!("`{name}`（{}）应为{}", self.title, wanted.zh), format!("`{name}` must be {}", wanted.en))
    }

    /// Whether another declaration of the same name means the same by it: bounds, words, titles and need may change, these not.
    fn means(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind) && self.unit == other.unit
    }
}

/// Why an event does not fit its type: where in it, and how to go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfit {
    /// JSON pointer into the event.
    pub pointer: String,
    /// What must stand there.
    pub reason: Words,
}

impl FactType {
    /// The prefix of `on` in rules.
    pub const PREFIX: &'static str = "fact:";

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&TypeField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Its title in a language.
    pub fn title_in(&self, language: Language) -> &str {
        language.choose(&self.title, self.title_en.as_ref().unwrap_or(&self.title))
    }

    /// Why an event of the type cannot be taken.
    pub fn refuses(&self, data: &Members) -> Option<Unfit> {
        let about = match self.about {
            SubjectKind::Person => member::PERSON,
            SubjectKind::Window => member::WINDOW,
            SubjectKind::Department => member::DEPARTMENT,
            SubjectKind::Hall => member::HALL,
        };
        let id = &self.id;
        if data.get(about).is_none() {
            let name = about.spec().name;
            let reason = both!(
                "`{id}` 类事实关于 `{name}`，不能缺少",
                "facts of type `{id}` are about a `{name}`, which is missing"
            );
            return Some(Unfit { pointer: format!("/data/{name}"), reason });
        }
        let said = data.fields(member::FIELDS);
        for (name, said) in said {
            let pointer = || format!("/data/fields/{}", name.replace('~', "~0").replace('/', "~1"));
            let Some(field) = self.field(name) else {
                let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
                let known = known.join("`, `");
                let reason = both!(
                    "`{id}` 类事实没有字段 `{name}`；有 `{known}`",
                    "type `{id}` has no field `{name}`; it has `{known}`"
                );
                return Some(Unfit { pointer: pointer(), reason });
            };
            if !field.kind.takes(said) {
                return Some(Unfit { pointer: pointer(), reason: field.wanted() });
            }
        }
        let missing =
            self.fields.iter().find(|field| field.required && said.iter().all(|(name, _)| *name != field.name))?;
        let name = &missing.name;
        let reason =
            both!("`{id}` 类事实不能缺少 `{name}`（{}）", "type `{id}` needs the field `{name}` ({})", missing.title);
        Some(Unfit { pointer: format!("/data/fields/{name}"), reason })
    }

    /// What an earlier declaration of the same id meant otherwise: facts recorded by it would silently say something else.
    pub fn contradicts(&self, earlier: &Self) -> Option<Words> {
        let id = &self.id;
        if self.about != earlier.about {
            return Some(both!(
                "事实类型 `{id}` 先前声明为关于 `{}`；已记的事实会变意思，请另取编号",
                "fact type `{id}` was declared to be about a `{}`; recorded facts would change their meaning: use another id",
                earlier.about.name()
            ));
        }
        let field = self.fields.iter().find(|field| earlier.field(&field.name).is_some_and(|old| !field.means(old)))?;
        let name = &field.name;
        let kind = earlier.field(name).map_or("", |old| old.kind.name());
        Some(both!(
            "事实类型 `{id}` 的字段 `{name}` 先前声明为 `{kind}`，或单位不同；已记的事实会变意思，请另取字段名",
            "field `{name}` of fact type `{id}` was declared as `{kind}`, or in another unit; recorded facts would change their \
             meaning: use another name"
        ))
    }
}

/// What an event of a declared type says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Stated {
    /// The type's id.
    #[n(0)]
    pub fact_type: String,
    /// Its fields as the source said them, sorted by name.
    #[n(1)]
    pub fields: Vec<(String, Said)>,
}

impl Stated {
    /// What was said of the field of this name.
    pub fn said(&self, name: &str) -> Option<&Said> {
        let found = self.fields.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok()?;
        self.fields.get(found).map(|(_, said)| said)
    }
}
