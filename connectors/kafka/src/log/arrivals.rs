//! Entries on their way from the log to the engine: those that were read, and this process's own, of which the log has told
//! where they stand.
//!
//! # Invariants
//!
//! Of a partition entries come in their order, each once, without holes. An own entry comes without being read where its place
//! is the next one; where it is a later one somebody else's stand before it, and it is read as those are. So whoever fills the
//! log alone need not read it: reading rests, of all partitions at once, while in each own entries follow one another, and goes
//! on where one does not, or none comes.

use super::LogError;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Entries that wait for the engine before reading waits for it.
const AHEAD_MAX: usize = 4_096;
/// Own entries have followed one another for so long before reading rests: where two write at once it would go on again at once.
const RESTS_AFTER: Duration = Duration::from_secs(2);
/// Reading goes on when no own entry came for so long: by so much later comes what others write to a partition that this process
/// has just stopped writing.
const FED: Duration = Duration::from_millis(250);

/// An entry as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Partition.
    pub partition: u16,
    /// Offset.
    pub offset: u64,
    /// Bytes.
    pub entry: Bytes,
    /// W3C trace context, if it has that header.
    pub traceparent: Option<String>,
}

/// What comes from the log, for the engine.
pub(super) struct Arrivals {
    state: Mutex<State>,
    has_some: Condvar,
    /// Told of what is read; who hands own entries in takes them at once.
    told: Arc<Notify>,
}

struct State {
    waiting: VecDeque<Result<Taken, LogError>>,
    partitions: Vec<Partition>,
}

struct Partition {
    /// The offset of the next entry.
    next: u64,
    /// That of the own entry that follows the last one, if nobody else writes.
    own_next: u64,
    /// Since when own entries have followed one another.
    own_since: Instant,
    /// When the last came.
    own_last: Instant,
}

