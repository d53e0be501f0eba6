//! One trace from who publishes an event to who is told of its decision, seen by a collector.

use super::served::{Place, event, firm, listed, tender};
use super::subscriber::beginning;
use crate::collector::{Collector, hex};
use heng_model::SubjectId;
use heng_proto::intake::v1::PublishRequest;
use heng_proto::subscription::v1::SubscribeRequest;
use heng_proto::subscription::v1::subscribe_response::Message;
use opentelemetry_proto::tonic::trace::v1::Span;
use std::collections::BTreeMap;
use tonic::Request;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn with_context<T>(message: T, traceparent: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    request
}

#[tokio::test]
async fn one_trace_runs_from_the_publisher_to_the_subscriber() {
    let (place, collector) = (Place::new(), Collector::default());
    let endpoint = collector.start();
    let more = format!("[telemetry]\nendpoint = {endpoint:?}\nsample_per_million = 0\nservice_name = \"heng-test\"\n");
    let served = place.serve_with(&more).await;
    let request = SubscribeRequest { start: beginning(), heartbeat_ms: 20, ..SubscribeRequest::default() };
    let mut messages = served.subscriptions().subscribe(request).await.unwrap().into_inner();

    // One event is traced, one not sampled by its caller, one comes without a context.
    let publish = |id: &str, number| PublishRequest { event: Some(listed(id, &firm(number), "2023-05-10")) };
    let sampled = format!("00-{TRACE}-{CALLER}-01");
    let unsampled = "00-1111111111111111aaaaaaaaaaaaaaaa-2222222222222222-00";
    let mut intake = served.intake();
    intake.publish(with_context(publish("e1", 1), &sampled)).await.unwrap();
    intake.publish(with_context(publish("e2", 2), unsampled)).await.unwrap();
    intake.publish(publish("e3", 3)).await.unwrap();
    served.checks().check(with_context(tender(&firm(1), "2023-06-01"), &sampled)).await.unwrap();
    served.answer(tender(&firm(1), "2023-06-01")).await;

    let mut contexts = BTreeMap::new();
    while contexts.len() < 3 {
        let response = messages.message().await.unwrap().unwrap();
        if let Some(Message::Decision(decision)) = response.message {
            contexts.insert(decision.cause, response.traceparent);
        }
    }
    let delivered = contexts["/gov/a#e1"].clone();
    assert!(delivered.starts_with(&format!("00-{TRACE}-")) && delivered.ends_with("-01"), "{delivered}");
    assert_eq!((contexts["/gov/a#e2"].as_str(), contexts["/gov/a#e3"].as_str()), ("", ""));
    drop(messages);
    assert!(served.stop().success(), "{}", place.log());

    // What waits is sent before the program ends.
    let spans = collector.spans();
    assert!(
        spans.iter().all(|span| hex(&span.trace_id) == TRACE),
        "only what its caller sampled is traced: {spans:#?}"
    );
    let one = |name: &str| {
        let named: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(named.len(), 1, "{name}: {spans:#?}");
        named[0]
    };
    let call = one("heng.intake.v1.IntakeService/Publish");
    assert_eq!(hex(&call.parent_span_id), CALLER);
    assert_eq!(hex(&one("heng.check.v1.CheckService/Check").parent_span_id), CALLER);
    let published = one("heng.publish");
    assert_eq!(published.parent_span_id, call.span_id);
    for stage in ["heng.queue", "heng.flush_and_fold", "heng.index", "heng.deliver"] {
        let span = one(stage);
        assert_eq!(span.parent_span_id, published.span_id, "{stage}");
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{stage}");
    }
    assert_eq!(hex(&one("heng.deliver").span_id), delivered.split('-').nth(2).unwrap());
    assert!(collector.services.lock().unwrap().iter().all(|name| name.contains("heng-test")));
    let text = format!("{spans:?}");
    assert!(!text.contains(&firm(1)), "a trace names nobody: {text}");

    // The context of the request stands on the log.
    let exported = std::process::Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(["log", "export", "--data"])
        .arg(place.data())
        .output()
        .unwrap();
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains(&sampled) && exported.contains(unsampled), "{exported}");
}

#[tokio::test]
async fn a_collector_that_is_not_there_holds_nothing_up() {
    let place = Place::new();
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let more = format!("[telemetry]\nendpoint = \"http://{free}\"\nsample_per_million = 1000000\n");
    let served = place.serve_with(&more).await;
    served.accept(listed("e1", &firm(1), "2023-05-10")).await;
    served.answer(tender(&firm(1), "2023-06-01")).await;
    assert!(served.stop().success());
    assert!(place.log().contains("OTLP export exhausted retries"), "{}", place.log());
}

