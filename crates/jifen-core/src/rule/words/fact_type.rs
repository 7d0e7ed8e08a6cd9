//! Declared fact types in words.

use crate::fact::{FactType, FieldKind, TypeField};

use super::{Language, Unit, subject};

impl FactType {
    /// `带教（自定事实，关于人）：课时（节），整数，必填；评分，小数，0 到 10。`
    pub fn sentence(&self, language: Language) -> String {
        let (about, about_en) = subject(self.about);
        let title = self.title_in(language);
        let fields: Vec<String> = self
            .fields
            .iter()
            .zip(&self.specs)
            .map(|(field, spec)| {
                let name: &str = language.choose(&spec.zh, &spec.en);
                format!("{name}{}", holds(field, language))
            })
            .collect();
        let fields = match fields.is_empty() {
            true => language.choose("没有字段", "no fields").to_owned(),
            false => fields.join(language.choose("；", "; ")),
        };
        language.choose(
            format!("{title}（自定事实，关于{about}）：{fields}。"),
            format!("{title} (facts of one's own, about a {about_en}): {fields}."),
        )
    }
}

fn holds(field: &TypeField, language: Language) -> String {
    let words = match &field.kind {
        FieldKind::Text => language.choose("文本", "text").to_owned(),
        FieldKind::Choice(words) => {
            language.choose(format!("{} 之一", words.join("、")), format!("one of {}", words.join(", ")))
        }
        FieldKind::Whole(least, most) => {
            format!("{}{}", language.choose("整数", "whole number"), bounds(Unit::Number, *least, *most, language))
        }
        FieldKind::Decimal(least, most) => {
            format!("{}{}", language.choose("小数", "decimal"), bounds(Unit::Decimal, *least, *most, language))
        }
        FieldKind::Duration => language.choose("时长", "duration").to_owned(),
        FieldKind::Boolean => language.choose("是或否", "yes or no").to_owned(),
    };
    let required = if field.required { language.choose("，必填", ", required") } else { "" };
    format!("{}{words}{required}", language.choose("，", ", "))
}

fn bounds(unit: Unit, least: i64, most: i64, language: Language) -> String {
    let told = |number: i64| unit.words(i128::from(number), 1, language);
    let least = (least != i64::MIN)
        .then(|| language.choose(format!("，不小于 {}", told(least)), format!(", at least {}", told(least))));
    let most = (most != i64::MAX)
        .then(|| language.choose(format!("，不大于 {}", told(most)), format!(", at most {}", told(most))));
    least.into_iter().chain(most).collect()
}
