//! A small world to compile conditions in: one record, a few facts, and environments written as `name=value`.

use heng_model::{Day, Decimal, Symbol, Symbols};
use heng_rules::condition::{Condition, ConditionError, Constant, Scope, ScopeFact, ScopeField, Type, compile};
use heng_rules::fields::{push_field, push_value};
use heng_rules::{Env, FactIdx, Fields, List, Value};
use std::collections::BTreeMap;

pub(crate) struct World {
    pub(crate) symbols: Symbols,
    pub(crate) fields: Vec<(&'static str, Type, bool)>,
    pub(crate) facts: Vec<(&'static str, Type, Result<(), String>)>,
}

impl World {
    /// The names that the case files use.
    pub(crate) fn new() -> Self {
        let mut symbols = Symbols::default();
        for name in ["some", "earlier", "names"] {
            symbols.intern(name).unwrap();
        }
        let mut values = |names: &[&str]| names.iter().map(|name| symbols.intern(name).unwrap()).collect::<Vec<_>>();
        let conduct = Type::Enum(values(&["evasion", "escape", "refund_fraud", "refusal"]));
        let grade = Type::Enum(values(&["A", "B", "M", "C", "D"]));
        let latest = Type::Enum(values(&["A", "B", "M", "C", "D", "none"]));
        let cny = || Type::Money("CNY".to_owned());
        let list = |of: &Type| Type::List(Box::new(of.clone()));
        let fields = vec![
            ("evaded", cny(), false),
            ("paid", cny(), false),
            ("abroad", Type::Money("USD".to_owned()), false),
            ("share", Type::Decimal, false),
            ("days", Type::Int, false),
            ("conduct", conduct.clone(), false),
            ("earlier", conduct.clone(), false),
            ("grade", grade, false),
            ("year", Type::Year, false),
            ("until", Type::Date, false),
            ("serious", Type::Bool, false),
            ("note", Type::Text, false),
            ("conducts", list(&conduct), false),
            ("years", list(&Type::Year), false),
            ("areas", list(&Type::Text), false),
            ("phone", Type::Text, true),
        ];
        let facts = vec![
            ("penalties_12m", Type::Int, Ok(())),
            ("a_years", Type::Int, Ok(())),
            ("listed", Type::Bool, Ok(())),
            ("old", Type::Bool, Ok(())),
            ("fines", cny(), Ok(())),
            ("ratio", Type::Decimal, Ok(())),
            ("latest", latest, Ok(())),
            ("region", Type::Text, Ok(())),
            ("since", Type::Date, Ok(())),
            ("later", Type::Int, Err("it belongs to a later stratum".to_owned())),
        ];
        Self { symbols, fields, facts }
    }

    pub(crate) fn compile(&mut self, text: &str) -> Result<Condition, Vec<ConditionError>> {
        let mut symbols = std::mem::take(&mut self.symbols);
        for (name, ..) in &self.fields {
            symbols.intern(name).unwrap();
        }
        let known = symbols.clone();
        let field = |name: &str| {
            let (name, ty, personal) = self.fields.iter().find(|(field, ..)| *field == name)?;
            Some(ScopeField { symbol: known.get(name)?, ty: ty.clone(), personal: *personal })
        };
        let fact = |name: &str| {
            let at = self.facts.iter().position(|(fact, ..)| *fact == name)?;
            let (_, ty, usable) = self.facts[at].clone();
            Some(ScopeFact { fact: FactIdx(u16::try_from(at).unwrap()), ty, usable })
        };
        let scope = Scope {
            field: &field,
            fields: self.fields.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            fact: &fact,
            facts: self.facts.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            currency: "CNY",
        };
        let compiled = compile(text, &scope, &mut symbols);
        self.symbols = symbols;
        compiled
    }

    pub(crate) fn environment(&self, bindings: &str) -> Environment {
        let mut environment = Environment::default();
        for binding in bindings.split_whitespace() {
            let (name, text) = binding.split_once('=').expect("name=value");
            if let Some((_, ty, _)) = self.fields.iter().find(|(field, ..)| *field == name) {
                environment.set_field(self.symbols.get(name).unwrap(), ty, text, &self.symbols);
            } else {
                let at = self.facts.iter().position(|(fact, ..)| *fact == name).expect("a field or a fact");
                let constant = constant(&self.facts[at].1, text, &self.symbols);
                environment.facts.insert(FactIdx(u16::try_from(at).unwrap()), constant);
            }
        }
        environment
    }
}

/// A value as a case file writes it.
pub(crate) fn constant(ty: &Type, text: &str, symbols: &Symbols) -> Constant {
    match ty {
        Type::Bool => Constant::Bool(text.parse().unwrap()),
        Type::Int | Type::Year => Constant::Int(text.parse().unwrap()),
        Type::Decimal | Type::Money(_) => Constant::Decimal(text.parse::<Decimal>().unwrap()),
        Type::Enum(_) => Constant::Symbol(symbols.get(text).unwrap()),
        Type::Date => Constant::Day(text.parse::<Day>().unwrap()),
        Type::Text => Constant::Text(text.to_owned()),
        Type::List(_) => panic!("no constant is a list"),
    }
}

/// Values of the fields and facts; what is not set is empty.
#[derive(Default)]
pub(crate) struct Environment {
    /// Each as a record keeps it.
    fields: BTreeMap<Symbol, Vec<u8>>,
    facts: BTreeMap<FactIdx, Constant>,
}

impl Environment {
    fn set_field(&mut self, name: Symbol, ty: &Type, text: &str, symbols: &Symbols) {
        let mut field = Vec::new();
        match ty {
            Type::List(of) => {
                let mut elements = Vec::new();
                for text in text.split(',').filter(|text| !text.is_empty()) {
                    push_value(&mut elements, constant(of, text, symbols).value());
                }
                push_field(&mut field, name, Value::List(List::new(&elements)));
            }
            _ => push_field(&mut field, name, constant(ty, text, symbols).value()),
        }
        self.fields.insert(name, field);
    }
}

impl Env for Environment {
    fn field(&self, name: Symbol) -> Value<'_> {
        self.fields.get(&name).map_or(Value::Empty, |field| Fields::new(field).get(name))
    }

    fn fact(&self, fact: FactIdx) -> Value<'_> {
        self.facts.get(&fact).map_or(Value::Empty, Constant::value)
    }
}
