//! A record's statements against its item: types, ranges, duties; one set of rules for intake and fold.

use crate::event::{FieldValue, Fields, NAMED_DATES, Recorded};
use crate::program::Program;
use heng_model::{Day, Decimal, SubjectKind, Symbol, Symbols};
use heng_rules::condition::Type;
use heng_rules::{Field, Item, Value};
use smallvec::SmallVec;

/// What is wrong with one field of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Violation {
    /// Path of the field inside `data`.
    pub field: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// A value checked against its type.
#[derive(Debug, Clone)]
pub enum Checked<'a> {
    /// One value.
    One(Value<'a>),
    /// A list of values.
    Many(Vec<Value<'a>>),
}

/// Checked fields and named dates by symbol.
pub type CheckedFields<'a> = SmallVec<[(Symbol, Checked<'a>); 8]>;

/// What a checker looks things up in.
#[derive(Clone, Copy)]
pub struct Checker<'p> {
    /// The program in force.
    pub program: &'p Program,
    /// Its names.
    pub symbols: &'p Symbols,
    /// The current civil day.
    pub today: Day,
}

fn violation<T>(field: impl Into<String>, message: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { field: field.into(), message: message.into() })
}

impl<'p> Checker<'p> {
    /// The item that an event names, if this source may publish it about this kind of subject.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn item(&self, source: Symbol, code: &str, kind: SubjectKind) -> Result<&'p Item, Violation> {
        let item = self.symbols.get(code).and_then(|symbol| self.program.item(symbol));
        let Some(item) = item else {
            let pack = &self.program.label;
            return violation("data.item", format!("`{code}` is no item of pack {pack}; see its catalogue of items"));
        };
        let authority = self.program.authority(source);
        if !authority.is_some_and(|authority| item.sources.contains(&authority)) {
            let may: Vec<&str> = item.sources.iter().filter_map(|index| self.source_of(*index)).collect();
            let source = self.symbols.name(source);
            return violation(
                "source",
                format!("`{source}` may not publish `{code}`; its sources are {}", may.join(", ")),
            );
        }
        if !item.subjects.contains(kind) {
            let kinds: Vec<&str> = item.subjects.iter().map(SubjectKind::word).collect();
            return violation(
                "subject",
                format!("item `{code}` is about {}, not about a subject of kind {}", kinds.join(", "), kind.word()),
            );
        }
        Ok(item)
    }

    fn source_of(&self, index: heng_rules::AuthorityIdx) -> Option<&'p str> {
        self.program.pack.authorities.get(index.at()).map(|authority| authority.source.as_str())
    }

    /// The capacity that a person's record needs and an organisation's has not.
    ///
    /// # Errors
    /// A [`Violation`] for a person without a capacity of the pack.
    pub fn capacity(&self, is_person: bool, capacity: Option<&str>) -> Result<(), Violation> {
        let known = |code: &str| self.program.pack.capacities.iter().any(|capacity| capacity.code == code);
        match capacity {
            None if is_person => violation(
                "data.capacity",
                "a person appears only in a capacity: state one that the pack lists, such as legal_representative",
            ),
            Some(code) if is_person && !known(code) => {
                violation("data.capacity", format!("`{code}` is no capacity of pack {}", self.program.label))
            }
            _ => Ok(()),
        }
    }

    /// A day of decision.
    ///
    /// # Errors
    /// A [`Violation`] for a day before 1949 or after the current day.
    pub fn decided_on(&self, day: Day) -> Result<(), Violation> {
        self.not_ancient("data.decided_on", day)?;
        if day > self.today {
            let today = self.today;
            return violation(
                "data.decided_on",
                format!("{day} lies after the current day {today}: nothing is decided ahead"),
            );
        }
        Ok(())
    }

    fn not_ancient(&self, field: &str, day: Day) -> Result<(), Violation> {
        if day < Day::EARLIEST {
            return violation(field, format!("{day} lies before 1949-01-01, the first day that Heng knows"));
        }
        Ok(())
    }

    /// Every statement of a new record, checked.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn recorded<'a>(&self, item: &Item, event: &Recorded<'a>) -> Result<CheckedFields<'a>, Violation> {
        self.decided_on(event.decided_on)?;
        let mut checked = CheckedFields::new();
        for (name, day) in &event.dates {
            checked.push(self.named_date(name, Some(*day))?);
        }
        self.fields(item, &event.fields, &mut checked)?;
        let stated = |symbol: Symbol| {
            checked.iter().any(|(name, value)| *name == symbol && !matches!(value, Checked::One(Value::Empty)))
        };
        if let Some(field) = item.fields.iter().find(|field| field.required && !stated(field.symbol)) {
            let code = &item.code;
            return violation(format!("data.fields.{}", field.name), format!("missing: item `{code}` requires it"));
        }
        let effect_day = effect_day(item, event.decided_on, &checked);
        self.within_max(item, effect_day, &checked)?;
        Ok(checked)
    }

    /// A named date beside `item`.
    ///
    /// # Errors
    /// A [`Violation`] for an unknown name or a day before 1949.
    pub fn named_date<'a>(&self, name: &str, day: Option<Day>) -> Result<(Symbol, Checked<'a>), Violation> {
        let field = format!("data.{name}");
        if !NAMED_DATES.contains(&name) {
            return violation(field, format!("no such date; the named dates are {}", NAMED_DATES.join(", ")));
        }
        if let Some(day) = day {
            self.not_ancient(&field, day)?;
        }
        match self.symbols.get(name) {
            Some(symbol) => Ok((symbol, Checked::One(day.map_or(Value::Empty, Value::Day)))),
            None => violation(field, "the pack's table of names lacks it"),
        }
    }

    /// Fields against their types.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn fields<'a>(
        &self,
        item: &Item,
        fields: &Fields<'a>,
        checked: &mut CheckedFields<'a>,
    ) -> Result<(), Violation> {
        for (name, value) in fields {
            let Some(field) = item.fields.iter().find(|field| field.name == *name) else {
                let known: Vec<&str> = item.fields.iter().map(|field| field.name.as_str()).collect();
                let (code, known) = (&item.code, known.join(", "));
                return violation(
                    format!("data.fields.{name}"),
                    format!("item `{code}` has no such field; its fields are {known}"),
                );
            };
            if checked.iter().any(|(known, _)| *known == field.symbol) {
                return violation(format!("data.fields.{name}"), "stated twice");
            }
            let value = self
                .value(field, &field.ty, value)
                .map_err(|message| Violation { field: format!("data.fields.{name}"), message })?;
            // A personal field is sealed beside the record and never read by a rule.
            if !field.personal {
                checked.push((field.symbol, value));
            }
        }
        Ok(())
    }

    /// Dates that lie beyond the maximum their field declares, counted from the effect day.
    ///
    /// # Errors
    /// A [`Violation`] naming the field and the last day it may state.
    pub fn within_max(
        &self,
        item: &Item,
        effect_day: Option<Day>,
        checked: &CheckedFields<'_>,
    ) -> Result<(), Violation> {
        let Some(effect_day) = effect_day else { return Ok(()) };
        for field in &item.fields {
            let stated = checked.iter().find(|(name, _)| *name == field.symbol);
            if let (Some(max), Some((_, Checked::One(Value::Day(day))))) = (field.max, stated)
                && *day > max.last_from(effect_day)
            {
                let last = max.last_from(effect_day);
                return violation(
                    format!("data.fields.{}", field.name),
                    format!("{day} lies beyond {last}, the last day of {max} from {effect_day}"),
                );
            }
        }
        Ok(())
    }

    fn value<'a>(&self, field: &Field, ty: &Type, value: &FieldValue<'a>) -> Result<Checked<'a>, String> {
        if let (Type::List(element), FieldValue::List(values)) = (ty, value) {
            let one = |value| match self.value(field, element, value)? {
                Checked::One(Value::Empty) | Checked::Many(_) => Err("a list holds no null and no list".to_owned()),
                Checked::One(value) => Ok(value),
            };
            return values.iter().map(one).collect::<Result<_, _>>().map(Checked::Many);
        }
        if *value == FieldValue::Null {
            return if field.required {
                Err("null: the item requires a value".to_owned())
            } else {
                Ok(Checked::One(Value::Empty))
            };
        }
        let checked = self.scalar(ty, value)?;
        match (field.min, number_of(checked)) {
            (Some(min), Some(number)) if number < min => {
                Err(format!("{} is less than {min}, the least that it may be", shown(value)))
            }
            _ => Ok(Checked::One(checked)),
        }
    }

    fn scalar<'a>(&self, ty: &Type, value: &FieldValue<'a>) -> Result<Value<'a>, String> {
        let wrong = || Err(format!("{} is not {}", shown(value), self.expected(ty)));
        match (ty, value) {
            (Type::Bool, FieldValue::Bool(flag)) => Ok(Value::Bool(*flag)),
            (Type::Int, FieldValue::Int(number)) => Ok(Value::Int(*number)),
            (Type::Int, FieldValue::Text(text)) => text.parse().map(Value::Int).or_else(|_| wrong()),
            (Type::Year, FieldValue::Int(year)) if (1949..=9999).contains(year) => Ok(Value::Int(*year)),
            (Type::Year, FieldValue::Text(text)) => match text.parse::<i64>() {
                Ok(year) if (1949..=9999).contains(&year) => Ok(Value::Int(year)),
                _ => wrong(),
            },
            (Type::Decimal, FieldValue::Int(number)) => decimal(*number),
            (Type::Decimal, FieldValue::Text(text)) => {
                text.parse::<Decimal>().map(Value::Decimal).map_err(|error| error.to_string())
            }
            (Type::Money(_), FieldValue::Int(number)) => decimal(*number),
            (Type::Money(currency), FieldValue::Text(text)) => money(text, currency),
            (Type::Text, FieldValue::Text(text)) => Ok(Value::Text(text)),
            (Type::Enum(values), FieldValue::Text(text)) => match self.symbols.get(text) {
                Some(symbol) if values.contains(&symbol) => Ok(Value::Symbol(symbol)),
                _ => wrong(),
            },
            (Type::Date, FieldValue::Text(text)) => match text.parse::<Day>() {
                Ok(day) if day < Day::EARLIEST => {
                    Err(format!("{day} lies before 1949-01-01, the first day that Heng knows"))
                }
                Ok(day) => Ok(Value::Day(day)),
                Err(error) => Err(error.to_string()),
            },
            _ => wrong(),
        }
    }

    fn expected(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "true or false".to_owned(),
            Type::Int => "a whole number".to_owned(),
            Type::Decimal => "a decimal number, written as a string such as \"0.10\"".to_owned(),
            Type::Money(currency) => {
                format!("an amount in {currency}, written as a string such as \"1000000.00\"")
            }
            Type::Text => "a string".to_owned(),
            Type::Enum(values) => {
                let names: Vec<&str> = values.iter().map(|value| self.symbols.name(*value)).collect();
                format!("one of {}", names.join(", "))
            }
            Type::Date => "a date such as \"2023-05-10\"".to_owned(),
            Type::Year => "a year such as 2023".to_owned(),
            Type::List(element) => format!("a list, each element {}", self.expected(element)),
        }
    }
}

