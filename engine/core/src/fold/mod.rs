//! The fold of one partition: one worker, one order.
//!
//! # Invariants
//!
//! The same entries give the same outputs and the same state, however they are cut into batches and however often they
//! are folded. Every emission of an entry is made after its whole effect is known: one cause gives a decision at most
//! one revision.

mod activate;
mod calendar;
mod changed;
mod checkpoint;
mod emit;
mod merge;
mod neighbours;
mod propagate;
mod register;
mod step;
mod subjects;
mod touch;

use crate::decision::DecisionKind;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::subject::Decision;
use calendar::Calendar;
use heng_model::{Day, PartitionId, Position, SubjectId, SubjectKind, Symbols, TimeZone};
use heng_rules::{Pack, PackFiles};
use indexmap::IndexMap;
use register::Register;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::sync::Arc;

pub use changed::Changed;
pub use checkpoint::RestoreError;
pub use merge::RedirectPart;
pub use touch::WINDOW_ENTRIES;

/// The fold version this program writes; it knows all up to it.
pub const FOLD_VERSION: u32 = 1;

/// Where packs come from, by hash: kept beside the log.
pub trait PackSource {
    /// The files of the pack with this hash, if they are kept.
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles>;

    /// The same made ready, where it is at hand; asked for the first pack of a log alone.
    fn compiled(&self, _sha256: &[u8; 32]) -> Option<&Compiled> {
        None
    }

    /// Told between two subjects of an entry that may concern all of them, which takes seconds: time to let others have the
    /// processor. What is folded does not depend on it.
    fn between_subjects(&self) {}
}

/// A pack made ready once, for the many small logs that begin with it: the cases of a pack.
#[derive(Debug, Clone)]
pub struct Compiled {
    sha256: [u8; 32],
    program: Arc<Program>,
    /// The names of the pack and no other, as a log has them that begins with it.
    symbols: Symbols,
}

impl Compiled {
    /// Makes a pack ready; `None` for one that is broken, which loading it tells.
    #[must_use]
    pub fn new(files: &PackFiles) -> Option<Self> {
        let mut symbols = Symbols::default();
        let loaded = heng_rules::load(files, &mut symbols).ok()?;
        let program = Arc::new(Program::new(loaded.pack, &mut symbols).ok()?);
        Some(Self { sha256: files.sha256(), program, symbols })
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.program.pack
    }

    /// Its hash.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// A subject's place in the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectNo(pub u32);

impl SubjectNo {
    pub(crate) fn at(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    pub(crate) fn from_index(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

/// A revision to be rendered before the next entry is folded: it points into the state that gave rise to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whose.
    pub subject: SubjectNo,
    /// Index of the decision in the subject's state.
    pub decision: u32,
    /// What it does.
    pub kind: DecisionKind,
    /// Place among the partition's decisions.
    pub seq: u64,
    /// Revoked decisions that share a day with it, as indexes.
    pub replaces: SmallVec<[u32; 1]>,
    /// Decisions that still carry a measure of it, as indexes.
    pub also: SmallVec<[u32; 1]>,
}

/// What must be done because of an entry.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Decisions, in order of `seq`.
    pub drafts: Vec<Draft>,
    /// Subjects of whom services may show something else than before, whether or not anything is said of it: a decision and what it
    /// rests on, names, where a history went. Some are named more than once.
    pub changed: Vec<SubjectNo>,
    /// Events refused, by position: for the dead letters.
    pub refused: Vec<(Position, Refusal)>,
    /// Was the event a duplicate of one folded before?
    pub duplicate: bool,
    /// Effects to be put on the log, of other partitions but for what goes back to whom it was sent to first.
    pub effects: Vec<Effect>,
}

impl Outputs {
    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.drafts.clear();
        self.changed.clear();
        self.refused.clear();
        self.duplicate = false;
        self.effects.clear();
    }
}

/// An effect on a subject, as a rule of another partition, to be put on the log there.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// What a subject tells another one.
    Tell {
        /// Who is told.
        to: SubjectId,
        /// What.
        news: crate::entry::News,
    },
    /// A part of a merged subject's history.
    Redirect(RedirectPart),
    /// The entry just folded belongs to another subject now: the same event, sent on.
    Forward {
        /// The subject it belongs to.
        to: SubjectId,
        /// The subject that it was sent to first.
        by: SubjectId,
    },
}

impl Effect {
    /// Whom it concerns.
    #[must_use]
    pub fn to(&self) -> &SubjectId {
        match self {
            Self::Tell { to, .. } | Self::Forward { to, .. } => to,
            Self::Redirect(part) => &part.to,
        }
    }
}

/// Why the log cannot be folded on: it is broken, or needs another program. Never that an event is bad.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Positions are dense.
    #[error("position {found} follows {expected} entries: the log has a hole or repeats an entry")]
    NotNext {
        /// The entry's position.
        found: Position,
        /// The offset expected.
        expected: u64,
    },
    /// The pack is not kept beside the log.
    #[error(
        "at {position}: pack {pack} with hash {sha256} is not kept beside the log: put it back, it is named by the log"
    )]
    PackMissing {
        /// The entry's position.
        position: Position,
        /// Name and version.
        pack: String,
        /// Hash.
        sha256: String,
    },
    /// The pack does not load.
    #[error("at {position}: pack {pack} does not load: {reason}")]
    PackBroken {
        /// The entry's position.
        position: Position,
        /// Name and version.
        pack: String,
        /// First diagnostic.
        reason: String,
    },
    /// The program lacks the fold version.
    #[error(
        "at {position}: fold version {version} is not known to this program (it knows up to {FOLD_VERSION}): use a newer release"
    )]
    FoldUnknown {
        /// The entry's position.
        position: Position,
        /// The version.
        version: u32,
    },
}

