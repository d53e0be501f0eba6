//! The supported subset against the public conformance cases of CEL.

use crate::support::{World, constant};
use heng_model::{Symbol, Symbols};
use heng_rules::condition::{Constant, Type};
use heng_rules::{Env, FactIdx, Value};

struct Bound(Option<Constant>);

impl Env for Bound {
    fn field(&self, _: Symbol) -> Value<'_> {
        Value::Empty
    }

    fn fact(&self, _: FactIdx) -> Value<'_> {
        self.0.as_ref().map_or(Value::Empty, Constant::value)
    }
}

/// `x: int = 123`, the one variable that a case may bind.
fn bound(binding: &str) -> (Type, Constant) {
    let (name, value) = binding.split_once(" = ").expect("x: type = value");
    let ty = match name {
        "x: int" => Type::Int,
        "x: bool" => Type::Bool,
        "x: string" => Type::Text,
        _ => panic!("unknown binding {binding}"),
    };
    let value = constant(&ty, value, &Symbols::default());
    (ty, value)
}

fn check(name: &str, expr: &str, binding: Option<&str>, expected: &str) {
    let mut world = World::new();
    let bound = binding.map(bound);
    world.facts = bound.iter().map(|(ty, _)| ("x", ty.clone(), Ok(()))).collect();
    let env = Bound(bound.map(|(_, value)| value));
    let mut holds = |text: String| {
        let condition = world.compile(&text).unwrap_or_else(|errors| panic!("{name}: {text}: {errors:?}"));
        condition.holds(&env)
    };
    match expected {
        // An error of CEL's checker or evaluator that the type check finds when the pack is loaded.
        "refused" => {
            let compiled = [expr.to_owned(), format!("({expr}) == 0")].map(|text| world.compile(&text).is_err());
            assert_eq!(compiled, [true, true], "{name}: accepted {expr}");
        }
        // An error of CEL's evaluator that is an empty value here.
        "empty" => {
            for comparison in ["==", "!=", "<", ">="] {
                assert!(!holds(format!("({expr}) {comparison} 0")), "{name}: {expr} {comparison} 0");
            }
        }
        _ => {
            assert!(holds(format!("({expr}) == {expected}")), "{name}: {expr} is not {expected}");
            assert!(!holds(format!("({expr}) != {expected}")), "{name}: {expr} differs from {expected}");
            if matches!(expected, "true" | "false") {
                assert_eq!(holds(expr.to_owned()).to_string(), expected, "{name}: {expr}");
            }
        }
    }
}

#[test]
fn the_supported_subset_agrees_with_the_conformance_cases_of_cel() {
    let mut cases = 0;
    for line in include_str!("../data/cel/conformance.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, rest) = line.split_once(": ").expect("name: expression => result");
        let (expr, expected) = rest.rsplit_once(" => ").expect("expression => result");
        match expected.split_once(" with ") {
            Some((expected, binding)) => check(name, expr, Some(binding), expected),
            None => check(name, expr, None, expected),
        }
        cases += 1;
    }
    assert!(cases >= 150, "only {cases} cases");
}
