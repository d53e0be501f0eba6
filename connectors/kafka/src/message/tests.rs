#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;
use heng_core::{Body, FieldValue, Recorded};
use heng_files::{data_json, event_json, parse_line};
use heng_log::codec::{Envelope, decode_head, encode_event};
use heng_model::Day;
use proptest::prelude::*;
use std::path::Path;

const FIRM: &str = "91420100MA49XK7P6T";

/// Events of every kind: the stories and the demonstration.
fn lines() -> Vec<String> {
    let heng = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/heng");
    let stories = std::fs::read_dir(heng.join("tests/stories")).unwrap().map(|entry| entry.unwrap().path());
    let files = stories.filter(|path| path.extension().is_some_and(|it| it == "jsonl"));
    let mut files: Vec<_> = files.chain([heng.join("demo/events.jsonl")]).collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let told = texts.iter().flat_map(|text| text.lines().map(str::to_owned)).filter(|line| !line.trim().is_empty());
    // Of the kinds, and the shapes, that no story tells.
    let other = |kind: &str, data: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{kind}\",\"source\":\"/gov/a\",\"type\":\"{kind}\",\"subject\":\"{FIRM}\",\
             \"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\",\"data\":{data}}}"
        )
    };
    told.chain([
        other("credit.corrected", "{\"record\":\"r-1\",\"version\":2,\"fields\":{\"a\":null},\"served_on\":null}"),
        other("credit.restored", "{\"record\":\"r-1\",\"on\":\"2024-02-29\"}"),
        other("subject.changed", "{\"name\":\"武汉示例有限公司\",\"region\":\"420100\"}"),
        other("subject.deregistered", "{\"on\":\"2024-02-29\"}"),
        other("subject.unlinked", "{\"role\":\"owner\",\"to\":\"91420100MA49XK7P6T\",\"on\":\"2024-02-29\"}"),
    ])
    .collect()
}

/// What an event says, as the engine's reader understands it: its JSON, attributes and all.
fn said(parsed: &heng_files::ParsedEvent<'_>) -> String {
    let body = match parsed.event_without_aliases() {
        Ok(event) => data_json(&event.body).to_string(),
        Err(error) => error.to_string(),
    };
    let (id, source, subject) = (parsed.id(), parsed.source(), parsed.subject_as_sent());
    format!(
        "{} {id} {source} {subject} {:?} {:?} {body}",
        parsed.kind().name(),
        parsed.claimed_time(),
        parsed.traceparent()
    )
}

/// The data of an event in Protobuf.
fn protobuf(event: &heng_core::Event<'_>) -> Vec<u8> {
    let mut entry = Vec::new();
    encode_event(&mut entry, &Envelope::default(), event).unwrap();
    decode_head(&entry).unwrap().body.to_vec()
}

/// The headers of a line in binary mode.
fn headers(line: &serde_json::Value, content_type: &str) -> Vec<(String, String)> {
    let attributes = line.as_object().unwrap().iter().filter(|(name, _)| *name != "data" && *name != "datacontenttype");
    let attributes = attributes.map(|(name, value)| (format!("ce_{name}"), value.as_str().unwrap().to_owned()));
    attributes.chain([("content-type".to_owned(), content_type.to_owned())]).collect()
}

fn message<'m>(headers: &'m [(String, String)], value: &'m [u8]) -> Message<'m> {
    let headers = headers.iter().map(|(name, text)| (name.as_str(), Some(text.as_bytes()))).collect();
    Message { key: None, value: Some(value), headers }
}

