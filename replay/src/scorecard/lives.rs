//! What became of each decision, as its authorities must know: issued when, ended when, lifted when.
//!
//! # Invariants
//!
//! Revisions may come in any order, since a merge carries a decision from one partition's log to another's: of a duty the
//! least revision counts, of the end the greatest.

use super::HasReached;
use super::answers::Answer;
use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use heng_core::{DecisionEvent, DecisionKind, PackSource};
use heng_log::Disk;
use heng_log::codec::decode_decision;
use heng_model::{Day, DecisionId, PartitionId, Position, SubjectId, Symbols, TimeZone};
use heng_rules::Pack;
use std::collections::BTreeMap;

/// Everything that is counted.
#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) decisions: BTreeMap<DecisionId, Life>,
    pub(super) authorities: Codes,
    pub(super) measures: Codes,
    /// The last day on which anything became known.
    pub(super) last_day: Option<Day>,
}

/// Texts by number, each once.
#[derive(Debug, Default)]
pub(super) struct Codes {
    numbers: BTreeMap<String, u16>,
    texts: Vec<String>,
}

/// A decision.
#[derive(Debug)]
pub(super) struct Life {
    /// Whom it is about, last; and was about before a merge.
    pub(super) subjects: Vec<SubjectId>,
    pub(super) zone: TimeZone,
    /// Where and when its first revision became known, hidden ones included: what answers before it was refused.
    pub(super) first: (Position, i64),
    pub(super) duties: Vec<Duty>,
    pub(super) last: Last,
    /// The last time that it was lifted or revoked.
    pub(super) lift: Option<Lift>,
    /// The last revision that leaves it standing.
    standing: u32,
    pub(super) answers: Vec<Answer>,
}

/// What an authority must do because of it.
#[derive(Debug)]
pub(super) struct Duty {
    revision: u32,
    pub(super) authority: u16,
    pub(super) measure: u16,
    pub(super) issued_on: Day,
    pub(super) due_on: Option<Day>,
    pub(super) is_delivered: bool,
}

/// As it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    revision: u32,
    /// The first day on which it is over; none while it has no last day.
    pub(super) over_on: Option<Day>,
}

/// That it was lifted or revoked.
#[derive(Debug)]
pub(super) struct Lift {
    revision: u32,
    pub(super) kind: DecisionKind,
    pub(super) on: Day,
    pub(super) at: (PartitionId, u64),
    pub(super) cause: (Position, i64),
    /// Authorities that have acknowledged it.
    pub(super) reached: Vec<u16>,
}

impl Codes {
    pub(super) fn number(&mut self, text: &str) -> u16 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u16::try_from(self.texts.len()).unwrap_or(u16::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    pub(super) fn find(&self, text: &str) -> Option<u16> {
        self.numbers.get(text).copied()
    }

    pub(super) fn text(&self, number: u16) -> &str {
        self.texts.get(usize::from(number)).map_or("", String::as_str)
    }
}

impl Life {
    /// The lift that stands: later revisions may have put the decision in force again.
    pub(super) fn standing_lift(&self) -> Option<&Lift> {
        self.lift.as_ref().filter(|lift| lift.revision > self.standing)
    }
}

/// Packs by hash, loaded when first met.
struct Loaded<'a> {
    source: &'a dyn PackSource,
    packs: BTreeMap<[u8; 32], Pack>,
}

impl Loaded<'_> {
    fn pack(&mut self, sha256: &[u8; 32]) -> Result<&Pack, ReplayError> {
        if !self.packs.contains_key(sha256) {
            let name = || sha256.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            let files = self.source.pack(sha256);
            let files = files.ok_or_else(|| ReplayError::Packs(format!("pack {} is not kept", name())))?;
            let loaded = heng_rules::load(&files, &mut Symbols::default());
            let loaded = loaded.map_err(|_| ReplayError::Packs(format!("pack {} does not load", name())))?;
            self.packs.insert(*sha256, loaded.pack);
        }
        self.packs.get(sha256).ok_or_else(|| ReplayError::Packs("a pack is not kept".to_owned()))
    }
}

