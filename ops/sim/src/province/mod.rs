//! A synthetic province: the events of made-up organisations over years, in the order in which they are sent.
//!
//! Every organisation's plan is a function of seed and number. Plans are made once to count the events of each day, and
//! once more for each window of days, whose events are put in order and written: memory is bounded by a window.
//!
//! # Invariants
//!
//! The same options give the same bytes on every machine: no floats, no clock, no order of hashing. Lines are ordered by
//! `time`. Everything fits the items, sources and powers of the pack `cn-hubei`, and nothing in it is real but the
//! names of places.

mod act;
mod calendar;
mod chance;
mod code;
mod content;
mod json;
mod names;
mod options;
mod organisation;
mod plan;
mod render;
#[cfg(test)]
mod tests;
mod totals;

use act::{Act, Planned};
use calendar::{Calendar, Date};
use chance::{Chance, Purpose};
use organisation::Organisation;
use std::io::{self, Write};

pub use options::{Options, OptionsError, SUBJECTS_MAX, YEARS_MAX};
pub use totals::{Kind, Totals};

/// Events that are put in order at a time, unless a single day has more.
const WINDOW_EVENTS_MAX: u64 = 1 << 22;
const OUTPUT_BYTES: usize = 1 << 20;
const PROGRESS_EVENTS: u64 = 1 << 16;
/// Dates are written beyond the last day too: the end of a reorganisation plan.
const BEYOND_DAYS: Date = 366 * 6;
/// Of ten thousand events, how many are sent twice.
const SENT_TWICE: u32 = 30;

/// What all plans have in common.
#[derive(Debug)]
struct World {
    seed: u64,
    subjects: u32,
    first: Date,
    /// The first day after the last.
    end: Date,
    calendar: Calendar,
}

impl World {
    fn new(options: &Options) -> Result<Self, OptionsError> {
        let (first, end) = options.span()?;
        let subjects = u32::try_from(options.subjects).map_err(|_| OptionsError::Subjects(options.subjects))?;
        Ok(Self { seed: options.seed, subjects, first, end, calendar: Calendar::new(end.saturating_add(BEYOND_DAYS)) })
    }

    fn day_of(&self, planned: &Planned) -> usize {
        const DAY_S: u32 = 86_400;
        chance::index(planned.at_s / DAY_S)
    }

    /// Every plan, one after another; the events of one are gone when the next one is made.
    fn plans(&self, mut each: impl FnMut(&[Planned])) {
        let mut planned = Vec::new();
        for no in 0..self.subjects {
            planned.clear();
            plan::plan(self, &Organisation::new(self, no), &mut planned);
            each(&planned);
        }
    }

    /// Windows of days, each with no more events than are put in order at a time.
    fn windows(&self, events_max: u64) -> Vec<(std::ops::Range<usize>, u64)> {
        let mut by_day = vec![0_u64; usize::from(self.end.saturating_sub(self.first))];
        self.plans(|planned| {
            for event in planned {
                if let Some(count) = by_day.get_mut(self.day_of(event)) {
                    *count = count.saturating_add(1);
                }
            }
        });
        let mut windows: Vec<(std::ops::Range<usize>, u64)> = Vec::new();
        for (day, count) in by_day.into_iter().enumerate() {
            match windows.last_mut() {
                Some((days, events)) if events.saturating_add(count) <= events_max => {
                    days.end = day.saturating_add(1);
                    *events = events.saturating_add(count);
                }
                _ => windows.push((day..day.saturating_add(1), count)),
            }
        }
        windows
    }
}

/// Writes a province as lines of JSON, one event each; `progress` is told how many events are written so far.
///
/// # Errors
/// What the output reports; [`io::ErrorKind::InvalidInput`] with an [`OptionsError`] where the options cannot be met.
pub fn generate(options: &Options, out: &mut dyn Write, progress: &mut dyn FnMut(u64)) -> io::Result<Totals> {
    generate_in_windows(options, WINDOW_EVENTS_MAX, out, progress)
}

fn generate_in_windows(
    options: &Options,
    events_max: u64,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<Totals> {
    let world = World::new(options).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut output = Output::new(&world, out, progress);
    for (days, events) in world.windows(events_max) {
        let mut window = Vec::with_capacity(usize::try_from(events).unwrap_or(0));
        world.plans(|planned| window.extend(planned.iter().filter(|event| days.contains(&world.day_of(event)))));
        window.sort_unstable_by_key(Planned::order);
        for planned in &window {
            output.write(planned)?;
        }
    }
    output.finish()
}

/// Lines on their way out.
struct Output<'w, 'o> {
    world: &'w World,
    renderer: render::Renderer<'w>,
    out: &'o mut dyn Write,
    progress: &'o mut dyn FnMut(u64),
    buffer: Vec<u8>,
    totals: Totals,
    told: u64,
}

impl<'w, 'o> Output<'w, 'o> {
    fn new(world: &'w World, out: &'o mut dyn Write, progress: &'o mut dyn FnMut(u64)) -> Self {
        let buffer = Vec::with_capacity(OUTPUT_BYTES + OUTPUT_BYTES / 16);
        let renderer = render::Renderer::new(world);
        Self { world, renderer, out, progress, buffer, totals: Totals::default(), told: 0 }
    }

    fn write(&mut self, planned: &Planned) -> io::Result<()> {
        let start = self.buffer.len();
        let kind = self.renderer.line(planned, &mut self.buffer);
        let end = self.buffer.len();
        let mut chance = Chance::new(self.world.seed, Purpose::Duplicate, planned.organisation, planned.nth.into());
        let is_repeated = planned.act != Act::Merged && chance.in_10_000(SENT_TWICE);
        if is_repeated {
            self.buffer.extend_from_within(start..end);
        }
        self.totals.count(kind, end.saturating_sub(start), is_repeated.into());
        if self.buffer.len() >= OUTPUT_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        if self.totals.events.saturating_sub(self.told) >= PROGRESS_EVENTS {
            self.told = self.totals.events;
            (self.progress)(self.told);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Totals> {
        self.flush()?;
        self.out.flush()?;
        (self.progress)(self.totals.events);
        Ok(self.totals)
    }
}