impl Arrivals {
    /// Arrivals of partitions, each from an offset on; `told` is told of what is read.
    pub(super) fn new(from: &[u64], told: Arc<Notify>, now: Instant) -> Self {
        let partition = |next: &u64| Partition { next: *next, own_next: 0, own_since: now, own_last: now };
        let partitions = from.iter().map(partition).collect();
        Self { state: Mutex::new(State { waiting: VecDeque::new(), partitions }), has_some: Condvar::new(), told }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry that was read.
    pub(super) fn read(&self, taken: Taken) {
        let is_new = self.state().add(taken);
        if is_new {
            self.has_some.notify_one();
            self.told.notify_one();
        }
    }

    /// Nothing more comes, for this reason.
    pub(super) fn end(&self, error: LogError) {
        self.state().waiting.push_back(Err(error));
        self.has_some.notify_one();
        self.told.notify_one();
    }

    /// Adds own entries, in the order in which they were handed over, where they are the next ones.
    pub(super) fn own(&self, entries: impl Iterator<Item = Taken>, now: Instant) {
        let mut state = self.state();
        for taken in entries {
            let Some(partition) = state.partitions.get_mut(usize::from(taken.partition)) else { continue };
            if taken.offset != partition.own_next || now.duration_since(partition.own_last) >= FED {
                partition.own_since = now;
            }
            (partition.own_next, partition.own_last) = (taken.offset.saturating_add(1), now);
            if taken.offset == partition.next {
                state.add(taken);
            }
        }
    }

    /// The next entry, waited for as long as is said.
    pub(super) fn next(&self, wait: Duration) -> Option<Result<Taken, LogError>> {
        let mut state = self.state();
        if state.waiting.is_empty() && !wait.is_zero() {
            let waited = self.has_some.wait_timeout_while(state, wait, |state| state.waiting.is_empty());
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.pop_front()
    }

    /// Do so many entries wait that no more should be read?
    pub(super) fn is_full(&self) -> bool {
        self.state().waiting.len() >= AHEAD_MAX
    }

    /// The offset of the next entry of each partition.
    pub(super) fn nexts(&self) -> Vec<u64> {
        self.state().partitions.iter().map(|partition| partition.next).collect()
    }

    /// Has an entry come by now, read or as an own one?
    pub(super) fn has(&self, partition: u16, offset: u64) -> bool {
        self.state().partitions.get(usize::from(partition)).is_some_and(|partition| offset < partition.next)
    }

    /// May reading rest? It does while everything that stands before an own entry has come, and each partition gets them. Of one
    /// partition alone it does not: the library has one fetch under way for all that one broker leads, and a partition that comes
    /// back waits for its end.
    pub(super) fn may_rest(&self, now: Instant) -> bool {
        self.state().partitions.iter().all(|partition| {
            // More has come than own entries where those were read before their places were told.
            partition.next >= partition.own_next
                && now.duration_since(partition.own_last) < FED
                && now.duration_since(partition.own_since) >= RESTS_AFTER
        })
    }
}

impl State {
    /// Adds an entry unless it has come before. A hole is the engine's to find.
    fn add(&mut self, taken: Taken) -> bool {
        if let Some(partition) = self.partitions.get_mut(usize::from(taken.partition)) {
            if taken.offset < partition.next {
                return false;
            }
            partition.next = taken.offset.saturating_add(1);
        }
        self.waiting.push_back(Ok(taken));
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn arrivals(from: &[u64], now: Instant) -> Arrivals {
        Arrivals::new(from, Arc::default(), now)
    }

    fn taken(partition: u16, offset: u64) -> Taken {
        Taken { partition, offset, entry: Bytes::from_static(&[1]), traceparent: None }
    }

    fn all(arrivals: &Arrivals) -> Vec<(u16, u64)> {
        let next = || arrivals.next(Duration::ZERO).map(Result::unwrap);
        std::iter::from_fn(next).map(|taken| (taken.partition, taken.offset)).collect()
    }

    #[test]
    fn own_entries_come_without_being_read_and_only_once() {
        let now = Instant::now();
        let arrivals = arrivals(&[4, 0], now);
        arrivals.own([(0, 4), (1, 0), (0, 5)].into_iter().map(|(partition, offset)| taken(partition, offset)), now);
        [(0, 4), (0, 5), (0, 6), (1, 0)]
            .into_iter()
            .for_each(|(partition, offset)| arrivals.read(taken(partition, offset)));
        assert_eq!(all(&arrivals), [(0, 4), (1, 0), (0, 5), (0, 6)]);
        assert_eq!(arrivals.nexts(), [7, 1]);
    }

    #[test]
    fn what_stands_behind_entries_of_others_is_read_as_they_are() {
        let now = Instant::now();
        let arrivals = arrivals(&[0], now);
        arrivals.own([taken(0, 0), taken(0, 3), taken(0, 4)].into_iter(), now);
        assert_eq!(all(&arrivals), [(0, 0)]);
        (0..5).for_each(|offset| arrivals.read(taken(0, offset)));
        arrivals.own([taken(0, 4), taken(0, 5)].into_iter(), now);
        assert_eq!(all(&arrivals), [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]);
    }

    #[test]
    fn reading_rests_while_own_entries_follow_one_another() {
        let (mut now, step) = (Instant::now(), FED / 2);
        let arrivals = arrivals(&[0, 0], now);
        assert!(!arrivals.may_rest(now));
        let mut offset = 0;
        let mut feed = |now: &mut Instant, partitions: &[u16]| {
            let until = *now + RESTS_AFTER + FED;
            while *now < until {
                *now += step;
                arrivals.own(partitions.iter().map(|partition| taken(*partition, offset)), *now);
                offset += 1;
            }
        };
        feed(&mut now, &[0, 1]);
        assert!(arrivals.may_rest(now));
        assert!(!arrivals.may_rest(now + FED), "none came");
        feed(&mut now, &[0]);
        assert!(!arrivals.may_rest(now), "none came to the other partition");
        feed(&mut now, &[0, 1]);
        assert!(!arrivals.may_rest(now), "what somebody else wrote to it was not read yet");
        (0..offset).for_each(|offset| arrivals.read(taken(1, offset)));
        assert!(arrivals.may_rest(now));
        (0..2).for_each(|partition| arrivals.read(taken(partition, offset)));
        assert!(arrivals.may_rest(now), "own entries may come by being read first");
        arrivals.own([taken(0, offset + 1)].into_iter(), now);
        assert!(!arrivals.may_rest(now), "somebody else writes too");
    }

    #[test]
    fn an_end_is_told_behind_what_came_before_it() {
        let arrivals = arrivals(&[0], Instant::now());
        arrivals.read(taken(0, 0));
        arrivals.end(LogError::Stopped);
        assert_eq!(arrivals.next(Duration::from_secs(60)).unwrap().unwrap().offset, 0);
        assert!(matches!(arrivals.next(Duration::from_secs(60)), Some(Err(LogError::Stopped))));
        assert!(arrivals.next(Duration::from_millis(1)).is_none());
    }
}
