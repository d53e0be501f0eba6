//! The bytes on the log never change: they are compared with those in `tests/golden/`.
//!
//! `HENG_BLESS=1 cargo test -p heng-log` writes the files anew, for new lines only: a line that differs is a log that
//! older data no longer matches.
#![allow(clippy::unwrap_used, reason = "tests may stop with a panic")]

use super::samples::{COMMITMENTS, SUBJECTS, corrected, day, decision, event, news, recorded, registered, subject};
use super::{
    Envelope, decode_decision, decode_entry, decode_head, encode_control, encode_decision, encode_derived,
    encode_event, identity,
};
use heng_core::{Content, Control, Derived};
use heng_model::Position;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

const POSITION: Position = Position { partition: 0, offset: 0 };
const KNOWN_MS: i64 = 1_683_768_600_000;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn check(file: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if env::var_os("HENG_BLESS").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (expected, actual) in expected.lines().zip(actual.lines()) {
        assert_eq!(expected, actual, "{}", path.display());
    }
    assert_eq!(expected.lines().count(), actual.lines().count(), "{}", path.display());
}

fn contents() -> Vec<(&'static str, Content<'static>)> {
    let unknown = heng_core::Identity { name: 0, content: 0 };
    let said = |body| Content::Event { event: event(body), identity: unknown, sent_on: None };
    let pack =
        Control::PackActivated { pack: "cn-hubei", version: "2026.11.0", sha256: [0xac; 32], on: day("2026-11-01") };
    let redirected = Derived::Redirected {
        to: subject(),
        from: SUBJECTS[2].parse().unwrap(),
        by: subject(),
        part: 0,
        parts: 2,
        source_position: Position { partition: 1, offset: 7 },
        bytes: &[0, 1, 2, 255],
    };
    vec![
        ("credit.recorded", said(recorded())),
        ("credit.corrected", said(corrected())),
        ("subject.registered", said(registered())),
        ("day.opened", Content::Control(Control::DayOpened { date: day("2023-05-11") })),
        ("pack.activated", Content::Control(pack)),
        ("fold.activated", Content::Control(Control::FoldActivated { version: 1 })),
        ("related.changed", Content::Derived(news())),
        ("subject.redirected", Content::Derived(redirected)),
    ]
}

#[test]
fn entries_have_the_bytes_they_always_had() {
    let envelope = Envelope {
        known_ms: KNOWN_MS,
        claimed_time: Some("2023-05-11T09:30:00+08:00"),
        subject_as_sent: "91420100ma49xk7p6t",
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        commitments: &COMMITMENTS,
        ..Envelope::default()
    };
    let (mut actual, mut out) = (String::new(), Vec::new());
    for (name, content) in contents() {
        match &content {
            Content::Event { event, .. } => encode_event(&mut out, &envelope, event).unwrap(),
            Content::Control(control) => encode_control(&mut out, KNOWN_MS, control).unwrap(),
            Content::Derived(derived) => encode_derived(&mut out, KNOWN_MS, None, derived).unwrap(),
        }
        writeln!(actual, "{name} {}", hex(&out)).unwrap();
        match (decode_entry(POSITION, &out).unwrap().content, content) {
            (Content::Event { event, identity: found, .. }, Content::Event { event: written, .. }) => {
                assert_eq!(event, written);
                assert_eq!(found, identity(&decode_head(&out).unwrap()));
                writeln!(actual, "{name} identity {:016x} {:08x}", found.name, found.content).unwrap();
            }
            (read, written) => assert_eq!(read, written),
        }
    }
    // An effect with the context of its cause; below the others, whose lines stay.
    let content = Content::Derived(news());
    if let Content::Derived(derived) = &content {
        encode_derived(&mut out, KNOWN_MS, envelope.traceparent, derived).unwrap();
    }
    writeln!(actual, "related.changed traced {}", hex(&out)).unwrap();
    assert_eq!(decode_head(&out).unwrap().traceparent, envelope.traceparent);
    assert_eq!(decode_entry(POSITION, &out).unwrap().content, content);
    check("entries.txt", &actual);
}

#[test]
fn decisions_have_the_bytes_they_always_had() {
    let mut out = Vec::new();
    encode_decision(&mut out, &(&decision()).into()).unwrap();
    assert_eq!(decode_decision(&out), Ok(decision()));
    check("decision.txt", &format!("decision {}\n", hex(&out)));
}
