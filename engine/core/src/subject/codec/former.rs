//! The form before: histories in it are on logs.

use super::{Reader, decision, more};
use crate::subject::record::name_tag;
use crate::subject::{Decision, Key, Profile, ProfileChange, Record, RecordNo, Subject};
use heng_model::{Day, Decimal, Position, SubjectKind, Symbol};
use heng_rules::fields::{push_field, push_value};
use heng_rules::{List, Value};
use std::sync::Arc;

/// Its number.
pub(super) const FORMAT: u8 = 1;

/// A field: name, tag, scale, length, payload.
type Slot = (Symbol, u8, u8, usize, i64);

/// A record, and where its name and its fields lie.
struct Apart {
    record: Record,
    fields: (usize, usize),
    name: (usize, usize),
}

pub(super) fn decode(bytes: &[u8]) -> Option<Subject> {
    let mut from = Reader::new(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let mut subject = Subject::default();
    let records = from.list(read_record)?;
    let slots = from.list(read_slot)?;
    let texts = from.bytes()?;
    for Apart { record, fields, name } in records {
        let mut kept = Vec::new();
        for slot in part(&slots, fields)? {
            with_value(*slot, &slots, texts, &mut |value| push_field(&mut kept, slot.0, value))?;
        }
        let name = str::from_utf8(part(texts, name)?).ok()?;
        subject.add_record(Record { tag: name_tag(record.source, name), ..record }, name, &kept);
    }
    let seen = from.list(|from| Some((u64::from_le_bytes(from.array()?), u32::from_le_bytes(from.array()?))))?;
    seen.into_iter().for_each(|(name, content)| subject.seen.add(name, content));
    subject.decisions = from.list(read_decision)?;
    subject.profile = from.option(read_profile)?.unwrap_or_default();
    subject.more = from.option(more::read)?.map(Arc::new);
    subject.wake = from.option(Reader::day)?;
    from.is_done().then_some(subject)
}

fn part<T>(all: &[T], (at, length): (usize, usize)) -> Option<&[T]> {
    all.get(at..at.checked_add(length)?)
}

fn read_record(from: &mut Reader<'_>) -> Option<Apart> {
    let (offset, _tag): (u64, u32) = (from.number()?, from.small()?);
    let (effect_day, decided_on, repaired_on) = (from.option(Reader::day)?, from.day()?, from.option(Reader::day)?);
    let (slots_at, name_at) = (from.small()?, from.small()?);
    let (name_length, slots_length) = (from.small()?, from.small()?);
    let position = Position { partition: from.small()?, offset };
    let (item, source) = (from.symbol()?, from.symbol()?);
    let mut record = Record::new(position, (source, ""), item, decided_on);
    record.set_effect_day(effect_day);
    record.set_repaired_on(repaired_on);
    record.origin = from.byte()?;
    record.retracted = from.flag()?;
    Some(Apart { record, fields: (slots_at, slots_length), name: (name_at, name_length) })
}

fn read_slot(from: &mut Reader<'_>) -> Option<Slot> {
    let (name, tag, scale) = (u16::from_le_bytes(from.array()?), from.byte()?, from.byte()?);
    let length = usize::try_from(u32::from_le_bytes(from.array()?)).ok()?;
    Some((Symbol(name), tag, scale, length, i64::from_le_bytes(from.array()?)))
}

fn with_value(
    (_, tag, scale, length, payload): Slot,
    slots: &[Slot],
    texts: &[u8],
    then: &mut dyn FnMut(Value<'_>),
) -> Option<()> {
    let within = (usize::try_from(payload).unwrap_or(usize::MAX), length);
    then(match tag {
        0 => Value::Empty,
        1 => Value::Bool(payload != 0),
        2 => Value::Int(payload),
        3 => Value::Decimal(Decimal::new(payload.into(), scale)),
        4 => Value::Symbol(Symbol(u16::try_from(payload).ok()?)),
        5 => Value::Day(Day::from_number(i32::try_from(payload).ok()?)),
        6 => Value::Text(str::from_utf8(part(texts, within)?).ok()?),
        7 => {
            let mut elements = Vec::new();
            // A list held no list.
            for element in part(slots, within)?.iter().filter(|(_, tag, ..)| *tag != 7) {
                with_value(*element, slots, texts, &mut |value| push_value(&mut elements, value))?;
            }
            then(Value::List(List::new(&elements)));
            return Some(());
        }
        _ => return None,
    });
    Some(())
}

fn read_profile(from: &mut Reader<'_>) -> Option<Profile> {
    let (registered_on, deregistered_on) = (from.option(Reader::day)?, from.option(Reader::day)?);
    let mut profile = Profile { registered_on, deregistered_on, ..Profile::default() };
    let kind = |from: &mut Reader<'_>| SubjectKind::ALL.get(usize::from(from.byte()?)).copied();
    for _ in 0..from.length()? {
        let (on, kind) = (from.option(Reader::day)?, from.option(kind)?);
        let (region, industry) = (from.option(Reader::text)?, from.option(Reader::text)?);
        profile.add_change(&ProfileChange { on, kind, region, industry, name: from.option(Reader::text)? });
    }
    for _ in 0..from.length()? {
        profile.add_alias(from.text()?, from.text()?);
    }
    Some(profile)
}

fn read_decision(from: &mut Reader<'_>) -> Option<Decision> {
    Some(Decision {
        rule: from.symbol()?,
        key: match from.byte()? {
            0 => Key::Record(RecordNo(from.small()?)),
            1 => Key::Run(from.day()?),
            _ => return None,
        },
        origin: from.byte()?,
        shown: from.flag()?,
        state: decision::state(from.byte()?)?,
        revision: from.small()?,
        grounds: from.small()?,
        days: from.days()?,
        paused: from.option(Reader::days)?.map(Box::new),
        review: from.option(decision::read_review)?.map(Box::new),
    })
}
