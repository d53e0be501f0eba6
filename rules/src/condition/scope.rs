//! What a condition may name, and what is wrong with one.

use super::Type;
use crate::pack::FactIdx;
use heng_model::Symbol;

/// What a condition may name.
pub struct Scope<'a> {
    /// `record.NAME`, named dates included.
    pub field: &'a dyn Fn(&str) -> Option<ScopeField>,
    /// Names of the fields, for "did you mean".
    pub fields: Vec<String>,
    /// A fact by its bare name.
    pub fact: &'a dyn Fn(&str) -> Option<ScopeFact>,
    /// Names of the facts, for "did you mean".
    pub facts: Vec<String>,
    /// Currency of an amount that names none (ISO 4217).
    pub currency: &'a str,
}

/// A field of the record judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeField {
    /// Its name.
    pub symbol: Symbol,
    /// Its type.
    pub ty: Type,
    /// Sealed: no rule may read it.
    pub personal: bool,
}

/// A fact of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeFact {
    /// Its index.
    pub fact: FactIdx,
    /// Its type.
    pub ty: Type,
    /// Why it may not be used in this place, if it may not.
    pub usable: Result<(), String>,
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// Characters of the text before the offending part.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; empty where the message says it all.
    pub hint: String,
}