#[tokio::test]
async fn an_event_of_a_file_is_traced_by_the_context_that_it_carries_and_no_span_has_what_a_caller_made_up() {
    let (place, collector) = (Place::new(), Collector::default());
    let endpoint = collector.start();
    let dir = place.folder().join("folder");
    std::fs::create_dir_all(dir.join("inbox")).unwrap();
    let more = format!(
        "[telemetry]\nendpoint = {endpoint:?}\nsample_per_million = 0\n[folder]\ndir = {dir:?}\npoll_ms = 10\nsettle_ms = 0\n"
    );
    let served = place.serve_with(&more).await;
    let request = SubscribeRequest { start: beginning(), heartbeat_ms: 20, ..SubscribeRequest::default() };
    let mut messages = served.subscriptions().subscribe(request).await.unwrap().into_inner();
    let sampled = format!("00-{TRACE}-{CALLER}-01");
    let line = serde_json::json!({
        "specversion": "1.0", "id": "f1", "source": "/gov/a", "type": "credit.recorded", "subject": firm(1),
        "time": "2023-05-10T09:00:00+08:00", "traceparent": sampled,
        "data": {"record": "r-f1", "item": "s.listed", "decided_on": "2023-05-10",
                 "fields": {"amount": "100.00", "starts": "2023-05-10"}},
    });
    std::fs::write(dir.join("inbox/a.part"), line.to_string()).unwrap();
    std::fs::rename(dir.join("inbox/a.part"), dir.join("inbox/a.jsonl")).unwrap();
    let delivered = loop {
        let response = messages.message().await.unwrap().unwrap();
        if let Some(Message::Decision(_)) = response.message {
            break response.traceparent;
        }
    };
    assert!(delivered.starts_with(&format!("00-{TRACE}-")), "{delivered}");
    // A type that is none may be anything, a subject's code too.
    let mut bad = listed("e1", &firm(2), "2023-05-10");
    bad.r#type = firm(3);
    served.intake().publish(with_context(PublishRequest { event: Some(bad) }, &sampled)).await.unwrap();
    drop(messages);
    assert!(served.stop().success(), "{}", place.log());
    let spans = collector.spans();
    for stage in ["heng.queue", "heng.flush_and_fold", "heng.index", "heng.deliver"] {
        let of_file = |span: &&Span| span.name == stage && hex(&span.parent_span_id) == CALLER;
        assert_eq!(spans.iter().filter(of_file).count(), 1, "{stage}: {spans:#?}");
    }
    assert!(spans.iter().any(|span| span.name == "heng.publish"));
    let text = format!("{spans:?}");
    assert!(!text.contains(&firm(3)), "{text}");
}

#[tokio::test]
async fn an_effect_on_a_subject_of_another_partition_belongs_to_the_trace_of_its_cause() {
    let (place, collector) = (Place::new(), Collector::default());
    let endpoint = collector.start();
    let served = place.serve_with(&format!("[telemetry]\nendpoint = {endpoint:?}\nsample_per_million = 0\n")).await;
    let partition = |number: u32| firm(number).parse::<SubjectId>().unwrap().partition(2);
    let other = (2..99).find(|number| partition(*number) != partition(1)).unwrap();
    for (id, number) in [("f-1", 1), ("f-2", other)] {
        let fine = serde_json::json!({"record": id, "item": "s.fine", "decided_on": "2023-03-01", "fields": {"amount": "1.00"}});
        served.accept(event("/gov/b", id, "credit.recorded", &firm(number), &fine)).await;
    }
    let merged = event("/gov/b", "m-1", "subject.merged", &firm(1), &serde_json::json!({"into": firm(other)}));
    let sampled = format!("00-{TRACE}-{CALLER}-01");
    let request = SubscribeRequest { start: beginning(), heartbeat_ms: 20, ..SubscribeRequest::default() };
    let mut messages = served.subscriptions().subscribe(request).await.unwrap().into_inner();
    served.intake().publish(with_context(PublishRequest { event: Some(merged) }, &sampled)).await.unwrap();
    let delivered = loop {
        let response = messages.message().await.unwrap().unwrap();
        if let Some(Message::Decision(decision)) = response.message {
            assert_eq!(decision.subject, firm(other));
            break response.traceparent;
        }
    };
    assert!(delivered.starts_with(&format!("00-{TRACE}-")), "{delivered}");
    drop(messages);
    assert!(served.stop().success(), "{}", place.log());
    // The event, and the entry that tells the other partition.
    let spans = collector.spans();
    assert_eq!(spans.iter().filter(|span| span.name == "heng.flush_and_fold").count(), 2, "{spans:#?}");
}
