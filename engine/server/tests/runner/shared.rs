//! A log that others write too, while it does not answer.

use crate::office::{FIRM, Office, day, listed, pack};
use heng_log::Stream;
use heng_model::{Position, SubjectId};
use heng_rules::{Effect, PackFiles};
use heng_server::runner::{Handle, RunnerOptions};
use heng_server::shared::{Arrived, Outgoing, SharedLog, SharedLogError};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// A log with one engine.
#[derive(Default)]
struct Kept {
    entries: [Vec<Arrived>; 2],
    packs: BTreeMap<[u8; 32], PackFiles>,
    /// Nothing is answered.
    is_away: bool,
    /// It was asked since it went away.
    is_asked: bool,
    owns: bool,
}

#[derive(Clone, Default)]
struct Log(Arc<(Mutex<Kept>, Condvar)>);

/// The engine's side of it.
struct Side {
    log: Log,
    read: Vec<u64>,
    sent: Vec<Outgoing>,
}

impl Log {
    /// Waits until it answers.
    fn there<T>(&self, answer: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.0.1.wait_while(self.0.0.lock().unwrap(), Kept::asked).unwrap();
        answer(&mut kept)
    }

    fn set(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    fn comes_back(&self) {
        self.set(|kept| (kept.is_away, kept.is_asked) = (false, false));
    }

    /// Waits until the engine waits for it.
    async fn is_waited_for(&self) {
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
        Ok(Some(std::mem::take(&mut self.sent).into_iter().map(place).collect()))
    }

    fn next(&mut self, _wait: Duration) -> Result<Option<Arrived>, SharedLogError> {
        let kept = self.log.0.0.lock().unwrap();
        for (entries, read) in kept.entries.iter().zip(&mut self.read) {
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
        self.log.0.0.lock().unwrap().owns
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

/// While the log is waited for, what is known is told.
async fn is_answered(handle: &Handle, log: &Log) {
    log.is_waited_for().await;
    let subject: SubjectId = FIRM.parse().unwrap();
    let partition = subject.partition(2);
    let words = handle.word(subject, Vec::new()).await.unwrap();
    let scan = handle.scan(Stream::Decisions, partition, 0).await.unwrap();
    assert_eq!(words, []);
    assert!(scan.unwrap().next_frame().is_some());
}

#[tokio::test]
async fn what_is_asked_is_answered_while_the_log_does_not_answer() {
    let office = Office::on("2026-03-01");
    let log = Log::default();
    log.set(|kept| kept.owns = true);
    let side = Side { log: log.clone(), read: Vec::new(), sent: Vec::new() };
    let running = office.start_on(Some(Box::new(side)), pack("1", str::to_owned), RunnerOptions::default()).await;
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-01")).await;
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
