//! What became of each decision, as its authorities must know: issued when, ended when, lifted when.
//!
//! # Invariants
//!
//! Revisions may come in any order, since a merge carries a decision from one partition's log to another's: of a duty the
//! least revision counts, of the end the greatest. What follows from their order is told when all are read.

use super::HasReached;
use super::answers::Answer;
use super::turns::Turn;
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
    /// What was said of it after its first revision, hidden ones left out.
    pub(super) turns: Vec<Turn>,
    /// Among the turns: the lift or revocation that stands.
    pub(super) lift: Option<usize>,
    pub(super) answers: Vec<Answer>,
}

/// What an authority must do because of it.
#[derive(Debug)]
pub(super) struct Duty {
    pub(super) authority: u16,
    pub(super) measure: u16,
    /// The greatest revision that names it.
    pub(super) named: u32,
    /// How it began; what was over whenever it was named never did.
    pub(super) begun: Option<Begun>,
    /// The first day on which the decision no longer has the measure, or the measure the authority.
    pub(super) over_on: Option<Day>,
    /// Among the turns: by which it was taken away from a decision that stood.
    pub(super) taken: Option<usize>,
}

/// The least revision that a duty follows from.
#[derive(Debug)]
pub(super) struct Begun {
    revision: u32,
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

    /// Authorities that a lift has reached, those that it names or that anything named before.
    fn reached(&mut self, named: &[String], reached: &dyn Fn(&str) -> bool) -> Vec<u16> {
        for code in named {
            self.number(code);
        }
        let reached = self.texts.iter().enumerate().filter(|(_, code)| reached(code));
        reached.filter_map(|(at, _)| u16::try_from(at).ok()).collect()
    }

    /// Those of the authorities with duties that were reached.
    fn reached_of(&self, duties: &[Duty], reached: &dyn Fn(&str) -> bool) -> Vec<u16> {
        let mut of: Vec<u16> = duties.iter().map(|duty| duty.authority).collect();
        of.sort_unstable();
        of.dedup();
        of.retain(|authority| reached(self.text(*authority)));
        of
    }

    pub(super) fn text(&self, number: u16) -> &str {
        self.texts.get(usize::from(number)).map_or("", String::as_str)
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
    lives.decisions.values_mut().for_each(Life::settle);
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
            turns: Vec::new(),
            lift: None,
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
        // What is hidden, or awaits an officer, is nobody's duty.
        if event.kind == DecisionKind::Scheduled {
            return;
        }
        if event.revision > 1 {
            let reached = match event.kind {
                DecisionKind::Lifted | DecisionKind::Revoked => authorities.reached(&event.authorities, reached),
                // Others matter to those alone who had something to do.
                _ => authorities.reached_of(&life.duties, reached),
            };
            life.turns.push(Turn {
                revision: event.revision,
                kind: event.kind,
                last: hull.map(|hull| hull.last),
                on,
                at: (partition, event.seq),
                cause: (event.position, event.known_ms),
                reached,
            });
        }
        let Some(hull) = hull else { return };
        // What is said only when it is over, be it for the first time or once more, never bound anybody.
        let is_bound = !matches!(event.kind, DecisionKind::Expired | DecisionKind::Revoked) && on <= hull.last;
        let carried = pack.measures.iter().filter(|measure| event.measures.contains(&measure.code));
        for (measure, index) in carried.flat_map(|it| it.authorities.iter().map(move |index| (it, index))) {
            let Some(authority) = pack.authorities.get(index.at()) else { continue };
            let (of, what) = (authorities.number(&authority.code), measures.number(&measure.code));
            let known = life.duties.iter().position(|duty| (duty.authority, duty.measure) == (of, what));
            let at = known.unwrap_or(life.duties.len());
            if known.is_none() {
                let (begun, over_on, taken) = (None, None, None);
                life.duties.push(Duty { authority: of, measure: what, named: 0, begun, over_on, taken });
            }
            let Some(duty) = life.duties.get_mut(at) else { continue };
            duty.named = duty.named.max(event.revision);
            if is_bound && duty.begun.as_ref().is_none_or(|begun| event.revision < begun.revision) {
                duty.begun = Some(Begun {
                    revision: event.revision,
                    issued_on: on,
                    due_on: pack.answer_due(measure, authority, on),
                    is_delivered: reached(&authority.code),
                });
            }
        }
    }
}
