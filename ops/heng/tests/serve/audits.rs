//! What was known when: histories, states as of a position, revisions; the same as the program says of the same log.

use super::served::{Place, Served, day, event, firm, later, listed};
use heng_proto::audit::v1::history_response::Item;
use heng_proto::audit::v1::{ExplainRequest, HistoryRequest, HistoryResponse, StateAsOfRequest, StateAsOfResponse};
use heng_proto::decision::v1::DecisionKind;
use heng_proto::model::v1::Position;
use serde_json::{Value, json};
use std::process::Command;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

async fn history(served: &Served, request: HistoryRequest) -> Result<Vec<HistoryResponse>, Status> {
    let mut stream = served.audits().history(request).await?.into_inner();
    let mut all = Vec::new();
    while let Some(part) = stream.message().await? {
        all.push(part);
    }
    Ok(all)
}

fn of(subject: &str) -> HistoryRequest {
    HistoryRequest { subject: subject.to_owned(), ..HistoryRequest::default() }
}

async fn state(served: &Served, request: StateAsOfRequest) -> Result<StateAsOfResponse, Status> {
    served.audits().state_as_of(request).await.map(tonic::Response::into_inner)
}

fn told(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let field = details.bad_request().and_then(|it| it.field_violations.first()).map(|it| it.field.clone());
    (status.code(), field.unwrap_or_default())
}

