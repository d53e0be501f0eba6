//! Kills `heng run` with signal 9 at moments drawn by a seed, and compares what becomes of its data directory with a
//! run that nobody killed: nothing acknowledged is lost, no decision is lost or repeated.
//!
//! `HENG_KILLS` is the number of kills that must hit a running program, 12 by default; `HENG_SEED` draws others.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]

mod support;

use heng_log::Stream;
use heng_log::codec::decode_decision;
use heng_sim::random::Rng;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime};
use support::{entries, heng, json_lines, province, province_pack, run, said, totals};

const UNTIL: &str = "2026-12-31";
const SUBJECTS: u64 = 900;
const YEARS: u32 = 6;
/// One event of so many is sent a second time under another id: the fold refuses it.
const SECOND_RECORDS_EVERY: usize = 150;
const SIGKILL: i32 = 9;
/// Longer than any round takes on the slowest machine.
const ROUND_MAX: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(1);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// A province's events; some records are sent twice under different ids.
fn input(folder: &Path, seed: u64) -> (PathBuf, u64) {
    let mut lines = Vec::new();
    let mut recorded = 0_usize;
    for line in province(seed, SUBJECTS, YEARS) {
        let again = line.contains(r#""type":"credit.recorded""#).then(|| {
            recorded += 1;
            recorded.is_multiple_of(SECOND_RECORDS_EVERY).then(|| line.replacen(r#""id":""#, r#""id":"again-"#, 1))
        });
        lines.push(line);
        lines.extend(again.flatten());
    }
    let path = folder.join("events.jsonl");
    fs::write(&path, lines.join("\n")).expect("the input");
    (path, lines.len() as u64)
}

/// The command under test, the same every time.
fn command(data: &Path, input: &Path) -> Command {
    let mut command = run(&province_pack(), data, UNTIL, input);
    command.args(["--checkpoint-subjects", "200"]);
    command
}

/// What a data directory holds.
#[derive(PartialEq)]
struct Held {
    events: Vec<Vec<u8>>,
    decisions: Vec<Vec<u8>>,
}

impl Held {
    fn of(data: &Path) -> Self {
        Self { events: entries(data, Stream::Events, 0), decisions: entries(data, Stream::Decisions, 0) }
    }

    fn assert_begins(&self, whole: &Self, when: &str) {
        assert!(whole.events.starts_with(&self.events), "{when}: the events are no beginning of the unkilled run's");
        assert!(
            whole.decisions.starts_with(&self.decisions),
            "{when}: the decisions are no beginning of the unkilled run's"
        );
    }

    fn assert_kept_by(&self, later: &Self, when: &str) {
        assert!(later.events.starts_with(&self.events), "{when}: events were lost");
        assert!(later.decisions.starts_with(&self.decisions), "{when}: decisions were lost");
    }
}

/// The run that nobody kills.
struct Reference {
    held: Held,
    decisions: String,
    letters: BTreeMap<String, String>,
    took: Duration,
    log_bytes: u64,
    lines: u64,
}

/// Positions that the fold refused, with the reason; each stands in the dead letters once.
fn letters(data: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(data.join("deadletter.jsonl")).expect("dead letters");
    let mut letters = BTreeMap::new();
    for letter in text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
        let position = letter["position"].as_str().expect("the fold refused it").to_owned();
        let twice = letters.insert(position, letter["reason"].to_string());
        assert!(twice.is_none(), "{letter} stands twice in the dead letters");
    }
    letters
}

fn decisions_of(data: &Path) -> String {
    let said = said(heng().args(["decisions", "--all", "--json", "--data"]).arg(data));
    assert_eq!(said.code, Some(0), "{}", said.err);
    said.out
}

fn tree_bytes(folder: &Path) -> u64 {
    let Ok(found) = fs::read_dir(folder) else { return 0 };
    found
        .flatten()
        .map(
            |entry| {
                if entry.path().is_dir() {
                    tree_bytes(&entry.path())
                } else {
                    entry.metadata().map_or(0, |it| it.len())
                }
            },
        )
        .sum()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<PathBuf> = found
        .flatten()
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect();
    all.sort();
    all
}

