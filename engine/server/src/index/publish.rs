//! Publishing: from durable decisions to cells, by the thread that folds and those that help it.

use super::Index;
use super::cell::Cell;
use super::codes::Codes;
use super::from_state::{Names, cell, names, redirect};
use super::view::View;
use super::words::{Encode, PackWords};
use crate::directory::Directory;
use crate::lane::{Folded, Histories, Touched};
use crate::side_by_side::{Piece, SideBySide};
use crate::turns::Turns;
use heng_core::{Partition, Subject};
use heng_model::SubjectId;
use std::num::NonZero;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

/// Subjects that are not worth a thread.
const PART_SUBJECTS_MIN: usize = 4_096;

/// More subjects than most batches of events touch: a day or a pack did, and making their cells takes long.
const BATCH_SUBJECTS_MAX: usize = 4_096;

/// What of a partition is published anew.
struct Part<'p> {
    partition: &'p Partition,
    words: &'p Arc<PackWords>,
    touched: &'p Touched,
    moving: &'p Histories,
}

/// What is left to do when all partitions' cells are replaced.
#[derive(Default)]
struct Replaced<'p> {
    /// Whose history went where.
    merged: Vec<(&'p SubjectId, SubjectId)>,
    /// Who has other names than before.
    named: Vec<(&'p SubjectId, Names)>,
}

/// Whoever folds publishes through this; there is one.
#[derive(Debug)]
pub struct Publisher {
    index: Arc<Index>,
    log_id: [u8; 32],
    encode: Encode,
    /// Those of the pack in force in each partition: on a log that several engines write, a day opens in one before it does in another.
    words: Vec<Option<Arc<PackWords>>>,
    codes: Arc<Codes>,
}

impl Publisher {
    /// Publishes into an index.
    #[must_use]
    pub fn new(index: Arc<Index>, log_id: [u8; 32], encode: Encode) -> Self {
        Self { index, log_id, encode, words: Vec::new(), codes: Arc::default() }
    }

    /// Knows the codes of packs that were in force before.
    pub fn know(&mut self, codes: Codes) {
        self.codes = Arc::new(codes);
    }

    /// Publishes everything: at start, from the state that a checkpoint and the rest of the log gave, and from what is on its way.
    pub fn all(&mut self, partitions: &[&Partition], moving: &Histories, now_ms: i64) {
        self.renew_words(partitions);
        let mut directory = Directory::default();
        self.index.cells.pin().reserve(partitions.iter().map(|partition| partition.subjects_len()).sum());
        for (partition, words) in partitions.iter().zip(&self.words) {
            self.fill((partition, moving), words.as_ref(), &mut directory);
        }
        *self.index.names.write().unwrap_or_else(PoisonError::into_inner) = directory;
        self.show(partitions, now_ms);
    }

    /// Makes all cells of a partition, on as many threads as there are processors, and notes the names.
    fn fill(
        &self,
        (partition, moving): (&Partition, &Histories),
        words: Option<&Arc<PackWords>>,
        directory: &mut Directory,
    ) {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let (all, part) = (partition.subjects_len(), partition.subjects_len().div_ceil(threads).max(PART_SUBJECTS_MIN));
        let named = std::thread::scope(|scope| {
            let parts = (0..all).step_by(part).map(|first| first..all.min(first.saturating_add(part)));
            let mut parts = parts.map(|places| move || self.fill_part((partition, moving), words, places));
            let own = parts.next();
            let others: Vec<_> = parts.map(|fill| scope.spawn(fill)).collect();
            let mut named = own.map(|fill| fill()).unwrap_or_default();
            for other in others {
                match other.join() {
                    Ok(more) => named.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            named
        });
        named.iter().for_each(|(id, names)| directory.note_names(id, names));
    }

    /// Makes the cells of some subjects; who of them has names.
    fn fill_part<'p>(
        &self,
        (partition, moving): (&'p Partition, &Histories),
        words: Option<&Arc<PackWords>>,
        places: Range<usize>,
    ) -> Vec<(&'p SubjectId, Names)> {
        let cells = self.index.cells.pin();
        let mut named = Vec::new();
        for (id, subject) in partition.subjects_at(places) {
            let history = moving.get(id).filter(|_| redirect(&subject).is_some());
            // Until its history has come it has its names.
            let its = history.map_or_else(|| names(&subject), names);
            if its.redirect.is_some() || !its.aliases.is_empty() {
                named.push((id, its));
            }
            if let Some(cell) = words.and_then(|words| cell(partition, words, (id, &subject), history)) {
                cells.insert(id.clone(), cell);
            }
        }
        named
    }

    /// Publishes the subjects that a batch touched; their decisions are durable.
    pub fn touched(&mut self, partitions: &[&Partition], folded: &Folded, beside: &SideBySide, now_ms: i64) {
        for at in self.renew_words(partitions) {
            // What came before the first pack, a history that was merged into it, was not in the index.
            if let (Some(partition), Some(words)) = (partitions.get(at), self.words.get(at)) {
                let mut directory = self.index.names.write().unwrap_or_else(PoisonError::into_inner);
                self.fill((partition, &folded.moving), words.as_ref(), &mut directory);
            }
        }
        self.replace_all(partitions, folded, beside);
        self.show(partitions, now_ms);
    }

    fn replace_all(&self, partitions: &[&Partition], folded: &Folded, beside: &SideBySide) {
        let Folded { touched, moving, .. } = folded;
        let parts = partitions.iter().zip(&self.words).zip(touched).filter_map(|((partition, words), touched)| {
            Some(Piece { length: touched.len(), it: Part { partition, words: words.as_ref()?, touched, moving } })
        });
        // Where it takes long the other processors are left to who waits for an answer meanwhile.
        let is_short = touched.iter().map(Touched::len).sum::<usize>() <= BATCH_SUBJECTS_MAX;
        let replaced = beside.each(is_short, parts.collect(), |part| self.replace(part, &Turns::new(!is_short)));
        let cells = self.index.cells.pin();
        // Whoever took a history over has it by now: only then may the other id lead there.
        for (id, to) in replaced.iter().flat_map(|replaced| &replaced.merged) {
            cells.insert((*id).clone(), Cell::Merged(to.clone()));
        }
        if replaced.iter().any(|replaced| !replaced.named.is_empty()) {
            let mut directory = self.index.names.write().unwrap_or_else(PoisonError::into_inner);
            let named = replaced.iter().flat_map(|replaced| &replaced.named);
            for (id, names) in named {
                directory.note_names(id, names);
                if names.redirect.is_none() {
                    // It is itself again, or what was its own is on its way once more.
                    directory.forget_redirect(id);
                }
            }
        }
    }

    /// Replaces the cells of the subjects of a partition that were touched, but for those of merged ones whose history has come.
    fn replace<'p>(&self, part: Part<'p>, turns: &Turns) -> Replaced<'p> {
        let Part { partition, words, touched, moving } = part;
        let cells = self.index.cells.pin();
        let known = self.index.names.read().unwrap_or_else(PoisonError::into_inner);
        let (mut spare, mut replaced) = (Subject::default(), Replaced::default());
        for number in touched {
            turns.offer();
            let (Some(id), Some((_, subject))) = (partition.id_at(*number), partition.subject_in(*number, &mut spare))
            else {
                continue;
            };
            let history = moving.get(id).filter(|_| redirect(subject).is_some());
            // Until its history has come it has its names.
            let named = history.unwrap_or(subject);
            if known.lacks(id, named) {
                replaced.named.push((id, names(named)));
            }
            match cell(partition, words, (id, subject), history) {
                Some(Cell::Merged(to)) => replaced.merged.push((id, to)),
                Some(standing) => _ = cells.insert(id.clone(), standing),
                None => _ = cells.remove(id),
            }
        }
        replaced
    }

    /// Shows what is reflected now, and wakes who waits for it.
    fn show(&self, partitions: &[&Partition], now_ms: i64) {
        let view = View::of(partitions, &self.log_id, (&self.words, Arc::clone(&self.codes)), now_ms);
        self.index.view.store(Some(Arc::new(view)));
        self.index.changes.send_replace(());
    }

    /// Makes the words of the pack in force in each partition, where it is another one than before; which partitions had none.
    fn renew_words(&mut self, partitions: &[&Partition]) -> Vec<usize> {
        self.words.resize(partitions.len(), None);
        let mut first = Vec::new();
        for (at, partition) in partitions.iter().enumerate() {
            // Packs are put in force in the same order everywhere, and how many were is in checkpoints too.
            let generation = u64::try_from(partition.activated_packs().len()).unwrap_or(u64::MAX);
            let known = self.words.get(at).and_then(Option::as_ref);
            let (Some(program), false) = (partition.program(), known.is_some_and(|it| it.generation == generation))
            else {
                continue;
            };
            if known.is_none() {
                first.push(at);
            }
            let is_same =
                |it: &&Arc<PackWords>| it.generation == generation && it.program.pack.sha256 == program.pack.sha256;
            let same = self.words.iter().flatten().find(is_same).cloned();
            let words = same.or_else(|| PackWords::of(partition, generation, self.encode).map(Arc::new));
            Arc::make_mut(&mut self.codes).add(&program.pack, partition.symbols());
            if let Some(place) = self.words.get_mut(at) {
                *place = words;
            }
        }
        first
    }
}
