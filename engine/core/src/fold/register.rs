//! The subjects of a partition: packed at rest, a few of them open.
//!
//! # Invariants
//!
//! A subject is in one of two forms, and no reader can tell which. Only what was opened changes, and whatever is opened
//! counts as changed since the last checkpoint. Packed bytes were made here or looked through when they came.

use super::SubjectNo;
use super::changed::Changed;
use crate::subject::{More, Subject, codec};
use codec::Packed;
use heng_model::{Day, SubjectId, SubjectKind};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Subjects kept open for the entries to come. An entry touches one and perhaps one linked with it; more would only fill
/// the first-level cache, and a day or a pack that touches all of them must not hold the small ones open.
const OPEN_MAX: usize = 4;

/// Bytes beyond which a subject, once opened, stays so: copying it twice would cost an event more than deriving it. They
/// are those of some forty records. What a pack that touched all of them leaves open is these few.
const PACKED_BYTES_MAX: usize = 4 * 1024;

/// A subject: its bytes and what is rare about it, or its place among the open ones.
#[derive(Debug)]
enum Form {
    /// What is rare has many small parts, and most events leave it alone: it is handed on as it is, and readers share it. A checkpoint
    /// on its way shares both.
    Packed(Arc<[u8]>, Option<Arc<More>>),
    Open(usize),
}

/// The subjects, in the order in which they became known.
#[derive(Debug, Default)]
pub(super) struct Register {
    places: IndexMap<SubjectId, Form, FxBuildHasher>,
    open: Vec<Subject>,
    /// Places in `open` whose subject was packed; their vectors are used again.
    free: Vec<usize>,
    /// Those to be packed, the one opened first in front.
    queue: VecDeque<SubjectNo>,
    /// Changed since the last checkpoint, once each.
    changed: Vec<SubjectNo>,
    /// Bit by subject: is it in `changed`?
    is_changed: Vec<u64>,
    bytes: Vec<u8>,
}

impl Register {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = SubjectNo> + use<> {
        (0..self.places.len()).map(SubjectNo::from_index)
    }

    pub(super) fn number_of(&self, id: &SubjectId) -> Option<SubjectNo> {
        self.places.get_index_of(id).map(SubjectNo::from_index)
    }

    pub(super) fn id(&self, number: SubjectNo) -> Option<&SubjectId> {
        self.places.get_index(number.at()).map(|(id, _)| id)
    }

    /// The bytes of a subject, if it is packed.
    pub(super) fn packed(&self, number: SubjectNo) -> Option<&[u8]> {
        match self.places.get_index(number.at())?.1 {
            Form::Packed(bytes, _) => Some(bytes),
            Form::Open(_) => None,
        }
    }

    /// The state of a subject, as it is if it is open, else a copy.
    pub(super) fn read(&self, number: SubjectNo) -> Option<(&SubjectId, Cow<'_, Subject>)> {
        let (id, form) = self.places.get_index(number.at())?;
        Some((id, self.subject(form)?))
    }