fn reference(folder: &Path, input: &Path, lines: u64) -> Reference {
    let data = folder.join("unkilled");
    let started = Instant::now();
    let said = said(&mut command(&data, input));
    let took = started.elapsed();
    assert_eq!(said.code, Some(3), "second records are refused: {}", said.err);
    let [read, _, _, refused] = totals(&said.out);
    assert_eq!(read, lines);
    let letters = letters(&data);
    assert!(refused > 0 && refused == letters.len() as u64, "{} letters, {refused} refused", letters.len());
    let held = Held::of(&data);
    for (at, entry) in held.decisions.iter().enumerate() {
        assert_eq!(decode_decision(entry).expect("a decision").seq, at as u64, "seq has no holes");
    }
    assert!(held.decisions.len() > 100, "{} decisions", held.decisions.len());
    Reference { held, decisions: decisions_of(&data), letters, took, log_bytes: tree_bytes(&data.join("log")), lines }
}

/// What a kill aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Aim {
    /// A moment of the whole run.
    Moment,
    /// The first change of the state store: a checkpoint being opened, verified or written.
    Checkpoint,
    /// The end: nearly everything is on the log.
    Close,
    /// The end of a rebuild after a rejected checkpoint.
    Rebuilt,
}

/// A data directory under attack.
struct Victim<'a> {
    data: PathBuf,
    stderr: PathBuf,
    input: &'a Path,
    reference: &'a Reference,
    held: Held,
}

impl Victim<'_> {
    fn start(&self) -> Child {
        let stderr = File::create(&self.stderr).expect("a file for standard error");
        let stdout = File::create(self.stdout()).expect("a file for standard output");
        command(&self.data, self.input).stderr(stderr).stdout(stdout).spawn().expect("the program starts")
    }

    fn stdout(&self) -> PathBuf {
        self.stderr.with_extension("out")
    }

    fn noise(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    fn state_changed(&self, since: SystemTime) -> bool {
        let changed = |path: &PathBuf| fs::metadata(path).and_then(|it| it.modified()).is_ok_and(|time| time > since);
        files(&self.data.join("state")).iter().any(changed)
    }

    /// Starts the program, waits for the moment, kills it; the status is that of a signal where the kill hit.
    fn kill(&self, aim: Aim, delay: Duration) -> ExitStatus {
        let since = SystemTime::now();
        let mut child = self.start();
        let started = Instant::now();
        let reached = || match aim {
            Aim::Moment => true,
            Aim::Checkpoint => self.state_changed(since),
            Aim::Close => tree_bytes(&self.data.join("log")) >= self.reference.log_bytes / 100 * 95,
            Aim::Rebuilt => self.noise().contains("is rebuilt from the log"),
        };
        while !reached() && child.try_wait().expect("a status").is_none() {
            assert!(started.elapsed() < ROUND_MAX, "{aim:?} was never reached: {}", self.noise());
            std::thread::sleep(POLL);
        }
        let killed_at = Instant::now() + delay;
        while Instant::now() < killed_at && child.try_wait().expect("a status").is_none() {
            std::thread::sleep(POLL);
        }
        // Fails where the program has ended meanwhile; the status tells.
        let _ = child.kill();
        child.wait().expect("a status")
    }

    /// What is on disk after a kill must be a beginning of the unkilled run's, and no less than before; says where the
    /// run stood.
    fn examine(&mut self) -> &'static str {
        let held = Held::of(&self.data);
        held.assert_begins(&self.reference.held, "after a kill");
        self.held.assert_kept_by(&held, "after a kill");
        let whole = &self.reference.held;
        let place = if held.events.is_empty() {
            "before anything was on the log"
        } else if held == *whole {
            "with everything on the log, before the end"
        } else if held.events.len() > self.held.events.len() {
            "while new events were put on the log"
        } else if held.decisions.len() > self.held.decisions.len() {
            "while decisions were caught up with"
        } else {
            "while opening, catching up or passing over duplicates"
        };
        self.held = held;
        place
    }

    fn examine_finished(&mut self) {
        let reference = self.reference;
        let summary = fs::read_to_string(self.stdout()).expect("standard output");
        let [read, ..] = totals(&summary);
        assert_eq!(read, reference.lines);
        assert_eq!(self.examine(), "with everything on the log, before the end");
        assert_eq!(letters(&self.data), reference.letters, "dead letters");
        assert!(decisions_of(&self.data) == reference.decisions, "`heng decisions` answers the same");
    }

    /// Loses or damages the state store; true where the next open must say so.
    fn damage(&self, rng: &mut Rng) -> Option<&'static str> {
        let state = self.data.join("state");
        if rng.chance(30) {
            return fs::remove_dir_all(&state).is_ok().then_some("deleted");
        }
        let all = files(&state);
        let manifest = all.iter().find(|path| path.file_name().is_some_and(|name| name == "manifest"));
        if let Some(manifest) = manifest.filter(|_| rng.chance(60)) {
            return flip(manifest, rng).then_some("manifest flipped");
        }
        let sled: Vec<&PathBuf> =
            all.iter().filter(|path| path.components().any(|it| it.as_os_str() == "sled")).collect();
        if sled.is_empty() {
            return None;
        }
        flip(sled[rng.below(sled.len())], rng).then_some("values flipped")
    }
}

