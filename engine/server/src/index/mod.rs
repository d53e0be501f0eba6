//! The in-force index: what checks are answered from, in memory, beside the fold and never waiting for it.
//!
//! # Invariants
//!
//! A cell is replaced whole, and only by decisions that are durable. What a [`View`] says is reflected was in the cells
//! before the view was: an answer is at least as fresh as it claims. A subject that took over another's history has it before the other's
//! id leads there alone; until then the other is judged by both. Days ahead are in the cells, so the passing of a day changes no cell.

mod cell;
mod codes;
pub(crate) mod from_state;
mod looking;
mod lookup;
mod publish;
mod token;
mod view;
mod words;

pub(crate) use cell::{Cell, InForce};
pub use codes::Codes;
pub(crate) use looking::Looking;
pub use lookup::{Concerned, Lookup};
pub use publish::Publisher;
pub(crate) use token::TOKEN_HEAD_BYTES;
pub use token::{ParseTokenError, Token};
pub use view::View;
pub use words::{Encode, MeasureText, RuleText};
pub(crate) use words::{MatterWords, PackWords};

use crate::directory::{Directory, ResolveError, canonical};
use crate::verdict::Judgement;
use arc_swap::{ArcSwapOption, Guard};
use bytes::Bytes;
use heng_model::{Day, SubjectId};
use heng_rules::Effect;
use rustc_hash::FxBuildHasher;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::watch;

/// What is, was and will be in force, by subject.
#[derive(Debug)]
pub struct Index {
    cells: papaya::HashMap<SubjectId, Cell, FxBuildHasher>,
    /// Aliases; canonical ids are looked up in the cells alone.
    names: RwLock<Directory>,
    view: ArcSwapOption<View>,
    /// Told of each new view.
    changes: watch::Sender<()>,
    /// Since when something waits to be reflected: an event, a day or a pack; 0 where nothing does.
    waiting_since_ms: AtomicI64,
    /// When a checkpoint was written last, or this began.
    checkpoint_ms: AtomicI64,
    checkpoint_failures: AtomicU64,
}

/// A matter that the pack in force does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pack {pack} has no matter `{given}`; its matters are {known}")]
pub struct UnknownMatter {
    /// As given.
    pub given: String,
    /// Pack.
    pub pack: String,
    /// What there is, in words.
    pub known: String,
}

/// A check as it is handed to whoever puts the answer together.
pub(crate) struct Checked<'a> {
    /// The subject, redirects followed.
    pub(crate) subject: &'a SubjectId,
    pub(crate) matter: &'a MatterWords,
    /// The pack that it is judged and worded by, `name@version`.
    pub(crate) pack: &'a Bytes,
    pub(crate) judgement: Judgement<InForce<'a>>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            cells: papaya::HashMap::with_hasher(FxBuildHasher),
            names: RwLock::default(),
            view: ArcSwapOption::empty(),
            changes: watch::channel(()).0,
            waiting_since_ms: AtomicI64::new(0),
            checkpoint_ms: AtomicI64::new(0),
            checkpoint_failures: AtomicU64::new(0),
        }
    }
}

impl Index {
    /// What is reflected now; none until the log has been caught up with.
    #[must_use]
    pub fn view(&self) -> Guard<Option<Arc<View>>> {
        self.view.load()
    }

