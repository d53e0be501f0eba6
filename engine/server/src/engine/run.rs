//! Days, packs, flushing, checkpoints.

use super::open::controls_of;
use super::saving::{Part, Saver, Unsaved};
use super::traced;
use super::{ActivateError, Engine, EngineError};
use crate::lane::{Caused, Folded, Histories, Lane, LaneError};
use crate::side_by_side::Piece;
use heng_core::{Content, Control, Derived, Effect, RedirectPart};
use heng_log::Disk;
use heng_log::codec;
use heng_model::checkpoint::{Progress, WriteCheckpointError};
use heng_model::{Day, Position, SubjectId, Symbols};
use heng_rules::{Pack, PackFiles, check_succession, load};

/// Days opened before they are folded together.
const BATCH_DAYS_MAX: u32 = 1_024;

impl<D: Disk> Engine<D> {
    /// Opens every day from the current one to that of an instant; known time is each day's first instant, never less
    /// than before. A log's first day is that of the instant itself.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn open_days(&mut self, until_ms: i64) -> Result<(), EngineError> {
        let Some(zone) = self.time_zone else { return Err(EngineError::NoPack) };
        let last = zone.civil_day(until_ms);
        let mut next = self.today.map_or(last, Day::next);
        let mut opened: u32 = 0;
        while next <= last {
            let start_ms = zone.day_start_ms(next).min(until_ms);
            let known_ms = self.known_ms.map_or(start_ms, |known| known.max(start_ms));
            self.control(known_ms, &Control::DayOpened { date: next })?;
            self.today = Some(next);
            opened = opened.saturating_add(1);
            // What comes next is checked by the pack that this day may bring into force.
            let is_awaited = self.lanes.iter().any(|lane| lane.fold.has_pending_pack());
            if is_awaited || opened.is_multiple_of(BATCH_DAYS_MAX) {
                self.flush()?;
            }
            next = next.next();
        }
        Ok(())
    }

    fn control(&mut self, known_ms: i64, control: &Control<'_>) -> Result<(), EngineError> {
        self.known_ms = Some(known_ms);
        codec::encode_control(&mut self.encoded, known_ms, control).map_err(EngineError::Encode)?;
        for lane in &mut self.lanes {
            lane.append_control(&self.encoded)?;
        }
        Ok(())
    }

    /// Puts a pack in force from a day on; the first activation of a log takes effect with its first day. Nothing
    /// happens where the pack activated last is the same.
    ///
    /// # Errors
    /// [`ActivateError`], and nothing is on the log.
    pub fn activate(&mut self, files: &PackFiles, on: Day, known_ms: i64) -> Result<bool, ActivateError> {
        let last = self.lanes.first().and_then(|lane| lane.fold.last_pack());
        if last == Some(&files.sha256()) {
            return Ok(false);
        }
        if let Some(on) = self.awaited()? {
            // Only with the pack in force is it known what may follow it.
            return Err(ActivateError::Pending { on });
        }
        let pack = self.may_follow(files, on)?;
        let sha256 = self.shelf.keep(&self.disk, files).map_err(EngineError::Shelf)?;
        self.time_zone = Some(pack.time_zone);
        if let Some(lane) = self.lanes.first()
            && let Some(program) = lane.fold.program()
        {
            self.former.add(&program.pack, lane.fold.symbols());
        }
        let known_ms = self.known_ms.map_or(known_ms, |known| known.max(known_ms));
        self.control(known_ms, &Control::PackActivated { pack: &pack.name, version: &pack.version, sha256, on })?;
        self.flush()?;
        Ok(true)
    }

    /// Loads a pack that is to take effect on a day, where it may follow the one in force.
    pub(super) fn may_follow(&self, files: &PackFiles, on: Day) -> Result<Pack, ActivateError> {
        let pack = load(files, &mut Symbols::default()).map_err(ActivateError::Pack)?.pack;
        if let Some(program) = self.lanes.first().and_then(|lane| lane.fold.program()) {
            let errors = check_succession(&program.pack, &pack, on);
            if !errors.is_empty() {
                return Err(ActivateError::Pack(errors));
            }
            if program.pack.time_zone != pack.time_zone {
                return Err(ActivateError::TimeZone(program.pack.time_zone, pack.time_zone));
            }
        }
        Ok(pack)
    }

    /// The day that the activation of a further pack waits for, as the log has it: the state keeps it for the fold alone.
    fn awaited(&self) -> Result<Option<Day>, EngineError> {
        // Before the first day nothing was judged by the pack that waits, and any other may take its place.
        let waits = |lane: &&Lane<D>| lane.fold.program().is_some() && lane.fold.has_pending_pack();
        let waits = self.lanes.first().filter(waits);
        let Some((lane, sha256)) = waits.and_then(|lane| Some((lane, lane.fold.last_pack()?))) else { return Ok(None) };
        let position = Position { partition: lane.fold.id(), offset: 0 };
        for control in controls_of(lane)?.iter().rev() {
            let entry = codec::decode_entry(position, control).map_err(crate::lane::LaneError::Decode)?;
            match entry.content {
                Content::Control(Control::PackActivated { sha256: of, on, .. }) if of == *sha256 => {
                    return Ok(Some(on));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Makes everything appended durable, and folds it: on return all arrivals accepted so far are acknowledged, and their decisions
    /// are durable. On a shared log they may be written only, and are durable before the next ones, or a checkpoint begins.
    ///
    /// # Errors
    /// [`EngineError`]; after it only what an earlier flush returned for is acknowledged, and the engine must be opened
    /// anew.
    pub fn flush(&mut self) -> Result<(), EngineError> {
        self.flush_all(false)
    }

    /// As [`Engine::flush`], for what was submitted before the flush before; what came since is on its way to a shared log, and
    /// may be folded already. A log of one's own is flushed whole.
    ///
    /// # Errors
    /// As [`Engine::flush`].
    pub fn flush_former(&mut self) -> Result<(), EngineError> {
        self.flush_all(true)
    }

    fn flush_all(&mut self, leaves_last: bool) -> Result<(), EngineError> {
        if self.stopped {
            return Err(EngineError::Stopped);
        }
        // What a failed flush has done is known to the log alone: a later one must not acknowledge it.
        self.stopped = true;
        if self.waiting_len() == 0 {
            // Where nothing more comes, the last decisions become durable all the same, and a failure is told.
            self.end_syncs()?;
        }
        match self.shared {
            Some(_) => self.exchange(leaves_last)?,
            None => self.fold_waiting()?,
        }
        self.stopped = false;
        Ok(())
    }

    fn fold_waiting(&mut self) -> Result<(), EngineError> {
        while self.lanes.iter().any(|lane| lane.waiting_len() > 0) {
            let mut effects = Vec::new();
            for folded in self.fold_lanes()? {
                effects.extend(self.since.take_in(folded));
            }
            self.carry_out(effects)?;
        }
        for subject in self.waiting.take_merged() {
            self.note_redirects(&subject);
        }
        self.waiting.clear();
        Ok(())
    }

    /// Makes durable and folds what waits.
    pub(super) fn fold_lanes(&mut self) -> Result<Vec<Folded>, LaneError> {
        // A day or a pack may take seconds: the other processors are left to who waits for an answer meanwhile.
        let is_short = self.lanes.iter().all(|lane| !lane.has_control);
        let lanes = self.lanes.iter_mut().map(|lane| Piece { length: lane.waiting_len(), it: lane });
        // Of several errors the first partition's is told.
        self.beside.each(is_short, lanes.collect(), |lane: &mut Lane<D>| lane.settle(&self.shelf)).into_iter().collect()
    }

    /// Puts effects on subjects of other partitions on the log there.
    pub(super) fn carry_out(&mut self, effects: Vec<Caused>) -> Result<(), EngineError> {
        let known_ms = self.known_ms.unwrap_or_default();
        for caused in effects {
            let at = usize::from(caused.effect.to().partition(self.meta.partitions));
            let context = caused.context.clone();
            let entry = derived_entry(&self.lanes, caused, known_ms)?;
            let lane = self.lanes.get_mut(at).ok_or(EngineError::NoLane(at))?;
            let position = lane.append(&entry)?;
            traced::note(&mut self.traced, position, context.as_deref());
        }
        Ok(())
    }

    /// From now on folding tells which subjects it touched; those count as shown whose history is on its way by now.
    pub fn watch(&mut self) {
        self.lanes.iter_mut().for_each(Lane::watch);
        for id in self.outstanding.moving() {
            if let Some(lane) = self.lanes.get_mut(usize::from(id.partition(self.meta.partitions))) {
                lane.note_moving(id);
            }
        }
    }

    /// What was of subjects whose history is on its way to another partition of a shared log.
    #[must_use]
    pub fn histories(&self) -> Histories {
        let moving = self.outstanding.moving();
        moving.filter_map(|id| Some((id.clone(), self.outstanding.history(id)?))).collect()
    }

    /// Did folding touch a subject since the last call of [`Engine::take_folded`]?
    pub(crate) fn is_touched(&self, subject: &SubjectId) -> bool {
        let lane = self.lanes.get(usize::from(subject.partition(self.meta.partitions)));
        lane.is_some_and(|lane| lane.is_touched(subject))
    }

    /// Is all shown that is known of a subject? Not where a history is on its way to it.
    pub(crate) fn is_shown(&self, subject: &SubjectId) -> bool {
        let mut moving = self.outstanding.moving();
        !self.is_touched(subject) && !moving.any(|from| self.directory.leads_to(from, subject))
    }

    /// What folding gave rise to since the last call.
    pub fn take_folded(&mut self) -> Folded {
        let mut moving = Histories::default();
        let touched = self.lanes.iter_mut().map(|lane| lane.take_touched(&self.outstanding, &mut moving)).collect();
        Folded { touched, moving, ..std::mem::take(&mut self.since) }
    }

    /// Begins a checkpoint of every partition, if there is a store; all before it is flushed. False where it must wait: effects
    /// of what was folded are not on a shared log yet, or the checkpoint before is still being written.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn begin_checkpoint(&mut self) -> Result<bool, EngineError> {
        if self.stopped {
            // What a failed flush has folded has effects that are on no log.
            return Err(EngineError::Stopped);
        }
        // Where nothing waits nothing more is folded: the caller has dealt with what was. Effects alone are the next flush's, and what
        // that folds is to be dealt with before a checkpoint passes it.
        if self.has_effects_alone() {
            return Ok(false);
        }
        if self.waiting_len() > 0 {
            self.flush()?;
        }
        // What is folded before a checkpoint is not folded again: its effects would not be known.
        if !self.is_settled() || self.is_saving() {
            return Ok(false);
        }
        self.stopped = true;
        self.end_syncs()?;
        self.stopped = false;
        let Some(saver) = &mut self.saver else { return Ok(true) };
        self.checkpoint = self.checkpoint.saturating_add(1);
        let number = self.checkpoint;
        let part = |lane: &mut Lane<D>| Part {
            progress: Progress {
                partition: lane.fold.id(),
                number,
                position: lane.fold.next_offset(),
                seq: lane.fold.next_seq(),
                day: lane.fold.day(),
                fold_version: lane.fold.fold_version(),
                header: lane.fold.header(),
            },
            changed: lane.fold.take_changed(),
        };
        saver.begin(self.lanes.iter_mut().map(part).collect());
        Ok(true)
    }

    fn end_syncs(&mut self) -> Result<(), LaneError> {
        self.lanes.iter_mut().try_for_each(Lane::end_syncs)
    }

    /// Is a checkpoint being written, as far as [`Engine::checkpoint_done`] has told?
    #[must_use]
    pub fn is_saving(&self) -> bool {
        self.saver.as_ref().is_some_and(Saver::is_writing)
    }

    /// How the checkpoint that was begun went, once that is known. One that failed is no reason to stop: the next is given what
    /// this one lacks, and until then an open folds more of the log.
    pub fn checkpoint_done(&mut self) -> Option<Result<(), WriteCheckpointError>> {
        let done = self.saver.as_mut()?.done()?;
        Some(self.saved(done))
    }

    /// Writes a checkpoint, as [`Engine::begin_checkpoint`] does, and waits for it.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn checkpoint(&mut self) -> Result<bool, EngineError> {
        // What the one before lacks is in this one.
        let _ = self.await_checkpoint();
        if !self.begin_checkpoint()? {
            return Ok(false);
        }
        self.await_checkpoint().map_err(EngineError::Checkpoint)?;
        Ok(true)
    }

    fn await_checkpoint(&mut self) -> Result<(), WriteCheckpointError> {
        match self.saver.as_mut().and_then(Saver::wait) {
            Some(done) => self.saved(done),
            None => Ok(()),
        }
    }

    fn saved(&mut self, done: Result<(), Unsaved>) -> Result<(), WriteCheckpointError> {
        let Err(Unsaved { partitions, cause }) = done else { return Ok(()) };
        for lane in self.lanes.iter_mut().filter(|lane| partitions.contains(&lane.fold.id())) {
            lane.fold.take_back_changed();
        }
        Err(cause)
    }

    /// How many subjects a checkpoint would write.
    #[must_use]
    pub fn changed_len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.fold.changed_len()).sum()
    }

    /// Flushes, writes a last checkpoint and closes the journals, also where the checkpoint fails.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn close(mut self) -> Result<(), EngineError> {
        let saved = self.checkpoint();
        for lane in self.lanes {
            lane.close()?;
        }
        saved.map(drop)
    }
}

