//! Lists of entries, against the plain reading of what a filter says.

use std::time::Instant;

use jifen_core::{
    fact::Place,
    ledger::{Anchor, Entry, Subject},
    rule::Dimension,
    time::{Grain, Period},
};
use jifen_store::{Database, EntryFilter, RegionId};

use crate::sample::{Fixture, Numbers, actor, date, entry, ledger_row, person, records};

const SUBJECTS: fn() -> [Subject; 6] = || {
    [
        person(1),
        person(2),
        person(3),
        Subject::Window("w1".to_owned()),
        Subject::Department("d1".to_owned()),
        Subject::Hall("h1".to_owned()),
    ]
};

/// Entries over two months, of one batch.
fn filled(count: u64) -> (Fixture, Vec<Entry>) {
    let fixture = Fixture::new();
    let mut numbers = Numbers(11);
    let mut batch = records(0, 1);
    for position in 1..=count {
        let subject = numbers.pick(&SUBJECTS()).clone();
        let mut entry = entry(position, subject, date("2026-10-01").plus(numbers.below(61) as i32));
        let code = |numbers: &mut Numbers, letter: &str| {
            Some(format!("{letter}{}", numbers.below(3))).filter(|_| numbers.below(5) > 0)
        };
        entry.place = Place {
            window: code(&mut numbers, "w"),
            department: code(&mut numbers, "d"),
            hall: code(&mut numbers, "h"),
        };
        entry.person = Some(actor(1));
        entry.rule = (*numbers.pick(&["speed", "share"])).to_owned();
        entry.dimension = *numbers.pick(&[Dimension::Efficiency, Dimension::Quality]);
        let grain = *numbers.pick(&[Grain::Day, Grain::Day, Grain::Month, Grain::Quarter]);
        if grain > Grain::Day {
            entry.anchor = Anchor::Period(Period::holding(grain, entry.business_date));
        }
        batch.entries.push(ledger_row(entry));
    }
    fixture.commit(&batch);
    let entries = batch.entries.into_iter().map(|row| row.entry).collect();
    (fixture, entries)
}

/// What the filter's documentation says, word for word.
fn expected(entries: &[Entry], filter: &EntryFilter) -> Vec<u64> {
    let of_subject = |entry: &Entry| {
        let member = |code: &Option<String>, of: &String| {
            matches!(entry.subject, Subject::Person(_)) && code.as_ref() == Some(of)
        };
        match &filter.subject {
            None => true,
            Some(own) if *own == entry.subject => true,
            Some(Subject::Person(_)) => false,
            Some(Subject::Window(of)) => member(&entry.place.window, of),
            Some(Subject::Department(of)) => member(&entry.place.department, of),
            Some(Subject::Hall(of)) => member(&entry.place.hall, of),
        }
    };
    let grain = |entry: &Entry| match entry.anchor {
        Anchor::Fact(_) => Grain::Day,
        Anchor::Period(period) => period.grain,
    };
    let mut found: Vec<&Entry> = entries
        .iter()
        .filter(|entry| of_subject(entry))
        .filter(|entry| filter.from <= entry.business_date && entry.business_date <= filter.to)
        .filter(|entry| (filter.least..=filter.most).contains(&grain(entry)))
        .filter(|entry| filter.rule.as_ref().is_none_or(|rule| *rule == entry.rule))
        .filter(|entry| filter.dimension.is_none_or(|dimension| dimension == entry.dimension))
        .collect();
    found.sort_by_key(|entry| std::cmp::Reverse((entry.business_date, entry.position)));
    found.iter().map(|entry| entry.position).collect()
}

fn paged(database: &Database, region: RegionId, filter: &EntryFilter, of: usize) -> Vec<u64> {
    let mut filter = filter.clone();
    let mut found = Vec::new();
    loop {
        let page = database.entries(region, &filter).unwrap();
        assert!(page.len() <= filter.limit && found.len() <= of, "pages overlap");
        found.extend(page.iter().map(|row| row.entry.position));
        match page.last() {
            Some(last) => filter.before = Some(last.entry.position),
            None => return found,
        }
    }
}

#[test]
fn filters_and_pages_agree_with_a_plain_reading() {
    // So many that a server takes them by `COPY`, and not.
    for (count, rounds) in [(400, 300), (1_500, 60)] {
        let (fixture, entries) = filled(count);
        filters_agree(&fixture, &entries, rounds);
    }
}

fn filters_agree(fixture: &Fixture, entries: &[Entry], rounds: usize) {
    let mut numbers = Numbers(12);
    for _ in 0..rounds {
        let mut filter = EntryFilter::all(1 + numbers.below(40) as usize);
        if numbers.below(3) > 0 {
            filter.subject = Some(numbers.pick(&SUBJECTS()).clone());
        }
        if numbers.below(2) > 0 {
            filter.from = date("2026-10-01").plus(numbers.below(61) as i32);
            filter.to = filter.from.plus(numbers.below(40) as i32);
        }
        if numbers.below(2) > 0 {
            filter.least = *numbers.pick(&[Grain::Day, Grain::Month]);
            filter.most = *numbers.pick(&[Grain::Day, Grain::Month, Grain::Year]);
        }
        filter.rule = numbers.pick(&[None, Some("speed".to_owned())]).clone();
        filter.dimension = *numbers.pick(&[None, Some(Dimension::Quality)]);
        assert_eq!(
            paged(&fixture.database, fixture.region, &filter, entries.len()),
            expected(entries, &filter),
            "{filter:?}"
        );
    }
}

#[test]
fn a_late_page_of_a_long_list_is_found_as_fast_as_an_early_one() {
    const ENTRIES: u64 = 30_000;
    let fixture = Fixture::new();
    let mut batch = records(0, 1);
    let of_day = |position: u64| date("2026-10-01").plus((position / 300) as i32);
    batch.entries.extend((1..=ENTRIES).map(|position| ledger_row(entry(position, person(1), of_day(position)))));
    fixture.commit(&batch);
    let took = |before: u64| {
        let filter = EntryFilter { before: Some(before), ..EntryFilter::all(10) };
        let mut times = [(); 15].map(|()| {
            let asked = Instant::now();
            let page = fixture.database.entries(fixture.region, &filter).unwrap();
            let took = asked.elapsed();
            assert_eq!(page[9].entry.position, before - 10);
            took
        });
        times.sort();
        times[7]
    };
    let (early, late) = (took(ENTRIES - 10), took(20));
    assert!(late < 5 * early, "a page after {ENTRIES} entries takes {late:?}, an early one {early:?}");
}

#[test]
fn entries_come_back_as_they_were() {
    let (fixture, entries) = filled(400);
    let (database, region) = (&fixture.database, fixture.region);
    for entry in [&entries[0], &entries[399]] {
        let found = database.entry(region, entry.position).unwrap().unwrap();
        assert_eq!(found.entry, *entry);
        assert_eq!(found.digest, entry.digest());
        assert_eq!(found.locator, entry.position.to_be_bytes());
    }
    assert_eq!(database.entry(region, 401).unwrap(), None);
    let after = database.entries_after(region, 390, 4).unwrap();
    assert_eq!(after.iter().map(|row| row.entry.position).collect::<Vec<_>>(), [391, 392, 393, 394]);
    assert_eq!(database.entries_after(region, 400, 4).unwrap(), []);
}
