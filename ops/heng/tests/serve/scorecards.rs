//! What has reached whom: acknowledged by a durable name, counted the same by service and program, and there after a kill.

use super::served::{Place, Served, event, firm, later, listed};
use super::subscriber::Follower;
use heng_proto::audit::v1::{ScorecardRequest, ScorecardResponse, ScorecardRow};
use heng_proto::decision::v1::DecisionKind;
use heng_proto::event::v1::MeasureAnswer;
use heng_proto::rights::v1::RespondRequest;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::{Filter, SubscribeRequest};
use serde_json::{Value, json};
use std::process::Command;
use tonic::{Code, Status};
use tonic_types::StatusExt;

async fn card(served: &Served, request: ScorecardRequest) -> Result<ScorecardResponse, Status> {
    served.audits().scorecard(request).await.map(tonic::Response::into_inner)
}

async fn tender(served: &Served) -> (ScorecardRow, ScorecardResponse) {
    let card = card(served, ScorecardRequest::default()).await.unwrap();
    let row = card.rows.iter().find(|it| it.measure == "tender.bar").cloned().unwrap();
    (row, card)
}

/// Receives everything as b's desk, and acknowledges it.
async fn acknowledge_all(served: &Served, filter: Filter) {
    let request = SubscribeRequest {
        start: Some(Start::Name("b-desk".to_owned())),
        filter: Some(filter),
        heartbeat_ms: 20,
        ..SubscribeRequest::default()
    };
    let mut follower: Follower = served.subscribe(request).await.unwrap();
    follower.until_live().await;
    let cursor = follower.cursor.clone();
    served.acknowledge("b-desk", cursor).await.unwrap();
}

fn printed(place: &Place) -> Value {
    let run =
        Command::new(env!("CARGO_BIN_EXE_heng")).args(["scorecard", "--json", "--data"]).arg(place.data()).output();
    serde_json::from_slice(&run.unwrap().stdout).unwrap()
}

#[tokio::test]
async fn deliveries_and_lifts_are_seen_by_what_is_acknowledged() {
    let place = Place::new();
    let served = place.serve().await;
    let starts = later(served.today().await, -30).to_string();
    for number in 1..=6 {
        served.accept(listed(&number.to_string(), &firm(number), &starts)).await;
    }
    let own = || Filter { authorities: vec!["b".to_owned()], ..Filter::default() };
    assert_eq!((tender(&served).await.0.duties, tender(&served).await.0.delivered), (6, 0));
    assert!(served.reported(&firm(1)).await.standings[0].told.is_empty());
    acknowledge_all(&served, own()).await;
    let (row, _) = tender(&served).await;
    assert_eq!((row.duties, row.delivered, row.no_deadline), (6, 6, 6), "the made-up pack states no deadline");
    assert_eq!(served.reported(&firm(1)).await.standings[0].told, ["b"]);

    // One is applied, then retracted: until it is acknowledged, the retraction has not reached everybody.
    let decision = served.reported(&firm(1)).await.standings[0].decision.clone();
    let answer = RespondRequest {
        source: "/gov/b".to_owned(),
        id: "b-1".to_owned(),
        subject: firm(1),
        decision: decision.clone(),
        authority: "b".to_owned(),
        answer: MeasureAnswer::Applied.into(),
        ..RespondRequest::default()
    };
    served.rights().respond(answer).await.unwrap();
    let retracted = json!({"record": "r-1", "reason": "撤销"});
    served.accept(event("/gov/a", "x-1", "credit.retracted", &firm(1), &retracted)).await;
    let (row, whole) = tender(&served).await;
    assert_eq!((row.applied, row.lifts, row.lifts_acknowledged), (1, 1, 0));
    let [lift] = whole.lifts.as_slice() else { panic!("{whole:?}") };
    assert_eq!(
        (lift.subject.as_str(), lift.kind(), &lift.decision),
        (firm(1).as_str(), DecisionKind::Revoked, &decision)
    );
    assert_eq!(lift.measures, ["tender.bar"]);
    assert!(served.reported(&firm(1)).await.standings[0].told.is_empty(), "something newer was shown");
    acknowledge_all(&served, own()).await;
    let (row, whole) = tender(&served).await;
    assert_eq!((row.lifts, row.lifts_acknowledged, whole.lifts.len()), (1, 1, 0));

    // What was acknowledged is there after a kill, and the program counts the same beside the server.
    served.kill();
    let served = place.serve().await;
    let (after, _) = tender(&served).await;
    assert_eq!(after, row);
    let program = printed(&place);
    let same = program["rows"].as_array().unwrap().iter().find(|it| it["measure"] == "tender.bar").unwrap();
    let numbers = |names: [&str; 5]| names.map(|name| same[name].as_u64().unwrap());
    assert_eq!(
        numbers(["duties", "delivered", "applied", "lifts", "lifts_acknowledged"]),
        [row.duties, row.delivered, row.applied, row.lifts, row.lifts_acknowledged]
    );
    // Another filter undoes nothing: what was acknowledged before stays delivered, and what comes is judged by it.
    acknowledge_all(&served, Filter { kinds: vec![DecisionKind::Issued.into()], ..own() }).await;
    assert_eq!(tender(&served).await.0.delivered, 6);
    served.accept(listed("9", &firm(9), &starts)).await;
    acknowledge_all(&served, Filter { kinds: vec![DecisionKind::Issued.into()], ..own() }).await;
    assert_eq!(tender(&served).await.0.delivered, 7);

    for (request, code, field) in [
        (ScorecardRequest { authority: "zz".to_owned(), ..Default::default() }, Code::NotFound, "authority"),
        (ScorecardRequest { on: Some(i32::MAX), ..Default::default() }, Code::OutOfRange, "on"),
        (ScorecardRequest { at_least: vec![1], ..Default::default() }, Code::InvalidArgument, "at_least"),
        (ScorecardRequest { purpose: "x".repeat(257), ..Default::default() }, Code::InvalidArgument, "purpose"),
    ] {
        let status = card(&served, request.clone()).await.unwrap_err();
        let told = status.get_error_details().bad_request().unwrap().field_violations[0].field.clone();
        assert_eq!((status.code(), told.as_str()), (code, field), "{request:?}");
    }
    let of_a = card(&served, ScorecardRequest { authority: "a".to_owned(), ..Default::default() }).await.unwrap();
    assert_eq!((of_a.rows.len(), of_a.lifts.len()), (0, 0));
    assert!(served.stop().success());
    assert_eq!(place.looks().last().unwrap().kind, "scorecard");
}
