//! Symbols while a pack is loaded, and what may serve as a name.

use crate::diagnostic::Report;
use crate::pack::Place;
use heng_model::{SubjectKind, Symbol, Symbols};
use std::cell::{Cell, RefCell};

/// Dates that every record may carry, readable as `record.served_on`.
pub(crate) const NAMED_DATES: [&str; 5] = ["occurred_on", "decided_on", "served_on", "published_on", "effective_on"];

/// Words of the condition language.
const RESERVED: [&str; 5] = ["true", "false", "null", "in", "record"];

/// Hands out symbols.
pub(crate) struct Names<'a> {
    symbols: RefCell<Symbols>,
    full: Cell<bool>,
    report: &'a Report,
}

impl<'a> Names<'a> {
    pub(crate) fn new(symbols: Symbols, report: &'a Report) -> Self {
        let names = Self { symbols: RefCell::new(symbols), full: Cell::new(false), report };
        for name in NAMED_DATES.into_iter().chain(SubjectKind::ALL.into_iter().map(SubjectKind::word)) {
            names.intern(name);
        }
        names
    }

    pub(crate) fn report(&self) -> &'a Report {
        self.report
    }

    pub(crate) fn into_symbols(self) -> Symbols {
        self.symbols.into_inner()
    }

    /// The table itself, for the compiler of conditions.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Symbols) -> T) -> T {
        work(&mut self.symbols.borrow_mut())
    }

    /// The symbol of a name; a full table is reported once.
    pub(crate) fn intern(&self, name: &str) -> Symbol {
        match self.symbols.borrow_mut().intern(name) {
            Ok(symbol) => symbol,
            Err(error) => {
                if !self.full.replace(true) {
                    let place = Place { file: "pack.yaml".to_owned(), line: 1, column: 1 };
                    self.report.error(place, error.to_string(), "use fewer names");
                }
                Symbol(0)
            }
        }
    }

    /// The name of a symbol.
    pub(crate) fn name(&self, symbol: Symbol) -> String {
        self.symbols.borrow().name(symbol).to_owned()
    }
}

/// May a condition name it: letters, digits and `_`, and no word of the language?
pub(crate) fn is_identifier(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !RESERVED.contains(&name)
}

/// May it be a code (`procurement.bar`, `sta-54-2021`)? No blanks, and none of the characters that join codes.
pub(crate) fn is_code(name: &str) -> bool {
    !name.is_empty()
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '#' | '/' | ':' | '@' | ','))
}
