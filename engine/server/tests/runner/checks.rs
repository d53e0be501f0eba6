//! Checks: the bytes they are answered with, and what becomes of them while the engine is behind.

use crate::office::{FIRM, Office, Running, day, listed, pack};
use heng_proto::check::v1 as proto;
use heng_rpc::raw::Encoded;
use heng_rpc::server::check::v1::check_service_server::CheckService;
use heng_server::grpc::{Checks, Limits};
use heng_server::runner::{Clock, RunnerOptions};
use prost::Message;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

const OTHER: &str = "91420100MADEM0A15F";

fn request(with_grounds: bool) -> proto::CheckRequest {
    let (subject, matter) = (FIRM.to_owned(), "tender".to_owned());
    proto::CheckRequest { subject, matter, with_grounds, ..proto::CheckRequest::default() }
}

pub(crate) async fn check(checks: &Checks, request: proto::CheckRequest) -> Result<Encoded, Status> {
    CheckService::check(checks, Request::new(request)).await.map(tonic::Response::into_inner)
}

/// Reads a message, which must have the bytes that prost would give it.
pub(crate) fn read<M: Message + Default>(encoded: &Encoded) -> M {
    let message = M::decode(&*encoded.0).unwrap();
    assert_eq!(message.encode_to_vec(), encoded.0);
    message
}

async fn listed_firm(office: &Office) -> Running {
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-01")).await;
    running
}

#[tokio::test]
async fn answers_have_the_bytes_of_their_messages() {
    let office = Office::on("2026-03-01");
    let running = listed_firm(&office).await;
    let (desk, _access) = running.desk(Limits::default());
    let checks = Checks::new(desk);
    for with_grounds in [false, true] {
        let answer: proto::CheckResponse = read(&check(&checks, request(with_grounds)).await.unwrap());
        let found = answer.answer.unwrap();
        assert_eq!((found.verdict(), found.subject.as_str()), (proto::Verdict::Bar, FIRM));
        assert_eq!(found.bearings[0].grounds.len(), usize::from(with_grounds));
        assert_eq!(found.bearings[0].explanation.is_some(), with_grounds);
    }
    // The epoch is a day like others, and is not written where it is judged on.
    let epoch = proto::CheckRequest { as_of: Some(0), ..request(false) };
    let answer: proto::CheckResponse = read(&check(&checks, epoch).await.unwrap());
    assert_eq!((answer.as_of, answer.answer.unwrap().verdict()), (0, proto::Verdict::Clear));
    let entry = |subject: &str| proto::BatchCheckEntry { subject: subject.to_owned(), matter: "tender".to_owned() };
    let entries = [FIRM, "nobody", OTHER].map(entry).to_vec();
    let batch = proto::BatchCheckRequest { entries, ..proto::BatchCheckRequest::default() };
    let encoded = CheckService::batch_check(&checks, Request::new(batch)).await.unwrap().into_inner();
    let batch: proto::BatchCheckResponse = read(&encoded);
    let clear = |result: &proto::BatchCheckResult| match result.result.as_ref().unwrap() {
        proto::batch_check_result::Result::Answer(answer) => Some(answer.verdict() == proto::Verdict::Clear),
        proto::batch_check_result::Result::Refusal(refusal) => {
            assert_eq!((refusal.code, refusal.violations[0].field.as_str()), (3, "subject"));
            None
        }
    };
    assert_eq!(batch.results.iter().map(clear).collect::<Vec<_>>(), [Some(false), None, Some(true)]);
    assert_eq!((batch.as_of, batch.next_change), (day("2026-03-01").number(), Some(day("2027-03-02").number())));
    assert_eq!(running.looks().len(), 4);
    running.stop().await;
}

