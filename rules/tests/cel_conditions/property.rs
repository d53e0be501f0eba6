//! Laws: the compiled closures agree with the interpreter on every condition and environment; no text panics.

use crate::interpreter;
use crate::support::World;
use proptest::prelude::*;

/// Draws choices from bytes; when they are used up, always the first, which is the simplest.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % bound
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        from[self.below(from.len())]
    }

    fn comparison(&mut self) -> &'static str {
        self.pick(&["==", "!=", "<", "<=", ">", ">="])
    }
}

const CONDUCTS: [&str; 4] = ["evasion", "escape", "refund_fraud", "refusal"];
const INTS: [&str; 6] = ["0", "1", "-3", "2024", "9223372036854775807", "-9223372036854775808"];
const DECIMALS: [&str; 6] = ["0", "0.1", "-0.25", "1", "999999999999999999", "0.00000000000000001"];
const DATES: [&str; 3] = ["2023-05-10", "2024-02-29", "1999-12-31"];
const TEXTS: [&str; 4] = ["42", "420000", "", "湖北"];

fn truth(c: &mut Choices<'_>, depth: usize) -> String {
    let simple = depth == 0;
    match c.below(if simple { 10 } else { 15 }) {
        0 => c.pick(&["listed", "record.serious", "old", "true", "false"]).to_owned(),
        1 => match c.below(3) {
            0 => format!("record.year {} {}", c.comparison(), int(c, depth)),
            _ => format!("{} {} {}", int(c, depth), c.comparison(), int(c, depth)),
        },
        2 => format!("{} {} {}", money(c, depth), c.comparison(), money(c, depth)),
        3 => format!("{} {} {}", decimal(c, depth), c.comparison(), decimal(c, depth)),
        4 => format!("{} {} {}", conduct(c), c.pick(&["==", "!="]), c.pick(&["'escape'", "record.earlier", "latest"])),
        5 => format!("{} {} {}", date(c, depth), c.comparison(), date(c, depth)),
        6 => format!("{} {} {}", text(c, depth), c.comparison(), text(c, depth)),
        7 => format!("has(record.{})", c.pick(&["days", "share", "conduct", "note", "conducts", "serious"])),
        8 => match c.below(5) {
            0 => format!("{} in record.conducts", c.pick(&["'evasion'", "record.conduct", "latest"])),
            1 => format!("{} in record.years", int(c, depth)),
            2 => format!("{} in record.areas", text(c, depth)),
            3 => format!("record.conduct in ['{}', '{}']", c.pick(&CONDUCTS), c.pick(&CONDUCTS)),
            _ => format!("{} in [{}, {}]", int(c, depth), c.pick(&INTS), c.pick(&INTS)),
        },
        9 => format!("{}.{}({})", text(c, depth), c.pick(&["startsWith", "endsWith", "contains"]), text(c, depth)),
        10 => format!("({} && {})", truth(c, depth - 1), truth(c, depth - 1)),
        11 => format!("({} || {})", truth(c, depth - 1), truth(c, depth - 1)),
        12 => format!("!({})", truth(c, depth - 1)),
        13 => format!("({} ? {} : {})", truth(c, depth - 1), truth(c, depth - 1), truth(c, depth - 1)),
        _ => format!("({}) {} ({})", truth(c, depth - 1), c.comparison(), truth(c, depth - 1)),
    }
}

fn int(c: &mut Choices<'_>, depth: usize) -> String {
    match c.below(if depth == 0 { 3 } else { 6 }) {
        0 => c.pick(&["penalties_12m", "a_years", "record.days", "(record.year - a_years)"]).to_owned(),
        1 => c.pick(&INTS).to_owned(),
        2 => c.pick(&["size(record.conducts)", "size(record.note)", "size(region)", "size(['a', 'b'])"]).to_owned(),
        3 => format!("({} {} {})", int(c, depth - 1), c.pick(&["+", "-", "*"]), int(c, depth - 1)),
        4 => format!("-({})", int(c, depth - 1)),
        _ => format!("({} ? {} : {})", truth(c, depth - 1), int(c, depth - 1), int(c, depth - 1)),
    }
}

fn decimal(c: &mut Choices<'_>, depth: usize) -> String {
    match c.below(if depth == 0 { 2 } else { 5 }) {
        0 => c.pick(&["ratio", "record.share"]).to_owned(),
        1 => format!("decimal('{}')", c.pick(&DECIMALS)),
        2 => format!("({} {} {})", decimal(c, depth - 1), c.pick(&["+", "-", "*"]), int(c, depth - 1)),
        3 => format!("-({})", decimal(c, depth - 1)),
        _ => format!("({} ? {} : {})", truth(c, depth - 1), decimal(c, depth - 1), int(c, depth - 1)),
    }
}

