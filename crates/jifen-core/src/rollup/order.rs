//! A sorted list that can say how many come before: the order statistics that boards in memory are read by.
//!
//! In: items as they come, change and go. Out: how many precede a point, and the items from any place on. Sorted runs of bounded
//! length, with the first item and the counts of every run side by side: a place is two short binary searches and one sum over
//! counts. A balanced tree of nodes would do fewer additions and wait longer for memory.
//!
//! Which of two items comes first is the caller's to say: what it takes to compare may lie elsewhere, so that items stay small.

use std::cmp::Ordering;

/// A run splits when it is longer.
const RUN_MAX: usize = 128;

/// Items in order, some of them counted.
#[derive(Clone, Debug)]
pub struct Order<T> {
    runs: Vec<Vec<T>>,
    // PERF: a search for a run stays within a few pages of memory, whatever the runs hold.
    firsts: Vec<T>,
    sizes: Vec<Size>,
    size: Size,
}

/// What is kept in order.
pub trait Ordered: Copy {
    /// Whether it is counted apart.
    fn is_counted(&self) -> bool;
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
    fn add(&mut self, counted: bool) {
        self.all += 1;
        self.counted += usize::from(counted);
    }

    fn take(&mut self, counted: bool) {
        self.all -= 1;
        self.counted -= usize::from(counted);
    }
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { runs: Vec::new(), firsts: Vec::new(), sizes: Vec::new(), size: Size::default() }
    }
}

impl<T: Ordered> Order<T> {
    /// All items, in order.
    pub fn of(items: impl IntoIterator<Item = T>) -> Self {
        let mut order = Self::default();
        for item in items {
            // Half full, so that those who come have room.
            if order.runs.last().is_none_or(|run| run.len() >= RUN_MAX / 2) {
                order.begin_with(item);
            }
            if let (Some(run), Some(size)) = (order.runs.last_mut(), order.sizes.last_mut()) {
                run.push(item);
                size.add(item.is_counted());
                order.size.add(item.is_counted());
            }
        }
        order
    }

    /// Adds an item that is not yet there; `compare` says where others stand relative to it.
    pub fn insert(&mut self, item: T, compare: impl Fn(&T) -> Ordering) {
        if self.runs.is_empty() {
            self.begin_with(item);
        }
        let index = self.run_of(&compare);
        let run = &mut self.runs[index];
        let at = run.partition_point(|other| compare(other) == Ordering::Less);
        run.insert(at, item);
        self.firsts[index] = run[0];
        self.sizes[index].add(item.is_counted());
        self.size.add(item.is_counted());
        if run.len() > RUN_MAX {
            let mut rest = Vec::with_capacity(RUN_MAX + 1);
            rest.extend(run.drain(RUN_MAX / 2..));
            let moved = Size { all: rest.len(), counted: rest.iter().filter(|item| item.is_counted()).count() };
            let size = &mut self.sizes[index];
            *size = Size { all: size.all - moved.all, counted: size.counted - moved.counted };
            self.firsts.insert(index + 1, rest[0]);
            self.runs.insert(index + 1, rest);
            self.sizes.insert(index + 1, moved);
        }
    }

    /// Takes an item away; whether it was there. `compare` says where others stand relative to it.
    pub fn remove(&mut self, compare: impl Fn(&T) -> Ordering) -> bool {
        if self.runs.is_empty() {
            return false;
        }
        let index = self.run_of(&compare);
        let run = &mut self.runs[index];
        let Ok(at) = run.binary_search_by(&compare) else { return false };
        let counted = run.remove(at).is_counted();
        self.sizes[index].take(counted);
        self.size.take(counted);
        match run.first() {
            Some(first) => self.firsts[index] = *first,
            None => {
                self.runs.remove(index);
                self.firsts.remove(index);
                self.sizes.remove(index);
            }
        }
        true
    }

    /// Adds an empty run at the end, for an item that will be its first.
    fn begin_with(&mut self, first: T) {
        self.runs.push(Vec::with_capacity(RUN_MAX + 1));
        self.firsts.push(first);
        self.sizes.push(Size::default());
    }

    /// How many there are.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How many come before: those that `compare` calls less. It must agree with the order; it may call many equal.
    pub fn before(&self, compare: impl Fn(&T) -> Ordering) -> Size {
        if self.runs.is_empty() {
            return Size::default();
        }
        // Equal ones may fill many runs: what precedes ends in the last run that begins with one that precedes.
        let index = self.firsts.partition_point(|first| compare(first) == Ordering::Less).saturating_sub(1);
        let mut size = self.sizes[..index]
            .iter()
            .fold(Size::default(), |sum, size| Size { all: sum.all + size.all, counted: sum.counted + size.counted });
        let run = &self.runs[index];
        let within = run.partition_point(|item| compare(item) == Ordering::Less);
        run[..within].iter().for_each(|item| size.add(item.is_counted()));
        size
    }

    /// The items from the `start`-th on.
    pub fn from(&self, start: usize) -> impl Iterator<Item = &T> {
        let (mut run, mut left) = (0, start);
        while run < self.sizes.len() && left >= self.sizes[run].all {
            left -= self.sizes[run].all;
            run += 1;
        }
        self.runs[run..].iter().flatten().skip(left)
    }

    /// The run that what `compare` looks for is in or would be in: the last that begins no later, else the first.
    fn run_of(&self, compare: impl Fn(&T) -> Ordering) -> usize {
        self.firsts.partition_point(|first| compare(first) != Ordering::Greater).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Ordered for (u16, bool) {
        fn is_counted(&self) -> bool {
            self.1
        }
    }

    /// Items as a sorted list, which is plainly right.
    fn check(order: &Order<(u16, bool)>, plain: &std::collections::BTreeMap<u16, bool>) -> Result<(), TestCaseError> {
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
        prop_assert_eq!(order.size().all, plain.len());
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
            steps in proptest::collection::vec((0_u16..512, any::<bool>()), 0..600),
        ) {
            let mut plain = first.clone();
            let mut order = Order::of(first);
            check(&order, &plain)?;
            for (value, counted) in steps {
                prop_assert_eq!(order.remove(|(other, _)| other.cmp(&value)), plain.remove(&value).is_some());
                if counted || value % 3 != 0 {
                    order.insert((value, counted), |(other, _)| other.cmp(&value));
                    plain.insert(value, counted);
                }
            }
            check(&order, &plain)?;
        }
    }
}
