//! What a condition may name, and its compilation with errors placed in the file.
//!
//! # Invariants
//!
//! A condition that names a broken fact is not compiled, and adds no error to the fact's own.

use super::facts::SectorFacts;
use super::names::{NAMED_DATES, Names};
use crate::condition::{self, Condition, Scope, ScopeFact, ScopeField, Type};
use crate::pack::{Fact, FactIdx, Field};
use crate::yaml::At;
use heng_model::Symbol;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A field as a condition reads it.
#[derive(Debug, Clone)]
pub(crate) struct Visible {
    pub(crate) name: String,
    pub(crate) symbol: Symbol,
    pub(crate) ty: Type,
    pub(crate) personal: bool,
}

/// The fields that may be named, the named dates among them.
pub(crate) fn visible(fields: &[Field], names: &Names<'_>) -> Vec<Visible> {
    let date =
        |name: &str| Visible { name: name.to_owned(), symbol: names.intern(name), ty: Type::Date, personal: false };
    let field = |field: &Field| Visible {
        name: field.name.clone(),
        symbol: field.symbol,
        ty: field.ty.clone(),
        personal: field.personal,
    };
    fields.iter().map(field).chain(NAMED_DATES.map(date)).collect()
}

/// Where a condition stands.
pub(crate) struct Around<'a> {
    pub(crate) fields: &'a [Visible],
    pub(crate) facts: &'a SectorFacts,
    pub(crate) all_facts: &'a [Fact],
    /// May it read this fact here?
    pub(crate) usable: &'a dyn Fn(&Fact) -> Result<(), String>,
    pub(crate) currency: &'a str,
    pub(crate) names: &'a Names<'a>,
}

/// Compiles a condition; what is wrong with it is reported.
pub(crate) fn compile(at: At<'_>, around: &Around<'_>) -> Option<Condition> {
    let text = at.text()?;
    let broken = Cell::new(false);
    let field = |name: &str| {
        let field = around.fields.iter().find(|field| field.name == name)?;
        Some(ScopeField { symbol: field.symbol, ty: field.ty.clone(), personal: field.personal })
    };
    // Asked before compiling, which holds the table of symbols.
    let facts: BTreeMap<&str, Option<ScopeFact>> =
        around.facts.iter().map(|(name, at)| (name.as_str(), known(*at, around))).collect();
    let fact = |name: &str| {
        let fact = facts.get(name)?;
        broken.set(broken.get() || fact.is_none());
        fact.clone()
    };
    let scope = Scope {
        field: &field,
        fields: around.fields.iter().map(|field| field.name.clone()).collect(),
        fact: &fact,
        facts: around.facts.keys().cloned().collect(),
        currency: around.currency,
    };
    let compiled = around.names.with(|symbols| condition::compile(text, &scope, symbols));
    match compiled {
        Ok(condition) => Some(condition),
        Err(_) if broken.get() => None,
        Err(errors) => {
            for error in errors {
                at.error_at(error.offset, error.message, error.hint);
            }
            None
        }
    }
}

/// A fact as a condition reads it; `None` for a broken one.
fn known(index: Option<FactIdx>, around: &Around<'_>) -> Option<ScopeFact> {
    let fact = around.all_facts.get(index?.at())?;
    Some(ScopeFact { fact: index?, ty: fact.ty.clone(), usable: (around.usable)(fact) })
}
