//! A case through the engine: set up, events in their order of arrival, then every period ends that the rules settle in.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    both,
    engine::{Region, anomaly_row},
    event::{Admitted, Event, EventType, Members, Value, admit, member},
    id::{ActorId, EventKey, RegionSecret},
    journal::{Record, SEMANTICS},
    ledger::{Entry, Subject},
    rollup::{Rollups, rows_of},
    rule::{Plan, RuleSet, SubjectKind},
    scoring::unknown_days,
    state::StateKind,
    time::{Grain, Instant, Period},
};
use serde_json::{Map, Value as Json, json};

use super::{
    Arrival,
    file::{Case, Event as Written, Fault, SOURCE},
};
use crate::rerun::{PAGE, Rerun};

/// When everything is received: after any event of a case.
const RECEIVED: Instant = Instant(7_258_118_400_000);

/// What a case came to.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) entries: Vec<Entry>,
    /// Rules that cannot tell, and why; the events that make no fact, and why.
    pub(super) unclear: BTreeSet<(Option<String>, String)>,
    /// What people are called in the case.
    pub(super) codes: BTreeMap<ActorId, String>,
    /// The region in the end.
    pub(super) region: Region,
    /// Sums per subject, rule and period.
    pub(super) rollups: Rollups,
}

impl Settled {
    /// Whether an entry's subject is this one.
    pub(super) fn is(&self, subject: &Subject, kind: SubjectKind, code: &str) -> bool {
        subject.kind() == kind
            && match subject {
                Subject::Person(actor) => self.codes.get(actor).is_some_and(|known| known == code),
                Subject::Window(own) | Subject::Department(own) | Subject::Hall(own) => own == code,
            }
    }
}

struct Run {
    rerun: Rerun,
    position: u64,
    settled: Settled,
    secret: RegionSecret,
    set_up: BTreeSet<(EventType, EventKey)>,
}

/// Runs one case.
pub(super) fn settle(set: &RuleSet, rules: &str, case: &Case, arrival: Arrival) -> Result<Settled, Fault> {
    let mut run = Run {
        rerun: Rerun::default(),
        position: 0,
        settled: Settled::default(),
        secret: RegionSecret::new([0; 32]),
        set_up: BTreeSet::new(),
    };
    let start = case.zone.day_start(case.period.first);
    let own = |id: &str, kind: &str, time: Instant, data: Json| envelope(&format!("own-{id}"), kind, time, &data);
    run.take(case.offset, &own("region", "organisation.region", start, json!({"time_zone": case.zone.name()})))?;
    for event in &case.setup {
        run.take(event.offset, &event.envelope)?;
    }
    // Whoever is expected to have points, or does something, exists, whether or not the case sets them up.
    let expected = case.expected.iter().map(|one| (one.kind, one.code.as_str(), one.offset));
    for (index, (of, code, offset)) in expected.chain(acting(case)).enumerate() {
        let kind = match of {
            SubjectKind::Person => EventType::OrganisationPerson,
            SubjectKind::Window => EventType::OrganisationWindow,
            SubjectKind::Department => EventType::OrganisationDepartment,
            SubjectKind::Hall => EventType::OrganisationHall,
        };
        if !run.set_up.contains(&(kind, EventKey::of("", code))) {
            let data = json!({of.name(): code});
            let name = kind.spec().name.trim_start_matches("jifen.");
            run.take(offset, &own(&format!("subject-{index}"), name, start, data))?;
        }
    }
    let mut publication = json!({"rules": rules});
    if set.effective_from.is_none() {
        // Two years cover the longest period that holds any of the case's days.
        publication["effective_from"] =
            json!(Period::holding(Grain::Year, case.period.first).first.plus(-366).to_string());
    }
    run.take(case.offset, &own("rules", "ruleset.published", start, publication))?;
    let mut events: Vec<_> = case.events.iter().collect();
    if arrival == Arrival::Backwards {
        events.reverse();
    }
    for event in events {
        run.take(event.offset, &event.envelope)?;
    }
    for period in ends(set, case.period) {
        let time = case.zone.day_start(period.next().first);
        run.take(case.offset, &own(&period.to_string(), "period.ended", time, json!({"period": period.to_string()})))?;
    }
    run.finish()
}

/// The people whom the events of a case are about, but for those of whom the case itself says who they are.
fn acting(case: &Case) -> impl Iterator<Item = (SubjectKind, &str, usize)> {
    let says_who = |event: &Written| {
        let kind = event.envelope.get("type").and_then(Json::as_str).and_then(EventType::parse);
        matches!(kind, Some(EventType::OrganisationPerson | EventType::ActorIdentified))
    };
    let all = || case.setup.iter().chain(&case.events);
    let said: BTreeSet<&str> = all()
        .filter(|event| says_who(event))
        .flat_map(|event| event.envelope.get("data").and_then(Json::as_object).into_iter().flat_map(Map::values))
        .filter_map(Json::as_str)
        .collect();
    let named = case.events.iter().filter_map(|event| {
        let person = event.envelope.get("data")?.get("person")?.as_str()?;
        Some((SubjectKind::Person, person, event.offset))
    });
    named.filter(move |(_, code, _)| !said.contains(code))
}

