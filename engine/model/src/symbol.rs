//! Names interned as small numbers.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// A name of a pack (item, field, value of an enum, rule, source …) as a number of a [`Symbols`] table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u16);

/// The table has no room for another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {SYMBOLS_MAX} names in the packs of one log")]
pub struct SymbolsFull;

/// Names that one table holds.
pub(crate) const SYMBOLS_MAX: usize = 60_000;

/// Append-only table of names: a number, once given, names the same for the life of a log, so state folded under
/// one pack keeps its meaning under the next. Packs activated in the same order give the same table.
#[derive(Debug, Clone, Default)]
pub struct Symbols(IndexSet<Box<str>, FxBuildHasher>);

impl Symbols {
    /// The number of a name, given now if it has none.
    ///
    /// # Errors
    /// [`SymbolsFull`] beyond [`SYMBOLS_MAX`] names.
    pub fn intern(&mut self, name: &str) -> Result<Symbol, SymbolsFull> {
        if let Some(symbol) = self.get(name) {
            return Ok(symbol);
        }
        if self.0.len() >= SYMBOLS_MAX {
            return Err(SymbolsFull);
        }
        let (index, _) = self.0.insert_full(name.into());
        u16::try_from(index).map(Symbol).map_err(|_| SymbolsFull)
    }

    /// The number of a name, if it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.0.get_index_of(name).and_then(|index| u16::try_from(index).ok()).map(Symbol)
    }

    /// The name of a number; empty for a number this table never gave.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        self.0.get_index(usize::from(symbol.0)).map_or("", |name| name)
    }

    /// How many names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no name yet?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
