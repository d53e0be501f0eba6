//! Calls: operators by their CEL names, constructors, `size` and the tests on text.

use super::{Checker, Typed, hint};
use crate::condition::{Arithmetic, Comparison, Constant, Expr, TextTest, Type};
use cel::common::ast::{CallExpr, Expr as Ast, IdedExpr, LiteralValue, operators as op};
use heng_model::{Day, Decimal};

const FUNCTIONS: [&str; 5] = ["money", "decimal", "date", "size", "has"];
const METHODS: [&str; 3] = ["startsWith", "endsWith", "contains"];
const THERE_ARE: &str =
    "there are money, decimal, date, size and has, and on strings .startsWith, .endsWith and .contains";

impl Checker<'_> {
    /// Any call.
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr, at: usize) -> Option<Typed> {
        let sign = self.parsed.token(node.id);
        if let Some(target) = &call.target {
            return self.method(node, target, &call.func_name, &call.args);
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_AND, [a, b]) => self.logic(Expr::And, a, b, at),
            (op::LOGICAL_OR, [a, b]) => self.logic(Expr::Or, a, b, at),
            (op::LOGICAL_NOT, [a]) => {
                let inner = self.bool(a, "what `!` negates")?;
                Some(Typed::bool(Expr::Not(Box::new(inner.expr)), at))
            }
            (op::CONDITIONAL, [a, b, c]) => self.choose([a, b, c], at),
            (op::EQUALS, [a, b]) => self.compare(Comparison::Equal, a, b, sign),
            (op::NOT_EQUALS, [a, b]) => self.compare(Comparison::NotEqual, a, b, sign),
            (op::LESS, [a, b]) => self.compare(Comparison::Less, a, b, sign),
            (op::LESS_EQUALS, [a, b]) => self.compare(Comparison::LessOrEqual, a, b, sign),
            (op::GREATER, [a, b]) => self.compare(Comparison::Greater, a, b, sign),
            (op::GREATER_EQUALS, [a, b]) => self.compare(Comparison::GreaterOrEqual, a, b, sign),
            (op::IN, [a, b]) => self.membership(a, b, sign),
            (op::ADD, [a, b]) => self.arithmetic(Arithmetic::Add, a, b, sign),
            (op::SUBSTRACT, [a, b]) => self.arithmetic(Arithmetic::Subtract, a, b, sign),
            (op::MULTIPLY, [a, b]) => self.arithmetic(Arithmetic::Multiply, a, b, sign),
            (op::NEGATE, [a]) => self.negate(a, at),
            (op::DIVIDE, _) => {
                let hint = "multiply the other side: for `a / b > c` write `a > c * b`";
                self.refuse(sign, "there is no division in the rule language", hint)
            }
            (op::MODULO, _) => self.refuse(sign, "there is no modulo in the rule language", ""),
            (op::INDEX, _) => self.refuse(sign, "there is no index into a list", "test a list with `in`"),
            (name, arguments) => self.function(name, arguments, at),
        }
    }

    fn function(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Option<Typed> {
        match name {
            "money" | "decimal" | "date" => self.constructor(name, arguments, at),
            "size" => self.size(arguments, at),
            "has" => self.refuse(at, "`has` asks for one field of the record", "write `has(record.NAME)`"),
            _ => {
                let hint = match hint::nearest(name, FUNCTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => THERE_ARE.to_owned(),
                };
                self.refuse(at, format!("there is no function `{name}`"), hint)
            }
        }
    }

    /// `money('1000.00')`, `decimal('0.10')`, `date('2023-05-10')`
    fn constructor(&mut self, name: &str, arguments: &[IdedExpr], at: usize) -> Option<Typed> {
        let example = match name {
            "money" => "write money('1000.00')",
            "decimal" => "write decimal('0.10')",
            _ => "write date('2023-05-10')",
        };
        let [IdedExpr { id, expr: Ast::Literal(LiteralValue::String(text)) }] = arguments else {
            return self.refuse(at, format!("`{name}` takes one string in quotes"), example);
        };
        let (text, place) = (text.inner(), self.parsed.token(*id));
        let read = match name {
            "money" => {
                amount(text, self.scope.currency).map(|(n, currency)| (Constant::Decimal(n), Type::Money(currency)))
            }
            "decimal" => text
                .parse::<Decimal>()
                .map(|number| (Constant::Decimal(number), Type::Decimal))
                .map_err(|error| error.to_string()),
            _ => text.parse::<Day>().map(|day| (Constant::Day(day), Type::Date)).map_err(|error| error.to_string()),
        };
        match read {
            Ok((constant, ty)) => Some(Typed { expr: Expr::Constant(constant), ty, at }),
            Err(message) => self.refuse(place, message, example),
        }
    }

    /// `size(list)`, `size(string)`
    fn size(&mut self, arguments: &[IdedExpr], at: usize) -> Option<Typed> {
        let [argument] = arguments else {
            return self.refuse(at, "`size` takes one list or string", "write size(record.NAME)");
        };
        let argument = self.check(argument)?;
        if !matches!(argument.ty, Type::List(_) | Type::Text) {
            let message = format!("`size` is of a list or string, this is of type {}", argument.ty);
            return self.refuse(argument.at, message, "");
        }
        Some(Typed { expr: Expr::Size(Box::new(argument.expr)), ty: Type::Int, at })
    }

    /// `text.startsWith(part)` and its kin.
    fn method(&mut self, node: &IdedExpr, target: &IdedExpr, name: &str, arguments: &[IdedExpr]) -> Option<Typed> {
        let kind = match name {
            "startsWith" => TextTest::StartsWith,
            "endsWith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => {
                let hint = match hint::nearest(name, METHODS) {
                    Some(near) => format!("did you mean `.{near}`?"),
                    None if FUNCTIONS.contains(&name) => format!("write {name}(…)"),
                    None => THERE_ARE.to_owned(),
                };
                return self.refuse(self.parsed.callee(node.id), format!("there is no function `.{name}`"), hint);
            }
        };
        let [part] = arguments else {
            return self.refuse(self.parsed.callee(node.id), format!("`.{name}` takes one string"), "");
        };
        let (text, part) = (self.check(target), self.check(part));
        let (text, part) = (text?, part?);
        for side in [&text, &part] {
            if side.ty != Type::Text {
                let message = format!("`.{name}` is for strings, this is of type {}", side.ty);
                let hint = if matches!(side.ty, Type::Enum(_)) { "name the values: `in ['…', '…']`" } else { "" };
                return self.refuse(side.at, message, hint);
            }
        }
        Some(Typed::bool(Expr::TextTest(kind, Box::new(text.expr), Box::new(part.expr)), text.at))
    }
}

/// An amount: `1000.00`, `1000 USD` or `USD 1000`.
fn amount(text: &str, currency: &str) -> Result<(Decimal, String), String> {
    let is_currency = |word: &str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let (number, currency) = match text.split_once(' ') {
        Some((number, word)) if is_currency(word) => (number, word),
        Some((word, number)) if is_currency(word) => (number, word),
        Some(_) => return Err(format!("`{text}` is not an amount: a number and at most a currency of three capitals")),
        None => (text, currency),
    };
    let number = number.parse::<Decimal>().map_err(|error| error.to_string())?;
    Ok((number, currency.to_owned()))
}
