//! A sorted list that can say how many come before: the order statistics that boards in memory are read by.
//!
//! In: items as they come, change and go, many at a time. Out: how many precede a point, and the items from any place on. Sorted
//! runs of bounded length lie in one stretch of memory, with the first item and the counts of every run side by side: a place is
//! two short binary searches and one sum over counts. A balanced tree of nodes would do fewer additions and wait longer for memory.
//!
//! Which of two items comes first is the caller's to say: what it takes to compare may lie elsewhere, so that items stay small.

use std::cmp::Ordering;

/// A run splits when it is so long.
const RUN_MAX: usize = 64;
/// So full are runs that are made of many items at once: those who come have room.
const RUN_MADE: usize = 48;
/// Two runs that follow each other and have no more together become one.
const RUN_SMALL: usize = 24;
/// Places whose runs are read ahead.
const AHEAD: usize = 16;
/// Every so many items of a run are read ahead: a line of the cache has room for about so many.
const AHEAD_STEP: usize = 3;

/// Items in order, some of them counted.
#[derive(Clone, Debug)]
pub struct Order<T> {
    // PERF: a search for a run stays within a few pages of memory, whatever the runs hold.
    firsts: Vec<T>,
    runs: Vec<Run>,
    /// Room for [`RUN_MAX`] items of each run; what lies behind a run's own is of no meaning.
    items: Vec<T>,
    /// Room that no run has.
    free: Vec<u32>,
    size: Size,
}

/// A run: where its room is, and how many it holds.
#[derive(Clone, Copy, Debug)]
struct Run {
    room: u32,
    all: u16,
    counted: u16,
}

/// What is kept in order.
pub trait Ordered: Copy {
    /// Whether it is counted apart.
    fn is_counted(&self) -> bool;
}

/// An item that comes or goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step<T> {
    /// The item.
    pub item: T,
    /// Whether it comes.
    pub comes: bool,
}

/// How many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    /// Items.
    pub all: usize,
    /// Those of them that are counted.
    pub counted: usize,
}

impl Run {
    fn items<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        &items[self.start()..][..usize::from(self.all)]
    }

    fn start(&self) -> usize {
        self.room as usize * RUN_MAX
    }
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { firsts: Vec::new(), runs: Vec::new(), items: Vec::new(), free: Vec::new(), size: Size::default() }
    }
}

impl<T: Ordered> Order<T> {
    /// All items, in order.
    pub fn of(items: impl IntoIterator<Item = T>) -> Self {
        let mut order = Self::default();
        for item in items {
            if order.runs.last().is_none_or(|run| usize::from(run.all) >= RUN_MADE) {
                order.begin(order.runs.len(), item);
            }
            let last = order.runs.len() - 1;
            order.put(last, usize::from(order.runs[last].all), item);
        }
        order
    }

    /// Adds items that are not yet there and takes others away, each at most once in `steps`; `compare` says which of two comes
    /// first. Those to be taken that are not there are left out.
    ///
    /// PERF: steps in order find their runs by going forward, and the runs of the next few are read before they are needed, so
    /// that what they wait for memory is waited for together.
    pub fn change(&mut self, steps: &mut [Step<T>], compare: impl Fn(&T, &T) -> Ordering) {
        steps.sort_unstable_by(|one, other| compare(&one.item, &other.item));
        let found = self.runs_of(steps, &compare);
        // From the last to the first: runs that split or go move only those that are done with.
        for (steps, found) in steps.rchunks(AHEAD).zip(found.rchunks(AHEAD)) {
            self.read_ahead(found);
            for (step, found) in steps.iter().zip(found).rev() {
                self.step(step, *found as usize, &compare);
            }
        }
    }

    /// The run of each step, as it is before any of them is taken.
    fn runs_of(&self, steps: &[Step<T>], compare: impl Fn(&T, &T) -> Ordering) -> Vec<u32> {
        let mut at = 0;
        let starts_no_later = |first: &T, item: &T| compare(first, item) != Ordering::Greater;
        let run_of = |Step { item, .. }: &Step<T>| {
            let mut stride = 1;
            while self.firsts.get(at + stride).is_some_and(|first| starts_no_later(first, item)) {
                at += stride;
                stride *= 2;
            }
            let end = (at + stride).min(self.firsts.len());
            at += self.firsts[at..end].partition_point(|first| starts_no_later(first, item)).saturating_sub(1);
            at as u32
        };
        steps.iter().map(run_of).collect()
    }

    fn read_ahead(&self, runs: &[u32]) {
        let read = runs.iter().filter_map(|run| self.runs.get(*run as usize));
        let counted =
            read.map(|run| run.items(&self.items).iter().step_by(AHEAD_STEP).filter(|item| item.is_counted()).count());
        std::hint::black_box(counted.sum::<usize>());
    }

