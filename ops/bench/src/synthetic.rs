//! Made-up subjects and events with nothing in them but what a measurement needs.

use heng_core::{Body, Corrected, Event, FieldValue, Recorded};
use heng_model::uscc::check_character;
use heng_model::{Day, SubjectId};

pub(crate) const TAX: &str = "/gov/420000/tax";
pub(crate) const LABOUR: &str = "/gov/420000/hrss";
/// The day on which everything becomes known: 2026-10-30, noon in China.
pub(crate) const KNOWN_MS: i64 = 1_793_332_800_000;

/// The current day of synthetic logs.
pub(crate) fn today() -> Day {
    Day::from_ymd(2026, 10, 30).unwrap_or(Day::EARLIEST)
}

/// An enterprise by number, below 100 million.
pub(crate) fn enterprise(number: u64) -> anyhow::Result<SubjectId> {
    let mut text = format!("9142010{}{:09}", number / 1_000_000_000, number % 1_000_000_000);
    let check = check_character(text.as_bytes()).map_or('0', char::from);
    text.push(check);
    Ok(text.parse()?)
}

/// A person by number.
pub(crate) fn person(number: u64) -> anyhow::Result<SubjectId> {
    Ok(format!("P-{number:032x}").parse()?)
}

/// A generator of numbers that look random and are the same in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    TaxPenalty,
    LabourPenalty,
    TaxGrade,
    LabourGrade,
    WageArrearsPerson,
}

impl Item {
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::TaxPenalty | Self::TaxGrade => TAX,
            _ => LABOUR,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::TaxPenalty => "tax.penalty",
            Self::LabourPenalty => "labour.penalty",
            Self::TaxGrade => "tax.grade",
            Self::LabourGrade => "labour.grade",
            Self::WageArrearsPerson => "labour.wage_arrears_person",
        }
    }

    /// The item of a record among many: penalties mostly, grades sometimes.
    pub(crate) fn of(number: u64) -> Self {
        match number % 8 {
            0..=2 => Self::TaxPenalty,
            3..=5 => Self::LabourPenalty,
            6 => Self::TaxGrade,
            _ => Self::LabourGrade,
        }
    }
}

/// Gives an event that records something, decided in one of the nine years before the current day.
pub(crate) fn recorded(
    item: Item,
    number: u64,
    subject: SubjectId,
    random: u64,
    put: &mut dyn FnMut(&Event<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    const DAYS: u64 = 9 * 365;
    let back = i32::try_from(random % DAYS)?;
    let decided_on = Day::from_number(today().number() - back);
    let (name, id, amount) = (format!("r{number}"), format!("e{number}"), format!("{}.00", 500 + random % 40_000));
    let tier = ["minor", "general", "serious"].into_iter().nth(usize::try_from(random / 7 % 3)?).unwrap_or("general");
    let grade = ["A", "B", "C"].into_iter().nth(usize::try_from(random / 11 % 3)?).unwrap_or("B");
    let text = FieldValue::Text;
    let fields = match item {
        Item::TaxPenalty => vec![("amount", text(&amount)), ("nature", text("invoice")), ("tier", text(tier))],
        Item::LabourPenalty => vec![("amount", text(&amount)), ("tier", text(tier))],
        Item::TaxGrade | Item::LabourGrade => {
            vec![("grade", text(grade)), ("year", FieldValue::Int(i64::from(decided_on.year()) - 1))]
        }
        Item::WageArrearsPerson => Vec::new(),
    };
    let recorded = Recorded {
        record: &name,
        item: item.code(),
        decided_on,
        document_no: Some("DOC-1"),
        capacity: (item == Item::WageArrearsPerson).then_some("legal_representative"),
        dates: Vec::new(),
        fields,
    };
    put(&Event { source: item.source(), id: &id, subject, body: Body::Recorded(recorded) })
}

/// Gives an event that corrects the amount of a penalty recorded before.
pub(crate) fn corrected(
    item: Item,
    number: u64,
    record: u64,
    subject: SubjectId,
    put: &mut dyn FnMut(&Event<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (name, id) = (format!("r{record}"), format!("c{number}"));
    let body = Corrected {
        record: &name,
        version: None,
        decided_on: None,
        dates: Vec::new(),
        fields: vec![("amount", FieldValue::Text("41000.00"))],
        reason: None,
    };
    put(&Event { source: item.source(), id: &id, subject, body: Body::Corrected(body) })
}
