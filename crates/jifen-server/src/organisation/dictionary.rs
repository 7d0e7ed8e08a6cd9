//! 字典: the codes the region knows, each with its names and where it is used.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use jifen_core::{
    both,
    engine::Region,
    event::{MemberId, TYPES, member},
    fact::{FactKind, FactType},
    language::Words,
    ledger::Subject,
    rule::{self, Rule},
    time::{Date, Instant},
};
use serde::{Deserialize, Serialize};

use super::words::{CHANNELS, KINDS_OF_LEAVE, WORDS};
use crate::{
    app::App,
    auth::{Caller, Permission, Reach},
    problem::Problem,
};

/// The codes the region knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Dictionaries {
    /// A dictionary per kind of code.
    pub(crate) items: Vec<Dictionary>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// The codes of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Dictionary {
    /// Its name in the API.
    pub(crate) id: String,
    /// What it is called in Chinese.
    pub(crate) zh: String,
    /// What it is called in English.
    pub(crate) en: String,
    /// Whether the program brings the codes along; else they are the region's own.
    pub(crate) built_in: bool,
    /// The codes.
    pub(crate) items: Vec<DictionaryCode>,
}

/// A code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct DictionaryCode {
    /// The code.
    pub(crate) code: String,
    /// What it means, in Chinese; the code where nobody said.
    pub(crate) zh: String,
    /// What it means, in English; the Chinese where nobody said.
    pub(crate) en: String,
    /// Where it is used.
    pub(crate) used: Vec<DictionaryUse>,
}

/// What uses a code, and how many of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct DictionaryUse {
    /// What, in Chinese.
    pub(crate) zh: String,
    /// What, in English.
    pub(crate) en: String,
    /// How many.
    pub(crate) count: u64,
}

/// The codes the region knows: places, matters, zones, channels, categories, events and what they are made of.
#[utoipa::path(
    get, path = "/api/v1/dictionaries", tag = "organisation",
    responses((status = 200, body = Dictionaries))
)]
pub(crate) async fn list_dictionaries(State(app): State<App>, caller: Caller) -> Result<Json<Dictionaries>, Problem> {
    let now = app.now();
    let read = app.read_within(&caller.0, Permission::OrganisationRead, move |_, _, region, reach| {
        Ok(dictionaries(region, reach, now))
    });
    read.await.map(Json)
}

/// Codes with their names and the uses counted so far.
#[derive(Default)]
struct Counted(BTreeMap<String, (Option<Words>, Uses)>);

/// How many of what use a code.
type Uses = BTreeMap<&'static str, (Words, u64)>;

impl Counted {
    fn name(&mut self, code: &str, words: Words) {
        self.0.entry(code.to_owned()).or_default().0 = Some(words);
    }

