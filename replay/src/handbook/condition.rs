//! Conditions in words, by walking the typed tree that the fold evaluates.

use super::both;
use super::lexicon::{Lexicon, words};
use super::tree::Tree;
use heng_core::Bilingual;
use heng_model::Decimal;
use heng_rules::condition::{Arithmetic, Comparison, Constant, Expr, TextTest, Type};

/// A condition in words.
pub(super) fn condition(lexicon: &Lexicon<'_>, expr: &Expr) -> Tree {
    match expr {
        Expr::And(_, _) => Tree::All(members(expr, true).into_iter().map(|it| condition(lexicon, it)).collect()),
        Expr::Or(_, _) => Tree::Any(members(expr, false).into_iter().map(|it| condition(lexicon, it)).collect()),
        Expr::Not(inner) => negated(lexicon, inner),
        Expr::Has(field) => {
            let field = lexicon.field_words(*field);
            Tree::leaf(format!("已载明{}", field.zh), format!("{} is stated", field.en))
        }
        Expr::Compare(comparison, a, b) => Tree::Leaf(compared(lexicon, *comparison, a, b)),
        Expr::In(value, list) => Tree::Leaf(contained(lexicon, value, list)),
        Expr::TextTest(test, a, b) => Tree::Leaf(text_test(lexicon, *test, a, b)),
        Expr::Constant(Constant::Bool(true)) => Tree::leaf("始终成立", "always"),
        Expr::Constant(Constant::Bool(false)) => Tree::leaf("从不成立", "never"),
        // What is bare and true or false: a field, a fact, a choice.
        Expr::Fact(_) => Tree::Leaf(value(lexicon, expr, None)),
        _ => {
            let bare = value(lexicon, expr, None);
            Tree::leaf(format!("{}：是", bare.zh), format!("{}: yes", bare.en))
        }
    }
}

/// The members of a chain of `&&`, or of `||`.
fn members(expr: &Expr, all: bool) -> Vec<&Expr> {
    match (expr, all) {
        (Expr::And(a, b), true) | (Expr::Or(a, b), false) => [members(a, all), members(b, all)].concat(),
        _ => vec![expr],
    }
}

fn negated(lexicon: &Lexicon<'_>, inner: &Expr) -> Tree {
    match inner {
        Expr::Has(field) => {
            let field = lexicon.field_words(*field);
            Tree::leaf(format!("未载明{}", field.zh), format!("{} is not stated", field.en))
        }
        Expr::Field(symbol) => {
            let field = lexicon.field_words(*symbol);
            if lexicon.field(*symbol).is_some_and(|field| field.required) {
                return Tree::leaf(format!("{}：否", field.zh), format!("{}: no", field.en));
            }
            // An empty field is not true, so its negation holds.
            Tree::leaf(format!("{}：否，或者未载明", field.zh), format!("{}: no, or not stated", field.en))
        }
        Expr::Fact(_) => {
            let fact = value(lexicon, inner, None);
            Tree::leaf(format!("并非“{}”", fact.zh), format!("not “{}”", fact.en))
        }
        Expr::Not(twice) => condition(lexicon, twice),
        _ => Tree::Not(Box::new(condition(lexicon, inner))),
    }
}

fn compared(lexicon: &Lexicon<'_>, comparison: Comparison, a: &Expr, b: &Expr) -> Bilingual {
    let ty = type_of(lexicon, a).or_else(|| type_of(lexicon, b));
    let (left, right) = (side(lexicon, a, b, ty), side(lexicon, b, a, ty));
    let named = matches!(ty, Some(Type::Enum(_) | Type::Text | Type::Bool));
    let (zh, en) = match comparison {
        Comparison::Equal if named => ("为", "is"),
        Comparison::NotEqual if named => ("不为", "is not"),
        Comparison::Equal => ("=", "="),
        Comparison::NotEqual => ("≠", "≠"),
        Comparison::Less => ("<", "<"),
        Comparison::LessOrEqual => ("≤", "≤"),
        Comparison::Greater => (">", ">"),
        Comparison::GreaterOrEqual => ("≥", "≥"),
    };
    both(format!("{} {zh} {}", left.zh, right.zh), format!("{} {en} {}", left.en, right.en))
}

/// One side of a comparison: of an enum's value the title, where the field on the other side gives one.
fn side(lexicon: &Lexicon<'_>, expr: &Expr, other: &Expr, ty: Option<&Type>) -> Bilingual {
    let title = if let Expr::Constant(it) = expr { titled(lexicon, it, other) } else { None };
    title.unwrap_or_else(|| value(lexicon, expr, ty))
}

fn titled(lexicon: &Lexicon<'_>, constant: &Constant, beside: &Expr) -> Option<Bilingual> {
    let Constant::Symbol(symbol) = constant else { return None };
    let field = match beside {
        Expr::Field(field) => lexicon.field(*field),
        Expr::Fact(fact) => lexicon.field_read(*fact),
        _ => None,
    };
    let title = words(field?.title(*symbol)?);
    Some(both(quoted(&title.zh).zh, quoted(&title.en).en))
}

fn contained(lexicon: &Lexicon<'_>, element: &Expr, list: &Expr) -> Bilingual {
    let ty = type_of(lexicon, element);
    let one = value(lexicon, element, ty);
    match list {
        Expr::Constants(constants) => {
            let texts =
                constants.iter().map(|it| titled(lexicon, it, element).unwrap_or_else(|| constant(lexicon, it, ty)));
            let texts: Vec<Bilingual> = texts.collect();
            let zh: Vec<&str> = texts.iter().map(|it| it.zh.as_str()).collect();
            let en: Vec<&str> = texts.iter().map(|it| it.en.as_str()).collect();
            both(format!("{} 为 {} 之一", one.zh, zh.join("、")), format!("{} is one of {}", one.en, en.join(", ")))
        }
        _ => {
            let list = value(lexicon, list, None);
            both(format!("{} 列于 {}", one.zh, list.zh), format!("{} is among {}", one.en, list.en))
        }
    }
}

