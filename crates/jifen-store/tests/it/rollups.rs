//! Boards against a naive model: every change kept, summed anew for every question.

use std::collections::BTreeMap;

use jifen_core::{
    ledger::Subject,
    measure::{Indicator, Measure, MeasureKey},
    points::Points,
    rollup::{Bucket, Rollup, RollupKey, Rollups, board_parts},
    rule::{Dimension, SubjectKind},
    time::{Date, Grain, Period},
};
use jifen_store::{BoardRow, BoardSubjects, Commit};

use crate::sample::{Fixture, Numbers, date, person};

struct Posting {
    date: Date,
    grain: Grain,
    subject: Subject,
    rule: &'static str,
    dimension: Option<Dimension>,
    rollup: Rollup,
}

const RULES: [(&str, Option<Dimension>); 4] = [
    ("speed", Some(Dimension::Efficiency)),
    ("speed", Some(Dimension::Quality)),
    ("share", Some(Dimension::Collaboration)),
    ("", None),
];

fn subjects() -> Vec<Subject> {
    let windows = ["1", "2", "10"].map(|code| Subject::Window(code.to_owned()));
    [person(1), person(2), person(0), Subject::Hall("1".to_owned())].into_iter().chain(windows).collect()
}

fn posting(numbers: &mut Numbers) -> Posting {
    let (rule, dimension) = *numbers.pick(&RULES);
    let mut points = || Points(numbers.below(9) as i64 * 1000 - 4000);
    let [own_posted, members_posted, own_provisional, members_provisional] = [points(), points(), points(), points()];
    Posting {
        date: date("2025-11-20").plus(numbers.below(120) as i32),
        grain: *numbers.pick(&[Grain::Day, Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]),
        subject: numbers.pick(&subjects()).clone(),
        rule,
        dimension,
        rollup: Rollup {
            own_posted,
            members_posted,
            own_provisional,
            members_provisional,
            facts: numbers.below(3) as i64,
        },
    }
}

fn rollups(postings: &[Posting]) -> Rollups {
    let mut rollups = Rollups::new();
    for posting in postings {
        for bucket in Bucket::of(posting.date, posting.grain) {
            let key = RollupKey {
                bucket,
                subject: posting.subject.clone(),
                rule: posting.rule.to_owned(),
                dimension: posting.dimension,
            };
            *rollups.entry(key).or_default() += posting.rollup;
        }
    }
    rollups
}

/// An award counts on boards of its length or longer.
fn expected(postings: &[Posting], period: Period, wanted: impl Fn(&Subject) -> bool) -> Vec<BoardRow> {
    let mut sums: BTreeMap<(Subject, String, Option<Dimension>), Rollup> = BTreeMap::new();
    for posting in postings {
        if wanted(&posting.subject) && period.contains(posting.date) && posting.grain <= period.grain {
            let key = (posting.subject.clone(), posting.rule.to_owned(), posting.dimension);
            *sums.entry(key).or_default() += posting.rollup;
        }
    }
    let row = |((subject, rule, dimension), rollup)| BoardRow { subject, rule, dimension, rollup };
    sums.into_iter().map(row).collect()
}

