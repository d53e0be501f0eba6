//! Answers of checks, written as the bytes of their messages: no message is built first.
//!
//! # Invariants
//!
//! What is written has the bytes of the message of `heng.check.v1` that it stands for: fields ascending, numbers and
//! lengths as short as can be, nothing that is zero or empty. Words of packs are put in as they were encoded once.

use super::tables::Tables;
use super::unary::FRAME_HEAD_BYTES;
use super::words::{bilingual, grounds};
use crate::index::{Checked, InForce};
use crate::verdict::Bearing;
use crate::wire::{leave_room, put_len, zigzag};
use bytes::{Buf as _, BufMut as _, Bytes};
use heng_core::DecisionEvent;
use heng_model::{Day, Position};
use heng_proto::check::v1 as proto;
use heng_rpc::raw::{Encoded, Freshness};
use heng_rules::Effect;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

/// Room for an answer with a measure or two, their words included.
pub(super) const USUAL_BYTES: usize = 1_024;
/// Room for one with the places of their words.
pub(super) const USUAL_PLACED_BYTES: usize = 160;

/// What is said of what bears.
#[derive(Debug)]
pub(super) enum Said<'a> {
    /// The words of measure and rule, with what was worded of its decisions, where that was asked for.
    Whole(&'a [DecisionEvent]),
    /// The places of these words.
    Places(&'a mut Tables),
}

/// The bytes of a message, as far as it is written, behind room for gRPC's head.
#[derive(Debug)]
pub(super) struct Written(Vec<u8>);

impl Written {
    pub(super) fn with_room(bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(bytes.saturating_add(FRAME_HEAD_BYTES));
        bytes.resize(FRAME_HEAD_BYTES, 0);
        Self(bytes)
    }

    /// The message.
    pub(super) fn encoded(self) -> Encoded {
        let mut bytes = Bytes::from(self.0);
        bytes.advance(FRAME_HEAD_BYTES.min(bytes.len()));
        Encoded(bytes)
    }

    /// The message as gRPC frames it, not compressed.
    pub(super) fn framed(mut self) -> Bytes {
        // No answer comes near four gigabytes: batches are bounded.
        let len = u32::try_from(self.0.len().saturating_sub(FRAME_HEAD_BYTES)).unwrap_or(u32::MAX);
        if let Some(mut room) = self.0.get_mut(1..FRAME_HEAD_BYTES) {
            room.put_u32(len);
        }
        self.0.into()
    }

    /// An `Answer`.
    pub(super) fn answer(&mut self, field: u32, checked: &Checked<'_>, said: &mut Said<'_>) {
        let found = &checked.judgement;
        self.nested(field, about(checked, said), |answer| {
            answer.number(1, verdict_number(found.verdict));
            answer.day(2, found.next_change);
            for bearing in &found.bearings {
                answer.nested(3, about_bearing(checked, bearing, said), |it| it.bearing(checked, bearing, said));
            }
            answer.bytes(4, checked.subject.text().as_bytes());
        });
    }

    fn bearing(&mut self, checked: &Checked<'_>, bearing: &Bearing<InForce<'_>>, said: &mut Said<'_>) {
        let InForce { rule, standing } = bearing.decision;
        let measure = checked.matter.measures.get(bearing.measure).map(|(_, words)| words);
        let rule = rule.map(|rule| &rule.encoded);
        self.number(1, verdict_number(Some(bearing.effect)));
        self.bytes(2, &standing.id.0);
        if let Said::Whole(_) = said {
            // A message that is empty is still there: measures and rules always have words.
            self.bytes(3, measure.map_or(&[], |words| words));
            self.bytes(4, rule.map_or(&[], |words| words));
        }
        for span in standing.days.spans() {
            self.nested(5, 0, |interval| {
                let first = span.first.number();
                if first != 0 {
                    interval.day(1, Some(span.first));
                }
                interval.day(2, (!span.last.is_forever()).then_some(span.last));
            });
        }
        self.number(6, u64::from(standing.grounds));
        self.position(7, standing.first_ground);
        match said {
            Said::Whole(worded) => {
                if let Some(decision) = worded.iter().find(|decision| decision.decision == standing.id) {
                    grounds(decision).iter().for_each(|ground| self.message(8, ground));
                    self.message(9, &bilingual(&decision.explanation));
                }
            }
            Said::Places(tables) => {
                self.place(10, measure.map(|words| tables.measures.place(words)));
                self.place(11, rule.map(|words| tables.rules.place(words)));
            }
        }
    }

    /// Words that are sent once.
    pub(super) fn tables(&mut self, (measures, rules): (u32, u32), tables: &Tables) {
        tables.measures.iter().for_each(|words| self.bytes(measures, words));
        tables.rules.iter().for_each(|words| self.bytes(rules, words));
    }

    /// A place that may be absent; 0 is one.
    fn place(&mut self, field: u32, place: Option<u64>) {
        if let Some(place) = place {
            encode_key(field, WireType::Varint, &mut self.0);
            encode_varint(place, &mut self.0);
        }
    }

    /// What an answer reflects.
    pub(super) fn freshness(&mut self, field: u32, freshness: &Freshness) {
        self.message(field, freshness);
    }

    /// A position, where there is one.
    fn position(&mut self, field: u32, position: Option<Position>) {
        if let Some(position) = position {
            self.nested(field, 0, |it| {
                it.number(1, u64::from(position.partition));
                it.number(2, position.offset);
            });
        }
    }

    /// A day that may be absent; day 0 is a day.
    pub(super) fn day(&mut self, field: u32, day: Option<Day>) {
        if let Some(day) = day {
            encode_key(field, WireType::Varint, &mut self.0);
            encode_varint(zigzag(day.number()), &mut self.0);
        }
    }

    /// A day that is always there; 0 is not written.
    pub(super) fn day_judged(&mut self, field: u32, day: Day) {
        self.number(field, zigzag(day.number()));
    }

    fn number(&mut self, field: u32, number: u64) {
        if number != 0 {
            encode_key(field, WireType::Varint, &mut self.0);
            encode_varint(number, &mut self.0);
        }
    }

    /// Bytes, a text, or a message that was encoded before.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            encode_key(field, WireType::LengthDelimited, &mut self.0);
            encode_varint(bytes.len() as u64, &mut self.0);
            self.0.extend_from_slice(bytes);
        }
    }

    pub(super) fn message(&mut self, field: u32, message: &impl Message) {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        encode_varint(message.encoded_len() as u64, &mut self.0);
        message.encode_raw(&mut self.0);
    }

    /// A message inside this one, of about so many bytes: its length is put before it when it is known.
    pub(super) fn nested(&mut self, field: u32, about: usize, write: impl FnOnce(&mut Self)) {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        let start = self.0.len();
        let room = leave_room(&mut self.0, about);
        write(self);
        put_len(&mut self.0, start, room);
    }
}

