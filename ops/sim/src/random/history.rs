//! Random histories for a random pack, as CloudEvents in log order.
//!
//! # Invariants
//!
//! `time` never decreases, repeated events apart. An objection is filed before it is resolved, a suspension stands before
//! it is resumed, at most one link of a role stands between two subjects.

use super::pack::RandomPack;
use super::{MONTHS, Options, PERIODS, Rng, record_event, subject_event};
use heng_model::{Day, uscc};
use serde_json::{Value as Json, json};

/// The events of a seed.
#[must_use]
pub fn history(seed: u64, pack: &RandomPack, options: &Options) -> Vec<Json> {
    let mut draft = Draft::new(seed, pack, *options);
    // Most histories are rather long: short ones decide little.
    let middle = options.events_min.midpoint(options.events_max);
    let least = if draft.rng.chance(75) { middle } else { options.events_min };
    let events = draft.rng.between(least, options.events_max);
    subject_event::first_registrations(&mut draft);
    while draft.events.len() < events {
        if draft.rng.chance(75) { record_event::add(&mut draft) } else { subject_event::add(&mut draft) }
    }
    subject_event::last_words(&mut draft);
    draft.repeat_some();
    draft.events
}

/// A record of a history, or the promise of one.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) subject: usize,
    pub(super) source: String,
    pub(super) record: String,
    pub(super) item: String,
    pub(super) recorded: bool,
    pub(super) retracted: bool,
    /// The objection that is not resolved yet.
    pub(super) objection: Option<String>,
}

/// A history in the making.
pub(super) struct Draft<'a> {
    pub(super) rng: Rng,
    pub(super) options: Options,
    pub(super) pack: &'a RandomPack,
    pub(super) subjects: Vec<String>,
    pub(super) records: Vec<Known>,
    /// Standing links: subject, role, other subject.
    pub(super) links: Vec<(usize, &'static str, usize)>,
    pub(super) suspended: Vec<usize>,
    pub(super) events: Vec<Json>,
    hot: Vec<Day>,
    /// Local time at which the last event became known, in seconds since 1970-01-01T00:00:00+08:00.
    now_s: i64,
}

const DAY_S: i64 = 86_400;

impl<'a> Draft<'a> {
    fn new(seed: u64, pack: &'a RandomPack, options: Options) -> Self {
        let mut rng = Rng::new(seed);
        let subjects = rng.pick(&[1, 2, 2, 3, 4]).min(options.subjects_max);
        let subjects = (0..subjects).map(|at| uscc_of(&mut rng, at)).collect();
        let start = day("2022-12-31");
        let hot = (0..rng.between(4, 8)).map(|_| hot_day(&mut rng)).collect();
        let now_s = i64::from(start.number()) * DAY_S;
        let (records, links, suspended, events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { rng, options, pack, subjects, records, links, suspended, events, hot, now_s }
    }

    /// A day of registration: mostly before everything else.
    pub(super) fn registration_day(&mut self) -> Day {
        if self.rng.chance(30) {
            return self.day();
        }
        day("2021-01-01").plus_days(i32::try_from(self.rng.below(730)).unwrap_or(0))
    }

    /// The civil day of the last event.
    pub(super) fn today(&self) -> Day {
        Day::from_number(i32::try_from(self.now_s.div_euclid(DAY_S)).unwrap_or(0))
    }

    /// A day on which something may well happen: one of a few, the last day of a period that starts on one, the day
    /// before or after.
    pub(super) fn day(&mut self) -> Day {
        let mut day = if self.rng.chance(15) { self.today() } else { self.rng.pick_day(&self.hot) };
        if self.rng.chance(30) {
            let period = if self.rng.chance(50) { self.rng.pick(&PERIODS) } else { self.rng.pick(&MONTHS) };
            day = period.parse().map_or(day, |period: heng_model::Period| period.last_from(day));
        }
        if self.rng.chance(25) {
            day = if self.rng.chance(50) { day.next() } else { day.previous() };
        }
        day
    }

    /// A day for an effect: after the known day only where the options say so.
    pub(super) fn effect_day(&mut self) -> Day {
        let day = self.day();
        if self.options.future || day <= self.today() { day } else { self.today() }
    }

    /// Appends an event; time goes on by nothing, a moment or some days.
    pub(super) fn push(&mut self, source: &str, ty: &str, subject: usize, data: Json) {
        let step = self.rng.pick(&[0, 1, 3_600, 43_200, DAY_S - 1, DAY_S, 5 * DAY_S, 20 * DAY_S, 45 * DAY_S]);
        self.now_s += step;
        let second = self.now_s.rem_euclid(DAY_S);
        let clock = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
        let event = json!({
            "specversion": "1.0",
            "id": format!("e{}", self.events.len()),
            "source": source,
            "type": ty,
            "subject": self.subjects.get(subject),
            "time": format!("{}T{clock}+08:00", self.today()),
            "datacontenttype": "application/json",
            "data": data,
        });
        self.events.push(event);
    }

    /// The number of some subject, often the first.
    pub(super) fn subject(&mut self) -> usize {
        if self.rng.chance(40) { 0 } else { self.rng.below(self.subjects.len()) }
    }

    fn repeat_some(&mut self) {
        if !self.options.duplicates || self.rng.chance(60) {
            return;
        }
        for _ in 0..2 {
            let at = self.rng.below(self.events.len());
            let after = self.rng.between(at, self.events.len());
            if let Some(event) = self.events.get(at).cloned() {
                self.events.insert(after, event);
            }
        }
    }
}

impl Rng {
    fn pick_day(&mut self, days: &[Day]) -> Day {
        days.get(self.below(days.len())).copied().unwrap_or(Day::EARLIEST)
    }
}

/// Month ends, leap days and ordinary days of somewhat more than a year.
fn hot_day(rng: &mut Rng) -> Day {
    let named = ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30", "2023-12-31", "2024-01-01", "2024-02-29"];
    if rng.chance(40) {
        return day(rng.pick(&named));
    }
    day("2023-01-01").plus_days(i32::try_from(rng.below(430)).unwrap_or(0))
}

fn day(text: &str) -> Day {
    text.parse().unwrap_or(Day::EARLIEST)
}

/// A valid code of an enterprise, now and then of an individual business or an institution; never the same twice.
fn uscc_of(rng: &mut Rng, at: usize) -> String {
    let head = rng.pick(&["91420100", "91420100", "92420500", "12420000"]);
    let leading = format!("{head}MA4{:05}{at}", rng.below(100_000));
    let check = uscc::check_character(leading.as_bytes()).map_or('?', char::from);
    format!("{leading}{check}")
}
