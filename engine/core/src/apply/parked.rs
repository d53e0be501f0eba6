//! Events that wait for a record or an objection not yet seen: visible, bounded, never lost.

use super::{Application, PARKED_MAX};
use crate::event::{Corrected, FieldValue};
use crate::refusal::Refusal;
use crate::subject::{Parked, ParkedBody, RecordNo, StoredValue, push_rare};
use heng_model::{Day, Symbol};

impl From<&FieldValue<'_>> for StoredValue {
    fn from(value: &FieldValue<'_>) -> Self {
        match value {
            FieldValue::Null => Self::Null,
            FieldValue::Text(text) => Self::Text((*text).into()),
            FieldValue::Int(number) => Self::Int(*number),
            FieldValue::Bool(flag) => Self::Bool(*flag),
            FieldValue::List(values) => Self::List(values.iter().map(Self::from).collect()),
        }
    }
}

impl StoredValue {
    fn borrow(&self) -> FieldValue<'_> {
        match self {
            Self::Null => FieldValue::Null,
            Self::Text(text) => FieldValue::Text(text),
            Self::Int(number) => FieldValue::Int(*number),
            Self::Bool(flag) => FieldValue::Bool(*flag),
            Self::List(values) => FieldValue::List(values.iter().map(Self::borrow).collect()),
        }
    }
}

impl Application<'_, '_> {
    pub(super) fn park(&mut self, record_source: Symbol, record: &str, body: ParkedBody) -> Result<(), Refusal> {
        let parked = Parked {
            source: self.source,
            record_source,
            record: record.into(),
            position: self.position,
            known_on: self.today,
            body,
        };
        let waiting = &mut self.subject.more_mut().parked;
        if waiting.len() >= PARKED_MAX {
            return Err(Refusal::TooManyParked(PARKED_MAX));
        }
        push_rare(waiting, parked);
        Ok(())
    }

    /// Applies what waited for a record, or for an objection to it, in the order of arrival.
    pub(super) fn unpark(&mut self, number: RecordNo, name: &str) {
        let source = self.source;
        let is_for_record = |it: &Parked| {
            it.record_source == source
                && &*it.record == name
                && !matches!(it.body, ParkedBody::ObjectionResolved { .. })
        };
        let parked = self.subject.more.as_ref().map_or(&[][..], |more| &more.parked);
        let filed: Vec<Box<str>> = parked
            .iter()
            .filter(|it| is_for_record(it))
            .filter_map(|it| match &it.body {
                ParkedBody::ObjectionFiled { objection, .. } => Some(objection.clone()),
                _ => None,
            })
            .collect();
        let is_for = |it: &Parked| match &it.body {
            ParkedBody::ObjectionResolved { objection, .. } => filed.contains(objection),
            _ => is_for_record(it),
        };
        for parked in self.take_parked(is_for) {
            self.as_of(&parked, |it| match &parked.body {
                ParkedBody::Corrected { version, decided_on, dates, fields } => {
                    let event = Corrected {
                        record: name,
                        version: *version,
                        decided_on: *decided_on,
                        dates: dates.iter().map(|(name, day)| (&**name, *day)).collect(),
                        fields: fields.iter().map(|(name, value)| (&**name, value.borrow())).collect(),
                        reason: None,
                    };
                    it.correct(number, &event)
                }
                ParkedBody::Retracted => {
                    it.retract(number);
                    Ok(())
                }
                ParkedBody::Repaired { on } => it.repair(number, *on),
                ParkedBody::Restored { on } => it.restore(number, *on),
                ParkedBody::ObjectionFiled { objection, on } => it.file(number, objection, *on),
                ParkedBody::ObjectionResolved { objection, on, upheld } => {
                    it.resolve_parked(&parked, objection, *on, *upheld)
                }
            });
        }
    }

    /// Applies everything that waits for a record or an objection that is known: after two histories were joined.
    pub(crate) fn unpark_ready(&mut self) {
        let parked = self.subject.more.as_ref().map(|more| more.parked.clone()).unwrap_or_default();
        for waiting in parked {
            match &waiting.body {
                ParkedBody::ObjectionResolved { objection, .. } => {
                    let known = self
                        .subject
                        .more
                        .as_ref()
                        .is_some_and(|more| more.objections.iter().any(|it| it.name == *objection));
                    if known {
                        self.unpark_objection(objection);
                    }
                }
                _ => {
                    if let Some(number) = self.subject.find_record(waiting.record_source, &waiting.record) {
                        self.source = waiting.record_source;
                        self.unpark(number, &waiting.record);
                    }
                }
            }
        }
    }

    /// Applies what waited for an objection.
    pub(super) fn unpark_objection(&mut self, name: &str) {
        let is_for =
            |it: &Parked| matches!(&it.body, ParkedBody::ObjectionResolved { objection, .. } if &**objection == name);
        for parked in self.take_parked(is_for) {
            if let ParkedBody::ObjectionResolved { objection, on, upheld } = &parked.body {
                self.as_of(&parked, |it| it.resolve_parked(&parked, objection, *on, *upheld));
            }
        }
    }

    fn resolve_parked(&mut self, parked: &Parked, objection: &str, on: Day, upheld: bool) -> Result<(), Refusal> {
        let record = Some(&*parked.record).filter(|record| !record.is_empty());
        self.resolve_or_park(objection, record, on, upheld)
    }

    fn take_parked(&mut self, is_for: impl Fn(&Parked) -> bool) -> Vec<Parked> {
        match &mut self.subject.more {
            Some(more) if !more.parked.is_empty() => {
                let (due, rest) = std::mem::take(&mut more.parked).into_iter().partition(is_for);
                more.parked = rest;
                due
            }
            _ => Vec::new(),
        }
    }

    /// Applies a parked event as from its own source and known day; one that turns out not to fit is reported.
    fn as_of(&mut self, parked: &Parked, apply: impl FnOnce(&mut Self) -> Result<(), Refusal>) {
        let (source, today, position) = (self.source, self.today, self.position);
        (self.source, self.today, self.position) = (parked.source, parked.known_on, parked.position);
        if let Err(refusal) = apply(self) {
            self.late_refusals.push((parked.position, refusal));
        }
        (self.source, self.today, self.position) = (source, today, position);
    }
}
