//! Laws of what needs no region: composites, titles, the last of a league, divided pools.

use proptest::prelude::*;

use super::{
    award::{Bar, Contestant, Outcome, contest, give, last_of},
    clock,
    figure::{Reading, compose},
    payout::divided,
};
use crate::{
    calendar::{Calendar, CalendarYear},
    id::ActorId,
    ledger::Subject,
    points::Points,
    rule::{
        parse,
        settlement::{Composite, Equal},
    },
    time::{Date, Period},
};

fn person(number: u8) -> Subject {
    Subject::Person(ActorId([number; 16]))
}

/// A composite of three parts: weights, full marks, and what happens when one is missing.
fn composite(weights: [u32; 3], full: [u32; 3], missing: &str) -> Composite {
    let sheet = "[[sheet]]\nid = \"s\"\ntitle = \"s\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"month\"\nbase = 100\nfloor = \"none\"\n";
    let parts: String = (0..3)
        .map(|part| {
            format!(
                "[[composite.part]]\nid = \"p{part}\"\ntitle = \"p\"\nsheet = \"s\"\nweight = \"{}%\"\nfull = {}\n",
                weights[part], full[part]
            )
        })
        .collect();
    let text = format!(
        "format = 1\nruleset = {{ id = \"t\", title = \"t\" }}\n{sheet}[[composite]]\nid = \"c\"\ntitle = \"c\"\nsubject = \"person\"\nperiod = \"month\"\nmissing = \"{missing}\"\n{parts}"
    );
    parse(&text).expect("a good file").settlement.composites.remove(0)
}

fn read(values: [Option<i64>; 3]) -> Vec<Option<Reading>> {
    let reading = |points| Reading { points: Points(points), periods: Vec::new(), heads: 0 };
    values.into_iter().map(|value| value.map(reading)).collect()
}

#[test]
fn a_composite_rounds_once() {
    // worked.json S6, the votes as numbers: 28.8 + 28.35 + …
    let flag = composite([30, 30, 40], [100, 100, 100], "exclude");
    let found = compose(&flag, &person(1), read([Some(96_000), Some(94_500), Some(89_600)]));
    assert_eq!(found.score, Some(Points(92_990)));
    assert_eq!(found.parts.iter().map(|part| part.adds.0).collect::<Vec<_>>(), [28_800, 28_350, 35_840]);
    // Three thirds of 0.001 at 33 % each: each rounds to 0 by itself, together to 0.001.
    let thirds = composite([33, 33, 34], [100, 100, 100], "exclude");
    let found = compose(&thirds, &person(1), read([Some(1), Some(1), Some(1)]));
    assert_eq!((found.score, found.parts[0].adds), (Some(Points(1)), Points(0)));
}

#[test]
fn a_composite_keeps_as_many_decimals_as_its_file_says() {
    let step = |points: i64| Composite { step: Points(points), ..composite([30, 30, 40], [100; 3], "exclude") };
    let values = || read([Some(96_000), Some(94_500), Some(89_600)]);
    let score = |points: i64| compose(&step(points), &person(1), values()).score;
    assert_eq!([1, 10, 100, 1_000].map(score), [92_990, 92_990, 93_000, 93_000].map(|points| Some(Points(points))));
    // Half a step goes away from zero, and once: 92.95 does not become 93.0 by way of 92.95 and 93.
    let half = |points: i64| compose(&step(100), &person(1), read([Some(points); 3])).score;
    assert_eq!([89_950, 89_949, -89_950].map(half), [90_000, 89_900, -90_000].map(|points| Some(Points(points))));
}

#[test]
fn a_missing_part_excludes_or_reweights() {
    let values = || read([Some(80_000), None, Some(100_000)]);
    assert_eq!(compose(&composite([30, 50, 20], [100; 3], "exclude"), &person(1), values()).score, None);
    // (0.3 × 80 + 0.2 × 100) ÷ 0.5
    let found = compose(&composite([30, 50, 20], [100; 3], "reweight"), &person(1), values());
    assert_eq!(found.score, Some(Points(88_000)));
    assert_eq!(compose(&composite([30, 50, 20], [100; 3], "reweight"), &person(1), read([None; 3])).score, None);
}

#[test]
fn nobody_is_last_where_all_are_equal() {
    let last = |number, points: &[i64]| {
        let scored = points.iter().enumerate().map(|(index, points)| (person(index as u8), Points(*points)));
        last_of(number, scored.collect()).len()
    };
    assert_eq!(last(1, &[5, 5, 5]), 0);
    assert_eq!(last(1, &[5]), 0);
    assert_eq!(last(1, &[5, 4, 4]), 2);
    assert_eq!(last(2, &[5, 4, 3]), 2);
    assert_eq!(last(9, &[5, 4, 3]), 2);
    assert_eq!(last(1, &[]), 0);
}

