//! Every bad input has its own status, with details that say what to do; the server stands.

use super::served::{Place, Served, day, firm, listed, tender};
use heng_proto::check::v1::{BatchCheckEntry, BatchCheckRequest, CheckRequest, LookupSubjectsRequest, Verdict};
use heng_proto::intake::v1::PublishRequest;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::{Cursor, Filter, SubscribeRequest};
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;

const DAY: &str = "2023-06-01";

fn told(status: &Status) -> (Code, Vec<String>) {
    let details = status.get_error_details();
    let fields = details.bad_request().map(|it| it.field_violations.iter().map(|it| it.field.clone()).collect());
    (status.code(), fields.unwrap_or_default())
}

async fn refused(served: &Served, request: CheckRequest) -> (Code, Vec<String>) {
    told(&served.check(request).await.unwrap_err())
}

fn with(change: impl FnOnce(&mut CheckRequest)) -> CheckRequest {
    let mut request = tender(&firm(1), DAY);
    change(&mut request);
    request
}

#[tokio::test]
async fn bad_checks_are_told_what_is_wrong() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nbatch_entries_max = 3\n[serve]\nrequest_bytes_max = 4096\n").await;
    let field = |code: Code, field: &str| (code, vec![field.to_owned()]);
    let cases = [
        (with(|it| it.matter = "tea".to_owned()), field(Code::NotFound, "matter")),
        (with(|it| it.matter = String::new()), field(Code::NotFound, "matter")),
        (with(|it| it.subject = String::new()), field(Code::InvalidArgument, "subject")),
        (with(|it| it.subject = "91420100MA49XK7P6X".to_owned()), field(Code::InvalidArgument, "subject")),
        (with(|it| it.subject = "P-1".to_owned()), field(Code::InvalidArgument, "subject")),
        (with(|it| it.subject = "duns:123".to_owned()), field(Code::NotFound, "subject")),
        (with(|it| it.as_of = Some(-7_671)), field(Code::OutOfRange, "as_of")),
        (with(|it| it.as_of = Some(i32::MAX)), field(Code::OutOfRange, "as_of")),
        (with(|it| it.at_least = vec![9, 9]), field(Code::InvalidArgument, "at_least")),
        (
            with(|it| it.at_least = [[1].as_slice(), &[0; 8], &[0, 0]].concat()),
            field(Code::FailedPrecondition, "at_least"),
        ),
        (with(|it| it.purpose = "x".repeat(257)), field(Code::InvalidArgument, "purpose")),
    ];
    for (request, expected) in cases {
        assert_eq!(refused(&served, request.clone()).await, expected, "{request:?}");
    }
    let entry = BatchCheckEntry { subject: firm(1), matter: "tender".to_owned() };
    let batch = BatchCheckRequest { entries: vec![entry; 4], ..BatchCheckRequest::default() };
    let status = served.checks().batch_check(batch).await.unwrap_err();
    assert_eq!(told(&status), field(Code::InvalidArgument, "entries"));
    let large = BatchCheckRequest { purpose: "x".repeat(5_000), ..BatchCheckRequest::default() };
    assert_eq!(served.checks().batch_check(large).await.unwrap_err().code(), Code::OutOfRange);
    let lookups = [
        (LookupSubjectsRequest { matter: "tea".to_owned(), ..Default::default() }, field(Code::NotFound, "matter")),
        (LookupSubjectsRequest { after: "x".to_owned(), ..Default::default() }, field(Code::InvalidArgument, "after")),
        (
            LookupSubjectsRequest { at_least_verdict: Verdict::Clear.into(), ..Default::default() },
            field(Code::InvalidArgument, "at_least_verdict"),
        ),
        (LookupSubjectsRequest { as_of: Some(i32::MIN), ..Default::default() }, field(Code::OutOfRange, "as_of")),
    ];
    for (request, expected) in lookups {
        let status = served.checks().lookup_subjects(request.clone()).await.unwrap_err();
        assert_eq!(told(&status), expected, "{request:?}");
    }
    let unsent = served.intake().publish(PublishRequest { event: None }).await.unwrap_err();
    assert_eq!(told(&unsent), field(Code::InvalidArgument, "event"));
    // It stands.
    served.accept(listed("e1", &firm(1), "2023-05-10")).await;
    assert_eq!(served.answer(tender(&firm(1), DAY)).await.verdict(), Verdict::Bar);
}