fn text_test(lexicon: &Lexicon<'_>, test: TextTest, a: &Expr, b: &Expr) -> Bilingual {
    let (a, b) = (value(lexicon, a, None), value(lexicon, b, None));
    match test {
        TextTest::StartsWith => both(format!("{}以{}开头", a.zh, b.zh), format!("{} starts with {}", a.en, b.en)),
        TextTest::EndsWith => both(format!("{}以{}结尾", a.zh, b.zh), format!("{} ends with {}", a.en, b.en)),
        TextTest::Contains => both(format!("{}包含{}", a.zh, b.zh), format!("{} contains {}", a.en, b.en)),
    }
}

/// A value; `ty` is what it is compared with, where that is known.
fn value(lexicon: &Lexicon<'_>, expr: &Expr, ty: Option<&Type>) -> Bilingual {
    match expr {
        Expr::Constant(it) => constant(lexicon, it, ty),
        Expr::Field(symbol) => lexicon.field_words(*symbol),
        Expr::Fact(fact) => lexicon.fact_words(*fact),
        Expr::Arithmetic(operation, a, b) => {
            // A factor is a number, whatever the product is.
            let own = if *operation == Arithmetic::Multiply { None } else { ty };
            let (a, b) = (operand(lexicon, a, own), operand(lexicon, b, own));
            let sign = match operation {
                Arithmetic::Add => "+",
                Arithmetic::Subtract => "−",
                Arithmetic::Multiply => "×",
            };
            both(format!("{} {sign} {}", a.zh, b.zh), format!("{} {sign} {}", a.en, b.en))
        }
        Expr::Negate(inner) => {
            let inner = operand(lexicon, inner, ty);
            both(format!("−{}", inner.zh), format!("−{}", inner.en))
        }
        Expr::Choose(test, a, b) => {
            let test = condition(lexicon, test).inline();
            let (a, b) = (value(lexicon, a, ty), value(lexicon, b, ty));
            both(
                format!("（如{}则为{}，否则为{}）", test.zh, a.zh, b.zh),
                format!("({} if {}, else {})", a.en, test.en, b.en),
            )
        }
        Expr::Size(inner) => {
            let inner = value(lexicon, inner, None);
            both(format!("{}的个数", inner.zh), format!("the number of {}", inner.en))
        }
        Expr::Constants(list) => super::vocabulary::listed(list.iter().map(|it| constant(lexicon, it, ty))),
        _ => condition(lexicon, expr).inline(),
    }
}

fn operand(lexicon: &Lexicon<'_>, expr: &Expr, ty: Option<&Type>) -> Bilingual {
    let text = value(lexicon, expr, ty);
    match expr {
        Expr::Arithmetic(_, _, _) => both(format!("（{}）", text.zh), format!("({})", text.en)),
        _ => text,
    }
}

/// A value written in the pack.
pub(super) fn constant(lexicon: &Lexicon<'_>, constant: &Constant, ty: Option<&Type>) -> Bilingual {
    match (constant, ty) {
        (Constant::Decimal(amount), Some(Type::Money(currency))) => money(*amount, currency),
        (Constant::Decimal(number), _) => same(decimal(*number)),
        (Constant::Int(year), Some(Type::Year)) => same(year.to_string()),
        (Constant::Int(number), _) => same(grouped(&number.to_string())),
        (Constant::Bool(true), _) => both("是", "yes"),
        (Constant::Bool(false), _) => both("否", "no"),
        (Constant::Symbol(symbol), _) => quoted(lexicon.symbols.name(*symbol)),
        (Constant::Day(day), _) => same(day.to_string()),
        (Constant::Text(text), _) => quoted(text),
    }
}

/// A decimal; a fraction as a percentage too.
fn decimal(number: Decimal) -> String {
    let text = grouped(&number.to_string());
    let is_fraction = number > Decimal::from(0_i64) && number < Decimal::from(1_i64);
    let percent = number.checked_mul(Decimal::from(100_i64)).filter(|_| is_fraction);
    percent.map_or_else(|| text.clone(), |percent| format!("{text} ({percent}%)"))
}

fn same(text: String) -> Bilingual {
    both(text.clone(), text)
}

/// A word of the pack or a text, so that it cannot be taken for a sentence.
pub(super) fn quoted(text: &str) -> Bilingual {
    both(format!("「{text}」"), format!("“{text}”"))
}

/// An amount; yuan by its name.
pub(super) fn money(amount: Decimal, currency: &str) -> Bilingual {
    let number = grouped(&amount.to_string());
    match currency {
        "CNY" => both(format!("{number} 元"), format!("{number} yuan")),
        _ => both(format!("{number} {currency}"), format!("{currency} {number}")),
    }
}

/// A number with a comma before every third digit of its whole part.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len().saturating_sub(at)) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{text}.{fraction}"),
        None => text,
    }
}

fn type_of<'a>(lexicon: &Lexicon<'a>, expr: &Expr) -> Option<&'a Type> {
    match expr {
        Expr::Field(symbol) => lexicon.field(*symbol).map(|field| &field.ty),
        Expr::Fact(fact) => lexicon.fact_type(*fact),
        Expr::Arithmetic(_, a, b) | Expr::Choose(_, a, b) => type_of(lexicon, a).or_else(|| type_of(lexicon, b)),
        Expr::Negate(inner) => type_of(lexicon, inner),
        _ => None,
    }
}
