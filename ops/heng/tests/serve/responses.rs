//! Departments answer decisions, each for itself; what was accepted is there after a kill.

use super::served::{Place, firm, later, listed};
use heng_proto::event::v1::MeasureAnswer;
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::rights::v1::RespondRequest;
use tonic::{Code, Status};
use tonic_types::StatusExt;

fn applied(subject: &str, decision: &[u8]) -> RespondRequest {
    RespondRequest {
        source: "/gov/b".to_owned(),
        id: "b-1".to_owned(),
        subject: subject.to_owned(),
        decision: decision.to_vec(),
        authority: "b".to_owned(),
        answer: MeasureAnswer::Applied.into(),
        document_no: "乙函〔2026〕1号".to_owned(),
        ..RespondRequest::default()
    }
}

fn field(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let field = details.bad_request().and_then(|it| it.field_violations.first()).map(|it| it.field.clone());
    (status.code(), field.unwrap_or_default())
}

#[tokio::test]
async fn departments_answer_for_themselves() {
    let place = Place::new();
    let served = place.serve().await;
    let starts = later(served.today().await, -30).to_string();
    let (listed_firm, other) = (firm(1), firm(2));
    served.accept(listed("1", &listed_firm, &starts)).await;
    served.accept(listed("2", &other, &starts)).await;
    let report = served.reported(&listed_firm).await;
    let [standing] = report.standings.as_slice() else { panic!("{report:?}") };
    assert_eq!((standing.unanswered.as_slice(), standing.answers.len()), (&["b".to_owned()][..], 0));
    let decision = standing.decision.clone();
    let others = served.reported(&other).await.standings[0].decision.clone();

    let good = || RespondRequest { id: "b-2".to_owned(), ..applied(&listed_firm, &decision) };
    let send = |request: RespondRequest| async { served.rights().respond(request).await };
    let statuses = [
        (RespondRequest { answer: 0, ..good() }, (Code::InvalidArgument, "answer")),
        (RespondRequest { answer: 9, ..good() }, (Code::InvalidArgument, "answer")),
        (RespondRequest { decision: vec![7; 31], ..good() }, (Code::InvalidArgument, "decision")),
        (RespondRequest { on: Some(i32::MAX), ..good() }, (Code::OutOfRange, "on")),
        (RespondRequest { on: Some(-7_671), ..good() }, (Code::OutOfRange, "on")),
    ];
    for (request, (code, name)) in statuses {
        let status = send(request.clone()).await.unwrap_err();
        assert_eq!(field(&status), (code, name.to_owned()), "{request:?}");
    }
    let not_applied = MeasureAnswer::NotApplied.into();
    let refused = [
        (RespondRequest { answer: not_applied, ..good() }, "reason"),
        (RespondRequest { authority: "zz".to_owned(), ..good() }, "authority"),
        (RespondRequest { authority: String::new(), ..good() }, "authority"),
        // Who must act on the listing is b alone; and a does not speak for b.
        (RespondRequest { source: "/gov/a".to_owned(), authority: "a".to_owned(), ..good() }, "authority"),
        (RespondRequest { source: "/gov/a".to_owned(), ..good() }, "authority"),
        (RespondRequest { source: "/gov/z".to_owned(), ..good() }, "source"),
        (RespondRequest { decision: vec![7; 32], ..good() }, "decision"),
        (RespondRequest { decision: others.clone(), ..good() }, "decision"),
        (RespondRequest { subject: "nobody".to_owned(), ..good() }, "subject"),
        (RespondRequest { subject: firm(3), ..good() }, "decision"),
        (RespondRequest { id: String::new(), ..good() }, "id"),
        (RespondRequest { reason: "长".repeat(2_000), ..good() }, "reason"),
    ];
    for (request, name) in refused {
        let outcome = send(request.clone()).await.unwrap().into_inner().outcome.unwrap().outcome.unwrap();
        let Outcome::Refused(it) = outcome else { panic!("{request:?}: {outcome:?}") };
        assert_eq!(it.violations.first().map(|it| it.field.as_str()), Some(name), "{request:?}: {it:?}");
        assert_eq!(it.position, None, "what is refused leaves no trace");
    }

    let outcome = |request| async { send(request).await.unwrap().into_inner().outcome.unwrap().outcome.unwrap() };
    assert!(matches!(outcome(applied(&listed_firm, &decision)).await, Outcome::Accepted(_)));
    assert!(matches!(outcome(applied(&listed_firm, &decision)).await, Outcome::Duplicate(_)));
    let reused = RespondRequest { document_no: "另一号".to_owned(), ..applied(&listed_firm, &decision) };
    assert!(matches!(outcome(reused).await, Outcome::Refused(it) if it.violations[0].field == "id"));
    let reason = "已中标项目履行中，依法不予解除".to_owned();
    let latest =
        RespondRequest { answer: not_applied, reason, id: "b-3".to_owned(), ..applied(&listed_firm, &decision) };
    assert!(matches!(outcome(latest).await, Outcome::Accepted(_)));

    served.kill();
    let served = place.serve().await;
    let report = served.reported(&listed_firm).await;
    let answers: Vec<(&str, i32)> =
        report.standings[0].answers.iter().map(|it| (it.authority.as_str(), it.answer)).collect();
    assert_eq!(answers, [("b", MeasureAnswer::Applied.into()), ("b", not_applied)]);
    assert!(report.standings[0].unanswered.is_empty());
    let again = served.rights().respond(applied(&listed_firm, &decision)).await.unwrap().into_inner();
    assert!(matches!(again.outcome.unwrap().outcome, Some(Outcome::Duplicate(_))));
    assert!(served.stop().success());
}
