//! The bytes of what is rare about a subject.

use super::{Reader, Writer};
use crate::subject::{
    Correction, Link, More, Neighbour, Objection, Parked, ParkedBody, RecordNo, Repair, Response, Restoration,
    StoredValue,
};
use heng_model::{DecisionId, Position};

pub(super) fn write(to: &mut Writer<'_>, more: &More) {
    to.list(&more.origins, |to, id| to.id(id));
    to.option(more.redirect.as_ref(), |to, id| to.id(id));
    to.list(&more.corrections, |to, it| {
        to.record(it.record);
        to.option(it.field, Writer::symbol);
        to.option(it.version, Writer::number);
    });
    to.list(&more.repairs, |to, it| {
        to.record(it.record);
        to.day(it.on);
        to.byte(u8::from(it.undone));
    });
    to.list(&more.restorations, |to, it| {
        to.record(it.record);
        to.day(it.on);
        to.option(it.repaired_on, Writer::day);
    });
    to.list(&more.objections, |to, it| {
        to.text(&it.name);
        to.record(it.record);
        to.day(it.filed_on);
        to.byte(u8::from(it.pauses));
        to.option(it.resolved, |to, (on, upheld)| {
            to.day(on);
            to.byte(u8::from(upheld));
        });
        to.option(it.mended_on, Writer::day);
    });
    to.list(&more.suspensions, |to, span| to.span(*span));
    to.list(&more.links, |to, it| {
        to.text(&it.role);
        to.id(&it.to);
        to.day(it.on);
        to.day(it.through);
    });
    to.list(&more.neighbours, write_neighbour);
    to.list(&more.responses, |to, it| {
        to.raw(&it.decision.0);
        to.text(&it.authority);
        to.byte(u8::from(it.applied));
        to.day(it.on);
    });
    to.list(&more.parked, write_parked);
    to.list(&more.arriving, |to, (from, parts, arrived)| {
        to.id(from);
        to.number(u64::from(*parts));
        to.list(arrived, |to, (part, bytes)| {
            to.number(u64::from(*part));
            to.bytes(bytes);
        });
    });
    // Of most there are none: histories on the log have none either.
    if !more.met.is_empty() {
        to.list(&more.met, |to, (cause, part)| {
            to.position(*cause);
            to.number(u64::from(*part));
        });
    }
}

/// What came because of merges, where something did.
pub(super) fn read_met(from: &mut Reader<'_>) -> Option<Vec<(Position, u32)>> {
    from.list(|from| Some((from.position()?, from.small()?))).filter(|parts| !parts.is_empty())
}

pub(super) fn read(from: &mut Reader<'_>) -> Option<More> {
    Some(More {
        origins: from.list(Reader::id)?,
        redirect: from.option(Reader::id)?,
        corrections: from.list(|from| {
            Some(Correction {
                record: from.record()?,
                field: from.option(Reader::symbol)?,
                version: from.option(Reader::number)?,
            })
        })?,
        repairs: from.list(|from| Some(Repair { record: from.record()?, on: from.day()?, undone: from.flag()? }))?,
        restorations: from.list(|from| {
            let (record, on) = (from.record()?, from.day()?);
            Some(Restoration { record, on, repaired_on: from.option(Reader::day)? })
        })?,
        objections: from.list(|from| {
            Some(Objection {
                name: from.boxed()?,
                record: from.record()?,
                filed_on: from.day()?,
                pauses: from.flag()?,
                resolved: from.option(|from| Some((from.day()?, from.flag()?)))?,
                mended_on: from.option(Reader::day)?,
            })
        })?,
        suspensions: from.list(Reader::span)?,
        links: from
            .list(|from| Some(Link { role: from.boxed()?, to: from.id()?, on: from.day()?, through: from.day()? }))?,
        neighbours: from.list(read_neighbour)?,
        responses: from.list(|from| {
            Some(Response {
                decision: DecisionId(from.array()?),
                authority: from.boxed()?,
                applied: from.flag()?,
                on: from.day()?,
            })
        })?,
        parked: from.list(read_parked)?,
        arriving: from.list(|from| {
            let (id, parts) = (from.id()?, from.small()?);
            Some((id, parts, from.list(|from| Some((from.small()?, from.bytes()?.into())))?))
        })?,
        met: Vec::new(),
    })
}

