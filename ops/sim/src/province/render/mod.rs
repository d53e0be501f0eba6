//! Events as lines of JSON.

mod documents;
mod records;
mod subjects;

use super::World;
use super::act::{Act, Authority, Planned, Record};
use super::calendar::Date;
use super::json::{Object, digits};
use super::organisation::{Organisation, representative};
use super::totals::Kind;
use documents::Documents;
use heng_model::SubjectKind;

/// Writes lines; documents are numbered in the order of the output.
pub(super) struct Renderer<'w> {
    world: &'w World,
    documents: Documents,
}

/// An event at hand.
struct Line<'a> {
    world: &'a World,
    documents: &'a mut Documents,
    planned: &'a Planned,
    organisation: &'a Organisation,
}

impl<'w> Renderer<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, documents: Documents::default() }
    }

    /// Appends one line.
    pub(super) fn line(&mut self, planned: &Planned, out: &mut Vec<u8>) -> Kind {
        let organisation = Organisation::new(self.world, planned.organisation);
        let mut line = Line { world: self.world, documents: &mut self.documents, planned, organisation: &organisation };
        let kind = Kind::of(&planned.act);
        Object::write(out, &self.world.calendar, |event| line.write(kind, event));
        out.push(b'\n');
        kind
    }
}

/// The record's name, the same for all that is said about it.
fn record_name(out: &mut Vec<u8>, organisation: u32, record: Record) {
    out.extend_from_slice(record.item.source().code().as_bytes());
    out.push(b'-');
    digits(out, organisation, 7);
    out.push(b'-');
    digits(out, record.no.into(), 3);
}

impl Line<'_> {
    fn write(&mut self, kind: Kind, event: &mut Object<'_>) {
        let source = self.source();
        event.text("specversion", "1.0");
        event.text_by("id", |out| self.write_id(source, out));
        event.text_by("source", |out| {
            out.extend_from_slice(b"/gov/420000/");
            out.extend_from_slice(source.code().as_bytes());
        });
        event.text("type", kind.name());
        event.text_by("subject", |out| self.write_subject(out));
        event.text_by("time", |out| self.write_time(out));
        event.text("datacontenttype", "application/json");
        event.object("data", |data| self.write_data(data));
    }

    fn source(&self) -> Authority {
        match self.planned.act {
            Act::Registered | Act::Changed { .. } | Act::Deregistered { .. } => match self.organisation.kind {
                SubjectKind::Enterprise | SubjectKind::IndividualBusiness | SubjectKind::Cooperative => {
                    Authority::MarketRegulation
                }
                _ => Authority::DevelopmentReform,
            },
            Act::Linked { .. } | Act::Unlinked { .. } | Act::Merged => Authority::MarketRegulation,
            Act::Recorded { record, .. } | Act::Corrected { record, .. } | Act::Retracted { record } => {
                record.item.source()
            }
            Act::Repaired { by, .. }
            | Act::Restored { by, .. }
            | Act::ObjectionFiled { by, .. }
            | Act::ObjectionRejected { by, .. }
            | Act::ObjectionUpheld { by, .. } => by,
            Act::Suspended { .. } | Act::Resumed { .. } => Authority::Court,
        }
    }

    /// A record's own event is named as the record, the others by their place in the plan.
    fn write_id(&self, source: Authority, out: &mut Vec<u8>) {
        if let Act::Recorded { record, .. } = self.planned.act {
            return record_name(out, self.planned.organisation, record);
        }
        out.extend_from_slice(source.code().as_bytes());
        out.push(b'-');
        digits(out, self.planned.organisation, 7);
        out.extend_from_slice(b"-e");
        digits(out, self.planned.nth.into(), 3);
    }

    fn write_subject(&self, out: &mut Vec<u8>) {
        match self.record().and_then(|record| record.representative) {
            Some(generation) => {
                out.extend_from_slice(b"P-");
                out.extend_from_slice(&representative(self.world, self.planned.organisation, generation));
            }
            None => out.extend_from_slice(&self.organisation.code),
        }
    }

    fn record(&self) -> Option<Record> {
        match self.planned.act {
            Act::Recorded { record, .. }
            | Act::Corrected { record, .. }
            | Act::Retracted { record }
            | Act::Repaired { record, .. }
            | Act::Restored { record, .. }
            | Act::ObjectionFiled { record, .. }
            | Act::ObjectionRejected { record, .. }
            | Act::ObjectionUpheld { record, .. } => Some(record),
            _ => None,
        }
    }

    fn sent_on(&self) -> Date {
        const DAY_S: u32 = 86_400;
        self.world.first.saturating_add(u16::try_from(self.planned.at_s / DAY_S).unwrap_or(u16::MAX))
    }

    fn write_time(&self, out: &mut Vec<u8>) {
        let second = self.planned.at_s;
        out.extend_from_slice(self.world.calendar.text(self.sent_on()));
        for (mark, part) in [(b'T', second / 3_600 % 24), (b':', second / 60 % 60), (b':', second % 60)] {
            out.push(mark);
            digits(out, part, 2);
        }
        out.extend_from_slice(b"+08:00");
    }

    fn write_data(&mut self, data: &mut Object<'_>) {
        match self.record() {
            Some(record) => self.write_record(record, data),
            None => self.write_standing(data),
        }
    }
}
