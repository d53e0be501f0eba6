//! Document numbers such as 鄂税稽罚〔2023〕12号, counted by series and year.

use super::super::act::{Authority, Item};
use super::super::json::digits;
use std::collections::BTreeMap;

/// The last number given in each series and year.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<(&'static str, u16), u32>);

/// The series of a record's own document; grades come in lists without one.
pub(super) const fn of_item(item: Item) -> Option<&'static str> {
    match item {
        Item::TaxPenalty => Some("鄂税稽罚"),
        Item::TaxMajor => Some("鄂税稽公"),
        Item::TaxPerson => Some("鄂税信公"),
        Item::LabourPenalty => Some("鄂人社监罚"),
        Item::WageArrears | Item::WagePerson => Some("鄂人社监列"),
        Item::TaxGrade | Item::LabourGrade => None,
    }
}

/// The series of decisions on repair.
pub(super) const fn of_repair(by: Authority) -> &'static str {
    match by {
        Authority::Tax => "鄂税信修",
        Authority::Hrss => "鄂人社信修",
        _ => "鄂发改信修",
    }
}

/// The series of decisions that undo a repair.
pub(super) const fn of_restoration(by: Authority) -> &'static str {
    match by {
        Authority::Tax => "鄂税信撤",
        Authority::Hrss => "鄂人社信撤",
        _ => "鄂发改信撤",
    }
}

/// The series of rulings on reorganisations.
pub(super) const REORGANISATIONS: &str = "鄂破";

impl Documents {
    /// Appends the next number of a series.
    pub(super) fn write_next(&mut self, out: &mut Vec<u8>, series: &'static str, year: u16) {
        let last = self.0.entry((series, year)).or_default();
        *last = last.saturating_add(1);
        out.extend_from_slice(series.as_bytes());
        out.extend_from_slice("〔".as_bytes());
        digits(out, year.into(), 4);
        out.extend_from_slice("〕".as_bytes());
        digits(out, *last, 1);
        out.extend_from_slice("号".as_bytes());
    }
}
