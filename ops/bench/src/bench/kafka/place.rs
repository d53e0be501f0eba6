//! A data directory, a configuration, and `heng serve` at work on them.

use super::{Log, PARTITIONS, PATIENCE};
use crate::Size;
use anyhow::Context as _;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// How long until the metrics are asked for again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Place {
    folder: tempfile::TempDir,
    heng: PathBuf,
    pub(super) prefix: String,
}

impl Place {
    /// A place for an engine with topics of a prefix; topics are not made.
    pub(super) fn new(size: &Size, brokers: &str, prefix: &str, log: Log) -> anyhow::Result<Self> {
        let heng = match &size.heng {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("heng"),
        };
        anyhow::ensure!(
            heng.is_file(),
            "there is no program `{}`: cargo build --release -p heng, or name it with --heng PATH",
            heng.display()
        );
        let folder = tempfile::tempdir()?;
        let (data, is_shared) = (folder.path().join("data"), log == Log::Shared);
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/cn-hubei");
        let text = format!(
            "[data]\ndir = {data:?}\npack = {pack:?}\npartitions = {PARTITIONS}\n\
             [listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n\
             [kafka]\nbrokers = {brokers:?}\nprefix = {prefix:?}\nreplication = 1\nmin_insync = 1\nshared_log = {is_shared}\n"
        );
        fs::write(folder.path().join("heng.toml"), text)?;
        Ok(Self { folder, heng, prefix: prefix.to_owned() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.heng);
        command.args(arguments).arg("--config").arg(self.folder.path().join("heng.toml"));
        command.stdin(Stdio::null()).env_remove("HENG_LOG");
        command
    }

    pub(super) fn create_topics(&self) -> anyhow::Result<()> {
        let said = self.command(&["topics", "create"]).output()?;
        let text = String::from_utf8_lossy(&said.stderr);
        anyhow::ensure!(said.status.success(), "heng topics create: {text}");
        Ok(())
    }

    pub(super) fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// Starts the service and waits for its ports; it may not be ready.
    pub(super) fn start(&self) -> anyhow::Result<Served> {
        let log = self.folder.path().join("serve.log");
        let mut child =
            self.command(&["serve"]).stdout(Stdio::piped()).stderr(fs::File::create(&log)?).spawn().context("heng")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let mut served = Served { child, http: ([127, 0, 0, 1], 0).into(), grpc: ([127, 0, 0, 1], 0).into(), log };
        let Ok(said) = serde_json::from_str::<Value>(&line) else { return Err(served.ended()) };
        let address =
            |name: &str| said.get(name).and_then(Value::as_str).context("no address")?.parse().context("address");
        (served.http, served.grpc) = (address("http")?, address("grpc")?);
        Ok(served)
    }

    /// Starts the service and waits until it is ready.
    pub(super) fn serve(&self) -> anyhow::Result<Served> {
        let mut served = self.start()?;
        served.until("the service is ready", |served| Ok(served.get("/readyz")?.starts_with("HTTP/1.1 200")))?;
        Ok(served)
    }
}

/// A running `heng serve`; killed where it is dropped.
pub(super) struct Served {
    child: Child,
    http: SocketAddr,
    pub(super) grpc: SocketAddr,
    log: PathBuf,
}

impl Served {
    fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.http)?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: heng\r\nconnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }

    pub(super) fn metrics(&self) -> anyhow::Result<Metrics> {
        Ok(Metrics(self.get("/metrics")?))
    }

    /// Processor time so far.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        crate::clock::of_process(self.child.id())
    }

    /// Waits until something is so; an error where the program ends, or it takes too long.
    pub(super) fn until(
        &mut self,
        what: &str,
        is_so: impl FnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Instant> {
        self.until_within(PATIENCE * 3, what, is_so)
    }

    /// The same, for what may take so long.
    pub(super) fn until_within(
        &mut self,
        patience: Duration,
        what: &str,
        mut is_so: impl FnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Instant> {
        let began = Instant::now();
        loop {
            match is_so(self) {
                Ok(true) => return Ok(Instant::now()),
                Ok(false) => {}
                // Where it does not answer because it ended, it said why.
                Err(error) => {
                    if self.child.try_wait()?.is_some() {
                        return Err(self.ended().context(error.to_string()));
                    }
                }
            }
            anyhow::ensure!(began.elapsed() < patience, "waited in vain until {what}");
            thread::sleep(LOOK_EVERY);
        }
    }

    fn ended(&mut self) -> anyhow::Error {
        let status = self.child.wait().map(|it| it.to_string()).unwrap_or_default();
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        anyhow::anyhow!("heng serve ended ({status}): {said}")
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        let child = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(child, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "heng serve did not end well: {status}");
        Ok(())
    }

    /// Kills it with signal 9.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Has ended already where it was killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a service says about itself.
pub(super) struct Metrics(String);

impl Metrics {
    /// The sum of a metric over its labels.
    pub(super) fn sum(&self, name: &str) -> anyhow::Result<u64> {
        let is_of = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let values =
            self.0.lines().filter(is_of).map(|line| line.rsplit(' ').next().unwrap_or_default().parse::<u64>());
        values.sum::<Result<u64, _>>().with_context(|| format!("metric {name}"))
    }
}
