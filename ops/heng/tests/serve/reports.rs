//! What a subject may know: what is in force about it, why, until when, and what became of its objections and repairs.

use super::served::{Place, Served, event, firm, later, listed};
use heng_model::{Day, Period};
use heng_proto::intake::v1::CloudEvent;
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::rights::v1::{
    ApplyForRepairRequest, FileObjectionRequest, ObjectionState, RepairState, StandingState, SubjectReportRequest,
    SubjectReportResponse,
};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

fn objection(subject: &str, name: &str, record: &str) -> FileObjectionRequest {
    FileObjectionRequest {
        source: "/gov/a".to_owned(),
        id: format!("file-{name}"),
        subject: subject.to_owned(),
        objection: name.to_owned(),
        record: record.to_owned(),
        reason: "金额有误".to_owned(),
        ..FileObjectionRequest::default()
    }
}

fn repair(subject: &str, id: &str, record: &str) -> ApplyForRepairRequest {
    ApplyForRepairRequest {
        source: "/gov/a".to_owned(),
        id: id.to_owned(),
        subject: subject.to_owned(),
        record: record.to_owned(),
        document_no: "甲修〔2026〕1号".to_owned(),
        ..ApplyForRepairRequest::default()
    }
}

async fn file(served: &Served, request: FileObjectionRequest) -> Outcome {
    let sent = served.rights().file_objection(request).await;
    sent.unwrap().into_inner().outcome.unwrap().outcome.unwrap()
}

async fn apply(served: &Served, request: ApplyForRepairRequest) -> Outcome {
    let sent = served.rights().apply_for_repair(request).await;
    sent.unwrap().into_inner().outcome.unwrap().outcome.unwrap()
}

fn resolved(id: &str, subject: &str, name: &str, outcome: &str) -> CloudEvent {
    let data = json!({"objection": name, "outcome": outcome, "reason": "经复核"});
    event("/gov/a", id, "objection.resolved", subject, &data)
}

fn objections(report: &SubjectReportResponse) -> Vec<(&str, ObjectionState)> {
    let all = report.records.iter().flat_map(|record| &record.objections);
    all.map(|it| (it.objection.as_str(), it.state())).collect()
}

fn states(report: &SubjectReportResponse) -> Vec<StandingState> {
    report.standings.iter().map(heng_proto::rights::v1::DecisionStanding::state).collect()
}

