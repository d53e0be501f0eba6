//! A log that others write too, while it does not answer.

use crate::office::{FIRM, Office, Running, day, listed, merged, pack};
use crate::together::firm;
use heng_log::Stream;
use heng_log::codec::decode_decision;
use heng_model::{DecisionId, Position, SubjectId};
use heng_rules::{Effect, PackFiles};
use heng_server::runner::{Handle, RunnerOptions};
use heng_server::shared::{Arrived, Outgoing, SharedLog, SharedLogError};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// A log with one engine.
#[derive(Default)]
pub(crate) struct Kept {
    entries: [Vec<Arrived>; 2],
    packs: BTreeMap<[u8; 32], PackFiles>,
    /// Nothing is answered.
    pub(crate) is_away: bool,
    /// It goes away after the next entries have their places.
    goes_away: bool,
    /// It was asked since it went away.
    is_asked: bool,
    pub(crate) owns: bool,
    /// What comes to this partition does not reach who only reads.
    pub(crate) late: Option<u16>,
}

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<(Mutex<Kept>, Condvar)>);

/// The engine's side of it.
pub(crate) struct Side {
    log: Log,
    read: Vec<u64>,
    sent: Vec<Outgoing>,
    /// It owns nothing.
    only_reads: bool,
}

impl Side {
    pub(crate) fn of(log: &Log) -> Self {
        Self { log: log.clone(), read: Vec::new(), sent: Vec::new(), only_reads: false }
    }

    pub(crate) fn that_reads(log: &Log) -> Self {
        Self { only_reads: true, ..Self::of(log) }
    }
}

impl Log {
    /// Its engine owns every partition.
    pub(crate) fn owned() -> Self {
        let log = Self::default();
        log.set(|kept| kept.owns = true);
        log
    }

