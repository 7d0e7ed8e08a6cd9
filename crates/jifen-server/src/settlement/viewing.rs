//! From what came out to what goes over the wire: names and sentences are put on.

use std::{cmp::Reverse, collections::BTreeSet};

use jifen_core::{
    engine::Region,
    ledger::Subject,
    points::Points,
    rule::{
        Language, RuleSet, percent,
        settlement::{Face, Grade, League, Name, Part},
    },
    settlement::{Composed, Contest, Outcome, Reading, Settlement, Waiting},
    time::Period,
};
use jifen_store::{Database, RegionRow};

use super::{
    clock,
    seen::Seen,
    view::{
        CardRow, CompositeRow, Definition, GradeRow, HonourOutcome, HonourRow, PartRow, PayoutRow, PeriodFacts,
        PeriodPoints, ProposalRow, SettledCard, SettledComposite, SettledGrade, SettledHonour, SettledLeague,
        SettledPart, SettledPayout, SettledProposal, SettledPublicity, SettledVeto, SettlementView, VetoRow,
        WaitingSheet, Who,
    },
    words,
};
use crate::board::{Names, ReadError, resident};

/// Everything that rows are made with.
struct Viewing<'a> {
    region: &'a Region,
    names: Names<'a>,
    sets: Vec<&'a RuleSet>,
    ranks: bool,
}

/// Puts names and sentences on what came out.
pub(super) fn view(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    mut settled: Settlement,
    seen: &Seen,
    as_of_position: u64,
) -> Result<SettlementView, ReadError> {
    let digest = settled.digest().to_string();
    seen.narrow(region, &mut settled);
    let settled = &settled;
    let people = subjects(settled).into_iter().filter_map(|subject| match subject {
        Subject::Person(actor) => Some(*actor),
        Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => None,
    });
    let names = Names::load(database, row, region, people)?;
    let sets = region.versions().in_force(settled.period.first).map(|version| &version.set).collect();
    let viewing = Viewing { region, names, sets, ranks: seen.ranks };
    let mut view = SettlementView {
        region: row.code.clone(),
        period: settled.period.to_string(),
        ended: settled.ended,
        as_of_position,
        digest,
        composites: viewing.composites(settled),
        grades: viewing.grades(settled),
        vetoes: viewing.vetoes(settled),
        cards: viewing.cards(settled),
        honours: viewing.honours(settled),
        proposals: viewing.proposals(settled),
        payouts: viewing.payouts(settled),
        publicities: viewing.publicities(settled),
        waiting: settled.waiting.iter().map(|one| viewing.waiting(one)).collect(),
    };
    if !seen.is_all() {
        view.composites.retain(|one| !one.rows.is_empty());
        view.grades.retain(|one| !one.rows.is_empty());
        view.cards.retain(|one| !one.rows.is_empty());
        view.honours.retain(|one| !one.leagues.is_empty());
        view.proposals.retain(|one| !one.rows.is_empty());
        view.payouts.retain(|one| !one.rows.is_empty());
    }
    Ok(view)
}

/// Everybody who is named.
fn subjects(settled: &Settlement) -> BTreeSet<&Subject> {
    let composites = settled.composites.iter().map(|one| &one.subject);
    let grades = settled.grades.iter().map(|one| &one.subject);
    let vetoes = settled.vetoes.iter().map(|one| &one.subject);
    let cards = settled.cards.iter().map(|one| &one.subject);
    let contestants = settled.contests.iter().flat_map(|contest| &contest.contestants).map(|one| &one.subject);
    let proposals = settled.proposals.iter().map(|one| &one.subject);
    let payouts = settled.payouts.iter().map(|one| &one.subject);
    composites.chain(grades).chain(vetoes).chain(cards).chain(contestants).chain(proposals).chain(payouts).collect()
}

