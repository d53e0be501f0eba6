//! What is due in the partitions of a shared log that this engine owns: packs put in force, days opened.
//!
//! # Invariants
//!
//! Packs are put in force in partition 0, by whoever owns it; the owners of the others follow what stands there, so that all
//! partitions name the same packs in the same order.

use super::open::controls_of;
use super::{ActivateError, Engine, EngineError};
use crate::lane::LaneError;
use heng_core::{Content, Control};
use heng_log::Disk;
use heng_log::codec;
use heng_model::{Day, PartitionId, Position};
use heng_rules::PackFiles;

/// Days opened before they are folded together.
const BATCH_DAYS_MAX: usize = 1_024;

impl<D: Disk> Engine<D> {
    /// The pack that this engine was started with: put in force where it is this engine's to do.
    ///
    /// # Errors
    /// [`ActivateError`] where it may not follow the one in force.
    pub fn want_pack(&mut self, pack: Option<PackFiles>) -> Result<(), ActivateError> {
        let first = self.lanes.first().map(|lane| &lane.fold);
        if let Some(pack) = &pack
            && first.is_some_and(|first| !first.activated_packs().contains(&pack.sha256()))
        {
            // Known at the start of whoever names it, not when partition 0 comes to it.
            self.may_follow(pack, self.next_day(self.known_ms.unwrap_or_default()))?;
        }
        if let Some(sharing) = &mut self.shared {
            sharing.pack = pack;
        }
        Ok(())
    }

    /// The day on which a pack takes effect that is put in force now.
    fn next_day(&self, now_ms: i64) -> Day {
        match (self.lanes.first().and_then(|lane| lane.fold.day()), self.time_zone) {
            (Some(today), Some(zone)) => today.max(zone.civil_day(now_ms)).next(),
            _ => Day::EARLIEST,
        }
    }

    /// Does what is due in the partitions that this engine owns: packs put in force, days opened.
    ///
    /// # Errors
    /// [`ActivateError`] where the pack cannot be put in force; nothing is on the log then.
    pub fn tend(&mut self, now_ms: i64) -> Result<(), ActivateError> {
        let owned = self.come_to_speak()?;
        if owned.first() == Some(&0) {
            self.put_in_force(now_ms)?;
        }
        for partition in owned {
            self.follow_packs(partition)?;
            self.open_days_of(partition, now_ms)?;
        }
        // Of a partition that came just now, its owner before may have left something unsaid.
        Ok(self.say_effects()?)
    }

    /// The partitions that this engine speaks for. What it comes to own it speaks for when it has folded what the log had by
    /// then: its owner before may have said anything up to there.
    fn come_to_speak(&mut self) -> Result<Vec<PartitionId>, EngineError> {
        let Some(sharing) = &mut self.shared else { return Ok(Vec::new()) };
        let owned: Vec<bool> = (0..self.meta.partitions).map(|partition| sharing.log.owns(partition)).collect();
        let has_more = owned.iter().zip(&sharing.speaks).any(|(owns, speaks)| *owns && !*speaks);
        if has_more {
            let ends = self.ask_log(|log| log.ends())?.unwrap_or_default();
            if let Some(sharing) = &mut self.shared {
                sharing.wanted.iter_mut().zip(ends).for_each(|(wanted, end)| *wanted = (*wanted).max(end));
            }
            self.flush()?;
        }
        let Some(sharing) = &mut self.shared else { return Ok(Vec::new()) };
        sharing.speaks.clone_from(&owned);
        Ok((0..).zip(owned).filter_map(|(partition, owns)| owns.then_some(partition)).collect())
    }

    /// Puts the pack that this engine was started with in force in partition 0, unless it is or was.
    fn put_in_force(&mut self, now_ms: i64) -> Result<(), ActivateError> {
        let Some(lane) = self.lanes.first() else { return Ok(()) };
        let Some(pack) = self.shared.as_mut().and_then(|sharing| sharing.pack.take()) else { return Ok(()) };
        let sha256 = pack.sha256();
        if lane.fold.last_pack() == Some(&sha256) {
            return Ok(());
        }
        if lane.fold.activated_packs().contains(&sha256) {
            tracing::warn!("the pack of data.pack was replaced by the one in force: to go back, give it a new version");
            return Ok(());
        }
        if lane.fold.program().is_some() && lane.fold.has_pending_pack() {
            tracing::warn!("another pack waits to take effect: this one is put in force by a start after that day");
            return Ok(());
        }
        let on = self.next_day(now_ms);
        let (name, version) = match self.may_follow(&pack, on) {
            Ok(loaded) => (loaded.name, loaded.version),
            // It could when this engine was started: what stands in force since then is for whoever put it there.
            Err(error) => {
                tracing::error!(%error, "the pack of data.pack may not follow the one in force: it is left out");
                return Ok(());
            }
        };
        self.shelf.keep(&self.disk, &pack).map_err(EngineError::Shelf)?;
        self.ask_log(|log| log.keep_pack(&pack))?;
        let control = Control::PackActivated { pack: &name, version: &version, sha256, on };
        self.say(0, now_ms, &control)?;
        Ok(self.flush()?)
    }

