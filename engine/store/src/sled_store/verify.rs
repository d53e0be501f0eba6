//! Reads all versions of all values, and cleans up after a write that was not completed.

use super::values::{Scan, Values};
use crate::record::{self, Record};
use heng_model::checkpoint::{Damage, StateSum};
use sled::IVec;

/// Number and sum of the live values.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) count: u64,
    pub(super) sum: StateSum,
}

/// The version of a key that counts.
pub(super) struct Versions<'a> {
    pub(super) records: [Option<Record<'a>>; 2],
}

impl<'a> Versions<'a> {
    pub(super) fn decode(values: &Values, key: &[u8], raw: [Option<&'a IVec>; 2]) -> Result<Self, Damage> {
        let [first, second] = raw;
        let decode =
            |slot, raw: Option<&'a IVec>| raw.map(|bytes| record::decode(values.place(slot, key), bytes)).transpose();
        Ok(Self { records: [decode(0, first)?, decode(1, second)?] })
    }

    /// Slot and record of the newest version that is not after checkpoint `number`.
    pub(super) fn as_of(&self, number: Option<u64>) -> Option<(u8, &Record<'a>)> {
        let number = number?;
        let found = self.in_slots().filter(|(_, record)| record.number <= number);
        found.max_by_key(|(_, record)| record.number)
    }

    pub(super) fn in_slots(&self) -> impl Iterator<Item = (u8, &Record<'a>)> {
        (0_u8..).zip(&self.records).filter_map(|(slot, record)| Some((slot, record.as_ref()?)))
    }
}

/// Hands every value that is live at checkpoint `number` to `visit`, adds them up, and removes what is not needed.
///
/// sled takes longer to find records than it takes to prove them, so that a thread a slot reads ahead.
pub(super) fn walk(values: &Values, number: Option<u64>, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<Total, Damage> {
    std::thread::scope(|scope| merge(values, number, (values.scan(0, scope)?, values.scan(1, scope)?), visit))
}

/// Goes through both slots by the order of keys. Whoever reads ahead ends when the scans are dropped.
fn merge(
    values: &Values,
    number: Option<u64>,
    (mut first, mut second): (Scan, Scan),
    visit: &mut dyn FnMut(&[u8], &[u8]),
) -> Result<Total, Damage> {
    let mut total = Total::default();
    first.advance()?;
    second.advance()?;
    while let Some(key) = [&first, &second].iter().filter_map(|scan| scan.head()).map(|(key, _)| key).min() {
        let key = key.to_vec();
        let raw = [&first, &second].map(|scan| record_at(scan, &key));
        let present = raw.map(|record| record.is_some());
        let versions = Versions::decode(values, &key, raw)?;
        if let Some((_, Record { value: Some(value), .. })) = versions.as_of(number) {
            visit(&key, value);
            total.count = total.count.saturating_add(1);
            total.sum.add(&key, value);
        }
        clean(values, number, &key, &versions)?;
        for (scan, present) in [&mut first, &mut second].into_iter().zip(present) {
            if present {
                scan.advance()?;
            }
        }
    }
    Ok(total)
}

fn record_at<'a>(scan: &'a Scan, key: &[u8]) -> Option<&'a IVec> {
    scan.head().filter(|(head, _)| *head == key).map(|(_, record)| record)
}

/// Removes leftovers, and all of a key that is deleted.
fn clean(values: &Values, number: Option<u64>, key: &[u8], versions: &Versions<'_>) -> Result<(), Damage> {
    let live = versions.as_of(number);
    let deleted = live.filter(|(_, record)| record.value.is_none()).map(|(slot, _)| slot);
    for (slot, record) in versions.in_slots() {
        let leftover = number.is_none_or(|number| record.number > number);
        if leftover || deleted.is_some_and(|deleted| deleted != slot) {
            values.remove(slot, key)?;
        }
    }
    // The mark goes last: without it what it deleted would be live again.
    deleted.map_or(Ok(()), |slot| values.remove(slot, key))
}