    /// How many subjects it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Does it hold no subject?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A subject of whom another index holds something else, or a name that leads there and not here, if there is one: whoever keeps an
    /// index up to date by what was touched must get the one that is made whole. After several merges in circles at once a name may lead
    /// here to one more, and is refused as ambiguous.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        let (own, others) = (self.cells.pin(), other.cells.pin());
        let is_other = |(id, cell): &(&SubjectId, &Cell)| !others.get(*id).is_some_and(|it| it.holds_the_same(cell));
        let differs = own.iter().find(is_other).map(|(id, _)| id.text().into_owned());
        let lacks = || others.keys().find(|id| own.get(*id).is_none()).map(|id| id.text().into_owned());
        let differs = differs.or_else(lacks);
        let [names, others] = [self, other].map(|index| index.names.read().unwrap_or_else(PoisonError::into_inner));
        differs.or_else(|| names.difference(&others))
    }

    /// The subject that a code names, by aliases; redirects are followed by [`Index::check`].
    ///
    /// # Errors
    /// [`ResolveError`] where it names none.
    pub fn resolve(&self, view: &View, given: &str) -> Result<SubjectId, ResolveError> {
        let pack = view.words().map(|words| &words.program.pack);
        match canonical(given, pack) {
            // Nobody's alias: what a scheme's pattern says of it is for the directory to judge.
            Some(id) if id.scheme().is_none() => Ok(id),
            _ => self.names.read().unwrap_or_else(PoisonError::into_inner).resolve(given, pack),
        }
    }

    /// Begins to look cells up.
    pub(crate) fn looking(&self) -> Looking<'_> {
        Looking(self.cells.pin())
    }

    /// Judges a matter for a subject on a day.
    ///
    /// # Errors
    /// [`UnknownMatter`].
    pub(crate) fn check<R>(
        &self,
        (view, words): (&View, &PackWords),
        subject: &SubjectId,
        matter: &str,
        on: Day,
        take: impl FnOnce(Checked<'_>) -> R,
    ) -> Result<R, UnknownMatter> {
        let looking = self.looking();
        looking.judge((view, words), (subject, looking.0.get(subject)), matter, on, take)
    }

    /// The verdict alone, and the next day on which it changes by itself.
    ///
    /// # Errors
    /// [`UnknownMatter`].
    pub fn verdict(
        &self,
        view: &View,
        subject: &SubjectId,
        matter: &str,
        on: Day,
    ) -> Result<(Option<Effect>, Option<Day>), UnknownMatter> {
        let Some(words) = view.words() else { return Ok((None, None)) };
        let found = |checked: Checked<'_>| (checked.judgement.verdict, checked.judgement.next_change);
        self.check((view, words), subject, matter, on, found)
    }

    /// Waits until at least what a token says is reflected; false if that has not come about by then.
    pub async fn wait_for(&self, token: &Token, until: Instant) -> bool {
        let mut changes = self.changes.subscribe();
        let reached = async {
            loop {
                changes.borrow_and_update();
                if self.view.load().as_ref().is_some_and(|view| view.reflects(token))
                    || changes.changed().await.is_err()
                {
                    break;
                }
            }
        };
        tokio::time::timeout_at(until.into(), reached).await.is_ok()
    }

    /// How long, at an instant, the oldest event not yet reflected has waited.
    #[must_use]
    pub fn stale_by_ms(&self, now_ms: i64) -> u64 {
        match self.waiting_since_ms.load(Ordering::Relaxed) {
            0 => 0,
            since => u64::try_from(now_ms.saturating_sub(since)).unwrap_or_default(),
        }
    }

    /// How long ago, at an instant, a checkpoint was written, or this began.
    #[must_use]
    pub fn checkpoint_age_ms(&self, now_ms: i64) -> u64 {
        match self.checkpoint_ms.load(Ordering::Relaxed) {
            0 => 0,
            written => u64::try_from(now_ms.saturating_sub(written)).unwrap_or_default(),
        }
    }

    /// Notes when a checkpoint was written.
    pub(crate) fn note_checkpoint(&self, now_ms: i64) {
        self.checkpoint_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Checkpoints that could not be written.
    #[must_use]
    pub fn checkpoint_failures(&self) -> u64 {
        self.checkpoint_failures.load(Ordering::Relaxed)
    }

    /// Notes that a checkpoint could not be written.
    pub(crate) fn note_checkpoint_failure(&self) {
        self.checkpoint_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes since when events wait to be folded.
    pub(crate) fn note_waiting(&self, since_ms: Option<i64>) {
        self.waiting_since_ms.store(since_ms.unwrap_or_default(), Ordering::Relaxed);
    }
}

impl PackWords {
    fn unknown(&self, matter: &str) -> UnknownMatter {
        UnknownMatter {
            given: matter.to_owned(),
            pack: self.program.label.clone(),
            known: self.matter_codes().collect::<Vec<_>>().join(", "),
        }
    }

    /// The words by which a cell is judged: a pack that takes effect is in the cells before it is in the view, and its
    /// measures mean what its own matters say.
    fn or_newer<'a>(&'a self, cell: &'a Cell) -> &'a Self {
        match cell.words() {
            Some(own) if own.generation > self.generation => own,
            _ => self,
        }
    }
}
