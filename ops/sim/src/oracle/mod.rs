//! The rule language once more, brute-force and day by day, for tests to compare the engine with.
//!
//! # Invariants
//!
//! Written from the text of the rule language alone; shares with the engine the checked pack and the calendar, no
//! deciding code. Slow is fine, cleverness is forbidden: nothing is kept up to date, every day is asked by itself.

mod compare;
mod days;
mod expr;
mod fact;
mod log;
mod obligation;
mod outcome;
mod record;
mod subject;
#[cfg(test)]
mod tests;
mod value;

pub use compare::Difference;
pub use days::{Days, days_of};

use fact::World;
use heng_model::{Day, Span, SubjectId, Symbols};
use heng_rules::{Effect, Outcome, OutcomeEntry, Pack};
use log::{Known, Log};
use outcome::Outcomes;
use serde_json::Value as Json;
use subject::Subject;

/// What a decision is about, beside subject and rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A rule on records: the record.
    Record {
        /// Its source.
        source: String,
        /// Its id.
        record: String,
    },
    /// A rule on a condition: first day of the run, before any cut.
    Run(Day),
}

/// Where a decision stands on the current day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Awaits an officer.
    Proposed,
    /// First day ahead.
    Scheduled,
    /// In force today.
    InForce,
    /// Today lies in a hole.
    Suspended,
    /// Last day past.
    Ended,
}

/// An obligation as known at the end of the log.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Subject, merges followed.
    pub subject: SubjectId,
    /// Rule id.
    pub rule: String,
    /// Key.
    pub key: Key,
    /// The days that would be in force without pauses; never empty.
    pub unpaused: Days,
    /// The days in force.
    pub in_force: Days,
    /// What the rule yields.
    pub outcome: Outcome,
    stratum: u16,
    review: bool,
}

impl Decision {
    /// Where it stands on a day.
    #[must_use]
    pub fn state(&self, today: Day) -> State {
        let hull = self.unpaused.hull();
        if self.review {
            State::Proposed
        } else if self.in_force.contains(today) {
            State::InForce
        } else if hull.is_some_and(|hull| today < hull.first) {
            State::Scheduled
        } else if hull.is_some_and(|hull| hull.last < today) {
            State::Ended
        } else {
            State::Suspended
        }
    }
}

/// Everything that is in force for everybody, as known at the end of the log.
pub struct Oracle<'a> {
    pack: &'a Pack,
    symbols: &'a Symbols,
    decisions: Vec<Decision>,
    refused: Vec<(usize, String)>,
    window: Span,
}

impl<'a> Oracle<'a> {
    /// Judges a log: one `CloudEvents` envelope each, in log order. Days through `last_day` are tried, from the
    /// earliest day that the events name; `last_day` should lie beyond every term that is of interest.
    #[must_use]
    pub fn judge(pack: &'a Pack, symbols: &'a Symbols, events: &[Json], last_day: Day) -> Self {
        let log = Log::read(events, pack.time_zone);
        let first = log::earliest_day(&log.events).unwrap_or(last_day).min(last_day);
        let mut refused = log.refused.clone();
        let subjects = subjects(&log, pack, symbols, &mut refused);
        refused.sort_unstable();
        let window = Span { first, last: last_day };
        let decisions = by_strata(pack, symbols, &subjects, window);
        Self { pack, symbols, decisions, refused, window }
    }

    /// The days that were tried; before them nothing is in force.
    #[must_use]
    pub fn window(&self) -> Span {
        self.window
    }

    /// All decisions that have a day in the window (paused or not), by stratum, subject, rule.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// One decision; none if no day of the window would be in force even without pauses.
    #[must_use]
    pub fn decision(&self, subject: &SubjectId, rule: &str, key: &Key) -> Option<&Decision> {
        self.decisions.iter().find(|one| one.subject == *subject && one.rule == rule && one.key == *key)
    }

    /// Positions (places in the list) that the log or the fold refuses or ignores, with the reason.
    #[must_use]
    pub fn refused(&self) -> &[(usize, String)] {
        &self.refused
    }

    fn in_force_on(&self, subject: &SubjectId, day: Day) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(move |one| one.subject == *subject && one.in_force.contains(day))
    }

    /// Lists and grades in force on a day, as decisions write them (`list/x`, `grade/x:v`), sorted, once each.
    #[must_use]
    pub fn outcomes(&self, subject: &SubjectId, day: Day) -> Vec<String> {
        let mut words: Vec<String> = self.in_force_on(subject, day).map(|one| self.word(one.outcome.entry)).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Codes of the measures in force on a day, sorted, once each.
    #[must_use]
    pub fn measures(&self, subject: &SubjectId, day: Day) -> Vec<&str> {
        let measures = self.in_force_on(subject, day).flat_map(|one| &one.outcome.measures);
        let mut codes: Vec<&str> =
            measures.filter_map(|at| self.pack.measures.get(at.at())).map(|measure| measure.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The verdict for a matter: the strongest effect of the measures in force; none is `clear`.
    #[must_use]
    pub fn check(&self, subject: &SubjectId, matter: &str, day: Day) -> Option<Effect> {
        let matter = self.pack.matters.iter().find(|one| one.code == matter)?;
        let in_force = self.in_force_on(subject, day).flat_map(|one| &one.outcome.measures);
        in_force.flat_map(|at| matter.effects.iter().filter(move |(of, _)| of == at)).map(|(_, effect)| *effect).max()
    }

    /// An outcome as decisions write it.
    #[must_use]
    pub fn word(&self, entry: OutcomeEntry) -> String {
        match entry {
            OutcomeEntry::List(list) => format!("list/{}", self.symbols.name(list)),
            OutcomeEntry::Grade(grade, value) => {
                let name = self.pack.grades.get(grade.at()).map_or("", |scheme| scheme.name.as_str());
                format!("grade/{name}:{}", self.symbols.name(value))
            }
        }
    }
}

fn subjects(log: &Log, pack: &Pack, symbols: &Symbols, refused: &mut Vec<(usize, String)>) -> Vec<Subject> {
    let mut ids: Vec<SubjectId> = log.events.iter().map(|event| event.subject.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut subjects = Vec::new();
    for id in &ids {
        let about: Vec<&Known> = log.events.iter().filter(|event| event.subject == *id).collect();
        let mut subject = Subject::build(id, &about, pack, symbols, refused);
        for link in &mut subject.links {
            link.to = log.canonical(&link.to);
        }
        subjects.push(subject);
    }
    subjects
}

fn by_strata(pack: &Pack, symbols: &Symbols, subjects: &[Subject], window: Span) -> Vec<Decision> {
    let ids: Vec<SubjectId> = subjects.iter().map(|subject| subject.id.clone()).collect();
    let mut strata: Vec<u16> = pack.rules.iter().map(|rule| rule.stratum).collect();
    strata.sort_unstable();
    strata.dedup();
    let mut decisions: Vec<Decision> = Vec::new();
    for stratum in strata {
        let earlier: Vec<Decision> =
            decisions.iter().filter(|one| one.stratum < stratum && !one.review).cloned().collect();
        let outcomes = Outcomes::of(pack, &ids, &earlier, window);
        let world = World { pack, symbols, subjects, outcomes: &outcomes };
        for subject in subjects {
            for rule in pack.rules.iter().filter(|rule| rule.stratum == stratum) {
                decisions.extend(obligation::decisions(&world, subject, rule, window));
            }
        }
    }
    decisions
}
