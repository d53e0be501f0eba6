//! What is published is checked, and stays so over a restart.

use super::served::{Place, Served, day, event, firm, listed, organisation, tender, tender_today};
use heng_model::Day;
use heng_proto::check::v1::{
    Answer, BatchCheckEntry, BatchCheckRequest, Bearing, CheckRequest, LookupSubjectsRequest, LookupSubjectsResponse,
    Verdict, batch_check_result,
};
use serde_json::{Value, json};
use std::process::Command;
use tonic::Request;

const DAY: &str = "2023-06-01";

fn only(answer: &Answer) -> &Bearing {
    assert_eq!(answer.bearings.len(), 1, "{answer:?}");
    &answer.bearings[0]
}

#[tokio::test]
async fn what_is_published_is_checked() {
    let place = Place::new();
    let served = place.serve().await;
    let firm = firm(1);
    let before = served.check(tender(&firm, DAY)).await.unwrap();
    let clear = before.answer.unwrap();
    assert_eq!((clear.verdict(), clear.bearings.len(), clear.next_change), (Verdict::Clear, 0, None));
    assert_eq!((clear.subject.as_str(), before.as_of, before.pack.as_str()), (firm.as_str(), day(DAY), "stories@1"));

    let accepted = served.accept(listed("e1", &firm, "2023-05-10")).await;
    let mut request = tender(&firm, DAY);
    request.at_least = accepted.token;
    request.with_grounds = true;
    let after = served.check(request).await.unwrap();
    let position = after.freshness.as_ref().unwrap().position.unwrap();
    assert!(position.offset >= accepted.position.unwrap().offset);
    let answer = after.answer.unwrap();
    assert_eq!((answer.verdict(), answer.next_change), (Verdict::Bar, Some(day("2024-05-11"))));
    let bearing = only(&answer);
    let (measure, rule) = (bearing.measure.as_ref().unwrap(), bearing.rule.as_ref().unwrap());
    assert_eq!((measure.code.as_str(), measure.kind.as_str()), ("tender.bar", "sanction"));
    assert_eq!(measure.duties[0].authority, "b");
    assert_eq!((rule.rule.as_str(), rule.outcome.as_str()), ("s.listed", "list/s.listed"));
    assert_eq!(rule.basis, ["made-up#1"]);
    assert!(rule.remedy_objection.as_ref().unwrap().en.contains("Authority A"), "{rule:?}");
    assert!(rule.remedy_repair.as_ref().unwrap().en.contains("after 3 months"), "{rule:?}");
    assert_eq!((bearing.grounds_count, bearing.first_ground), (1, accepted.position));
    assert_eq!(bearing.grounds[0].document_no.as_deref(), Some("甲示〔2023〕e1号"));
    assert!(bearing.explanation.as_ref().unwrap().en.contains("Listed, barred from tenders"));
    assert_eq!((bearing.in_force[0].first, bearing.in_force[0].last), (day("2023-05-10"), Some(day("2024-05-10"))));
}

#[tokio::test]
async fn days_ahead_are_known_and_today_is_the_servers() {
    let place = Place::new();
    let served = place.serve().await;
    let firm = firm(2);
    let today = Day::from_number(served.check(tender_today(&firm)).await.unwrap().as_of);
    // Decided today, from tomorrow on: what midnight changes is known before.
    let (tomorrow, next) = (today.next(), today.next().next());
    let mut sent = listed("e1", &firm, &tomorrow.to_string());
    let mut data: Value = serde_json::from_slice(&sent.data).unwrap();
    data["decided_on"] = json!(today.to_string());
    sent.data = data.to_string().into_bytes();
    served.accept(sent).await;
    let on = |day: Day| {
        let mut request = tender_today(&firm);
        request.as_of = Some(day.number());
        request
    };
    let now = served.answer(tender_today(&firm)).await;
    assert_eq!((now.verdict(), now.next_change), (Verdict::Clear, Some(tomorrow.number())));
    assert_eq!(served.answer(on(tomorrow)).await.verdict(), Verdict::Bar);
    assert_eq!(served.answer(on(next)).await.verdict(), Verdict::Bar);
}