/// Flips a bit of a file.
fn flip(path: &Path, rng: &mut Rng) -> bool {
    let mut bytes = fs::read(path).expect("a file");
    if bytes.is_empty() {
        return false;
    }
    let at = rng.below(bytes.len());
    bytes[at] ^= 1 << rng.below(8);
    fs::write(path, bytes).is_ok()
}

fn below(rng: &mut Rng, end: Duration) -> Duration {
    Duration::from_micros(rng.below(usize::try_from(end.as_micros()).unwrap_or(usize::MAX)) as u64)
}

#[test]
fn a_killed_run_goes_on_as_if_nothing_had_happened() {
    let (kills, seed) = (number("HENG_KILLS", 12), number("HENG_SEED", 1));
    let folder = tempfile::tempdir().expect("a folder");
    let (input, lines) = input(folder.path(), seed);
    let reference = reference(folder.path(), &input, lines);
    let mut rng = Rng::new(seed);
    let (mut hits, mut finished, mut rounds) = (0, 0, 0_u64);
    let mut places: BTreeMap<(Aim, &str), u64> = BTreeMap::new();
    let mut damages: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    while hits < kills {
        let mut victim = Victim {
            data: folder.path().join(format!("victim-{finished}")),
            stderr: folder.path().join(format!("victim-{finished}.err")),
            input: &input,
            reference: &reference,
            held: Held { events: Vec::new(), decisions: Vec::new() },
        };
        let mut damaged = None;
        loop {
            rounds += 1;
            let (aim, delay) = match rng.below(10) {
                _ if damaged == Some("manifest flipped") => (Aim::Rebuilt, below(&mut rng, reference.took / 2)),
                0..6 => (Aim::Moment, below(&mut rng, reference.took)),
                6..8 => (Aim::Checkpoint, below(&mut rng, reference.took / 10)),
                _ => (Aim::Close, below(&mut rng, reference.took / 10)),
            };
            // Enough was hit: the last directory may finish.
            let delay = if hits < kills { delay } else { ROUND_MAX };
            let status = victim.kill(aim, delay);
            let noise = victim.noise();
            if let Some(what) = damaged {
                let told = noise.contains("the checkpoint of partition 0 is rejected: ");
                assert!(told || what != "manifest flipped", "a damaged manifest is told of: {noise}");
                damages.entry(what).or_default()[usize::from(told)] += 1;
            }
            if status.signal() == Some(SIGKILL) {
                hits += 1;
                *places.entry((aim, victim.examine())).or_default() += 1;
            } else {
                assert!(matches!(status.code(), Some(0 | 3)), "round {rounds} ends by itself with {status}: {noise}");
                victim.examine_finished();
                finished += 1;
                break;
            }
            damaged = if rng.chance(30) { victim.damage(&mut rng) } else { None };
        }
        fs::remove_dir_all(&victim.data).expect("the folder goes");
    }
    eprintln!(
        "{rounds} rounds, {hits} kills hit a running program, {finished} directories finished; {lines} lines in {:?}",
        reference.took
    );
    for ((aim, place), count) in &places {
        eprintln!("  {count} kills aimed at {aim:?} hit {place}");
    }
    for (what, [quiet, told]) in &damages {
        eprintln!("  state {what} {} times, {told} of them told of", quiet + told);
    }
    assert_eq!(json_lines(&reference.decisions).len(), reference.held.decisions.len());
}
