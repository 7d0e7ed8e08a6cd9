//! Random nasty days: few keys, many collisions, equal times, missing actors, late ends, and a whole organisation that moves.

use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};

use crate::memory::Memory;

pub(super) type Envelope = Map<String, Value>;

/// One line of a day, in small numbers that shrink well.
#[derive(Clone, Debug)]
pub(super) struct Line {
    kind: u8,
    key: u8,
    slot: u8,
    who: u8,
    extra: u8,
}

/// The events of some days.
#[derive(Clone)]
pub(super) struct Day(Vec<Envelope>);

impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for event in &self.0 {
            let mut shown = event.clone();
            shown.remove("specversion");
            if let Some(data) = shown.get_mut("data").and_then(Value::as_object_mut) {
                data.get_mut("rules").into_iter().for_each(|rules| *rules = json!(rules.as_str().map(str::len)));
            }
            writeln!(f, "{}", Value::Object(shown))?;
        }
        Ok(())
    }
}

/// When batches end and recalculations go on, as bits over the index of the event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    restarts: u64,
    writes: u64,
    recalculates: u64,
    steps: u64,
}

impl Arbitrary for Schedule {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let whole = any::<(u64, u64, u64, u64)>();
        whole.prop_map(|(restarts, writes, recalculates, steps)| Self { restarts, writes, recalculates, steps }).boxed()
    }
}

impl Schedule {
    /// Everything in one batch, recalculations at once.
    pub(super) fn calm() -> Self {
        Self { restarts: 0, writes: 0, recalculates: u64::MAX, steps: 0 }
    }

    pub(super) fn without_batches(self) -> Self {
        Self { restarts: 0, writes: 0, ..self }
    }

    fn bit(bits: u64, index: usize) -> bool {
        bits >> (index % 64) & 1 == 1
    }

    pub(super) fn recalculates_at(self, index: usize) -> bool {
        Self::bit(self.recalculates, index)
    }

    pub(super) fn steps_at(self, index: usize) -> bool {
        Self::bit(self.steps, index)
    }

    pub(super) fn restarts_at(self, index: usize) -> bool {
        Self::bit(self.restarts, index)
    }

    pub(super) fn batch_ends_at(self, index: usize, memory: &mut Memory) {
        if self.restarts_at(index) {
            memory.commit();
        } else if Self::bit(self.writes, index) {
            memory.write();
        }
    }

    /// Recalculations go on at every event and every other batch is a restart.
    pub(super) fn lazy(writes: u64) -> Self {
        Self { restarts: writes << 1, writes, recalculates: 0, steps: u64::MAX }
    }
}

pub(super) fn day() -> impl Strategy<Value = Day> {
    let line = (0..118_u8, 0..3_u8, 0..48_u8, 0..6_u8, 0..24_u8);
    let line = line.prop_map(|(kind, key, slot, who, extra)| Line { kind, key, slot, who, extra });
    vec(line, 1..70).prop_map(|lines| Day::of(&lines))
}

impl Day {
    fn of(lines: &[Line]) -> Self {
        let mut events = setup();
        events.extend(lines.iter().enumerate().map(|(index, line)| line.event(index)));
        Self(events)
    }

    /// Without what anybody is exempt from.
    pub(super) fn without_exemptions(&self) -> Self {
        let granted = |event: &&Envelope| event["type"] != "jifen.exemption.granted";
        Self(self.0.iter().filter(granted).cloned().collect())
    }

    /// With other rules: each text that is published, changed.
    pub(super) fn with_rules(&self, change: impl Fn(&str) -> String) -> Self {
        let mut events = self.0.clone();
        for event in events.iter_mut().filter(|event| event["type"] == "jifen.ruleset.published") {
            let changed = event["data"]["rules"].as_str().map(&change);
            event["data"]["rules"] = json!(changed);
        }
        Self(events)
    }

    /// As a calm source gives them: what is set up first, then by time.
    pub(super) fn events(&self) -> Vec<Envelope> {
        let mut events = self.0.clone();
        events.sort_by_key(|event| event["time"].as_str().map(str::to_owned));
        events
    }