#[test]
fn an_event_means_the_same_in_every_form() {
    let schemas = [(17, Form::Protobuf), (18, Form::Json)].into();
    let reading = Reading { schemas, keys: Keys::Subject };
    let mut kinds = std::collections::BTreeSet::new();
    for line in lines() {
        let Ok(parsed) = parse_line(line.as_bytes()) else { continue };
        let Ok(event) = parsed.event_without_aliases() else { continue };
        kinds.insert(parsed.kind().name());
        let wanted = said(&parsed);
        // A date that is emptied is not one of which nothing is said.
        assert_eq!(wanted.contains("\"served_on\":null"), line.contains("\"served_on\":null"), "{line}");
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let data = json["data"].to_string().into_bytes();
        let protobuf = protobuf(&event);
        let framed = |head: &[u8], body: &[u8]| [head, body].concat();
        let structured = [("content-type".to_owned(), "application/cloudevents+json; charset=UTF-8".to_owned())];
        let (as_json, as_protobuf) = (headers(&json, "application/json"), headers(&json, "application/protobuf"));
        let forms = [
            (&structured[..], line.clone().into_bytes()),
            (&[][..], line.clone().into_bytes()),
            (&as_json[..], data.clone()),
            (&as_json[..], framed(b"\0\0\0\0\x12", &data)),
            (&as_protobuf[..], protobuf.clone()),
            (&as_protobuf[..], framed(b"\0\0\0\0\x11\0", &protobuf)),
            (&as_json[..], framed(b"\0\0\0\0\x11\0", &protobuf)),
        ];
        for (headers, value) in &forms {
            let sent = Message { key: Some(parsed.subject_as_sent().as_bytes()), ..message(headers, value) };
            assert_eq!(said(read(&sent, &reading).unwrap().parsed()), wanted, "{line}");
        }
    }
    assert_eq!(kinds.len(), 18, "{kinds:?}");
}

/// Headers, value, the word for the reason, and a part of what is said.
type BadMessage = (Vec<(String, String)>, Vec<u8>, &'static str, &'static str);