fn write_neighbour(to: &mut Writer<'_>, near: &Neighbour) {
    to.id(&near.id);
    to.option(near.position, Writer::position);
    to.list(&near.links, |to, (role, span)| {
        to.text(role);
        to.span(*span);
    });
    to.list(&near.outcomes, |to, (name, days, paused)| {
        to.symbol(*name);
        to.days(days);
        to.days(paused);
    });
}

fn read_neighbour(from: &mut Reader<'_>) -> Option<Neighbour> {
    Some(Neighbour {
        id: from.id()?,
        position: from.option(Reader::position)?,
        links: from.list(|from| Some((from.boxed()?, from.span()?)))?,
        outcomes: from.list(|from| Some((from.symbol()?, from.days()?, from.days()?)))?,
    })
}

fn write_parked(to: &mut Writer<'_>, parked: &Parked) {
    to.symbol(parked.source);
    to.symbol(parked.record_source);
    to.text(&parked.record);
    to.position(parked.position);
    to.day(parked.known_on);
    match &parked.body {
        ParkedBody::Corrected { version, decided_on, dates, fields } => {
            to.byte(0);
            to.option(*version, Writer::number);
            to.option(*decided_on, Writer::day);
            to.list(dates, |to, (name, day)| {
                to.text(name);
                to.option(*day, Writer::day);
            });
            to.list(fields, |to, (name, value)| {
                to.text(name);
                write_value(to, value);
            });
        }
        ParkedBody::Retracted => to.byte(1),
        ParkedBody::Repaired { on } => {
            to.byte(2);
            to.day(*on);
        }
        ParkedBody::Restored { on } => {
            to.byte(3);
            to.day(*on);
        }
        ParkedBody::ObjectionFiled { objection, on } => {
            to.byte(4);
            to.text(objection);
            to.day(*on);
        }
        ParkedBody::ObjectionResolved { objection, on, upheld } => {
            to.byte(5);
            to.text(objection);
            to.day(*on);
            to.byte(u8::from(*upheld));
        }
    }
}

fn read_parked(from: &mut Reader<'_>) -> Option<Parked> {
    let (source, record_source, record) = (from.symbol()?, from.symbol()?, from.boxed()?);
    let (position, known_on) = (from.position()?, from.day()?);
    let body = match from.byte()? {
        0 => ParkedBody::Corrected {
            version: from.option(Reader::number)?,
            decided_on: from.option(Reader::day)?,
            dates: from.list(|from| Some((from.boxed()?, from.option(Reader::day)?)))?,
            fields: from.list(|from| Some((from.boxed()?, read_value(from)?)))?,
        },
        1 => ParkedBody::Retracted,
        2 => ParkedBody::Repaired { on: from.day()? },
        3 => ParkedBody::Restored { on: from.day()? },
        4 => ParkedBody::ObjectionFiled { objection: from.boxed()?, on: from.day()? },
        5 => ParkedBody::ObjectionResolved { objection: from.boxed()?, on: from.day()?, upheld: from.flag()? },
        _ => return None,
    };
    Some(Parked { source, record_source, record, position, known_on, body })
}

fn write_value(to: &mut Writer<'_>, value: &StoredValue) {
    match value {
        StoredValue::Null => to.byte(0),
        StoredValue::Text(text) => {
            to.byte(1);
            to.text(text);
        }
        StoredValue::Int(number) => {
            to.byte(2);
            to.raw(&number.to_le_bytes());
        }
        StoredValue::Bool(flag) => {
            to.byte(3);
            to.byte(u8::from(*flag));
        }
        StoredValue::List(values) => {
            to.byte(4);
            to.list(values, write_value);
        }
    }
}

fn read_value(from: &mut Reader<'_>) -> Option<StoredValue> {
    Some(match from.byte()? {
        0 => StoredValue::Null,
        1 => StoredValue::Text(from.boxed()?),
        2 => StoredValue::Int(i64::from_le_bytes(from.array()?)),
        3 => StoredValue::Bool(from.flag()?),
        4 => StoredValue::List(from.list(read_value)?),
        _ => return None,
    })
}

impl Writer<'_> {
    fn record(&mut self, record: RecordNo) {
        self.number(u64::from(record.0));
    }

    fn position(&mut self, position: Position) {
        self.number(u64::from(position.partition));
        self.number(position.offset);
    }
}

impl Reader<'_> {
    fn record(&mut self) -> Option<RecordNo> {
        self.small().map(RecordNo)
    }

    fn position(&mut self) -> Option<Position> {
        Some(Position { partition: self.small()?, offset: self.number()? })
    }
}
