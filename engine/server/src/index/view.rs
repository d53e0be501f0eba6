//! What the index reflects: positions, day, pack; replaced whole after each batch.

use super::codes::Codes;
use super::token::{ParseTokenError, Token};
use super::words::PackWords;
use bytes::Bytes;
use heng_core::Partition;
use heng_model::{Day, PartitionId, Position, SubjectId};
use std::sync::Arc;

/// What the index reflects.
#[derive(Debug)]
pub struct View {
    log_id: [u8; 32],
    /// Entries reflected, by partition.
    offsets: Box<[u64]>,
    /// Known time of the last of them, by partition.
    known_ms: Box<[i64]>,
    token: Bytes,
    /// Those of the pack in force in the first partition.
    words: Option<Arc<PackWords>>,
    /// By partition, where another pack is in force in one: its day opens there later, or opened sooner.
    by_partition: Box<[Option<Arc<PackWords>>]>,
    codes: Arc<Codes>,
    /// The day last opened on the log.
    day: Option<Day>,
    /// Are a pack and a day in force in every partition?
    is_open: bool,
    /// A civil day and its first and last instant, so that few checks ask the calendar.
    today: Option<(Day, i64, i64)>,
}

impl View {
    pub(super) fn of(
        partitions: &[&Partition],
        log_id: &[u8; 32],
        (words, codes): (&[Option<Arc<PackWords>>], Arc<Codes>),
        now_ms: i64,
    ) -> Self {
        let generation = |words: &Option<Arc<PackWords>>| words.as_ref().map(|words| words.generation);
        let is_one = words.iter().all(|it| generation(it) == words.first().and_then(generation));
        let (words, by_partition) = (words.first().cloned().flatten(), if is_one { &[] } else { words }.into());
        let offsets: Box<[u64]> = partitions.iter().map(|partition| partition.next_offset()).collect();
        let zone = words.as_ref().map(|words| words.program.pack.time_zone);
        let today = zone.map(|zone| {
            let day = zone.civil_day(now_ms);
            (day, zone.day_start_ms(day), zone.day_start_ms(day.next()).saturating_sub(1))
        });
        let day = partitions.iter().filter_map(|partition| partition.day()).min();
        let is_open = partitions.iter().all(|partition| partition.program().is_some() && partition.day().is_some());
        let known_ms = partitions.iter().map(|partition| partition.known_ms().unwrap_or_default()).collect();
        let token = Token::encode(&offsets, log_id);
        Self { log_id: *log_id, token, offsets, known_ms, words, by_partition, codes, day, is_open, today }
    }

    /// The day last opened on the log.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// Entries reflected, of all partitions.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.offsets.iter().sum()
    }

    /// Entries of a partition that are reflected, and the known time of the last; 0 where there is none.
    #[must_use]
    pub fn reflected(&self, partition: PartitionId) -> Option<(u64, i64)> {
        let at = usize::from(partition);
        Some((*self.offsets.get(at)?, *self.known_ms.get(at)?))
    }

    /// The civil day of an instant; none while no pack is in force.
    #[must_use]
    pub fn civil_day(&self, now_ms: i64) -> Option<Day> {
        match self.today {
            Some((day, first, last)) if first <= now_ms && now_ms <= last => Some(day),
            _ => Some(self.words.as_ref()?.program.pack.time_zone.civil_day(now_ms)),
        }
    }

    /// A token for what is reflected.
    #[must_use]
    pub fn token(&self) -> &Bytes {
        &self.token
    }

    /// The last entry reflected of a subject's partition.
    #[must_use]
    pub fn position_of(&self, subject: &SubjectId) -> Option<Position> {
        let partitions = u16::try_from(self.offsets.len()).unwrap_or(u16::MAX);
        let partition = if partitions == 1 { 0 } else { subject.partition(partitions) };
        let offset = self.offsets.get(usize::from(partition))?.checked_sub(1)?;
        Some(Position { partition, offset })
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`ParseTokenError`].
    pub fn parse_token(&self, bytes: &[u8]) -> Result<Token, ParseTokenError> {
        Token::decode(bytes, &self.log_id, self.offsets.len())
    }

    /// Is at least what a token says reflected?
    #[must_use]
    pub fn reflects(&self, token: &Token) -> bool {
        self.offsets.iter().zip(&token.0).all(|(here, wanted)| here >= wanted)
    }

    /// The first bytes of the log's id, as tokens and cursors carry them.
    #[must_use]
    pub fn log(&self) -> &[u8] {
        self.log_id.get(..super::token::LOG_BYTES).unwrap_or_default()
    }

    /// Every code that a decision of the log may name.
    pub(crate) fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Is a pack in force, so that anything can be judged?
    #[must_use]
    pub fn has_pack(&self) -> bool {
        self.words().is_some()
    }

    /// Can events of every partition be judged?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Those of the pack by which answers are labelled.
    pub(crate) fn words(&self) -> Option<&Arc<PackWords>> {
        self.words.as_ref()
    }

    /// Those of the pack in force where a subject lies.
    pub(crate) fn words_of(&self, subject: &SubjectId) -> Option<&Arc<PackWords>> {
        if self.by_partition.is_empty() {
            return self.words();
        }
        let partition = u16::try_from(self.by_partition.len()).map_or(0, |partitions| subject.partition(partitions));
        self.by_partition.get(usize::from(partition)).and_then(Option::as_ref).or(self.words())
    }
}
