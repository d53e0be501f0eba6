//! Every event is answered: accepted, duplicate or refused with its field.

use super::served::{Place, event, firm, listed, tender};
use heng_proto::check::v1::Verdict;
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::intake::v1::{CloudEvent, PublishStreamRequest};
use serde_json::json;
use tonic::Code;

fn refused(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused(refused) => {
            refused.violations.first().map_or_else(|| format!("- {}", refused.message), |it| it.field.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_event_is_answered() {
    let place = Place::new();
    let served = place.serve().await;
    let firm = firm(1);
    let good = || listed("e1", &firm, "2023-05-10");
    let accepted = served.accept(good()).await;
    assert!(matches!(served.publish(good()).await, Outcome::Duplicate(it) if it.token == accepted.token));
    let change = |change: fn(&mut CloudEvent)| {
        let mut event = CloudEvent { id: "e2".to_owned(), ..good() };
        change(&mut event);
        event
    };
    let data = |data: &serde_json::Value| event("/gov/a", "e2", "credit.recorded", &firm, data);
    let cases = [
        (listed("e1", &firm, "2023-05-11"), "id"),
        (change(|it| it.id = String::new()), "id"),
        (change(|it| it.source = "/gov/z".to_owned()), "source"),
        (change(|it| it.r#type = "credit.recoded".to_owned()), "type"),
        (change(|it| it.r#type = "day.opened".to_owned()), "type"),
        (change(|it| it.subject = "nobody".to_owned()), "subject"),
        (change(|it| it.time = "yesterday".to_owned()), "time"),
        (change(|it| it.spec_version = "0.3".to_owned()), "specversion"),
        (change(|it| it.data_content_type = "text/xml".to_owned()), "datacontenttype"),
        (change(|it| it.data = b"{".to_vec()), "data"),
        (change(|it| it.data = b"[]".to_vec()), "data"),
        (change(|it| it.data = b"{}},\"source\":\"/gov/b\"".to_vec()), "data"),
        (change(|it| it.data = vec![0xff]), "data"),
        (data(&json!({"record": "r", "item": "s.unheard", "decided_on": "2023-01-01"})), "data.item"),
        (data(&json!({"record": "r", "item": "s.listed", "decided_on": "2023-01-01"})), "data.fields.amount"),
        (
            data(&json!({"record": "r", "item": "s.listed", "decided_on": "1900-01-01", "fields": {"amount": "1"}})),
            "data.decided_on",
        ),
        (data(&json!({"record": "r", "item": "s.listed", "decidedon": "2023-01-01"})), "data.decidedon"),
        (event("/gov/a", "e3", "subject.merged", &firm, &json!({"into": "nobody"})), "data"),
    ];
    for (event, field) in cases {
        assert_eq!(refused(served.publish(event.clone()).await), field, "{event:?}");
    }
    // What only the fold can tell comes as far as the log, and into the dead letters.
    let twice = CloudEvent { id: "e9".to_owned(), ..good() };
    assert!(refused(served.publish(twice).await).starts_with("- "));
    assert!(served.stop().success());
    let letters = std::fs::read_to_string(place.data().join("deadletter.jsonl")).unwrap();
    assert_eq!(letters.lines().count(), 1, "{letters}");
    let letter: serde_json::Value = serde_json::from_str(letters.trim()).unwrap();
    assert!(letter["event"].as_str().unwrap().contains("\"id\":\"e9\""), "{letter}");
    // A start tells it no second time.
    assert!(place.serve().await.stop().success());
    assert_eq!(std::fs::read_to_string(place.data().join("deadletter.jsonl")).unwrap(), letters);
}

#[tokio::test]
async fn a_stream_is_answered_in_its_order() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nstream_events_max = 16\n").await;
    let events: Vec<CloudEvent> = (0..500)
        .map(|number| match number % 10 {
            3 => CloudEvent { data: b"{".to_vec(), ..listed(&format!("e{number}"), &firm(number), "2023-05-10") },
            7 => listed(&format!("e{}", number - 1), &firm(number - 1), "2023-05-10"),
            _ => listed(&format!("e{number}"), &firm(number), "2023-05-10"),
        })
        .collect();
    let sent: Vec<PublishStreamRequest> =
        events.iter().map(|event| PublishStreamRequest { event: Some(event.clone()) }).collect();
    let mut answers = served.intake().publish_stream(tokio_stream::iter(sent)).await.unwrap().into_inner();
    let mut count = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        assert_eq!(answer.index, count);
        let outcome = answer.outcome.unwrap().outcome.unwrap();
        match count % 10 {
            3 => assert_eq!(refused(outcome), "data"),
            7 => assert!(matches!(outcome, Outcome::Duplicate(_)), "{outcome:?}"),
            _ => assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 500);
    assert_eq!(served.answer(tender(&firm(499), "2023-06-01")).await.verdict(), Verdict::Bar);
    // One that carries no event ends the stream, and says why.
    let mut bad =
        served.intake().publish_stream(tokio_stream::iter([PublishStreamRequest { event: None }])).await.unwrap();
    assert_eq!(bad.get_mut().message().await.unwrap_err().code(), Code::InvalidArgument);
}