    /// Takes one step. Its run was `at`, before later ones were taken.
    fn step(&mut self, Step { item, comes }: &Step<T>, mut at: usize, compare: impl Fn(&T, &T) -> Ordering) {
        let is_after = |first: Option<&T>| first.is_some_and(|first| compare(first, item) == Ordering::Greater);
        while at > 0 && (at >= self.runs.len() || is_after(self.firsts.get(at))) {
            at -= 1;
        }
        while at + 1 < self.runs.len() && !is_after(self.firsts.get(at + 1)) {
            at += 1;
        }
        if self.runs.is_empty() && *comes {
            self.begin(0, *item);
        }
        let Some(run) = self.runs.get(at) else { return };
        let run = run.items(&self.items);
        let place = run.partition_point(|other| compare(other, item) == Ordering::Less);
        if *comes {
            self.put(at, place, *item);
        } else if run.get(place).is_some_and(|other| compare(other, item) == Ordering::Equal) {
            self.take(at, place);
        }
    }

    /// Puts an item at a place of a run.
    fn put(&mut self, at: usize, place: usize, item: T) {
        let run = &mut self.runs[at];
        let (start, end) = (run.start(), run.start() + usize::from(run.all));
        self.items.copy_within(start + place..end, start + place + 1);
        self.items[start + place] = item;
        run.all += 1;
        run.counted += u16::from(item.is_counted());
        self.size.all += 1;
        self.size.counted += usize::from(item.is_counted());
        if place == 0 {
            self.firsts[at] = item;
        }
        if usize::from(self.runs[at].all) == RUN_MAX {
            self.split(at);
        }
    }

    /// Takes the item at a place of a run away.
    fn take(&mut self, at: usize, place: usize) {
        let run = &mut self.runs[at];
        let (start, end) = (run.start(), run.start() + usize::from(run.all));
        let is_counted = self.items[start + place].is_counted();
        self.items.copy_within(start + place + 1..end, start + place);
        run.all -= 1;
        run.counted -= u16::from(is_counted);
        self.size.all -= 1;
        self.size.counted -= usize::from(is_counted);
        if run.all == 0 {
            self.end(at);
            return;
        }
        if place == 0 {
            self.firsts[at] = self.items[start];
        }
        self.join(at);
    }

    /// Makes two runs of one.
    fn split(&mut self, at: usize) {
        let middle = RUN_MAX / 2;
        let start = self.runs[at].start();
        self.begin(at + 1, self.items[start + middle]);
        let next = self.runs[at + 1].start();
        self.items.copy_within(start + middle..start + RUN_MAX, next);
        let moved = &self.items[next..next + RUN_MAX - middle];
        let (all, counted) = (moved.len() as u16, moved.iter().filter(|item| item.is_counted()).count() as u16);
        (self.runs[at + 1].all, self.runs[at + 1].counted) = (all, counted);
        self.runs[at].all -= all;
        self.runs[at].counted -= counted;
    }

    /// Makes one run of two that are small: a run and the next.
    fn join(&mut self, at: usize) {
        let (Some(run), Some(next)) = (self.runs.get(at).copied(), self.runs.get(at + 1).copied()) else { return };
        if usize::from(run.all + next.all) <= RUN_SMALL {
            let moved = next.start()..next.start() + usize::from(next.all);
            self.items.copy_within(moved, run.start() + usize::from(run.all));
            self.runs[at].all += next.all;
            self.runs[at].counted += next.counted;
            self.end(at + 1);
        }
    }

    /// Adds an empty run, for an item that will be its first.
    fn begin(&mut self, at: usize, first: T) {
        let room = self.free.pop().unwrap_or_else(|| {
            let room = self.items.len() / RUN_MAX;
            self.items.resize((room + 1) * RUN_MAX, first);
            room as u32
        });
        self.runs.insert(at, Run { room, all: 0, counted: 0 });
        self.firsts.insert(at, first);
    }

    fn end(&mut self, at: usize) {
        self.firsts.remove(at);
        self.free.push(self.runs.remove(at).room);
    }

    /// How many there are.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How many come before: those that `compare` calls less. It must agree with the order; it may call many equal.
    pub fn before(&self, compare: impl Fn(&T) -> Ordering) -> Size {
        let precedes = |item: &T| compare(item) == Ordering::Less;
        // Equal ones may fill many runs: what precedes ends in the last run that begins with one that precedes.
        let index = self.firsts.partition_point(precedes).saturating_sub(1);
        let Some(run) = self.runs.get(index) else { return Size::default() };
        // PERF: sums of four bytes are added many at a time.
        let (all, counted) = self.runs[..index]
            .iter()
            .fold((0_u32, 0_u32), |(all, counted), run| (all + u32::from(run.all), counted + u32::from(run.counted)));
        let run = run.items(&self.items);
        let within = &run[..run.partition_point(precedes)];
        Size {
            all: all as usize + within.len(),
            counted: counted as usize + within.iter().filter(|item| item.is_counted()).count(),
        }
    }

