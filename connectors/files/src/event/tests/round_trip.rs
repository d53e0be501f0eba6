//! Law: an event written as JSON and read again is the same event.

use super::super::{event_json, parse_line};
use heng_core::{Body, Corrected, Event, FieldValue, NAMED_DATES, Profile, Recorded};
use heng_model::{Day, DecisionId, SubjectId, SubjectKind};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// What a strategy draws, owned; `Event` then borrows from it.
#[derive(Debug, Clone)]
struct Draw {
    kind: usize,
    names: Vec<String>,
    text: Option<String>,
    day: Option<Day>,
    dates: Vec<Option<Day>>,
    fields: Vec<(String, Drawn)>,
    version: Option<u64>,
    flag: bool,
    subject_kind: Option<SubjectKind>,
    time_ms: Option<i64>,
}

#[derive(Debug, Clone)]
enum Drawn {
    Null,
    Text(String),
    Int(i64),
    Bool(bool),
    List(Vec<Drawn>),
}

impl Drawn {
    fn value(&self) -> FieldValue<'_> {
        match self {
            Self::Null => FieldValue::Null,
            Self::Text(text) => FieldValue::Text(text),
            Self::Int(number) => FieldValue::Int(*number),
            Self::Bool(flag) => FieldValue::Bool(*flag),
            Self::List(items) => FieldValue::List(items.iter().map(Self::value).collect()),
        }
    }
}

fn day() -> impl Strategy<Value = Day> {
    (Day::EARLIEST.number()..=Day::LATEST.number()).prop_map(Day::from_number)
}

fn scalar() -> impl Strategy<Value = Drawn> {
    prop_oneof![".*".prop_map(Drawn::Text), any::<i64>().prop_map(Drawn::Int), any::<bool>().prop_map(Drawn::Bool)]
}

fn draw() -> impl Strategy<Value = Draw> {
    let field = prop_oneof![4 => scalar(), 1 => Just(Drawn::Null), 1 => prop::collection::vec(scalar(), 0..4).prop_map(Drawn::List)];
    let fields = prop::collection::btree_map("[a-z_\"\\\\é]{1,8}", field, 0..20);
    let first = (0..18_usize, prop::collection::vec("[^\\p{Cc}]{1,40}", 4), option::of(".+"), option::of(day()));
    let second = (prop::collection::vec(option::of(day()), 4), fields, option::of(0..=i64::MAX as u64), any::<bool>());
    let third = (option::of(select(&SubjectKind::ALL[..])), option::of(-2_000_000_000_000_i64..9_000_000_000_000));
    (first, second, third).prop_map(
        |((kind, names, text, day), (dates, fields, version, flag), (subject_kind, time_ms))| {
            let fields = fields.into_iter().collect();
            Draw { kind, names, text, day, dates, fields, version, flag, subject_kind, time_ms }
        },
    )
}

fn body(draw: &Draw) -> Body<'_> {
    let Draw { names, day: on, .. } = draw;
    let (record, other, text, on) = (names[0].as_str(), names[1].as_str(), draw.text.as_deref(), *on);
    let fields = || draw.fields.iter().map(|(name, value)| (name.as_str(), value.value())).collect();
    let dates = NAMED_DATES.iter().zip(&draw.dates);
    let certain = on.unwrap_or(Day::EARLIEST);
    let subject: SubjectId = "wb:OTHER".parse().unwrap();
    let decision = DecisionId([7; 32]);
    let profile = Profile {
        on,
        kind: draw.subject_kind,
        name: text,
        region: Some(other),
        industry: draw.flag.then_some(record),
        registered_on: draw.dates[0],
        aliases: if draw.flag { vec![(record, other), (other, record)] } else { Vec::new() },
    };
    match draw.kind {
        0 => Body::Recorded(Recorded {
            record,
            item: other,
            decided_on: certain,
            document_no: text,
            capacity: draw.flag.then_some(other),
            dates: dates.filter_map(|(name, day)| day.map(|day| (*name, day))).collect(),
            fields: fields(),
        }),
        1 => Body::Corrected(Corrected {
            record,
            version: draw.version,
            decided_on: on,
            dates: dates.map(|(name, day)| (*name, *day)).collect(),
            fields: fields(),
            reason: text,
        }),
        2 => Body::Retracted { record, reason: text },
        3 => Body::Repaired { record, record_source: Some(other), on, document_no: text },
        4 => Body::Restored { record, record_source: None, on, document_no: text },
        5 => Body::ObjectionFiled { objection: other, record, record_source: None, on, reason: text },
        6 => Body::ObjectionResolved { objection: other, record: Some(record), on, upheld: draw.flag, reason: text },
        7 => Body::Suspended { from: certain, through: draw.flag.then_some(certain), reason: text, document_no: None },
        8 => Body::Resumed { on },
        9 => Body::Registered(Profile { kind: Some(SubjectKind::Enterprise), name: Some(record), ..profile }),
        10 => Body::Changed(profile),
        11 => Body::Deregistered { on },
        12 => Body::Linked { role: record, to: subject, on },
        13 => Body::Unlinked { role: record, to: subject, on },
        14 => Body::Merged { into: subject },
        15 => Body::Responded {
            decision,
            authority: other,
            applied: text.is_none() || draw.flag,
            on,
            reason: text,
            document_no: None,
        },
        _ => Body::Reviewed { decision, confirmed: draw.flag, officer: other, on, reason: text },
    }
}

proptest! {
    #[test]
    fn written_and_read_again(draw in draw()) {
        let event = Event { source: &draw.names[2], id: &draw.names[3], subject: "wb:ONE".parse().unwrap(), body: body(&draw) };
        let line = event_json(&event, draw.time_ms).to_string();
        let parsed = parse_line(line.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}: {line}")))?;
        prop_assert_eq!(parsed.time_ms(), draw.time_ms);
        let read = parsed.event_without_aliases().map_err(|error| TestCaseError::fail(format!("{error}: {line}")))?;
        prop_assert_eq!(read, event);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..300) {
        let _ = super::fault(&bytes);
        let line = super::line("credit.recorded", r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"a":"b"}}"#);
        let mut damaged = line.into_bytes();
        damaged.truncate(cut);
        damaged.extend_from_slice(&bytes);
        let _ = super::fault(&damaged);
    }
}
