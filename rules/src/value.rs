//! Values that conditions read.

use heng_model::{Day, Decimal, Symbol};

use crate::fields::List;
use crate::pack::FactIdx;

/// A value as a condition reads it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Nothing was stated: every comparison that reads it is false.
    Empty,
    /// bool
    Bool(bool),
    /// int, year
    Int(i64),
    /// decimal, money
    Decimal(Decimal),
    /// enum: a name of the pack
    Symbol(Symbol),
    /// date
    Day(Day),
    /// string
    Text(&'a str),
    /// list of the above
    List(List<'a>),
}

/// What a condition can ask for while it is evaluated.
pub trait Env {
    /// A field or named date of the record judged; [`Value::Empty`] where it has none.
    fn field(&self, name: Symbol) -> Value<'_>;
    /// A fact on the day judged.
    fn fact(&self, fact: FactIdx) -> Value<'_>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_thirty_two_bytes() {
        assert_eq!(size_of::<Value<'_>>(), 32);
    }
}