/// Contestants by score and tie, the strongest first; every third is barred.
fn contestants(scores: &[(i64, i64)]) -> Vec<Contestant> {
    let mut all: Vec<_> = scores.to_vec();
    all.sort_by(|a, b| b.cmp(a));
    let one = |(index, (score, tie)): (usize, (i64, i64))| Contestant {
        subject: person(index as u8),
        rank: None,
        score: Points(score),
        ties: vec![Some(Points(tie))],
        outcome: if index % 3 == 2 { Outcome::Barred(Bar::Gate(0)) } else { Outcome::Behind },
    };
    all.into_iter().enumerate().map(one).collect()
}

#[test]
fn a_trainee_has_no_rank_and_adds_no_title() {
    let found = |of: &str, least: &str, trained: &[usize]| {
        let text = format!(
            "format = 1\nruleset = {{ id = \"t\", title = \"t\" }}\n[[sheet]]\nid = \"s\"\ntitle = \"s\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"month\"\nbase = 100\nfloor = \"none\"\n\
            [[honour]]\nid = \"star\"\ntitle = \"s\"\nsheet = \"s\"\nequal = \"ask\"\nquota = {{ share = \"50%\", of = \"{of}\", round = \"floor\"{least} }}\n"
        );
        let honour = parse(&text).expect("a good file").settlement.honours.remove(0);
        let of = |index: usize| {
            let bar = trained.contains(&index).then_some(Bar::Trainee);
            let outcome = bar.map_or(Outcome::Behind, Outcome::Barred);
            let score = Points(9_000 - index as i64 * 1_000);
            Contestant { subject: person(index as u8), rank: None, score, ties: Vec::new(), outcome }
        };
        let heads = 4 - trained.len() as u64;
        contest(&honour, String::new(), heads, (0..4).map(of).collect())
    };
    let ranks =
        |trained: &[usize]| found("all", "", trained).contestants.iter().map(|one| one.rank).collect::<Vec<_>>();
    assert_eq!(ranks(&[]), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(ranks(&[0, 2]), [None, Some(1), None, Some(2)], "the others rank as if they were not there");
    for of in ["all", "scored", "eligible"] {
        let (whole, without) = (found(of, "", &[]), found(of, "", &[0, 2]));
        assert_eq!((whole.quota, without.quota), (2, 1), "half of {of}");
        let titled: Vec<_> = without.contestants.iter().map(|one| one.outcome.clone()).collect();
        let trainee = Outcome::Barred(Bar::Trainee);
        assert_eq!(titled, [trainee.clone(), Outcome::Titled, trainee, Outcome::Behind], "{of}");
    }
    // Half of one is none, and at least so many, but never more than there are.
    let least = |least: &str| found("all", least, &[0, 1, 2]).quota;
    assert_eq!(["", ", at_least = 1", ", at_least = 3"].map(least), [0, 1, 1]);
    assert_eq!([", at_least = 1", ", at_least = 3"].map(|least| found("all", least, &[]).quota), [2, 3]);
}

#[test]
fn clocks_count_working_days() {
    let text = "format = 1\nruleset = { id = \"t\", title = \"t\" }\n[[sheet]]\nid = \"s\"\ntitle = \"s\"\ndimension = \"quality\"\nsubject = \"person\"\nperiod = \"month\"\nbase = 100\nfloor = \"none\"\n\
        [[publicity]]\nid = \"p\"\ntitle = \"p\"\nof = [\"s\"]\n";
    let mut calendar = Calendar::default();
    let day = |text: &str| Date::parse(text).expect("a date");
    calendar.insert(CalendarYear { off_days: vec![day("2026-12-03")], ..CalendarYear::new(2026) });
    let told = |clocks: &str, month: &str| {
        let set = parse(&format!("{text}{clocks}")).expect("a good file");
        let period = Period::parse(month).expect("a month");
        let found = clock::days(&set.settlement.publicities[0], &calendar, period);
        found.map(|days| {
            let all = [days.publish_by, days.public_until, days.appeal_from, days.appeal_until, days.answer_by];
            all.map(|date| date.map_or("-".to_owned(), |date| date.to_string()[5..].to_owned())).join(" ")
        })
    };
    // November ends on a Monday; the 3rd of December is a holiday here.
    let all = "within = 2\ndays = 5\nappeal_days = 3\nappeal_from = \"end\"\nanswer_days = 4";
    assert_eq!(told(all, "2026-11").as_deref(), Ok("12-02 12-09 12-10 12-14 12-18"));
    assert_eq!(told(&all.replace("\"end\"", "\"start\""), "2026-11").as_deref(), Ok("12-02 12-09 12-02 12-07 12-11"));
    assert_eq!(told("within = 3", "2026-11").as_deref(), Ok("12-04 - - - -"), "over the holiday");
    assert_eq!(told("days = 5", "2026-11").as_deref(), Ok("- - - - -"), "nobody says from when");
    assert_eq!(told(all, "2026-12"), Err("calendar_year_unknown:2027".to_owned()));
}

proptest! {
    #[test]
    fn parts_of_a_pool_sum_to_it(steps in 0_i64..100_000, step in 1_i64..2_000, points in proptest::collection::vec(0_i64..1_000_000, 1..40)) {
        let amount = Points(steps * step);
        let points: Vec<Points> = points.into_iter().map(Points).collect();
        let parts = divided(amount, step, &points);
        let total: i64 = points.iter().map(|points| points.0).sum();
        let sum: i64 = parts.iter().map(|part| part.0).sum();
        prop_assert_eq!(sum, if total == 0 { 0 } else { amount.0 });
        for (part, own) in parts.iter().zip(&points) {
            prop_assert_eq!(part.0 % step, 0);
            // Never a whole step away from the exact share.
            let exact = i128::from(amount.0) * i128::from(own.0);
            let off = (i128::from(part.0) * i128::from(total.max(1)) - exact).abs();
            prop_assert!(total == 0 || off < i128::from(step) * i128::from(total));
        }
        // More points never get less.
        for (a, b) in (0..points.len()).flat_map(|a| (0..points.len()).map(move |b| (a, b))) {
            prop_assert!(points[a] <= points[b] || parts[a] >= parts[b]);
        }
    }

    #[test]
    fn a_composite_is_the_rounded_fraction(
        weights in (1_u32..98, 1_u32..98).prop_filter("they leave a third", |(a, b)| a + b < 100),
        full in (1_u32..500, 1_u32..500, 1_u32..500),
        values in (-200_000_i64..200_000, -200_000_i64..200_000, -200_000_i64..200_000),
    ) {
        let (weights, full) = ([weights.0, weights.1, 100 - weights.0 - weights.1], [full.0, full.1, full.2]);
        let values = [values.0, values.1, values.2];
        let found = compose(&composite(weights, full, "exclude"), &person(1), read(values.map(Some)));
        // Σ value × weight% × 100 ÷ full, over the product of all full marks.
        let product: i128 = full.iter().map(|full| i128::from(*full)).product();
        let exact: i128 = (0..3).map(|i| i128::from(values[i]) * i128::from(weights[i]) * (product / i128::from(full[i]))).sum();
        let score = found.score.expect("a score").0;
        prop_assert!(((i128::from(score) * product - exact) * 2).abs() <= product, "{score} {exact}/{product}");
    }

    #[test]
    fn reweighting_stays_between_the_parts(a in 0_i64..100_000, b in 0_i64..100_000, weight in 1_u32..50) {
        let composite = composite([weight, 50, 50 - weight], [100; 3], "reweight");
        let score = compose(&composite, &person(1), read([Some(a), None, Some(b)])).score.expect("a score").0;
        prop_assert!(a.min(b) <= score && score <= a.max(b));
    }

    #[test]
    fn titles_go_to_the_eligible_from_the_best_down(quota in 0_u64..8, scores in proptest::collection::vec((0_i64..6, 0_i64..2), 0..20), share: bool) {
        let mut all = contestants(&scores);
        give(if share { Equal::Share } else { Equal::Ask }, quota, &mut all);
        let titled: Vec<_> = all.iter().filter(|one| one.outcome == Outcome::Titled).collect();
        let eligible = all.iter().filter(|one| !matches!(one.outcome, Outcome::Barred(_))).count() as u64;
        if share {
            prop_assert!(titled.len() as u64 >= quota.min(eligible));
        } else {
            prop_assert!(titled.len() as u64 <= quota);
        }
        // Nobody without a title is stronger than somebody with one.
        let weakest = titled.iter().map(|one| (one.score, one.ties.clone())).min();
        for one in all.iter().filter(|one| matches!(one.outcome, Outcome::Behind | Outcome::Equal)) {
            prop_assert!(weakest.as_ref().is_none_or(|weakest| (one.score, one.ties.clone()) < *weakest));
        }
        // Whoever people decide between is equal, and more than the titles that are left.
        let equal: Vec<_> = all.iter().filter(|one| one.outcome == Outcome::Equal).collect();
        prop_assert!(equal.is_empty() || (titled.len() + equal.len()) as u64 > quota);
        prop_assert!(equal.windows(2).all(|pair| (pair[0].score, &pair[0].ties) == (pair[1].score, &pair[1].ties)));
    }
}
