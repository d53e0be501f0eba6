//! A data directory with many subjects in force and a checkpoint, and Heng serving it in this process.

use crate::bench::serving::{How, Serving};
use crate::clock;
use crate::pack::OnePack;
use crate::report::{note, whole};
use crate::synthetic::{KNOWN_MS, Numbers, TAX, enterprise, today};
use heng_core::{Body, Control, Event, FieldValue, Recorded};
use heng_log::codec::{self, Envelope};
use heng_log::{DataDir, DataDirView, Journal, JournalOptions, Meta, Stream};
use heng_model::Day;
use heng_rules::PackFiles;
use heng_server::access::AccessOptions;
use heng_server::runner::Clock;
use heng_server::{Engine, EngineOptions, Shelf};
use heng_store::SledStore;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Events appended between two syncs of the journal.
const BATCH: u64 = 50_000;
/// One subject in so many has a penalty that bars it from procurement.
pub(in crate::bench) const BARRED_EVERY: u64 = 10;

/// A clock that stands at the log's last day and may be moved on.
pub(in crate::bench) struct Moved {
    started: Instant,
    base_ms: AtomicI64,
}

impl Moved {
    pub(in crate::bench) fn new() -> Self {
        Self { started: Instant::now(), base_ms: AtomicI64::new(KNOWN_MS) }
    }

    /// Moves on to the day after the one last opened.
    pub(in crate::bench) fn move_to_the_day_after(&self, opened: Option<Day>) {
        let ahead = opened.map_or(0, |day| day.number() - today().number()).max(0) + 1;
        self.base_ms.store(KNOWN_MS + i64::from(ahead) * 86_400_000, Ordering::Relaxed);
    }
}

impl Clock for Moved {
    fn now_ms(&self) -> i64 {
        let passed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.base_ms.load(Ordering::Relaxed).saturating_add(passed)
    }
}

/// Heng, serving.
pub(in crate::bench) struct World {
    pub(in crate::bench) serving: Serving,
    pub(in crate::bench) clock: Arc<Moved>,
    /// From nothing in memory until checks are answered.
    pub(in crate::bench) started_in: Duration,
    /// Processor time of the same.
    pub(in crate::bench) start_cost: Duration,
}

/// Makes a data directory in which every subject has a measure in force, folds it and writes a checkpoint.
pub(in crate::bench) fn make(path: &Path, subjects: u64) -> anyhow::Result<()> {
    let dir = write_log(path, subjects, 1)?;
    let store = Some(Box::new(SledStore::new(dir.state())) as _);
    let mut folded = 0;
    let mut progress = |entries: u64| {
        folded += entries;
        if folded % 250_000 == 0 {
            note(&format!("{} events folded", whole(folded)));
        }
    };
    let (engine, opened) = Engine::open_dir(&dir, EngineOptions { store, progress: &mut progress })?;
    anyhow::ensure!(opened.folded.refused.is_empty(), "an event was refused: {:?}", opened.folded.refused.first());
    engine.close()?;
    Ok(())
}

/// Makes a data directory with a log of so many penalties a subject, not folded.
pub(in crate::bench) fn write_log(path: &Path, subjects: u64, each: u64) -> anyhow::Result<DataDir> {
    let packs = OnePack::hubei()?;
    let dir = DataDir::create(path, Meta { partitions: 1, simulated: true, log_id: [7; 32] })?;
    Shelf::open(&dir.disk())?.keep(&dir.disk(), &packs.files)?;
    let stamp = dir.meta().stamp(Stream::Events, 0);
    let journal_dir = DataDirView::journal_dir(Stream::Events, 0);
    let (mut journal, _) = Journal::open(&dir.disk(), &journal_dir, JournalOptions::new(stamp))?;
    let mut entry = Vec::new();
    let activated =
        Control::PackActivated { pack: "cn-hubei", version: "bench", sha256: packs.sha256(), on: Day::EARLIEST };
    for control in [activated, Control::DayOpened { date: today() }] {
        codec::encode_control(&mut entry, KNOWN_MS, &control)?;
        journal.append(&entry, &[])?;
    }
    let mut numbers = Numbers::new(subjects);
    for number in 0..subjects.saturating_mul(each) {
        penalty(&mut entry, number, number % subjects.max(1), numbers.below(300))?;
        journal.append(&entry, &[])?;
        if number % BATCH == BATCH - 1 {
            journal.sync()?;
        }
    }
    journal.close()?;
    Ok(dir)
}

/// A penalty of the last months, large enough for some to bar from procurement.
fn penalty(entry: &mut Vec<u8>, number: u64, subject: u64, days_ago: u64) -> anyhow::Result<()> {
    let subject = enterprise(subject)?;
    let (id, text) = (format!("e{number}"), subject.to_string());
    let amount = if number.is_multiple_of(BARRED_EVERY) { "2500000.00" } else { "12000.00" };
    let field = FieldValue::Text;
    let recorded = Recorded {
        record: &id,
        item: "tax.penalty",
        decided_on: Day::from_number(today().number() - 1 - i32::try_from(days_ago)?),
        document_no: Some("DOC-1"),
        capacity: None,
        dates: Vec::new(),
        fields: vec![("amount", field(amount)), ("nature", field("invoice")), ("tier", field("serious"))],
    };
    let event = Event { source: TAX, id: &id, subject, body: Body::Recorded(recorded) };
    let envelope = Envelope { known_ms: KNOWN_MS, subject_as_sent: &text, ..Envelope::default() };
    Ok(codec::encode_event(entry, &envelope, &event)?)
}

impl World {
    /// Subjects of whom something is in force.
    pub(in crate::bench) fn in_force(&self) -> u64 {
        u64::try_from(self.serving.handle.index().len()).unwrap_or(u64::MAX)
    }

    /// Starts Heng from the checkpoint; a pack that is named takes effect with the next day.
    pub(in crate::bench) async fn start(
        dir: &DataDir,
        threads: usize,
        options: AccessOptions,
        pack: Option<PackFiles>,
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(Moved::new());
        let (started, before) = (Instant::now(), clock::process());
        let how = How { threads, access: options, clock: Arc::clone(&clock) as Arc<dyn Clock>, pack };
        let serving = Serving::start(dir, how).await?;
        let (started_in, start_cost) = (started.elapsed(), clock::process().saturating_sub(before));
        Ok(Self { serving, clock, started_in, start_cost })
    }
}
