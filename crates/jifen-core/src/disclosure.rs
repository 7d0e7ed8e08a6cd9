//! Disclosure: what may be shown to anybody. Small cells are hidden together with enough others that no total gives them away;
//! names are masked.
//!
//! In: counts of people or their matters, names. Out: which counts stay hidden, masked names. The rules are told in `docs/public.md`.

/// A count of at least one and less than this is hidden: few enough that somebody could be recognised in it.
pub const CELL_MIN: u64 = 10;

/// What of a row of cells and its total stays hidden.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hidden {
    /// Per cell.
    pub cells: Vec<bool>,
    /// The total.
    pub total: bool,
}

/// Decides what to hide of `counts` and their total.
///
/// Whoever knows the total and the shown cells knows the sum of the hidden ones. So they are never fewer than two and never come to
/// less than [`CELL_MIN`]: the smallest of the others are hidden too until that holds, and the total where it cannot.
/// An empty cell is shown: there is nobody in it.
pub fn hidden(counts: &[u64]) -> Hidden {
    let mut cells: Vec<bool> = counts.iter().map(|count| (1..CELL_MIN).contains(count)).collect();
    let mut total = (1..CELL_MIN).contains(&counts.iter().sum());
    loop {
        let among = counts.iter().zip(&cells).filter(|(_, hidden)| **hidden);
        let (number, sum) = among.fold((0_u64, 0_u64), |(number, sum), (count, _)| (number + 1, sum + count));
        if number == 0 || (number >= 2 && sum >= CELL_MIN) {
            return Hidden { cells, total };
        }
        let shown = counts.iter().enumerate().filter(|(index, count)| **count > 0 && !cells[*index]);
        match shown.min_by_key(|(index, count)| (**count, *index)) {
            Some((index, _)) => cells[index] = true,
            None => {
                total = true;
                return Hidden { cells, total };
            }
        }
    }
}

/// A name as a screen in a hall shows it: `王*`. Nothing where there is no name.
pub fn masked(name: &str) -> Option<String> {
    let first = name.trim().chars().next()?;
    Some(format!("{first}*"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_cells_hide_and_so_does_what_would_tell_them() {
        for (counts, cells, total) in [
            (vec![50, 60, 70], vec![false, false, false], false),
            // 187 − 180 would tell the 7: the 80 goes with it.
            (vec![7, 80, 100], vec![true, true, false], false),
            (vec![3, 4, 80, 100], vec![true, true, true, false], false),
            (vec![6, 7, 80], vec![true, true, false], false),
            (vec![0, 80, 100], vec![false, false, false], false),
            (vec![5, 0, 0], vec![true, false, false], true),
            (vec![9], vec![true], true),
            (vec![10], vec![false], false),
            (vec![], vec![], false),
        ] {
            assert_eq!(hidden(&counts), Hidden { cells, total }, "{counts:?}");
        }
    }

    #[test]
    fn names_keep_their_first_character() {
        assert_eq!(
            [masked("王岚"), masked("欧阳锋"), masked(" Ann Lee"), masked(" ")],
            [Some("王*"), Some("欧*"), Some("A*"), None].map(|name| name.map(str::to_owned))
        );
    }

    proptest! {
        #[test]
        fn nothing_small_can_be_worked_out(counts in proptest::collection::vec(0_u64..40, 0..12)) {
            let found = hidden(&counts);
            let sum: u64 = counts.iter().sum();
            let concealed: Vec<u64> = counts.iter().zip(&found.cells).filter(|(_, hidden)| **hidden).map(|(count, _)| *count).collect();
            for (count, hidden) in counts.iter().zip(&found.cells) {
                prop_assert!(*hidden || *count == 0 || *count >= CELL_MIN);
            }
            if !found.total {
                prop_assert!(sum == 0 || sum >= CELL_MIN);
                prop_assert!(concealed.is_empty() || (concealed.len() >= 2 && concealed.iter().sum::<u64>() >= CELL_MIN));
            }
        }
    }
}
