//! The lists behind the figures. Each counts what the picture counts, of the same scene, and gives its total with every page.

use jifen_core::{
    hall::{
        ServiceState,
        judge::{self, CaseJudged, WindowJudged},
    },
    id::ActorRef,
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{
    scene::Scene,
    view::{CaseLine, ListOf, RatingLine, ServiceLine, WindowLine},
};
use crate::{
    board::{CodeName, ReadError, names::Names, resident},
    query::cursor_text,
};

/// Where a list stands: what it is sorted by, and the row's own key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Place(i64, String);

/// Which rows of a list to give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) after: Option<Place>,
    pub(crate) limit: usize,
}

/// Which numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServicesQuery {
    pub(crate) states: Vec<ServiceState>,
    /// Waiting longer than promised only.
    pub(crate) over: bool,
    pub(crate) zone: Option<String>,
    pub(crate) window: Option<String>,
    pub(crate) cut: Cut,
}

/// Which windows.
#[derive(Clone, Debug, Default)]
pub(crate) struct WindowsQuery {
    pub(crate) states: Vec<WindowJudged>,
    pub(crate) zone: Option<String>,
    pub(crate) cut: Cut,
}

/// Which cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct CasesQuery {
    pub(crate) states: Vec<CaseJudged>,
    pub(crate) department: Option<String>,
    pub(crate) cut: Cut,
}

/// Which ratings.
#[derive(Clone, Debug, Default)]
pub(crate) struct RatingsQuery {
    pub(crate) active: Option<bool>,
    pub(crate) satisfied: Option<bool>,
    pub(crate) window: Option<String>,
    pub(crate) cut: Cut,
}

/// Numbers: who waits, the longest wait first, then what happened last.
///
/// # Errors
/// Store faults.
pub(crate) fn services(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    query: &ServicesQuery,
) -> Result<ListOf<ServiceLine>, ReadError> {
    let mut rows = Vec::new();
    for number in scene.numbers() {
        let service = number.service;
        let over = judge::waits_over(service, scene.thresholds, scene.now);
        let wanted = (query.states.is_empty() || query.states.contains(&service.state))
            && (!query.over || over)
            && query.window.as_ref().is_none_or(|window| number.spot.window.as_ref() == Some(window))
            && in_zone(scene.zone_of(&number.spot), &query.zone);
        if !wanted {
            continue;
        }
        let waiting = service.waiting_ms(scene.now);
        // Waiting ones lie in the past, whatever the others' times.
        let sort = match waiting {
            Some(waited) => i64::MIN / 2 - waited,
            None => -service.since().0,
        };
        rows.push((Place(sort, number.key.to_owned()), (number, over)));
    }
    let (total, next, rows) = cut(rows, &query.cut);
    let names = names(database, row, scene, rows.iter().filter_map(|(number, _)| number.service.person))?;
    let lines = rows.into_iter().map(|(number, over)| {
        let service = number.service;
        ServiceLine {
            service: number.key.to_owned(),
            state: service.state.name().to_owned(),
            since: service.since().to_rfc3339(),
            zone: scene.zone_of(&number.spot),
            department: scene.department_of(&number.spot),
            window: scene.window_of(&number.spot),
            matter: scene.matter_of(&number.spot),
            person: person(scene, &names, service.person),
            case: service.case.clone(),
            queued_at: service.queued.map(|time| time.to_rfc3339()),
            called_at: service.called.map(|time| time.to_rfc3339()),
            wait_ms: service.waiting_ms(scene.now).or_else(|| service.waited_ms()),
            over,
        }
    });
    Ok(list(scene, total, next, lines.collect()))
}

/// Windows, the most pressing state first, then by code.
///
/// # Errors
/// Store faults.
pub(crate) fn windows(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    query: &WindowsQuery,
) -> Result<ListOf<WindowLine>, ReadError> {
    let numbers = scene.numbers();
    let mut rows = Vec::new();
    for counter in scene.counters(&numbers) {
        let wanted = (query.states.is_empty() || query.states.contains(&counter.judged))
            && in_zone(scene.zone_of(&counter.spot), &query.zone);
        if wanted {
            let place = Place(counter.judged as i64, counter.code.to_owned());
            rows.push((place, counter));
        }
    }
    let (total, next, rows) = cut(rows, &query.cut);
    let names = names(database, row, scene, rows.iter().filter_map(|counter| counter.window?.person))?;
    let lines = rows.into_iter().map(|counter| {
        let named = scene.window_named(counter.code);
        let active = counter.window.map(|window| window.active);
        WindowLine {
            code: named.code,
            name: named.name,
            state: counter.judged.name().to_owned(),
            since: counter.window.map(|window| window.since().to_rfc3339()),
            active_at: active.map(|time| time.to_rfc3339()),
            silent_ms: active.map(|time| (scene.now.0 - time.0).max(0)),
            reason: counter.window.and_then(|window| window.reason.clone()),
            zone: scene.zone_of(&counter.spot),
            department: scene.department_of(&counter.spot),
            person: person(scene, &names, counter.window.and_then(|window| window.person)),
            service: counter.service.map(str::to_owned),
            waiting: counter.line.waiting,
            ended: counter.ended,
        }
    });
    Ok(list(scene, total, next, lines.collect()))
}