/// The effect day of a record: `decided_on`, or the date that its item names; none while that is empty.
pub(crate) fn effect_day(item: &Item, decided_on: Day, checked: &CheckedFields<'_>) -> Option<Day> {
    let Some(from) = item.from else { return Some(decided_on) };
    checked.iter().find(|(name, _)| *name == from).and_then(|(_, value)| match value {
        Checked::One(Value::Day(day)) => Some(*day),
        _ => None,
    })
}

fn number_of(value: Value<'_>) -> Option<Decimal> {
    match value {
        Value::Int(number) => Some(Decimal::from(number)),
        Value::Decimal(number) => Some(number),
        _ => None,
    }
}

fn decimal<'a>(number: i64) -> Result<Value<'a>, String> {
    Ok(Value::Decimal(Decimal::from(number)))
}

/// An amount, with or without its currency before or after it.
fn money<'a>(text: &str, currency: &str) -> Result<Value<'a>, String> {
    let (number, stated) = match text.split_once(' ') {
        Some((number, code)) if code.chars().all(|c| c.is_ascii_uppercase()) => (number, Some(code)),
        Some((code, number)) if code.chars().all(|c| c.is_ascii_uppercase()) => (number, Some(code)),
        _ => (text, None),
    };
    match stated {
        Some(code) if code != currency => Err(format!("`{text}` is not an amount in {currency}")),
        _ => number.parse::<Decimal>().map(Value::Decimal).map_err(|error| error.to_string()),
    }
}

fn shown(value: &FieldValue<'_>) -> String {
    match value {
        FieldValue::Null => "null".to_owned(),
        FieldValue::Text(text) => format!("`{text}`"),
        FieldValue::Int(number) => format!("`{number}`"),
        FieldValue::Bool(flag) => format!("`{flag}`"),
        FieldValue::List(_) => "a list".to_owned(),
    }
}
