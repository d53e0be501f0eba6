//! What is put together from prepared parts has the bytes of the message it stands for.
#![allow(clippy::unwrap_used, reason = "a test")]

use heng_proto::check::v1 as check;
use heng_proto::model::v1::{Freshness, Position};
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

fn decided() -> decision::v1::DecisionEvent {
    decision::v1::DecisionEvent { format: 1, seq: 7, subject: "s".to_owned(), ..Default::default() }
}

fn same(raw: &impl Message, typed: &impl Message) {
    assert_eq!(raw.encode_to_vec(), typed.encode_to_vec());
}

#[test]
fn what_is_encoded_already() {
    let typed = check::CheckResponse { as_of: 4, freshness: Some(freshness()), ..Default::default() };
    same(&raw::Encoded(typed.encode_to_vec().into()), &typed);
    same(&raw_freshness(), &freshness());
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

#[test]
fn a_decision_is_framed_as_its_message_is() {
    for len in [0, 1, 200, 70_000] {
        let decision = vec![7; len];
        let message = Some(raw::SubscribeMessage::Decision(decision.clone().into()));
        let message = raw::SubscribeResponse { message, traceparent: String::new() };
        let (mut framed, mut whole) = (bytes::BytesMut::new(), bytes::BytesMut::new());
        raw::frame_decision(&decision, &mut framed);
        raw::frame(&message, &mut whole);
        assert_eq!(framed, whole);
        let head = [vec![0], u32::try_from(message.encoded_len()).unwrap().to_be_bytes().to_vec()].concat();
        assert_eq!(whole.to_vec(), [head, message.encode_to_vec()].concat());
    }
}
