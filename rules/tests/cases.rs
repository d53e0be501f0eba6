//! Cases of a pack as data.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use heng_rules::{Case, CaseAct, CaseValue, PackFiles, cases};

fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut files = PackFiles::new();
    files.add("tests/tax.yaml", text.as_bytes().to_vec()).unwrap();
    cases(&files).map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect())
}

const EVERY_EVENT: &str = r#"
- name: one million and a tenth
  subject: {kind: enterprise, registered_on: 2015-03-01, region: 420100}
  others: {holding: {kind: enterprise, id: lei:X}}
  events:
    - {record: r1, item: tax.major, decided_on: 2023-05-10, served_on: 2023-05-12, document_no: 鄂1号, capacity: auditor,
       fields: {evaded: "1000000.00", share: "0.10", conduct: evasion, year: 2023, ok: true, gone: null, tags: [a, 1]}, source: tax}
    - {record: h1, item: tax.major, decided_on: 2023-05-01, known: 2023-06-30, subject: holding}
    - {correct: r1, fields: {share: null}, decided_on: 2023-05-09, version: 2, refused: share}
    - {repair: r1, on: 2024-02-01}
    - {restore: r1, on: 2024-03-01}
    - {objection: o1, record: r1, on: 2024-03-02}
    - {resolve: o1, on: 2024-03-09, outcome: upheld}
    - {suspend: {from: 2024-04-01, through: 2024-04-30}}
    - {suspend: {from: 2024-05-01}}
    - {resume: 2024-06-01}
    - {register: {kind: enterprise, registered_on: 2015-03-01}}
    - {change: {region: "420000", on: 2024-07-01}}
    - {link: {role: controller, to: holding, on: 2024-07-02}}
    - {unlink: {role: controller, to: holding, on: 2024-07-03}}
    - {confirm: tax.officer, on: 2024-07-04}
    - {decline: tax.officer, on: 2024-07-05, record: r1}
    - {merge: holding}
    - {retract: r1}
    - {deregister: 2024-08-01}
  expect:
    - {on: 2023-05-09, in_force: []}
    - {on: 2023-05-10, in_force: [list/tax.major, "grade/tax:D"], check: {procurement.bid: bar}}
    - {on: 2023-05-11, check: {procurement.bid: clear}}
"#;

#[test]
fn every_event_has_a_short_form() {
    let list = read(EVERY_EVENT).unwrap_or_else(|errors| panic!("{errors}"));
    let [case] = list.as_slice() else { panic!("one case") };
    assert_eq!((case.place.to_string(), case.name.as_str()), ("tests/tax.yaml:2:3".into(), "one million and a tenth"));
    assert_eq!(case.subject.region.as_deref(), Some("420100"));
    assert_eq!(case.others[0].1.id.as_deref(), Some("lei:X"));
    let CaseAct::Record { dates, fields, capacity, .. } = &case.events[0].act else { panic!("a record") };
    assert_eq!(
        format!("{dates:?} {capacity:?}"),
        r#"[("decided_on", 2023-05-10), ("served_on", 2023-05-12)] Some("auditor")"#
    );
    let values: Vec<CaseValue> = fields.iter().map(|(_, value)| value.clone()).collect();
    let text = |text: &str| CaseValue::Text(text.into());
    assert_eq!(
        values,
        [
            text("1000000.00"),
            text("0.10"),
            text("evasion"),
            CaseValue::Int(2023),
            CaseValue::Bool(true),
            CaseValue::Null,
            CaseValue::List(vec![text("a"), CaseValue::Int(1)]),
        ]
    );
    let known: Vec<String> = case.events.iter().map(|e| e.known.map_or("-".into(), |day| day.to_string())).collect();
    assert_eq!(
        known,
        [
            "2023-05-10",
            "2023-06-30",
            "2023-05-09",
            "2024-02-01",
            "2024-03-01",
            "2024-03-02",
            "2024-03-09",
            "2024-04-01",
            "2024-05-01",
            "2024-06-01",
            "2015-03-01",
            "2024-07-01",
            "2024-07-02",
            "2024-07-03",
            "2024-07-04",
            "2024-07-05",
            "-",
            "-",
            "2024-08-01",
        ]
    );
    assert_eq!((case.events[1].refused.clone(), case.events[2].refused.as_deref()), (None, Some("share")));
    assert!(matches!(case.events[6].act, CaseAct::Resolve { upheld: true, .. }));
    assert_eq!(case.expect[0].in_force, Some(vec![]));
    assert_eq!(case.expect[1].in_force.as_ref().unwrap().len(), 2);
    assert_eq!((case.expect[2].in_force.clone(), case.expect[2].check.len()), (None, 1));
}

#[test]
fn what_is_wrong_with_a_case_is_said_with_its_place() {
    let text = "- name: x\n  events:\n    - {record: r1, itm: a, fields: {share: 0.10}}\n    - {repare: r1}\n  \
                expect:\n    - {on: 2023-02-30, in_force: [tax], check: {m: maybe}}\n- {expect: []}\n";
    assert_eq!(
        read(text).err().unwrap_or_default(),
        "tests/tax.yaml:3:7: an event needs `item`\n\
         tests/tax.yaml:3:20: unknown key `itm` in an event\n  hint: did you mean `item`?\n\
         tests/tax.yaml:4:7: an event needs to say what happens, found a mapping\n  hint: one of correct, retract, repair, \
         restore, objection, resolve, suspend, resume, register, change, deregister, link, unlink, merge, confirm, decline, record\n\
         tests/tax.yaml:6:12: the calendar has no day `2023-02-30`\n  hint: expected a date such as 2023-05-10\n\
         tests/tax.yaml:6:35: `tax` names no outcome\n  hint: write list/x, grade/x:v or measure/x\n\
         tests/tax.yaml:6:52: unknown verdict `maybe`\n  hint: known: `bar`, `restrict`, `caution`, `favour`, `clear`\n\
         tests/tax.yaml:7:3: a case needs `name`\n"
    );
}
