//! The bodies of events and control events as Protobuf messages of schema 1.

use super::error::EncodeError;
use super::field_value::{write_date, write_fields};
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

/// The bytes of an event's body.
pub(super) fn write_body(body: &Body<'_>) -> Result<Vec<u8>, EncodeError> {
    Ok(match body {
        Body::Recorded(recorded) => write_recorded(recorded)?.encode_to_vec(),
        Body::Corrected(corrected) => write_corrected(corrected)?.encode_to_vec(),
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
    })
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

fn write_recorded(recorded: &Recorded<'_>) -> Result<proto::CreditRecorded, EncodeError> {
    Ok(proto::CreditRecorded {
        record: text(recorded.record),
        item: text(recorded.item),
        decided_on: day(&recorded.decided_on),
        document_no: maybe_text(&recorded.document_no),
        capacity: maybe_text(&recorded.capacity),
        dates: recorded.dates.iter().map(|(name, day)| write_date(name, Some(*day))).collect(),
        fields: write_fields(&recorded.fields)?,
    })
}

fn write_corrected(corrected: &Corrected<'_>) -> Result<proto::CreditCorrected, EncodeError> {
    Ok(proto::CreditCorrected {
        record: text(corrected.record),
        version: corrected.version,
        decided_on: maybe_day(&corrected.decided_on),
        dates: corrected.dates.iter().map(|(name, day)| write_date(name, *day)).collect(),
        fields: write_fields(&corrected.fields)?,
        reason: maybe_text(&corrected.reason),
    })
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
