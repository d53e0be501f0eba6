//! Registration, changes, links, merges, the end; and a court's shield.

use super::Plan;
use crate::province::act::{Act, Change, Generation, Tie};
use crate::province::calendar::{Date, working_day};
use crate::province::organisation::{Conduct, Organisation};
use heng_model::SubjectKind;

const YEAR_DAYS: u16 = 365;
/// Registers of what existed before the first day are loaded over so many days.
const LOADING_DAYS: u16 = 20;
/// Of ten thousand.
const REPRESENTED: u32 = 7_000;
const REPRESENTED_COOPERATIVES: u32 = 3_000;
const REPLACED_YEARLY: u32 = 400;
const CHANGED_YEARLY: u32 = 500;
const CONTROLLED: u32 = 600;
const RELEASED: u32 = 2_000;
const MERGED: u32 = 150;
const SHIELDED: u32 = 4_000;
const RESUMED: u32 = 5_000;
const CONTROLLER_BACK_MAX: u32 = 1_000;

impl Plan<'_, '_> {
    pub(super) fn standing(&mut self) {
        let organisation = self.organisation;
        // First, for nothing is decided about it afterwards.
        let is_merged = self.merge();
        let is_earlier = organisation.registered < self.world.first;
        let days = if is_earlier { self.chance.days(0, LOADING_DAYS) } else { self.chance.days(0, 3) };
        let known = self.from.saturating_add(days);
        self.put(known, Act::Registered);
        self.represent(known);
        self.change();
        if organisation.kind == SubjectKind::Enterprise && organisation.no > 0 && self.chance.in_10_000(CONTROLLED) {
            self.control(known);
        }
        if !is_merged && let Some(on) = organisation.closed {
            let days = self.chance.days(0, 5);
            self.put(on.saturating_add(days), Act::Deregistered { on });
        }
    }

    fn represent(&mut self, known: Date) {
        let share = match self.organisation.kind {
            SubjectKind::Enterprise => REPRESENTED,
            SubjectKind::Cooperative => REPRESENTED_COOPERATIVES,
            _ => 0,
        };
        if !self.chance.in_10_000(share) {
            return;
        }
        let mut generation = Generation::FIRST;
        self.representatives.push((self.organisation.registered, generation));
        let days = self.chance.days(super::follow::APART, 8);
        let tie = Tie::Representative(generation);
        self.put(known.saturating_add(days), Act::Linked { tie, on: self.organisation.registered });
        let mut year = known.saturating_add(30);
        while year < self.end {
            let on = working_day(year.saturating_add(self.chance.days(0, YEAR_DAYS - 30)));
            if self.chance.in_10_000(REPLACED_YEARLY) && on < self.end {
                self.put(on, Act::Unlinked { tie: Tie::Representative(generation), on });
                generation = generation.next();
                self.representatives.push((on, generation));
                self.put(on, Act::Linked { tie: Tie::Representative(generation), on });
            }
            year = year.saturating_add(YEAR_DAYS);
        }
    }

    fn change(&mut self) {
        let mut year = self.from;
        let mut names = 0_u8;
        while year < self.end {
            let date = working_day(year.saturating_add(self.chance.days(40, YEAR_DAYS)));
            if self.chance.in_10_000(CHANGED_YEARLY) && date < self.end {
                let what = match self.chance.share(&[4_000, 2_500, 3_500]) {
                    0 => {
                        names = names.saturating_add(1);
                        Change::Name(names)
                    }
                    1 => Change::Region,
                    _ => Change::Industry,
                };
                let on = date.saturating_sub(self.chance.days(0, 10));
                self.put(date, Act::Changed { what, on });
            }
            year = year.saturating_add(YEAR_DAYS);
        }
    }

    fn control(&mut self, known: Date) {
        let back = self.chance.between(1, CONTROLLER_BACK_MAX.min(self.organisation.no));
        let on = working_day(known.saturating_add(self.chance.days(10, 400)));
        let controller = Organisation::new(self.world, self.organisation.no.saturating_sub(back));
        if controller.kind != SubjectKind::Enterprise || !controller.is_open_on(on) || on >= self.end {
            return;
        }
        let tie = Tie::Controller(u16::try_from(back).unwrap_or(1));
        self.put(on, Act::Linked { tie, on });
        if self.chance.in_10_000(RELEASED) {
            let on = working_day(on.saturating_add(self.chance.days(200, 1_500)));
            self.put(on, Act::Unlinked { tie, on });
        }
    }

    /// Only odd numbers merge, into the even one before them: no chain, no circle.
    fn merge(&mut self) -> bool {
        let organisation = self.organisation;
        let is_candidate = organisation.kind == SubjectKind::Enterprise && organisation.no % 2 == 1;
        if !is_candidate || !self.chance.in_10_000(MERGED) || self.end <= self.from.saturating_add(60) {
            return false;
        }
        let date = working_day(self.from + self.chance.days(40, self.end - self.from - 1));
        let into = Organisation::new(self.world, organisation.no.saturating_sub(1));
        if into.kind != organisation.kind || !into.is_open_on(date) || date >= self.end {
            return false;
        }
        self.put(date, Act::Merged);
        // What was decided before may still arrive, and follows the merge.
        self.end = date;
        true
    }

    pub(super) fn suspension(&mut self) {
        let Some(listed) = self.listed.last().copied() else { return };
        let is_enterprise = self.organisation.kind == SubjectKind::Enterprise;
        if !is_enterprise || self.organisation.conduct < Conduct::Careless || !self.chance.in_10_000(SHIELDED) {
            return;
        }
        let from = working_day(listed.saturating_add(self.chance.days(100, 400)));
        let through = from.saturating_add(self.chance.days(700, 1_100));
        let late = self.chance.days(0, 4);
        self.put(from.saturating_add(late), Act::Suspended { from, through });
        if self.chance.in_10_000(RESUMED) {
            let on = working_day(from.saturating_add(self.chance.days(200, 650)));
            self.put(on, Act::Resumed { on });
        }
    }
}
