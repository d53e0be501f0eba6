//! One trace from a message of an inbox to the message of the decision, and to whoever is told of it over gRPC.

use crate::broker::shared;
use crate::client::{Seen, Sent, binary, by_rust, read_committed, send};
use crate::collector::{Collector, hex};
use crate::events::{firm, listed};
use crate::place::{PARTITIONS, Place, Served, until};
use crate::shared_log::{events, is_published, owned};
use heng_model::SubjectId;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{Beginning, SubscribeRequest};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tonic::transport::Endpoint;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER_TRACE: &str = "1af7651916cd43dd8448eb211c80319c";
const SENDER: &str = "b7ad6b7169203331";

fn traced(event: &Value, traceparent: &str) -> Sent {
    let mut sent = binary(event);
    sent.headers.push(("traceparent".to_owned(), traceparent.to_owned()));
    sent
}

fn telemetry(endpoint: &str) -> String {
    format!("[telemetry]\nendpoint = {endpoint:?}\nsample_per_million = 0\n")
}

/// The decisions on the topic: the trace context of each subject's last.
fn on_topic(brokers: &str, place: &Place) -> BTreeMap<String, String> {
    let seen = read_committed(brokers, place).into_iter().flatten();
    seen.filter(|it| it.kind != "heng.progress").map(|Seen { key, traceparent, .. }| (key, traceparent)).collect()
}

/// What a subscriber is told: the trace context by the cause of a decision, as many as are said.
fn told(served: &Served, decisions: usize) -> BTreeMap<String, String> {
    let endpoint = format!("http://{}", served.grpc);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let channel = Endpoint::from_shared(endpoint).expect("an address").connect().await.expect("it answers");
        let mut client = SubscriptionServiceClient::new(channel);
        let start = Some(Start::Beginning(Beginning {}));
        let request = SubscribeRequest { start, heartbeat_ms: 20, ..SubscribeRequest::default() };
        let mut messages = client.subscribe(request).await.expect("a subscription").into_inner();
        let mut told = BTreeMap::new();
        while told.len() < decisions {
            let response = messages.message().await.expect("a message").expect("no end");
            if let Some(Message::Decision(decision)) = response.message {
                told.insert(decision.cause, response.traceparent);
            }
        }
        told
    })
}

fn is_of(traceparent: &str, trace: &str) -> bool {
    traceparent.starts_with(&format!("00-{trace}-")) && traceparent.ends_with("-01")
}

