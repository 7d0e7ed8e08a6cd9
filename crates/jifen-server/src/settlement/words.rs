//! Why somebody is barred, and what an amount comes from, in words.

use jifen_core::{
    rule::{
        Language, RuleSet, percent,
        settlement::{Honour, Payout, Way},
    },
    settlement::{Bar, Ground},
};

use super::viewing::band_word;

/// `否决：…`, `条件不符：…`, `实习、带教期间不排名`.
pub(super) fn bar(
    set: &RuleSet,
    honour: &Honour,
    bar: &Bar,
    veto_title: impl Fn(&str) -> String,
    language: Language,
) -> String {
    match (bar, language) {
        (Bar::Veto(veto), Language::Chinese) => format!("否决：{}", veto_title(veto)),
        (Bar::Veto(veto), Language::English) => format!("vetoed: {}", veto_title(veto)),
        (Bar::Trainee, _) => language.choose("实习、带教期间不排名", "trainees are not ranked").to_owned(),
        (Bar::Gate(gate), _) => {
            let gate = honour.gates.get(*gate as usize).map(|gate| set.gate_words(gate, language)).unwrap_or_default();
            language.choose(format!("条件不符：{gate}"), format!("not eligible: {gate}"))
        }
    }
}

/// `85 分 ÷ 全部 940 分`, `优秀`, `扣 70%（7、0 件）`.
pub(super) fn ground(set: &RuleSet, payout: &Payout, ground: &Ground, language: Language) -> String {
    let choose = |chinese: String, english: String| language.choose(chinese, english);
    match ground {
        Ground::Shares { points, of } => {
            choose(format!("{points} 分，全部 {of} 分"), format!("{points} of {of} points"))
        }
        Ground::Points(points) => choose(format!("{points} 分"), format!("{points} points")),
        Ground::Grade(band) => {
            let id = match &payout.way {
                Way::Grade { grade, .. } => grade.as_str(),
                Way::Pool { .. } | Way::PerPoint { .. } | Way::Title { .. } | Way::Allowance { .. } => "",
            };
            let grade = set.settlement.grades.iter().find(|grade| grade.face.id == id);
            grade.map(|grade| band_word(grade, *band, language)).unwrap_or_default()
        }
        Ground::Title => choose("获荣誉".to_owned(), "has the title".to_owned()),
        Ground::Cut { share, facts } => {
            let counts: Vec<String> = facts.iter().map(ToString::to_string).collect();
            let (share, zh, en) = (percent(*share), counts.join("、"), counts.join(", "));
            choose(format!("扣 {share}（{zh} 件）"), format!("{share} cut (facts: {en})"))
        }
    }
}
