//! The bodies of events and control events as Protobuf messages of schema 1.

use super::error::EncodeError;
use super::field_value::{Named, NamedDay, check_depth};
use super::wire_writer::{Fields, Sink, zigzag};
use heng_core::{Body, Control, Corrected, Profile, Recorded};
use heng_model::{Day, SubjectKind};
use heng_proto::event::v1 as proto;
use heng_proto::model::v1::SubjectKind as ProtoKind;
use prost::Message;

/// A message whose fields are the variables of the same names, each converted as told.
macro_rules! message {
    ($name:ident { $($field:ident: $convert:ident),+ $(,)? }) => {
        proto::$name { $($field: $convert($field)),+ }.encode_to_vec()
    };
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn maybe_text(text: &Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn day(day: &Day) -> i32 {
    day.number()
}

fn maybe_day(day: &Option<Day>) -> Option<i32> {
    day.map(Day::number)
}

fn name(id: &impl ToString) -> String {
    id.to_string()
}

fn hash(bytes: &[u8; 32]) -> Vec<u8> {
    bytes.to_vec()
}

/// An event's body on its way to an entry.
pub(super) enum Written<'a> {
    /// As it is, for nothing of it to be copied twice: nearly every event.
    Recorded(&'a Recorded<'a>),
    Corrected(&'a Corrected<'a>),
    /// Its bytes.
    Other(Vec<u8>),
}

impl Written<'_> {
    /// Puts it as a field.
    pub(super) fn put(&self, to: &mut impl Sink, number: u32) {
        match self {
            Self::Recorded(recorded) => to.contained(number, *recorded),
            Self::Corrected(corrected) => to.contained(number, *corrected),
            Self::Other(bytes) if bytes.is_empty() => {}
            Self::Other(bytes) => to.bytes(number, bytes),
        }
    }
}

/// An event's body, which can be written.
pub(super) fn write_body<'a>(body: &'a Body<'a>) -> Result<Written<'a>, EncodeError> {
    Ok(Written::Other(match body {
        Body::Recorded(recorded) => {
            check_depth(&recorded.fields)?;
            return Ok(Written::Recorded(recorded));
        }
        Body::Corrected(corrected) => {
            check_depth(&corrected.fields)?;
            return Ok(Written::Corrected(corrected));
        }
        Body::Retracted { record, reason } => message!(CreditRetracted { record: text, reason: maybe_text }),
        Body::Repaired { record, record_source, on, document_no } => {
            message!(CreditRepaired { record: text, record_source: maybe_text, on: maybe_day, document_no: maybe_text })
        }
        Body::Restored { record, record_source, on, document_no } => {
            message!(CreditRestored { record: text, record_source: maybe_text, on: maybe_day, document_no: maybe_text })
        }
        Body::ObjectionFiled { objection, record, record_source, on, reason } => message!(ObjectionFiled {
            objection: text,
            record: text,
            record_source: maybe_text,
            on: maybe_day,
            reason: maybe_text
        }),
        Body::ObjectionResolved { objection, record, on, upheld: outcome, reason } => message!(ObjectionResolved {
            objection: text,
            record: maybe_text,
            on: maybe_day,
            outcome: either,
            reason: maybe_text
        }),
        Body::Suspended { from, through, reason, document_no } => {
            message!(MeasuresSuspended { from: day, through: maybe_day, reason: maybe_text, document_no: maybe_text })
        }
        Body::Resumed { on } => message!(MeasuresResumed { on: maybe_day }),
        Body::Registered(profile) => write_registered(profile),
        Body::Changed(profile) => write_changed(profile),
        Body::Deregistered { on } => message!(SubjectDeregistered { on: maybe_day }),
        Body::Linked { role, to, on } => message!(SubjectLinked { role: text, to: name, on: maybe_day }),
        Body::Unlinked { role, to, on } => message!(SubjectUnlinked { role: text, to: name, on: maybe_day }),
        Body::Merged { into } => message!(SubjectMerged { into: name }),
        Body::Responded { decision, authority, applied: answer, on, reason, document_no } => {
            let decision = &decision.0;
            message!(MeasureResponded {
                decision: hash,
                authority: text,
                answer: either,
                on: maybe_day,
                reason: maybe_text,
                document_no: maybe_text
            })
        }
        Body::Reviewed { decision, confirmed, officer, on, reason } => {
            let decision = &decision.0;
            if *confirmed {
                message!(ReviewConfirmed { decision: hash, officer: text, on: maybe_day, reason: maybe_text })
            } else {
                message!(ReviewDeclined { decision: hash, officer: text, on: maybe_day, reason: maybe_text })
            }
        }
    }))
}