#[tokio::test]
async fn an_objection_is_seen_from_filing_to_its_end() {
    let place = Place::new();
    let served = place.serve().await;
    let today = served.today().await;
    let starts = later(today, -30).to_string();
    let firm = firm(1);
    // The objection overtakes its record: it waits, and is seen to wait.
    assert!(matches!(file(&served, objection(&firm, "o1", "r-1")).await, Outcome::Accepted(_)));
    let report = served.reported(&firm).await;
    assert_eq!((report.records.len(), report.decisions.len()), (0, 0));
    let [waits] = report.waiting.as_slice() else { panic!("{report:?}") };
    assert_eq!(
        (waits.r#type.as_str(), waits.record.as_str(), waits.objection.as_str()),
        ("objection.filed", "r-1", "o1")
    );
    assert_eq!((waits.record_source.as_str(), waits.since), ("/gov/a", today.number()));

    served.accept(listed("1", &firm, &starts)).await;
    let report = served.reported(&firm).await;
    assert!(report.waiting.is_empty());
    assert_eq!(objections(&report), [("o1", ObjectionState::Filed)]);
    assert_eq!(states(&report), [StandingState::Suspended], "the item says on_objection: suspend");
    assert!(report.records[0].objections[0].is_suspending);
    assert!(report.decisions[0].remedy_objection.as_ref().unwrap().zh.contains("异议"));
    let record = &report.records[0];
    assert_eq!((record.item.as_str(), record.document_no.as_str()), ("s.listed", "甲示〔2023〕1号"));
    assert_eq!(
        (record.objection_by.as_slice(), record.title.as_ref().unwrap().zh.as_str()),
        (&["a".to_owned()][..], "列入名单")
    );

    served.accept(resolved("res-1", &firm, "o1", "rejected")).await;
    let report = served.reported(&firm).await;
    assert_eq!(
        (objections(&report), states(&report)),
        (vec![("o1", ObjectionState::Rejected)], vec![StandingState::InForce])
    );

    assert!(matches!(file(&served, objection(&firm, "o2", "r-1")).await, Outcome::Accepted(_)));
    served.accept(resolved("res-2", &firm, "o2", "upheld")).await;
    let report = served.reported(&firm).await;
    assert_eq!(objections(&report)[1], ("o2", ObjectionState::Upheld));
    assert_eq!(states(&report), [StandingState::Suspended], "until its source corrects it");
    // Who has answered has seen it: what becomes of it is told.
    let decision: String = report.standings[0].decision.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = json!({"decision": decision, "authority": "b", "answer": "applied"});
    served.accept(event("/gov/b", "answer-1", "measure.responded", &firm, &answer)).await;
    let mended = json!({"record": "r-1", "fields": {"amount": "50.00"}, "reason": "更正金额"});
    served.accept(event("/gov/a", "fix-1", "credit.corrected", &firm, &mended)).await;
    served.kill();
    let served = place.serve().await;
    let report = served.reported(&firm).await;
    assert_eq!(objections(&report), [("o1", ObjectionState::Rejected), ("o2", ObjectionState::Mended)]);
    assert_eq!(states(&report), [StandingState::Revoked], "below the threshold nothing is left");
    assert!(report.decisions[0].void && report.next_change.is_none());
}

#[tokio::test]
async fn a_repair_is_seen_with_the_day_from_which_it_works() {
    let place = Place::new();
    let served = place.serve().await;
    let today = served.today().await;
    let (early, late) = (firm(1), firm(2));
    let (young, old) = (later(today, -30), later(today, -200));
    served.accept(listed("1", &early, &young.to_string())).await;
    served.accept(listed("2", &late, &old.to_string())).await;
    let quarter: Period = "P3M".parse().unwrap();
    let freed = |first: Day| quarter.last_from(first).next().number();
    let report = served.reported(&early).await;
    assert_eq!(report.standings[0].repair_from, Some(freed(young)));
    let year: Period = "P1Y".parse().unwrap();
    assert_eq!(report.standings[0].through, Some(year.last_from(young).number()));

    // Before the day that the rule names a repair is accepted, and works from then on.
    assert!(matches!(apply(&served, repair(&early, "fix-1", "r-1")).await, Outcome::Accepted(_)));
    assert!(matches!(apply(&served, repair(&early, "fix-1", "r-1")).await, Outcome::Duplicate(_)));
    assert!(matches!(apply(&served, repair(&late, "fix-2", "r-2")).await, Outcome::Accepted(_)));
    let report = served.reported(&early).await;
    let it = &report.records[0].repairs[0];
    assert_eq!((it.state(), it.effective_from), (RepairState::Ahead, Some(freed(young))));
    assert_eq!((it.on, states(&report)), (today.number(), vec![StandingState::InForce]));
    assert_eq!(report.standings[0].through, Some(quarter.last_from(young).number()));
    assert_eq!(report.next_change, Some(freed(young)));
    let then = SubjectReportRequest { subject: early.clone(), as_of: Some(freed(young)), ..Default::default() };
    let then = served.report(then).await.unwrap();
    assert_eq!(
        (then.records[0].repairs[0].state(), states(&then)),
        (RepairState::Effective, vec![StandingState::Ended])
    );
    let report = served.reported(&late).await;
    let it = &report.records[0].repairs[0];
    assert_eq!((it.state(), it.effective_from), (RepairState::Effective, Some(today.number())));
    assert_eq!(states(&report), [StandingState::Ended]);

    let restored = json!({"record": "r-2"});
    served.accept(event("/gov/a", "undo", "credit.restored", &late, &restored)).await;
    let report = served.reported(&late).await;
    assert_eq!(report.records[0].repairs[0].state(), RepairState::Undone);
    assert_eq!(states(&report), [StandingState::InForce]);
    assert!(matches!(apply(&served, repair(&late, "fix-3", "r-2")).await, Outcome::Accepted(_)));
    assert!(matches!(apply(&served, repair(&late, "fix-4", "r-2")).await, Outcome::Accepted(_)));
    served.kill();
    let served = place.serve().await;
    let report = served.reported(&late).await;
    let all: Vec<RepairState> =
        report.records[0].repairs.iter().map(heng_proto::rights::v1::ReportedRepair::state).collect();
    assert_eq!(all, [RepairState::Undone, RepairState::Replaced, RepairState::Effective]);
    // Who may not repair is refused, with its place on the log; what waits for its record is seen to.
    let other = ApplyForRepairRequest {
        source: "/gov/b".to_owned(),
        record_source: "/gov/a".to_owned(),
        ..repair(&late, "b-1", "r-2")
    };
    assert!(
        matches!(apply(&served, other).await, Outcome::Refused(it) if it.position.is_some() && it.message.contains("may not repair"))
    );
    assert!(matches!(apply(&served, repair(&late, "fix-9", "r-9")).await, Outcome::Accepted(_)));
    assert_eq!(served.reported(&late).await.waiting[0].r#type, "credit.repaired");
    let bad = ApplyForRepairRequest { on: Some(i32::MIN), ..repair(&late, "x", "r-2") };
    assert_eq!(served.rights().apply_for_repair(bad).await.unwrap_err().code(), Code::OutOfRange);
    let nameless = ApplyForRepairRequest { record: String::new(), ..repair(&late, "x", "r-2") };
    assert!(matches!(apply(&served, nameless).await, Outcome::Refused(it) if it.violations[0].field == "record"));
    let nameless = FileObjectionRequest { objection: String::new(), ..objection(&late, "x", "r-2") };
    assert!(matches!(file(&served, nameless).await, Outcome::Refused(it) if it.violations[0].field == "objection"));
    let unknown = FileObjectionRequest { record_source: "/gov/z".to_owned(), ..objection(&late, "y", "r-2") };
    assert!(matches!(file(&served, unknown).await, Outcome::Refused(it) if it.message.contains("/gov/z")));
    assert!(served.stop().success());
}

#[tokio::test]
async fn reports_say_what_stands_and_hide_what_is_scheduled() {
    let place = Place::new();
    let served = place.serve().await;
    let today = served.today().await;
    let (ahead, hidden) = (firm(1), firm(2));
    // Notice is given ten days ahead; what lies further is nobody's to know.
    let far = |days: i32| later(today, days).to_string();
    let recorded = |id: &str, firm: &str, starts: &str| {
        let data = json!({"record": format!("r-{id}"), "item": "s.listed", "decided_on": today.to_string(),
                          "fields": {"amount": "100.00", "starts": starts}});
        event("/gov/a", id, "credit.recorded", firm, &data)
    };
    served.accept(recorded("1", &ahead, &far(5))).await;
    served.accept(recorded("2", &hidden, &far(40))).await;
    assert_eq!(states(&served.reported(&ahead).await), [StandingState::Ahead]);
    let report = served.reported(&hidden).await;
    assert_eq!((report.decisions.len(), report.standings.len(), report.records.len()), (0, 0, 1));
    // Nor does anybody hear of it when its ground is withdrawn.
    let retracted = json!({"record": "r-2", "reason": "录入错误"});
    served.accept(event("/gov/a", "2-off", "credit.retracted", &hidden, &retracted)).await;
    let report = served.reported(&hidden).await;
    assert!(report.records[0].is_retracted);
    assert_eq!((report.decisions.len(), report.standings.len()), (0, 0), "{report:?}");
    // A proposal is seen as one, and an officer's answer.
    let person = format!("P-{}", "0a".repeat(16));
    let data = json!({"record": "p-1", "item": "s.person", "decided_on": far(-3), "capacity": "legal_representative"});
    served.accept(event("/gov/a", "p-1", "credit.recorded", &person, &data)).await;
    let report = served.reported(&person).await;
    assert_eq!(states(&report), [StandingState::Proposed]);
    let decision: String = report.standings[0].decision.iter().map(|byte| format!("{byte:02x}")).collect();
    let review = json!({"decision": decision, "officer": "警号007", "reason": "证据不足"});
    served.accept(event("/gov/a", "no-1", "review.declined", &person, &review)).await;
    assert_eq!(states(&served.reported(&person).await), [StandingState::Declined]);
    // Whom nobody has recorded anything about has an empty report.
    let nobody = served.reported(&firm(9)).await;
    assert_eq!((nobody.records.len(), nobody.subject.as_str()), (0, firm(9).as_str()));
    assert!(!nobody.freshness.unwrap().token.is_empty());

    let ask = |change: fn(&mut SubjectReportRequest)| {
        let mut request = SubjectReportRequest { subject: firm(1), ..SubjectReportRequest::default() };
        change(&mut request);
        request
    };
    for (request, code, field) in [
        (ask(|it| it.subject = "91420100MA49XK7P6X".to_owned()), Code::InvalidArgument, "subject"),
        (ask(|it| it.subject = "duns:1".to_owned()), Code::NotFound, "subject"),
        (ask(|it| it.as_of = Some(i32::MAX)), Code::OutOfRange, "as_of"),
        (ask(|it| it.at_least = vec![9]), Code::InvalidArgument, "at_least"),
        (ask(|it| it.purpose = "x".repeat(257)), Code::InvalidArgument, "purpose"),
    ] {
        let status = served.report(request.clone()).await.unwrap_err();
        let told = status.get_error_details().bad_request().unwrap().field_violations[0].field.clone();
        assert_eq!((status.code(), told.as_str()), (code, field), "{request:?}");
    }
    // Whoever asked about whom is on record.
    let request =
        SubjectReportRequest { subject: ahead.clone(), purpose: "窗口查询".to_owned(), ..Default::default() };
    served.report(request).await.unwrap();
    assert!(served.stop().success());
    let looks = place.looks();
    let look = looks.last().unwrap();
    assert_eq!(
        (look.kind, look.purpose.as_str(), look.seen[0].subject.as_str()),
        ("report", "窗口查询", ahead.as_str())
    );
    assert_eq!(look.seen[0].decisions.len(), 1);
}
