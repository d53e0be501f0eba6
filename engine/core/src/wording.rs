//! What decisions say in the same words every time, put together once for a pack.

use crate::decision::Bilingual;
use crate::explain::{closing, objection_remedy, opening, repair_remedy};
use crate::program::{entry_name, facts_of};
use heng_model::Symbols;
use heng_rules::{Basis, FactIdx, ItemIdx, MeasureKind, Pack, Rule, RuleIdx};

/// The texts of a pack's rules and items.
#[derive(Debug)]
pub(crate) struct Wording {
    rules: Vec<RuleWording>,
    /// Of a rule that the pack does not have.
    no_rule: RuleWording,
    /// How to contest a record, by item.
    objections: Vec<Bilingual>,
    /// How to contest what rests on no one item.
    no_item: Bilingual,
}

/// What every decision of a rule says.
#[derive(Debug)]
pub(crate) struct RuleWording {
    pub(crate) outcome: String,
    pub(crate) effect: &'static str,
    /// All measures, by code.
    pub(crate) measures: Vec<String>,
    pub(crate) authorities: Vec<String>,
    pub(crate) basis: Vec<String>,
    /// The facts that the rule reads.
    pub(crate) facts: Vec<FactIdx>,
    /// How its explanations begin, before the verb.
    pub(crate) opening: Bilingual,
    /// Bases and measures, which explanations name after the grounds.
    pub(crate) closing: Bilingual,
    pub(crate) repair: Bilingual,
}

impl Wording {
    pub(crate) fn of(pack: &Pack, symbols: &Symbols) -> Self {
        Self {
            rules: pack.rules.iter().map(|rule| RuleWording::of(pack, symbols, rule)).collect(),
            no_rule: RuleWording::none(),
            objections: pack.items.iter().map(|item| objection_remedy(pack, Some(item))).collect(),
            no_item: objection_remedy(pack, None),
        }
    }

    pub(crate) fn rule(&self, rule: Option<RuleIdx>) -> &RuleWording {
        rule.and_then(|rule| self.rules.get(rule.at())).unwrap_or(&self.no_rule)
    }

    /// How to contest a decision on a record of an item, or on several.
    pub(crate) fn objection(&self, item: Option<ItemIdx>) -> &Bilingual {
        item.and_then(|item| self.objections.get(item.at())).unwrap_or(&self.no_item)
    }
}

impl RuleWording {
    fn of(pack: &Pack, symbols: &Symbols, rule: &Rule) -> Self {
        let measures = || rule.outcome.measures.iter().filter_map(|index| pack.measures.get(index.at()));
        let effect = if measures().any(|measure| measure.kind == MeasureKind::Sanction) {
            "sanction"
        } else if measures().next().is_none() {
            "none"
        } else {
            "incentive"
        };
        Self {
            outcome: entry_name(pack, symbols, rule.outcome.entry),
            effect,
            measures: measures().map(|measure| measure.code.clone()).collect(),
            authorities: authorities(pack, rule),
            basis: rule.basis.iter().map(|basis| cited(pack, basis)).collect(),
            facts: facts_of(rule),
            opening: opening(rule),
            closing: closing(pack, rule),
            repair: repair_remedy(rule),
        }
    }

    fn none() -> Self {
        Self {
            outcome: String::new(),
            effect: "none",
            measures: Vec::new(),
            authorities: Vec::new(),
            basis: Vec::new(),
            facts: Vec::new(),
            opening: Bilingual::default(),
            closing: Bilingual::default(),
            repair: Bilingual::default(),
        }
    }
}

/// A basis as decisions cite it.
fn cited(pack: &Pack, basis: &Basis) -> String {
    let law = pack.laws.get(basis.law.at()).map_or("", |law| law.id.as_str());
    match &basis.article {
        Some(article) => format!("{law}#{article}"),
        None => law.to_owned(),
    }
}

/// The authorities that carry out the measures of a rule, once each.
fn authorities(pack: &Pack, rule: &Rule) -> Vec<String> {
    let measures = rule.outcome.measures.iter().filter_map(|index| pack.measures.get(index.at()));
    let mut codes: Vec<String> = measures
        .flat_map(|measure| &measure.authorities)
        .filter_map(|index| pack.authorities.get(index.at()))
        .map(|authority| authority.code.clone())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
