//! Each line by itself: form, order, codes.

use super::{Kind, bytes, province};
use heng_model::uscc::{is_organisation_code, is_registration_number};
use heng_model::{SubjectId, Uscc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn lines(out: &[u8]) -> Vec<Value> {
    str::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(line: &'v Value, pointer: &str) -> &'v str {
    line.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn lines_are_cloud_events_in_order_of_time() {
    let (out, _) = bytes(&province());
    let mut last = String::new();
    let mut ids = BTreeSet::new();
    let mut previous = Value::Null;
    for line in lines(&out) {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 8, "{line}");
        assert!(Kind::ALL.iter().any(|kind| kind.name() == text(&line, "/type")), "{line}");
        let time = text(&line, "/time");
        assert!(*last <= *time, "{last} {time}");
        assert!(("2016-11-01".."2026-11-01").contains(&time), "{time}");
        last = time.to_owned();
        // An id comes twice only for an event sent twice in a row.
        let name = format!("{}#{}", text(&line, "/source"), text(&line, "/id"));
        assert!(ids.insert(name) || line == previous, "{line}");
        previous = line;
    }
}

#[test]
fn every_code_is_valid_and_given_once() {
    let (out, _) = bytes(&province());
    let mut registered = BTreeSet::new();
    let mut aliases = BTreeSet::new();
    let mut persons = 0;
    for line in lines(&out) {
        let subject: SubjectId = text(&line, "/subject").parse().unwrap();
        persons += usize::from(subject.is_person());
        for other in ["/data/to", "/data/into"].map(|key| text(&line, key)) {
            assert!(other.is_empty() || other.parse::<SubjectId>().is_ok(), "{line}");
        }
        if text(&line, "/type") != "subject.registered" || !registered.insert(subject.to_string()) {
            continue;
        }
        let code: Uscc = text(&line, "/subject").parse().unwrap();
        assert!(!code.has_odd_organisation_code(), "{code}");
        assert_eq!(code.kind().word(), text(&line, "/data/kind"));
        assert_eq!(code.region(), text(&line, "/data/region"));
        assert!(code.region().starts_with("42"), "{code}");
        for alias in line.pointer("/data/aliases").and_then(Value::as_array).into_iter().flatten() {
            let valid = match text(alias, "/scheme") {
                "reg_no" => is_registration_number(text(alias, "/code")),
                "org_code" => is_organisation_code(text(alias, "/code")),
                _ => false,
            };
            assert!(valid && aliases.insert(text(alias, "/code").to_owned()), "{alias}");
        }
    }
    assert_eq!(registered.len(), 3_000);
    assert!(aliases.len() > 500 && persons > 10, "{} {persons}", aliases.len());
}

#[test]
fn decisions_are_not_dated_ahead_and_some_arrive_late() {
    let (out, _) = bytes(&province());
    let (mut late, mut recorded) = (0, 0);
    for line in lines(&out) {
        let (known, decided) = (&text(&line, "/time")[..10], text(&line, "/data/decided_on"));
        assert!(decided <= known, "{line}");
        if text(&line, "/type") == "credit.recorded" {
            recorded += 1;
            let days = known.parse::<heng_model::Day>().unwrap().number()
                - decided.parse::<heng_model::Day>().unwrap().number();
            late += usize::from(days > 30);
        }
    }
    assert!(late * 100 > recorded && late * 5 < recorded, "{late} of {recorded}");
}

#[test]
fn most_subjects_have_few_records_and_some_have_hundreds() {
    let (out, _) = bytes(&super::Options::new(5, 10_000, 10));
    let mut records: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines(&out) {
        let count = records.entry(text(&line, "/subject").to_owned()).or_default();
        *count += usize::from(text(&line, "/type") == "credit.recorded");
    }
    let few = records.values().filter(|count| **count <= 12).count();
    let hundreds = records.values().filter(|count| **count >= 200).count();
    assert!(few * 10 > records.len() * 7, "{few}");
    assert!(hundreds > 0, "{hundreds}");
}

#[test]
fn documents_are_numbered_by_series_and_year() {
    let (out, _) = bytes(&province());
    let mut fines = BTreeMap::new();
    for line in lines(&out) {
        let number = text(&line, "/data/document_no");
        if let Some(rest) = number.strip_prefix("鄂税稽罚〔2023〕") {
            let number: u32 = rest.strip_suffix('号').unwrap().parse().unwrap();
            fines.insert(number, text(&line, "/data/decided_on")[..4].to_owned());
        }
    }
    assert!(fines.len() > 50);
    assert_eq!(
        fines.keys().copied().collect::<Vec<_>>(),
        (1..=u32::try_from(fines.len()).unwrap()).collect::<Vec<_>>()
    );
    assert!(fines.values().all(|year| year == "2023"));
}
