//! What intake refuses, so that it never stands on the log, and whom a name names.

use crate::engine::{meta, open, submit};
use heng_log::SimDisk;
use heng_model::Day;
use heng_rules::PackFiles;
use heng_server::{ActivateError, Engine, Submitted};
use heng_sim::random::{Options, pack};
use serde_json::{Value as Json, json};

const FIRM: &str = "91420100MA49XK7P6T";
const PERSON: &str = "P-00112233445566778899aabbccddeeff";
const COURT: &str = "/gov/court";

/// A random pack that takes identifiers of a scheme `wb` too, in a version of one's choice.
fn files(version: &str) -> PackFiles {
    let mut random = pack(1, &Options::all());
    let head = random.files.get_mut("pack.yaml").unwrap();
    *head = head.replace("version: \"1\"", &format!("version: \"{version}\""));
    head.push_str("identifiers: [uscc, {scheme: wb, pattern: '[A-Z-]{1,40}'}]\n");
    random.to_files()
}

struct Office {
    disk: SimDisk,
    files: PackFiles,
    engine: Engine<SimDisk>,
    sent: usize,
}

impl Office {
    fn new(partitions: u16) -> Self {
        let disk = SimDisk::new();
        let engine = open(&disk, &meta(partitions));
        Self { disk, files: files("1"), engine, sent: 0 }
    }

    fn send(&mut self, source: &str, ty: &str, subject: &str, data: &Json) -> Submitted {
        self.sent += 1;
        let event = json!({
            "specversion": "1.0", "id": format!("e{}", self.sent), "source": source, "type": ty, "subject": subject,
            "time": "2023-05-10T09:00:00+08:00", "data": data,
        });
        submit(&mut self.engine, &self.files, &event).unwrap()
    }

    #[track_caller]
    fn accepted(&mut self, source: &str, ty: &str, subject: &str, data: &Json) {
        let went = self.send(source, ty, subject, data);
        assert!(matches!(went, Submitted::Accepted(_)), "{ty}: {went:?}");
    }

    #[track_caller]
    fn refused(&mut self, source: &str, ty: &str, subject: &str, data: &Json, because: &str) {
        match self.send(source, ty, subject, data) {
            Submitted::Refused(refusal) => assert_eq!(refusal.to_string(), because),
            other => panic!("{ty}: {other:?}"),
        }
    }

    #[track_caller]
    fn names(&self, given: &str, wanted: &str) {
        assert_eq!(self.engine.resolve(given).map(|id| id.to_string()), Ok(wanted.to_owned()), "{given}");
    }

    fn reopen(mut self) -> Self {
        self.engine.flush().unwrap();
        assert!(self.engine.take_folded().refused.is_empty(), "the fold refuses nothing that intake let pass");
        let meta = self.engine.meta().clone();
        drop(self.engine);
        self.engine = open(&self.disk, &meta);
        self
    }
}

#[test]
fn acts_that_an_authority_may_not_do_are_refused() {
    let mut office = Office::new(3);
    let acts = [
        ("subject.merged", json!({"into": "wb:B"}), "merge subjects (may: [merge])"),
        ("subject.linked", json!({"role": "owner", "to": "wb:B"}), "link subjects (may: [link])"),
        ("subject.unlinked", json!({"role": "owner", "to": "wb:B"}), "unlink subjects (may: [link])"),
        ("measures.suspended", json!({"from": "2023-05-01"}), "suspend measures (may: [suspend])"),
        ("measures.resumed", json!({"on": "2023-05-02"}), "resume measures (may: [suspend])"),
    ];
    for (ty, data, act) in &acts {
        office.refused("/gov/a", ty, "wb:A", data, &format!("source: `/gov/a` may not {act}"));
        office.names("wb:A", "wb:A");
    }
    for (ty, data, _) in acts.iter().rev() {
        office.accepted(COURT, ty, "wb:A", data);
    }
    office.engine.flush().unwrap();
    office.names("wb:A", "wb:B");
    office.reopen().names("wb:A", "wb:B");
}

