//! Score sheets in words, and where a rule's points count.

use crate::{
    fact::FactKind,
    points::Points,
    rule::{BaseOf, Item, Joiners, Rule, Sheet},
};

use super::{Language, period, phrase, subject};

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
        parts.extend(self.presence_words(language));
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

impl Sheet {
    /// `基础分按在岗天数折算（不在岗：……；登记以前算不在岗；日历 office）`, `在岗不足 10 天的没有这张表`.
    fn presence_words(&self, language: Language) -> Vec<String> {
        let Some(presence) = &self.presence else { return Vec::new() };
        let away = phrase::condition(&FactKind::Attendance.into(), presence.away.text(), language);
        let mut notes =
            vec![language.choose(format!("不在岗：{away}，按半天数"), format!("away if {away}, by half days"))];
        let leave: Vec<&str> = presence.leave.iter().map(String::as_str).collect();
        notes.extend((!leave.is_empty()).then(|| {
            let (zh, en) = (leave.join("、"), leave.join(", "));
            language.choose(format!("请假（{zh}）的半天也算不在岗"), format!("and during leave ({en})"))
        }));
        notes.extend(
            (presence.joiners == Joiners::Absent)
                .then(|| language.choose("登记以前算不在岗", "away before being registered").to_owned()),
        );
        notes.extend(
            presence
                .calendar
                .as_ref()
                .map(|code| language.choose(format!("按日历 {code}"), format!("by calendar {code}"))),
        );
        let notes = notes.join(language.choose("；", "; "));
        let base = match presence.base {
            BaseOf::Prorated => language.choose(
                format!("基础分按在岗天数与应在岗天数之比折算（{notes}）"),
                format!("the base by the part of the working days somebody was there ({notes})"),
            ),
            BaseOf::Full => language.choose(
                format!("基础分不按在岗天数折算（{notes}）"),
                format!("the base whole, whatever the days ({notes})"),
            ),
        };
        let least = presence.min_days.map(|days| {
            language.choose(
                format!("在岗不足 {days} 天的这一期没有这张表"),
                format!("nobody has it who was there for fewer than {days} days"),
            )
        });
        [Some(base), least].into_iter().flatten().collect()
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
