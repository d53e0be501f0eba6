//! A running `heng serve`, its clients, and events for it.

use heng_log::DataDirView;
use heng_model::{Day, uscc};
use heng_proto::check::v1::{Answer, CheckRequest, CheckResponse};
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::intake::v1::{Accepted, CloudEvent, PublishRequest, PublishStreamRequest};
use heng_proto::rights::v1::{SubjectReportRequest, SubjectReportResponse};
use heng_rpc::client::audit::v1::audit_service_client::AuditServiceClient;
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use heng_rpc::client::intake::v1::intake_service_client::IntakeServiceClient;
use heng_rpc::client::rights::v1::rights_service_client::RightsServiceClient;
use heng_server::access::{AccessLog, Look, ReadAccessError};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// A made-up pack whose rules are easy to foresee.
pub(crate) fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/pack")
}

/// A folder with a data directory and a configuration.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// A running server.
pub(crate) struct Served {
    child: Mutex<Child>,
    pub(crate) http: String,
    /// The port for who subscribes, where there is one of its own.
    pub(crate) second: Option<Channel>,
    endpoint: Endpoint,
    channel: Channel,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server; `more` are further lines of its configuration.
    pub(crate) async fn serve_with(&self, more: &str) -> Served {
        Served::start(&self.configuration(more), &self.folder.path().join("serve.log")).await
    }

    /// What a server says that does not start.
    pub(crate) fn start_fails(&self, more: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
        let output = command.args(["serve", "--config"]).arg(self.configuration(more)).output().expect("it starts");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    fn configuration(&self, more: &str) -> PathBuf {
        let file = self.folder.path().join("heng.toml");
        let (data, pack) = (self.data(), pack());
        let text = format!(
            "[data]\ndir = {data:?}\npack = {pack:?}\npartitions = 2\n[listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n{more}"
        );
        fs::write(&file, text).expect("a configuration");
        file
    }

    pub(crate) async fn serve(&self) -> Served {
        self.serve_with("").await
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }
}

impl Served {
    /// Starts the server and waits until it says that it serves.
    async fn start(file: &Path, log: &Path) -> Self {
        let stderr = fs::File::options().create(true).append(true).open(log).expect("a log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_heng"))
            .args(["serve", "--config"])
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let said: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ports: {}", fs::read_to_string(log).unwrap()));
        let address = format!("http://{}", said["grpc"].as_str().expect("an address"));
        let endpoint = Channel::from_shared(address).expect("an address");
        let second = said["subscriptions"].as_str().map(|address| Channel::from_shared(format!("http://{address}")));
        let second = second.map(|endpoint| endpoint.expect("an address").connect_lazy());
        let channel = endpoint.connect().await.expect("a connection");
        let watch = HealthClient::new(channel.clone()).watch(HealthCheckRequest { service: String::new() }).await;
        let mut states = watch.expect("health").into_inner();
        while states.message().await.expect("a state").expect("a state").status() != ServingStatus::Serving {}
        Self {
            child: Mutex::new(child),
            http: said["http"].as_str().expect("an address").to_owned(),
            second,
            endpoint,
            channel,
        }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A connection that has room for a few bytes of an answer, as of a client that does not read.
    pub(crate) async fn narrow_channel(&self) -> Channel {
        self.endpoint.clone().initial_stream_window_size(64).connect().await.expect("a connection")
    }

    pub(crate) fn checks(&self) -> CheckServiceClient<Channel> {
        CheckServiceClient::new(self.channel())
    }

    pub(crate) fn intake(&self) -> IntakeServiceClient<Channel> {
        IntakeServiceClient::new(self.channel())
    }

