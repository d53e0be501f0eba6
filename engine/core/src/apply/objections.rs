//! Objections: filed and resolved, in whatever order they and their records come.
//!
//! # Invariants
//!
//! A resolution is about every objection of its name that its source may handle; about that to one record, if it names
//! one. It waits while it finds none of them, and on while one of them waits for its record. Of several resolutions of an
//! objection the latest stands.

use super::Application;
use crate::refusal::Refusal;
use crate::subject::{Objection, Parked, ParkedBody, RecordNo, push_rare};
use heng_model::Day;
use std::sync::Arc;

impl Application<'_, '_> {
    pub(super) fn file_or_park(
        &mut self,
        objection: &str,
        name: &str,
        source: Option<&str>,
        on: Day,
    ) -> Result<(), Refusal> {
        let source = self.record_source(source)?;
        match self.subject.find_record(source, name) {
            Some(number) => {
                self.file(number, objection, on)?;
                self.answer_waiting(number, objection);
                Ok(())
            }
            None => self.park(source, name, ParkedBody::ObjectionFiled { objection: objection.into(), on }),
        }
    }

    pub(super) fn file(&mut self, number: RecordNo, objection: &str, on: Day) -> Result<(), Refusal> {
        self.may(number, |item| &item.objection_by, "handle objections to")?;
        let item = self.subject.record(number).and_then(|record| self.program.item(record.item));
        let pauses = item.is_some_and(|item| item.suspend_on_objection);
        let (name, filed_on) = (objection.into(), on);
        let filed = Objection { name, record: number, filed_on, pauses, resolved: None, mended_on: None };
        push_rare(&mut self.subject.more_mut().objections, filed);
        self.touch(number);
        Ok(())
    }

    pub(super) fn resolve_or_park(
        &mut self,
        objection: &str,
        record: Option<&str>,
        on: Day,
        upheld: bool,
    ) -> Result<(), Refusal> {
        let known = self.objections_named(objection, record);
        // Two authorities may have given two objections one name: each resolves those that are its to handle.
        let own: Vec<usize> = known.iter().copied().filter(|at| self.may_handle(*at).is_ok()).collect();
        let is_awaited = self.is_awaited(objection, record.unwrap_or_default());
        if let (Some(first), [], false) = (known.first(), own.as_slice(), is_awaited) {
            return self.may_handle(*first);
        }
        // First, since there may be no room for it, and what is refused changes nothing.
        if own.is_empty() || is_awaited {
            let body = ParkedBody::ObjectionResolved { objection: objection.into(), on, upheld };
            self.park(self.source, record.unwrap_or_default(), body)?;
        }
        own.iter().for_each(|at| self.resolve(*at, on, upheld));
        Ok(())
    }

    /// Applies resolutions that wait to a record's objection of that name.
    fn answer_waiting(&mut self, number: RecordNo, name: &str) {
        let record = self.subject.record(number).map(|record| self.subject.record_name(record)).unwrap_or_default();
        let parked = self.subject.more.as_ref().map_or(&[][..], |more| &more.parked);
        let due: Vec<Parked> = parked.iter().filter(|it| is_resolution(it, name, record)).cloned().collect();
        let answered: Vec<&Parked> = due.iter().filter(|it| self.answer(it, number)).collect();
        self.forget_answered(&answered);
    }

    /// Applies a resolution that waits to the objections of its name to a record; does it resolve any?
    pub(super) fn answer(&mut self, parked: &Parked, number: RecordNo) -> bool {
        let ParkedBody::ObjectionResolved { objection, on, upheld } = &parked.body else { return false };
        let mut answers = false;
        self.as_of(parked, |it| {
            for at in it.objections_named(objection, None) {
                if it.objection_at(at).is_some_and(|it| it.record == number) && it.may_handle(at).is_ok() {
                    it.resolve(at, *on, *upheld);
                    answers = true;
                }
            }
            Ok(())
        });
        answers
    }

    /// Resolutions that were applied wait on only while an objection of theirs waits for its record.
    pub(super) fn forget_answered(&mut self, answered: &[&Parked]) {
        for resolution in answered {
            let ParkedBody::ObjectionResolved { objection, .. } = &resolution.body else { continue };
            if !self.is_awaited(objection, &resolution.record)
                && let Some(more) = self.subject.more.as_mut().map(Arc::make_mut)
            {
                more.parked.retain(|it| it != *resolution);
            }
        }
    }

    /// Does an objection of this name wait for its record, for that of this name if it is not empty?
    fn is_awaited(&self, name: &str, record: &str) -> bool {
        let parked = self.subject.more.as_ref().map_or(&[][..], |more| &more.parked);
        parked.iter().any(|it| {
            let is_named = matches!(&it.body, ParkedBody::ObjectionFiled { objection, .. } if &**objection == name);
            is_named && (record.is_empty() || &*it.record == record)
        })
    }

    pub(super) fn objections_named(&self, name: &str, record: Option<&str>) -> Vec<usize> {
        let Some(more) = &self.subject.more else { return Vec::new() };
        let is_about = |objection: &Objection| {
            record.is_none_or(|wanted| {
                self.subject.record(objection.record).is_some_and(|it| self.subject.record_name(it) == wanted)
            })
        };
        let named = more.objections.iter().enumerate().filter(|(_, it)| &*it.name == name && is_about(it));
        named.map(|(at, _)| at).collect()
    }

    pub(super) fn objection_at(&self, at: usize) -> Option<&Objection> {
        self.subject.more.as_ref()?.objections.get(at)
    }

    fn may_handle(&self, at: usize) -> Result<(), Refusal> {
        match self.objection_at(at) {
            Some(objection) => self.may(objection.record, |item| &item.objection_by, "handle objections to"),
            None => Ok(()),
        }
    }

    fn resolve(&mut self, at: usize, on: Day, upheld: bool) {
        let resolved = self.subject.more_mut().objections.get_mut(at).map(|objection| {
            objection.resolved = Some((on, upheld));
            objection.mended_on = None;
            objection.record
        });
        if let Some(number) = resolved {
            self.touch(number);
        }
    }
}

/// Is it a resolution of an objection of this name, to a record of that name?
pub(super) fn is_resolution(parked: &Parked, name: &str, record: &str) -> bool {
    matches!(&parked.body, ParkedBody::ObjectionResolved { objection, .. } if &**objection == name)
        && (parked.record.is_empty() || &*parked.record == record)
}
