//! Suspensions out of a span: what is left of it is when the clock of a case runs.

use crate::time::Instant;

/// The parts of [`from`, `to`) outside all of `suspended`, in order, none empty.
pub(super) fn running(from: Instant, to: Instant, suspended: &[(Instant, Instant)]) -> Vec<(Instant, Instant)> {
    let mut sorted: Vec<_> = suspended.iter().copied().filter(|(start, end)| start < end).collect();
    sorted.sort_unstable();
    let mut parts = Vec::with_capacity(sorted.len() + 1);
    let mut at = from;
    for (start, end) in sorted {
        let stop = start.min(to);
        if at < stop {
            parts.push((at, stop));
        }
        at = at.max(end);
    }
    if at < to {
        parts.push((at, to));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspensions_are_cut_out() {
        let check = |suspended: &[(i64, i64)], expected: &[(i64, i64)]| {
            let instants = |spans: &[(i64, i64)]| -> Vec<_> {
                spans.iter().map(|&(start, end)| (Instant(start), Instant(end))).collect()
            };
            assert_eq!(running(Instant(10), Instant(20), &instants(suspended)), instants(expected), "{suspended:?}");
        };
        check(&[], &[(10, 20)]);
        check(&[(12, 14)], &[(10, 12), (14, 20)]);
        check(&[(15, 17), (12, 16), (13, 14)], &[(10, 12), (17, 20)]);
        check(&[(0, 11), (19, 30)], &[(11, 19)]);
        check(&[(0, 30)], &[]);
        check(&[(0, 10), (20, 30)], &[(10, 20)]);
        check(&[(15, 15), (17, 12)], &[(10, 20)]);
        check(&[(25, 30)], &[(10, 20)]);
    }
}