#[tokio::test]
async fn words_sent_once_are_those_of_each_answer() {
    let office = Office::on("2026-03-01");
    let running = listed_firm(&office).await;
    running.accept(listed("e2", OTHER, "2026-03-01", "2026-03-01")).await;
    let (desk, _access) = running.desk(Limits::default());
    let checks = Checks::new(desk);
    let entry = |subject: &str| proto::BatchCheckEntry { subject: subject.to_owned(), matter: "tender".to_owned() };
    let entries = [FIRM, "nobody", OTHER, FIRM].map(entry).to_vec();
    let mut found = Vec::new();
    for words_once in [false, true] {
        let entries = entries.clone();
        let batch = proto::BatchCheckRequest { entries, words_once, ..proto::BatchCheckRequest::default() };
        let encoded = CheckService::batch_check(&checks, Request::new(batch)).await.unwrap().into_inner();
        found.push(read::<proto::BatchCheckResponse>(&encoded));
    }
    let (mut once, whole) = (found.pop().unwrap(), found.pop().unwrap());
    assert_eq!((whole.measures.len(), whole.rules.len()), (0, 0));
    assert_eq!((once.measures.len(), once.rules.len()), (1, 1), "three answers rest on one rule and its measure");
    let (measures, rules) = (std::mem::take(&mut once.measures), std::mem::take(&mut once.rules));
    let answers = once.results.iter_mut().filter_map(|result| match result.result.as_mut().unwrap() {
        proto::batch_check_result::Result::Answer(answer) => Some(answer),
        proto::batch_check_result::Result::Refusal(_) => None,
    });
    let mut count = 0;
    for bearing in answers.flat_map(|answer| &mut answer.bearings) {
        assert_eq!((&bearing.measure, &bearing.rule), (&None, &None));
        bearing.measure = Some(measures[bearing.measure_at.take().unwrap() as usize].clone());
        bearing.rule = Some(rules[bearing.rule_at.take().unwrap() as usize].clone());
        count += 1;
    }
    assert_eq!(count, 3);
    assert_eq!(once, whole, "with its words put back, it is the same answer");
    running.stop().await;
}

#[tokio::test]
async fn while_the_engine_is_behind_answers_say_so_and_are_refused_beyond_the_limit() {
    let office = Office::on("2026-03-01");
    let running = listed_firm(&office).await;
    let (desk, _access) = running.desk(Limits { stale_ms_max: 2_000, ..Limits::default() });
    let index = desk.handle.index().clone();
    let checks = Checks::new(desk);
    let stale = |encoded: &Encoded| read::<proto::CheckResponse>(encoded).freshness.unwrap().stale_by_ms;
    assert_eq!(stale(&check(&checks, request(false)).await.unwrap()), 0);
    let held = office.gate.lock().await;
    let first = running.handle.publish(listed("e3", OTHER, "2026-03-01", "2026-03-01")).await.unwrap();
    // Until the engine has taken it up.
    while index.stale_by_ms(office.clock.now_ms() + 1_000) < 1_000 {
        tokio::task::yield_now().await;
    }
    let second = running.handle.publish(listed("e4", OTHER, "2026-03-01", "2026-03-02")).await.unwrap();
    office.pass(1_500);
    let behind = stale(&check(&checks, request(false)).await.unwrap());
    assert!((1_500..2_000).contains(&behind), "{behind}");
    office.pass(1_000);
    let looks = running.looks().len();
    let status = check(&checks, request(false)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(status.get_error_details().retry_info().is_some());
    assert_eq!(running.looks().len(), looks, "who is told nothing leaves no look-up");
    drop(held);
    for outcome in [first, second] {
        outcome.await.unwrap();
    }
    running.handle.tick().await.unwrap();
    while index.stale_by_ms(office.clock.now_ms()) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stale(&check(&checks, request(false)).await.unwrap()), 0);
    running.stop().await;
}

/// Nothing else about the firm changes by the pack.
#[tokio::test]
async fn an_answer_is_worded_by_the_pack_that_it_names() {
    let office = Office::on("2026-03-01");
    listed_firm(&office).await.stop().await;
    let reworded = pack("2", |text| text.replace("列入名单限制投标", "列入名单者不得投标"));
    let running = office.start(reworded, RunnerOptions::default()).await;
    let title = async || {
        let (desk, _access) = running.desk(Limits::default());
        let answer: proto::CheckResponse = read(&check(&Checks::new(desk), request(false)).await.unwrap());
        let rule = answer.answer.unwrap().bearings[0].rule.clone().unwrap();
        (answer.pack, rule.title.unwrap().zh)
    };
    assert_eq!(title().await, ("stories@1".to_owned(), "列入名单限制投标".to_owned()));
    office.noon("2026-03-02");
    running.handle.tick().await.unwrap();
    assert_eq!(title().await, ("stories@2".to_owned(), "列入名单者不得投标".to_owned()));
    running.stop().await;
}
