//! A sorted list that can say how many come before: the order statistics that boards in memory are read by.
//!
//! In: items as they come, change and go, many at a time. Out: how many precede a point, and the items from any place on. Sorted
//! runs of bounded length lie in one stretch of memory, with the first item and the counts of every run side by side: a place is
//! two short binary searches and one sum over counts. A balanced tree of nodes would do fewer additions and wait longer for memory.
//!
//! A change is counted at once, and noted beside its run; what is noted is worked in when there is no room for more notes, so that a
//! run is read and written once for many changes. Whoever reads a run looks at its notes too.
//!
//! Which of two items comes first is the caller's to say: what it takes to compare may lie elsewhere, so that items stay small.

use std::{cmp::Ordering, ops::Range};

/// A run splits when it is so long.
const RUN_MAX: usize = 64;
/// So full are runs that are made of many items at once: those who come have room.
const RUN_MADE: usize = 48;
/// Two runs that follow each other and have no more together become one.
const RUN_SMALL: usize = 24;
/// Changes noted of a run.
const NOTES_MAX: usize = 8;
/// Groups of changes whose runs are read ahead.
const AHEAD: usize = 16;
/// Every so many items of a run are read ahead: a line of the cache has room for about so many.
const AHEAD_STEP: usize = 3;

/// Items in order, some of them counted.
#[derive(Clone, Debug)]
pub struct Order<T> {
    /// No item of a run comes before its first, and all of the runs before it do; the first itself may have gone.
    ///
    /// PERF: a search for a run stays within a few pages of memory, whatever the runs hold.
    firsts: Vec<T>,
    runs: Vec<Run>,
    /// What lies in each room.
    rooms: Vec<Room>,
    /// [`RUN_MAX`] items a room; what lies behind a run's own is of no meaning.
    items: Vec<T>,
    /// [`NOTES_MAX`] notes a room, likewise.
    notes: Vec<Step<T>>,
    /// Rooms that no run has.
    free: Vec<u32>,
    size: Size,
}

/// A run: where it lies, and how many it holds once all that is noted is worked in.
#[derive(Clone, Copy, Debug)]
struct Run {
    room: u32,
    all: u16,
    counted: u16,
}

/// How many items and notes lie in a room.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    items: u16,
    notes: u16,
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

impl Size {
    fn count<T: Ordered>(&mut self, Step { item, comes }: &Step<T>) {
        let counted = usize::from(item.is_counted());
        (self.all, self.counted) = match comes {
            true => (self.all + 1, self.counted + counted),
            false => (self.all - 1, self.counted - counted),
        };
    }
}

impl Run {
    fn count<T: Ordered>(&mut self, step: &Step<T>) {
        let mut size = Size { all: self.all.into(), counted: self.counted.into() };
        size.count(step);
        (self.all, self.counted) = (size.all as u16, size.counted as u16);
    }
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self {
            firsts: Vec::new(),
            runs: Vec::new(),
            rooms: Vec::new(),
            items: Vec::new(),
            notes: Vec::new(),
            free: Vec::new(),
            size: Size::default(),
        }
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

    /// Adds items that are not yet there and takes others away that are; `compare` says which of two comes first. One that goes and comes
    /// goes first.
    ///
    /// PERF: steps in order find their runs by going forward; and where notes are worked in, the next few runs are read before they are
    /// needed, so that what they wait for memory is waited for together.
    pub fn change(&mut self, steps: &mut [Step<T>], compare: impl Fn(&T, &T) -> Ordering) {
        steps.sort_unstable_by(|one, other| compare(&one.item, &other.item).then(one.comes.cmp(&other.comes)));
        let groups = self.by_run(steps, &compare);
        // From the last to the first: runs that split or go move only those that are done with.
        for groups in groups.rchunks(AHEAD) {
            self.read_ahead(groups);
            for (at, of_run) in groups.iter().rev() {
                self.change_run(*at, &steps[of_run.clone()], &compare);
            }
        }
    }

