//! Which runs a checkpoint merges.
//!
//! # Invariants
//!
//! The newest ones, and no hole between them: what is older stays older. A record is written again only with as much that is
//! newer, or with seven runs' worth of it: so a checkpoint costs what it changes, a few times over, and not the whole state;
//! and there are a few runs, not one a checkpoint.

use crate::run::Run;

/// So many runs of about one size become one.
const MERGED_MIN: usize = 8;

/// The place, among runs from the oldest on, of the first that the next checkpoint merges; their number where it merges none.
pub(crate) fn first_merged(runs: &[Run]) -> usize {
    let (mut first, mut newer) = (runs.len(), 0_u64);
    for (at, run) in runs.iter().enumerate().rev() {
        let count = runs.len().saturating_sub(at);
        // The oldest holds what has been gone for long too: it is not kept longer than it must be.
        let is_due = count >= MERGED_MIN || at == 0;
        if is_due && count > 1 && run.bytes <= newer {
            first = at;
        }
        newer = newer.saturating_add(run.bytes);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u64, bytes: u64) -> Run {
        Run { number, blocks: 1, bytes }
    }

    fn sizes(sizes: &[u64]) -> Vec<Run> {
        (1..).zip(sizes).map(|(number, bytes)| run(number, *bytes)).collect()
    }

    #[test]
    fn the_oldest_is_merged_when_as_much_is_newer() {
        assert_eq!(first_merged(&[]), 0);
        assert_eq!(first_merged(&sizes(&[7])), 1);
        assert_eq!(first_merged(&sizes(&[7, 6])), 2);
        assert_eq!(first_merged(&sizes(&[7, 7])), 0);
        assert_eq!(first_merged(&sizes(&[7, 3, 4])), 0);
    }

    #[test]
    fn eight_of_a_size_are_merged_beside_a_larger_one() {
        assert_eq!(first_merged(&sizes(&[100, 1, 1, 1, 1, 1, 1, 1])), 8);
        assert_eq!(first_merged(&sizes(&[100, 1, 1, 1, 1, 1, 1, 1, 1])), 1);
        assert_eq!(first_merged(&sizes(&[100, 9, 1, 1, 1, 1, 1, 1, 1, 1])), 2);
    }

    #[test]
    fn a_thousand_checkpoints_of_one_size_are_a_few_runs_and_little_work() {
        let (mut runs, mut written) = (vec![run(0, 1_000)], 0_u64);
        for number in 1..=1_000 {
            // Every run changes subjects of its own, but those of the oldest.
            let merged = runs.split_off(first_merged(&runs));
            let bytes: u64 = if runs.is_empty() { 1_000 } else { merged.iter().map(|run| run.bytes).sum::<u64>() + 1 };
            written += bytes;
            runs.push(run(number, bytes));
            assert!(runs.len() <= 40, "{} runs after {number} checkpoints", runs.len());
        }
        assert!(written <= 6_000, "{written} written for 1,000 changed, and 1,000 there before");
    }
}