    /// The items from the `start`-th on.
    pub fn from(&self, start: usize) -> impl Iterator<Item = &T> {
        let (mut run, mut left) = (0, start);
        while run < self.runs.len() && left >= usize::from(self.runs[run].all) {
            left -= usize::from(self.runs[run].all);
            run += 1;
        }
        self.runs[run..].iter().flat_map(|run| run.items(&self.items)).skip(left)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl Ordered for (u16, bool) {
        fn is_counted(&self) -> bool {
            self.1
        }
    }

    /// Items as a sorted list, which is plainly right.
    fn check(order: &Order<(u16, bool)>, plain: &BTreeMap<u16, bool>) -> Result<(), TestCaseError> {
        let counted = |until: u16| plain.range(..until).filter(|(_, counted)| **counted).count();
        for value in [0, 1, 77, 300, 511, u16::MAX] {
            let expected = Size { all: plain.range(..value).count(), counted: counted(value) };
            prop_assert_eq!(order.before(|(other, _)| other.cmp(&value)), expected);
            let ten = value / 10 * 10;
            let expected = Size { all: plain.range(..ten).count(), counted: counted(ten) };
            prop_assert_eq!(order.before(|(other, _)| (other / 10).cmp(&(value / 10))), expected);
            let hundreds = value / 400 * 400;
            let expected = Size { all: plain.range(..hundreds).count(), counted: counted(hundreds) };
            prop_assert_eq!(order.before(|(other, _)| (other / 400).cmp(&(value / 400))), expected);
        }
        let all = plain.values();
        prop_assert_eq!(order.size(), Size { all: plain.len(), counted: all.filter(|counted| **counted).count() });
        for start in [0, 1, plain.len() / 2, plain.len(), plain.len() + 1] {
            let found: Vec<(u16, bool)> = order.from(start).copied().collect();
            let expected: Vec<(u16, bool)> =
                plain.iter().skip(start).map(|(value, counted)| (*value, *counted)).collect();
            prop_assert_eq!(found, expected);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn is_a_sorted_list(
            first in proptest::collection::btree_map(0_u16..512, any::<bool>(), 0..400),
            commits in proptest::collection::vec(
                proptest::collection::btree_map(0_u16..512, proptest::option::of(any::<bool>()), 0..200), 0..8,
            ),
        ) {
            let mut plain = first.clone();
            let mut order = Order::of(first);
            check(&order, &plain)?;
            for commit in commits {
                // What is there goes, or comes back otherwise counted; what is not comes, or is not there to be taken.
                let steps = commit.into_iter().filter_map(|(value, counted)| match (plain.get(&value), counted) {
                    (None, Some(counted)) => Some(Step { item: (value, counted), comes: true }),
                    (None, None) => Some(Step { item: (value, false), comes: false }),
                    (Some(counted), None) => Some(Step { item: (value, *counted), comes: false }),
                    (Some(_), Some(_)) => None,
                });
                let mut steps: Vec<Step<(u16, bool)>> = steps.collect();
                for Step { item: (value, counted), comes } in &steps {
                    if *comes { plain.insert(*value, *counted); } else { plain.remove(value); }
                }
                steps.reverse();
                order.change(&mut steps, |one, other| one.0.cmp(&other.0));
                check(&order, &plain)?;
            }
        }
    }

    #[test]
    fn takes_no_more_room_for_those_that_came_and_went() {
        let step = |value: u16, comes| Step { item: (value, true), comes };
        let mut order = Order::of((0..2_000).map(|value| (value, true)));
        let compare = |one: &(u16, bool), other: &(u16, bool)| one.0.cmp(&other.0);
        for from in (0..40_000_u16).step_by(500) {
            let gone = (from..from + 500).map(|value| step(value, false));
            order.change(
                &mut gone.chain((from + 2_000..from + 2_500).map(|value| step(value, true))).collect::<Vec<_>>(),
                compare,
            );
        }
        assert_eq!(order.size(), Size { all: 2_000, counted: 2_000 });
        assert!(order.items.len() < 6_000, "room for {}", order.items.len());
        let mut most: Vec<_> =
            order.from(0).filter(|(value, _)| value % 50 != 0).map(|(value, _)| step(*value, false)).collect();
        order.change(&mut most, compare);
        assert_eq!(order.size().all, 40);
        assert!(order.runs.len() <= 4, "{} runs", order.runs.len());
    }
}
