//! Turns: long work on the engine's thread lets others have the processor in between.
//!
//! No check waits for the fold, but where there are fewer processors than threads it waits for its turn: while a million subjects
//! are derived anew, the system lets in whoever wakes after milliseconds, when the engine's slice is over. So the engine
//! ends its slice itself, many times sooner.
//!
//! # Invariants
//!
//! What is done is the same whether anybody waits or not. Where others always would, they are let in no more than allows the work a
//! share of the time: a pack takes effect, and a day opens, in bounded time.

use heng_core::{Compiled, PackSource};
use heng_rules::PackFiles;
use std::cell::Cell;
use std::time::{Duration, Instant};
use std::{io, thread};

/// How long work goes on before others are let in: a small part of what a check takes at its p99.
const STINT: Duration = Duration::from_micros(50);
/// How much longer than the work itself it may wait for others that were let in.
const WAITED_MAX: u32 = 3;

/// How long work went on, and how long it let others in.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Others are let in at all: an event is worked on to its end.
    is_long: bool,
    /// When the work was last gone on with; none before the first offer.
    since: Cell<Option<Instant>>,
    worked: Cell<Duration>,
    waited: Cell<Duration>,
}

impl Turns {
    /// For work that may take long, or never does.
    pub(crate) fn new(is_long: bool) -> Self {
        Self { is_long, since: Cell::default(), worked: Cell::default(), waited: Cell::default() }
    }

    /// Lets others in where the work has gone on long enough; called between any two parts of it.
    pub(crate) fn offer(&self) {
        if !self.is_long {
            return;
        }
        let now = Instant::now();
        let Some(since) = self.since.get() else { return self.since.set(Some(now)) };
        let stint = now.saturating_duration_since(since);
        if stint < STINT {
            return;
        }
        self.worked.set(self.worked.get().saturating_add(stint));
        self.since.set(Some(now));
        if self.waited.get() <= self.worked.get().saturating_mul(WAITED_MAX) {
            thread::yield_now();
            let back = Instant::now();
            self.waited.set(self.waited.get().saturating_add(back.saturating_duration_since(now)));
            self.since.set(Some(back));
        }
    }
}

/// Packs for an entry that may concern every subject: others are let in between two of them.
pub(crate) struct InTurns<'a> {
    pub(crate) packs: &'a dyn PackSource,
    pub(crate) turns: &'a Turns,
}

impl PackSource for InTurns<'_> {
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        self.packs.pack(sha256)
    }

    fn compiled(&self, sha256: &[u8; 32]) -> Option<&Compiled> {
        self.packs.compiled(sha256)
    }

    fn between_subjects(&self) {
        self.turns.offer();
    }
}

/// What a thread that gives way gets where all want the processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// A third of what the others get.
    Third,
    /// A tenth.
    Tenth,
}

/// Lowers the priority of this thread, and of those that it starts.
///
/// # Errors
/// What the system says; the thread is then as urgent as before.
#[cfg(target_os = "linux")]
pub fn give_way(share: Share) -> io::Result<()> {
    // A step of niceness is a quarter less.
    let (steps, lowest) = (if share == Share::Third { 5 } else { 10 }, 19);
    let own = rustix::process::getpriority_process(None)?;
    Ok(rustix::process::setpriority_process(None, own.saturating_add(steps).min(lowest))?)
}

/// Elsewhere it would be the priority of the whole process.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn give_way(_share: Share) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::{STINT, Turns};
    use std::time::{Duration, Instant};

    /// Work that has gone on for some time since it last let others in.
    fn turns(stint: Duration, worked: Duration, waited: Duration) -> Turns {
        let since = Instant::now().checked_sub(stint);
        assert!(since.is_some());
        Turns { is_long: true, since: since.into(), worked: worked.into(), waited: waited.into() }
    }

    #[test]
    fn others_are_let_in_after_a_stint() {
        let turns = turns(STINT, Duration::ZERO, Duration::ZERO);
        turns.offer();
        assert!(turns.worked.get() >= STINT);
        assert!(turns.waited.get() > Duration::ZERO);
    }

    #[test]
    fn neither_before_it_is_over_nor_at_the_first_offer() {
        for turns in [turns(Duration::ZERO, Duration::ZERO, Duration::ZERO), Turns::new(true)] {
            // An hour from now, so that no pause of the machine makes a stint of it.
            turns.since.set(turns.since.get().map(|since| since + Duration::from_secs(3_600)));
            turns.offer();
            assert_eq!((turns.worked.get(), turns.waited.get()), (Duration::ZERO, Duration::ZERO));
            assert!(turns.since.get().is_some());
        }
    }

    #[test]
    fn who_had_too_little_goes_on_until_it_had_its_share() {
        let (little, much) = (Duration::from_secs(1), Duration::from_secs(3_600));
        let starved = turns(STINT, little, much);
        starved.offer();
        assert!(starved.worked.get() > little);
        assert_eq!(starved.waited.get(), much);
        // What it worked since counts: the share is had at last.
        let fed = turns(much / 3, little, much);
        fed.offer();
        assert!(fed.waited.get() > much);
    }
}