/// The fold has the last word on a merge.
#[test]
fn a_merge_that_the_fold_refuses_redirects_nobody() {
    for partitions in [1, 3] {
        let mut office = Office::new(partitions);
        office.accepted(COURT, "subject.merged", "wb:A", &json!({"into": "wb:B"}));
        office.accepted(COURT, "subject.merged", "wb:B", &json!({"into": "wb:C"}));
        office.accepted(COURT, "subject.merged", "wb:C", &json!({"into": "wb:A"}));
        office.engine.flush().unwrap();
        let refused = office.engine.take_folded().refused;
        assert_eq!(refused.len(), 1, "{refused:?}");
        for given in ["wb:A", "wb:B", "wb:C"] {
            office.names(given, "wb:C");
        }
        let office = office.reopen();
        for given in ["wb:A", "wb:B", "wb:C"] {
            office.names(given, "wb:C");
        }
    }
}

#[test]
fn a_person_is_a_person_and_nobody_else_is() {
    let mut office = Office::new(1);
    let unfit =
        |kind| format!("data.kind: `{kind}` does not fit the id: a person has a pseudonym `P-…`, nobody else has");
    office.refused("/gov/a", "subject.changed", FIRM, &json!({"kind": "person"}), &unfit("person"));
    office.refused("/gov/a", "subject.changed", PERSON, &json!({"kind": "enterprise"}), &unfit("enterprise"));
    office.accepted("/gov/a", "subject.changed", FIRM, &json!({"kind": "institution"}));
    office.accepted("/gov/a", "subject.changed", PERSON, &json!({"kind": "person"}));
}

#[test]
fn an_id_names_itself_and_is_nobodys_alias() {
    let mut office = Office::new(1);
    let alias = |scheme, code| json!({"aliases": [{"scheme": scheme, "code": code}]});
    let one = "if both are one, send subject.merged";
    for (scheme, code, whom) in
        [("old", FIRM, FIRM), ("old", PERSON, PERSON), ("old", "wb:B", "wb:B"), ("wb", "B", "wb:B")]
    {
        let because = format!("data.aliases[0]: `{scheme}:{code}` already names {whom}: {one}");
        office.refused("/gov/a", "subject.changed", "wb:A", &alias(scheme, code), &because);
    }
    let code = "420100000123453";
    office.accepted("/gov/a", "subject.changed", "wb:A", &alias("reg_no", code));
    let because = format!("data.aliases[0]: `reg_no:{code}` already names wb:A: {one}");
    office.refused("/gov/a", "subject.changed", "wb:B", &alias("reg_no", code), &because);
    let mut office = office.reopen();
    for given in [code, "reg_no:420100000123453", "wb:A"] {
        office.names(given, "wb:A");
    }
    office.names(FIRM, FIRM);
    assert!(office.engine.resolve("reg_no:420100000123461").is_err(), "of no declared scheme, and nobody's alias");
    // Once both are one, the one that is left may state it too.
    office.accepted(COURT, "subject.merged", "wb:A", &json!({"into": "wb:B"}));
    office.accepted("/gov/a", "subject.changed", "wb:B", &alias("reg_no", code));
    office.engine.flush().unwrap();
    office.names(code, "wb:B");
    office.reopen().names(code, "wb:B");
}

#[test]
fn texts_that_are_too_long_are_refused() {
    let mut office = Office::new(1);
    let long = "x".repeat(257);
    let cases = [
        ("subject.changed", json!({"name": long}), "data.name: 257 bytes are too many: shorten it to 256"),
        (
            "credit.repaired",
            json!({"record": "r", "document_no": long}),
            "data.document_no: 257 bytes are too many: shorten it to 256",
        ),
        (
            "credit.retracted",
            json!({"record": "r", "reason": "x".repeat(4_097)}),
            "data.reason: 4097 bytes are too many: shorten it to 4096",
        ),
    ];
    for (ty, data, because) in cases {
        office.refused("/gov/a", ty, "wb:A", &data, because);
    }
    office.accepted("/gov/a", "credit.retracted", "wb:A", &json!({"record": "r", "reason": "x".repeat(4_096)}));
}

#[test]
fn one_pack_waits_at_a_time() {
    let mut office = Office::new(3);
    assert!(office.engine.activate(&files("0"), Day::EARLIEST, 0).unwrap(), "before the first day any may follow");
    office.accepted("/gov/a", "subject.changed", "wb:A", &json!({"name": "某公司"}));
    let on: Day = "2023-06-01".parse().unwrap();
    let known_ms = office.engine.known_ms().unwrap();
    assert!(office.engine.activate(&files("2"), on, known_ms).unwrap());
    let mut office = office.reopen();
    assert!(!office.engine.activate(&files("2"), on, known_ms).unwrap(), "the same pack again says nothing new");
    let error = office.engine.activate(&files("3"), on.next(), known_ms).unwrap_err();
    assert!(matches!(error, ActivateError::Pending { on: waits } if waits == on), "{error}");
    let zone = office.engine.time_zone().unwrap();
    office.engine.open_days(zone.day_start_ms(on)).unwrap();
    assert!(office.engine.activate(&files("3"), on.next(), known_ms).unwrap());
}

