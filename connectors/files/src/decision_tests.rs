#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use super::*;
use heng_core::{DecisionKind, Ground, Proposal};
use heng_model::Position;

fn event() -> DecisionEvent {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let words = |zh: &str, en: &str| Bilingual { zh: zh.to_owned(), en: en.to_owned() };
    DecisionEvent {
        decision: DecisionId([0xab; 32]),
        revision: 2,
        kind: DecisionKind::Amended,
        void: false,
        subject: "91420100MA49XK7P6T".parse().unwrap(),
        position: Position { partition: 3, offset: 90_412 },
        seq: 18_231,
        known_ms: 1_683_768_600_000,
        cause: "/gov/420000/tax#tax-2023-000871".to_owned(),
        rule: "tax.major_violation".to_owned(),
        pack: "cn-hubei@2026.11.0".to_owned(),
        pack_sha256: [1; 32],
        fold: 1,
        outcome: "list/tax.major_violation".to_owned(),
        effect: "sanction".to_owned(),
        measures: vec!["procurement.bar".to_owned()],
        authorities: vec!["finance".to_owned()],
        region: Some("420100".to_owned()),
        in_force: DaySet::from_to(day("2023-05-10"), day("2024-05-09"))
            .union(&DaySet::from_to(day("2024-06-01"), Day::FOREVER)),
        proposal: None,
        grounds: vec![Ground { source: "/gov/420000/tax".to_owned(), record: "r".to_owned(), document_no: None }],
        ground_decisions: Vec::new(),
        basis: vec!["sta-54-2021#6".to_owned()],
        facts: vec![("penalties".to_owned(), "3".to_owned())],
        explanation: words("因", "because"),
        remedy_objection: words("异议", "object"),
        remedy_repair: words("修复", "repair"),
        replaces: Vec::new(),
        also: Vec::new(),
    }
}

#[test]
fn the_shape_is_the_contracts() {
    let id = "ab".repeat(32);
    let expected = format!(
        r#"{{"specversion":"1.0","id":"{id}/2","source":"/heng/cn-hubei","type":"decision.amended","subject":"91420100MA49XK7P6T","time":"2023-05-11T01:30:00.000Z","datacontenttype":"application/json","data":{{"decision":"{id}","revision":2,"partition":3,"seq":18231,"position":"3:90412","cause":"/gov/420000/tax#tax-2023-000871","rule":"tax.major_violation","pack":"cn-hubei@2026.11.0","pack_sha256":"{}","fold":1,"outcome":"list/tax.major_violation","kind":"sanction","measures":["procurement.bar"],"authorities":["finance"],"region":"420100","from":"2023-05-10","through":null,"in_force":[["2023-05-10","2024-05-09"],["2024-06-01",null]],"grounds":[{{"source":"/gov/420000/tax","record":"r","document_no":null}}],"basis":["sta-54-2021#6"],"facts":{{"penalties":"3"}},"explanation":{{"zh":"因","en":"because"}},"remedy":{{"objection":"异议","repair":"修复","objection_en":"object","repair_en":"repair"}}}}}}"#,
        "01".repeat(32)
    );
    assert_eq!(decision_json(&event()).to_string(), expected);
}

#[test]
fn what_is_there_only_sometimes() {
    let plain = decision_json(&event());
    for key in ["void", "proposal", "replaces", "also", "ground_decisions"] {
        assert_eq!(plain["data"].get(key), None, "{key}");
    }
    let days = DaySet::from_to(Day::from_number(0), Day::from_number(1));
    let full = decision_json(&DecisionEvent {
        kind: DecisionKind::Revoked,
        void: true,
        in_force: DaySet::empty(),
        proposal: Some(Proposal { measures: vec!["m".to_owned()], days }),
        replaces: vec![DecisionId([1; 32])],
        also: vec![DecisionId([2; 32])],
        ground_decisions: vec![DecisionId([3; 32])],
        ..event()
    });
    assert_eq!(full["type"], "decision.revoked");
    let data = &full["data"];
    assert_eq!(data["void"], true);
    assert_eq!((&data["from"], &data["through"], &data["in_force"]), (&Value::Null, &Value::Null, &json!([])));
    assert_eq!(data["proposal"], json!({"measures": ["m"], "in_force": [["1970-01-01", "1970-01-02"]]}));
    assert_eq!(data["replaces"], json!(["01".repeat(32)]));
    assert_eq!(data["also"], json!(["02".repeat(32)]));
    assert_eq!(data["ground_decisions"], json!(["03".repeat(32)]));
}
