//! What records say: figures and words that their items accept.
//!
//! # Invariants
//!
//! Field names and values are those of the pack `cn-hubei`; a test folds them under that pack.

use super::World;
use super::act::{Item, Record};
use super::calendar::Date;
use super::chance::{Chance, Purpose};
use super::json::Object;

/// How grave a penalty is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Minor,
    General,
    Serious,
}

impl Tier {
    pub(super) const ALL: [Self; 3] = [Self::Minor, Self::General, Self::Serious];

    const fn word(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::General => "general",
            Self::Serious => "serious",
        }
    }

    /// Least and greatest fine, in yuan.
    const fn fine(self) -> (u32, u32) {
        match self {
            Self::Minor => (50, 2_000),
            Self::General => (2_000, 200_000),
            Self::Serious => (100_000, 4_000_000),
        }
    }
}

pub(super) const NATURES: [&str; 4] = ["late_filing", "evasion", "invoice", "other"];
/// Those that may lead to the list of major violations.
pub(super) const EVASIVE_NATURES: [&str; 2] = ["evasion", "invoice"];

pub(super) const MAJOR_CONDUCTS: [&str; 12] = [
    "evasion",
    "withholding",
    "escape",
    "refund_fraud",
    "refusal",
    "false_invoice",
    "false_ordinary_invoice",
    "forged_invoice",
    "absconded",
    "abetting",
    "agency",
    "other",
];

const TAX_GRADES: [&str; 5] = ["A", "B", "M", "C", "D"];
const LABOUR_GRADES: [&str; 3] = ["A", "B", "C"];

/// What the plan of a penalty decided, as a record's detail.
pub(super) fn penalty(tier: Tier, nature: usize) -> u8 {
    tier as u8 * 4 + u8::try_from(nature).unwrap_or(0) % 4
}

fn tier(detail: u8) -> Tier {
    Tier::ALL.get(usize::from(detail / 4)).copied().unwrap_or(Tier::Minor)
}

fn word<'a>(words: &[&'a str], at: u8) -> &'a str {
    words.get(usize::from(at)).copied().unwrap_or_default()
}

fn money(fields: &mut Object<'_>, key: &str, chance: &mut Chance, least: u32, most: u32) {
    let yuan = chance.between(least, most);
    // Most amounts are round.
    let (yuan, fen) = if chance.in_10_000(7_000) { (yuan / 10 * 10, 0) } else { (yuan, chance.below(100)) };
    fields.decimal(key, yuan.max(1), fen, 2);
}

/// A share in steps of a ten-thousandth.
fn share(fields: &mut Object<'_>, chance: &mut Chance) {
    fields.decimal("share", 0, chance.between(100, 6_000), 4);
}

/// The fields of a record, and the named dates beside them.
pub(super) fn recorded(
    world: &World,
    organisation: u32,
    record: Record,
    decided: Date,
    sent: Date,
    detail: u8,
    data: &mut Object<'_>,
) {
    let chance = &mut Chance::new(world.seed, Purpose::Record, organisation, record.no.into());
    let dated = matches!(record.item, Item::TaxPenalty | Item::TaxMajor | Item::LabourPenalty);
    if dated && chance.in_10_000(5_000) {
        data.date("occurred_on", decided.saturating_sub(chance.days(20, 700)));
    }
    if dated && chance.in_10_000(5_000) {
        data.date("served_on", decided.saturating_add(chance.days(0, 7)).min(sent));
    }
    let year = world.calendar.year(decided).saturating_sub(1);
    if !record.item.has_fields() {
        return;
    }
    data.object("fields", |fields| match record.item {
        Item::TaxPenalty => tax_penalty(fields, chance, detail),
        Item::TaxMajor => tax_major(fields, chance, word(&MAJOR_CONDUCTS, detail)),
        Item::TaxGrade => {
            fields.text("grade", word(&TAX_GRADES, detail));
            fields.number("year", year.into());
        }
        Item::LabourGrade => {
            fields.text("grade", word(&LABOUR_GRADES, detail));
            fields.number("year", year.into());
        }
        Item::LabourPenalty => {
            let (least, most) = tier(detail).fine();
            money(fields, "amount", chance, least, most);
            fields.text("tier", tier(detail).word());
        }
        Item::WageArrears => wage_arrears(fields, chance, decided),
        Item::TaxPerson | Item::WagePerson => {}
    });
}

fn tax_penalty(fields: &mut Object<'_>, chance: &mut Chance, detail: u8) {
    let (least, most) = tier(detail).fine();
    let nature = word(&NATURES, detail % 4);
    money(fields, "amount", chance, least, most);
    fields.text("nature", nature);
    fields.text("tier", tier(detail).word());
    if nature == "evasion" {
        money(fields, "evaded", chance, least, most.saturating_mul(2));
        share(fields, chance);
    }
}

fn tax_major(fields: &mut Object<'_>, chance: &mut Chance, conduct: &str) {
    money(fields, "evaded", chance, 300_000, 30_000_000);
    fields.text("conduct", conduct);
    match conduct {
        "evasion" => share(fields, chance),
        "false_ordinary_invoice" => {
            fields.number("invoices", chance.between(20, 2_000));
            money(fields, "invoice_value", chance, 500_000, 40_000_000);
        }
        "abetting" => fields.flag("export_fraud", chance.in_10_000(2_000)),
        _ => {}
    }
}

fn wage_arrears(fields: &mut Object<'_>, chance: &mut Chance, decided: Date) {
    let workers = chance.between(3, 120);
    let each = chance.between(3_000, 30_000);
    money(fields, "amount", chance, workers * each / 2, workers * each);
    fields.number("workers", workers);
    if chance.in_10_000(1_000) {
        fields.flag("mass_incident", true);
    }
    let deadline = decided.saturating_sub(chance.days(1, 40));
    fields.date("ordered_on", deadline.saturating_sub(chance.days(5, 15)));
    fields.date("deadline", deadline);
    fields.flag("unpaid_after_deadline", !chance.in_10_000(500));
    if chance.in_10_000(6_000) {
        money(fields, "largest_claim", chance, each, each * 2);
        fields.number("months", chance.between(1, 12));
    }
}

/// What a correction replaces.
pub(super) fn corrected(world: &World, organisation: u32, record: Record, nth: u16, fields: &mut Object<'_>) {
    let chance = &mut Chance::new(world.seed, Purpose::Correction, organisation, nth.into());
    match record.item {
        Item::TaxPenalty | Item::LabourPenalty if chance.in_10_000(3_000) => {
            fields.text("tier", chance.pick(&["minor", "general"]));
        }
        Item::TaxPenalty | Item::LabourPenalty => money(fields, "amount", chance, 50, 150_000),
        Item::TaxMajor => money(fields, "evaded", chance, 200_000, 20_000_000),
        Item::TaxGrade => fields.text("grade", chance.pick(&["A", "B", "M", "C"])),
        Item::LabourGrade => fields.text("grade", chance.pick(&["A", "B"])),
        Item::WageArrears => fields.number("workers", chance.between(3, 100)),
        Item::TaxPerson | Item::WagePerson => {}
    }
}