    pub(crate) async fn check(&self, request: CheckRequest) -> Result<CheckResponse, Status> {
        self.checks().check(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn answer(&self, request: CheckRequest) -> Answer {
        self.check(request).await.expect("an answer").answer.expect("an answer")
    }

    pub(crate) async fn publish(&self, event: CloudEvent) -> Outcome {
        let sent = self.intake().publish(Request::new(PublishRequest { event: Some(event) })).await;
        sent.expect("an answer").into_inner().outcome.expect("an outcome").outcome.expect("an outcome")
    }

    /// Publishes an event that must be accepted.
    pub(crate) async fn accept(&self, event: CloudEvent) -> Accepted {
        match self.publish(event).await {
            Outcome::Accepted(accepted) => accepted,
            other => panic!("{other:?}"),
        }
    }

    /// Lists firms, by one stream.
    pub(crate) async fn list(&self, firms: &[String], starts: &str) {
        let sent: Vec<PublishStreamRequest> = (0..)
            .zip(firms)
            .map(|(at, firm): (u32, _)| listed(&format!("list-{at}"), firm, starts))
            .map(|event| PublishStreamRequest { event: Some(event) })
            .collect();
        let mut answers = self.intake().publish_stream(tokio_stream::iter(sent)).await.expect("answers").into_inner();
        for _ in firms {
            let outcome = answers.message().await.expect("an answer").expect("an answer").outcome;
            assert!(matches!(outcome.expect("an outcome").outcome, Some(Outcome::Accepted(_))));
        }
    }

    /// What an HTTP port says to a GET.
    pub(crate) fn get(&self, path: &str) -> String {
        use std::io::Write;
        let mut stream = std::net::TcpStream::connect(&self.http).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: heng\r\nconnection: close\r\n\r\n").expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        text
    }

    /// How much the priority of each of its threads is lowered, by their names.
    pub(crate) fn niceness(&self) -> Vec<(String, i32)> {
        let tasks = format!("/proc/{}/task", self.child.lock().expect("no test panicked").id());
        let stats = fs::read_dir(tasks).expect("threads").map(|task| {
            let stat = fs::read_to_string(task.expect("a thread").path().join("stat")).expect("its state");
            let (head, rest) = stat.rsplit_once(')').expect("a name");
            // Field 19 of proc_pid_stat(5); the first after the name is the third.
            let nice = rest.split_whitespace().nth(16).expect("a number").parse().expect("a number");
            (head.split_once('(').expect("a name").1.to_owned(), nice)
        });
        stats.collect()
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(self) -> ExitStatus {
        let mut child = self.child.lock().expect("no test panicked");
        let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        child.wait().expect("a status")
    }

    /// Kills it with signal 9, whoever still talks to it, and waits until it is gone.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().expect("no test panicked");
        child.kill().expect("a running program");
        child.wait().expect("a status");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            // Has ended already where a test stopped it.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The code of the nth firm.
pub(crate) fn firm(number: u32) -> String {
    let body = format!("{number:08}");
    let mut code = format!("91420100{body}").into_bytes();
    code.push(uscc::organisation_check_character(body.as_bytes()).expect("a body"));
    code.push(uscc::check_character(&code).expect("17 characters"));
    String::from_utf8(code).expect("ASCII")
}

/// The organisation code inside a firm's code.
pub(crate) fn organisation(firm: &str) -> String {
    firm[8..17].to_owned()
}

pub(crate) fn event(source: &str, id: &str, kind: &str, subject: &str, data: &serde_json::Value) -> CloudEvent {
    CloudEvent {
        id: id.to_owned(),
        source: source.to_owned(),
        r#type: kind.to_owned(),
        subject: subject.to_owned(),
        data: data.to_string().into_bytes(),
        ..CloudEvent::default()
    }
}

/// A firm is listed: barred from tenders for a year from a day on.
pub(crate) fn listed(id: &str, subject: &str, starts: &str) -> CloudEvent {
    let data = serde_json::json!({
        "record": format!("r-{id}"), "item": "s.listed", "decided_on": starts, "document_no": format!("甲示〔2023〕{id}号"),
        "fields": {"amount": "100.00", "starts": starts},
    });
    event("/gov/a", id, "credit.recorded", subject, &data)
}

/// A check of the matter that being listed bears on.
pub(crate) fn tender(subject: &str, on: &str) -> CheckRequest {
    CheckRequest { as_of: Some(day(on)), ..tender_today(subject) }
}

pub(crate) fn tender_today(subject: &str) -> CheckRequest {
    CheckRequest { subject: subject.to_owned(), matter: "tender".to_owned(), ..CheckRequest::default() }
}

pub(crate) fn day(text: &str) -> i32 {
    text.parse::<Day>().expect("a day").number()
}

/// What is asked and answered on behalf of subjects and departments.
impl Served {
    pub(crate) fn rights(&self) -> RightsServiceClient<Channel> {
        RightsServiceClient::new(self.channel())
    }

    pub(crate) fn audits(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel())
    }

    pub(crate) async fn report(&self, request: SubjectReportRequest) -> Result<SubjectReportResponse, Status> {
        self.rights().subject_report(request).await.map(tonic::Response::into_inner)
    }

    /// The report about a subject as it stands today.
    pub(crate) async fn reported(&self, subject: &str) -> SubjectReportResponse {
        let request = SubjectReportRequest { subject: subject.to_owned(), ..SubjectReportRequest::default() };
        self.report(request).await.expect("a report")
    }

    /// The server's civil day, counted from which records of a test are dated.
    pub(crate) async fn today(&self) -> Day {
        let answer = self.check(tender_today(&firm(0))).await.expect("an answer");
        Day::from_number(answer.as_of)
    }
}

/// A day so many days later, or earlier.
pub(crate) fn later(day: Day, days: i32) -> Day {
    Day::from_number(day.number() + days)
}

impl Place {
    /// Every look that the access log of this place has, in the order of its frames.
    pub(crate) fn looks(&self) -> Vec<Look> {
        let view = DataDirView::open(self.data()).expect("a data directory");
        let mut looks = Vec::new();
        let torn = AccessLog::open(&view).expect("an access log").each(None, |look| {
            looks.push(look);
            Ok::<(), ReadAccessError>(())
        });
        assert_eq!(torn.expect("an access log"), Vec::<String>::new());
        looks
    }
}
