//! A sorted list that can say how many come before: the order statistics that boards in memory are read by.
//!
//! In: items as they come, change and go. Out: how many precede a point, and the items from any place on. Sorted runs of bounded
//! length, with the counts of every run side by side: a place is two short binary searches and one sum over counts. A balanced
//! tree of nodes would do fewer additions and wait longer for memory.

use std::cmp::Ordering;

/// A run splits when it is longer.
const RUN_MAX: usize = 128;

/// Items in order, some of them counted.
#[derive(Clone, Debug)]
pub struct Order<T> {
    runs: Vec<Vec<Item<T>>>,
    sizes: Vec<Size>,
    size: Size,
}

#[derive(Clone, Debug)]
struct Item<T> {
    value: T,
    counted: bool,
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
        Self { runs: Vec::new(), sizes: Vec::new(), size: Size::default() }
    }
}

impl<T: Ord> Order<T> {
    /// All items, each with whether it is counted. Equal items must not be given.
    pub fn of(mut items: Vec<(T, bool)>) -> Self {
        items.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut order = Self::default();
        for (value, counted) in items {
            // Half full, so that those who come have room.
            if order.runs.last().is_none_or(|run| run.len() >= RUN_MAX / 2) {
                order.runs.push(Vec::with_capacity(RUN_MAX + 1));
                order.sizes.push(Size::default());
            }
            if let (Some(run), Some(size)) = (order.runs.last_mut(), order.sizes.last_mut()) {
                run.push(Item { value, counted });
                size.add(counted);
                order.size.add(counted);
            }
        }
        order
    }

    /// Adds an item that is not yet there.
    pub fn insert(&mut self, value: T, counted: bool) {
        if self.runs.is_empty() {
            self.runs.push(Vec::with_capacity(RUN_MAX + 1));
            self.sizes.push(Size::default());
        }
        let index = self.run_of(|other| other.cmp(&value));
        let run = &mut self.runs[index];
        let at = run.partition_point(|item| item.value < value);
        run.insert(at, Item { value, counted });
        self.sizes[index].add(counted);
        self.size.add(counted);
        if run.len() > RUN_MAX {
            let mut rest = Vec::with_capacity(RUN_MAX + 1);
            rest.extend(run.drain(RUN_MAX / 2..));
            let moved = Size { all: rest.len(), counted: rest.iter().filter(|item| item.counted).count() };
            let size = &mut self.sizes[index];
            *size = Size { all: size.all - moved.all, counted: size.counted - moved.counted };
            self.runs.insert(index + 1, rest);
            self.sizes.insert(index + 1, moved);
        }
    }

    /// Takes an item away; whether it was there.
    pub fn remove(&mut self, value: &T) -> bool {
        if self.runs.is_empty() {
            return false;
        }
        let index = self.run_of(|other| other.cmp(value));
        let run = &mut self.runs[index];
        let Ok(at) = run.binary_search_by(|item| item.value.cmp(value)) else { return false };
        let counted = run.remove(at).counted;
        self.sizes[index].take(counted);
        self.size.take(counted);
        if run.is_empty() {
            self.runs.remove(index);
            self.sizes.remove(index);
        }
        true
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
        let precedes = |run: &Vec<Item<T>>| run.first().is_some_and(|item| compare(&item.value) == Ordering::Less);
        let index = self.runs.partition_point(precedes).saturating_sub(1);
        let mut size = self.sizes[..index]
            .iter()
            .fold(Size::default(), |sum, size| Size { all: sum.all + size.all, counted: sum.counted + size.counted });
        let run = &self.runs[index];
        let within = run.partition_point(|item| compare(&item.value) == Ordering::Less);
        run[..within].iter().for_each(|item| size.add(item.counted));
        size
    }

    /// The items from the `start`-th on, each with whether it is counted.
    pub fn from(&self, start: usize) -> impl Iterator<Item = (&T, bool)> {
        let (mut run, mut left) = (0, start);
        while run < self.sizes.len() && left >= self.sizes[run].all {
            left -= self.sizes[run].all;
            run += 1;
        }
        self.runs[run..].iter().flatten().skip(left).map(|item| (&item.value, item.counted))
    }

    /// The run that what `compare` looks for is in or would be in: the last that begins no later, else the first.
    fn run_of(&self, compare: impl Fn(&T) -> Ordering) -> usize {
        let begins = |run: &Vec<Item<T>>| run.first().is_some_and(|item| compare(&item.value) != Ordering::Greater);
        self.runs.partition_point(begins).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Items as a sorted list, which is plainly right.
    fn check(order: &Order<u16>, plain: &std::collections::BTreeMap<u16, bool>) -> Result<(), TestCaseError> {
        let counted = |until: u16| plain.range(..until).filter(|(_, counted)| **counted).count();
        for value in [0, 1, 77, 300, 511, u16::MAX] {
            let expected = Size { all: plain.range(..value).count(), counted: counted(value) };
            prop_assert_eq!(order.before(|other| other.cmp(&value)), expected);
            let ten = value / 10 * 10;
            let expected = Size { all: plain.range(..ten).count(), counted: counted(ten) };
            prop_assert_eq!(order.before(|other| (other / 10).cmp(&(value / 10))), expected);
            let hundreds = value / 400 * 400;
            let expected = Size { all: plain.range(..hundreds).count(), counted: counted(hundreds) };
            prop_assert_eq!(order.before(|other| (other / 400).cmp(&(value / 400))), expected);
        }
        prop_assert_eq!(order.size().all, plain.len());
        for start in [0, 1, plain.len() / 2, plain.len(), plain.len() + 1] {
            let found: Vec<(u16, bool)> = order.from(start).map(|(value, counted)| (*value, counted)).collect();
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
            let mut order = Order::of(first.into_iter().collect());
            check(&order, &plain)?;
            for (value, counted) in steps {
                prop_assert_eq!(order.remove(&value), plain.remove(&value).is_some());
                if counted || value % 3 != 0 {
                    order.insert(value, counted);
                    plain.insert(value, counted);
                }
            }
            check(&order, &plain)?;
        }
    }
}
