//! Every look-up is found in the access log: who asked about whom, why, and on the strength of which decisions.

use super::served::{Place, Served, day, event, firm, listed, tender};
use super::subscriber::beginning;
use heng_proto::check::v1::{BatchCheckEntry, BatchCheckRequest, CheckRequest, LookupSubjectsRequest, Verdict};
use heng_proto::subscription::v1::{Filter, SubscribeRequest};
use serde_json::{Value, json};
use std::process::Command;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

const DAY: &str = "2023-06-01";

/// What `heng access --json` prints.
pub(crate) fn looks(place: &Place, conditions: &[&str]) -> Vec<Value> {
    let text = printed(place, &[conditions, &["--json"]].concat());
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn printed(place: &Place, conditions: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(["access", "--data"])
        .arg(place.data())
        .args(conditions)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

pub(crate) fn by<T>(caller: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("heng-caller", caller.parse().expect("a caller"));
    request
}

async fn checked(served: &Served, caller: &str, request: CheckRequest) -> Result<(), Status> {
    served.checks().check(by(caller, request)).await.map(drop)
}

#[tokio::test]
async fn every_look_up_leaves_its_trace() {
    let place = Place::new();
    let served = place.serve_with("[access]\nstrict = true\n").await;
    let (one, two) = (firm(1), firm(2));
    let accepted = served.accept(listed("e1", &one, "2023-05-10")).await;
    let purpose = "招标 7".to_owned();
    checked(&served, "counter-7", CheckRequest { purpose, ..tender(&one, DAY) }).await.unwrap();
    served.check(tender(&two, DAY)).await.unwrap();
    let entry = |subject: &str| BatchCheckEntry { subject: subject.to_owned(), matter: "tender".to_owned() };
    let batch = BatchCheckRequest {
        entries: [one.as_str(), "nobody", &two].map(entry).to_vec(),
        as_of: Some(day(DAY)),
        ..BatchCheckRequest::default()
    };
    served.checks().batch_check(by("batcher", batch)).await.unwrap();
    let list = LookupSubjectsRequest { matter: "tender".to_owned(), as_of: Some(day(DAY)), ..Default::default() };
    let mut parts = served.checks().lookup_subjects(by("lister", list)).await.unwrap().into_inner();
    while parts.message().await.unwrap().is_some() {}
    // Strict: all of it is on the disk by now, beside the running server.
    let all = looks(&place, &[]);
    assert_eq!(all.len(), 4, "{all:?}");
    let of = |caller: &str| looks(&place, &["--caller", caller]).pop().expect("a look-up");
    let look = of("counter-7");
    let seen = &look["seen"][0];
    assert_eq!((&look["purpose"], &look["asked"], &look["as_of"]), (&json!("招标 7"), &json!("check"), &json!(DAY)));
    assert_eq!((&seen["subject"], &seen["matter"], &seen["verdict"]), (&json!(one), &json!("tender"), &json!("bar")));
    let position = accepted.position.unwrap();
    let reflected = &look["reflects"][position.partition as usize];
    assert_eq!(reflected, &json!(format!("{}:{}", position.partition, position.offset)));
    assert_eq!(of("peer:127.0.0.1")["seen"][0]["verdict"], "clear");
    let look = of("batcher");
    assert_eq!((&look["asked"], look["seen"].as_array().unwrap().len()), (&json!("batch"), 2));
    assert_eq!(look["refused"], 1);
    let look = of("lister");
    assert_eq!((&look["named"], &look["at_least_verdict"]), (&json!(1), &json!("favour")));

    // Who was answered on the strength of a decision; lists may have been.
    let decision = seen["decisions"][0].as_str().unwrap();
    let callers = |conditions: &[&str]| -> Vec<Value> {
        let mut callers: Vec<Value> = looks(&place, conditions).iter().map(|look| look["caller"].clone()).collect();
        callers.sort_by_key(ToString::to_string);
        callers
    };
    assert_eq!(callers(&["--decision", &decision[..12]]), ["batcher", "counter-7", "lister"]);
    assert_eq!(callers(&["--subject", &two]), ["batcher", "lister", "peer:127.0.0.1"]);
    assert_eq!(callers(&["--subject", &two, "--matter", "tender", "--caller", "batcher"]), ["batcher"]);
    assert_eq!(callers(&["--matter", "tea"]), Vec::<Value>::new());
    assert_eq!(callers(&["--since", "2100-01-01"]), Vec::<Value>::new());
    let text = printed(&place, &[]);
    assert!(text.contains("4 look-ups by 4 callers about 2 subjects, 1 of them lists"), "{text}");
    assert!(printed(&place, &["--limit", "1"]).contains("4 earlier rows are not shown"));
    assert!(printed(&place, &["--caller", "nobody"]).contains("no such look-up"));
    assert!(served.get("/metrics").contains("heng_access_looks_total 4"), "{}", served.get("/metrics"));
}

#[tokio::test]
async fn a_stop_writes_what_was_answered_and_a_start_goes_on_in_another_journal() {
    let place = Place::new();
    // A loss window that the test does not live to see.
    let config = "[serve]\ndrain_ms = 0\n[access]\nsync_every_ms = 60000\n";
    for round in 1..=3_usize {
        let served = place.serve_with(config).await;
        served.check(tender(&firm(1), DAY)).await.unwrap();
        assert_eq!(served.stop().code(), Some(0), "{}", place.log());
        assert_eq!(looks(&place, &[]).len(), round);
    }
}

#[tokio::test]
async fn a_subject_is_entered_as_whom_it_is_about() {
    let place = Place::new();
    let served = place.serve_with("[access]\nstrict = true\n").await;
    let (old, new) = (firm(7), firm(8));
    served.accept(listed("e1", &old, "2023-05-10")).await;
    served.accept(event("/gov/b", "n1", "subject.merged", &old, &json!({"into": new}))).await;
    assert_eq!(served.answer(tender(&old, DAY)).await.verdict(), Verdict::Bar);
    for name in [&old, &new] {
        assert_eq!(looks(&place, &["--subject", name])[0]["seen"][0]["subject"], json!(new));
    }
}

#[tokio::test]
async fn a_server_may_ask_for_names_and_refuses_bad_ones() {
    let place = Place::new();
    let served = place.serve_with("[access]\nrequire_caller = true\n").await;
    let request = || tender(&firm(1), DAY);
    let nameless = served.check(request()).await.unwrap_err();
    let odd = checked(&served, "peer:10.0.0.1", request()).await.unwrap_err();
    for status in [nameless, odd] {
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "heng-caller");
    }
    checked(&served, "counter-7", request()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_enter_look_ups_does_not_start() {
    let place = Place::new();
    let served = place.serve().await;
    served.check(tender(&firm(1), DAY)).await.unwrap();
    // The journal's folder gone, the next journal cannot be begun.
    assert!(served.stop().success());
    std::fs::remove_dir_all(place.data().join("access")).unwrap();
    std::fs::write(place.data().join("access"), "in the way").unwrap();
    let refused = place.start_fails("");
    assert!(refused.contains("the access log cannot be begun"), "{refused}");
}

#[tokio::test]
async fn who_subscribes_is_entered_before_the_stream_begins() {
    let place = Place::new();
    let served = place.serve_with("[access]\nstrict = true\nrequire_caller = true\n").await;
    let filter = Some(Filter { authorities: vec!["a".to_owned()], ..Filter::default() });
    let request = SubscribeRequest { start: beginning(), filter, ..SubscribeRequest::default() };
    let nameless = served.subscriptions().subscribe(request.clone()).await.unwrap_err();
    assert_eq!(nameless.code(), Code::InvalidArgument);
    assert_eq!(looks(&place, &[]).len(), 0);
    let mut messages = served.subscriptions().subscribe(by("tax-office", request)).await.unwrap().into_inner();
    messages.message().await.unwrap().unwrap();
    let found = looks(&place, &[]);
    assert_eq!(found.len(), 1, "one entry a stream: {found:?}");
    assert_eq!((&found[0]["asked"], &found[0]["caller"]), (&json!("subscribe"), &json!("tax-office")));
    assert_eq!(found[0]["purpose"], "from the beginning: 0:0 1:0");
    assert!(found[0]["matters"][0].as_str().unwrap().contains("\"a\""), "{found:?}");
    assert!(printed(&place, &[]).contains("from the beginning"));
}
