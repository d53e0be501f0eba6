//! Lines that are events.

use super::super::{EventType, parse_line};
use super::{fault, line};
use heng_core::{Body, FieldValue};
use heng_model::SubjectId;

const CONTRACT: &str = r#"{"specversion":"1.0","id":"tax-2023-000871","source":"/gov/420000/tax","type":"credit.recorded","subject":"91420100MA49XK7P6T",
 "time":"2023-05-11T09:30:00+08:00","datacontenttype":"application/json","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 "data":{"record":"tax-2023-000871","item":"tax.major_violation","decided_on":"2023-05-10","document_no":"鄂税稽罚〔2023〕12号",
         "served_on":"2023-05-12","fields":{"evaded":"1000000.00","share":"0.10","conduct":"evasion"}}}"#;

#[test]
fn the_line_of_the_contract_is_read() {
    let parsed = parse_line(CONTRACT.as_bytes()).unwrap();
    assert_eq!(parsed.kind(), EventType::Recorded);
    assert_eq!((parsed.source(), parsed.id()), ("/gov/420000/tax", "tax-2023-000871"));
    assert_eq!(parsed.subject_as_sent(), "91420100MA49XK7P6T");
    assert_eq!(parsed.time_ms(), Some(1_683_768_600_000));
    assert_eq!(parsed.claimed_time(), Some("2023-05-11T09:30:00+08:00"));
    assert!(parsed.traceparent().unwrap().starts_with("00-0af7"));
    let event = parsed.event_without_aliases().unwrap();
    let Body::Recorded(recorded) = &event.body else { panic!("{event:?}") };
    assert_eq!(recorded.decided_on.to_string(), "2023-05-10");
    assert_eq!(recorded.document_no, Some("鄂税稽罚〔2023〕12号"));
    assert_eq!(recorded.dates, [("served_on", "2023-05-12".parse().unwrap())]);
    assert_eq!(recorded.fields[0], ("evaded", FieldValue::Text("1000000.00")));
}

#[test]
fn every_type_has_a_line() {
    let id = "0".repeat(64);
    let lines = [
        ("credit.recorded", r#"{"record":"r","item":"i","decided_on":"2023-05-10"}"#.to_owned()),
        (
            "credit.corrected",
            r#"{"record":"r","version":2,"served_on":null,"fields":{"a":null,"b":["x",1,true]}}"#.to_owned(),
        ),
        ("credit.retracted", r#"{"record":"r","reason":"annulled"}"#.to_owned()),
        ("credit.repaired", r#"{"record":"r","record_source":"/x","on":"2024-01-01"}"#.to_owned()),
        ("credit.restored", r#"{"record":"r","on":null}"#.to_owned()),
        ("objection.filed", r#"{"objection":"o","record":"r","on":"2024-01-01","reason":"not us"}"#.to_owned()),
        ("objection.resolved", r#"{"objection":"o","outcome":"upheld","on":"2024-01-01"}"#.to_owned()),
        ("measures.suspended", r#"{"from":"2024-01-01","through":"2024-01-01","document_no":"d"}"#.to_owned()),
        ("measures.resumed", r#"{"on":"2024-02-01"}"#.to_owned()),
        (
            "subject.registered",
            r#"{"kind":"enterprise","name":"甲","region":"420100","aliases":[{"scheme":"old","code":"7"}]}"#.to_owned(),
        ),
        ("subject.changed", r#"{"industry":"C13"}"#.to_owned()),
        ("subject.deregistered", "{}".to_owned()),
        ("subject.linked", r#"{"role":"branch","to":"wb:B"}"#.to_owned()),
        ("subject.unlinked", r#"{"role":"branch","to":"wb:B","on":"2024-01-01"}"#.to_owned()),
        ("subject.merged", r#"{"into":"wb:B"}"#.to_owned()),
        (
            "measure.responded",
            format!(r#"{{"decision":"{id}","authority":"finance","answer":"not_applied","reason":"no tender"}}"#),
        ),
        ("review.confirmed", format!(r#"{{"decision":"{id}","officer":"o-7"}}"#)),
        ("review.declined", format!(r#"{{"decision":"{id}","officer":"o-7","reason":"minor"}}"#)),
    ];
    assert_eq!(lines.len(), EventType::ALL.len());
    for ((kind, data), known) in lines.iter().zip(EventType::ALL) {
        assert_eq!(*kind, known.name());
        let line = line(kind, data);
        assert_eq!(fault(line.as_bytes()), None, "{line}");
        let parsed = parse_line(line.as_bytes()).unwrap();
        assert_eq!(parsed.event_without_aliases().unwrap().body.type_name(), *kind);
    }
}

#[test]
fn aliases_are_the_callers_to_resolve() {
    let line =
        line("subject.linked", r#"{"role":"branch","to":"old reg 7"}"#).replace("91420100MA49XK7P6T", "old reg 5");
    let parsed = parse_line(line.as_bytes()).unwrap();
    assert_eq!(parsed.subject_as_sent(), "old reg 5");
    assert_eq!(parsed.other_subject_as_sent(), Ok(Some("old reg 7")));
    let (five, seven): (SubjectId, SubjectId) = ("wb:5".parse().unwrap(), "wb:7".parse().unwrap());
    assert!(parsed.event(five.clone(), None).is_err());
    let event = parsed.event(five.clone(), Some(seven.clone())).unwrap();
    assert_eq!(event.subject, five);
    assert_eq!(event.body, Body::Linked { role: "branch", to: seven, on: None });
}

#[test]
fn escapes_are_read_and_extensions_passed_over() {
    let line = line("credit.retracted", r#"{"record":"a\u00e9\"b","reason":"\n"}"#)
        .replace("{\"spec", "{\"tenant\":\"x\",\"spec");
    let parsed = parse_line(line.as_bytes()).unwrap();
    let event = parsed.event_without_aliases().unwrap();
    assert_eq!(event.body, Body::Retracted { record: "aé\"b", reason: Some("\n") });
}