    /// Waits until it answers.
    fn there<T>(&self, answer: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.0.1.wait_while(self.0.0.lock().unwrap(), Kept::asked).unwrap();
        answer(&mut kept)
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    pub(crate) fn comes_back(&self) {
        self.set(|kept| (kept.is_away, kept.is_asked) = (false, false));
    }

    /// Waits until the engine waits for it.
    pub(crate) async fn is_waited_for(&self) {
        while !self.0.0.lock().unwrap().is_asked {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Kept {
    /// Does whoever asks have to wait?
    fn asked(&mut self) -> bool {
        self.is_asked |= self.is_away;
        self.is_away
    }
}

impl SharedLog for Side {
    fn follow(&mut self, from: &[u64]) -> Result<(), SharedLogError> {
        self.read = from.to_vec();
        Ok(())
    }

    fn ends(&mut self) -> Result<Vec<u64>, SharedLogError> {
        Ok(self.log.there(|kept| kept.entries.iter().map(|it| it.len() as u64).collect()))
    }

    fn send(&mut self, entries: Vec<Outgoing>) -> Result<(), SharedLogError> {
        self.sent = entries;
        Ok(())
    }

    fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, SharedLogError> {
        let kept = self.log.0.0.lock().unwrap();
        let (mut kept, waited) = self.log.0.1.wait_timeout_while(kept, wait, Kept::asked).unwrap();
        if waited.timed_out() {
            return Ok(None);
        }
        let place = |it: Outgoing| {
            let entries = &mut kept.entries[usize::from(it.partition)];
            let offset = entries.len() as u64;
            let position = Position { partition: it.partition, offset };
            entries.push(Arrived { position, entry: it.entry, traceparent: it.traceparent });
            offset
        };
        let places = std::mem::take(&mut self.sent).into_iter().map(place).collect();
        kept.is_away = std::mem::take(&mut kept.goes_away);
        Ok(Some(places))
    }

    fn next(&mut self, _wait: Duration) -> Result<Option<Arrived>, SharedLogError> {
        let kept = self.log.0.0.lock().unwrap();
        let late = kept.late.filter(|_| self.only_reads);
        let all = (0..).zip(&kept.entries).zip(&mut self.read);
        for ((_, entries), read) in all.filter(|((partition, _), _)| Some(*partition) != late) {
            if let Some(arrived) = entries.get(*read as usize) {
                *read += 1;
                return Ok(Some(arrived.clone()));
            }
        }
        Ok(None)
    }

    fn check_clock(&mut self) -> Result<(), SharedLogError> {
        self.log.there(|_| Ok(()))
    }

    fn owns(&self, _partition: u16) -> bool {
        !self.only_reads && self.log.0.0.lock().unwrap().owns
    }

    fn keep_pack(&mut self, files: &PackFiles) -> Result<(), SharedLogError> {
        self.log.there(|kept| kept.packs.insert(files.sha256(), files.clone()));
        Ok(())
    }

    fn pack(&mut self, sha256: &[u8; 32]) -> Result<PackFiles, SharedLogError> {
        Ok(self.log.there(|kept| kept.packs[sha256].clone()))
    }

    fn arrivals(&self) -> Arc<Notify> {
        Arc::default()
    }

    fn unread_since_ms(&self) -> Option<i64> {
        None
    }
}

/// What comes, before a test has waited too long for it.
pub(crate) async fn soon<T>(comes: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), comes).await.expect("it comes")
}

/// The journal of the firm's decisions, and the last of them.
async fn last_decision(handle: &Handle) -> DecisionId {
    let partition = FIRM.parse::<SubjectId>().unwrap().partition(2);
    let mut frames = handle.scan(Stream::Decisions, partition, 0).await.unwrap().unwrap();
    let mut last = None;
    while let Some(frame) = frames.next_frame() {
        last = Some(decode_decision(frame.unwrap().1.entry).unwrap().decision);
    }
    last.unwrap()
}

/// While the log is waited for, what is known is told.
async fn is_answered(handle: &Handle, log: &Log) {
    let asked = async {
        log.is_waited_for().await;
        let decision = last_decision(handle).await;
        let words = handle.word(FIRM.parse().unwrap(), vec![decision]).await.unwrap();
        assert_eq!(words.len(), 1);
        let report = handle.report(FIRM.to_owned()).await.unwrap().unwrap();
        assert!(report.decisions.iter().any(|it| it.event.decision == decision));
        assert_eq!(handle.logs().await.unwrap().len(), 2);
    };
    soon(asked).await;
}

async fn started(office: &Office, log: &Log) -> Running {
    let running =
        office.start_on(Some(Box::new(Side::of(log))), pack("1", str::to_owned), RunnerOptions::default()).await;
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-01")).await;
    running
}

#[tokio::test]
async fn what_is_asked_is_answered_while_the_log_does_not_answer() {
    let office = Office::on("2026-03-01");
    let log = Log::owned();
    let running = started(&office, &log).await;
    // An event is on its way.
    log.set(|kept| kept.is_away = true);
    let sent = running.handle.publish(listed("e2", FIRM, "2026-03-01", "2026-03-02")).await.unwrap();
    is_answered(&running.handle, &log).await;
    log.comes_back();
    sent.await.unwrap();
    // It comes to speak for partitions: others may have said something before.
    log.set(|kept| kept.owns = false);
    running.handle.tick().await.unwrap();
    log.set(|kept| (kept.owns, kept.is_away) = (true, true));
    is_answered(&running.handle, &log).await;
    log.comes_back();
    running.handle.tick().await.unwrap();
    // A day is due, and the log's clock is asked.
    log.set(|kept| kept.is_away = true);
    office.noon("2026-03-02");
    is_answered(&running.handle, &log).await;
    assert_eq!(running.day(), day("2026-03-01"));
    log.comes_back();
    running.handle.tick().await.unwrap();
    assert_eq!(running.day(), day("2026-03-02"));
    assert_eq!(running.tender(FIRM, day("2026-03-02")).0, Some(Effect::Bar));
    running.stop().await;
}

/// The code of a firm that lies in the other partition than another one does.
fn in_the_other_partition(than: &SubjectId) -> SubjectId {
    let code = |number| firm(number).parse::<SubjectId>().unwrap();
    (0..).map(code).find(|it| it.partition(2) != than.partition(2)).unwrap()
}

/// A merge is folded, and what follows from it for the other firm is on its way: neither is shown yet.
#[tokio::test]
async fn words_wait_for_what_is_folded_and_not_shown() {
    let office = Office::on("2026-03-01");
    let log = Log::owned();
    let running = started(&office, &log).await;
    let handle = running.handle.clone();
    let firm: SubjectId = FIRM.parse().unwrap();
    let other = in_the_other_partition(&firm);
    let decision = last_decision(&handle).await;
    log.set(|kept| kept.goes_away = true);
    let sent = handle.publish(merged("m1", FIRM, &other.text())).await.unwrap();
    soon(log.is_waited_for()).await;
    let words = handle.word(firm, vec![decision]);
    tokio::pin!(words);
    let unshown = async {
        tokio::select! {
            biased;
            words = &mut words => panic!("{words:?}"),
            // Of whom nothing is folded that is not shown; asked later, answered sooner, by what is on its way.
            words = handle.word(other, vec![decision]) => assert_eq!(words.unwrap().len(), 1),
        }
    };
    soon(unshown).await;
    assert_eq!(running.tender(FIRM, day("2026-03-01")).0, Some(Effect::Bar));
    log.comes_back();
    assert_eq!(soon(words).await.unwrap(), [], "its decisions went to the other firm");
    sent.await.unwrap();
    running.stop().await;
}