/// Decisions as they were, by subject and index; `None` for new ones.
type Journal = IndexMap<(SubjectNo, u32), Option<Decision>, FxBuildHasher>;

/// The state of one partition.
#[derive(Debug)]
pub struct Partition {
    id: PartitionId,
    partitions: u16,
    next_offset: u64,
    next_seq: u64,
    known_ms: i64,
    day: Option<Day>,
    symbols: Symbols,
    program: Option<Arc<Program>>,
    /// Hashes of the packs activated, in order: what the table of names was made from.
    packs: Vec<[u8; 32]>,
    /// Packs whose activation waits for its day: day, hash, name and version.
    pending: Vec<(Day, [u8; 32], String)>,
    fold_version: u32,
    subjects: Register,
    calendar: Calendar,
    /// Decisions as they were before the entry being folded.
    journal: Journal,
    /// The program before the activation being folded.
    former: Option<Arc<Program>>,
    /// The subject that took over another's history in the entry being folded: moved decisions are said anew.
    restated: Option<SubjectNo>,
}

impl Partition {
    /// An empty partition, of a log of `partitions`.
    #[must_use]
    pub fn new(id: PartitionId, partitions: u16) -> Self {
        Self {
            id,
            partitions,
            next_offset: 0,
            next_seq: 0,
            known_ms: i64::MIN,
            day: None,
            symbols: Symbols::default(),
            program: None,
            packs: Vec::new(),
            pending: Vec::new(),
            fold_version: FOLD_VERSION,
            subjects: Register::default(),
            calendar: Calendar::default(),
            journal: IndexMap::default(),
            former: None,
            restated: None,
        }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> PartitionId {
        self.id
    }

    /// The offset of the entry to be folded next.
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.next_offset
    }

    /// The `seq` of the decision to come next.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The greatest known time folded, if any.
    #[must_use]
    pub fn known_ms(&self) -> Option<i64> {
        (self.known_ms != i64::MIN).then_some(self.known_ms)
    }

    /// The current civil day.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// The program in force.
    #[must_use]
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.program.as_ref()
    }

    /// The zone in which days are counted, once a pack is in force or waits to be.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        self.program.as_ref().map(|program| program.pack.time_zone)
    }

    /// The program before the activation that the entry folded last brought about.
    pub(crate) fn former(&self) -> Option<&Program> {
        self.former.as_deref()
    }

    /// Is an activation waiting for its day?
    #[must_use]
    pub fn has_pending_pack(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The hash of the pack activated last, whether or not its day has come.
    #[must_use]
    pub fn last_pack(&self) -> Option<&[u8; 32]> {
        self.pending.last().map(|(_, sha256, _)| sha256).or_else(|| self.packs.last())
    }

    /// The packs that were put in force so far, in order.
    #[must_use]
    pub fn activated_packs(&self) -> &[[u8; 32]] {
        &self.packs
    }

    /// How many packs were put in force, or wait for their day.
    #[must_use]
    pub fn packs_len(&self) -> usize {
        self.packs.len().saturating_add(self.pending.len())
    }

    /// What control events have made of the partition: the same in every partition that has folded as many.
    #[must_use]
    pub fn control_state(&self) -> (Option<Day>, usize, usize, u32) {
        (self.day, self.packs.len(), self.pending.len(), self.fold_version)
    }

    /// The table of names.
    #[must_use]
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// The fold version in force.
    #[must_use]
    pub fn fold_version(&self) -> u32 {
        self.fold_version
    }

    /// Has this event of a subject been folded before? `Some(true)`: with the same content.
    #[must_use]
    pub fn has_seen(&self, id: &SubjectId, identity: crate::entry::Identity) -> Option<bool> {
        Some(self.subjects.find_seen(self.number_of(id)?, identity.name)? == identity.content)
    }

    /// The kind of a subject on a day, known or not, redirects followed.
    #[must_use]
    pub fn kind_on(&self, id: &SubjectId, day: Day) -> SubjectKind {
        let Some(number) = self.number_of(id) else { return id.default_kind() };
        let stated = self.subjects.kind_on(number, day);
        stated.unwrap_or_else(|| self.subjects.id(number).unwrap_or(id).default_kind())
    }

    /// Whose state lies at a place.
    #[must_use]
    pub fn id_at(&self, number: SubjectNo) -> Option<&SubjectId> {
        self.subjects.id(number)
    }

    /// The place of a subject, redirects followed.
    #[must_use]
    pub fn number_of(&self, id: &SubjectId) -> Option<SubjectNo> {
        self.subjects.number_of(id).map(|number| self.resolve(number))
    }

    /// Where the history of an id has gone, as far as its own merge says.
    #[must_use]
    pub fn redirect_of(&self, id: &SubjectId) -> Option<&SubjectId> {
        self.redirect(self.subjects.number_of(id)?)
    }

    /// Follows redirects inside the partition.
    fn resolve(&self, mut number: SubjectNo) -> SubjectNo {
        // A merge into oneself is refused, so redirects make no circle.
        while let Some(next) = self.redirect(number).and_then(|to| self.subjects.number_of(to)) {
            number = next;
        }
        number
    }

    /// Where the history of a subject has gone.
    fn redirect(&self, number: SubjectNo) -> Option<&SubjectId> {
        self.subjects.more(number)?.redirect.as_ref()
    }
}