/// What a span notes under a key, as text; nothing where it notes none.
fn noted(span: &Span, key: &str) -> String {
    let value = span.attributes.iter().find(|it| it.key == key).and_then(|it| it.value.as_ref()?.value.as_ref());
    match value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[test]
fn one_trace_runs_from_the_inbox_to_the_topic_and_to_the_subscriber() {
    let Some(broker) = shared() else { return };
    let collector = Collector::default();
    let place = Place::with(broker, "traces", &telemetry(&collector.start()));
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    // One is traced, one is not sampled by its sender, one comes without a context, and one is refused.
    let sampled = format!("00-{TRACE}-{SENDER}-01");
    let unsampled = "00-1111111111111111aaaaaaaaaaaaaaaa-2222222222222222-00";
    let mut bad = listed(4);
    bad["data"]["item"] = json!("s.nothing");
    let messages = [
        traced(&listed(1), &sampled),
        traced(&listed(2), unsampled),
        binary(&listed(3)),
        traced(&bad, &sampled.replace(TRACE, OTHER_TRACE)),
    ];
    send(&broker.brokers, &place.topic("inbox.a"), None, &messages);
    until("all are answered", || served.metric("heng_kafka_deadletters_total") == 1 && events(&place) == 3);
    until("it is published", || is_published(&[&served]));
    let told = told(&served, 3);
    served.stop();

    let topic = on_topic(&broker.brokers, &place);
    assert!(is_of(&topic[&firm(1)], TRACE), "{topic:?}");
    assert_eq!((topic[&firm(2)].as_str(), topic[&firm(3)].as_str()), ("", ""));
    assert!(is_of(&told["/gov/a#e-1"], TRACE), "{told:?}");
    assert_eq!((told["/gov/a#e-2"].as_str(), told["/gov/a#e-3"].as_str()), ("", ""));

    let (spans, refused): (Vec<Span>, Vec<Span>) =
        collector.spans().into_iter().partition(|span| hex(&span.trace_id) == TRACE);
    let one = |name: &str| {
        let mut named = named(&spans, name);
        // Of a transaction that failed there is one that was not committed.
        named.retain(|span| name != "heng.publish_decision" || noted(span, "heng.outcome") == "committed");
        assert_eq!(named.len(), 1, "{name}: {spans:#?}");
        named[0]
    };
    let taken = one("heng.inbox");
    assert_eq!((hex(&taken.parent_span_id).as_str(), taken.kind), (SENDER, SpanKind::Consumer as i32));
    assert!(format!("{taken:?}").contains(&place.topic("inbox.a")), "{taken:?}");
    for stage in ["heng.queue", "heng.flush_and_fold", "heng.index", "heng.publish_decision", "heng.deliver"] {
        assert_eq!(one(stage).parent_span_id, taken.span_id, "{stage}");
    }
    let published = one("heng.publish_decision");
    assert_eq!(published.kind, SpanKind::Producer as i32);
    assert_eq!(hex(&published.span_id), topic[&firm(1)].split('-').nth(2).unwrap());
    let refused = named(&refused, "heng.inbox");
    assert!(refused.len() == 1 && format!("{refused:?}").contains("refused"), "{refused:?}");
    let text = format!("{:?}", collector.spans());
    assert!((1..5).all(|number| !text.contains(&firm(number))), "a trace names nobody: {text}");
}

#[test]
fn engines_that_share_a_log_share_its_traces_and_effects_carry_that_of_their_cause() {
    let Some(broker) = shared() else { return };
    let collectors = [Collector::default(), Collector::default()];
    let [one, other] = collectors.each_ref().map(|collector| {
        Place::with(broker, "twintraces", &format!("shared_log = true\n{}", telemetry(&collector.start())))
    });
    one.heng(&["topics", "create"]).expect(0);
    let (first, second) = (one.serve(), other.serve());
    until("each owns a part", || owned(&first) == 1 && owned(&second) == 1);
    let sampled = format!("00-{TRACE}-{SENDER}-01");
    let messages: Vec<Sent> = (0..20).map(|number| traced(&listed(number), &sampled)).collect();
    send(&broker.brokers, &one.topic("inbox.a"), None, &messages);
    until("both have everything", || events(&one) == 20 && events(&other) == 20);
    // Two firms of different partitions with a fine each: merged they have two, which the later one is told by an effect.
    let partition = |number: u32| firm(number).parse::<SubjectId>().unwrap().partition(PARTITIONS);
    let (from, into) = (31, (32..99).find(|number| partition(*number) != partition(31)).unwrap());
    let event = |id: &str, kind: &str, data: Value| {
        json!({"specversion": "1.0", "id": id, "source": "/gov/b", "type": kind, "subject": firm(from),
               "time": "2026-01-01T00:00:00Z", "data": data})
    };
    let fine = |id: &str, number| {
        let mut fine = event(
            id,
            "credit.recorded",
            json!({"record": id, "item": "s.fine", "decided_on": "2024-03-01", "fields": {"amount": "500.00"}}),
        );
        fine["subject"] = json!(firm(number));
        binary(&fine)
    };
    send(&broker.brokers, &one.topic("inbox.b"), None, &[fine("f-1", from), fine("f-2", into)]);
    until("both have the fines", || events(&one) == 22 && events(&other) == 22);
    let merged = event("m-1", "subject.merged", json!({"into": firm(into)}));
    send(&broker.brokers, &one.topic("inbox.b"), None, &[traced(&merged, &sampled.replace(TRACE, OTHER_TRACE))]);
    let decided = || on_topic(&broker.brokers, &one).len() >= 21;
    until("it is decided", || events(&other) == 23 && is_published(&[&first, &second]) && decided());
    first.stop();
    second.stop();

    let topic = on_topic(&broker.brokers, &one);
    for number in 0..20 {
        assert!(is_of(&topic[&firm(number)], TRACE), "{number}: {topic:?}");
    }
    assert!(is_of(&topic[&firm(into)], OTHER_TRACE), "an effect carries its cause's: {topic:?}");
    // Beside the entries on the log too, and each engine has folded each of them under it.
    let entries: Vec<Seen> = by_rust(&broker.brokers, &one.topic("events")).into_iter().flatten().collect();
    assert_eq!(entries.iter().filter(|entry| is_of(&entry.traceparent, TRACE)).count(), 20);
    assert!(entries.iter().any(|entry| entry.key == firm(into) && is_of(&entry.traceparent, OTHER_TRACE)));
    let spans = collectors.each_ref().map(|collector| {
        let spans = collector.spans().into_iter();
        spans.filter(|span| hex(&span.trace_id) == TRACE).collect::<Vec<Span>>()
    });
    // Where a partition moves, messages are read again: as duplicates.
    let mut taken: Vec<&Span> = spans.iter().flat_map(|spans| named(spans, "heng.inbox")).collect();
    let place_of =
        |span: &&Span| (noted(span, "messaging.destination.partition.id"), noted(span, "messaging.kafka.offset"));
    assert_eq!(taken.iter().map(place_of).collect::<BTreeSet<_>>().len(), 20, "{taken:#?}");
    taken.retain(|span| noted(span, "heng.outcome") == "accepted");
    assert_eq!(taken.len(), 20, "{taken:#?}");
    for spans in &spans {
        let folded: BTreeSet<&[u8]> =
            named(spans, "heng.flush_and_fold").into_iter().map(|span| span.parent_span_id.as_slice()).collect();
        assert!(taken.iter().all(|span| folded.contains(span.span_id.as_slice())), "{spans:#?}");
    }
}
