use super::*;
use proptest::prelude::*;

/// A value that owns its text.
#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Empty,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Symbol(u16),
    Day(i32),
    Text(String),
    List(Vec<Owned>),
}

fn owned(value: Value<'_>) -> Owned {
    match value {
        Value::Empty => Owned::Empty,
        Value::Bool(flag) => Owned::Bool(flag),
        Value::Int(number) => Owned::Int(number),
        Value::Decimal(number) => Owned::Decimal(number),
        Value::Symbol(symbol) => Owned::Symbol(symbol.0),
        Value::Day(day) => Owned::Day(day.number()),
        Value::Text(text) => Owned::Text(text.to_owned()),
        Value::List(list) => Owned::List(list.iter().map(owned).collect()),
    }
}

impl Owned {
    fn lend(&self, then: &mut dyn FnMut(Value<'_>)) {
        match self {
            Self::Empty => then(Value::Empty),
            Self::Bool(flag) => then(Value::Bool(*flag)),
            Self::Int(number) => then(Value::Int(*number)),
            Self::Decimal(number) => then(Value::Decimal(*number)),
            Self::Symbol(symbol) => then(Value::Symbol(Symbol(*symbol))),
            Self::Day(day) => then(Value::Day(Day::from_number(*day))),
            Self::Text(text) => then(Value::Text(text)),
            Self::List(elements) => {
                let mut bytes = Vec::new();
                elements.iter().for_each(|element| element.lend(&mut |value| push_value(&mut bytes, value)));
                then(Value::List(List::new(&bytes)))
            }
        }
    }
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -300_i64..300, Just(0), Just(i64::MIN), Just(i64::MAX)]
}

fn scalars() -> impl Strategy<Value = Owned> {
    let wide = prop_oneof![any::<i128>(), numbers().prop_map(i128::from)];
    prop_oneof![
        Just(Owned::Empty),
        any::<bool>().prop_map(Owned::Bool),
        numbers().prop_map(Owned::Int),
        (wide, 0_u8..39).prop_map(|(mantissa, scale)| Owned::Decimal(Decimal::new(mantissa, scale))),
        any::<u16>().prop_map(Owned::Symbol),
        any::<i32>().prop_map(Owned::Day),
        "\\PC{0,40}".prop_map(Owned::Text),
    ]
}

fn values() -> impl Strategy<Value = Owned> {
    prop_oneof![4 => scalars(), 1 => prop::collection::vec(scalars(), 0..12).prop_map(Owned::List)]
}

proptest! {
    #[test]
    fn what_was_appended_is_read_back(all in prop::collection::btree_map(0_u16..2_000, values(), 0..8), changed in values(), which in 0_u16..2_000) {
        let mut bytes = Vec::new();
        for (name, value) in &all {
            value.lend(&mut |value| push_field(&mut bytes, Symbol(*name), value));
        }
        prop_assert!(Fields::new(&bytes).is_sound());
        for (name, value) in &all {
            prop_assert_eq!(&owned(Fields::new(&bytes).get(Symbol(*name))), value);
        }
        let which = all.keys().nth(usize::from(which) % 9).copied().unwrap_or(which);
        let mut other = Vec::new();
        changed.lend(&mut |value| Fields::new(&bytes).push_with(&mut other, Symbol(which), value));
        prop_assert!(Fields::new(&other).is_sound());
        prop_assert_eq!(&owned(Fields::new(&other).get(Symbol(which))), &changed);
        for (name, value) in all.iter().filter(|(name, _)| **name != which) {
            prop_assert_eq!(&owned(Fields::new(&other).get(Symbol(*name))), value);
        }
    }

    #[test]
    fn no_bytes_make_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), name: u16) {
        let fields = Fields::new(&bytes);
        let _ = fields.is_sound();
        owned(fields.get(Symbol(name)));
        for (_, kept, _) in fields.kept() {
            owned(value_of(kept));
        }
    }
}

#[test]
fn a_list_holds_no_list() {
    let (mut inner, mut outer) = (Vec::new(), Vec::new());
    push_value(&mut inner, Value::List(List::new(&[])));
    push_field(&mut outer, Symbol(1), Value::List(List::new(&inner)));
    assert!(!Fields::new(&outer).is_sound());
}