    /// Puts in force in a partition what is in partition 0 and not here yet.
    fn follow_packs(&mut self, partition: PartitionId) -> Result<(), EngineError> {
        let packs_of = |at: usize| self.lanes.get(at).map_or(0, |lane| lane.fold.packs_len());
        let (first, here) = (packs_of(0), packs_of(usize::from(partition)));
        if here >= first {
            return Ok(());
        }
        let controls = self.lanes.first().map(controls_of).transpose()?.unwrap_or_default();
        for control in controls {
            let position = Position { partition: 0, offset: 0 };
            let entry = codec::decode_entry(position, &control).map_err(LaneError::Decode)?;
            let known_ms = entry.known_ms;
            let Content::Control(control @ Control::PackActivated { sha256, .. }) = entry.content else { continue };
            let lane = self.lanes.get(usize::from(partition)).ok_or(EngineError::NoLane(partition.into()))?;
            let is_last = lane.fold.last_pack() == Some(&sha256);
            if is_last || lane.fold.activated_packs().contains(&sha256) {
                continue;
            }
            self.say(partition, known_ms, &control)?;
        }
        self.flush()
    }

    /// Opens the days of a partition up to that of an instant; all begin with the first day of partition 0.
    pub(super) fn open_days_of(&mut self, partition: PartitionId, until_ms: i64) -> Result<(), EngineError> {
        let at = usize::from(partition);
        let Some(zone) = self.time_zone else { return Ok(()) };
        let packs_len = self.lanes.first().map_or(0, |lane| lane.fold.packs_len());
        let Some(lane) = self.lanes.get(at).filter(|lane| lane.fold.packs_len() >= packs_len.max(1)) else {
            return Ok(());
        };
        let sent = self.shared.as_ref().and_then(|sharing| *sharing.opened.get(at)?);
        let last = zone.civil_day(until_ms);
        let mut next = match lane.fold.day().max(sent) {
            Some(day) => day.next(),
            None if partition == 0 => last,
            None => match self.first_day()? {
                Some(day) => day,
                None => return Ok(()),
            },
        };
        if next <= last {
            self.ask_log(|log| log.check_clock())?;
        }
        let mut opened: usize = 0;
        while next <= last {
            let start_ms = zone.day_start_ms(next).min(until_ms);
            self.say(partition, start_ms, &Control::DayOpened { date: next })?;
            if let Some(sent) = self.shared.as_mut().and_then(|sharing| sharing.opened.get_mut(at)) {
                *sent = Some(next);
            }
            opened = opened.saturating_add(1);
            if opened.is_multiple_of(BATCH_DAYS_MAX) {
                self.flush()?;
            }
            next = next.next();
        }
        Ok(())
    }

    fn first_day(&self) -> Result<Option<Day>, EngineError> {
        let Some(lane) = self.lanes.first().filter(|lane| lane.fold.day().is_some()) else { return Ok(None) };
        let position = Position { partition: 0, offset: 0 };
        for control in controls_of(lane)? {
            let entry = codec::decode_entry(position, &control).map_err(LaneError::Decode)?;
            if let Content::Control(Control::DayOpened { date }) = entry.content {
                return Ok(Some(date));
            }
        }
        Ok(None)
    }

    /// Sends a control entry to a partition.
    fn say(&mut self, partition: PartitionId, known_ms: i64, control: &Control<'_>) -> Result<(), EngineError> {
        let lane = self.lanes.get(usize::from(partition));
        let known_ms = lane.and_then(|lane| lane.fold.known_ms()).map_or(known_ms, |known| known.max(known_ms));
        codec::encode_control(&mut self.encoded, known_ms, control).map_err(EngineError::Encode)?;
        if let Some(sharing) = &mut self.shared {
            sharing.send(partition, &self.encoded, (None, None), false);
        }
        Ok(())
    }
}
