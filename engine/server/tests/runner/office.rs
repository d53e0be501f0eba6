//! An engine at work in a folder, with a clock that stands until it is set.

use heng_core::{Entry, Event, Refusal};
use heng_files::{LineError, OwnedEvent, Sent};
use heng_log::{DataDir, Meta};
use heng_model::{Day, SubjectId, TimeZone};
use heng_rules::{Effect, PackFiles};
use heng_server::access::{Access, AccessLog, AccessOptions, AccessThread, Look, ReadAccessError};
use heng_server::grpc::{Desk, ENCODE, Limits};
use heng_server::metrics::Metrics;
use heng_server::runner::{
    Clock, DeadLetters, EventReader, Handle, Incoming, Outcome, Parts, ReadEvent, Runner, RunnerOptions, Violation,
};
use heng_server::shared::SharedLog;
use heng_server::subscription::Names;
use heng_server::{Engine, EngineOptions, ResolveError};
use heng_store::SledStore;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Mutex;

pub(crate) const FIRM: &str = "91420100MA49XK7P6T";

pub(crate) struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) struct Office {
    folder: tempfile::TempDir,
    pub(crate) clock: Arc<SetClock>,
    /// While a test holds it no event is read: the engine stands.
    pub(crate) gate: Arc<Mutex<()>>,
}

pub(crate) struct Running {
    dir: DataDir,
    runner: Runner,
    clock: Arc<SetClock>,
    pub(crate) handle: Handle,
}

impl Office {
    /// The clock stands at noon of a day.
    pub(crate) fn on(day: &str) -> Self {
        let clock = Arc::new(SetClock(AtomicI64::new(0)));
        let office = Self { folder: tempfile::tempdir().unwrap(), clock, gate: Arc::default() };
        office.noon(day);
        office
    }