#[tokio::test]
async fn as_many_look_ups_as_may_are_running() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nlookups_max = 1\n").await;
    // More than the server puts into a buffer before the client has room.
    served.list(&(0..2_000).map(firm).collect::<Vec<_>>(), "2023-05-10").await;
    let request = || LookupSubjectsRequest { matter: "tender".to_owned(), as_of: Some(day(DAY)), ..Default::default() };
    // A client that never reads, and has room for less than a part.
    let unread = CheckServiceClient::new(served.narrow_channel().await).lookup_subjects(request()).await.unwrap();
    let status = served.checks().lookup_subjects(request()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_error_details().retry_info().is_some());
    assert_eq!(served.answer(tender(&firm(1), DAY)).await.verdict(), Verdict::Bar);
    let mut parts = unread.into_inner();
    while parts.message().await.unwrap().is_some() {}
    // Once it has ended another may begin.
    let mut again = served.checks().lookup_subjects(request()).await.unwrap().into_inner();
    assert_eq!(again.message().await.unwrap().unwrap().subjects.len(), 256);
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nlookups_max = 1\nstall_ms_max = 20\n").await;
    served.list(&(0..2_000).map(firm).collect::<Vec<_>>(), "2023-05-10").await;
    let request = || LookupSubjectsRequest { matter: "tender".to_owned(), as_of: Some(day(DAY)), ..Default::default() };
    let unread = CheckServiceClient::new(served.narrow_channel().await).lookup_subjects(request()).await.unwrap();
    // Its place is free once it was cut off.
    let mut again = loop {
        match served.checks().lookup_subjects(request()).await {
            Ok(stream) => break stream.into_inner(),
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted),
        }
    };
    let mut listed = 0;
    while let Some(part) = again.message().await.unwrap() {
        listed += part.subjects.len();
    }
    assert_eq!(listed, 2_000);
    let mut parts = unread.into_inner();
    let status = loop {
        match parts.message().await {
            Ok(part) => assert!(part.is_some(), "it looks as if it were whole"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Aborted);
}

#[tokio::test]
async fn bad_subscriptions_are_told_what_is_wrong() {
    let place = Place::new();
    let served = place.serve_with("[subscriptions]\nnames_max = 1\n").await;
    let mut follower = served.follow(None).await;
    follower.heartbeat().await;
    let here = follower.cursor;
    let field = |code: Code, field: &str| (code, vec![field.to_owned()]);
    let with = |change: &dyn Fn(&mut Cursor)| {
        let mut cursor = here.clone();
        change(&mut cursor);
        cursor
    };
    let cursors = [
        (Cursor::default(), Code::InvalidArgument),
        (with(&|it| it.log = vec![1]), Code::InvalidArgument),
        (with(&|it| it.partitions[0].partition = 9), Code::InvalidArgument),
        (with(&|it| it.partitions[0].partition = 1), Code::InvalidArgument),
        (with(&|it| it.log = vec![0; 8]), Code::FailedPrecondition),
        (with(&|it| it.partitions[0].next_seq = 1_000), Code::OutOfRange),
    ];
    let mut subscribes = Vec::new();
    for (cursor, code) in &cursors {
        let start = Some(Start::Cursor(cursor.clone()));
        subscribes.push((SubscribeRequest { start, ..SubscribeRequest::default() }, field(*code, "cursor")));
    }
    let tea = || vec!["tea".to_owned()];
    for (filter, code, name) in [
        (Filter { authorities: tea(), ..Filter::default() }, Code::NotFound, "filter.authorities"),
        (Filter { measures: tea(), ..Filter::default() }, Code::NotFound, "filter.measures"),
        (Filter { outcomes: tea(), ..Filter::default() }, Code::NotFound, "filter.outcomes"),
        (Filter { kinds: vec![1], ..Filter::default() }, Code::InvalidArgument, "filter.kinds"),
        (Filter { kinds: vec![99], ..Filter::default() }, Code::InvalidArgument, "filter.kinds"),
        (Filter { region_prefixes: tea(), ..Filter::default() }, Code::InvalidArgument, "filter.region_prefixes"),
        (
            Filter { measures: vec![String::new(); 1_025], ..Filter::default() },
            Code::InvalidArgument,
            "filter.measures",
        ),
    ] {
        subscribes.push((SubscribeRequest { filter: Some(filter), ..SubscribeRequest::default() }, field(code, name)));
    }
    let named = |name: &str| Some(Start::Name(name.to_owned()));
    subscribes.extend([
        (SubscribeRequest { start: named("../x"), ..Default::default() }, field(Code::InvalidArgument, "name")),
        (SubscribeRequest { heartbeat_ms: 1, ..Default::default() }, field(Code::InvalidArgument, "heartbeat_ms")),
        (SubscribeRequest { at_least: vec![9], ..Default::default() }, field(Code::InvalidArgument, "at_least")),
    ]);
    for (request, expected) in subscribes {
        let Err(status) = served.subscribe(request.clone()).await else { panic!("{request:?}") };
        assert_eq!(told(&status), expected, "{request:?}");
    }
    let unknown = served.acknowledge("tax", here.clone()).await.unwrap_err();
    assert_eq!(told(&unknown), field(Code::NotFound, "name"));
    served.follow(named("tax")).await;
    for (cursor, code) in cursors {
        let status = served.acknowledge("tax", cursor).await.unwrap_err();
        assert_eq!(told(&status), field(code, "cursor"));
    }
    let second = SubscribeRequest { start: named("second"), ..SubscribeRequest::default() };
    let Err(full) = served.subscribe(second).await else { panic!("too many names") };
    assert_eq!(full.code(), Code::ResourceExhausted);
    // It stands.
    served.acknowledge("tax", here).await.unwrap();
}
