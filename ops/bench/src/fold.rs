//! The fold of a log on one thread, and the time of each of its stages.
//!
//! # Invariants
//!
//! Stages are timed in one run over the same entries: a window is decoded, its leaves are hashed, it is folded; decisions
//! are rendered between two steps, as they must be, and their time is taken out of the fold's. All times are the thread's
//! processor time.

use crate::clock;
use crate::entries::Entries;
use crate::pack::OnePack;
use anyhow::Context;
use heng_core::{Cause, Control, Entry, Outputs, Partition, Room, WINDOW_ENTRIES};
use heng_log::codec::{self, EncodeError};
use heng_log::{DocumentNumbers, Frame, Frames, MerkleRoot, ReadError};
use heng_model::{Day, Position};
use std::time::Duration;

/// Entries that begin a log: the pack, and the day that brings it into force.
pub(crate) const FIRST_ENTRIES: usize = 2;

/// Time by stage, and what it was spent on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stages {
    pub(crate) decode: Duration,
    pub(crate) leaves: Duration,
    pub(crate) step: Duration,
    pub(crate) render: Duration,
    pub(crate) decision_leaves: Duration,
    pub(crate) entries: u64,
    pub(crate) decisions: u64,
    pub(crate) decision_bytes: u64,
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
}

impl Stages {
    pub(crate) fn all(&self) -> Duration {
        self.decode + self.leaves + self.step + self.render + self.decision_leaves
    }
}

/// A partition being folded.
pub(crate) struct Folding<'p> {
    pub(crate) partition: Partition,
    packs: &'p OnePack,
    outputs: Outputs,
    numbers: DocumentNumbers,
    room: Room,
    encoded: Vec<u8>,
    /// Decisions of the window.
    decisions: Entries,
    pub(crate) events: MerkleRoot,
    pub(crate) answers: MerkleRoot,
    pub(crate) stages: Stages,
    /// Are the subjects of a window looked up before the first of its entries is folded?
    pub(crate) is_touching: bool,
    /// What a look at the clock costs.
    look: Duration,
    /// Are decisions left unrendered? For making a state that is measured afterwards.
    pub(crate) is_silent: bool,
    /// Decisions that no frame of the log can hold.
    pub(crate) too_long: u64,
    /// The first event refused, if any: so that a benchmark of refusals is noticed.
    pub(crate) refusal: Option<String>,
}

impl<'p> Folding<'p> {
    pub(crate) fn new(packs: &'p OnePack) -> Self {
        Self {
            partition: Partition::new(0, 1),
            packs,
            outputs: Outputs::default(),
            numbers: DocumentNumbers::default(),
            room: Room::default(),
            encoded: Vec::new(),
            decisions: Entries::default(),
            events: MerkleRoot::new(),
            answers: MerkleRoot::new(),
            stages: Stages::default(),
            is_touching: true,
            look: clock::cost(),
            is_silent: false,
            too_long: 0,
            refusal: None,
        }
    }

    /// Folds what begins a log; what it takes to load the pack is not counted.
    pub(crate) fn begin(&mut self, window: &[&[u8]]) -> anyhow::Result<()> {
        self.window(window, &NoNumbers)?;
        self.stages = Stages::default();
        Ok(())
    }

    /// Folds all of these entries, the first of a log as such, window by window.
    pub(crate) fn all(&mut self, entries: &Entries) -> anyhow::Result<()> {
        let mut all = entries.iter();
        if self.partition.next_offset() == 0 {
            let first: Vec<&[u8]> = all.by_ref().take(FIRST_ENTRIES).collect();
            self.begin(&first)?;
        }
        loop {
            let window: Vec<&[u8]> = all.by_ref().take(WINDOW_ENTRIES).collect();
            if window.is_empty() {
                return Ok(());
            }
            self.window(&window, &NoNumbers)?;
        }
    }

    /// Folds a window of entries; document numbers of earlier ones come from `log`.
    pub(crate) fn window(&mut self, window: &[&[u8]], log: &dyn Frames) -> anyhow::Result<()> {
        let start = clock::now();
        let first = self.partition.next_offset();
        let mut decoded = Vec::with_capacity(window.len());
        for (offset, bytes) in (first..).zip(window) {
            decoded.push(codec::decode_entry(Position { partition: 0, offset }, bytes)?);
        }
        let after_decode = clock::now();
        for bytes in window {
            self.events.push_entry(bytes);
        }
        let after_leaves = clock::now();
        if self.is_touching {
            self.partition.touch(&decoded);
        }
        let (mut rendering, mut looks) = (Duration::ZERO, Duration::ZERO);
        self.decisions.clear();
        for entry in &decoded {
            self.numbers.note(entry);
            self.outputs.clear();
            self.partition.step(entry, self.packs, &mut self.outputs)?;
            if !self.outputs.drafts.is_empty() && !self.is_silent {
                let start = clock::now();
                self.render(entry, log)?;
                // One look at the clock falls inside, one outside.
                rendering += clock::since(start).saturating_sub(self.look);
                looks += self.look;
            }
            self.stages.duplicates += u64::from(self.outputs.duplicate);
            if let Some((position, refusal)) = self.outputs.refused.first() {
                self.stages.refused += self.outputs.refused.len() as u64;
                self.refusal.get_or_insert_with(|| format!("{position}: {refusal}"));
            }
        }
        let after_steps = clock::now();
        for decision in self.decisions.iter() {
            self.answers.push_entry(decision);
            self.stages.decision_bytes += decision.len() as u64;
        }
        let after_all = clock::now();
        drop(decoded);
        let stages = &mut self.stages;
        stages.decode += (after_decode - start) + clock::since(after_all);
        stages.leaves += after_leaves - after_decode;
        stages.step += (after_steps - after_leaves).saturating_sub(rendering + 2 * looks);
        stages.render += rendering;
        stages.decision_leaves += after_all - after_steps;
        stages.entries += window.len() as u64;
        stages.decisions += self.decisions.len() as u64;
        Ok(())
    }

    fn render(&mut self, entry: &Entry<'_>, log: &dyn Frames) -> anyhow::Result<()> {
        let cause = Cause::of(entry);
        for draft in &self.outputs.drafts {
            let mut documents = self.numbers.of(entry.position.partition, log);
            let event = self.partition.render(draft, &cause, &mut documents, &mut self.room);
            if let Some(failure) = self.numbers.failure() {
                return Err(failure.into());
            }
            let event = event.context("a draft that cannot be rendered")?;
            match codec::encode_decision(&mut self.encoded, &event) {
                Ok(()) => self.decisions.push(&self.encoded),
                Err(EncodeError::TooLong { .. }) => self.too_long += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// A log whose earlier entries record no document numbers.
pub(crate) struct NoNumbers;

impl Frames for NoNumbers {
    fn frame<'b>(&self, _: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        // If this failed, the empty buffer would be reported as no entry.
        let _ = codec::encode_control(buffer, 0, &Control::DayOpened { date: Day::EARLIEST });
        Ok(Frame { entry: buffer, sealed: &[] })
    }
}
