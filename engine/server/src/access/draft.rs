//! A look-up being written down: the bytes of a `heng.access.v1.Look`, or of several where one frame cannot hold it.
//!
//! # Invariants
//!
//! Each part has the bytes of its message, and is short enough for a frame. Written in one go: no message is built first,
//! since this is in the path of every check.

use super::FRAME_BYTES;
use crate::index::TOKEN_HEAD_BYTES;
use crate::wire::{leave_room, put_len, zigzag};
use heng_model::Day;
use heng_proto::access::v1::Kind;
use prost::bytes::BufMut;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
use smallvec::SmallVec;
use std::ops::Range;

/// Who asks, why, and what the answer reflects.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// What was asked.
    pub kind: Kind,
    /// When the answer was made.
    pub at_ms: i64,
    /// Who asked, as [`Desk::caller`](crate::grpc::Desk::caller) tells it.
    pub caller: &'a str,
    /// Why, in the caller's own words.
    pub purpose: &'a str,
    /// The day judged on, where one was.
    pub as_of: Option<Day>,
    /// Token of the view that was answered from; empty where the answer reflects no position.
    pub token: &'a [u8],
}

/// A look-up of everyone concerned: what was asked for besides the head.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Matter.
    pub matter: &'a str,
    /// Number of the weakest verdict listed.
    pub at_least_verdict: i32,
    /// Only subjects after this one.
    pub after: &'a str,
    /// How many were found.
    pub named: u64,
}

/// A look-up being written down.
#[derive(Debug)]
pub struct Draft {
    bytes: Vec<u8>,
    /// The head of the part being written.
    head: Range<usize>,
    /// Ends of the parts before the one being written.
    ends: SmallVec<[usize; 1]>,
    /// Where the texts of the matters of this part are.
    matters: SmallVec<[Range<usize>; 2]>,
}

/// Room for one check and a decision or two.
const USUAL_BYTES: usize = 256;

impl Draft {
    /// Begins to write a look-up down.
    #[must_use]
    pub fn new(head: &Head<'_>) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        number(1, i32::from(head.kind) as u64, &mut bytes);
        number(2, head.at_ms as u64, &mut bytes);
        text(3, head.caller.as_bytes(), &mut bytes);
        text(4, head.purpose.as_bytes(), &mut bytes);
        if let Some(day) = head.as_of {
            encode_key(5, WireType::Varint, &mut bytes);
            encode_varint(zigzag(day.number()), &mut bytes);
        }
        // After form and log a token has the numbers as varints, which is how protobuf packs them.
        text(6, head.token.get(TOKEN_HEAD_BYTES..).unwrap_or_default(), &mut bytes);
        let head = 0..bytes.len();
        Self { bytes, head, ends: SmallVec::new(), matters: SmallVec::new() }
    }

    /// A subject about whom something was answered, with the decisions that bore on it, 32 bytes each.
    pub fn seen<'d>(
        &mut self,
        subject: &str,
        matter: &str,
        verdict: i32,
        decisions: impl Iterator<Item = &'d [u8]> + Clone,
    ) {
        let decision_bytes = |id: &[u8]| 1 + encoded_len_varint(id.len() as u64) + id.len();
        let named = decisions.clone().take(DECISIONS_MAX);
        let len = subject.len() + named.clone().map(decision_bytes).sum::<usize>() + SEEN_BYTES_MAX + matter.len();
        self.part_for(len);
        let place = self.matter(matter);
        let bytes = &mut self.bytes;
        bytes.put_u8(SEEN_KEY);
        let start = bytes.len();
        let room = leave_room(bytes, len - SEEN_BYTES_MAX - matter.len());
        text(1, subject.as_bytes(), bytes);
        number(2, place, bytes);
        number(3, verdict.max(0) as u64, bytes);
        let mut last: &[u8] = &[];
        for id in named {
            // One that bears by several measures with one effect stands there several times.
            if id != last {
                text(4, id, bytes);
            }
            last = id;
        }
        number(5, decisions.skip(DECISIONS_MAX).count() as u64, bytes);
        put_len(bytes, start, room);
    }

    /// A matter that was asked about without naming a subject.
    pub fn asked(&mut self, matter: &str) {
        self.part_for(matter.len() + SEEN_BYTES_MAX);
        self.matter(matter);
    }

    /// What everyone concerned by a matter was asked for with.
    pub fn listed(&mut self, listed: &Listed<'_>) {
        self.part_for(listed.matter.len() + listed.after.len() + SEEN_BYTES_MAX);
        self.matter(listed.matter);
        encode_key(9, WireType::Varint, &mut self.bytes);
        encode_varint(listed.named, &mut self.bytes);
        number(10, listed.at_least_verdict.max(0) as u64, &mut self.bytes);
        text(11, listed.after.as_bytes(), &mut self.bytes);
    }

    /// Questions of the batch that were refused.
    pub fn refused(&mut self, count: u64) {
        number(12, count, &mut self.bytes);
    }

    /// The parts, each the bytes of one message.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ends = self.ends.iter().copied().chain([self.bytes.len()]);
        starts.zip(ends).filter_map(|(start, end)| self.bytes.get(start..end))
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Place of a matter in this part, which names it once.
    fn matter(&mut self, matter: &str) -> u64 {
        if matter.is_empty() {
            return 0;
        }
        let known = |range: &Range<usize>| self.bytes.get(range.clone()) == Some(matter.as_bytes());
        if let Some(place) = self.matters.iter().position(known) {
            return place as u64;
        }
        text(7, matter.as_bytes(), &mut self.bytes);
        self.matters.push(self.bytes.len() - matter.len()..self.bytes.len());
        (self.matters.len() - 1) as u64
    }

    /// Begins another part where so many bytes more would be too many for a frame.
    fn part_for(&mut self, more: usize) {
        let start = self.ends.last().copied().unwrap_or_default();
        if self.bytes.len() - start + more <= FRAME_BYTES || self.bytes.len() - start <= self.head.len() {
            return;
        }
        self.ends.push(self.bytes.len());
        self.matters.clear();
        self.bytes.extend_from_within(self.head.clone());
        number(13, 1, &mut self.bytes);
    }
}

/// Decisions named for one subject: as many as a frame has room for.
const DECISIONS_MAX: usize = 1_000;
const SEEN_KEY: u8 = 8 << 3 | 2;
/// Most bytes of a subject seen besides its texts: keys, lengths, numbers.
const SEEN_BYTES_MAX: usize = 64;

fn number(field: u32, value: u64, bytes: &mut Vec<u8>) {
    if value != 0 {
        encode_key(field, WireType::Varint, bytes);
        encode_varint(value, bytes);
    }
}

fn text(field: u32, value: &[u8], bytes: &mut Vec<u8>) {
    if !value.is_empty() {
        encode_key(field, WireType::LengthDelimited, bytes);
        encode_varint(value.len() as u64, bytes);
        bytes.extend_from_slice(value);
    }
}