    /// Runs that have steps, each with its own: as the runs are before any step is taken.
    fn by_run(&self, steps: &[Step<T>], compare: impl Fn(&T, &T) -> Ordering) -> Vec<(usize, Range<usize>)> {
        let starts_no_later = |first: &T, item: &T| compare(first, item) != Ordering::Greater;
        let mut groups: Vec<(usize, Range<usize>)> = Vec::with_capacity(steps.len());
        let mut at = 0;
        for (index, Step { item, .. }) in steps.iter().enumerate() {
            let mut stride = 1;
            while self.firsts.get(at + stride).is_some_and(|first| starts_no_later(first, item)) {
                at += stride;
                stride *= 2;
            }
            let end = (at + stride).min(self.firsts.len());
            at += self.firsts[at..end].partition_point(|first| starts_no_later(first, item)).saturating_sub(1);
            match groups.last_mut().filter(|(run, _)| *run == at) {
                Some((_, of_run)) => of_run.end = index + 1,
                None => groups.push((at, index..index + 1)),
            }
        }
        groups
    }

    fn read_ahead(&self, groups: &[(usize, Range<usize>)]) {
        let read = groups.iter().filter(|(at, steps)| !self.has_room(*at, steps.len()));
        let counted =
            read.map(|(at, _)| self.items_of(*at).iter().step_by(AHEAD_STEP).filter(|item| item.is_counted()).count());
        std::hint::black_box(counted.sum::<usize>());
    }

    /// Whether there is room for so many more notes.
    fn has_room(&self, at: usize, notes: usize) -> bool {
        self.runs.get(at).is_some_and(|run| usize::from(self.rooms[run.room as usize].notes) + notes <= NOTES_MAX)
    }

    /// Takes the steps of one run, which was `at` before later ones were taken.
    fn change_run(&mut self, at: usize, steps: &[Step<T>], compare: &impl Fn(&T, &T) -> Ordering) {
        let goes = steps.iter().filter(|step| !step.comes).count();
        let is_before = |one: &T, other: Option<&T>| other.is_none_or(|other| compare(one, other) == Ordering::Less);
        let is_its = |step: &Step<T>| {
            let is_after_first = at == 0 || compare(&self.firsts[at], &step.item) != Ordering::Greater;
            is_after_first && is_before(&step.item, self.firsts.get(at + 1))
        };
        // A run that may become empty would have to end.
        let are_noted = self.has_room(at, steps.len())
            && usize::from(self.runs[at].all) > goes
            && steps.first().is_some_and(is_its)
            && steps.last().is_some_and(is_its);
        for step in steps {
            match are_noted {
                true => self.note(at, step, compare),
                false => self.step(at, step, compare),
            }
        }
    }

    /// Notes a step of a run, which has room for it.
    fn note(&mut self, at: usize, step: &Step<T>, compare: &impl Fn(&T, &T) -> Ordering) {
        let run = &mut self.runs[at];
        let room = &mut self.rooms[run.room as usize];
        self.notes[run.room as usize * NOTES_MAX + usize::from(room.notes)] = *step;
        room.notes += 1;
        run.count(step);
        self.size.count(step);
        if step.comes && compare(&step.item, &self.firsts[at]) == Ordering::Less {
            self.firsts[at] = step.item;
        }
    }

    /// Takes one step in the items themselves. Its run was `at`, before later ones were taken.
    fn step(&mut self, mut at: usize, step @ Step { item, comes }: &Step<T>, compare: &impl Fn(&T, &T) -> Ordering) {
        if self.runs.is_empty() && *comes {
            self.begin(0, *item);
        }
        let is_after = |first: Option<&T>| first.is_some_and(|first| compare(first, item) == Ordering::Greater);
        while at > 0 && (at >= self.runs.len() || is_after(self.firsts.get(at))) {
            at -= 1;
        }
        while at + 1 < self.runs.len() && !is_after(self.firsts.get(at + 1)) {
            at += 1;
        }
        let Some(run) = self.runs.get(at) else { return };
        if self.rooms[run.room as usize].notes > 0 {
            self.work_in(at, compare);
            return self.step(at, step, compare);
        }
        let items = self.items_of(at);
        let place = items.partition_point(|other| compare(other, item) == Ordering::Less);
        if *comes {
            self.put(at, place, *item);
        } else if items.get(place).is_some_and(|other| compare(other, item) == Ordering::Equal) {
            self.take(at, place);
        }
    }