    /// In another order, a third of them twice.
    pub(super) fn shuffled(&self, seed: u64) -> Vec<Envelope> {
        let mut random = Random(seed);
        let mut events = self.0.clone();
        let again: Vec<_> = self.0.iter().filter(|_| random.below(3) == 0).cloned().collect();
        events.extend(again);
        for index in (1..events.len()).rev() {
            events.swap(index, random.below(index as u64 + 1) as usize);
        }
        // Half the time the organisation comes first, as it does in life: other paths are taken then.
        if random.below(2) == 0 {
            events.sort_by_key(|event| event["source"] != "setup");
        }
        events
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn envelope(source: &str, id: &str, kind: &str, time: &str, data: Value) -> Envelope {
    let envelope = json!({"specversion": "1.0", "source": source, "id": id, "type": format!("jifen.{kind}"), "time": time,
        "data": data});
    envelope.as_object().cloned().expect("an object")
}

fn setup() -> Vec<Envelope> {
    let setup = [
        ("organisation.region", json!({"time_zone": "Asia/Shanghai", "suspicion_min_ms": 30_000})),
        ("organisation.hall", json!({"hall": "H1"})),
        ("organisation.department", json!({"department": "D1", "hall": "H1"})),
        ("organisation.window", json!({"window": "W1", "hall": "H1", "department": "D1"})),
        ("organisation.person", json!({"person": "P1", "department": "D1", "window": "W1"})),
        ("organisation.person", json!({"person": "P2", "department": "D2"})),
        ("organisation.matter", json!({"matter": "M1", "promised_ms": 4 * 3_600_000, "calendar": "office"})),
        ("organisation.calendar", json!({"calendar": "office", "year": 2026, "hours": ["09:00-12:00", "13:00-17:00"]})),
        ("ruleset.published", json!({"rules": FIRST, "effective_from": "2026-01-01"})),
    ];
    let numbered = setup.into_iter().enumerate();
    numbered
        .map(|(index, (kind, data))| {
            envelope("setup", &index.to_string(), kind, &format!("2026-01-01T00:00:0{}+08:00", index % 3), data)
        })
        .collect()
}

/// Times of the day; some twice, some at the edges of the day.
const CLOCK: [&str; 16] = [
    "00:00:00",
    "07:30:00",
    "09:00:00",
    "09:00:00",
    "09:00:20",
    "09:05:00",
    "09:20:00",
    "09:20:00.001",
    "09:30:00",
    "09:35:00",
    "10:00:00",
    "11:00:00",
    "14:00:00",
    "17:00:00",
    "23:50:00",
    "23:59:59.999",
];
/// The last two days of a month that ends a week on the first of them, and the first day of the next month.
const DAYS: [&str; 3] = ["2026-11-29", "2026-11-30", "2026-12-01"];
const PERIODS: [&str; 8] =
    ["2026-11-29", "2026-11-30", "2026-12-01", "2026-W48", "2026-11", "2026-12", "2026-Q4", "2026"];

impl Line {
    fn event(&self, index: usize) -> Envelope {
        let (kind, data) = self.body();
        let time = format!("{}T{}+08:00", DAYS[usize::from(self.slot / 16)], CLOCK[usize::from(self.slot % 16)]);
        let source = of(&["queue", "desk"], self.extra);
        let mut event = envelope(source, &format!("e{index}"), kind, &time, data);
        match self.extra % 5 {
            0 => drop(event.insert("sequence".to_owned(), json!("2"))),
            1 => drop(event.insert("sequence".to_owned(), json!("10"))),
            _ => {}
        }
        event
    }

    /// Adds who and where, each of which may be missing.
    fn with(&self, mut data: Value) -> Value {
        if let Some(person) = self.person() {
            data["person"] = json!(person);
        }
        match self.extra % 4 {
            0 => data["window"] = json!("W1"),
            1 => data["window"] = json!("W2"),
            _ => {}
        }
        data
    }

    fn person(&self) -> Option<&'static str> {
        [None, Some("P1"), Some("P2"), Some("X1"), Some("X2"), None][usize::from(self.who)]
    }

    fn someone(&self) -> &'static str {
        self.person().unwrap_or("P1")
    }