/// The bytes of a control event's body.
pub(super) fn write_control(control: &Control<'_>) -> Vec<u8> {
    match control {
        Control::DayOpened { date } => message!(DayOpened { date: day }),
        Control::PackActivated { pack, version, sha256, on } => {
            message!(PackActivated { pack: text, version: text, sha256: hash, on: day })
        }
        Control::FoldActivated { version } => proto::FoldActivated { version: *version }.encode_to_vec(),
    }
}

/// An enum of two values, of which 1 means yes: upheld, applied.
fn either(yes: &bool) -> i32 {
    if *yes { 1 } else { 2 }
}

impl Fields for Recorded<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.record);
        to.text(2, self.item);
        to.signed(3, self.decided_on.number());
        to.maybe_text(4, self.document_no);
        to.maybe_text(5, self.capacity);
        self.dates.iter().for_each(|(name, day)| to.message(6, &NamedDay(name, Some(*day))));
        self.fields.iter().for_each(|(name, value)| to.message(7, &Named(name, value)));
    }
}

impl Fields for Corrected<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.record);
        if let Some(version) = self.version {
            to.varint(2, version);
        }
        if let Some(day) = self.decided_on {
            to.varint(3, zigzag(day.number()));
        }
        self.dates.iter().for_each(|(name, day)| to.message(4, &NamedDay(name, *day)));
        self.fields.iter().for_each(|(name, value)| to.message(5, &Named(name, value)));
        to.maybe_text(6, self.reason);
    }
}

fn write_registered(profile: &Profile<'_>) -> Vec<u8> {
    let Profile { on, kind, name, region, industry, registered_on, aliases } = profile;
    message!(SubjectRegistered {
        on: maybe_day,
        kind: write_kind,
        name: maybe_text,
        region: maybe_text,
        industry: maybe_text,
        registered_on: maybe_day,
        aliases: write_aliases
    })
}

fn write_changed(profile: &Profile<'_>) -> Vec<u8> {
    let Profile { on, kind, name, region, industry, registered_on, aliases } = profile;
    message!(SubjectChanged {
        on: maybe_day,
        kind: write_kind,
        name: maybe_text,
        region: maybe_text,
        industry: maybe_text,
        registered_on: maybe_day,
        aliases: write_aliases
    })
}

fn write_kind(kind: &Option<SubjectKind>) -> i32 {
    let kind = match kind {
        None => ProtoKind::Unspecified,
        Some(SubjectKind::Enterprise) => ProtoKind::Enterprise,
        Some(SubjectKind::IndividualBusiness) => ProtoKind::IndividualBusiness,
        Some(SubjectKind::Cooperative) => ProtoKind::Cooperative,
        Some(SubjectKind::Institution) => ProtoKind::Institution,
        Some(SubjectKind::SocialOrganisation) => ProtoKind::SocialOrganisation,
        Some(SubjectKind::GovernmentBody) => ProtoKind::GovernmentBody,
        Some(SubjectKind::Person) => ProtoKind::Person,
    };
    i32::from(kind)
}

fn write_aliases(aliases: &[(&str, &str)]) -> Vec<proto::Alias> {
    aliases.iter().map(|(scheme, code)| proto::Alias { scheme: text(scheme), code: text(code) }).collect()
}