/// Every period that the rules settle in and that shares a day with the case's, the first to end first.
fn ends(set: &RuleSet, whole: Period) -> Vec<Period> {
    let of_rules = set.rules.iter().flat_map(|rule| {
        let plan = match &rule.plan {
            Plan::PerFact => None,
            Plan::PerPeriod { grain, .. } => Some(*grain),
        };
        plan.into_iter().chain(rule.cap.map(|cap| cap.per))
    });
    let of_sheets = set.sheets.iter().map(|sheet| sheet.period);
    let grains: BTreeSet<Grain> = of_rules.chain(of_sheets).chain(set.settlement.grains()).collect();
    let mut periods = BTreeSet::new();
    for grain in grains {
        let mut period = Period::holding(grain, whole.first);
        while period.first <= whole.last() {
            periods.insert((period.last(), grain, period));
            period = period.next();
        }
    }
    periods.into_iter().map(|(_, _, period)| period).collect()
}

fn envelope(id: &str, kind: &str, time: Instant, data: &Json) -> Map<String, Json> {
    let envelope = json!({"specversion": "1.0", "source": SOURCE, "id": id, "type": format!("jifen.{kind}"),
        "time": time.to_rfc3339(), "data": data});
    envelope.as_object().cloned().unwrap_or_default()
}

impl Run {
    fn take(&mut self, offset: usize, envelope: &Map<String, Json>) -> Result<(), Fault> {
        let fault = |message: String| Fault::new(offset, message);
        let admitted = admit(envelope, &self.secret, RECEIVED, &mut || [0; 16]);
        let Admitted { event, codes, .. } = admitted.map_err(|refusal| {
            let at = both!("（`{0}`）", " (at `{0}`)", refusal.pointer);
            Fault::new(offset, refusal.reason.and(&at))
        })?;
        let record = self.record(event);
        if let Some(refused) = self.rerun.region().refuses(&record) {
            return Err(Fault::new(offset, refused.reason));
        }
        for (actor, _, code) in codes {
            self.settled.codes.insert(actor.sourced, code.clone());
            self.settled.codes.insert(actor.plain, code);
        }
        self.note(&record.event, envelope);
        self.apply(&record).map_err(fault)?;
        while let Some(intent) = self.rerun.region().pending() {
            let mut data = Members::default();
            data.set(member::INTENT, Value::Integer(i64::try_from(intent).unwrap_or(i64::MAX)));
            let (kind, id) = (EventType::RecalculationStep, format!("{intent}/{}", self.position));
            let source = SOURCE.to_owned();
            let step = Event { source, id, kind, time: RECEIVED, sequence: None, data };
            let step = self.record(step);
            self.apply(&step).map_err(fault)?;
        }
        Ok(())
    }

    /// Notes which subjects are set up.
    fn note(&mut self, event: &Event, envelope: &Map<String, Json>) {
        let member = match event.kind {
            EventType::OrganisationPerson => "person",
            EventType::OrganisationWindow => "window",
            EventType::OrganisationDepartment => "department",
            EventType::OrganisationHall => "hall",
            _ => return,
        };
        let code = envelope.get("data").and_then(|data| data.get(member)).and_then(Json::as_str);
        self.set_up.extend(code.map(|code| (event.kind, EventKey::of("", code))));
    }

    fn record(&mut self, event: Event) -> Record {
        self.position += 1;
        let (position, by) = (self.position, "worked-case".to_owned());
        Record { position, received: RECEIVED, semantics: SEMANTICS, by, event }
    }

    fn apply(&mut self, record: &Record) -> Result<(), String> {
        let applied = self.rerun.apply(record).map_err(|error| error.to_string())?;
        for (key, change) in rows_of(applied.rollups) {
            *self.settled.rollups.entry(key).or_default() += change;
        }
        self.settled.entries.extend(applied.entries.into_iter().map(|posted| posted.entry));
        if self.position.is_multiple_of(PAGE as u64) {
            self.rerun.settle();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Settled, Fault> {
        self.rerun.settle();
        let anomalies = self.rerun.rows(StateKind::Anomaly).filter_map(|(key, value)| anomaly_row(key, value));
        self.settled.region = self.rerun.region().clone();
        self.settled.unclear.extend(anomalies.map(|anomaly| (anomaly.rule, anomaly.reason)));
        self.settled.unclear.extend(waiting(&self.settled.region).map(|(sheet, reason)| (Some(sheet), reason)));
        Ok(self.settled)
    }
}

/// Sheets of ended periods that nobody has, because it cannot be said which days were due.
fn waiting(region: &Region) -> impl Iterator<Item = (String, String)> {
    let sheets = region.ended().flat_map(|period| {
        region.versions().sheets_of(period).map(move |(_, sheet)| (period, sheet)).collect::<Vec<_>>()
    });
    sheets.filter_map(|(period, sheet)| {
        let reason = unknown_days(sheet.presence.as_ref()?, region.organisation(), period)?;
        Some((sheet.id.clone(), reason))
    })
}