impl Viewing<'_> {
    fn who(&self, subject: &Subject) -> Who {
        Who { kind: subject.kind().name().to_owned(), code: self.names.code(subject), name: self.names.name(subject) }
    }

    fn publicities(&self, settled: &Settlement) -> Vec<SettledPublicity> {
        let all = self.all(|set| &set.settlement.publicities, |publicity| &publicity.face);
        let of_period = all.into_iter().filter_map(|(_, publicity, definition)| {
            let days = settled.publicized.iter().find(|days| days.id == publicity.face.id)?;
            Some((publicity, definition, days))
        });
        of_period.map(|(publicity, definition, days)| clock::days(publicity, definition, days)).collect()
    }

    fn waiting(&self, waiting: &Waiting) -> WaitingSheet {
        let titled = |language| {
            let set = self.sets.iter().find(|set| set.sheets.iter().any(|sheet| sheet.id == waiting.sheet));
            set.map_or(waiting.sheet.as_str(), |set| set.title_of(&waiting.sheet, language)).to_owned()
        };
        WaitingSheet {
            sheet: waiting.sheet.clone(),
            title: titled(Language::Chinese),
            title_en: titled(Language::English),
            reason: waiting.reason.clone(),
        }
    }

    /// The definitions of one list in all sets, each with its set and what it says.
    fn all<'s, T>(
        &'s self,
        list: impl Fn(&'s RuleSet) -> &'s [T],
        face: impl Fn(&T) -> &Face,
    ) -> Vec<(&'s RuleSet, &'s T, Definition)> {
        let mut found = Vec::new();
        for set in &self.sets {
            for one in list(set) {
                let definition = clock::definition(set, face(one));
                found.push((*set, one, definition));
            }
        }
        found
    }

    fn composites(&self, settled: &Settlement) -> Vec<SettledComposite> {
        let all = self.all(|set| &set.settlement.composites, |composite| &composite.face);
        let of_period = all.into_iter().filter(|(_, composite, _)| composite.period == settled.period.grain);
        let composite = of_period.map(|(_, composite, definition)| {
            let mut composed: Vec<&Composed> =
                settled.composites.iter().filter(|one| one.id == composite.face.id).collect();
            composed.sort_by_key(|one| Reverse(one.score));
            let rows = composed.into_iter().map(|one| CompositeRow {
                who: self.who(&one.subject),
                score: one.score.map(|score| score.to_string()),
                parts: one.parts.iter().map(|part| part_row(part.value.as_ref(), part.adds)).collect(),
            });
            SettledComposite {
                definition,
                full: composite.full.to_string(),
                parts: composite.parts.iter().map(part).collect(),
                rows: rows.collect(),
            }
        });
        composite.collect()
    }

    fn grades(&self, settled: &Settlement) -> Vec<SettledGrade> {
        let all = self.all(|set| &set.settlement.grades, |grade| &grade.face);
        let of_period = all.into_iter().filter(|(_, grade, _)| grade.basis.period == settled.period.grain);
        let grade = of_period.map(|(_, grade, definition)| {
            let mut graded: Vec<_> = settled.grades.iter().filter(|one| one.id == grade.face.id).collect();
            graded.sort_by_key(|one| Reverse((one.band, one.score)));
            let rows = graded.into_iter().map(|one| {
                let name = |language| band_word(grade, one.band, language);
                let veto = one.capped_by.as_ref();
                GradeRow {
                    who: self.who(&one.subject),
                    score: one.score.to_string(),
                    grade: name(Language::Chinese),
                    grade_en: name(Language::English),
                    band: one.band,
                    capped_by: veto.map(|veto| self.title(veto, Language::Chinese)),
                    capped_by_en: veto.map(|veto| self.title(veto, Language::English)),
                }
            });
            SettledGrade { definition, rows: rows.collect() }
        });
        grade.collect()
    }

    /// A title of whatever set has this id.
    fn title(&self, id: &str, language: Language) -> String {
        let found = self.sets.iter().find(|set| set.settlement.faces().any(|face| face.id == id));
        found.map_or(id, |set| set.title_of(id, language)).to_owned()
    }

    fn vetoes(&self, settled: &Settlement) -> Vec<SettledVeto> {
        let all = self.all(|set| &set.settlement.vetoes, |veto| &veto.face).into_iter();
        let veto = all.map(|(_, veto, definition)| {
            let reached = settled.vetoes.iter().filter(|one| one.id == veto.face.id);
            let facts = |(period, facts): &(Period, u64)| PeriodFacts { period: period.to_string(), facts: *facts };
            let rows = reached
                .map(|one| VetoRow { who: self.who(&one.subject), periods: one.periods.iter().map(facts).collect() });
            SettledVeto { definition, rules: veto.counted.rules.clone(), rows: rows.collect() }
        });
        veto.filter(|veto| !veto.rows.is_empty()).collect()
    }

    fn cards(&self, settled: &Settlement) -> Vec<SettledCard> {
        let all = self.all(|set| &set.settlement.cards, |card| &card.face);
        let of_period = all.into_iter().filter(|(_, card, _)| card.counted.per == settled.period.grain);
        let card = of_period.map(|(_, card, definition)| {
            let mut carded: Vec<_> = settled.cards.iter().filter(|one| one.id == card.face.id).collect();
            carded.sort_by_key(|one| Reverse((one.level, one.facts)));
            let word = |level: u32, language| {
                card.levels.get(level as usize).map_or("", |(_, name)| name.word_in(language)).to_owned()
            };
            let rows = carded.into_iter().map(|one| CardRow {
                who: self.who(&one.subject),
                card: word(one.level, Language::Chinese),
                card_en: word(one.level, Language::English),
                level: one.level,
                facts: one.facts,
            });
            let (rules, levels) = (card.counted.rules.clone(), card.levels.len() as u32);
            SettledCard { definition, rules, levels, rows: rows.collect() }
        });
        card.collect()
    }

    fn honours(&self, settled: &Settlement) -> Vec<SettledHonour> {
        let all = self.all(|set| &set.settlement.honours, |honour| &honour.face);
        let of_period = all.into_iter().filter(|(_, honour, _)| honour.basis.period == settled.period.grain);
        let honour = of_period.map(|(set, honour, definition)| {
            let contests = settled.contests.iter().filter(|contest| contest.id == honour.face.id);
            let league = |contest: &Contest| {
                let name = |language| self.league(&honour.league, &contest.league, language);
                let rows = contest.contestants.iter().map(|one| {
                    let (outcome, bar) = match &one.outcome {
                        Outcome::Titled => (HonourOutcome::Titled, None),
                        Outcome::Equal => (HonourOutcome::Equal, None),
                        Outcome::Behind => (HonourOutcome::Behind, None),
                        Outcome::Barred(bar) => (HonourOutcome::Barred, Some(bar)),
                    };
                    let reason = |language| {
                        bar.map(|bar| words::bar(set, honour, bar, |veto| self.title(veto, language), language))
                    };
                    HonourRow {
                        who: self.who(&one.subject),
                        rank: one.rank.filter(|_| self.ranks),
                        score: one.score.to_string(),
                        outcome,
                        reason_zh: reason(Language::Chinese),
                        reason_en: reason(Language::English),
                    }
                });
                SettledLeague {
                    league: name(Language::Chinese),
                    league_en: name(Language::English),
                    heads: contest.heads,
                    quota: contest.quota,
                    rows: rows.collect(),
                }
            };
            SettledHonour { definition, leagues: contests.map(league).collect() }
        });
        honour.collect()
    }

    /// What a league is called.
    fn league(&self, league: &League, key: &str, language: Language) -> Option<String> {
        let place = |kind| resident::place_called(self.region, kind, key);
        match league {
            League::All => None,
            League::Window => Some(place(jifen_core::rule::SubjectKind::Window)),
            League::Department => Some(place(jifen_core::rule::SubjectKind::Department)),
            League::Hall => Some(place(jifen_core::rule::SubjectKind::Hall)),
            League::Classes(classes) => {
                let named = |(name, _): &&(Name, _)| name.zh == key;
                classes.iter().find(named).map(|(name, _)| name.word_in(language).to_owned())
            }
        }
    }

    fn proposals(&self, settled: &Settlement) -> Vec<SettledProposal> {
        let all = self.all(|set| &set.settlement.proposals, |proposal| &proposal.face);
        let of_period = all.into_iter().filter(|(_, proposal, _)| proposal.basis.period == settled.period.grain);
        let proposal = of_period.map(|(_, proposal, definition)| {
            let proposed = settled.proposals.iter().filter(|one| one.id == proposal.face.id);
            let rows = proposed.map(|one| ProposalRow {
                who: self.who(&one.subject),
                periods: one.periods.iter().map(period_points).collect(),
            });
            SettledProposal { definition, rows: rows.collect() }
        });
        proposal.collect()
    }

    fn payouts(&self, settled: &Settlement) -> Vec<SettledPayout> {
        let all = self.all(|set| &set.settlement.payouts, |payout| &payout.face);
        let of_period = all.into_iter().filter(|(_, payout, _)| payout.period == settled.period.grain);
        let payout = of_period.map(|(set, payout, definition)| {
            let mut paid: Vec<_> = settled.payouts.iter().filter(|one| one.id == payout.face.id).collect();
            paid.sort_by_key(|one| Reverse(one.amount));
            let total: Points = paid.iter().map(|one| one.amount).sum();
            let rows = paid.into_iter().map(|one| PayoutRow {
                who: self.who(&one.subject),
                amount: one.amount.to_string(),
                ground_zh: words::ground(set, payout, &one.ground, Language::Chinese),
                ground_en: words::ground(set, payout, &one.ground, Language::English),
            });
            SettledPayout { definition, unit: payout.unit.clone(), total: total.to_string(), rows: rows.collect() }
        });
        payout.collect()
    }
}

fn part(part: &Part) -> SettledPart {
    SettledPart {
        id: part.face.id.clone(),
        title: part.face.title_in(Language::Chinese).to_owned(),
        title_en: part.face.title_in(Language::English).to_owned(),
        weight: percent(part.weight),
        full: part.full.to_string(),
    }
}

fn part_row(value: Option<&Reading>, adds: Points) -> PartRow {
    PartRow {
        value: value.map(|value| value.points.to_string()),
        adds: adds.to_string(),
        heads: value.map_or(0, |value| value.heads),
        periods: value.map(|value| value.periods.iter().map(period_points).collect()).unwrap_or_default(),
    }
}

fn period_points((period, points): &(Period, Points)) -> PeriodPoints {
    PeriodPoints { period: period.to_string(), points: points.to_string() }
}

pub(super) fn band_word(grade: &Grade, band: u32, language: Language) -> String {
    grade.bands.get(band as usize).map_or("", |name| name.word_in(language)).to_owned()
}
