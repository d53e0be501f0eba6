//! The bytes of a decision: what most have in a few words, the rest further on.
//!
//! ```text
//! words = flags u8, origin u8, rule u16 | key u32 | grounds u32 | revision u32 | first day i32 | last day i32
//! rest  = days | paused, if any | review, if any          only where the flags say so
//! ```

use super::{Reader, Writer};
use crate::subject::{Decision, Key, RecordNo, Review, State};
use heng_model::{Day, DaySet, Span, Symbol};

/// How many words.
pub(super) const WORDS: usize = 6;

const STATES: [State; 7] =
    [State::Void, State::Scheduled, State::Proposed, State::Declined, State::InForce, State::Suspended, State::Ended];

/// Bits of the flags; those below are the state.
const SHOWN: u8 = 1 << 3;
const RUN: u8 = 1 << 4;
const REST: u8 = 1 << 5;

/// First and last day where there is none.
const NO_DAYS: [u32; 2] = [0, u32::MAX];

pub(super) fn state(number: u8) -> Option<State> {
    STATES.get(usize::from(number)).copied()
}

fn has_rest(decision: &Decision) -> bool {
    decision.days.spans().len() > 1 || decision.paused.is_some() || decision.review.is_some()
}

pub(super) fn words(decision: &Decision) -> [u32; WORDS] {
    let (is_run, key) = match decision.key {
        Key::Record(number) => (0, number.0),
        Key::Run(day) => (RUN, day.number().cast_unsigned()),
    };
    let shown = if decision.shown { SHOWN } else { 0 };
    let rest = if has_rest(decision) { REST } else { 0 };
    let [rule_low, rule_high] = decision.rule.0.to_le_bytes();
    let flags = decision.state as u8 | shown | is_run | rest;
    let days = |span: Span| [span.first, span.last].map(|day| day.number().cast_unsigned());
    let [from, through] = decision.days.spans().first().map_or(NO_DAYS, |span| days(*span));
    let first = u32::from_le_bytes([flags, decision.origin, rule_low, rule_high]);
    [first, key, decision.grounds, decision.revision, from, through]
}

/// The decision of these words, and whether there is more to be read about it.
pub(super) fn of_words([first, key, grounds, revision, from, through]: [u32; WORDS]) -> Option<(Decision, bool)> {
    let [flags, origin, rule_low, rule_high] = first.to_le_bytes();
    let is_run = flags & RUN != 0;
    let day = |word: u32| Day::from_number(word.cast_signed());
    let days = match Span::new(day(from), day(through)) {
        Some(span) => DaySet::from(span),
        None if [from, through] == NO_DAYS => DaySet::empty(),
        None => return None,
    };
    let decision = Decision {
        rule: Symbol(u16::from_le_bytes([rule_low, rule_high])),
        key: if is_run { Key::Run(day(key)) } else { Key::Record(RecordNo(key)) },
        origin,
        shown: flags & SHOWN != 0,
        state: state(flags & (SHOWN - 1))?,
        revision,
        grounds,
        days,
        paused: None,
        review: None,
    };
    (flags < REST << 1).then_some((decision, flags & REST != 0))
}

pub(super) fn write_rest(to: &mut Writer<'_>, decision: &Decision) {
    if has_rest(decision) {
        to.days(&decision.days);
        to.option(decision.paused.as_deref(), |to, days| to.days(days));
        to.option(decision.review.as_deref(), write_review);
    }
}

pub(super) fn read_rest(from: &mut Reader<'_>, decision: &mut Decision) -> Option<()> {
    decision.days = from.days()?;
    decision.paused = from.option(Reader::days)?.map(Box::new);
    decision.review = from.option(read_review)?.map(Box::new);
    Some(())
}

fn write_review(to: &mut Writer<'_>, review: &Review) {
    to.days(&review.derived);
    to.option(review.confirmed.as_ref(), |to, (on, days, measures)| {
        to.day(*on);
        to.days(days);
        to.list(measures, |to, measure| to.symbol(*measure));
    });
    to.option(review.declined.as_ref(), |to, (grounds, days)| {
        to.number(u64::from(*grounds));
        to.days(days);
    });
    to.byte(u8::from(review.pending));
}

pub(super) fn read_review(from: &mut Reader<'_>) -> Option<Review> {
    Some(Review {
        derived: from.days()?,
        confirmed: from.option(|from| Some((from.day()?, from.days()?, from.list(Reader::symbol)?)))?,
        declined: from.option(|from| Some((from.small()?, from.days()?)))?,
        pending: from.flag()?,
    })
}
