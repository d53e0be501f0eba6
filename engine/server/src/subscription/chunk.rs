//! A stretch of a partition's decision log, as bytes, with what its decisions are chosen by.
//!
//! # Invariants
//!
//! The bytes are messages of a subscription, framed as gRPC sends them: those that follow one another are sent as one
//! slice, to however many subscribers. What nobody is shown takes no bytes: the messages around it follow one another.

use super::Wanted;
use crate::runner::Frames;
use crate::trace::Traces;
use bytes::{Bytes, BytesMut};
use heng_log::ReadError;
use heng_log::codec::{Defect, Sifted, cause_offset, sift};
use heng_model::{PartitionId, Position};
use heng_rpc::raw::frame_decision;
use opentelemetry::trace::SpanContext;
use std::time::SystemTime;

/// Bytes after which a chunk ends.
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes that the last decision of a chunk may take beyond that before the buffer grows.
const CHUNK_SLACK: usize = 16 * 1024;
/// Decisions after which a chunk ends.
const CHUNK_DECISIONS: usize = 1_024;

/// Decisions that follow one another in a partition.
#[derive(Debug)]
pub(crate) struct Chunk {
    first: u64,
    /// A framed message for each entry that may be shown.
    bytes: Bytes,
    entries: Vec<Entry>,
    /// Those of its decisions whose cause was traced, by place.
    traced: Vec<(u32, SpanContext)>,
    read_at: SystemTime,
}

#[derive(Debug)]
struct Entry {
    /// Of the frame.
    framed: usize,
    /// Of the decision in it.
    start: usize,
    end: usize,
    sifted: Sifted,
}

/// Why the decision log cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadChunkError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// A frame holds no decision.
    #[error("decision {seq}: {cause}")]
    Decision {
        /// Where.
        seq: u64,
        /// What is wrong.
        cause: Defect,
    },
    /// Frames are missing.
    #[error("decision {wanted} is followed by {found} on the log")]
    Hole {
        /// What comes next.
        wanted: u64,
        /// What came.
        found: u64,
    },
}

impl Chunk {
    /// Reads on, up to a chunk's size and no further than before `until`; none where the frames are at their end.
    pub(crate) fn read(frames: &mut Frames, first: u64, until: u64) -> Result<Option<Self>, ReadChunkError> {
        let is_whole = until.saturating_sub(first) >= CHUNK_DECISIONS as u64;
        // Of what is caught up with there is enough: a buffer that grows would be copied again and again.
        let mut bytes = if is_whole { BytesMut::with_capacity(CHUNK_BYTES + CHUNK_SLACK) } else { BytesMut::new() };
        let mut entries = Vec::new();
        let mut next = first;
        while next < until && bytes.len() < CHUNK_BYTES && entries.len() < CHUNK_DECISIONS {
            let Some(frame) = frames.next_frame() else { break };
            let (seq, frame) = frame?;
            if seq != next {
                return Err(ReadChunkError::Hole { wanted: next, found: seq });
            }
            let sifted = sift(frame.entry).map_err(|cause| ReadChunkError::Decision { seq, cause })?;
            let framed = bytes.len();
            if Wanted::may_be_shown(&sifted) {
                frame_decision(frame.entry, &mut bytes);
            }
            let end = bytes.len();
            entries.push(Entry { framed, start: end.saturating_sub(frame.entry.len()).max(framed), end, sifted });
            next = next.saturating_add(1);
        }
        // What room is left over would be kept as long as the chunk is.
        let bytes = Bytes::from(Vec::from(bytes).into_boxed_slice());
        let (traced, read_at) = (Vec::new(), SystemTime::UNIX_EPOCH);
        Ok((!entries.is_empty()).then(|| Self { first, bytes, entries, traced, read_at }))
    }

    /// Notes which of its decisions' causes were traced: looked up once, for all who share the chunk.
    pub(crate) fn note_traces(&mut self, partition: PartitionId, traces: &Traces) {
        let Some(remembered) = traces.remembered().filter(|remembered| remembered.entries().is_some()) else { return };
        // Before what is remembered is held, for which the engine would wait.
        let causes: Vec<(u32, Position)> = (0..)
            .zip(&self.entries)
            .filter_map(|(place, entry)| {
                Some((place, Position { partition, offset: cause_offset(self.slice(entry)).ok()? }))
            })
            .collect();
        let Some(remembered) = remembered.entries() else { return };
        let context = |(place, cause)| Some((place, remembered.get(&cause).cloned()?));
        self.traced = causes.into_iter().filter_map(context).collect();
        self.read_at = SystemTime::now();
    }

    /// The context of a decision's cause, and when it was read, if that was traced.
    pub(crate) fn trace(&self, place: u32) -> Option<(&SpanContext, SystemTime)> {
        let at = self.traced.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        self.traced.get(at).map(|(_, context)| (context, self.read_at))
    }

    /// The `seq` of the first decision in it.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The `seq` after its last decision.
    pub(crate) fn end(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.entries.len()).unwrap_or(u64::MAX))
    }

    /// What it takes in memory.
    pub(crate) fn bytes_held(&self) -> usize {
        self.bytes.len().saturating_add(self.entries.len().saturating_mul(size_of::<Entry>()))
    }

    /// How many of its decisions come from a `seq` on.
    pub(crate) fn len_from(&self, seq: u64) -> usize {
        self.entries.len().saturating_sub(self.place(seq))
    }

    /// The places of those decisions from a `seq` on that are wanted.
    pub(crate) fn chosen(&self, seq: u64, wanted: &Wanted) -> Vec<u32> {
        let from = self.place(seq);
        let places = (0..).zip(&self.entries).skip(from);
        let is_wanted = |entry: &Entry| wanted.takes(&entry.sifted, self.slice(entry));
        places.filter(|(_, entry)| is_wanted(entry)).map(|(place, _)| place).collect()
    }

    /// The bytes of the decision at a place, shared with the chunk.
    pub(crate) fn decision(&self, place: u32) -> Option<Bytes> {
        let entry = self.entries.get(usize::try_from(place).ok()?)?;
        Some(self.bytes.slice(entry.start..entry.end))
    }

    /// Those of some places that follow one another in the chunk from the first on and are not traced, until they have so
    /// many bytes: their framed messages, shared with the chunk, and how many they are.
    pub(crate) fn run(&self, places: &[u32], most: usize) -> Option<(Bytes, usize)> {
        let entry = |place: u32| self.entries.get(usize::try_from(place).ok()?);
        let start = entry(*places.first()?)?.framed;
        let (mut end, mut count) = (start, 0);
        for place in places {
            let Some(entry) = entry(*place) else { break };
            if entry.framed != end || end - start >= most || self.trace(*place).is_some() {
                break;
            }
            (end, count) = (entry.end, count + 1);
        }
        (count > 0).then(|| (self.bytes.slice(start..end), count))
    }

    fn slice(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.start..entry.end).unwrap_or_default()
    }

    fn place(&self, seq: u64) -> usize {
        usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }
}
