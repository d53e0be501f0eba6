//! What is put together from prepared parts has the bytes of the message it stands for.
#![allow(clippy::unwrap_used, reason = "a test")]

use heng_proto::check::v1 as check;
use heng_proto::model::v1::{BilingualText, FieldViolation, Freshness, Interval, Position};
use heng_proto::{audit, decision, log, subscription};
use heng_rpc::raw;
use prost::Message;

fn freshness() -> Freshness {
    Freshness { token: vec![1, 2], position: Some(Position { partition: 3, offset: 4 }), stale_by_ms: 5 }
}

fn raw_freshness() -> raw::Freshness {
    let Freshness { token, position, stale_by_ms } = freshness();
    raw::Freshness { token: token.into(), position, stale_by_ms }
}

fn rule() -> check::RuleWords {
    check::RuleWords { rule: "tax.x".to_owned(), basis: vec!["a#1".to_owned()], ..Default::default() }
}

fn measure() -> check::MeasureWords {
    check::MeasureWords { code: "m".to_owned(), kind: "sanction".to_owned(), ..Default::default() }
}

fn decided() -> decision::v1::DecisionEvent {
    decision::v1::DecisionEvent { format: 1, seq: 7, subject: "s".to_owned(), ..Default::default() }
}

fn words() -> BilingualText {
    BilingualText { zh: "文".to_owned(), en: "text".to_owned() }
}

fn answers() -> (check::Answer, raw::Answer) {
    let ground = decision::v1::Ground { source: "/a".to_owned(), record: "r".to_owned(), document_no: None };
    let typed = check::Bearing {
        effect: check::Verdict::Bar.into(),
        decision: vec![7; 32],
        measure: Some(measure()),
        rule: Some(rule()),
        in_force: vec![Interval { first: -3, last: None }],
        grounds_count: 2,
        first_ground: Some(Position { partition: 0, offset: 9 }),
        grounds: vec![ground.clone()],
        explanation: Some(words()),
    };
    let raw = raw::Bearing {
        effect: check::Verdict::Bar.into(),
        decision: vec![7; 32].into(),
        measure: measure().encode_to_vec().into(),
        rule: rule().encode_to_vec().into(),
        in_force: typed.in_force.clone(),
        grounds_count: 2,
        first_ground: typed.first_ground,
        grounds: vec![ground],
        explanation: Some(words()),
    };
    let (verdict, next_change, subject) = (check::Verdict::Bar.into(), Some(-8), "s".to_owned());
    (
        check::Answer { verdict, next_change, bearings: vec![typed], subject: subject.clone() },
        raw::Answer { verdict, next_change, bearings: vec![raw], subject },
    )
}

fn same(raw: &impl Message, typed: &impl Message) {
    assert_eq!(raw.encode_to_vec(), typed.encode_to_vec());
}

#[test]
fn checks() {
    let (typed, raw) = answers();
    same(
        &raw::CheckResponse {
            answer: Some(raw.clone()),
            as_of: 4,
            freshness: Some(raw_freshness()),
            pack: "p@1".into(),
        },
        &check::CheckResponse {
            answer: Some(typed.clone()),
            as_of: 4,
            freshness: Some(freshness()),
            pack: "p@1".to_owned(),
        },
    );
    let violation = FieldViolation { field: "matter".to_owned(), description: "none".to_owned() };
    let refused = check::Refusal { code: 5, message: "no".to_owned(), violations: vec![violation.clone()] };
    let raw_refused = raw::Refusal { code: 5, message: "no".to_owned(), violations: vec![violation] };
    let results =
        [check::batch_check_result::Result::Answer(typed), check::batch_check_result::Result::Refusal(refused)];
    let raws = [raw::BatchCheckOutcome::Answer(raw), raw::BatchCheckOutcome::Refusal(raw_refused)];
    same(
        &raw::BatchCheckResponse {
            results: raws.into_iter().map(|it| raw::BatchCheckResult { result: Some(it) }).collect(),
            as_of: 4,
            freshness: Some(raw_freshness()),
            next_change: Some(8),
            pack: "p@1".into(),
        },
        &check::BatchCheckResponse {
            results: results.into_iter().map(|it| check::BatchCheckResult { result: Some(it) }).collect(),
            as_of: 4,
            freshness: Some(freshness()),
            next_change: Some(8),
            pack: "p@1".to_owned(),
        },
    );
}

#[test]
fn streams() {
    use audit::v1::history_response::Item;
    use subscription::v1::subscribe_response::Message as Sent;
    let decided_bytes = decided().encode_to_vec();
    let heartbeat = subscription::v1::Heartbeat { at_ms: 5, day: -1, is_live: true, ..Default::default() };
    let raws = [
        raw::SubscribeMessage::Decision(decided_bytes.clone().into()),
        raw::SubscribeMessage::Heartbeat(heartbeat.clone()),
    ];
    for (raw, typed) in raws.into_iter().zip([Sent::Decision(decided()), Sent::Heartbeat(heartbeat)]) {
        same(
            &raw::SubscribeResponse { message: Some(raw), traceparent: "00-1".to_owned() },
            &subscription::v1::SubscribeResponse { message: Some(typed), traceparent: "00-1".to_owned() },
        );
    }
    let entry = log::v1::Entry { format: 1, source: "/a".to_owned(), ..Default::default() };
    let raws =
        [raw::HistoryItem::Entry(entry.encode_to_vec().into()), raw::HistoryItem::Decision(decided_bytes.into())];
    for (raw, typed) in raws.into_iter().zip([Item::Entry(entry), Item::Decision(decided())]) {
        let position = Some(Position { partition: 1, offset: 2 });
        same(
            &raw::HistoryResponse { item: Some(raw), position, freshness: Some(raw_freshness()) },
            &audit::v1::HistoryResponse { item: Some(typed), position, freshness: Some(freshness()) },
        );
    }
}
