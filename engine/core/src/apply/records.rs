//! Records: recorded, corrected, retracted.

use super::Application;
use crate::event::{Corrected, Recorded};
use crate::refusal::Refusal;
use crate::subject::{Correction, ParkedBody, Record, RecordNo, StoredValue, push_rare};
use crate::validate::{Checked, CheckedFields, effect_day};
use heng_model::{Day, Symbol};
use heng_rules::fields::{push_field, push_value};
use heng_rules::{List, Value};
use std::sync::Arc;

impl Application<'_, '_> {
    pub(super) fn record(&mut self, event: &Recorded<'_>) -> Result<(), Refusal> {
        if self.subject.find_record(self.source, event.record).is_some() {
            return Err(Refusal::RecordedTwice { source_name: self.source_name(), record: event.record.to_owned() });
        }
        let checker = self.checker();
        let kind = self.subject.kind_on(self.id, event.decided_on);
        let item = checker.item(self.source, event.item, kind)?;
        checker.capacity(self.id.is_person(), event.capacity)?;
        let fields = checker.recorded(item, event)?;
        if u16::try_from(event.record.len()).is_err() {
            return Err(Refusal::RecordTooLong);
        }
        let mut record = Record::new(self.position, (self.source, event.record), item.symbol, event.decided_on);
        record.set_effect_day(effect_day(item, event.decided_on, &fields));
        let mut kept = Vec::new();
        for (name, value) in &fields {
            with_value(value, |value| push_field(&mut kept, *name, value));
        }
        let number = self.subject.add_record(record, event.record, &kept);
        self.touch(number);
        self.unpark(number, event.record);
        Ok(())
    }

    pub(super) fn correct_or_park(&mut self, event: &Corrected<'_>) -> Result<(), Refusal> {
        match self.subject.find_record(self.source, event.record) {
            Some(number) => self.correct(number, event),
            None => {
                let body = ParkedBody::Corrected {
                    version: event.version,
                    decided_on: event.decided_on,
                    dates: event.dates.iter().map(|(name, day)| ((*name).into(), *day)).collect(),
                    fields: event
                        .fields
                        .iter()
                        .map(|(name, value)| ((*name).into(), StoredValue::from(value)))
                        .collect(),
                };
                self.park(self.source, event.record, body)
            }
        }
    }

    pub(super) fn correct(&mut self, number: RecordNo, event: &Corrected<'_>) -> Result<(), Refusal> {
        let Some(record) = self.subject.record(number).copied() else { return Ok(()) };
        if record.retracted {
            return Ok(());
        }
        let program = self.program;
        let Some(item) = program.item(record.item) else { return Ok(()) };
        let checker = self.checker();
        let mut fields = CheckedFields::new();
        for (name, day) in &event.dates {
            fields.push(checker.named_date(name, *day)?);
        }
        checker.fields(item, &event.fields, &mut fields)?;
        let stated = fields.len();
        if let Some(day) = event.decided_on {
            checker.decided_on(day)?;
        }
        let decided_on = event.decided_on.unwrap_or(record.decided_on);
        let from_corrected = item.from.and_then(|from| fields.iter().find(|(name, _)| *name == from));
        let effect = match from_corrected {
            Some(_) => effect_day(item, decided_on, &fields),
            None if item.from.is_some() => record.effect_day(),
            None => Some(decided_on),
        };
        // Dates that stay are counted from the effect day as it will be.
        for field in item.fields.iter().filter(|field| field.max.is_some()) {
            let is_corrected = fields.iter().any(|(name, _)| *name == field.symbol);
            if let (Value::Day(day), false) = (self.subject.field(&record, field.symbol), is_corrected) {
                fields.push((field.symbol, Checked::One(Value::Day(day))));
            }
        }
        checker.within_max(item, effect, &fields)?;
        fields.truncate(stated);
        // The effect day may change: rules that look back must look from the earlier one.
        self.touch(number);
        for (name, value) in fields {
            if self.supersedes(number, Some(name), event.version) {
                with_value(&value, |value| self.subject.set_field(number, name, value));
            }
        }
        if let Some(day) = event.decided_on
            && self.supersedes(number, None, event.version)
            && let Some(record) = self.subject.records.get_mut(number.at())
        {
            record.decided_on = day;
        }
        self.subject.set_effect_day(number, item.from);
        self.mended(number);
        self.touch(number);
        Ok(())
    }

    /// Of several corrections of one field the highest version stands, else the latest position.
    fn supersedes(&mut self, record: RecordNo, field: Option<Symbol>, version: Option<u64>) -> bool {
        let corrections = &mut self.subject.more_mut().corrections;
        match corrections.iter_mut().find(|known| known.record == record && known.field == field) {
            Some(known) if known.version > version => false,
            Some(known) => {
                known.version = version;
                true
            }
            None => {
                push_rare(corrections, Correction { record, field, version });
                true
            }
        }
    }

    /// A correction or retraction after an upheld objection ends its pause.
    fn mended(&mut self, number: RecordNo) {
        let today = self.today;
        let Some(more) = self.subject.more.as_mut().map(Arc::make_mut) else { return };
        for objection in &mut more.objections {
            let upheld = objection.resolved.is_some_and(|(_, upheld)| upheld);
            if objection.record == number && upheld && objection.mended_on.is_none() {
                objection.mended_on = Some(today);
            }
        }
    }

    pub(super) fn retract_or_park(&mut self, name: &str) -> Result<(), Refusal> {
        match self.subject.find_record(self.source, name) {
            Some(number) => {
                self.retract(number);
                Ok(())
            }
            None => self.park(self.source, name, ParkedBody::Retracted),
        }
    }

    pub(super) fn retract(&mut self, number: RecordNo) {
        if let Some(record) = self.subject.records.get_mut(number.at()) {
            record.retracted = true;
        }
        self.mended(number);
        self.touch(number);
    }

    /// Sets the repair that stands; used by repairs and restorations.
    pub(super) fn refresh_repair(&mut self, number: RecordNo) {
        let standing: Option<Day> = self.subject.more.as_ref().and_then(|more| more.standing_repair(number));
        if let Some(record) = self.subject.records.get_mut(number.at()) {
            record.set_repaired_on(standing);
        }
        self.touch(number);
    }
}

/// Hands on a checked value as a record keeps it: the elements of a list side by side.
fn with_value(value: &Checked<'_>, keep: impl FnOnce(Value<'_>)) {
    match value {
        Checked::One(value) => keep(*value),
        Checked::Many(values) => {
            let mut elements = Vec::new();
            values.iter().for_each(|value| push_value(&mut elements, *value));
            keep(Value::List(List::new(&elements)));
        }
    }
}
