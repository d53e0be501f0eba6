//! An engine on a log that others write too: entries go out, come back with their place, and are folded.
//!
//! # Invariants
//!
//! Nothing is folded but what came from the log and is in this engine's copy, synced. Packs are put in force in partition 0,
//! by whoever owns it; the owners of the others follow what stands there, so that all partitions name the same packs in the
//! same order.

use super::open::controls_of;
use super::run::derived_entry;
use super::{ActivateError, BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Engine, EngineError};
use crate::lane::{Heard, LaneError};
use crate::shared::{Arrived, Outgoing, Sharing};
use heng_core::{Content, Control, PackSource as _};
use heng_log::Disk;
use heng_log::codec::{self, EntryKind};
use heng_model::{Day, PartitionId, Position};
use heng_rules::PackFiles;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long it is waited for what must come before it is looked again whether to stop.
const WAIT: Duration = Duration::from_millis(100);
/// Days opened before they are folded together.
const BATCH_DAYS_MAX: usize = 1_024;

impl<D: Disk> Engine<D> {
    /// Is the log shared with other engines?
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Told whenever entries come from a shared log.
    pub(crate) fn arrivals(&self) -> Option<Arc<Notify>> {
        self.shared.as_ref().map(|sharing| sharing.log.arrivals())
    }

    /// Since when entries of a shared log may be unread.
    pub(crate) fn unread_since_ms(&self) -> Option<i64> {
        self.shared.as_ref()?.log.unread_since_ms()
    }

