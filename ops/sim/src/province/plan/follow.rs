//! What becomes of a record: corrected, contested, retracted, repaired, restored.

use super::Plan;
use crate::province::act::{Act, Record};
use crate::province::calendar::{Date, working_day};

/// Of ten thousand corrections, how many overtake their record, where it is late enough.
const OVERTAKING: u32 = 1_500;
/// Of ten thousand corrections, how many come in two versions, the older one last.
const TWO_VERSIONS: u32 = 1_500;
const MOVES_THE_DAY: u32 = 2_500;
const RESOLVED: u32 = 9_500;
const UPHELD: u32 = 2_000;
const RESTORED: u32 = 300;
const REPAIRED_AGAIN: u32 = 3_000;

/// Offices work on working days only: events this many days apart stay in order.
pub(super) const APART: u16 = 3;

impl Plan<'_, '_> {
    pub(super) fn follow(&mut self, record: Record, decided: Date, arrival: Date) {
        let rates = record.item.rates();
        if self.chance.in_10_000(rates.corrected) {
            self.correct(record, decided, arrival);
        }
        if self.chance.in_10_000(rates.objected) && !self.object(record, arrival) {
            return;
        }
        if self.chance.in_10_000(rates.retracted) {
            let days = self.chance.days(10, 200);
            self.put(arrival.saturating_add(days), Act::Retracted { record });
            return;
        }
        if self.chance.in_10_000(rates.repaired) {
            let days = self.chance.days(95, 500);
            self.repair(record, decided.saturating_add(days).max(arrival.saturating_add(APART)));
        }
    }

    fn correct(&mut self, record: Record, decided: Date, arrival: Date) {
        let late = arrival.saturating_sub(decided);
        let date = if late > APART && self.chance.in_10_000(OVERTAKING) {
            decided.saturating_add(self.chance.days(0, late - APART))
        } else {
            arrival.saturating_add(self.chance.days(5, 90))
        };
        let moved =
            if self.chance.in_10_000(MOVES_THE_DAY) { decided.saturating_sub(self.chance.days(1, 10)) } else { 0 };
        let decided = if record.item.has_fields() { moved } else { decided.saturating_sub(1) };
        if self.chance.in_10_000(TWO_VERSIONS) {
            self.put(date, Act::Corrected { record, decided, version: 2 });
            let days = self.chance.days(APART, 20);
            self.put(date.saturating_add(days), Act::Corrected { record, decided, version: 1 });
        } else {
            self.put(date, Act::Corrected { record, decided, version: 0 });
        }
    }

    /// An objection; does the record stand afterwards?
    fn object(&mut self, record: Record, arrival: Date) -> bool {
        let filed = working_day(arrival.saturating_add(self.chance.days(8, 60)));
        let by = self.chance.pick(record.item.handlers());
        self.put(filed, Act::ObjectionFiled { record, by, on: filed });
        if !self.chance.in_10_000(RESOLVED) {
            return true;
        }
        let on = working_day(filed.saturating_add(self.chance.days(15, 60)));
        if !self.chance.in_10_000(UPHELD) {
            self.put(on, Act::ObjectionRejected { record, by, on });
            return true;
        }
        self.put(on, Act::ObjectionUpheld { record, by, on });
        let mended = on.saturating_add(self.chance.days(5, 25));
        let corrected = record.item.has_fields() && self.chance.in_10_000(5_000);
        let act = if corrected { Act::Corrected { record, decided: 0, version: 0 } } else { Act::Retracted { record } };
        self.put(mended, act);
        corrected
    }

    fn repair(&mut self, record: Record, date: Date) {
        let on = working_day(date);
        let by = self.chance.pick(record.item.handlers());
        self.put(on, Act::Repaired { record, by, on });
        if !self.chance.in_10_000(RESTORED) {
            return;
        }
        let on = working_day(on.saturating_add(self.chance.days(20, 200)));
        self.put(on, Act::Restored { record, by, on });
        if self.chance.in_10_000(REPAIRED_AGAIN) {
            let on = working_day(on.saturating_add(self.chance.days(60, 200)));
            self.put(on, Act::Repaired { record, by, on });
        }
    }
}
