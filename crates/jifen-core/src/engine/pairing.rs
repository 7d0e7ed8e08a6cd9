//! What was there beside what comes, by their keys.

use std::cmp::Ordering;

/// Both lists in one, in order; what has no counterpart stands alone. Both are sorted as `order` compares, each key there once.
///
/// PERF: a record reaches one fact or two, with one verdict or two, of several hundred bytes each; a tree's node has room for eleven.
pub(super) fn side_by_side<T, U>(
    old: Vec<T>,
    new: Vec<U>,
    order: impl Fn(&T, &U) -> Ordering,
) -> Vec<(Option<T>, Option<U>)> {
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let first = match (old.peek(), new.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => order(old, new),
        };
        pairs.push((old.next_if(|_| first.is_le()), new.next_if(|_| first.is_ge())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_counterpart_stands_alone() {
        let pairs = side_by_side(vec![1, 3, 4], vec![2, 3, 5], Ord::cmp);
        let expected = [(Some(1), None), (None, Some(2)), (Some(3), Some(3)), (Some(4), None), (None, Some(5))];
        assert_eq!(pairs, expected);
        assert_eq!(side_by_side(Vec::<u8>::new(), Vec::new(), Ord::cmp), []);
    }
}
