//! `heng run`: event files into an embedded log.

mod dead_letters;
mod first;
mod on_log;
mod summary;

use super::serve::shared_log::is_copy;
use crate::data::read_pack;
use crate::output::{note, progress};
use anyhow::Context;
pub(super) use dead_letters::DeadLetters;
use first::Candidate;
use heng_files::{JsonLines, ParsedEvent, parse_line};
use heng_log::{DataDir, DataDirError, Meta, RealDisk};
use heng_model::{Day, Position};
use heng_rules::PackFiles;
use heng_server::{Arrival, Engine, EngineOptions, Submitted};
use heng_store::SledStore;
use indicatif::ProgressBar;
use on_log::OnLog;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use summary::Summary;

/// Exit code where some lines were refused.
const SOME_REFUSED: u8 = 3;
/// Subjects changed after which a checkpoint is worth its time.
pub(super) const CHECKPOINT_SUBJECTS: usize = 2_000_000;
/// Lines whose events are waiting to be folded, kept to tell which one the fold refused.
const LINES_KEPT_MAX: usize = 4_096;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng run --pack rules/packs/cn-hubei --data ./data --until 2025-12-31 events.jsonl

Exit code 0: every line was accepted or a duplicate; 3: some were refused, or events of earlier runs were (all are
in DATA/deadletter.jsonl, each with its reason); 1: failure, after which the same command goes on where it stopped.")]
pub(crate) struct Args {
    /// Folder of the rule pack
    #[arg(long, value_name = "DIR")]
    pack: PathBuf,
    /// Data directory; made if it does not exist
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Open days up to this one at the end
    #[arg(long, value_name = "DATE")]
    until: Day,
    /// Partitions of a new data directory
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    partitions: u16,
    /// Print the summary as one line of JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// Subjects changed after which a checkpoint is worth its time
    #[arg(long, value_name = "N", default_value_t = CHECKPOINT_SUBJECTS, hide = true)]
    checkpoint_subjects: usize,
    /// Event files, `CloudEvents` JSON lines; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let pack = read_pack(&args.pack)?;
    let job = Job {
        data: &args.data,
        files: &args.files,
        until: args.until,
        partitions: args.partitions,
        checkpoint_subjects: args.checkpoint_subjects,
        quiet: args.quiet,
    };
    let summary = ingest(&job, &pack)?;
    summary.print(args.json)?;
    Ok(if summary.has_letters() { ExitCode::from(SOME_REFUSED) } else { ExitCode::SUCCESS })
}

/// What is ingested, and where to.
pub(super) struct Job<'a> {
    pub(super) data: &'a Path,
    pub(super) files: &'a [PathBuf],
    pub(super) until: Day,
    /// Of a new data directory.
    pub(super) partitions: u16,
    pub(super) checkpoint_subjects: usize,
    pub(super) quiet: bool,
}

/// Opens the data directory, or makes it.
fn data_dir(job: &Job<'_>, pack: &PackFiles) -> anyhow::Result<DataDir> {
    match DataDir::open(job.data) {
        Err(DataDirError::NotData { .. }) => {
            let meta = Meta { partitions: job.partitions, simulated: true, log_id: pack.sha256() };
            Ok(DataDir::create(job.data, meta)?)
        }
        opened => {
            let opened = opened?;
            anyhow::ensure!(
                !is_copy(&opened),
                "`{}` is a copy of a log on Kafka: its events are written there",
                job.data.display()
            );
            Ok(opened)
        }
    }
}

/// Ingests files into a data directory and folds them.
pub(super) fn ingest(job: &Job<'_>, pack: &PackFiles) -> anyhow::Result<Summary> {
    let candidate = Candidate::load(pack)?;
    let dir = data_dir(job, pack)?;
    let bar = progress(0, "entries", job.quiet);
    bar.set_message("catching up");
    let store = SledStore::new(dir.state());
    let options = EngineOptions { store: Some(Box::new(store)), progress: &mut |entries| bar.inc(entries) };
    let (engine, opened) = Engine::open_dir(&dir, options)?;
    bar.finish_and_clear();
    for (journal, recovery) in &opened.recoveries {
        if let Some(torn) = &recovery.torn {
            note(&format!("{journal}: {torn}"));
        }
    }
    for reason in &opened.rejected {
        note(reason);
    }
    let mut run = Run {
        engine,
        letters: DeadLetters::open(&dir.dead_letters())?,
        kept: BTreeMap::new(),
        summary: Summary::default(),
        dir,
        candidate,
        files: pack.clone(),
        activated: false,
        checkpoint_subjects: job.checkpoint_subjects,
    };
    run.refuse_folded(opened.folded.refused)?;
    let started = Instant::now();
    let bar = progress(total_bytes(job.files), "bytes", job.quiet);
    bar.set_message("ingesting");
    for file in job.files {
        run.file(file, &bar)?;
    }
    run.finish(job.until)?;
    bar.finish_and_clear();
    run.summary.seconds = started.elapsed().as_secs_f64();
    run.summary.dead_letters = run.letters.path().to_owned();
    run.letters.sync()?;
    run.engine.close()?;
    Ok(run.summary)
}

fn total_bytes(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|meta| meta.len()).sum()
}

/// A line whose event waits to be folded.
struct Kept {
    file: String,
    line: u64,
    bytes: Vec<u8>,
}

struct Run {
    engine: Engine<RealDisk>,
    letters: DeadLetters,
    kept: BTreeMap<Position, Kept>,
    summary: Summary,
    dir: DataDir,
    candidate: Candidate,
    files: PackFiles,
    /// Was the pack activated, or found to be in force?
    activated: bool,
    checkpoint_subjects: usize,
}