#[tokio::test]
async fn the_program_and_the_service_answer_the_same() {
    let place = Place::new();
    let served = place.serve().await;
    for number in 0..4 {
        let firm = firm(number);
        for event in 0..=number {
            served.accept(listed(&format!("e{number}-{event}"), &firm, &format!("2023-0{}-10", event + 1))).await;
        }
    }
    for (number, on) in [(0, "2023-01-09"), (1, "2023-02-01"), (2, "2024-01-20"), (3, "2024-03-01"), (9, "2023-01-01")]
    {
        let firm = firm(number);
        let mut request = tender(&firm, on);
        request.with_grounds = true;
        let answer = served.answer(request).await;
        let output = Command::new(env!("CARGO_BIN_EXE_heng"))
            .args(["check", &firm, "tender", "--on", on, "--json", "--data"])
            .arg(place.data())
            .output()
            .unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let measures: Vec<Value> = answer.bearings.iter().map(as_the_program_says).collect();
        let mut expected = said["measures"].as_array().unwrap().clone();
        for measure in &mut expected {
            measure.as_object_mut().unwrap().retain(|key, _| key != "explanation" && key != "authorities");
        }
        assert_eq!(measures, expected);
        let next = answer.next_change.map(|day| Day::from_number(day).to_string());
        assert_eq!(
            (json!(next), json!(word(answer.verdict()))),
            (said["next_change"].clone(), said["verdict"].clone())
        );
    }
}

fn word(verdict: Verdict) -> String {
    verdict.as_str_name().trim_start_matches("VERDICT_").to_lowercase()
}

fn as_the_program_says(it: &Bearing) -> Value {
    let rule = it.rule.as_ref().unwrap();
    let (objection, repair) = (rule.remedy_objection.as_ref().unwrap(), rule.remedy_repair.as_ref().unwrap());
    let text = |day: i32| Day::from_number(day).to_string();
    let days: Vec<Value> = it.in_force.iter().map(|it| json!([text(it.first), it.last.map(text)])).collect();
    let id: String = it.decision.iter().map(|byte| format!("{byte:02x}")).collect();
    let ground = |it: &heng_proto::decision::v1::Ground| json!({"source": it.source, "record": it.record, "document_no": it.document_no});
    json!({
        "measure": it.measure.as_ref().unwrap().code, "effect": word(it.effect()), "decision": id, "rule": rule.rule,
        "outcome": rule.outcome, "basis": rule.basis, "in_force": days,
        "grounds": it.grounds.iter().map(ground).collect::<Vec<_>>(),
        "remedy": {"objection": objection.zh, "repair": repair.zh, "objection_en": objection.en, "repair_en": repair.en},
    })
}

#[tokio::test]
async fn batches_are_answered_in_order_and_a_bad_entry_fails_nobody_else() {
    let place = Place::new();
    let served = place.serve().await;
    served.accept(listed("e1", &firm(1), "2023-05-10")).await;
    let entry =
        |subject: &str, matter: &str| BatchCheckEntry { subject: subject.to_owned(), matter: matter.to_owned() };
    let entries = vec![
        entry(&firm(1), "tender"),
        entry("nobody", "tender"),
        entry(&firm(2), "tender"),
        entry(&firm(1), "nothing"),
        entry(&firm(1), "tender"),
    ];
    let request = BatchCheckRequest { entries, as_of: Some(day(DAY)), ..BatchCheckRequest::default() };
    let response = served.checks().batch_check(request).await.unwrap().into_inner();
    let told: Vec<String> = response
        .results
        .iter()
        .map(|it| match it.result.as_ref().unwrap() {
            batch_check_result::Result::Answer(answer) => word(answer.verdict()),
            batch_check_result::Result::Refusal(refusal) => format!("{} {}", refusal.code, refusal.violations[0].field),
        })
        .collect();
    assert_eq!(told, ["bar", "3 subject", "clear", "5 matter", "bar"]);
    assert_eq!(response.next_change, Some(day("2024-05-11")));
    assert!(!response.freshness.unwrap().token.is_empty());
}

async fn looked_up(served: &Served, request: LookupSubjectsRequest) -> Vec<LookupSubjectsResponse> {
    let mut stream = served.checks().lookup_subjects(request).await.unwrap().into_inner();
    let mut parts = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        parts.push(part);
    }
    parts
}

#[tokio::test]
async fn everyone_concerned_is_listed_in_the_order_of_ids() {
    let place = Place::new();
    let served = place.serve().await;
    let mut firms: Vec<String> = (0..300).map(firm).collect();
    served.list(&firms, "2023-05-10").await;
    firms.sort();
    let request = |after: &str, on: &str| LookupSubjectsRequest {
        matter: "tender".to_owned(),
        as_of: Some(day(on)),
        after: after.to_owned(),
        ..LookupSubjectsRequest::default()
    };
    let subjects = |parts: &[LookupSubjectsResponse]| -> Vec<String> {
        parts.iter().flat_map(|part| &part.subjects).map(|it| it.subject.clone()).collect()
    };
    let parts = looked_up(&served, request("", DAY)).await;
    assert_eq!(subjects(&parts), firms);
    assert!(parts.len() > 1 && parts.iter().all(|part| part.next_change == Some(day("2024-05-11"))));
    assert_eq!(parts[0].subjects[0].measures, ["tender.bar"]);
    let rest = looked_up(&served, request(&firms[99], DAY)).await;
    assert_eq!(subjects(&rest), firms[100..]);
    let nobody = looked_up(&served, request("", "2022-01-01")).await;
    assert_eq!((nobody.len(), subjects(&nobody).len(), nobody[0].as_of), (1, 0, day("2022-01-01")));
}