    pub(crate) fn noon(&self, day: &str) {
        self.clock.0.store(start_ms(day) + 12 * 3_600_000, Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn midnight(&self, day: &str) {
        self.clock.0.store(start_ms(day), Ordering::SeqCst);
    }

    /// Starts an engine, and waits until it has caught up.
    pub(crate) async fn start(&self, pack: PackFiles, options: RunnerOptions) -> Running {
        self.start_on(None, pack, options).await
    }

    /// The same, on a log that others write too.
    pub(crate) async fn start_on(
        &self,
        log: Option<Box<dyn SharedLog>>,
        pack: PackFiles,
        options: RunnerOptions,
    ) -> Running {
        let path = self.folder.path().join("data");
        let meta = Meta { partitions: 2, simulated: false, log_id: [7; 32] };
        let dir = DataDir::open(&path).or_else(|_| DataDir::create(&path, meta)).unwrap();
        let parts = Parts {
            reader: Arc::new(Reader(self.gate.clone())),
            letters: Box::new(NoLetters),
            clock: self.clock.clone(),
            pack: Some(pack),
            encode: ENCODE,
            traces: heng_server::trace::Traces::default(),
        };
        let (disk, meta, state) = (dir.disk(), dir.meta().clone(), dir.state());
        let open = move || {
            let store = Some(Box::new(SledStore::new(state)) as _);
            let options = EngineOptions { store, progress: &mut |_| {} };
            match log {
                Some(log) => Engine::open_shared(disk, meta, options, log),
                None => Engine::open(disk, meta, options),
            }
        };
        let (runner, handle) = Runner::start(open, parts, options).unwrap();
        handle.tick().await.unwrap();
        Running { dir, runner, clock: self.clock.clone(), handle }
    }

    pub(crate) fn has_checkpoint(&self) -> bool {
        self.folder.path().join("data/state").exists()
    }
}

impl Running {
    /// What services have at hand; the access log ends with its thread.
    pub(crate) fn desk(&self, limits: Limits) -> (Desk, AccessThread) {
        let metrics: Arc<Metrics> = Arc::default();
        let options = AccessOptions { strict: true, ..AccessOptions::default() };
        let (access, thread) = Access::start(&self.dir, options, self.clock.clone(), metrics.clone()).unwrap();
        let names = Arc::new(Names::open(self.dir.disk(), self.dir.meta(), 1).unwrap());
        let (handle, clock) = (self.handle.clone(), self.clock.clone());
        (Desk { handle, clock, limits, metrics, names, packs: self.dir.disk(), access }, thread)
    }

    /// Every look-up in the access log.
    pub(crate) fn looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        let log = AccessLog::open(&self.dir).unwrap();
        let show = |look| {
            looks.push(look);
            Ok::<(), ReadAccessError>(())
        };
        assert_eq!(log.each(None, show).unwrap(), Vec::<String>::new());
        looks
    }

    pub(crate) async fn publish(&self, incoming: Incoming) -> Outcome {
        self.handle.publish(incoming).await.unwrap().await.unwrap()
    }

    pub(crate) async fn accept(&self, incoming: Incoming) {
        let outcome = self.publish(incoming).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }

    /// The verdict on the tender of a firm, and when it next changes.
    pub(crate) fn tender(&self, firm: &str, on: Day) -> (Option<Effect>, Option<Day>) {
        let subject: SubjectId = firm.parse().unwrap();
        let view = self.handle.index().view();
        self.handle.index().verdict(view.as_ref().unwrap(), &subject, "tender", on).unwrap()
    }

    pub(crate) fn day(&self) -> Day {
        self.handle.index().view().as_ref().unwrap().day().unwrap()
    }

    pub(crate) async fn stop(self) {
        self.handle.stop().await;
        self.runner.join().unwrap();
    }
}

fn start_ms(text: &str) -> i64 {
    "Asia/Shanghai".parse::<TimeZone>().unwrap().day_start_ms(day(text))
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The made-up pack of the stories, with a change.
pub(crate) fn pack(version: &str, change: impl Fn(&str) -> String) -> PackFiles {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/heng/tests/stories/pack");
    let mut files = PackFiles::new();
    for name in ["pack.yaml", "laws.yaml", "matters.yaml", "measures.yaml", "sectors/s.yaml"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        let text = change(&text.replace("version: \"1\"", &format!("version: \"{version}\"")));
        files.add(name, text.into_bytes()).unwrap();
    }
    files
}

/// A firm is listed: barred from tenders for a year from a day on.
pub(crate) fn listed(id: &str, firm: &str, decided_on: &str, starts: &str) -> Incoming {
    let data = serde_json::json!({
        "record": id, "item": "s.listed", "decided_on": decided_on, "fields": {"amount": "100.00", "starts": starts},
    });
    incoming("/gov/a", id, "credit.recorded", firm, &data)
}

/// A firm is registered with an organisation code of old.
pub(crate) fn registered(id: &str, firm: &str, org_code: &str) -> Incoming {
    let aliases = [serde_json::json!({"scheme": "org_code", "code": org_code})];
    let data = serde_json::json!({"kind": "enterprise", "name": "某公司", "region": "420100", "aliases": aliases});
    incoming("/gov/a", id, "subject.registered", firm, &data)
}

/// A firm is merged into another.
pub(crate) fn merged(id: &str, firm: &str, into: &str) -> Incoming {
    incoming("/gov/b", id, "subject.merged", firm, &serde_json::json!({ "into": into }))
}

/// A record is taken back.
pub(crate) fn retracted(id: &str, firm: &str, record: &str) -> Incoming {
    incoming("/gov/a", id, "credit.retracted", firm, &serde_json::json!({ "record": record, "reason": "事实有误" }))
}

fn incoming(source: &str, id: &str, kind: &str, firm: &str, data: &serde_json::Value) -> Incoming {
    Incoming {
        id: id.to_owned(),
        source: source.to_owned(),
        kind: kind.to_owned(),
        subject: firm.to_owned(),
        data: data.to_string().into_bytes(),
        ..Incoming::default()
    }
}

struct Reader(Arc<Mutex<()>>);

struct Read(OwnedEvent, Arc<Mutex<()>>);

fn violation(error: &LineError) -> Violation {
    Violation { field: error.field().to_owned(), message: error.to_string() }
}

impl EventReader for Reader {
    fn read(&self, incoming: Incoming) -> Result<Box<dyn ReadEvent>, Violation> {
        let Incoming { id, source, kind, subject, data, .. } = incoming;
        let sent = Sent { id, source, kind, subject, data, ..Sent::default() };
        let read = OwnedEvent::read(sent).map_err(|error| violation(&error))?;
        Ok(Box::new(Read(read, Arc::clone(&self.0))))
    }
}

impl ReadEvent for Read {
    fn event(&self, resolve: &dyn Fn(&str) -> Result<SubjectId, ResolveError>) -> Result<Event<'_>, Violation> {
        drop(self.1.blocking_lock());
        let parsed = self.0.parsed();
        let other = parsed.other_subject_as_sent().unwrap().map(|given| resolve(given).unwrap());
        parsed.event(resolve(parsed.subject_as_sent()).unwrap(), other).map_err(|error| violation(&error))
    }

    fn subject_as_sent(&self) -> &str {
        self.0.parsed().subject_as_sent()
    }

    fn other_as_sent(&self) -> Option<&str> {
        self.0.parsed().other_subject_as_sent().unwrap()
    }

    fn claimed_time(&self) -> Option<&str> {
        None
    }

    fn traceparent(&self) -> Option<&str> {
        None
    }
}

struct NoLetters;

impl DeadLetters for NoLetters {
    fn keep(&mut self, entry: &Entry<'_>, _: Option<&str>, refusal: &Refusal) -> io::Result<()> {
        panic!("{} was refused: {refusal}", entry.position);
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