    /// The state of a subject, as it is if it is open, else unpacked into `spare`.
    pub(super) fn read_in<'a>(
        &'a self,
        number: SubjectNo,
        spare: &'a mut Subject,
    ) -> Option<(&'a SubjectId, &'a Subject)> {
        let (id, form) = self.places.get_index(number.at())?;
        match form {
            Form::Open(at) => Some((id, self.open.get(*at)?)),
            Form::Packed(bytes, more) => {
                codec::unpack(spare, bytes)?;
                spare.more.clone_from(more);
                Some((id, spare))
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&SubjectId, Cow<'_, Subject>)> {
        self.places.iter().filter_map(|(id, form)| Some((id, self.subject(form)?)))
    }

    pub(super) fn part(&self, places: Range<usize>) -> impl Iterator<Item = (&SubjectId, Cow<'_, Subject>)> {
        let part = self.places.get_range(places).into_iter().flatten();
        part.filter_map(|(id, form)| Some((id, self.subject(form)?)))
    }

    fn subject(&self, form: &Form) -> Option<Cow<'_, Subject>> {
        match form {
            Form::Open(at) => self.open.get(*at).map(Cow::Borrowed),
            Form::Packed(bytes, more) => {
                let mut subject = Subject::default();
                codec::unpack(&mut subject, bytes)?;
                subject.more.clone_from(more);
                Some(Cow::Owned(subject))
            }
        }
    }

    /// Asks something of a subject, of its packed bytes if it is packed.
    fn ask<T>(
        &self,
        number: SubjectNo,
        packed: impl FnOnce(Packed<'_>) -> Option<T>,
        open: impl FnOnce(&Subject) -> Option<T>,
    ) -> Option<T> {
        match self.places.get_index(number.at())?.1 {
            Form::Open(at) => open(self.open.get(*at)?),
            Form::Packed(bytes, _) => packed(Packed::new(bytes)?),
        }
    }

    /// The fingerprint of the content of an event folded before, by that of its source and id.
    pub(super) fn find_seen(&self, number: SubjectNo, name: u64) -> Option<u32> {
        self.ask(number, |packed| packed.find_seen(name), |subject| subject.seen.find(name))
    }

    /// The kind that was stated for a subject on a day.
    pub(super) fn kind_on(&self, number: SubjectNo, day: Day) -> Option<SubjectKind> {
        self.ask(number, |packed| packed.profile()?.kind_on(day), |subject| subject.profile.kind_on(day))
    }

    /// The next day on which a decision of the subject changes by itself.
    pub(super) fn wake(&self, number: SubjectNo) -> Option<Day> {
        self.ask(number, |packed| packed.wake, |subject| subject.wake)
    }

    /// What is rare about a subject.
    pub(super) fn more(&self, number: SubjectNo) -> Option<&More> {
        match self.places.get_index(number.at())?.1 {
            Form::Open(at) => self.open.get(*at)?.more.as_deref(),
            Form::Packed(_, more) => more.as_deref(),
        }
    }

    /// A subject to be changed.
    pub(super) fn open(&mut self, number: SubjectNo) -> Option<(&SubjectId, &mut Subject)> {
        let at = match self.places.get_index(number.at())?.1 {
            Form::Open(at) => *at,
            Form::Packed(..) => self.unpack(number)?,
        };
        self.note_change(number);
        let (id, _) = self.places.get_index(number.at())?;
        Some((id, self.open.get_mut(at)?))
    }

    fn unpack(&mut self, number: SubjectNo) -> Option<usize> {
        let at = self.room();
        let (_, form) = self.places.get_index_mut(number.at())?;
        if let Form::Packed(bytes, more) = form {
            let subject = self.open.get_mut(at)?;
            codec::unpack(subject, bytes)?;
            subject.more = more.take();
        }
        *form = Form::Open(at);
        self.queue.push_back(number);
        Some(at)
    }

    /// A blank subject, known from now on.
    pub(super) fn add(&mut self, id: SubjectId) -> SubjectNo {
        let at = self.room();
        if let Some(subject) = self.open.get_mut(at) {
            subject.clear();
        }
        let (number, _) = self.places.insert_full(id, Form::Open(at));
        let number = SubjectNo::from_index(number);
        self.queue.push_back(number);
        self.note_change(number);
        number
    }

    /// A place among the open ones, of whatever subject had it before.
    fn room(&mut self) -> usize {
        if self.queue.len() >= OPEN_MAX {
            self.pack_first();
        }
        self.free.pop().unwrap_or_else(|| {
            self.open.push(Subject::default());
            self.open.len().saturating_sub(1)
        })
    }

    fn pack_first(&mut self) {
        let Some(number) = self.queue.pop_front() else { return };
        let Some((_, form)) = self.places.get_index_mut(number.at()) else { return };
        let Form::Open(at) = *form else { return };
        let Some(subject) = self.open.get_mut(at) else { return };
        self.bytes.clear();
        codec::pack(subject, &mut self.bytes);
        if self.bytes.len() <= PACKED_BYTES_MAX {
            *form = Form::Packed(self.bytes.as_slice().into(), subject.more.take());
            self.free.push(at);
        }
    }

    fn note_change(&mut self, number: SubjectNo) {
        let (word, bit) = (number.at() / 64, 1 << (number.at() % 64));
        if word >= self.is_changed.len() {
            self.is_changed.resize(word.saturating_add(1), 0);
        }
        if let Some(bits) = self.is_changed.get_mut(word)
            && *bits & bit == 0
        {
            *bits |= bit;
            self.changed.push(number);
        }
    }

    /// Counts all of them as changed.
    pub(super) fn change_all(&mut self) {
        self.numbers().for_each(|number| self.note_change(number));
    }

    pub(super) fn changed_len(&self) -> usize {
        self.changed.len()
    }

    /// The subjects changed since the last call, as they are.
    pub(super) fn take_changed(&mut self) -> Changed {
        self.is_changed.clear();
        let numbers = std::mem::take(&mut self.changed);
        let mut changed = Changed::of(numbers.len());
        for (id, form) in numbers.into_iter().filter_map(|number| self.places.get_index(number.at())) {
            match form {
                Form::Open(at) => {
                    let Some(subject) = self.open.get(*at) else { continue };
                    self.bytes.clear();
                    codec::pack(subject, &mut self.bytes);
                    changed.push(id.clone(), self.bytes.as_slice().into(), subject.more.clone());
                }
                Form::Packed(packed, rare) => changed.push(id.clone(), Arc::clone(packed), rare.clone()),
            }
        }
        changed
    }

    /// Puts a subject back as it was saved; `None` if these are not a subject's bytes.
    pub(super) fn put_back(&mut self, id: SubjectId, bytes: &[u8]) -> Option<SubjectNo> {
        let mut subject = codec::decode(bytes)?;
        self.bytes.clear();
        codec::pack(&subject, &mut self.bytes);
        let form = Form::Packed(self.bytes.as_slice().into(), subject.more.take());
        let (number, _) = self.places.insert_full(id, form);
        Some(SubjectNo::from_index(number))
    }
}

#[cfg(test)]
mod tests;