impl Run {
    fn file(&mut self, path: &Path, bar: &ProgressBar) -> anyhow::Result<()> {
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?)
        };
        let name = path.display().to_string();
        let mut lines = JsonLines::new(BufReader::with_capacity(1 << 20, input));
        while let Some(line) = lines.next_line().with_context(|| format!("cannot read `{name}`"))? {
            self.summary.read += 1;
            match line.bytes {
                Ok(bytes) => {
                    bar.inc(bytes.len() as u64 + 1);
                    self.line(&name, line.number, bytes)?;
                }
                Err(error) => self.refuse(&name, line.number, b"", &error.to_string())?,
            }
        }
        Ok(())
    }

    fn line(&mut self, file: &str, number: u64, bytes: &[u8]) -> anyhow::Result<()> {
        let submitted = match parse_line(bytes) {
            Ok(parsed) => self.submit(&parsed)?,
            Err(error) => Err(error.to_string()),
        };
        match submitted {
            Ok(Submitted::Accepted(position)) => {
                self.summary.accepted += 1;
                if let Some(position) = position {
                    self.kept.insert(position, Kept { file: file.to_owned(), line: number, bytes: bytes.to_vec() });
                }
                if self.kept.len() >= LINES_KEPT_MAX {
                    self.settle()?;
                }
            }
            Ok(Submitted::Duplicate) => self.summary.duplicate += 1,
            Ok(Submitted::Refused(refusal)) => self.refuse(file, number, bytes, &refusal.to_string())?,
            Err(reason) => self.refuse(file, number, bytes, &reason)?,
        }
        Ok(())
    }

    /// Hands a parsed line to the engine; the inner error is the line's, the outer one the engine's.
    fn submit(&mut self, parsed: &ParsedEvent<'_>) -> anyhow::Result<Result<Submitted, String>> {
        let Some(known_ms) = parsed.time_ms().or_else(|| self.engine.known_ms()) else {
            return Ok(Err(
                "time: missing, and no event before it tells the day: state when the source published it".to_owned()
            ));
        };
        if !self.activated {
            if self.engine.today().is_none()
                && let Err(reason) = self.candidate.judge(parsed, known_ms)
            {
                return Ok(Err(reason));
            }
            self.activate(known_ms)?;
        }
        let event = match first::event(parsed, |given| self.engine.resolve(given)) {
            Ok(event) => event,
            Err(reason) => return Ok(Err(reason)),
        };
        let arrival = Arrival {
            event,
            subject_as_sent: parsed.subject_as_sent(),
            other_as_sent: parsed.other_subject_as_sent().ok().flatten(),
            claimed_time: parsed.claimed_time(),
            traceparent: parsed.traceparent(),
            context: None,
            known_ms,
        };
        Ok(Ok(self.engine.submit(&arrival)?))
    }

    /// A log's first pack takes effect with its first day, that of `first_ms`; one that follows another with the next day,
    /// and is known at once: no line yet to be judged dates it.
    fn activate(&mut self, first_ms: i64) -> anyhow::Result<()> {
        let (on, known_ms) = match self.engine.today() {
            Some(today) => (today.next(), self.engine.known_ms().unwrap_or(first_ms)),
            None => (Day::EARLIEST, first_ms),
        };
        self.engine.activate(&self.files, on, known_ms)?;
        self.activated = true;
        Ok(())
    }

    fn refuse(&mut self, file: &str, line: u64, bytes: &[u8], reason: &str) -> anyhow::Result<()> {
        self.summary.refused += 1;
        self.letters.put(Some((file, "", line)), None, bytes, reason)
    }

    /// Makes what was accepted durable and folded, and counts what the fold refused.
    fn settle(&mut self) -> anyhow::Result<()> {
        self.engine.flush()?;
        let folded = self.engine.take_folded();
        self.summary.decisions += folded.decisions;
        for position in folded.duplicates {
            if self.kept.contains_key(&position) {
                self.summary.accepted -= 1;
                self.summary.duplicate += 1;
            }
        }
        self.refuse_folded(folded.refused)?;
        self.kept.clear();
        // What a checkpoint has passed is not folded again: its dead letters must be durable first.
        if let Some(done) = self.engine.checkpoint_done() {
            done?;
        }
        if self.engine.changed_len() > self.checkpoint_subjects && !self.engine.is_saving() {
            self.letters.sync()?;
            self.engine.begin_checkpoint()?;
        }
        Ok(())
    }

    fn refuse_folded(&mut self, refused: Vec<(Position, heng_core::Refusal)>) -> anyhow::Result<()> {
        let mut log = OnLog::new(&self.dir);
        for (position, refusal) in refused {
            let reason = refusal.to_string();
            if let Some(Kept { file, line, bytes }) = self.kept.remove(&position) {
                self.summary.accepted -= 1;
                self.summary.refused += 1;
                self.letters.put(Some((&file, "", line)), Some(position), &bytes, &reason)?;
            } else if !self.letters.has(position) {
                self.summary.refused_late += 1;
                self.letters.put(None, Some(position), log.line(position)?.as_bytes(), &reason)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, until: Day) -> anyhow::Result<()> {
        let until_ms = self.candidate.time_zone().day_start_ms(until);
        if !self.activated {
            self.activate(until_ms)?;
        }
        self.engine.open_days(until_ms)?;
        self.settle()?;
        self.summary.today = self.engine.today();
        self.summary.subjects = self.engine.partitions().map(heng_core::Partition::subjects_len).sum();
        Ok(())
    }
}