#[test]
fn each_bad_message_has_its_own_reason() {
    let line = &lines()[0];
    let json: serde_json::Value = serde_json::from_str(line).unwrap();
    let data = json["data"].to_string().into_bytes();
    let binary = headers(&json, "application/json");
    let with = |name: &str, text: &str| {
        let mut headers: Vec<_> = binary.iter().filter(|(known, _)| known != name).cloned().collect();
        headers.push((name.to_owned(), text.to_owned()));
        headers
    };
    let twice = [&binary[..], &[("ce_id".to_owned(), "again".to_owned())]].concat();
    let cases: [BadMessage; 12] = [
        (binary.clone(), vec![], "empty", "has no value"),
        (binary.clone(), vec![b' '; MESSAGE_BYTES_MAX + 1], "too_long", "has 262145 bytes, more than 262144"),
        (
            binary.clone(),
            b"\0\0\0\0\x63{}".to_vec(),
            "unknown_schema",
            "schema 99 is not known here: announce it under [kafka.schemas]",
        ),
        (binary.clone(), b"\0\0\0".to_vec(), "bad_frame", "holds no schema number"),
        (with("content-type", "application/avro"), data.clone(), "content_type", "content-type is `application/avro`"),
        (with("content-type", "application/cloudevents-batch+json"), data.clone(), "content_type", "cloudevents-batch"),
        (vec![], b"<event/>".to_vec(), "no_envelope", "is no JSON object"),
        (twice, data.clone(), "bad_header", "header `ce_id` stands twice"),
        (vec![], b"{\"specversion\":\"1.0\",".to_vec(), "unparseable", "EOF while parsing"),
        (vec![], b"{\"specversion\":\"1.0\",\"id\":\"1\"}".to_vec(), "unparseable", "`source`"),
        (
            with("content-type", "application/protobuf"),
            vec![0xff; 9],
            "unparseable",
            "the Protobuf body cannot be read",
        ),
        (
            with("content-type", "application/x-protobuf"),
            data.clone(),
            "unparseable",
            "the Protobuf body cannot be read",
        ),
    ];
    for (headers, value, code, part) in cases {
        let error = read(&message(&headers, &value), &Reading::default()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let not_text = Message { headers: vec![("ce_id", Some(&[0xff]))], ..message(&[], &data) };
    assert_eq!(read(&not_text, &Reading::default()).unwrap_err().code(), "bad_header");
}

#[test]
fn a_key_is_the_subject_or_absent_unless_any_may_be() {
    let line = lines()[0].clone();
    let subject = parse_line(line.as_bytes()).unwrap().subject_as_sent().to_owned();
    let sent = |key| Message { key, value: Some(line.as_bytes()), headers: Vec::new() };
    let any = Reading { keys: Keys::Any, ..Reading::default() };
    for key in [None, Some(subject.as_bytes()), Some(&b""[..])] {
        assert!(read(&sent(key), &Reading::default()).is_ok());
    }
    let error = read(&sent(Some(b"somebody else")), &Reading::default()).unwrap_err();
    assert_eq!(error.code(), "key_not_subject");
    assert!(
        error.to_string().starts_with(&format!("the key is `somebody else` and the subject `{subject}`: ")),
        "{error}"
    );
    assert!(read(&sent(Some(b"somebody else")), &any).is_ok());
}

/// What JSON that says the same would be refused for.
#[test]
fn a_protobuf_body_is_judged_as_json_is() {
    let json: serde_json::Value = serde_json::json!({
        "specversion": "1.0", "id": "1", "source": "/gov/a", "type": "credit.recorded", "subject": FIRM,
    });
    let headers = headers(&json, "application/protobuf");
    let day = Day::from_number(19_000);
    let fields = |names: &[&'static str]| names.iter().map(|name| (*name, FieldValue::Int(1))).collect::<Vec<_>>();
    // `record`, `item`, `decided_on`, `fields` and its field are five of the 1,024.
    let list = |values: usize| vec![("a", FieldValue::List(vec![FieldValue::Bool(true); values]))];
    let escaped = "\u{1}".repeat(45_000);
    let cases = [
        (vec![("served_on", day), ("served_on", day)], fields(&["a"]), "`data.served_on` stands twice"),
        (vec![("record", day)], fields(&["a"]), "`data.record` stands twice"),
        (vec![], fields(&["a", "b", "a"]), "`data.fields.a` stands twice"),
        (vec![], list(1_020), "more than 1024 values in one event"),
        (vec![], list(1_019), ""),
        (vec![], vec![("a", FieldValue::Text(&escaped))], "at most 262144 are read"),
        (vec![("later_on", day)], fields(&["a"]), "`data.later_on` is not a field of credit.recorded"),
        (vec![], fields(&[""]), "a field's name of 1 to 256 bytes"),
        (vec![], fields(&["a"]), ""),
    ];
    for (dates, fields, part) in cases {
        let recorded =
            Recorded { record: "r", item: "i", decided_on: day, document_no: None, capacity: None, dates, fields };
        let event = heng_core::Event {
            source: "/gov/a",
            id: "1",
            subject: FIRM.parse().unwrap(),
            body: Body::Recorded(recorded),
        };
        let said = match read(&message(&headers, &protobuf(&event)), &Reading::default()) {
            Ok(event) => event.parsed().event_without_aliases().err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        assert!(
            said.clone().unwrap_or_default().contains(part) && said.is_some() != part.is_empty(),
            "{part}: {said:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        key in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
        value in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        names in prop::collection::vec(
            prop::sample::select(vec!["ce_type", "ce_id", "ce_subject", "content-type", "traceparent", "other"]), 0..6),
        texts in prop::collection::vec(prop::sample::select(vec![
            &b"credit.recorded"[..], b"application/protobuf", b"application/cloudevents+json", b"application/json", b"\xff",
        ]), 6),
    ) {
        let headers = names.iter().zip(&texts).map(|(name, text)| (*name, Some(*text))).collect();
        let message = Message { key: key.as_deref(), value: value.as_deref(), headers };
        let reading = Reading { schemas: [(0, Form::Protobuf), (1, Form::Json)].into(), keys: Keys::Any };
        if let Err(error) = read(&message, &reading) {
            prop_assert!(!error.to_string().is_empty() && !error.code().is_empty());
        }
    }

    /// A Protobuf body cut anywhere is read or refused with a reason, and what is read has the form of the contract or is
    /// refused by the reader of events.
    #[test]
    fn a_cut_body_is_never_taken_for_something_else(at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let lines = lines();
        let line = at.get(&lines);
        let Ok(parsed) = parse_line(line.as_bytes()) else { return Ok(()) };
        let Ok(event) = parsed.event_without_aliases() else { return Ok(()) };
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let whole = protobuf(&event);
        let short = &whole[..cut.index(whole.len().max(1)).min(whole.len())];
        let headers = headers(&json, "application/protobuf");
        match read(&message(&headers, short), &Reading::default()) {
            Ok(event) => {
                if let Ok(event) = event.parsed().event_without_aliases() {
                    let line = event_json(&event, None).to_string();
                    let again = parse_line(line.as_bytes()).unwrap();
                    prop_assert_eq!(again.event_without_aliases().unwrap(), event);
                }
            }
            Err(error) => prop_assert!(matches!(error, Unreadable::Empty | Unreadable::Protobuf(_)), "{error}"),
        }
    }
}
