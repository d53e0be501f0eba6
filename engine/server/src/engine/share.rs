//! An engine on a log that others write too: entries go out, come back with their place, and are folded.
//!
//! # Invariants
//!
//! Nothing is folded but what stands on the log and is in this engine's copy.

use super::aside::LOOK;
use super::run::derived_entry;
use super::traced;
use super::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Engine, EngineError};
use crate::index::from_state::names;
use crate::lane::{Caused, Heard, Lane, LaneError};
use crate::shared::{Arrived, Sharing};
use heng_core::{Content, Control, PackSource as _};
use heng_log::Disk;
use heng_log::codec::{self, EntryKind};
use heng_model::{Position, SubjectId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often one flush sends: what was submitted, its effects, and what follows from them; the next goes on. What follows a history that is
/// on its way may go there and back until that has come, which this engine may not be able to bring about, or not before the flush is over.
const SENT_MAX: u32 = 16;

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
        self.outstanding.is_empty() && self.shared.as_ref().is_none_or(Sharing::is_settled)
    }

    /// Is something on its way to a shared log that the last flush did not wait for?
    pub(crate) fn is_under_way(&self) -> bool {
        self.shared.as_ref().is_some_and(|sharing| sharing.under_way.is_some())
    }

    /// Where the arrivals are that were put on a shared log since the last call, in their order.
    pub fn take_placed(&mut self) -> Vec<Position> {
        self.shared.as_mut().map(|sharing| std::mem::take(&mut sharing.placed)).unwrap_or_default()
    }

    /// Begins to read a shared log where this engine's copy ends, and folds what it has by now.
    pub(super) fn join(&mut self) -> Result<(), EngineError> {
        let Some(ends) = self.ask_log(|log| log.ends())? else { return Ok(()) };
        let own: Vec<u64> = self.lanes.iter().map(|lane| lane.next_offset()).collect();
        // The last entry of the copy is read once more, and compared.
        let from: Vec<u64> = own.iter().map(|next| next.saturating_sub(1)).collect();
        for ((partition, end), own) in (0..).zip(&ends).zip(&own) {
            if end < own {
                return Err(EngineError::SharedEnds { partition, found: *end, own: *own });
            }
        }
        let Some(sharing) = &mut self.shared else { return Ok(()) };
        sharing.log.follow(&from)?;
        sharing.wanted = ends;
        sharing.compared = own.iter().map(|own| *own == 0).collect();
        while self.is_behind() {
            self.exchange(false)?;
        }
        Ok(())
    }

    /// A flush: what is to be sent is on the log, and everything up to there folded; of what others have sent, what is at
    /// hand. Where the last is left, what is sent now is only handed over: it is waited for by the next flush.
    pub(super) fn exchange(&mut self, leaves_last: bool) -> Result<(), EngineError> {
        let leaves_last = leaves_last && self.has_outgoing();
        self.exchange_all(leaves_last)?;
        if leaves_last {
            self.waiting.keep_last();
        } else {
            self.waiting.clear();
        }
        Ok(())
    }

    fn exchange_all(&mut self, leaves_last: bool) -> Result<(), EngineError> {
        let mut sent = 0_u32;
        loop {
            // Kafka's client has one request of a partition under way, and its thread spins while more is due.
            self.wait_for_places()?;
            if sent < SENT_MAX && self.has_outgoing() {
                self.send_outgoing()?;
                sent = sent.saturating_add(1);
            }
            if !leaves_last {
                self.wait_for_places()?;
            }
            let is_behind = self.take_arrived()?;
            if self.lanes.iter().all(|lane| lane.waiting_len() == 0) {
                return Ok(());
            }
            let (mut effects, mut heard) = (Vec::new(), Vec::new());
            for mut folded in self.fold_lanes()? {
                heard.append(&mut folded.heard);
                effects.extend(self.since.take_in(folded));
            }
            // Before what is heard: of causes folded just now, effects may be on the log already.
            self.keep(effects);
            self.hear(heard);
            self.known_ms = self.known_ms.max(self.lanes.iter().filter_map(|lane| lane.fold.known_ms()).max());
            self.today = self.lanes.iter().filter_map(|lane| lane.fold.day()).min();
            self.say_effects()?;
            // Where something is left under way there is a further flush, and effects go along with that.
            let has_more = !leaves_last && sent < SENT_MAX && self.has_outgoing();
            if !is_behind && !has_more {
                return Ok(());
            }
        }
    }

    fn has_outgoing(&self) -> bool {
        self.shared.as_ref().is_some_and(|sharing| !sharing.outgoing.is_empty())
    }

    /// Does nothing wait but what follows from entries that were folded?
    pub(crate) fn has_effects_alone(&self) -> bool {
        let mut outgoing = self.shared.iter().flat_map(|sharing| &sharing.outgoing);
        let is_folded = !self.is_under_way() && self.lanes.iter().all(|lane| lane.waiting_len() == 0);
        is_folded && self.has_outgoing() && outgoing.all(|(_, is_arrival)| !is_arrival)
    }

    /// Keeps effects until they are met on the log.
    pub(super) fn keep(&mut self, effects: Vec<Caused>) {
        effects.into_iter().for_each(|caused| self.outstanding.add(caused));
    }

    fn send_outgoing(&mut self) -> Result<(), EngineError> {
        let Some(sharing) = self.shared.as_mut().filter(|sharing| !sharing.outgoing.is_empty()) else { return Ok(()) };
        let outgoing = sharing.outgoing.drain(..);
        let (sent, entries) = outgoing.map(|(it, is_arrival)| ((it.partition, is_arrival), it)).unzip();
        sharing.log.send(entries)?;
        sharing.under_way = Some(sent);
        sharing.outgoing_bytes = 0;
        Ok(())
    }

    fn wait_for_places(&mut self) -> Result<(), EngineError> {
        if !self.is_under_way() {
            return Ok(());
        }
        let offsets = loop {
            let Some(sharing) = &mut self.shared else { return Ok(()) };
            match sharing.log.placed(LOOK)? {
                Some(offsets) => break offsets,
                None => self.look_aside()?,
            }
        };
        let Some(sharing) = &mut self.shared else { return Ok(()) };
        for ((partition, is_arrival), offset) in sharing.under_way.take().into_iter().flatten().zip(offsets) {
            if is_arrival {
                sharing.placed.push(Position { partition, offset });
            }
            if let Some(wanted) = sharing.wanted.get_mut(usize::from(partition)) {
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
            match sharing.log.next(if is_behind && waiting == 0 { LOOK } else { Duration::ZERO })? {
                Some(arrived) => self.take(&arrived)?,
                None if is_behind && waiting == 0 => self.look_aside()?,
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
        let head = codec::decode_head(&arrived.entry).map_err(decode)?;
        if head.kind == EntryKind::Control {
            self.fetch_pack(arrived)?;
        }
        let lane = self.lanes.get_mut(at).ok_or(EngineError::NoLane(at))?;
        match head.kind {
            EntryKind::Control => lane.append_control(&arrived.entry)?,
            _ => lane.append(&arrived.entry)?,
        };
        traced::note(&mut self.traced, arrived.position, arrived.traceparent.as_deref().or(head.traceparent));
        Ok(())
    }

    /// Keeps the pack that an entry puts in force, if it does and the pack is not here.
    fn fetch_pack(&mut self, arrived: &Arrived) -> Result<(), EngineError> {
        let entry = codec::decode_entry(arrived.position, &arrived.entry).map_err(LaneError::Decode)?;
        if let Content::Control(Control::PackActivated { sha256, .. }) = entry.content
            && self.shelf.pack(&sha256).is_none()
            && let Some(files) = self.ask_log(|log| log.pack(&sha256))?
        {
            self.shelf.keep(&self.disk, &files)?;
        }
        Ok(())
    }

    /// What entries that others may have written mean for what this engine keeps beside the fold.
    fn hear(&mut self, heard: Vec<Heard>) {
        let mut has_pack = false;
        for heard in heard {
            match heard {
                Heard::Effect(met) => {
                    let is_folded = self.is_folded(met.cause);
                    if let Some(from) = met.is_part_of() {
                        self.note_home(from);
                    }
                    if let Some(to) = met.takes_over() {
                        self.note_names_of(to);
                    }
                    self.outstanding.met(*met, is_folded);
                }
                Heard::Named(id) => {
                    self.note_names_of(&id);
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

    /// A history may have come home, under its own id or one that leads there: the subject is itself again, where the fold says so.
    fn note_home(&mut self, id: &SubjectId) {
        let lane = self.lanes.get(usize::from(id.partition(self.meta.partitions)));
        if lane.is_some_and(|lane| lane.fold.redirect_of(id).is_none()) {
            self.directory.forget_redirect(id);
        }
    }

    /// Notes the names that a subject has by now.
    fn note_names_of(&mut self, id: &SubjectId) {
        let lane = self.lanes.get(usize::from(id.partition(self.meta.partitions)));
        if let Some((now, subject)) = lane.and_then(|lane| lane.fold.subject(id)) {
            self.directory.note_names(now, &names(&subject));
        }
    }

    /// Has an entry been folded here?
    pub(super) fn is_folded(&self, position: Position) -> bool {
        is_folded(&self.lanes, position)
    }

    /// Sends the effects of the partitions that this engine speaks for.
    pub(super) fn say_effects(&mut self) -> Result<(), EngineError> {
        let Some(sharing) = &self.shared else { return Ok(()) };
        let lanes = &self.lanes;
        self.outstanding.forget_early(|position| is_folded(lanes, position));
        if self.outstanding.is_empty() {
            return Ok(());
        }
        let speaks = &sharing.speaks;
        let speaks = |partition| speaks.get(usize::from(partition)).copied().unwrap_or_default();
        let unsent = self.outstanding.unsent(speaks);
        let known_ms = self.known_ms.unwrap_or_default();
        for caused in unsent {
            let (to, context) = (caused.effect.to().clone(), caused.context.clone());
            let entry = derived_entry(&self.lanes, caused, known_ms)?;
            let partition = to.partition(self.meta.partitions);
            if let Some(sharing) = &mut self.shared {
                sharing.send(partition, &entry, (Some(to), context.as_deref()), false);
            }
        }
        Ok(())
    }
}

fn is_folded<D: Disk>(lanes: &[Lane<D>], position: Position) -> bool {
    let lane = lanes.get(usize::from(position.partition));
    lane.is_some_and(|lane| position.offset < lane.fold.next_offset())
}

impl Sharing {
    /// Is nothing to be put on the log by the next flush, nor on its way there?
    pub(super) fn is_settled(&self) -> bool {
        self.outgoing.is_empty() && self.under_way.is_none()
    }
}
