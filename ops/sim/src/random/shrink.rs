//! Smaller histories that fail in the same way.
//!
//! # Invariants
//!
//! What comes back fails, if what went in does; no single event can be left out of it.

use serde_json::Value as Json;

/// Leaves out events, halves first, then one by one, while `fails` goes on to hold.
pub fn shrink(events: &[Json], mut fails: impl FnMut(&[Json]) -> bool) -> Vec<Json> {
    let mut kept = events.to_vec();
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let before = kept.len();
        let mut at = 0;
        while at < kept.len() {
            let end = at.saturating_add(size).min(kept.len());
            let fewer: Vec<Json> = kept.iter().take(at).chain(kept.iter().skip(end)).cloned().collect();
            if fails(&fewer) {
                kept = fewer;
            } else {
                at = end;
            }
        }
        if size == 1 && kept.len() == before {
            return kept;
        }
        size = size.div_ceil(2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_left() {
        let events: Vec<Json> = (0..33).map(Json::from).collect();
        let fails = |list: &[Json]| list.contains(&Json::from(7)) && list.contains(&Json::from(30));
        assert_eq!(shrink(&events, fails), [Json::from(7), Json::from(30)]);
    }
}