#[test]
fn boards_equal_the_naive_model() {
    // A week of one day and a month of 31: all lengths but the week end where months do.
    let periods = ["2025-12-31", "2026-W01", "2025-12", "2026-01", "2025-Q4", "2026-Q1", "2025", "2026", "all"];
    for seed in 0..8 {
        let mut numbers = Numbers(seed);
        let fixture = Fixture::new();
        let mut postings = Vec::new();
        for _ in 0..6 {
            let batch: Vec<Posting> = (0..60).map(|_| posting(&mut numbers)).collect();
            fixture.commit(&Commit { rollups: rollups(&batch), ..Commit::default() });
            postings.extend(batch);
        }
        let board = |subjects, period| {
            let rows = fixture.database.board(fixture.region, subjects, &board_parts(period)).unwrap();
            without_zeros(rows)
        };
        for period in periods.map(|text| Period::parse(text).unwrap()) {
            for kind in SubjectKind::ALL {
                let model = expected(&postings, period, |subject| subject.kind() == kind);
                assert_eq!(board(BoardSubjects::Kind(kind), period), without_zeros(model), "{seed} {period} {kind:?}");
            }
            for one in subjects() {
                let model = expected(&postings, period, |subject| *subject == one);
                assert_eq!(
                    board(BoardSubjects::One(one.clone()), period),
                    without_zeros(model),
                    "{seed} {period} {one:?}"
                );
            }
        }
        for one in subjects() {
            let (from, to) = (date("2025-12-03"), date("2026-02-07"));
            let mut model: BTreeMap<Date, Rollup> = BTreeMap::new();
            for posting in postings.iter().filter(|posting| posting.subject == one && posting.grain == Grain::Day) {
                if from <= posting.date && posting.date <= to && posting.dimension.is_some() {
                    *model.entry(posting.date).or_default() += posting.rollup;
                }
            }
            let trend = fixture.database.trend(fixture.region, &one, from, to).unwrap();
            let told = |days: Vec<(Date, Rollup)>| {
                days.into_iter().filter(|(_, rollup)| !rollup.is_zero()).collect::<Vec<_>>()
            };
            assert_eq!(told(trend), told(model.into_iter().collect()), "{seed} {one:?}");
        }
    }
}

/// Whether sums of nothing are listed depends on what was written, not on what counts.
fn without_zeros(rows: Vec<BoardRow>) -> Vec<BoardRow> {
    rows.into_iter().filter(|row| !row.rollup.is_zero()).collect()
}

#[test]
fn a_subject_whose_facts_gave_nothing_is_listed() {
    let fixture = Fixture::new();
    let row = Rollup { facts: 3, ..Rollup::default() };
    let key = RollupKey {
        bucket: Bucket::Day { date: date("2026-01-01"), grain: Grain::Day },
        subject: person(1),
        rule: String::new(),
        dimension: None,
    };
    fixture.commit(&Commit { rollups: [(key, row)].into(), ..Commit::default() });
    let parts = board_parts(Period::parse("2026-01-01").unwrap());
    let rows = fixture.database.board(fixture.region, BoardSubjects::Kind(SubjectKind::Person), &parts).unwrap();
    assert_eq!(rows, [BoardRow { subject: person(1), rule: String::new(), dimension: None, rollup: row }]);
}

#[test]
fn measures_add_up_per_hall_and_day() {
    let fixture = Fixture::new();
    let key = |hall: &str, day: &str, indicator| MeasureKey { hall: hall.to_owned(), date: date(day), indicator };
    let one = |facts, sum| Measure { facts, sum };
    for change in [one(2, 900), one(-1, -400), one(3, 60)] {
        let measures = [
            (key("A", "2026-01-02", Indicator::Service), change),
            (key("A", "2026-01-05", Indicator::Complaint), one(1, 0)),
            (key("B", "2025-12-31", Indicator::Service), one(1, 1)),
        ];
        fixture.commit(&Commit { measures: measures.into(), ..Commit::default() });
    }
    let read = |hall: &str, from: &str, to: &str| {
        fixture.database.measures(fixture.region, hall, date(from), date(to)).unwrap()
    };
    let service = (key("A", "2026-01-02", Indicator::Service), one(4, 560));
    assert_eq!(read("A", "2026-01-01", "2026-01-04"), [service].into());
    assert_eq!(read("A", "2026-01-05", "2026-01-05").len(), 1);
    assert!(read("C", "2026-01-01", "2026-01-31").is_empty());
    let halls = [("A", "2026-01-02", "2026-01-05"), ("B", "2025-12-31", "2025-12-31")];
    let halls = halls.map(|(hall, first, last)| (hall.to_owned(), date(first), date(last)));
    assert_eq!(fixture.database.measured_halls(fixture.region).unwrap(), halls);
}