    fn window(&self) -> &'static str {
        of(&["W1", "W2", "W1"], self.key)
    }

    fn at(&self, more: u8) -> String {
        let slot = (self.slot + more) % 48;
        format!("{}T{}+08:00", DAYS[usize::from(slot / 16)], CLOCK[usize::from(slot % 16)])
    }

    fn body(&self) -> (&'static str, Value) {
        let service = || json!({"service": format!("S{}", self.key)});
        let case = || json!({"case": of(&["", "C1", "C2"], self.key)});
        let matter = |mut data: Value| {
            if !self.extra.is_multiple_of(3) {
                data["matter"] = json!("M1");
            }
            data
        };
        match self.kind {
            0..=9 => ("service.started", self.with(service())),
            10..=19 => match self.extra {
                0..=3 => ("service.ended", json!({"service": format!("S{}", self.key), "shares": self.shares()})),
                _ => ("service.ended", self.with(service())),
            },
            20 | 21 => ("service.held", service()),
            22 | 23 => ("service.resumed", service()),
            24 => ("queue.taken", service()),
            25 => ("queue.joined", service()),
            26 | 27 => ("queue.called", self.with(service())),
            28 => ("queue.transferred", json!({"service": format!("S{}", self.key), "to_window": self.window()})),
            29 => ("queue.recalled", self.with(service())),
            30..=34 => {
                ("rating.submitted", self.with(json!({"service": format!("S{}", self.key), "level": self.level()})))
            }
            35 | 36 => (
                "rating.submitted",
                json!({"case": of(&["", "C1", "C2"], self.key), "level": self.level(), "mode": of(&["active", "default"], self.extra)}),
            ),
            37 => ("rating.submitted", self.with(json!({"level": self.level()}))),
            38..=41 => ("case.accepted", self.with(matter(case()))),
            42 | 43 => ("case.step", self.with(case())),
            44 => ("case.assigned", json!({"case": case()["case"], "owner": self.someone(), "due_at": self.at(3)})),
            45 => ("case.supplement_asked", json!({"case": case()["case"], "fault": "clerk"})),
            46 | 47 => ("case.suspended", case()),
            48 => ("case.resumed", case()),
            49 => ("case.extended", json!({"case": case()["case"], "extension_ms": 3_600_000})),
            50 => ("case.returned", self.with(case())),
            51..=55 => ("case.completed", self.with(matter(case()))),
            56 => ("case.declined", case()),
            57 => ("material.received", json!({"case": case()["case"], "material": "m", "origin": "shared"})),
            58 => ("complaint.filed", self.with(service())),
            59 => ("complaint.filed", json!({"hall": "H1", "confirmed": true})),
            60..=62 => (
                "data.shared",
                json!({"provider": of(&["D1", "D2"], self.extra), "receiver": of(&["D1", "D2", "D3"], self.key), "provider_person": self.someone(), "receiver_person": of(&["X1", "P2"], self.extra)}),
            ),
            63 => ("suggestion.adopted", json!({"person": self.someone()})),
            64..=67 => ("operator.login", json!({"window": self.window(), "person": self.someone()})),
            68 => ("operator.logout", json!({"window": self.window()})),
            69..=71 => (
                "roster.assigned",
                json!({"window": self.window(), "person": self.someone(), "from": self.at(0), "to": self.at(5), "role": self.role()}),
            ),
            72 => (
                "roster.assigned",
                json!({"window": self.window(), "person": self.someone(), "from": self.at(0), "role": self.role()}),
            ),
            73 => ("roster.unassigned", json!({"window": self.window(), "person": self.someone(), "from": self.at(1)})),
            74..=77 => self.identity(),
            78 | 79 => (
                "organisation.person",
                json!({"person": self.someone(), "kind": of(&["person", "system"], self.extra), "department": of(&["D1", "D2"], self.key)}),
            ),
            80 | 81 => (
                "organisation.window",
                json!({"window": self.window(), "department": of(&["D1", "D2", "D3"], self.key)}),
            ),
            82 => (
                "organisation.department",
                json!({"department": of(&["D1", "D2"], self.key), "hall": of(&["H1", "H2"], self.extra)}),
            ),
            83 => ("organisation.hall", json!({"hall": "H2"})),
            84 => (
                "organisation.region",
                json!({"satisfied_level": 1 + self.extra % 5, "suspicion_min_ms": if self.extra.is_multiple_of(2) { 0 } else { 600_000 }}),
            ),
            85 => (
                "organisation.region",
                json!({"time_zone": of(&["Asia/Tokyo", "Asia/Shanghai", "Europe/Amsterdam"], self.key)}),
            ),
            86 => (
                "organisation.calendar",
                json!({"calendar": "office", "year": 2026, "week": of(&["1111111", "1000001"], self.extra)}),
            ),
            87 => ("organisation.matter", json!({"matter": "M1", "promised_days": self.extra})),
            88..=90 => self.rules(),
            91..=95 => ("period.ended", json!({"period": PERIODS[usize::from(self.extra % 8)]})),
            96 => ("period.closed", json!({"period": "2026-11"})),
            97..=99 => self.hold(),
            100 | 101 => self.exemption(),
            102 => ("exemption.withdrawn", json!({"exemption": self.exemption_code()})),
            103..=105 => (
                "attendance.recorded",
                json!({"person": self.someone(), "category": of(&["slow", "leave"], self.key), "half_days": ([1, 2, 9, 40][usize::from(self.extra % 4)])}),
            ),
            106..=111 => self.post(),
            112..=116 => self.leave(),
            _ => ("leave.withdrawn", json!({"leave": of(&["L1", "L2", "L3"], self.key)})),
        }
    }

    /// `null` is what nobody says.
    fn role(&self) -> Option<&'static str> {
        [None, Some("a"), Some("b"), Some("trainee"), Some("lead"), Some("trainee")][usize::from(self.extra % 6)]
    }

    /// A few hours, a day or all that is left, of one kind or another.
    fn leave(&self) -> (&'static str, Value) {
        let to = if self.slot < 32 {
            self.at([4, 16, 7][usize::from(self.key)])
        } else {
            "2026-12-03T00:00:00+08:00".to_owned()
        };
        let (leave, category) = (of(&["L1", "L2", "L3"], self.key), of(&["sick", "duty"], self.extra));
        let data =
            json!({"leave": leave, "person": self.someone(), "category": category, "from": self.at(0), "to": to});
        ("leave.granted", data)
    }

    fn exemption_code(&self) -> &'static str {
        of(&["E1", "E2"], self.key)
    }

    /// Everybody's, a window's or a person's, for some hours or to the end.
    fn exemption(&self) -> (&'static str, Value) {
        let to = if self.slot < 40 { self.at(7) } else { "2026-12-02T00:00:00+08:00".to_owned() };
        let mut data = json!({"exemption": self.exemption_code(), "category": of(&["outage", "other"], self.extra / 4), "from": self.at(0), "to": to});
        match self.extra % 3 {
            0 => data["window"] = json!(self.window()),
            1 => data["person"] = json!(self.someone()),
            _ => {}
        }
        ("exemption.granted", data)
    }

    /// A post of a window, department or hall, taken or left.
    fn post(&self) -> (&'static str, Value) {
        let post = of(&["chief", "chief", "lead"], self.extra);
        let mut data = json!({"post": post, "person": self.someone(), "from": self.at(0)});
        match self.extra % 4 {
            0 | 1 => data["window"] = json!(self.window()),
            2 => data["department"] = json!("D1"),
            _ => data["hall"] = json!("H1"),
        }
        if self.kind.is_multiple_of(3) {
            return ("post.unassigned", data);
        }
        if self.kind % 3 == 1 && self.slot < 40 {
            data["to"] = json!(self.at(6));
        }
        ("post.assigned", data)
    }

    fn level(&self) -> u8 {
        1 + self.extra % 5
    }

    fn shares(&self) -> Value {
        json!([{"person": "P1", "weight": 1}, {"person": "P2", "weight": 1}, {"person": self.someone(), "weight": 1}])
    }

    fn identity(&self) -> (&'static str, Value) {
        let source = of(&["queue", "desk"], self.key);
        let mut data = json!({"actor": {"source": source, "code": of(&["X1", "X2", "P1"], self.extra)}});
        match self.who {
            0 | 1 => data["person"] = json!("P2"),
            2 => data["person"] = json!("X2"),
            _ => data["kind"] = json!(of(&["person", "system"], self.key)),
        }
        ("actor.identified", data)
    }

    fn rules(&self) -> (&'static str, Value) {
        let rules = [FIRST, SECOND, OTHER][usize::from(self.key)];
        let mut data = json!({"rules": rules});
        match self.who {
            0 => {}
            1 => data["effective_from"] = json!("2026-01-01"),
            2 => data["effective_from"] = json!("2026-11-01"),
            3 => data["effective_from"] = json!("2026-11-30"),
            _ => data["effective_from"] = json!("2026-12-01"),
        }
        ("ruleset.published", data)
    }

    /// Holds of facts that may or may not be there: of an event that opens a service or is a rating, or of a case.
    fn hold(&self) -> (&'static str, Value) {
        use jifen_core::id::EventKey;
        let kind = of(&["hold.placed", "hold.released", "hold.discarded"], self.who);
        if self.extra.is_multiple_of(3) {
            let case = of(&["", "C1", "C2"], self.key);
            return (kind, json!({"fact": jifen_core::case::fact_id("case", case).to_string(), "case": case}));
        }
        let opening = EventKey::of(of(&["queue", "desk"], self.extra), &format!("e{}", self.slot % 16));
        (kind, json!({"fact": opening.to_string(), "service": format!("S{}", self.key)}))
    }
}

/// The `index`-th of some words, from the first again after the last.
fn of(words: &[&'static str], index: u8) -> &'static str {
    words[usize::from(index) % words.len()]
}

/// Every kind of rule the engine knows, with small samples and caps that bite.
const FIRST: &str = include_str!("first.toml");
/// A later version: other bands, dimensions, periods and caps, some rules gone.
const SECOND: &str = include_str!("second.toml");
/// A set beside them.
const OTHER: &str = include_str!("other.toml");
