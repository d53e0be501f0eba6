//! What happens to an organisation: a function of seed and number.
//!
//! # Invariants
//!
//! No event is dated before what it follows from, except corrections that overtake their record on purpose; no day of
//! decision lies after the day on which it is sent; nothing lies on or after the last day.

mod conduct;
mod follow;
mod grades;
mod standing;

use super::World;
use super::act::{Act, Generation, Item, Planned, Record};
use super::calendar::{Date, working_day};
use super::chance::{Chance, Purpose};
use super::organisation::Organisation;

/// A plan being made.
pub(super) struct Plan<'w, 'o> {
    world: &'w World,
    organisation: &'w Organisation,
    chance: Chance,
    planned: &'o mut Vec<Planned>,
    events: u16,
    records: u16,
    /// The days on which decisions about it may be made.
    from: Date,
    end: Date,
    /// Its legal representatives and the first day of each.
    representatives: Vec<(Date, Generation)>,
    /// Days of decision of entries in lists of serious breaches.
    listed: Vec<Date>,
}

const OPENS_S: u32 = 8 * 3_600 + 30 * 60;
const OPEN_S: u32 = 9 * 3_600;
const DAY_S: u32 = 86_400;

/// Appends what happens to an organisation, in no order.
pub(super) fn plan(world: &World, organisation: &Organisation, planned: &mut Vec<Planned>) {
    let chance = Chance::new(world.seed, Purpose::Plan, organisation.no, 0);
    let mut plan = Plan {
        world,
        organisation,
        chance,
        planned,
        events: 0,
        records: 0,
        from: working_day(organisation.registered.max(world.first)),
        end: organisation.closed.unwrap_or(world.end).min(world.end),
        representatives: Vec::new(),
        listed: Vec::new(),
    };
    plan.standing();
    plan.conduct();
    plan.grades();
    plan.suspension();
}

impl Plan<'_, '_> {
    /// An event of an office, on a day or the working day after it.
    fn put(&mut self, date: Date, act: Act) {
        let date = working_day(date);
        let second = OPENS_S + self.chance.below(OPEN_S);
        let nth = self.events;
        self.events = self.events.saturating_add(1);
        if date < self.world.first || date >= self.world.end {
            return;
        }
        let at_s = u32::from(date - self.world.first) * DAY_S + second;
        self.planned.push(Planned { at_s, organisation: self.organisation.no, nth, act });
    }

    /// A record, sent some days after its decision, and all that follows from it.
    fn record(&mut self, item: Item, decided: Date, detail: u8) {
        let delay = match self.chance.share(&[7_000, 2_000, 800, 200]) {
            0 => self.chance.days(0, 7),
            1 => self.chance.days(8, 30),
            2 => self.chance.days(31, 120),
            _ => self.chance.days(121, 400),
        };
        self.record_after(delay, item, None, decided, detail);
    }

    /// A record of the organisation or, in that capacity, of its legal representative.
    fn record_after(&mut self, delay: u16, item: Item, representative: Option<Generation>, decided: Date, detail: u8) {
        let decided = working_day(decided);
        let arrival = working_day(decided.saturating_add(delay));
        let record = Record { item, representative, no: self.records };
        self.records = self.records.saturating_add(1);
        self.put(arrival, Act::Recorded { record, decided, detail });
        self.follow(record, decided, arrival);
    }

    fn representative_on(&self, date: Date) -> Option<Generation> {
        self.representatives.iter().rev().find(|(from, _)| *from <= date).map(|(_, generation)| *generation)
    }
}