/// Open cases, the first due first; those without a due time last.
///
/// # Errors
/// Store faults.
pub(crate) fn cases(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    query: &CasesQuery,
) -> Result<ListOf<CaseLine>, ReadError> {
    let mut rows = Vec::new();
    for file in scene.files() {
        let wanted = (query.states.is_empty() || query.states.contains(&file.judged))
            && query.department.as_ref().is_none_or(|code| file.spot.department.as_ref() == Some(code));
        if wanted {
            let place = Place(file.due.map_or(i64::MAX, |due| due.0), file.code.to_owned());
            rows.push((place, file));
        }
    }
    let (total, next, rows) = cut(rows, &query.cut);
    let names = names(database, row, scene, rows.iter().filter_map(|file| file.case.person))?;
    let lines = rows.into_iter().map(|file| CaseLine {
        case: file.code.to_owned(),
        state: file.judged.name().to_owned(),
        accepted_at: file.case.from.to_rfc3339(),
        due_at: file.due.map(|due| due.to_rfc3339()),
        left_ms: file.due.map(|due| due.0 - scene.now.0),
        matter: scene.matter_of(&file.spot),
        department: scene.department_of(&file.spot),
        window: scene.window_of(&file.spot),
        person: person(scene, &names, file.case.person),
    });
    Ok(list(scene, total, next, lines.collect()))
}

/// Ratings of the day, the newest first.
pub(crate) fn ratings(scene: &Scene<'_>, query: &RatingsQuery) -> ListOf<RatingLine> {
    let mut rows = Vec::new();
    for (key, rated) in scene.day.ratings.keys().zip(scene.rated_or_not()) {
        let Some(rated) = rated else { continue };
        let wanted = query.active.is_none_or(|active| rated.rating.active == active)
            && query.satisfied.is_none_or(|satisfied| scene.is_satisfied(rated.rating) == satisfied)
            && query.window.as_ref().is_none_or(|window| rated.spot.window.as_ref() == Some(window));
        if wanted {
            rows.push((Place(-rated.rating.time.0, key.to_string()), rated));
        }
    }
    let (total, next, rows) = cut(rows, &query.cut);
    let lines = rows.into_iter().map(|rated| RatingLine {
        time: rated.rating.time.to_rfc3339(),
        level: rated.rating.level,
        active: rated.rating.active,
        satisfied: scene.is_satisfied(rated.rating),
        zone: scene.zone_of(&rated.spot),
        window: scene.window_of(&rated.spot),
        service: rated.rating.service.clone(),
        case: rated.rating.case.clone(),
    });
    list(scene, total, next, lines.collect())
}

fn in_zone(zone: Option<CodeName>, wanted: &Option<String>) -> bool {
    wanted.as_ref().is_none_or(|code| zone.is_some_and(|zone| zone.code == *code))
}

/// Sorts, counts and cuts a page out.
fn cut<T>(mut rows: Vec<(Place, T)>, cut: &Cut) -> (u64, Option<String>, Vec<T>) {
    let total = rows.len() as u64;
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    if let Some(after) = &cut.after {
        rows.drain(..rows.partition_point(|(place, _)| place <= after));
    }
    let more = rows.len() > cut.limit;
    rows.truncate(cut.limit);
    let next = rows.last().filter(|_| more).map(|(place, _)| cursor_text(place));
    (total, next, rows.into_iter().map(|(_, row)| row).collect())
}

fn list<T>(scene: &Scene<'_>, total: u64, next: Option<String>, items: Vec<T>) -> ListOf<T> {
    ListOf {
        now: scene.now.to_rfc3339(),
        basis: scene.basis_word().to_owned(),
        as_of_position: scene.day.position,
        total,
        items,
        next,
    }
}

fn names<'a>(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'a>,
    people: impl Iterator<Item = ActorRef>,
) -> Result<Names<'a>, ReadError> {
    let people = people.map(|actor| resident::canonical_actor(scene.region, actor));
    Names::load(database, row, scene.region, people)
}

fn person(scene: &Scene<'_>, names: &Names<'_>, person: Option<ActorRef>) -> Option<CodeName> {
    let actor = resident::canonical_actor(scene.region, person?);
    let code = names.actor_code(actor)?;
    let name = names.actor_name(actor).unwrap_or_else(|| code.clone());
    Some(CodeName { code, name })
}
