//! Bands of ranks: subjects whose order the days they happened to have could as well have reversed.
//!
//! In: per subject the points of every day, and points that belong to no single day. Out: per subject the first and last place
//! of its band. Days are drawn again with replacement, the same draw for everybody, because a busy or a quiet day falls on all
//! (a bootstrap over days). Two subjects are within noise when their order is reversed or lost in at least one draw of
//! [`REVERSED_ONE_IN`]; a band holds only subjects of which every two are. Ranks without their uncertainty mislead:
//! Goldstein & Spiegelhalter, J. R. Statist. Soc. A 159 (1996) 385; Marshall & Spiegelhalter, BMJ 316 (1998) 1701;
//! bootstrap: Efron, Ann. Statist. 7 (1979) 1. Whole numbers only, so every machine finds the same bands.

/// How many times the days are drawn.
const DRAWS: usize = 1_000;

/// Within noise: the order fails in one draw of so many (5 %).
const REVERSED_ONE_IN: usize = 20;

/// Fewer days say nothing about noise.
pub const DAYS_MIN: usize = 5;

/// One subject's points, in thousandths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Series {
    /// One a day; every series of a board has the same days.
    pub days: Vec<i64>,
    /// Of no single day (awards per month, say): in every draw as they are.
    pub fixed: i64,
}

/// Places of a band, from 1, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// First place.
    pub first: usize,
    /// Last place.
    pub last: usize,
}

impl Series {
    fn total(&self) -> i128 {
        self.days.iter().map(|points| i128::from(*points)).sum::<i128>() + i128::from(self.fixed)
    }
}

/// The band of every series, answer i to series i; `None` when there are fewer than [`DAYS_MIN`] days.
///
/// The order of the series does not matter, equal totals always share a band, and the same `seed` gives the same bands.
pub fn bands(series: &[Series], seed: u64) -> Option<Vec<Band>> {
    let days = series.iter().map(|one| one.days.len()).max().unwrap_or(0);
    if days < DAYS_MIN {
        return None;
    }
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| series[*b].total().cmp(&series[*a].total()).then_with(|| series[*a].cmp(&series[*b])));
    let counts = draw(days, seed);
    let redrawn: Vec<Vec<i128>> = order.iter().map(|index| redraw(&series[*index], &counts)).collect();
    let mut answer = vec![Band { first: 1, last: 1 }; series.len()];
    let mut start = 0;
    let mut next = 0;
    while next < order.len() {
        // Equal totals share a rank: they join together or not at all.
        let total = series[order[next]].total();
        let tied = order[next..].iter().take_while(|index| series[**index].total() == total).count();
        let joins =
            (start..next).all(|above| (next..next + tied).all(|below| is_noise(&redrawn[above], &redrawn[below])));
        if !joins {
            close(&mut answer, &order, start, next);
            start = next;
        }
        next += tied;
    }
    close(&mut answer, &order, start, next);
    Some(answer)
}

fn close(answer: &mut [Band], order: &[usize], start: usize, end: usize) {
    for index in &order[start..end] {
        answer[*index] = Band { first: start + 1, last: end };
    }
}

/// Whether the one above would not be above in enough of the draws.
fn is_noise(above: &[i128], below: &[i128]) -> bool {
    let reversed = above.iter().zip(below).filter(|(above, below)| above <= below).count();
    reversed * REVERSED_ONE_IN >= above.len()
}

fn redraw(series: &Series, counts: &[Vec<u32>]) -> Vec<i128> {
    let sum = |counts: &Vec<u32>| {
        let days = counts.iter().zip(&series.days).map(|(count, points)| i128::from(*count) * i128::from(*points));
        days.sum::<i128>() + i128::from(series.fixed)
    };
    counts.iter().map(sum).collect()
}

/// How often each day is in each draw.
fn draw(days: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut state = seed;
    let mut one = || {
        let mut counts = vec![0_u32; days];
        for _ in 0..days {
            let day = (u128::from(next_random(&mut state)) * days as u128) >> 64;
            counts[day as usize] += 1;
        }
        counts
    };
    (0..DRAWS).map(|_| one()).collect()
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(days: &[i64]) -> Series {
        Series { days: days.to_vec(), fixed: 0 }
    }

    fn many() -> impl Strategy<Value = Vec<Series>> {
        (DAYS_MIN..12).prop_flat_map(|days| {
            let one =
                (prop::collection::vec(-20_i64..40, days), 0_i64..5).prop_map(|(days, fixed)| Series { days, fixed });
            prop::collection::vec(one, 1..12)
        })
    }

    #[test]
    fn a_close_race_is_one_band_and_a_clear_lead_is_not() {
        let close = [series(&[5, 9, 4, 8, 6, 7]), series(&[9, 4, 8, 5, 7, 5]), series(&[1, 0, 1, 0, 1, 0])];
        let found = bands(&close, 1).expect("days enough");
        assert_eq!(found, [Band { first: 1, last: 2 }, Band { first: 1, last: 2 }, Band { first: 3, last: 3 }]);
        assert_eq!(bands(&[series(&[1, 2, 3, 4])], 1), None);
        assert_eq!(bands(&[], 1), None);
    }

    proptest! {
        #[test]
        fn equal_totals_share_a_band(mut all in many(), seed: u64) {
            let mut twin = all[0].clone();
            twin.days.reverse();
            all.push(twin);
            let found = bands(&all, seed).expect("days enough");
            prop_assert_eq!(found[0], found[all.len() - 1]);
        }

        #[test]
        fn who_is_ahead_every_day_never_shares_a_band(mut all in many(), seed: u64, gap in 1_i64..5) {
            let ahead = Series { days: all[0].days.iter().map(|points| points + gap).collect(), fixed: all[0].fixed };
            all.push(ahead);
            let found = bands(&all, seed).expect("days enough");
            prop_assert!(found[all.len() - 1].last < found[0].first);
        }

        #[test]
        fn the_order_of_the_input_does_not_matter(all in many(), seed: u64, turn in 0_usize..12) {
            let found = bands(&all, seed).expect("days enough");
            let turn = turn % all.len();
            let mut turned = all.clone();
            turned.rotate_left(turn);
            let mut expected = found;
            expected.rotate_left(turn);
            prop_assert_eq!(bands(&turned, seed).expect("days enough"), expected);
        }

        #[test]
        fn bands_cover_every_place_once(all in many(), seed: u64) {
            let mut found = bands(&all, seed).expect("days enough");
            found.sort_by_key(|band| band.first);
            for (place, band) in (1..).zip(found) {
                prop_assert!(band.first <= place && place <= band.last);
            }
        }
    }
}
