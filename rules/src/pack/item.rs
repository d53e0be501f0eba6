//! Items: the catalogued kinds of credit information.

use super::{AuthorityIdx, Basis, Kinds, Place, SectorIdx, Words};
use crate::condition::Type;
use heng_model::{Decimal, Period, Symbol};

/// Kind of credit information; what is not here cannot be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the law's own")]
pub enum Category {
    Penalty,
    Permit,
    Grade,
    List,
    Judgment,
    Enforcement,
    Payment,
    Contract,
    Commitment,
    Inspection,
    Registration,
    Honour,
}

/// Who may see a kind of information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// 依法公开
    Public,
    /// 依申请公开
    OnRequest,
    /// 政务共享
    Government,
}

/// 信用信息目录条目
#[derive(Debug)]
pub struct Item {
    /// Code, such as `tax.major_violation`.
    pub code: String,
    /// The code as a symbol.
    pub symbol: Symbol,
    /// Its sector.
    pub sector: SectorIdx,
    /// Title.
    pub words: Words,
    /// Authorities that may publish it.
    pub sources: Vec<AuthorityIdx>,
    /// Authorities whose repairs count (default: its sources).
    pub repair_by: Vec<AuthorityIdx>,
    /// Authorities whose objections count (default: its sources).
    pub objection_by: Vec<AuthorityIdx>,
    /// Who it may be about.
    pub subjects: Kinds,
    /// Category.
    pub category: Category,
    /// Disclosure class.
    pub disclosure: Disclosure,
    /// Tier of severity as the pack words it, where it does.
    pub tier: Option<String>,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Fields, in the order declared.
    pub fields: Vec<Field>,
    /// The date field or named date from which a record has effect; `None`: `decided_on`.
    pub from: Option<Symbol>,
    /// How long a record counts.
    pub valid: Option<Period>,
    /// Does an objection pause the record (`on_objection: suspend`)?
    pub suspend_on_objection: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A field of an item.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name.
    pub name: String,
    /// The name as a symbol.
    pub symbol: Symbol,
    /// Type.
    pub ty: Type,
    /// Must every record state it?
    pub required: bool,
    /// Is it personal: sealed, and used nowhere in a rule?
    pub personal: bool,
    /// For a date: how far after the effect day it may lie.
    pub max: Option<Period>,
    /// For a number or an amount: the least that it may be.
    pub min: Option<Decimal>,
    /// Titles of an enum's values, where the pack gives them.
    pub titles: Vec<(Symbol, Words)>,
    /// Title.
    pub words: Words,
}

impl Field {
    /// The title of a value of an enum.
    #[must_use]
    pub fn title(&self, value: Symbol) -> Option<&Words> {
        self.titles.iter().find(|(known, _)| *known == value).map(|(_, words)| words)
    }
}