    /// Works what is noted of a run into its items.
    fn work_in(&mut self, at: usize, compare: &impl Fn(&T, &T) -> Ordering) {
        let run = &mut self.runs[at];
        let room = &mut self.rooms[run.room as usize];
        let start = run.room as usize * NOTES_MAX;
        let notes: Vec<Step<T>> = self.notes[start..start + usize::from(room.notes)].to_vec();
        room.notes = 0;
        // They are counted, and are counted again when they are taken. Backwards, because forwards they were right at every step.
        for Step { item, comes } in notes.iter().rev() {
            let back = Step { item: *item, comes: !comes };
            run.count(&back);
            self.size.count(&back);
        }
        for step in &notes {
            self.step(at, step, compare);
        }
    }

    /// What lies in a run's room, whatever is noted.
    fn items_of(&self, at: usize) -> &[T] {
        let Some(Run { room, .. }) = self.runs.get(at) else { return &[] };
        let room = *room as usize;
        &self.items[room * RUN_MAX..][..usize::from(self.rooms[room].items)]
    }

    fn notes_of(&self, at: usize) -> &[Step<T>] {
        let room = self.runs[at].room as usize;
        &self.notes[room * NOTES_MAX..][..usize::from(self.rooms[room].notes)]
    }

    /// A run's items with all that is noted.
    fn whole(&self, at: usize, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
        let mut items = self.items_of(at).to_vec();
        for Step { item, comes } in self.notes_of(at) {
            let place = items.partition_point(|other| compare(other, item) == Ordering::Less);
            if *comes {
                items.insert(place, *item);
            } else if items.get(place).is_some_and(|other| compare(other, item) == Ordering::Equal) {
                items.remove(place);
            }
        }
        items
    }

    /// Puts an item at a place of a run of which nothing is noted.
    fn put(&mut self, at: usize, place: usize, item: T) {
        let (start, end) = self.span(at);
        self.items.copy_within(start + place..end, start + place + 1);
        self.items[start + place] = item;
        self.count(at, &Step { item, comes: true });
        if place == 0 {
            self.firsts[at] = item;
        }
        if usize::from(self.runs[at].all) == RUN_MAX {
            self.split(at);
        }
    }

    /// Takes the item at a place of a run away, of which nothing is noted.
    fn take(&mut self, at: usize, place: usize) {
        let (start, end) = self.span(at);
        let item = self.items[start + place];
        self.items.copy_within(start + place + 1..end, start + place);
        self.count(at, &Step { item, comes: false });
        if self.runs[at].all == 0 {
            self.end(at);
            return;
        }
        if place == 0 {
            self.firsts[at] = self.items[start];
        }
        self.join(at);
    }

    /// From where to where a run's items lie.
    fn span(&self, at: usize) -> (usize, usize) {
        let room = self.runs[at].room as usize;
        (room * RUN_MAX, room * RUN_MAX + usize::from(self.rooms[room].items))
    }

    /// Counts a step that was taken in the items.
    fn count(&mut self, at: usize, step: &Step<T>) {
        let run = &mut self.runs[at];
        run.count(step);
        self.rooms[run.room as usize].items = run.all;
        self.size.count(step);
    }

    /// Makes two runs of one.
    fn split(&mut self, at: usize) {
        let middle = RUN_MAX / 2;
        let (start, _) = self.span(at);
        self.begin(at + 1, self.items[start + middle]);
        let (next, _) = self.span(at + 1);
        self.items.copy_within(start + middle..start + RUN_MAX, next);
        let moved = &self.items[next..next + RUN_MAX - middle];
        let (all, counted) = (moved.len() as u16, moved.iter().filter(|item| item.is_counted()).count() as u16);
        let Run { all: both, counted: both_counted, .. } = self.runs[at];
        self.hold(at + 1, all, counted);
        self.hold(at, both - all, both_counted - counted);
    }

    /// Makes one run of two that are small: a run and the next, if nothing is noted of that one.
    fn join(&mut self, at: usize) {
        let (Some(run), Some(next)) = (self.runs.get(at).copied(), self.runs.get(at + 1).copied()) else { return };
        if usize::from(run.all + next.all) <= RUN_SMALL && self.notes_of(at + 1).is_empty() {
            let ((_, end), (from, to)) = (self.span(at), self.span(at + 1));
            self.items.copy_within(from..to, end);
            self.hold(at, run.all + next.all, run.counted + next.counted);
            self.end(at + 1);
        }
    }

