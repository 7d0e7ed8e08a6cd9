//! Re-classification in words: how many of what make one of something else.

use crate::{
    fact::{Field, fields_of},
    rule::Reclass,
};

use super::{
    Language,
    clause::{spared, value_words},
    noun, period, phrase, subject,
};

impl Reclass {
    /// `四次迟到算旷工一天：每人每季度每 4 次考勤（条件：考勤类别 = 'late'）折算 1 次考勤（…）；折算过的不再折算。`
    pub fn sentence(&self, language: Language) -> String {
        let title = language.choose(&self.title, self.title_en.as_ref().unwrap_or(&self.title));
        let ((subject, subject_en), (grain, grain_en)) = (subject(self.subject), period(self.period));
        let ((on, _, on_en), (to, to_en, _)) = (noun(&self.on), noun(&self.to.into()));
        let when = self.when.as_ref().map(|when| {
            let when = phrase::condition(&self.on, when.text(), language);
            language.choose(format!("条件：{when}"), format!("if {when}"))
        });
        let exempt = spared(&self.exempt, "exempt spans")
            .map(|(zh, en)| language.choose(format!("{zh}不计"), format!("none in {en}")));
        let notes: Vec<String> = when.into_iter().chain(exempt).collect();
        let condition = match notes.is_empty() {
            true => String::new(),
            false => language.choose(format!("（{}）", notes.join("；")), format!(" ({})", notes.join("; "))),
        };
        let fields = fields_of(self.to).iter().zip(&self.fields).filter(|(_, field)| **field != Field::Absent);
        let fields: Vec<String> = fields.map(|(spec, field)| value_words(spec, field, language)).collect();
        let fields = match fields.is_empty() {
            true => String::new(),
            false => language.choose(format!("（{}）", fields.join("，")), format!(" ({})", fields.join(", "))),
        };
        let after = match self.consume {
            true => language.choose("折算过的不再折算成别的", "those that made one make nothing else"),
            false => language.choose("折算过的还可折算成别的", "those that made one may make something else too"),
        };
        let every = self.every;
        language.choose(
            format!("{title}：每{subject}每{grain}每 {every} {on}{condition}折算 1 {to}{fields}；{after}。"),
            format!("{title}: per {subject_en} and {grain_en}, every {every} {on_en}{condition} make one {to_en}{fields}; {after}."),
        )
    }
}