#[tokio::test]
async fn aliases_and_merged_ids_lead_to_the_subject() {
    let place = Place::new();
    let served = place.serve().await;
    let (old, new) = (firm(7), firm(8));
    let registered = json!({"kind": "enterprise", "name": "某公司", "region": "420100", "aliases": [{"scheme": "org_code", "code": organisation(&old)}]});
    served.accept(event("/gov/b", "n1", "subject.registered", &old, &registered)).await;
    served.accept(listed("e1", &organisation(&old), "2023-05-10")).await;
    assert_eq!(served.answer(tender(&organisation(&old), DAY)).await.subject, old);
    served.accept(event("/gov/b", "n2", "subject.merged", &old, &json!({"into": new}))).await;
    for name in [&organisation(&old), &old, &new, &format!("org_code:{}", organisation(&old))] {
        let answer = served.answer(tender(name, DAY)).await;
        assert_eq!((answer.subject.as_str(), answer.verdict()), (new.as_str(), Verdict::Bar), "{name}");
    }
    let request = LookupSubjectsRequest {
        matter: "tender".to_owned(),
        as_of: Some(day(DAY)),
        ..LookupSubjectsRequest::default()
    };
    let parts = looked_up(&served, request).await;
    let listed: Vec<&str> = parts.iter().flat_map(|part| &part.subjects).map(|it| it.subject.as_str()).collect();
    assert_eq!(listed, [new.as_str()]);
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let place = Place::new();
    let firms: Vec<String> = (0..20).map(firm).collect();
    let mut served = place.serve().await;
    for (at, firm) in firms.iter().enumerate() {
        served.accept(listed(&format!("e{at}"), firm, "2023-05-10")).await;
    }
    let mut told = Vec::new();
    for firm in &firms {
        told.push(served.answer(tender(firm, DAY)).await);
    }
    assert_eq!(served.stop().code(), Some(0), "{}", place.log());
    // From the checkpoint, then from the log alone.
    for rebuilt in [false, true] {
        if rebuilt {
            std::fs::remove_dir_all(place.data().join("state")).unwrap();
        }
        served = place.serve().await;
        for (firm, before) in firms.iter().zip(&told) {
            assert_eq!(served.answer(tender(firm, DAY)).await, *before);
        }
        assert_eq!(served.stop().code(), Some(0), "{}", place.log());
    }
    let verified = Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(["replay", "--verify", "--data"])
        .arg(place.data())
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test]
async fn a_token_that_is_not_reflected_in_time_is_said_so() {
    let place = Place::new();
    let served = place.serve().await;
    let token = served.accept(listed("e1", &firm(1), "2023-05-10")).await.token;
    // The same form with greater numbers: what no answer can reflect yet.
    let mut ahead = token[..9].to_vec();
    ahead.extend([0xff, 0xff, 0x7f, 0xff, 0xff, 0x7f]);
    let mut request = Request::new(tender(&firm(1), DAY));
    request.get_mut().at_least = ahead;
    request.metadata_mut().insert("grpc-timeout", "1S".parse().unwrap());
    let status = served.checks().check(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::DeadlineExceeded, "{status:?}");
}

#[tokio::test]
async fn what_is_issued_while_an_answer_is_worded_has_grounds_too() {
    let place = Place::new();
    let served = place.serve().await;
    let firm = firm(1);
    served.accept(listed("e0", &firm, "2023-05-10")).await;
    for round in 1..=20_usize {
        // The words of the first are asked for behind the event, and so come when there is another decision.
        let published = served.accept(listed(&format!("e{round}"), &firm, "2023-05-10"));
        let checked = async {
            loop {
                let request = CheckRequest { with_grounds: true, ..tender(&firm, DAY) };
                let answer = served.answer(request).await;
                for bearing in &answer.bearings {
                    assert!(bearing.explanation.is_some() && !bearing.grounds.is_empty(), "round {round}: {answer:?}");
                }
                if answer.bearings.len() > round {
                    return;
                }
            }
        };
        tokio::join!(published, checked);
    }
}
