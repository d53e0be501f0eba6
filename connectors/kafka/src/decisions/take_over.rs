//! Taking a partition of the topic over: fence who had it, read back how far it got, compare.
//!
//! # Invariants
//!
//! The order matters: first the fence, so that nothing is added behind what is read back.

use super::DecisionLog;
use super::error::{Differs, ReadLogError};
use super::read_back::{Ended, Item, ReadBack, item};
use crate::settings::LogName;
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;

/// Messages from the end that are read back and compared, at least.
const TAIL_MESSAGES: i64 = 2_048;

/// Where a partition of the topic ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The `seq` of the first decision that is not on it.
    pub(super) next_seq: u64,
    /// Decisions compared.
    pub(super) compared: u64,
}

/// Why a partition cannot be gone on with.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The brokers: to be tried again.
    Kafka(KafkaError),
    /// The topic is not what it must be.
    Differs(Differs),
    /// The log.
    Log(ReadLogError),
}

impl From<Ended<Differs>> for Trouble {
    fn from(ended: Ended<Differs>) -> Self {
        match ended {
            Ended::Kafka(error) => Self::Kafka(error),
            Ended::Found(differs) => Self::Differs(differs),
        }
    }
}

impl From<KafkaError> for Trouble {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

/// Reads back from the end over markers to the last decision, and compares what was read with the log, which has `log_len`
/// decisions.
pub(super) fn find_end(
    topic: &ReadBack,
    log: &mut dyn DecisionLog,
    log_len: u64,
    name: &LogName,
) -> Result<End, Trouble> {
    let (low, high) = topic.bounds()?;
    if low > 0 {
        return Err(Trouble::Differs(Differs::Beginning { low }));
    }
    let mut window = TAIL_MESSAGES;
    loop {
        let from = high.saturating_sub(window).max(0);
        let mut tail = Tail { is_whole: from == 0, ..Tail::default() };
        topic.read(from, &mut |message| tail.take(message.offset(), item(message, name)?))?;
        if let Some((first, _)) = tail.decisions.first() {
            let first = *first;
            let compared = compare(&tail.decisions, first, log, log_len)?;
            return Ok(End { next_seq: first.saturating_add(compared), compared });
        }
        if from == 0 {
            return Ok(End { next_seq: 0, compared: 0 });
        }
        window = window.saturating_mul(8);
    }
}

/// The end of a topic, as far as it was read.
#[derive(Default)]
struct Tail {
    /// Was it read from its beginning?
    is_whole: bool,
    /// `seq` and bytes, with the offset; in order, without holes.
    decisions: Vec<(u64, (i64, Vec<u8>))>,
}

impl Tail {
    fn take(&mut self, offset: i64, item: Item<'_>) -> Result<(), Differs> {
        let next = match self.decisions.last() {
            Some((last, _)) => Some(last.saturating_add(1)),
            None if self.is_whole => Some(0),
            None => None,
        };
        let found = match item {
            Item::Decision { seq, .. } | Item::Progress { next_seq: seq } => seq,
        };
        if let Some(wanted) = next
            && wanted != found
        {
            return Err(Differs::Order { wanted, found, offset });
        }
        if let Item::Decision { seq, bytes } = item {
            self.decisions.push((seq, (offset, bytes.to_vec())));
        }
        Ok(())
    }
}

/// Compares decisions from `first` on with the log; how many there are.
pub(super) fn compare(
    found: &[(u64, (i64, Vec<u8>))],
    first: u64,
    log: &mut dyn DecisionLog,
    log_len: u64,
) -> Result<u64, Trouble> {
    if let Some((seq, (offset, _))) = found.iter().find(|(seq, _)| *seq >= log_len) {
        return Err(Trouble::Differs(Differs::Ahead { seq: *seq, offset: *offset, log: log_len }));
    }
    let until = first.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
    let (mut at, mut differs) = (found.iter(), None);
    let visit = &mut |seq: u64, bytes: &[u8]| match at.next() {
        Some((known, (_, known_bytes))) if *known == seq && known_bytes == bytes => true,
        Some((_, (offset, _))) => {
            differs = Some(Differs::Bytes { seq, offset: *offset });
            false
        }
        None => false,
    };
    log.read(first, until, visit).map_err(Trouble::Log)?;
    match differs {
        Some(differs) => Err(Trouble::Differs(differs)),
        None => Ok(until.saturating_sub(first)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    /// Decisions whose bytes say their number.
    struct Numbers;

    impl DecisionLog for Numbers {
        fn read(
            &mut self,
            from: u64,
            until: u64,
            visit: &mut dyn FnMut(u64, &[u8]) -> bool,
        ) -> Result<(), ReadLogError> {
            let _ = (from..until).all(|seq| visit(seq, &seq.to_le_bytes()));
            Ok(())
        }
    }

    fn found(seqs: std::ops::Range<u64>) -> Vec<(u64, (i64, Vec<u8>))> {
        seqs.map(|seq| (seq, (i64::try_from(seq).unwrap() * 2, seq.to_le_bytes().to_vec()))).collect()
    }

    fn differs(found: &[(u64, (i64, Vec<u8>))], first: u64, log_len: u64) -> Differs {
        match compare(found, first, &mut Numbers, log_len) {
            Err(Trouble::Differs(differs)) => differs,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_tail_that_the_log_has_is_gone_on_from() {
        assert_eq!(compare(&found(7..12), 7, &mut Numbers, 12).unwrap(), 5);
        assert_eq!(compare(&found(0..3), 0, &mut Numbers, 900).unwrap(), 3);
    }

    #[test]
    fn what_differs_is_found() {
        assert_eq!(differs(&found(7..12), 7, 11), Differs::Ahead { seq: 11, offset: 22, log: 11 });
        let mut altered = found(7..12);
        altered.get_mut(3).unwrap().1.1.push(0);
        assert_eq!(differs(&altered, 7, 12), Differs::Bytes { seq: 10, offset: 20 });
    }

    #[test]
    fn holes_and_repeats_are_found() {
        let mut tail = Tail { is_whole: true, ..Tail::default() };
        tail.take(0, Item::Progress { next_seq: 0 }).unwrap();
        tail.take(1, Item::Decision { seq: 0, bytes: b"a" }).unwrap();
        tail.take(3, Item::Progress { next_seq: 1 }).unwrap();
        let repeat = tail.take(4, Item::Decision { seq: 0, bytes: b"a" });
        assert_eq!(repeat, Err(Differs::Order { wanted: 1, found: 0, offset: 4 }));
        let hole = tail.take(4, Item::Decision { seq: 2, bytes: b"c" });
        assert_eq!(hole, Err(Differs::Order { wanted: 1, found: 2, offset: 4 }));
        let mut part = Tail::default();
        part.take(9, Item::Decision { seq: 5, bytes: b"f" }).unwrap();
        assert_eq!(part.decisions.len(), 1);
    }
}