/// Many days at once are folded bit by bit, not held in memory until the last.
#[test]
fn years_of_days_are_folded_on_the_way() {
    let mut office = Office::new(1);
    office.accepted("/gov/a", "subject.changed", "wb:A", &json!({"name": "某公司"}));
    office.engine.flush().unwrap();
    office.engine.take_folded();
    let (zone, today) = (office.engine.time_zone().unwrap(), office.engine.today().unwrap());
    office.engine.open_days(zone.day_start_ms(today.plus_days(1_500))).unwrap();
    assert_eq!(office.engine.take_folded().entries, 1_024);
}

/// What waits for a flush counts as if it were folded.
#[test]
fn how_arrivals_are_batched_decides_nothing() {
    let event = |id: &str, subject: &str, ty: &str, data: Json| {
        json!({
            "specversion": "1.0", "id": id, "source": "/gov/b", "type": ty, "subject": subject,
            "time": "2023-05-10T09:00:00+08:00", "data": data,
        })
    };
    let of_kind = |id, kind| event(id, FIRM, "subject.changed", json!({"kind": kind, "on": "2023-01-02"}));
    let record = |id, subject, decided_on| {
        let data = json!({"item": "s.i1", "record": id, "decided_on": decided_on, "fields": {"amount": "5.00"}});
        event(id, subject, "credit.recorded", data)
    };
    let by_court = |id: &str, subject: &str, ty: &str, data: Json| {
        let mut event = event(id, subject, ty, data);
        event["source"] = COURT.into();
        event
    };
    let alias =
        |id, subject| event(id, subject, "subject.changed", json!({"aliases": [{"scheme": "old", "code": "A-1"}]}));
    let merge = |id, from| by_court(id, from, "subject.merged", json!({"into": FIRM}));
    let events = [
        (alias("a1", "wb:C"), "accepted"),
        (record("c1", "wb:C", "2023-02-01"), "accepted"),
        (alias("a2", FIRM), "data.aliases[0]: `old:A-1` already names wb:C"),
        (merge("m1", "wb:C"), "accepted"),
        (record("c1", "wb:C", "2023-02-01"), "duplicate"),
        (record("c1", FIRM, "2023-02-01"), "duplicate"),
        (merge("m1", "old:A-1"), "duplicate"),
        (alias("a2", FIRM), "accepted"),
        (merge("m2", "wb:D"), "accepted"),
        (record("d1", "wb:D", "2023-02-01"), "accepted"),
        (record("d1", FIRM, "2023-02-01"), "duplicate"),
        (of_kind("k1", "institution"), "accepted"),
        (record("r1", FIRM, "2023-02-01"), "accepted"),
        (record("r1", FIRM, "2023-02-01"), "duplicate"),
        (record("r1", FIRM, "2023-02-02"), "id: `r1` was used before by this source for another content"),
        (record("r1", "wb:B", "2023-02-01"), "accepted"),
        (of_kind("k2", "government_body"), "accepted"),
        (record("r2", FIRM, "2023-01-01"), "accepted"),
        (record("r3", FIRM, "2023-02-01"), "subject: item `s.i1` is about"),
        (of_kind("k2", "government_body"), "duplicate"),
        (of_kind("k3", "enterprise"), "accepted"),
        (record("r3", FIRM, "2023-02-01"), "accepted"),
    ];
    for is_flushed in [true, false] {
        let mut office = Office::new(2);
        for (event, wanted) in &events {
            let went = match submit(&mut office.engine, &office.files, event).unwrap() {
                Submitted::Accepted(_) => "accepted".to_owned(),
                Submitted::Duplicate => "duplicate".to_owned(),
                Submitted::Refused(refusal) => refusal.to_string(),
            };
            assert!(went.starts_with(wanted), "flushed each time: {is_flushed}; {event}: {went}");
            if is_flushed {
                office.engine.flush().unwrap();
            }
        }
        office.reopen();
    }
}