fn printed(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(arguments)
        .args(["--json", "--data"])
        .arg(place.data())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(position: Option<&Position>) -> String {
    position.map(|it| format!("{}:{}", it.partition, it.offset)).unwrap_or_default()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A firm is listed, another one merged into it, the record corrected below the threshold.
async fn told_story(served: &Served) -> (String, String, Position) {
    let (firm, origin) = (firm(1), firm(2));
    let starts = later(served.today().await, -100).to_string();
    let listed_at = served.accept(listed("1", &firm, &starts)).await.position.unwrap();
    served.accept(listed("2", &origin, &starts)).await;
    served.accept(listed("3", &super::served::firm(3), &starts)).await;
    served.accept(event("/gov/b", "m-1", "subject.merged", &origin, &json!({"into": firm}))).await;
    let corrected = json!({"record": "r-1", "fields": {"amount": "50.00"}, "reason": "更正金额"});
    served.accept(event("/gov/a", "c-1", "credit.corrected", &firm, &corrected)).await;
    (firm, origin, listed_at)
}

#[tokio::test]
async fn a_history_is_that_of_the_program() {
    let place = Place::new();
    let served = place.serve().await;
    let (firm, origin, _) = told_story(&served).await;
    let mut request = Request::new(HistoryRequest { purpose: "年度审计".to_owned(), ..of(&firm) });
    request.metadata_mut().insert("heng-caller", "audit-office".parse().unwrap());
    let mut stream = served.audits().history(request).await.unwrap().into_inner();
    let mut parts = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        parts.push(part);
    }
    let mut shown: Vec<(String, String)> = Vec::new();
    for part in &parts {
        assert!(!part.freshness.as_ref().unwrap().token.is_empty());
        let what = match part.item.as_ref().unwrap() {
            Item::Entry(entry) => entry.r#type.clone(),
            Item::Decision(decision) => format!("-> {}", DecisionKind::try_from(decision.kind).unwrap().as_str_name()),
        };
        shown.push((text(part.position.as_ref()), what));
    }
    let mut expected: Vec<(String, String)> = Vec::new();
    for entry in printed(&place, &["history", &firm]) {
        let position = entry["position"].as_str().unwrap().to_owned();
        expected.push((position.clone(), entry["type"].as_str().unwrap().to_owned()));
        for decision in entry["decisions"].as_array().unwrap() {
            let kind = decision["type"].as_str().unwrap().trim_start_matches("decision.").to_uppercase();
            expected.push((position.clone(), format!("-> DECISION_KIND_{kind}")));
        }
    }
    assert_eq!(shown, expected);
    assert!(shown.iter().any(|(_, what)| what == "subject.merged"));
    assert!(shown.iter().any(|(_, what)| what == "-> DECISION_KIND_REVOKED"), "{shown:?}");
    // Under the id that was merged the same is told; after a position, what follows it.
    assert_eq!(history(&served, of(&origin)).await.unwrap().len(), parts.len());
    let broke_off = parts[1].position;
    let rest = history(&served, HistoryRequest { after: broke_off, ..of(&firm) }).await.unwrap();
    let left = parts.iter().skip_while(|part| part.position != broke_off).filter(|part| part.position != broke_off);
    assert_eq!(rest.len(), left.count());
    let nothing = history(&served, HistoryRequest { as_of: Some(day("2000-01-01")), ..of(&firm) }).await.unwrap();
    assert!(nothing.len() == 1 && nothing[0].item.is_none() && nothing[0].freshness.is_some());
    // What it names is on record, with who asked.
    assert!(served.stop().success());
    let looks = place.looks();
    let look = looks.iter().find(|look| look.kind == "history" && look.purpose == "年度审计").unwrap();
    assert_eq!((look.caller.as_str(), look.seen[0].subject.as_str()), ("audit-office", firm.as_str()));
    assert_eq!(look.seen[0].decisions.len(), 2);
}

#[tokio::test]
async fn a_state_is_told_as_it_was_known() {
    let place = Place::new();
    let served = place.serve().await;
    let (firm, origin, listed_at) = told_story(&served).await;
    let now = state(&served, StateAsOfRequest { subject: firm.clone(), ..Default::default() }).await.unwrap();
    assert_eq!(now.decisions.len(), 1, "its own was revoked, the other's it took over");
    let then = StateAsOfRequest { subject: firm.clone(), known_at: Some(listed_at), ..Default::default() };
    let then = state(&served, then).await.unwrap();
    assert_eq!(then.decisions.len(), 1);
    assert_ne!(then.decisions[0].decision, now.decisions[0].decision);
    assert_eq!(
        (then.decisions[0].grounds[0].record.as_str(), then.decisions[0].kind),
        ("r-1", DecisionKind::Issued.into())
    );
    assert!(then.next_change > Some(then.as_of));
    // Known at the last position of any partition, it is what is known now.
    let last = served.reported(&firm).await.freshness.unwrap().position;
    let known = StateAsOfRequest { subject: origin, known_at: last, ..Default::default() };
    let ids =
        |it: &StateAsOfResponse| it.decisions.iter().map(|it| (hex(&it.decision), it.revision)).collect::<Vec<_>>();
    assert_eq!(ids(&state(&served, known).await.unwrap()), ids(&now));
    // The program says the same of the same position.
    let on = heng_model::Day::from_number(then.as_of).to_string();
    let program = printed(&place, &["replay", "--as-of", &on, "--known-at", &text(Some(&listed_at))]);
    let same = program.iter().any(|line| line.to_string().contains(&hex(&then.decisions[0].decision)));
    assert!(same, "{program:?}");

    let ask = |change: &dyn Fn(&mut StateAsOfRequest)| {
        let mut request = StateAsOfRequest { subject: firm.clone(), ..Default::default() };
        change(&mut request);
        request
    };
    let at = |partition, offset| Some(Position { partition, offset });
    let cases = [
        (ask(&|it| it.known_at = at(0, 1_000)), Code::OutOfRange, "known_at"),
        (ask(&|it| it.known_at = at(2, 0)), Code::OutOfRange, "known_at"),
        (ask(&|it| it.known_at = at(70_000, 0)), Code::OutOfRange, "known_at"),
        (ask(&|it| it.subject = "nobody".to_owned()), Code::InvalidArgument, "subject"),
        (ask(&|it| it.as_of = Some(i32::MIN)), Code::OutOfRange, "as_of"),
        (ask(&|it| it.at_least = vec![1]), Code::InvalidArgument, "at_least"),
        (ask(&|it| it.purpose = "x".repeat(300)), Code::InvalidArgument, "purpose"),
    ];
    for (request, code, field) in cases {
        let status = state(&served, request.clone()).await.unwrap_err();
        assert_eq!(told(&status), (code, field.to_owned()), "{request:?}");
    }
    for (request, field) in [
        (HistoryRequest { after: at(0, 1_000), ..of(&firm) }, "after"),
        (HistoryRequest { after: at(9, 0), ..of(&firm) }, "after"),
        (HistoryRequest { as_of: Some(i32::MAX), ..of(&firm) }, "as_of"),
    ] {
        assert_eq!(told(&history(&served, request).await.unwrap_err()), (Code::OutOfRange, field.to_owned()));
    }
    // A deadline that has passed ends the call, and its reading with it: the next call finds room.
    let mut hurried = Request::new(of(&firm));
    hurried.metadata_mut().insert("grpc-timeout", "1n".parse().unwrap());
    assert!(matches!(
        served.audits().history(hurried).await.unwrap_err().code(),
        Code::DeadlineExceeded | Code::Cancelled
    ));
    let mut status = history(&served, of(&firm)).await;
    while status.as_ref().is_err_and(|it| it.code() == Code::ResourceExhausted) {
        status = history(&served, of(&firm)).await;
    }
    assert!(!status.unwrap().is_empty());
}

#[tokio::test]
async fn a_decision_is_explained_in_all_its_revisions() {
    let place = Place::new();
    let served = place.serve().await;
    let (firm, _, listed_at) = told_story(&served).await;
    let then = StateAsOfRequest { subject: firm.clone(), known_at: Some(listed_at), ..Default::default() };
    let id = state(&served, then).await.unwrap().decisions[0].decision.clone();
    served.kill();
    let served = place.serve().await;
    let ask = |decision: Vec<u8>| ExplainRequest { decision, ..ExplainRequest::default() };
    let explained = served.audits().explain(ask(id.clone())).await.unwrap().into_inner();
    let kinds: Vec<DecisionKind> =
        explained.revisions.iter().map(heng_proto::decision::v1::DecisionEvent::kind).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&DecisionKind::Issued), Some(&DecisionKind::Revoked)));
    assert!(!explained.is_in_force && explained.next_change.is_none());
    let mut program: Vec<String> =
        printed(&place, &["explain", &hex(&id)]).iter().map(|it| it["id"].to_string()).collect();
    program.reverse();
    let served_ids: Vec<String> =
        explained.revisions.iter().map(|it| format!("\"{}/{}\"", hex(&it.decision), it.revision)).collect();
    assert_eq!(served_ids, program);
    for (decision, code) in
        [(vec![7; 32], Code::NotFound), (vec![7; 31], Code::InvalidArgument), (Vec::new(), Code::InvalidArgument)]
    {
        let status = served.audits().explain(ask(decision)).await.unwrap_err();
        assert_eq!(told(&status), (code, "decision".to_owned()));
    }
    assert!(served.stop().success());
    assert_eq!(place.looks().last().unwrap().kind, "explain");
}