/// Bytes of a bearing besides its words, usually.
const BEARING_BYTES: usize = 60;
/// Bytes of an answer besides its bearings, usually.
const ANSWER_BYTES: usize = 26;

fn about_bearing(checked: &Checked<'_>, bearing: &Bearing<InForce<'_>>, said: &Said<'_>) -> usize {
    if let Said::Places(_) = said {
        return BEARING_BYTES;
    }
    let measure = checked.matter.measures.get(bearing.measure).map_or(0, |(_, words)| words.len());
    BEARING_BYTES + measure + bearing.decision.rule.map_or(0, |rule| rule.encoded.len())
}

/// About how many bytes an answer has.
pub(super) fn about(checked: &Checked<'_>, said: &Said<'_>) -> usize {
    ANSWER_BYTES + checked.judgement.bearings.iter().map(|it| about_bearing(checked, it, said) + 3).sum::<usize>()
}

fn verdict_number(effect: Option<Effect>) -> u64 {
    verdict(effect) as u64
}

/// A verdict as it is sent.
pub(super) fn verdict(effect: Option<Effect>) -> proto::Verdict {
    match effect {
        None => proto::Verdict::Clear,
        Some(Effect::Favour) => proto::Verdict::Favour,
        Some(Effect::Caution) => proto::Verdict::Caution,
        Some(Effect::Restrict) => proto::Verdict::Restrict,
        Some(Effect::Bar) => proto::Verdict::Bar,
    }
}
