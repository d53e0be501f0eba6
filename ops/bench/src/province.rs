//! The log that a province gives rise to, as intake would write it: pack, days, events without repeats.

use crate::pack::OnePack;
use anyhow::Context;
use heng_core::Control;
use heng_files::parse_line;
use heng_log::codec::{self, Envelope};
use heng_log::{Journal, RealDisk};
use heng_model::{Day, Symbols};
use heng_rules::Pack;
use heng_server::Directory;
use heng_sim::province::{Options, generate};
use rustc_hash::FxHashSet;
use std::io::{self, Write};

const SEED: u64 = 42;

/// Bytes appended between two syncs of a journal.
const BATCH_BYTES: usize = 16 << 20;

/// Writes a province's log to `put`, entry by entry; the number of lines that intake would have refused for their form.
pub(crate) fn write(
    subjects: u64,
    years: u32,
    packs: &OnePack,
    put: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let pack = packs.load(&mut Symbols::default())?;
    let mut intake = Intake {
        packs,
        pack,
        directory: Directory::default(),
        seen: FxHashSet::default(),
        today: None,
        known_ms: i64::MIN,
        refused: 0,
        rest: Vec::new(),
        scratch: Vec::new(),
        put,
    };
    generate(&Options::new(SEED, subjects, years), &mut intake, &mut |_| {}).context("the province")?;
    Ok(intake.refused)
}

/// Writes a province's log into a journal and syncs it, `most` entries if that is said; as [`write`] otherwise.
pub(crate) fn write_journal(
    subjects: u64,
    years: u32,
    packs: &OnePack,
    journal: &mut Journal<RealDisk>,
    most: Option<u64>,
) -> anyhow::Result<u64> {
    let mut waiting = 0;
    let refused = write(subjects, years, packs, &mut |entry| {
        if most.is_some_and(|most| journal.len() >= most) {
            return Ok(());
        }
        journal.append(entry, &[])?;
        waiting += entry.len();
        if waiting >= BATCH_BYTES {
            journal.sync()?;
            waiting = 0;
        }
        Ok(())
    })?;
    journal.sync()?;
    Ok(refused)
}

struct Intake<'a> {
    packs: &'a OnePack,
    pack: Pack,
    directory: Directory,
    seen: FxHashSet<u64>,
    today: Option<Day>,
    known_ms: i64,
    refused: u64,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    scratch: Vec<u8>,
    put: &'a mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
}

impl Intake<'_> {
    fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let parsed = parse_line(line)?;
        let known_ms = parsed.time_ms().unwrap_or(self.known_ms).max(self.known_ms);
        self.open_days(known_ms)?;
        let Ok(subject) = self.directory.resolve(parsed.subject_as_sent(), Some(&self.pack)) else {
            self.refused += 1;
            return Ok(());
        };
        let other = parsed.other_subject_as_sent()?;
        let other = other.map(|given| self.directory.resolve(given, Some(&self.pack))).transpose()?;
        let event = parsed.event(subject, other)?;
        let envelope = Envelope {
            known_ms,
            claimed_time: parsed.claimed_time(),
            subject_as_sent: parsed.subject_as_sent(),
            other_as_sent: parsed.other_subject_as_sent()?,
            traceparent: parsed.traceparent(),
            commitments: &[],
            sent_on: None,
        };
        codec::encode_event(&mut self.scratch, &envelope, &event)?;
        if self.seen.insert(codec::identity(&codec::decode_head(&self.scratch)?).name) {
            self.directory.note(&event);
            (self.put)(&self.scratch)?;
        }
        Ok(())
    }

    fn open_days(&mut self, known_ms: i64) -> anyhow::Result<()> {
        let zone = self.pack.time_zone;
        let last = zone.civil_day(known_ms);
        if self.today.is_none() {
            let (pack, version) = (&self.pack.name, &self.pack.version);
            let sha256 = self.packs.sha256();
            let control = Control::PackActivated { pack, version, sha256, on: Day::EARLIEST };
            codec::encode_control(&mut self.scratch, known_ms, &control)?;
            (self.put)(&self.scratch)?;
            self.known_ms = known_ms;
        }
        let mut next = self.today.map_or(last, Day::next);
        while next <= last {
            self.known_ms = self.known_ms.max(zone.day_start_ms(next).min(known_ms));
            codec::encode_control(&mut self.scratch, self.known_ms, &Control::DayOpened { date: next })?;
            (self.put)(&self.scratch)?;
            self.today = Some(next);
            next = next.next();
        }
        self.known_ms = known_ms;
        Ok(())
    }
}

impl Write for Intake<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = std::mem::take(&mut self.rest);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            rest.extend_from_slice(piece);
            if rest.last() == Some(&b'\n') {
                rest.pop();
                self.line(&rest).map_err(io::Error::other)?;
                rest.clear();
            }
        }
        self.rest = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
