//! Score sheets in words, and where a rule's points count.

use crate::{
    points::Points,
    rule::{Item, Rule, Sheet},
};

use super::{Language, period, subject};

impl Sheet {
    /// The whole sheet as one sentence: `月度评分：每人每月基础分 100 分；附加分合计最多 5 分；扣分不封顶。出勤……`.
    pub fn sentence(&self, language: Language) -> String {
        let (subject, subject_en) = subject(self.subject);
        let (period, period_en) = period(self.period);
        let (title, base) = (titled(&self.title, self.title_en.as_ref(), language), self.base);
        let mut parts = vec![language.choose(
            format!("{title}：每{subject}每{period}基础分 {base} 分"),
            format!("{title}: {base} points per {subject_en} and {period_en} to begin with"),
        )];
        parts.extend(self.items.iter().map(|item| item_words(item, language)));
        parts.extend(self.bonus_cap.map(|cap| {
            language.choose(format!("附加分合计最多 {cap} 分"), format!("bonus items give at most {cap} together"))
        }));
        parts.push(match self.floor {
            None => language.choose("总分不设下限", "the score has no floor").to_owned(),
            Some(floor) => language.choose(format!("总分最低 {floor} 分"), format!("the score is at least {floor}")),
        });
        parts.extend(self.cap.map(|cap| language.choose(format!("总分最高 {cap} 分"), format!("and at most {cap}"))));
        format!("{}{}", parts.join(language.choose("；", "; ")), language.choose("。", "."))
    }
}

fn item_words(item: &Item, language: Language) -> String {
    let title = titled(&item.title, item.title_en.as_ref(), language);
    let mut notes = Vec::new();
    if item.base != Points::ZERO {
        notes.push(language.choose(format!("{} 分", item.base), format!("{} points", item.base)));
    }
    match item.floor {
        Some(floor) if floor == Points::ZERO => notes.push(language.choose("扣完为止", "no more is taken").to_owned()),
        Some(floor) => {
            let most = item.base - floor;
            notes.push(language.choose(format!("最多扣 {most} 分"), format!("at most {most} are taken")));
        }
        None => notes.push(language.choose("扣分不封顶", "deductions have no limit").to_owned()),
    }
    notes.extend(item.max.map(|max| language.choose(format!("最高 {max} 分"), format!("at most {max}"))));
    if item.bonus {
        notes.push(language.choose("附加分", "bonus").to_owned());
    }
    let notes = notes.join(language.choose("，", ", "));
    language.choose(format!("{title}（{notes}）"), format!("{title} ({notes})"))
}

impl Rule {
    /// `，计入“月度评分”的“出勤”`, for rules that point at an item.
    pub(super) fn item_words(&self, language: Language) -> String {
        let Some(item) = &self.item else { return String::new() };
        let sheet = titled(&item.sheet_title, item.sheet_title_en.as_ref(), language);
        let title = titled(&item.title, item.title_en.as_ref(), language);
        language.choose(format!("；计入“{sheet}”的“{title}”"), format!("; counts in “{title}” of “{sheet}”"))
    }
}

fn titled<'a>(chinese: &'a String, english: Option<&'a String>, language: Language) -> &'a str {
    language.choose(chinese, english.unwrap_or(chinese))
}
