//! A data directory, a configuration, and `heng` at work on them.

use crate::broker::Broker;
use heng_log::{DataDirView, JournalReader, Stream};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};
use tonic::transport::{Channel, Endpoint};

/// Partitions of the log.
pub(crate) const PARTITIONS: u16 = 2;

pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) prefix: String,
}

/// A running `heng serve`.
pub(crate) struct Served {
    child: Child,
    http: String,
    pub(crate) grpc: String,
    log: PathBuf,
}

/// Waits for something to become true.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(300), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/pack")
}

impl Place {
    /// Topics of their own prefix on a broker; not made yet.
    pub(crate) fn new(broker: &Broker, prefix: &str) -> Self {
        Self::with(broker, prefix, "")
    }

    /// The same, with further lines of [kafka].
    pub(crate) fn with(broker: &Broker, prefix: &str, more: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder"), prefix: prefix.to_owned() };
        let (data, pack, brokers) = (place.data(), pack(), &broker.brokers);
        let text = format!(
            "[data]\ndir = {data:?}\npack = {pack:?}\npartitions = {PARTITIONS}\n\
             [listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n[engine]\ncheckpoint_subjects = 25\n\
             [kafka]\nbrokers = {brokers:?}\nprefix = {prefix:?}\nreplication = 1\nmin_insync = 1\n{more}"
        );
        fs::write(place.config(), text).expect("a configuration");
        place
    }

    /// With topics.
    pub(crate) fn made(broker: &Broker, prefix: &str) -> Self {
        let place = Self::new(broker, prefix);
        place.heng(&["topics", "create"]).expect(0);
        place
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.file("heng.toml")
    }

    pub(crate) fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// Runs a command that takes the configuration.
    pub(crate) fn heng(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
        command.args(arguments).arg("--config").arg(self.config()).stdin(Stdio::null()).env_remove("HENG_LOG");
        command.output().expect("the program starts").into()
    }

    /// Starts the service and waits for its ports.
    pub(crate) fn start(&self) -> Served {
        self.start_as(&[])
    }

    /// The same with further arguments.
    pub(crate) fn start_as(&self, more: &[&str]) -> Served {
        let log = fs::File::options().create(true).append(true).open(self.file("serve.log")).expect("a log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_heng"))
            .args(["serve", "--config"])
            .arg(self.config())
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .env("HENG_LOG", "info")
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ports: {}", self.log()));
        let address = |name: &str| said[name].as_str().expect("an address").to_owned();
        Served { child, http: address("http"), grpc: address("grpc"), log: self.file("serve.log") }
    }

    /// Runs the service, which ends before it listens; what it said.
    pub(crate) fn start_fails(&self) -> String {
        self.heng(&["serve"]).expect(1).err
    }

    /// Starts the service and waits until it is ready.
    pub(crate) fn serve(&self) -> Served {
        self.serve_as(&[])
    }

    /// The same with further arguments.
    pub(crate) fn serve_as(&self, more: &[&str]) -> Served {
        let mut served = self.start_as(more);
        until("the service is ready", || {
            assert!(served.exit().is_none(), "it ended: {}", self.log());
            served.is_ready()
        });
        served
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.file("serve.log")).unwrap_or_default()
    }

    /// The entries of the journals of a stream, by partition.
    pub(crate) fn journal(&self, stream: Stream) -> Vec<Vec<Vec<u8>>> {
        let view = DataDirView::open(self.data()).expect("a data directory");
        let read = |partition| {
            let dir = DataDirView::journal_dir(stream, partition);
            let stamp = view.meta().stamp(stream, partition);
            let reader = JournalReader::open(&view.disk(), &dir, &stamp).expect("a journal");
            let (mut scanner, mut entries) = (reader.scan(0), Vec::new());
            while let Some(frame) = scanner.next_frame() {
                entries.push(frame.expect("a frame").1.entry.to_vec());
            }
            entries
        };
        (0..PARTITIONS).map(read).collect()
    }
}

impl Served {
    /// A connection to its gRPC port.
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.grpc)).expect("an address");
        endpoint.connect().await.expect("a connection")
    }

    /// What the HTTP port says to a GET; nothing where it does not answer.
    pub(crate) fn get(&self, path: &str) -> String {
        let Ok(mut stream) = std::net::TcpStream::connect(&self.http) else { return String::new() };
        let mut text = String::new();
        let asked = write!(stream, "GET {path} HTTP/1.1\r\nhost: heng\r\nconnection: close\r\n\r\n");
        // What was answered in part is asked for again.
        let _ = asked.and_then(|()| stream.read_to_string(&mut text));
        text
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.get("/readyz").starts_with("HTTP/1.1 200")
    }

    /// The sum of a metric over its labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics");
        let lines = text
            .lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{')));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// How it ended, if it did.
    pub(crate) fn exit(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a status")
    }

    /// Waits for it to end by itself.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let mut status = None;
        until("the service ends by itself", || {
            status = self.exit();
            status.is_some()
        });
        status.unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().expect("a status").success());
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// Kills it with signal 9.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a running program");
        self.child.wait().expect("a status");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Has ended already where a test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a finished program said.
pub(crate) struct Said {
    code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Said {
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// Its lines of JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}
