//! Days of publication and appeal: of a period's results, and of a single entry by way of what it leads to.

use jifen_core::{
    engine::Region,
    ledger::Entry,
    rule::{
        Language, RuleSet,
        settlement::{Face, Publicity},
    },
    settlement::Publicized,
    time::{Date, Grain, Period},
};

use super::view::{Definition, EntryClock, SettledPublicity};

/// What a definition is called and says.
pub(super) fn definition(set: &RuleSet, face: &Face) -> Definition {
    let sentence = |language| {
        let told = set.consequences(language).into_iter().find(|told| told.id == face.id);
        told.map(|told| told.sentence).unwrap_or_default()
    };
    Definition {
        id: face.id.clone(),
        title: face.title_in(Language::Chinese).to_owned(),
        title_en: face.title_in(Language::English).to_owned(),
        sentence_zh: sentence(Language::Chinese),
        sentence_en: sentence(Language::English),
    }
}

/// The days, as they go over the wire.
pub(super) fn days(publicity: &Publicity, definition: Definition, days: &Publicized) -> SettledPublicity {
    let text = |date: Option<Date>| date.map(|date| date.to_string());
    SettledPublicity {
        definition,
        of: publicity.of.clone(),
        publish_by: text(days.publish_by),
        public_until: text(days.public_until),
        appeal_from: text(days.appeal_from),
        appeal_until: text(days.appeal_until),
        answer_by: text(days.answer_by),
        waiting: days.waiting.clone(),
    }
}

/// The clocks of everything that an entry's rule leads to, in the periods that hold its business date, by the versions in force on
/// their first days.
pub(crate) fn of_entry(region: &Region, entry: &Entry) -> Vec<EntryClock> {
    let mut found = Vec::new();
    for period in Grain::ENDING.map(|grain| Period::holding(grain, entry.business_date)) {
        for version in region.versions().in_force(period.first) {
            let set = &version.set;
            let sheet = match set.rule(&entry.rule) {
                Some(rule) => rule.item.as_ref().map(|item| item.sheet.as_str()),
                None => set.sheet_of_line(&entry.rule).map(|sheet| sheet.id.as_str()),
            };
            let known = set.rule(&entry.rule).is_some() || sheet.is_some();
            let led_to = set.settlement.led_to(sheet.into_iter().chain([entry.rule.as_str()]));
            let of_period = set.settlement.publicities.iter().filter(|publicity| publicity.period == period.grain);
            for publicity in of_period.filter(|_| known) {
                let results: Vec<&String> = publicity.of.iter().filter(|id| led_to.contains(id.as_str())).collect();
                if results.is_empty() {
                    continue;
                }
                let dated = Publicized::of(publicity, period, region.organisation());
                let title = |language| {
                    let titles: Vec<&str> = results.iter().map(|id| set.title_of(id, language)).collect();
                    titles.join(language.choose("、", ", "))
                };
                found.push(EntryClock {
                    period: period.to_string(),
                    results: title(Language::Chinese),
                    results_en: title(Language::English),
                    days: days(publicity, definition(set, &publicity.face), &dated),
                });
            }
        }
    }
    found
}

/// The days in one line: `月度公示：最迟 2026-12-07 公布，公示到 2026-12-15 …`.
pub fn told(one: &SettledPublicity, language: Language) -> String {
    let title = language.choose(&one.definition.title, &one.definition.title_en);
    let clocks = [
        (&one.publish_by, "最迟公布 ", "published by "),
        (&one.public_until, "公示到 ", "public until "),
        (&one.appeal_from, "申诉自 ", "appeals from "),
        (&one.appeal_until, "申诉至 ", "appeals until "),
        (&one.answer_by, "最迟答复 ", "answered by "),
    ];
    let told =
        clocks.iter().filter_map(|(date, zh, en)| Some(format!("{}{}", language.choose(*zh, *en), date.as_ref()?)));
    let told: Vec<String> = told.collect();
    let told = match (&one.waiting, told.is_empty()) {
        (Some(reason), _) => language.choose(format!("日期还推算不出：{reason}"), format!("no dates yet: {reason}")),
        (None, true) => {
            language.choose("没有写期满后几日公布，推算不出日期", "the book does not say from when").to_owned()
        }
        (None, false) => told.join(language.choose("，", ", ")),
    };
    format!("{title}{}{told}", language.choose("：", ": "))
}
