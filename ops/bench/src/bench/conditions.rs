//! Conditions of the pack, compiled.

use crate::Size;
use crate::clock;
use crate::pack::OnePack;
use crate::report::{Report, ns_each};
use anyhow::{Context, anyhow};
use heng_model::{Day, Decimal, Symbol, Symbols};
use heng_rules::condition::Condition;
use heng_rules::{Body, Env, FactIdx, Pack, Value};
use std::hint::black_box;

/// Rule, and what it is an example of.
const RULES: [(&str, &str); 5] = [
    ("tax.penalty_order_58", "membership in a list of names"),
    ("tax.procurement_record", "an amount against a limit"),
    ("labour.wage_arrears", "seven fields, two of them dates"),
    ("tax.major_violation", "eleven grounds, the last holds"),
    ("tax.grade_a", "three facts"),
];

/// Time of one evaluation of five conditions.
pub(crate) fn conditions(size: &Size) -> anyhow::Result<Report> {
    let mut symbols = Symbols::default();
    let pack = OnePack::hubei()?.load(&mut symbols)?;
    let env = World::new(&pack, &symbols)?;
    let times: u64 = if size.smoke { 1_000 } else { 2_000_000 };
    let mut report = Report::new("conditions", &["condition of", "example of", "holds", "ns"]);
    for (id, example) in RULES {
        let rule =
            pack.rules.iter().find(|rule| rule.id == id).with_context(|| format!("the pack has no rule {id}"))?;
        let condition: &Condition = match &rule.body {
            Body::OnRecords { filter, .. } => filter.as_ref().with_context(|| format!("rule {id} has no filter"))?,
            Body::OnCondition { when, .. } => when,
        };
        let mut best = f64::INFINITY;
        let mut held = 0_u64;
        for _ in 0..5 {
            held = 0;
            let start = clock::now();
            for _ in 0..times {
                held += u64::from(black_box(condition).holds(black_box(&env)));
            }
            best = best.min(ns_each(clock::since(start), times));
        }
        report.row(vec![id.to_owned(), example.to_owned(), (held == times).to_string(), format!("{best:.1}")]);
    }
    Ok(report)
}

/// Values by name, looked for one by one as in a record.
struct World {
    fields: Vec<(Symbol, Value<'static>)>,
    facts: Vec<(FactIdx, Value<'static>)>,
}

impl World {
    fn new(pack: &Pack, symbols: &Symbols) -> anyhow::Result<Self> {
        let symbol = |name: &str| symbols.get(name).ok_or_else(|| anyhow!("the pack has no name `{name}`"));
        let money = |amount: i64| Value::Decimal(Decimal::new(i128::from(amount) * 100, 2));
        let fields = vec![
            (symbol("amount")?, money(2_500_000)),
            (symbol("tier")?, Value::Symbol(symbol("serious")?)),
            (symbol("nature")?, Value::Symbol(symbol("evasion")?)),
            (symbol("decided_on")?, Value::Day(Day::EARLIEST.plus_days(20_000))),
            (symbol("deadline")?, Value::Day(Day::EARLIEST.plus_days(19_990))),
            (symbol("unpaid_after_deadline")?, Value::Bool(true)),
            (symbol("workers")?, Value::Int(12)),
            (symbol("conduct")?, Value::Symbol(symbol("abetting")?)),
            (symbol("evaded")?, money(1_500_000)),
        ];
        let fact = |name: &str, value: Value<'static>| {
            let sector =
                |fact: &heng_rules::Fact| pack.sectors.get(fact.sector.at()).is_some_and(|sector| sector.code == "tax");
            let found = |(at, fact): (usize, &heng_rules::Fact)| (fact.name == name && sector(fact)).then_some(at);
            let at = pack
                .facts
                .iter()
                .enumerate()
                .find_map(found)
                .ok_or_else(|| anyhow!("the pack has no fact `{name}`"))?;
            anyhow::Ok((FactIdx(u16::try_from(at)?), value))
        };
        let facts = vec![
            fact("grade", Value::Symbol(symbol("A")?))?,
            fact("three_years", Value::Bool(true))?,
            fact("not_d_years", Value::Int(3))?,
            fact("graded_years", Value::Int(3))?,
            fact("earlier_5y", Value::Int(0))?,
        ];
        Ok(Self { fields, facts })
    }
}

impl Env for World {
    fn field(&self, name: Symbol) -> Value<'_> {
        self.fields.iter().find(|(field, _)| *field == name).map_or(Value::Empty, |(_, value)| *value)
    }

    fn fact(&self, fact: FactIdx) -> Value<'_> {
        self.facts.iter().find(|(index, _)| *index == fact).map_or(Value::Empty, |(_, value)| *value)
    }
}
