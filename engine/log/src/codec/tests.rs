//! Laws of the codec: what was written is read, what Protobuf says is what is read, and no bytes stop the program.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop with a panic")]

use super::samples::{self, COMMITMENTS, event, recorded, subject};
use super::*;
use crate::journal::ENTRY_BYTES_MAX;
use heng_core::{Body, Content, Entry, FieldValue, Recorded};
use heng_model::Position;
use heng_proto::event::v1 as bodies;
use heng_proto::log::v1 as proto;
use proptest::prelude::*;
use prost::Message;

const POSITION: Position = Position { partition: 3, offset: 90_412 };

fn envelope() -> Envelope<'static> {
    Envelope { known_ms: 1, claimed_time: Some("2023"), subject_as_sent: "wb:1", ..Envelope::default() }
}

fn encoded(body: Body<'static>) -> Vec<u8> {
    let mut out = Vec::new();
    encode_event(&mut out, &envelope(), &event(body)).unwrap();
    out
}

/// A recorded event with one field.
fn with_field(value: FieldValue<'static>) -> Body<'static> {
    let Body::Recorded(recorded) = recorded() else { return recorded() };
    Body::Recorded(Recorded { fields: vec![("field", value)], ..recorded })
}

proptest! {
    #[test]
    fn events_round_trip(
        event in samples::events(), known_ms in any::<i64>(), sent in samples::text(), time in samples::text(),
        trace in samples::text(), sealed in any::<bool>(), sent_on in prop::option::of(samples::sent_on()),
    ) {
        let commitments = if sealed { &COMMITMENTS[..] } else { &[] };
        let envelope = Envelope {
            known_ms, claimed_time: Some(time), subject_as_sent: sent, other_as_sent: Some(sent), traceparent: Some(trace), commitments,
            sent_on: sent_on.as_ref(),
        };
        let mut out = vec![1, 2, 3];
        encode_event(&mut out, &envelope, &event).unwrap();
        let head = decode_head(&out).unwrap();
        let content = Content::Event { event, identity: identity(&head), sent_on };
        prop_assert_eq!(decode_entry(POSITION, &out), Ok(Entry { position: POSITION, known_ms, content }));

        // The borrowing reader against the generated one.
        let read = proto::Entry::decode(&out[..]).unwrap();
        prop_assert_eq!(read.encode_to_vec(), out.clone());
        prop_assert_eq!((read.format, read.kind, read.schema), (ENTRY_FORMAT, 1, head.schema));
        prop_assert_eq!((read.source.as_str(), read.id.as_str()), (head.source, head.id));
        prop_assert_eq!((read.r#type.as_str(), read.subject.as_str()), (head.type_name, head.subject));
        prop_assert_eq!((head.subject_as_sent, head.claimed_time.unwrap_or("")), (sent, time));
        prop_assert_eq!((head.traceparent.unwrap_or(""), &head.commitments[..]), (trace, commitments));
        prop_assert_eq!(&read.body[..], head.body);
        // Bodies that are not written by the generated types.
        let again = match head.type_name {
            "credit.recorded" => bodies::CreditRecorded::decode(head.body).unwrap().encode_to_vec(),
            "credit.corrected" => bodies::CreditCorrected::decode(head.body).unwrap().encode_to_vec(),
            _ => head.body.to_vec(),
        };
        prop_assert_eq!(&again[..], head.body);
    }

    #[test]
    fn controls_round_trip(control in samples::controls(), known_ms in any::<i64>()) {
        let mut out = Vec::new();
        encode_control(&mut out, known_ms, &control).unwrap();
        let entry = Entry { position: POSITION, known_ms, content: Content::Control(control) };
        prop_assert_eq!(decode_entry(POSITION, &out), Ok(entry));
        prop_assert_eq!(proto::Entry::decode(&out[..]).unwrap().encode_to_vec(), out);
    }

    #[test]
    fn derived_round_trip(
        derived in samples::derived(), known_ms in any::<i64>(), trace in prop::option::of(samples::text()),
    ) {
        let mut out = Vec::new();
        encode_derived(&mut out, known_ms, trace, &derived).unwrap();
        prop_assert_eq!(decode_head(&out).unwrap().traceparent.unwrap_or(""), trace.unwrap_or(""));
        let entry = Entry { position: POSITION, known_ms, content: Content::Derived(derived) };
        prop_assert_eq!(decode_entry(POSITION, &out), Ok(entry));
        prop_assert_eq!(proto::Entry::decode(&out[..]).unwrap().encode_to_vec(), out);
    }

    #[test]
    fn decisions_round_trip(decision in samples::decisions()) {
        let mut out = Vec::new();
        encode_decision(&mut out, &(&decision).into()).unwrap();
        prop_assert_eq!(decode_decision(&out), Ok(decision.clone()));
        let sifted = sift(&out).unwrap();
        prop_assert_eq!(sifted.kind, decision.kind);
        prop_assert_eq!(cause_offset(&out).unwrap(), decision.position.offset);
        let head = DecisionHead {
            decision: decision.decision,
            revision: decision.revision,
            kind: decision.kind,
            subject: &decision.subject.to_string(),
            known_ms: decision.known_ms,
            pack: &decision.pack,
        };
        prop_assert_eq!(decision_head(&out), Ok(head));
        prop_assert_eq!(sifted.outcome(&out), decision.outcome.as_bytes());
        prop_assert_eq!(sifted.region(&out), decision.region.as_deref().unwrap_or_default().as_bytes());
        prop_assert!(sifted.measures(&out).eq(decision.measures.iter().map(String::as_bytes)));
        prop_assert!(sifted.authorities(&out).eq(decision.authorities.iter().map(String::as_bytes)));
        let mut again = Vec::new();
        let message = heng_proto::decision::v1::DecisionEvent::decode(&out[..]).unwrap();
        prop_assert_eq!(message.encode_to_vec(), out.clone(), "other bytes than the schema's");
        encode_decision(&mut again, &(&decode_decision(&out).unwrap()).into()).unwrap();
        prop_assert_eq!(out, again);
    }

    #[test]
    fn garbage_is_refused_or_read_but_stops_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200), schema in 0..3_u32) {
        let _ = decode_entry(POSITION, &bytes);
        let _ = decode_decision(&bytes);
        let _ = sift(&bytes);
        let _ = decision_head(&bytes);
        for type_name in ["credit.recorded", "credit.corrected", "subject.registered", "measure.responded"] {
            let _ = upcast(type_name, schema, &bytes);
        }
    }

    #[test]
    fn altered_entries_stop_nothing(event in samples::events(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut out = Vec::new();
        encode_event(&mut out, &envelope(), &event).unwrap();
        let at = at.index(out.len());
        out[at] = byte;
        let generated = proto::Entry::decode(&out[..]);
        let _ = decode_entry(POSITION, &out);
        // What the borrowing reader takes, the generated one takes too, and to the same effect.
        if let Ok(head) = decode_head(&out) {
            let generated = generated.unwrap();
            prop_assert_eq!(&generated.body[..], head.body);
            prop_assert_eq!((generated.source.as_str(), generated.known_ms), (head.source, head.known_ms));
        }
    }
}

#[test]
fn truncated_entries_and_decisions_stop_nothing() {
    let entry = encoded(recorded());
    let mut decision = Vec::new();
    encode_decision(&mut decision, &(&samples::decision()).into()).unwrap();
    for length in 0..entry.len() {
        let _ = decode_entry(POSITION, &entry[..length]);
    }
    for length in 0..decision.len() {
        assert_ne!(decode_decision(&decision[..length]), Ok(samples::decision()));
    }
}

#[test]
fn unknown_fields_are_skipped() {
    let entry = encoded(recorded());
    let unknown: [&[u8]; 4] = [
        &[0xf8, 0x06, 0x07],
        &[0xfa, 0x06, 0x01, 0x07],
        &[0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xfd, 0x06, 1, 2, 3, 4],
    ];
    for field in unknown {
        let longer = [&entry[..], field].concat();
        assert_eq!(decode_entry(POSITION, &longer), decode_entry(POSITION, &entry));
        assert!(decode_entry(POSITION, &longer[..longer.len() - 1]).is_err());
    }
}

#[test]
fn what_a_newer_release_wrote_is_named() {
    let message = |change: fn(&mut proto::Entry)| {
        let mut entry = proto::Entry::decode(&encoded(recorded())[..]).unwrap();
        change(&mut entry);
        decode_entry(POSITION, &entry.encode_to_vec()).unwrap_err().to_string()
    };
    assert_eq!(
        message(|entry| entry.schema = 2),
        "entry 3:90412: schema `2` of `credit.recorded` is unknown, this release reads 1: a newer release of heng is needed"
    );
    assert_eq!(
        message(|entry| entry.r#type = "credit.forgiven".to_owned()),
        "entry 3:90412: type `credit.forgiven` (schema `1`) is unknown: a newer release of heng is needed"
    );
    assert!(message(|entry| entry.format = 2).contains("format `2` of the entry is unknown"));
    assert!(message(|entry| entry.kind = 4).contains("kind `4`"));
    assert!(message(|entry| entry.kind = 2).contains("type `credit.recorded`"));
    assert!(message(|entry| entry.body = vec![0x0a, 0x05]).contains("the body of `credit.recorded` is malformed"));
    assert!(message(|entry| entry.subject = "x".to_owned()).contains("`x` has 1"));
}

#[test]
fn limits_are_named() {
    let long: &'static str = "x".repeat(ENTRY_BYTES_MAX).leak();
    let mut out = vec![1];
    let error = encode_event(&mut out, &envelope(), &event(with_field(FieldValue::Text(long)))).unwrap_err();
    assert!(error.to_string().contains("the log takes at most 49152"), "{error}");
    assert!(out.is_empty());

    let nest = |depth| (0..depth).fold(FieldValue::Null, |value, _| FieldValue::List(vec![value]));
    let deep = with_field(nest(VALUE_DEPTH_MAX));
    let entry = encoded(deep.clone());
    let Content::Event { event: read, .. } = decode_entry(POSITION, &entry).unwrap().content else { return };
    assert_eq!(read.body, deep);
    let error = encode_event(&mut out, &envelope(), &event(with_field(nest(VALUE_DEPTH_MAX + 1)))).unwrap_err();
    assert_eq!(error.to_string(), "field `field` nests its lists more than 16 deep");
}

/// Bytes that nest without end must not exhaust the stack.
#[test]
fn endless_nesting_is_refused() {
    let wrap = |tag: u8, inner: &[u8]| {
        let mut bytes = vec![tag];
        prost::encode_length_delimiter(inner.len(), &mut bytes).unwrap();
        bytes.extend_from_slice(inner);
        bytes
    };
    let mut value = Vec::new();
    for _ in 0..4_000 {
        value = wrap(0x22, &wrap(0x0a, &value));
    }
    let body = wrap(0x3a, &wrap(0x12, &value));
    let refused = DecodeError::Body { type_name: "credit.recorded".to_owned(), defect: Defect::TooDeep };
    assert_eq!(upcast("credit.recorded", 1, &body), Err(refused));
}

#[test]
fn days_in_disorder_are_refused() {
    let mut out = Vec::new();
    encode_decision(&mut out, &(&samples::decision()).into()).unwrap();
    let mut message = heng_proto::decision::v1::DecisionEvent::decode(&out[..]).unwrap();
    message.in_force.reverse();
    assert_eq!(decode_decision(&message.encode_to_vec()), Err(DecodeDecisionError::Malformed(Defect::Days)));
    message.format = 2;
    let error = decode_decision(&message.encode_to_vec()).unwrap_err();
    assert!(error.to_string().contains("a newer release of heng is needed"), "{error}");
}

#[test]
fn an_identity_is_what_an_event_says() {
    let of = |envelope: &Envelope<'_>, event: &heng_core::Event<'_>| {
        let mut out = Vec::new();
        encode_event(&mut out, envelope, event).unwrap();
        identity(&decode_head(&out).unwrap())
    };
    let first = of(&envelope(), &event(recorded()));
    let again = Envelope {
        known_ms: 99,
        subject_as_sent: "wb:2",
        traceparent: Some("00-1"),
        commitments: &COMMITMENTS,
        ..envelope()
    };
    assert_eq!(of(&again, &event(recorded())), first);

    let other_time = of(&Envelope { claimed_time: None, ..envelope() }, &event(recorded()));
    let other_body = of(&envelope(), &event(with_field(FieldValue::Int(1))));
    for other in [other_time, other_body] {
        assert_eq!(other.name, first.name);
        assert_ne!(other.content, first.content);
    }
    let named =
        |source, id| of(&envelope(), &heng_core::Event { source, id, subject: subject(), body: recorded() }).name;
    assert_ne!(named("a", "bc"), named("ab", "c"));
}