fn money(c: &mut Choices<'_>, depth: usize) -> String {
    match c.below(if depth == 0 { 2 } else { 5 }) {
        0 => c.pick(&["fines", "record.evaded", "record.paid"]).to_owned(),
        1 => format!("money('{}')", c.pick(&DECIMALS)),
        2 => format!("({} {} {})", money(c, depth - 1), c.pick(&["+", "-"]), money(c, depth - 1)),
        3 => format!("({} * {})", money(c, depth - 1), int(c, depth - 1)),
        _ => format!("({} * {})", decimal(c, depth - 1), money(c, depth - 1)),
    }
}

fn conduct(c: &mut Choices<'_>) -> String {
    match c.below(3) {
        0 => "record.conduct".to_owned(),
        1 => "record.earlier".to_owned(),
        _ => "(listed ? record.conduct : record.earlier)".to_owned(),
    }
}

fn date(c: &mut Choices<'_>, depth: usize) -> String {
    match c.below(if depth == 0 { 2 } else { 3 }) {
        0 => c.pick(&["since", "record.until"]).to_owned(),
        1 => format!("date('{}')", c.pick(&DATES)),
        _ => format!("({} ? {} : {})", truth(c, depth - 1), date(c, depth - 1), date(c, depth - 1)),
    }
}

fn text(c: &mut Choices<'_>, depth: usize) -> String {
    match c.below(if depth == 0 { 2 } else { 3 }) {
        0 => c.pick(&["region", "record.note"]).to_owned(),
        1 => format!("'{}'", c.pick(&TEXTS)),
        _ => format!("({} ? {} : {})", truth(c, depth - 1), text(c, depth - 1), text(c, depth - 1)),
    }
}

/// About a third of the names have no value.
fn bindings(c: &mut Choices<'_>) -> String {
    let kinds: [(&[&str], &[&str]); 7] = [
        (&["days", "year", "penalties_12m", "a_years"], &INTS),
        (&["share", "evaded", "paid", "ratio", "fines"], &DECIMALS),
        (&["conduct", "earlier"], &CONDUCTS),
        (&["until", "since"], &DATES),
        (&["serious", "listed", "old"], &["true", "false"]),
        (&["note", "region", "areas"], &TEXTS),
        (&["latest"], &["A", "none", "D"]),
    ];
    let mut all = Vec::new();
    for (names, values) in kinds {
        for name in names {
            if c.below(3) > 0 {
                all.push(format!("{name}={}", c.pick(values)));
            }
        }
    }
    if c.below(3) > 0 {
        all.push(format!("conducts={}", c.pick(&["evasion", "escape,refusal", ""])));
        all.push(format!("years={}", c.pick(&["2024", "2023,2024,1", ""])));
    }
    all.join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn closures_and_interpreter_agree(
        shape in proptest::collection::vec(any::<u8>(), 1..80),
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 24..60), 6),
    ) {
        let mut world = World::new();
        let text = truth(&mut Choices(shape.iter()), 3);
        let condition = world.compile(&text).map_err(|errors| TestCaseError::fail(format!("{text}: {errors:?}")))?;
        for values in values.iter().chain([&Vec::new()]) {
            let bindings = bindings(&mut Choices(values.iter()));
            let env = world.environment(&bindings);
            let expected = interpreter::holds(&condition.expr, &env);
            prop_assert_eq!(condition.holds(&env), expected, "{} with {}", text, bindings);
        }
    }

    #[test]
    fn no_text_panics_and_every_refusal_has_a_place(
        parts in proptest::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "record", ".", "evaded", "grade", "listed", "a_years", "(", ")", "[", "]", "{", "}", "has(", "size(",
                "money(", "decimal('0.1')", "date('2024-02-30')", "'A'", "'", "\"", "1", "1.5", "2u", "b'x'", "null",
                "true", "&&", "||", "!", "-", "+", "*", "/", "%", "==", "<", " in ", "?", ":", ",", "map(x,", "exists(",
                "湖", "＝", "`", "@", "\n", " ", "//", "0x", "\\", "r'", "'''", "if", "🐱", "\u{0}", ".?", "[?",
                "99999999999999999999", "_", "record.year", ".startsWith(",
            ]).prop_map(str::to_owned),
            any::<String>(),
        ], 0..14),
    ) {
        let text = parts.concat();
        if let Err(errors) = World::new().compile(&text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(error.offset <= text.chars().count(), "{:?} in {:?}", error, text);
                prop_assert!(!error.message.is_empty() && !error.message.ends_with('.'), "{:?}", error);
            }
        }
    }
}