/// Reads every decision that was known by the end of a day.
pub(super) fn read<D: Disk>(
    logs: &[PartitionLog<D>],
    source: &dyn PackSource,
    has_reached: HasReached<'_>,
    until: Option<Day>,
) -> Result<Lives, ReplayError> {
    let mut lives = Lives::default();
    let mut packs = Loaded { source, packs: BTreeMap::new() };
    for log in logs {
        let mut scanner = log.decisions.scan(0);
        while let Some(frame) = scanner.next_frame() {
            let (seq, frame) = frame?;
            log.stop.check()?;
            let error = |cause| ReplayError::Decision { partition: log.id, seq, cause };
            let event = decode_decision(frame.entry).map_err(error)?;
            let pack = packs.pack(&event.pack_sha256)?;
            let on = pack.time_zone.civil_day(event.known_ms);
            if until.is_none_or(|until| on <= until) {
                let reached = |authority: &str| has_reached(authority, log.id, seq, frame.entry);
                lives.take(&event, (pack, on, log.id), &reached);
            }
        }
    }
    Ok(lives)
}

impl Lives {
    fn take(
        &mut self,
        event: &DecisionEvent,
        (pack, on, partition): (&Pack, Day, PartitionId),
        reached: &dyn Fn(&str) -> bool,
    ) {
        self.last_day = self.last_day.max(Some(on));
        let Self { decisions, authorities, measures, .. } = self;
        let life = decisions.entry(event.decision).or_insert_with(|| Life {
            subjects: Vec::new(),
            zone: pack.time_zone,
            first: (event.position, event.known_ms),
            duties: Vec::new(),
            last: Last { revision: 0, over_on: None },
            lift: None,
            standing: 0,
            answers: Vec::new(),
        });
        if event.known_ms < life.first.1 {
            life.first = (event.position, event.known_ms);
        }
        if !life.subjects.contains(&event.subject) {
            // The one that has it last stands first.
            let at = if event.revision >= life.last.revision { 0 } else { life.subjects.len() };
            life.subjects.insert(at, event.subject.clone());
        }
        let hull = event.in_force.hull();
        if event.revision >= life.last.revision {
            let over_on = match hull {
                Some(hull) => (!hull.last.is_forever()).then(|| hull.last.next()),
                None => Some(on),
            };
            life.last = Last { revision: event.revision, over_on };
        }
        match event.kind {
            DecisionKind::Lifted | DecisionKind::Revoked => {
                if life.lift.as_ref().is_none_or(|lift| lift.revision < event.revision) {
                    for code in &event.authorities {
                        authorities.number(code);
                    }
                    let named = authorities.texts.iter().enumerate().filter(|(_, code)| reached(code));
                    let named = named.filter_map(|(at, _)| u16::try_from(at).ok());
                    life.lift = Some(Lift {
                        revision: event.revision,
                        kind: event.kind,
                        on,
                        at: (partition, event.seq),
                        cause: (event.position, event.known_ms),
                        reached: named.collect(),
                    });
                }
            }
            DecisionKind::Expired => {}
            _ => life.standing = life.standing.max(event.revision),
        }
        // What is hidden, or awaits an officer, is nobody's duty; what is said only when it is over never was.
        let is_said = !matches!(event.kind, DecisionKind::Scheduled | DecisionKind::Expired | DecisionKind::Revoked);
        if !is_said || hull.is_none() {
            return;
        }
        let carried = pack.measures.iter().filter(|measure| event.measures.contains(&measure.code));
        for (measure, index) in carried.flat_map(|it| it.authorities.iter().map(move |index| (it, index))) {
            let Some(authority) = pack.authorities.get(index.at()) else { continue };
            let (of, what) = (authorities.number(&authority.code), measures.number(&measure.code));
            let known = life.duties.iter_mut().find(|duty| (duty.authority, duty.measure) == (of, what));
            let duty = Duty {
                revision: event.revision,
                authority: of,
                measure: what,
                issued_on: on,
                due_on: pack.answer_due(measure, authority, on),
                is_delivered: reached(&authority.code),
            };
            match known {
                None => life.duties.push(duty),
                Some(known) if duty.revision < known.revision => *known = duty,
                Some(_) => {}
            }
        }
    }
}
