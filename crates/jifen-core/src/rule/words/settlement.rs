//! What comes after the ledger in words: composites, grades, vetoes, cards, honours, proposals, payouts.

use crate::{
    points::Points,
    rule::{
        RuleSet, Scope, SubjectKind,
        amount::Edge,
        settlement::{
            Basis, By, Card, Composite, Counted, Cut, Equal, Face, Figure, Gate, Grade, Heads, Honour, League, Missing,
            OnGap, Over, Payout, Proposal, Quota, Round, Share, Source, Tie, Trigger, Veto, WHOLE_WEIGHT, Way,
        },
    },
    time::Grain,
};

use super::{Language, Unit, period, phrase, subject};

/// A definition in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// `composite`, `grade`, `veto`, `card`, `honour`, `proposal`, `payout` or `publicity`, as its table in the file.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The whole of it as one sentence.
    pub sentence: String,
}

impl RuleSet {
    /// All that follows from points, in the order it is settled.
    pub fn consequences(&self, language: Language) -> Vec<Told> {
        let (words, plan) = (Words { set: self, language }, &self.settlement);
        let told = |kind: &'static str, face: &Face, body: String| {
            let title = face.title_in(language).to_owned();
            let (after_title, stop) = language.choose(("：", "。"), (": ", "."));
            Told { kind, id: face.id.clone(), sentence: format!("{title}{after_title}{body}{stop}"), title }
        };
        let mut all = Vec::new();
        all.extend(
            plan.composites.iter().map(|composite| told("composite", &composite.face, words.composite(composite))),
        );
        all.extend(plan.grades.iter().map(|grade| told("grade", &grade.face, words.grade(grade))));
        all.extend(plan.vetoes.iter().map(|veto| told("veto", &veto.face, words.veto(veto))));
        all.extend(plan.cards.iter().map(|card| told("card", &card.face, words.card(card))));
        all.extend(plan.honours.iter().map(|honour| told("honour", &honour.face, words.honour(honour))));
        all.extend(plan.proposals.iter().map(|proposal| told("proposal", &proposal.face, words.proposal(proposal))));
        all.extend(plan.payouts.iter().map(|payout| told("payout", &payout.face, words.payout(payout))));
        let publicities = plan.publicities.iter();
        all.extend(publicities.map(|publicity| told("publicity", &publicity.face, words.publicity(publicity))));
        all
    }

    /// What an honour's gate asks for.
    pub fn gate_words(&self, gate: &Gate, language: Language) -> String {
        Words { set: self, language }.gate(gate)
    }

    /// What a rule, sheet or definition is called; its id where there is none.
    pub fn title_of<'a>(&'a self, id: &'a str, language: Language) -> &'a str {
        let rules = self.rules.iter().map(|rule| (&rule.id, &rule.title, &rule.title_en));
        let sheets = self.sheets.iter().map(|sheet| (&sheet.id, &sheet.title, &sheet.title_en));
        let faces = self.settlement.faces().map(|face| (&face.id, &face.title, &face.title_en));
        let found = rules.chain(sheets).chain(faces).find(|(known, ..)| *known == id);
        found.map_or(id, |(_, title, title_en)| language.choose(title, title_en.as_ref().unwrap_or(title)))
    }
}

/// A share in parts of 10⁸ as a percentage: `30%`, `12.5%`.
pub fn percent(share: i64) -> String {
    let hundredth = WHOLE_WEIGHT / 100;
    let (whole, rest) = (share / hundredth, share % hundredth);
    let rest = format!("{rest:06}");
    match rest.trim_end_matches('0') {
        "" => format!("{whole}%"),
        places => format!("{whole}.{places}%"),
    }
}

pub(super) struct Words<'a> {
    set: &'a RuleSet,
    language: Language,
}