/// The entry by which an effect stands on the log of the partition that it concerns, with the trace context of its cause.
pub(super) fn derived_entry<D: Disk>(
    lanes: &[Lane<D>],
    Caused { cause, context, effect }: Caused,
    known_ms: i64,
) -> Result<Vec<u8>, EngineError> {
    let bytes;
    let derived = match effect {
        Effect::Tell { to, news } => Derived::RelatedChanged { to, news },
        Effect::Redirect(RedirectPart { to, from, by, part, parts, source_position, bytes: own }) => {
            bytes = own;
            Derived::Redirected { to, from, by, part, parts, source_position, bytes: &bytes }
        }
        Effect::Forward { to, by } => {
            let at = usize::from(cause.partition);
            return Ok(lanes.get(at).ok_or(EngineError::NoLane(at))?.forwarded(cause, (&to, &by), known_ms)?);
        }
    };
    let mut encoded = Vec::new();
    codec::encode_derived(&mut encoded, known_ms, context.as_deref(), &derived).map_err(EngineError::Encode)?;
    Ok(encoded)
}

impl Folded {
    /// Adds a lane's, all but its effects; whom it touched is with the lane.
    pub(super) fn take_in(&mut self, mut other: Folded) -> Vec<Caused> {
        self.entries = self.entries.saturating_add(other.entries);
        self.decisions = self.decisions.saturating_add(other.decisions);
        self.refused.append(&mut other.refused);
        self.duplicates.append(&mut other.duplicates);
        other.effects
    }
}
