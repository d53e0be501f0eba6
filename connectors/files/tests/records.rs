//! One message at a time: what a topic of JSON needs, change events of a database among them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use heng_files::{Given, Mapping, Memory, Reason};
use support::FIRM;

const CHANGES: &str = r#"
mapping: changes
source: /gov/420000/tax
columns: [op, {name: after.id, optional: true}, {name: after.code, optional: true}, {name: after.decided, optional: true}, {name: after.fine, optional: true}]
skip:
  - {when: {value: "{op}", is: [d, r]}, reason: deleted or a snapshot}
unique: "{after.id}"
events:
  - when: {value: "{op}", is: c}
    type: credit.recorded
    id: "{after.id | filled}"
    subject: "{after.code | filled | uscc}"
    time: "{after.decided | day}T00:00:00+08:00"
    data: {record: "{after.id}", item: tax.penalty, decided_on: "{after.decided | day}", fields: {amount: "{after.fine | amount}"}}
"#;

#[test]
fn change_events_of_a_database() {
    let mapping = Mapping::parse("changes.yaml", CHANGES).unwrap();
    let mut memory = Memory::default();
    let mut take = |json: &str| mapping.convert_record(json.as_bytes(), &mut memory);
    let inserted = format!(
        r#"{{"op":"c","before":null,"after":{{"id":871,"code":"{FIRM}","decided":"2023-05-03","fine":20000.10}},"ts_ms":1}}"#
    );
    let Ok(Given::Event(event)) = take(&inserted) else { panic!("an event") };
    assert_eq!((event.id.as_str(), event.kind.name(), event.subject.as_str()), ("871", "credit.recorded", FIRM));
    assert!(String::from_utf8(event.line).unwrap().contains(r#""amount":"20000.10""#));
    assert_eq!(
        take(r#"{"op":"d","before":{"id":871},"after":null}"#),
        Ok(Given::Skipped("deleted or a snapshot".to_owned()))
    );
    assert_eq!(
        take(&inserted),
        Err(Reason::Twice { column: "after.id".to_owned(), value: "871".to_owned(), earlier: 1 })
    );
    let said = |given: Result<Given, Reason>| given.unwrap_err().to_string();
    assert_eq!(said(take(r#"{"op":"t"}"#)), "column `op` is `t`: expected `c`");
    assert_eq!(
        said(take(r#"{"op":"c","after":null}"#)),
        "column `after.id` is ``: expected a value, the cell is empty"
    );
    assert_eq!(said(take(r#"{"after":null}"#)), "no column `op` in this object: known: `after`");
    assert_eq!(said(take("null")), "this is no object: expected a list `[…]` of objects, or one object `{…}` a line");
    assert!(
        said(mapping.convert_record(b"{\"op\":\"\xff\"}", &mut Memory::default())).starts_with("not UTF-8 from byte 7")
    );
}