    /// Is everything on a shared log that follows from what was read of it?
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.shared.as_ref().is_none_or(Sharing::is_settled)
    }

    /// Where the arrivals are that were put on a shared log since the last call, in their order.
    pub fn take_placed(&mut self) -> Vec<Position> {
        self.shared.as_mut().map(|sharing| std::mem::take(&mut sharing.placed)).unwrap_or_default()
    }

    /// Begins to read a shared log where this engine's copy ends, and folds what it has by now.
    pub(super) fn join(&mut self) -> Result<(), EngineError> {
        let Some(sharing) = &mut self.shared else { return Ok(()) };
        let own: Vec<u64> = self.lanes.iter().map(|lane| lane.next_offset()).collect();
        // The last entry of the copy is read once more, and compared.
        let from: Vec<u64> = own.iter().map(|next| next.saturating_sub(1)).collect();
        let ends = sharing.log.ends()?;
        for ((partition, end), own) in (0..).zip(&ends).zip(&own) {
            if end < own {
                return Err(EngineError::SharedEnds { partition, found: *end, own: *own });
            }
        }
        sharing.log.follow(&from)?;
        sharing.wanted = ends;
        sharing.compared = own.iter().map(|own| *own == 0).collect();
        while self.is_behind() {
            self.exchange()?;
        }
        Ok(())
    }

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
            let ends = sharing.log.ends()?;
            sharing.wanted.iter_mut().zip(ends).for_each(|(wanted, end)| *wanted = (*wanted).max(end));
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
        if let Some(sharing) = &mut self.shared {
            sharing.log.keep_pack(&pack).map_err(EngineError::Shared)?;
        }
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
        for (known_ms, control) in self.controls_of_first()? {
            let position = Position { partition: 0, offset: 0 };
            let entry = codec::decode_entry(position, &control).map_err(LaneError::Decode)?;
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

    /// The control entries of partition 0, with their known time.
    fn controls_of_first(&self) -> Result<Vec<(i64, Vec<u8>)>, EngineError> {
        let Some(lane) = self.lanes.first() else { return Ok(Vec::new()) };
        let position = Position { partition: 0, offset: 0 };
        let with_time = |control: Vec<u8>| {
            let known_ms = codec::decode_entry(position, &control).map_err(LaneError::Decode)?.known_ms;
            Ok((known_ms, control))
        };
        controls_of(lane)?.into_iter().map(with_time).collect()
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
        if next <= last
            && let Some(sharing) = &mut self.shared
        {
            sharing.log.check_clock()?;
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
            sharing.send(partition, &self.encoded, None, false);
        }
        Ok(())
    }

    /// A flush: what is to be sent is on the log, and everything up to there folded; of what others have sent, what is at
    /// hand.
    pub(super) fn exchange(&mut self) -> Result<(), EngineError> {
        loop {
            self.send_outgoing()?;
            let is_behind = self.take_arrived()?;
            if self.lanes.iter().all(|lane| lane.waiting_len() == 0) {
                return Ok(());
            }
            for lane in &mut self.lanes {
                lane.sync()?;
            }
            let (mut effects, mut heard) = (Vec::new(), Vec::new());
            for lane in &mut self.lanes {
                let mut folded = lane.fold(&self.shelf)?;
                heard.append(&mut folded.heard);
                effects.extend(self.since.take_in(folded));
            }
            self.waiting.clear();
            self.waiting_profiles.clear();
            // Before what is heard: of causes folded just now, effects may be on the log already.
            if let Some(sharing) = &mut self.shared {
                effects.into_iter().for_each(|(cause, effect)| sharing.outstanding.add(cause, effect));
            }
            self.hear(heard);
            self.known_ms = self.known_ms.max(self.lanes.iter().filter_map(|lane| lane.fold.known_ms()).max());
            self.today = self.lanes.iter().filter_map(|lane| lane.fold.day()).min();
            self.say_effects()?;
            let has_more = self.shared.as_ref().is_some_and(|sharing| !sharing.outgoing.is_empty());
            if !is_behind && !has_more {
                return Ok(());
            }
        }
    }

    fn send_outgoing(&mut self) -> Result<(), EngineError> {
        let Some(sharing) = self.shared.as_mut().filter(|sharing| !sharing.outgoing.is_empty()) else { return Ok(()) };
        let entries: Vec<&Outgoing> = sharing.outgoing.iter().map(|(outgoing, _)| outgoing).collect();
        let offsets = sharing.log.append(&entries)?;
        for ((outgoing, is_arrival), offset) in sharing.outgoing.drain(..).zip(offsets) {
            let position = Position { partition: outgoing.partition, offset };
            if is_arrival {
                sharing.placed.push(position);
            }
            if let Some(wanted) = sharing.wanted.get_mut(usize::from(outgoing.partition)) {
                *wanted = (*wanted).max(offset.saturating_add(1));
            }
        }
        Ok(())
    }

    /// Takes what came from the log into this engine's copy, at most a batch; is there more that must come?
    fn take_arrived(&mut self) -> Result<bool, EngineError> {
        loop {
            let is_behind = self.is_behind();
            let waiting: usize = self.lanes.iter().map(|lane| lane.waiting_len()).sum();
            let bytes: usize = self.lanes.iter().map(|lane| lane.waiting_bytes()).sum();
            if waiting >= BATCH_EVENTS_MAX || bytes >= BATCH_BYTES_MAX {
                return Ok(is_behind);
            }
            let Some(sharing) = &mut self.shared else { return Ok(false) };
            match sharing.log.next(if is_behind && waiting == 0 { WAIT } else { Duration::ZERO })? {
                Some(arrived) => self.take(&arrived)?,
                None if is_behind && waiting == 0 => {}
                None => return Ok(is_behind),
            }
        }
    }

    fn is_behind(&self) -> bool {
        let wanted = self.shared.iter().flat_map(|sharing| &sharing.wanted);
        let is_behind = self.lanes.iter().zip(wanted).any(|(lane, wanted)| lane.next_offset() < *wanted);
        is_behind || self.shared.as_ref().is_some_and(|sharing| sharing.compared.contains(&false))
    }

    fn take(&mut self, arrived: &Arrived) -> Result<(), EngineError> {
        let Position { partition, offset } = arrived.position;
        let at = usize::from(partition);
        let lane = self.lanes.get_mut(at).ok_or(EngineError::NoLane(at))?;
        let next = lane.next_offset();
        if offset < next {
            // Read to be compared: the copy and the log must be one.
            let mut buffer = Vec::new();
            if offset < lane.events.synced_len() {
                let own = lane.events.read(offset, &mut buffer).map_err(LaneError::Read)?;
                if own.entry != arrived.entry {
                    return Err(EngineError::SharedDiffers { position: arrived.position });
                }
            }
            if let Some(compared) = self.shared.as_mut().and_then(|sharing| sharing.compared.get_mut(at)) {
                *compared = true;
            }
            return Ok(());
        }
        if offset > next {
            return Err(EngineError::SharedHole { position: arrived.position, expected: next });
        }
        let decode = |cause| LaneError::Decode(codec::DecodeEntryError { position: arrived.position, cause });
        if codec::decode_head(&arrived.entry).map_err(decode)?.kind == EntryKind::Control {
            let entry = codec::decode_entry(arrived.position, &arrived.entry).map_err(LaneError::Decode)?;
            if let Content::Control(Control::PackActivated { sha256, .. }) = entry.content
                && self.shelf.pack(&sha256).is_none()
                && let Some(sharing) = &mut self.shared
            {
                let files = sharing.log.pack(&sha256)?;
                self.shelf.keep(&self.disk, &files)?;
            }
        }
        lane.append(&arrived.entry)?;
        Ok(())
    }

    /// What entries that others may have written mean for what this engine keeps beside the fold.
    fn hear(&mut self, heard: Vec<Heard>) {
        let mut has_pack = false;
        for heard in heard {
            match heard {
                Heard::Derived(met) => {
                    let is_folded = self.is_folded(met.cause);
                    if let Some(home) = met.brings_home() {
                        self.directory.forget_redirect(home);
                    }
                    if let Some(sharing) = &mut self.shared {
                        sharing.outstanding.met(*met, is_folded);
                    }
                }
                Heard::Named(id) => {
                    let lane = self.lanes.get(usize::from(id.partition(self.meta.partitions)));
                    if let Some((_, subject)) = lane.and_then(|lane| lane.fold.subject(&id)) {
                        self.directory.note_names(&id, &crate::index::from_state::names(&subject));
                    }
                    self.note_redirects(&id);
                }
                Heard::Pack => has_pack = true,
            }
        }
        if has_pack {
            self.time_zone = self.zone();
            self.former = self.former_carriers();
        }
        // A day opened may have brought a pack into force.
        if self.time_zone.is_none() {
            self.time_zone = self.zone();
        }
    }

    /// Has an entry been folded here?
    pub(super) fn is_folded(&self, position: Position) -> bool {
        let lane = self.lanes.get(usize::from(position.partition));
        lane.is_some_and(|lane| position.offset < lane.fold.next_offset())
    }

    /// Sends the effects of the partitions that this engine speaks for.
    fn say_effects(&mut self) -> Result<(), EngineError> {
        let lanes = &self.lanes;
        let Some(sharing) = &mut self.shared else { return Ok(()) };
        let folded = |position: Position| {
            let lane = lanes.get(usize::from(position.partition));
            lane.is_some_and(|lane| position.offset < lane.fold.next_offset())
        };
        sharing.outstanding.forget_early(folded);
        if sharing.outstanding.is_empty() {
            return Ok(());
        }
        let (lanes, directory, partitions) = (&self.lanes, &self.directory, self.meta.partitions);
        let mut buffer = Vec::new();
        sharing.outstanding.forget_forwarded(|cause, to| {
            let identity = lanes.get(usize::from(cause.partition)).and_then(|lane| {
                let frame = lane.events.read(cause.offset, &mut buffer).ok()?;
                Some(codec::identity(&codec::decode_head(frame.entry).ok()?))
            });
            let to = directory.follow(to.clone());
            let lane = lanes.get(usize::from(to.partition(partitions)));
            lane.zip(identity).is_some_and(|(lane, identity)| lane.fold.has_seen(&to, identity).is_some())
        });
        let speaks = &sharing.speaks;
        let speaks = |partition| speaks.get(usize::from(partition)).copied().unwrap_or_default();
        let unsent = sharing.outstanding.unsent(speaks);
        let known_ms = self.known_ms.unwrap_or_default();
        for (cause, effect) in unsent {
            let to = effect.to().clone();
            let entry = derived_entry(&self.lanes, cause, effect, known_ms)?;
            let partition = to.partition(self.meta.partitions);
            if let Some(sharing) = &mut self.shared {
                sharing.send(partition, &entry, Some(to.to_string()), false);
            }
        }
        Ok(())
    }
}

impl Sharing {
    /// Is nothing to be put on the log?
    pub(super) fn is_settled(&self) -> bool {
        self.outstanding.is_empty() && self.outgoing.is_empty()
    }
}