impl Words<'_> {
    pub(super) fn choose(&self, chinese: String, english: String) -> String {
        self.language.choose(chinese, english)
    }

    fn quoted(&self, id: &str) -> String {
        format!("“{}”", self.set.title_of(id, self.language))
    }

    pub(super) fn semicolons(&self, parts: Vec<String>) -> String {
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(self.language.choose("；", "; "))
    }

    fn commas(&self, parts: Vec<String>) -> String {
        parts.join(self.language.choose("，", ", "))
    }

    pub(super) fn rules(&self, ids: &[String]) -> String {
        ids.iter().map(|id| self.quoted(id)).collect::<Vec<_>>().join(self.language.choose("、", ", "))
    }

    fn source(&self, source: &Source) -> String {
        match source {
            Source::Sheet(id) | Source::Composite(id) => self.quoted(id),
            Source::Rules { rules, min_facts } => {
                let rules = self.rules(rules);
                let least = match min_facts {
                    0 => String::new(),
                    least => self.choose(format!("（至少 {least} 件）"), format!(" (from {least} facts on)")),
                };
                self.choose(format!("{rules}的积分{least}"), format!("the points of {rules}{least}"))
            }
        }
    }

    fn figure(&self, figure: &Figure) -> String {
        let mut words = self.source(&figure.source);
        words = match &figure.over {
            None => words,
            Some(Over::Staff) => {
                self.choose(format!("其人员{words}的平均"), format!("the mean of its people's {words}"))
            }
            Some(Over::Windows) => {
                self.choose(format!("其窗口{words}的平均"), format!("the mean of its windows' {words}"))
            }
            Some(Over::Post { name, of: SubjectKind::Person }) => {
                self.choose(format!("其{name}的{words}"), format!("its {name}'s {words}"))
            }
            Some(Over::Post { name, of }) => {
                let (place, place_en) = subject(*of);
                self.choose(
                    format!("任{name}的{place}{words}的平均"),
                    format!("the mean {words} of each {place_en} whose {name} they are"),
                )
            }
        };
        let Some(gather) = figure.gather else { return words };
        let (each, each_en) = period(gather.each);
        let words = match gather.by {
            By::Mean => {
                self.choose(format!("各{each}{words}的平均"), format!("the mean over its {each_en}s of {words}"))
            }
            By::Sum => self.choose(format!("各{each}{words}的合计"), format!("the sum over its {each_en}s of {words}")),
            By::Last => self.choose(format!("最后一{each}{words}"), format!("{words} of the last {each_en}")),
        };
        match gather.at_least {
            1 => words,
            least => self
                .choose(format!("{words}（至少 {least} 个{each}）"), format!("{words} (at least {least} {each_en}s)")),
        }
    }

    fn each(&self, of: crate::rule::SubjectKind, grain: Grain) -> String {
        let ((subject, subject_en), (period, period_en)) = (subject(of), period(grain));
        self.choose(format!("每{subject}每{period}"), format!("per {subject_en} and {period_en}"))
    }

    fn scope(&self, scope: &Scope) -> String {
        let list = |codes: &std::collections::BTreeSet<String>, zh: &str, en: &str| {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let joined = codes.join(self.language.choose("、", ", "));
            (!codes.is_empty()).then(|| self.choose(format!("{zh} {joined}"), format!("{en} {joined}")))
        };
        let lists = [
            list(&scope.halls, "大厅", "halls"),
            list(&scope.departments, "部门", "departments"),
            list(&scope.windows, "窗口", "windows"),
        ];
        let lists: Vec<String> = lists.into_iter().flatten().collect();
        match lists.is_empty() {
            true => String::new(),
            false => {
                let lists = self.commas(lists);
                self.choose(format!("限{lists}"), format!("only {lists}"))
            }
        }
    }

    fn composite(&self, composite: &Composite) -> String {
        let parts = composite.parts.iter().map(|part| {
            let (title, weight) = (part.face.title_in(self.language), percent(part.weight));
            let figure = self.figure(&part.figure);
            let full = match part.full == composite.full {
                true => String::new(),
                false => self.choose(format!("满分 {}，", part.full), format!("full marks {}, ", part.full)),
            };
            self.choose(
                format!("{title}（{full}{figure}）占 {weight}"),
                format!("{title} ({full}{figure}) counts {weight}"),
            )
        });
        let each = self.each(composite.subject, composite.period);
        let head =
            self.choose(format!("{each}，满分 {}", composite.full), format!("{each}, out of {}", composite.full));
        let missing = match composite.missing {
            Missing::Exclude => {
                self.choose("缺任一项的不评分".to_owned(), "no score without one of the parts".to_owned())
            }
            Missing::Reweight => self.choose(
                "缺项时其余各项按权重折算".to_owned(),
                "without a part the weights of the others count for all".to_owned(),
            ),
        };
        let parts = self.commas(parts.collect());
        let step = match composite.step {
            Points(1) => String::new(),
            step => self.choose(format!("得分四舍五入到 {step}"), format!("the score rounded to {step}")),
        };
        self.semicolons(vec![head, parts, missing, step, self.scope(&composite.scope)])
    }

    /// `“月度评分”的得分，每人每月`.
    fn basis(&self, basis: &Basis) -> String {
        let (source, each) = (self.source(&basis.source), self.each(basis.subject, basis.period));
        self.choose(format!("{each}按{source}"), format!("by {source} {each}"))
    }

    fn grade(&self, grade: &Grade) -> String {
        let mut lower: Option<Edge> = None;
        let uppers = grade.edges.iter().copied().map(Some).chain([None]);
        let bands = grade.bands.iter().zip(uppers).map(|(name, upper)| {
            let range = phrase::between(lower, upper, Unit::Number, self.language);
            lower = upper;
            let name = name.word_in(self.language);
            self.choose(format!("{range}为{name}"), format!("{range}: {name}"))
        });
        let bands = self.commas(bands.collect());
        self.semicolons(vec![self.basis(&grade.basis), bands])
    }

    fn counted(&self, counted: &Counted) -> String {
        let (each, rules) = (self.each(counted.subject, counted.per), self.rules(&counted.rules));
        self.choose(format!("{each}{rules}"), format!("facts of {rules} {each}"))
    }

    fn veto(&self, veto: &Veto) -> String {
        let facts = self.counted(&veto.counted);
        let least = veto.at_least;
        let mut parts = vec![self.choose(format!("{facts}达 {least} 次"), format!("{least} or more {facts}"))];
        if !veto.blocks.is_empty() {
            let blocks = veto.blocks.iter().map(|grain| {
                let (zh, en) = period(*grain);
                self.choose(zh.to_owned(), en.to_owned())
            });
            let blocks = blocks.collect::<Vec<_>>().join(self.language.choose("、", ", "));
            parts.push(self.choose(format!("不得评当{blocks}荣誉"), format!("no honours of that {blocks}")));
        }
        for (id, best) in &veto.caps {
            let Some(grade) = self.set.settlement.grades.iter().find(|grade| grade.face.id == *id) else { continue };
            let name = grade.bands.get(*best).map_or("", |name| name.word_in(self.language));
            let title = self.quoted(id);
            parts.push(self.choose(format!("{title}最高为{name}"), format!("{title} is at best {name}")));
        }
        parts.push(self.choose("积分不变".to_owned(), "points stay".to_owned()));
        self.commas(parts)
    }

    fn card(&self, card: &Card) -> String {
        let levels = card.levels.iter().map(|(least, name)| {
            let name = name.word_in(self.language);
            self.choose(format!("{least} 次起{name}"), format!("{name} from {least} on"))
        });
        let levels = self.commas(levels.collect());
        let facts = self.counted(&card.counted);
        self.choose(format!("{facts}，{levels}；积分不变"), format!("{facts}, {levels}; points stay"))
    }

    fn league(&self, league: &League) -> String {
        match league {
            League::All => String::new(),
            League::Window => self.choose("按窗口分榜".to_owned(), "within each window".to_owned()),
            League::Department => self.choose("按部门分榜".to_owned(), "within each department".to_owned()),
            League::Hall => self.choose("按大厅分榜".to_owned(), "within each hall".to_owned()),
            League::Classes(classes) => {
                let classes = classes.iter().map(|(name, scope)| {
                    let scope = self.scope(scope);
                    let scope = scope.trim_start_matches("限").trim_start_matches("only ");
                    let name = name.word_in(self.language);
                    self.choose(format!("{name}（{scope}）"), format!("{name} ({scope})"))
                });
                let classes = self.commas(classes.collect());
                self.choose(format!("分榜：{classes}"), format!("leagues: {classes}"))
            }
        }
    }

    fn quota(&self, quota: Quota) -> String {
        match quota {
            Quota::Number(number) => self.choose(format!("前 {number} 名"), format!("the first {number}")),
            Quota::Share { share, of, round, at_least } => {
                let share = percent(share.0);
                let (of, of_en) = match of {
                    Heads::All => ("全体", "all"),
                    Heads::Scored => ("有得分的", "those with a score"),
                    Heads::Eligible => ("符合条件的", "those eligible"),
                };
                let (round, round_en) = match round {
                    Round::Floor => ("不足一名舍去", "parts of a head dropped"),
                    Round::Ceil => ("不足一名进一", "parts of a head made whole"),
                };
                let (least, least_en) = match at_least {
                    0 => (String::new(), String::new()),
                    least => (format!("，至少 {least} 名"), format!(", at least {least}")),
                };
                self.choose(
                    format!("{of}的 {share}（{round}{least}）"),
                    format!("{share} of {of_en} ({round_en}{least_en})"),
                )
            }
        }
    }

    fn gate(&self, gate: &Gate) -> String {
        match gate {
            Gate::Score { figure, at_least } => {
                let figure = self.figure(figure);
                self.choose(format!("{figure}不低于 {at_least} 分"), format!("{figure} at least {at_least}"))
            }
            Gate::Grade { grade, at_least } => {
                let name = self.set.settlement.grades.iter().find(|found| found.face.id == *grade);
                let name =
                    name.and_then(|grade| grade.bands.get(*at_least)).map_or("", |name| name.word_in(self.language));
                let title = self.quoted(grade);
                self.choose(format!("{title}至少{name}"), format!("{title} at least {name}"))
            }
            Gate::Facts { counted, at_least, at_most } => {
                let rules = self.rules(&counted.rules);
                let least = at_least.map(|least| self.choose(format!("至少 {least} 次"), format!("at least {least}")));
                let most = at_most.map(|most| self.choose(format!("至多 {most} 次"), format!("at most {most}")));
                let bounds = self.commas(least.into_iter().chain(most).collect());
                self.choose(format!("{rules}{bounds}"), format!("{bounds} facts of {rules}"))
            }
            Gate::Titles { honour, at_least, .. } => {
                let title = self.quoted(honour);
                self.choose(
                    format!("期内 {at_least} 次获{title}"),
                    format!("{at_least} titles {title} within the period"),
                )
            }
        }
    }

    fn honour(&self, honour: &Honour) -> String {
        let gates: Vec<String> = honour.gates.iter().map(|gate| self.gate(gate)).collect();
        let gates = match gates.is_empty() {
            true => String::new(),
            false => {
                let gates = self.commas(gates);
                self.choose(format!("条件：{gates}"), format!("eligible: {gates}"))
            }
        };
        let composite = match &honour.basis.source {
            Source::Composite(id) => self.set.settlement.composites.iter().find(|found| found.face.id == *id),
            Source::Sheet(_) | Source::Rules { .. } => None,
        };
        let ties = honour.ties.iter().map(|tie| match tie {
            Tie::FewestDeductions => self.choose("扣分少的在前".to_owned(), "fewer deductions first".to_owned()),
            Tie::Part(part) => {
                let title = composite.and_then(|composite| composite.parts.get(*part));
                let title = title.map_or("", |part| part.face.title_in(self.language));
                self.choose(format!("“{title}”高的在前"), format!("more “{title}” first"))
            }
        });
        let equal = match honour.equal {
            Equal::Share => self.choose("仍相同的并列都给".to_owned(), "equal ones all have it".to_owned()),
            Equal::Ask => self.choose("仍相同的由人决定".to_owned(), "people decide between equal ones".to_owned()),
        };
        let ties = self.commas(ties.chain([equal]).collect());
        let head = self.commas(vec![self.basis(&honour.basis), self.quota(honour.quota)]);
        self.semicolons(vec![head, self.league(&honour.league), gates, ties, self.scope(&honour.scope)])
    }

    fn proposal(&self, proposal: &Proposal) -> String {
        let trigger = match &proposal.trigger {
            Trigger::Below(limit) => self.choose(format!("低于 {limit} 分"), format!("below {limit}")),
            Trigger::Bottom { number, .. } => self.choose(format!("末 {number} 位"), format!("the last {number}")),
        };
        let league = match &proposal.trigger {
            Trigger::Below(_) => String::new(),
            Trigger::Bottom { league, .. } => self.league(league),
        };
        let streak = match proposal.periods {
            1 => String::new(),
            periods => {
                let (grain, grain_en) = period(proposal.basis.period);
                let (gap, gap_en) = match proposal.on_gap {
                    OnGap::Skip => ("没有得分的跳过", "periods without a score are passed over"),
                    OnGap::Break => ("没有得分的重新算", "a period without a score ends it"),
                };
                self.choose(
                    format!("连续 {periods} 个{grain}（{gap}）"),
                    format!("{periods} {grain_en}s on end ({gap_en})"),
                )
            }
        };
        let head = self.commas(vec![self.basis(&proposal.basis), trigger]);
        let who = self
            .choose("建议由人决定，只给管理人员看".to_owned(), "proposed to people, shown to managers only".to_owned());
        self.semicolons(vec![head, league, streak, who, self.scope(&proposal.scope)])
    }

    fn payout(&self, payout: &Payout) -> String {
        let unit = &payout.unit;
        let money = |amount: Points| format!("{amount} {unit}");
        let each = self.each(payout.subject, payout.period);
        let body = match &payout.way {
            Way::Pool { amount, basis } => {
                let (source, amount) = (self.source(&basis.source), money(*amount));
                self.choose(
                    format!("{amount}按{source}的分数精确分配"),
                    format!("{amount} divided exactly by the points of {source}"),
                )
            }
            Way::PerPoint { value, over, basis } => {
                let (source, value) = (self.source(&basis.source), money(*value));
                let over = match *over {
                    Points::ZERO => String::new(),
                    over => self.choose(format!("超过 {over} 分的部分"), format!(" above {over}")),
                };
                self.choose(format!("{source}{over}每分 {value}"), format!("{value} for each point of {source}{over}"))
            }
            Way::Grade { grade, amounts } => {
                let bands = self.set.settlement.grades.iter().find(|found| found.face.id == *grade);
                let bands = bands.map_or(&[][..], |grade| grade.bands.as_slice());
                let amounts = bands.iter().zip(amounts).rev().map(|(name, amount)| {
                    let (name, amount) = (name.word_in(self.language), money(*amount));
                    format!("{name} {amount}")
                });
                let (title, amounts) = (self.quoted(grade), self.commas(amounts.collect()));
                self.choose(format!("按{title}：{amounts}"), format!("by {title}: {amounts}"))
            }
            Way::Title { honour, amount } => {
                let (title, amount) = (self.quoted(honour), money(*amount));
                self.choose(format!("获{title}的 {amount}"), format!("{amount} for {title}"))
            }
            Way::Allowance { amount, cuts } => {
                let cuts = cuts.iter().map(|cut| self.cut(cut)).collect();
                let (amount, cuts) = (money(*amount), self.semicolons(cuts));
                self.choose(format!("{amount}；{cuts}；扣完为止"), format!("{amount}; {cuts}; never below nothing"))
            }
        };
        let step = money(Points(payout.step));
        let step = self.choose(format!("精确到 {step}"), format!("to {step}"));
        let export = self.choose("只出清单，不发放".to_owned(), "a list only, nothing is paid".to_owned());
        self.semicolons(vec![self.commas(vec![each, body]), step, self.scope(&payout.scope), export])
    }

    fn cut(&self, cut: &Cut) -> String {
        let share = |share: Share| percent(share.0);
        let steps = cut.steps.iter().map(|(least, part)| {
            let part = share(*part);
            self.choose(format!("{least} 次扣 {part}"), format!("{part} from {least} on"))
        });
        let beyond = cut.beyond.map(|part| {
            let part = share(part);
            match cut.steps.last() {
                None => self.choose(format!("每次扣 {part}"), format!("{part} for each")),
                Some((last, _)) => self
                    .choose(format!("超过 {last} 次的每次再扣 {part}"), format!("{part} more for each beyond {last}")),
            }
        });
        let (rules, parts) = (self.rules(&cut.counted.rules), self.commas(steps.chain(beyond).collect()));
        self.choose(format!("{rules}{parts}"), format!("{rules}: {parts}"))
    }
}