    /// Counts a use, of a code that may have no name yet.
    fn used(&mut self, code: &str, (key, words): (&'static str, &Words)) {
        let uses = &mut self.0.entry(code.to_owned()).or_default().1;
        uses.entry(key).or_insert_with(|| (words.clone(), 0)).1 += 1;
    }

    fn into_dictionary(self, id: &str, words: &Words, built_in: bool) -> Dictionary {
        let items = self.0.into_iter().map(|(code, (name, uses))| {
            let name = name.unwrap_or_else(|| Words::new(code.clone(), code.clone()));
            let used = uses.into_values().map(|(words, count)| DictionaryUse { zh: words.zh, en: words.en, count });
            DictionaryCode { zh: name.zh, en: name.en, used: used.collect(), code }
        });
        let items = items.collect();
        Dictionary { id: id.to_owned(), zh: words.zh.clone(), en: words.en.clone(), built_in, items }
    }
}

fn dictionaries(region: &Region, reach: &Reach, now: Instant) -> Dictionaries {
    let today = region.organisation().zone().date(now);
    let rules: Vec<&Rule> = region.versions().in_force(today).flat_map(|version| &version.set.rules).collect();
    let mut items = own(region, reach, &rules);
    items.extend(built_in(&rules));
    items.push(leaves(region, today));
    Dictionaries { items, next: None }
}

/// Kinds of leave, and the score sheets that count them; never how many people are on it.
fn leaves(region: &Region, today: Date) -> Dictionary {
    let mut kinds = Counted::default();
    for (code, zh, en) in KINDS_OF_LEAVE {
        kinds.name(code, Words::new(*zh, *en));
    }
    let of_sheets = both!("现行评分表", "score sheets in force");
    let sheets = region.versions().in_force(today).flat_map(|version| &version.set.sheets);
    for code in sheets.filter_map(|sheet| sheet.presence.as_ref()).flat_map(|presence| &presence.leave) {
        kinds.used(code, ("sheets", &of_sheets));
    }
    kinds.into_dictionary("leave", &both!("请假类别", "kinds of leave"), true)
}

/// Codes of the region's own, as far as `reach` sees the places they are of.
fn own(region: &Region, reach: &Reach, rules: &[&Rule]) -> Vec<Dictionary> {
    let held = region.organisation();
    let sees = |subject: Subject| reach.has_subject(region, &subject);
    let sees_hall = |code: &String| sees(Subject::Hall(code.clone()));
    let sees_department = |code: &String| sees(Subject::Department(code.clone()));
    let windows = ("windows", &both!("窗口", "windows"));
    let (of_matters, of_rules) =
        (("matters", &both!("事项", "matters")), ("rules", &both!("现行规则", "rules in force")));
    let (of_departments, of_holders) =
        (("departments", &both!("部门", "departments")), ("holders", &both!("任职", "holders")));
    let [mut halls, mut departments, mut zones, mut matters, mut calendars, mut posts] = <[Counted; 6]>::default();
    let plain = |name: Option<&str>, code: &str| Words::new(name.unwrap_or(code), name.unwrap_or(code));
    for (code, name) in held.halls().filter(|(code, _)| sees(Subject::Hall((*code).to_owned()))) {
        halls.name(code, plain(name, code));
    }
    for (code, department) in held.departments().filter(|(code, _)| sees(Subject::Department((*code).to_owned()))) {
        departments.name(code, plain(department.name.as_deref(), code));
        department.hall.iter().filter(|hall| sees_hall(hall)).for_each(|hall| halls.used(hall, of_departments));
    }
    for (_, window) in held.windows().filter(|(code, _)| sees(Subject::Window((*code).to_owned()))) {
        let of_hall = window.hall.iter().filter(|hall| sees_hall(hall));
        of_hall.for_each(|hall| halls.used(hall, windows));
        let of_department = window.department.iter().filter(|code| sees_department(code));
        of_department.for_each(|department| departments.used(department, windows));
        window.zone.iter().for_each(|zone| zones.used(zone, windows));
    }
    for code in held.calendars() {
        let always = both!("全年全天", "every hour of every day");
        calendars.name(code, if code == "always" { always } else { plain(None, code) });
    }
    let is_seen = |department: Option<&String>| department.map_or(reach.is_whole(), sees_department);
    let seen_matters = || held.matters().filter(|(_, matter)| is_seen(matter.department.as_ref()));
    for (code, matter) in seen_matters() {
        matters.name(code, plain(matter.name.as_deref(), code));
        matter.department.iter().for_each(|department| departments.used(department, of_matters));
        matter.calendar.iter().for_each(|calendar| calendars.used(calendar, of_matters));
    }
    for ((post, kind, place), _) in held.posts() {
        if Subject::from_key(*kind, place.as_bytes()).is_some_and(sees) {
            posts.used(post, of_holders);
        }
    }
    let [mut exemptions, mut attendance, mut findings, mut complaints] = <[Counted; 4]>::default();
    for rule in rules {
        rule.exempt.iter().for_each(|code| exemptions.used(code, of_rules));
        let in_sight = |code: &&String| seen_matters().any(|(other, _)| other == code.as_str());
        rule.scope.matters.iter().filter(in_sight).for_each(|code| matters.used(code, of_rules));
        rule.scope.halls.iter().filter(|code| sees_hall(code)).for_each(|code| halls.used(code, of_rules));
        let seen = rule.scope.departments.iter().filter(|code| sees_department(code));
        seen.for_each(|code| departments.used(code, of_rules));
        let categories = match rule.on.kind() {
            FactKind::Attendance => &mut attendance,
            FactKind::Finding => &mut findings,
            FactKind::Complaint => &mut complaints,
            _ => continue,
        };
        rule.codes_of("category").into_iter().for_each(|code| categories.used(code, of_rules));
    }
    [
        ("halls", both!("大厅", "halls"), halls),
        ("departments", both!("部门", "departments"), departments),
        ("zones", both!("区域", "zones"), zones),
        ("matters", both!("事项", "matters"), matters),
        ("posts", both!("职务", "posts"), posts),
        ("calendars", both!("工作日历", "work calendars"), calendars),
        ("attendance", both!("考勤类别", "categories of attendance"), attendance),
        ("findings", both!("检查、通报、奖惩类别", "categories of findings"), findings),
        ("complaints", both!("投诉类别", "categories of complaints"), complaints),
        ("exemptions", both!("免责类别", "categories of exemptions"), exemptions),
    ]
    .into_iter()
    .map(|(id, words, counted)| counted.into_dictionary(id, &words, false))
    .collect()
}

/// Codes that the program brings along.
fn built_in(rules: &[&Rule]) -> Vec<Dictionary> {
    let of_types = both!("事件类型", "event types");
    let of_rules = both!("现行规则", "rules in force");
    let types_with =
        |id: MemberId| TYPES.iter().filter(move |spec| spec.required.contains(&id) || spec.optional.contains(&id));
    let known = rule::tables();
    let words_of = |key: &str| {
        let keys = known.iter().find(|table| table.place == "rule").into_iter().flat_map(|table| &table.keys);
        let words = keys.filter(|known| known.name == key).flat_map(|known| &known.words);
        words.map(|word| (word.name, word.means.clone())).collect::<Vec<_>>()
    };
    let of_rule = |key: &str, is: &dyn Fn(&Rule) -> &'static str| {
        let mut counted = Counted::default();
        words_of(key).into_iter().for_each(|(code, words)| counted.name(code, words));
        rules.iter().for_each(|rule| counted.used(is(rule), ("rules", &of_rules)));
        counted
    };
    let mut dictionaries =
        vec![
            of_rule("on", &|rule| rule.on.declared().map_or(rule.on.kind().name(), |_| FactType::PREFIX))
                .into_dictionary("facts", &both!("事实种类", "kinds of facts"), true),
            of_rule("dimension", &|rule| rule.dimension.name()).into_dictionary(
                "dimensions",
                &both!("维度", "dimensions"),
                true,
            ),
        ];
    let mut types = Counted::default();
    for spec in TYPES {
        types.name(spec.name, Words::new(spec.zh, spec.en));
    }
    dictionaries.push(types.into_dictionary("events", &of_types, true));
    let mut channels = Counted::default();
    for (code, zh, en) in CHANNELS {
        channels.name(code, Words::new(*zh, *en));
        types_with(member::CHANNEL).for_each(|_| channels.used(code, ("types", &of_types)));
    }
    dictionaries.push(channels.into_dictionary("channels", &both!("渠道", "channels"), true));
    for spec in (1..).map_while(MemberId::parse_number).map(MemberId::spec) {
        let Some((_, words)) = WORDS.iter().find(|(name, _)| *name == spec.name) else { continue };
        let mut counted = Counted::default();
        for (code, zh, en) in *words {
            counted.name(code, Words::new(*zh, *en));
            types_with(spec.id).for_each(|_| counted.used(code, ("types", &of_types)));
        }
        // What stands behind the colon lists the words.
        let title = |text: &str, colon: char| text.split(colon).next().unwrap_or(text).to_owned();
        let words = Words::new(title(spec.zh, '：'), title(spec.en, ':'));
        dictionaries.push(counted.into_dictionary(spec.name, &words, true));
    }
    dictionaries
}