    /// Says how many a run holds, of which nothing is noted.
    fn hold(&mut self, at: usize, all: u16, counted: u16) {
        let run = &mut self.runs[at];
        (run.all, run.counted) = (all, counted);
        self.rooms[run.room as usize].items = all;
    }

    /// Adds an empty run, for an item that will be its first.
    fn begin(&mut self, at: usize, first: T) {
        let room = self.free.pop().unwrap_or_else(|| {
            let room = self.rooms.len();
            self.rooms.push(Room::default());
            self.items.resize((room + 1) * RUN_MAX, first);
            self.notes.resize((room + 1) * NOTES_MAX, Step { item: first, comes: false });
            room as u32
        });
        self.runs.insert(at, Run { room, all: 0, counted: 0 });
        self.firsts.insert(at, first);
    }

    fn end(&mut self, at: usize) {
        self.firsts.remove(at);
        let Run { room, .. } = self.runs.remove(at);
        self.rooms[room as usize] = Room::default();
        self.free.push(room);
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
        if self.runs.is_empty() {
            return Size::default();
        }
        // PERF: sums of four bytes are added many at a time.
        let (all, counted) = self.runs[..index]
            .iter()
            .fold((0_u32, 0_u32), |(all, counted), run| (all + u32::from(run.all), counted + u32::from(run.counted)));
        let items = self.items_of(index);
        let within = &items[..items.partition_point(precedes)];
        let mut size = Size {
            all: all as usize + within.len(),
            counted: counted as usize + within.iter().filter(|item| item.is_counted()).count(),
        };
        self.notes_of(index).iter().filter(|note| precedes(&note.item)).for_each(|note| size.count(note));
        size
    }

    /// The items from the `start`-th on; `compare` as for [`Self::change`].
    pub fn from(&self, start: usize, compare: impl Fn(&T, &T) -> Ordering) -> impl Iterator<Item = T> {
        let (mut run, mut left) = (0, start);
        while run < self.runs.len() && left >= usize::from(self.runs[run].all) {
            left -= usize::from(self.runs[run].all);
            run += 1;
        }
        (run..self.runs.len()).flat_map(move |at| self.whole(at, &compare)).skip(left)
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

    fn by_value(one: &(u16, bool), other: &(u16, bool)) -> Ordering {
        one.0.cmp(&other.0)
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
            let found: Vec<(u16, bool)> = order.from(start, by_value).collect();
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
                proptest::collection::btree_map(0_u16..512, proptest::option::of(any::<bool>()), 0..60), 0..24,
            ),
        ) {
            let mut plain = first.clone();
            let mut order = Order::of(first);
            check(&order, &plain)?;
            for commit in commits {
                // What is there goes, and may come back otherwise counted; what is not there comes.
                let mut steps: Vec<Step<(u16, bool)>> = Vec::new();
                for (value, counted) in commit {
                    steps.extend(plain.get(&value).map(|counted| Step { item: (value, *counted), comes: false }));
                    steps.extend(counted.map(|counted| Step { item: (value, counted), comes: true }));
                }
                for Step { item: (value, counted), comes } in &steps {
                    if *comes { plain.insert(*value, *counted); } else { plain.remove(value); }
                }
                steps.reverse();
                order.change(&mut steps, by_value);
                check(&order, &plain)?;
            }
        }
    }

    #[test]
    fn takes_no_more_room_for_those_that_came_and_went() {
        let step = |value: u16, comes| Step { item: (value, true), comes };
        let mut order = Order::of((0..2_000).map(|value| (value, true)));
        for from in (0..40_000_u16).step_by(500) {
            let gone = (from..from + 500).map(|value| step(value, false));
            order.change(
                &mut gone.chain((from + 2_000..from + 2_500).map(|value| step(value, true))).collect::<Vec<_>>(),
                by_value,
            );
        }
        assert_eq!(order.size(), Size { all: 2_000, counted: 2_000 });
        assert!(order.items.len() < 6_000, "room for {}", order.items.len());
        let mut most: Vec<_> =
            order.from(0, by_value).filter(|(value, _)| value % 50 != 0).map(|(value, _)| step(value, false)).collect();
        order.change(&mut most, by_value);
        assert_eq!(order.size().all, 40);
        assert!(order.runs.len() <= 4, "{} runs", order.runs.len());
    }
}
