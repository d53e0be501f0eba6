//! Cases of the pack's tests as worked examples.

use super::block::Row;
use super::both;
use super::condition::{money, quoted};
use super::lexicon::{Lexicon, words};
use super::tree::Line;
use super::vocabulary::{kind, listed, verdict};
use crate::cases::CaseRun;
use heng_core::Bilingual;
use heng_model::{Decimal, SubjectKind};
use heng_rules::condition::Type;
use heng_rules::{Case, CaseAct, CaseEvent, CaseValue, Expectation, Field, ItemIdx};

/// A case: what happens, and what then holds.
pub(super) fn example(lexicon: &Lexicon<'_>, run: &CaseRun) -> Row {
    let case = &run.case;
    let whom = kind(case.subject.kind.unwrap_or(SubjectKind::Enterprise));
    let label = both(
        format!("{}（{}，{}）", case.name, whom.zh, place(case)),
        format!("{} ({}, {})", case.name, whom.en, place(case)),
    );
    let happens = case.events.iter().map(|event| Line { depth: 0, text: event_words(lexicon, event) });
    let holds = case.expect.iter().map(|it| Line { depth: 1, text: expectation(lexicon, it) });
    Row { label, lines: happens.chain(holds).collect() }
}

fn place(case: &Case) -> String {
    format!("{}:{}", case.place.file, case.place.line)
}

fn event_words(lexicon: &Lexicon<'_>, event: &CaseEvent) -> Bilingual {
    let day = event.known.map_or_else(|| "—".to_owned(), |day| day.to_string());
    let text = act(lexicon, &event.act);
    let whom = event.subject.as_ref().map(|label| quoted(label)).unwrap_or_default();
    let space = if whom.en.is_empty() { "" } else { " " };
    let (refused_zh, refused_en) = event
        .refused
        .as_ref()
        .map_or_else(Default::default, |field| (format!("（拒收：{field}）"), format!(" (refused for {field})")));
    both(
        format!("{day} {}{}{refused_zh}", whom.zh, text.zh),
        format!("{day} {}{space}{}{refused_en}", whom.en, text.en),
    )
}

fn act(lexicon: &Lexicon<'_>, act: &CaseAct) -> Bilingual {
    let named = |zh: &str, en: &str, what: &str| both(format!("{zh}{what}"), format!("{en} {what}"));
    match act {
        CaseAct::Record { record, item, fields, .. } => recorded(lexicon, record, item, fields),
        CaseAct::Correct { record, fields, .. } => {
            let fields = stated(lexicon, &[], fields);
            both(format!("更正{record}：{}", fields.zh), format!("{record} is corrected: {}", fields.en))
        }
        CaseAct::Retract { record } => named("撤销", "retracted:", record),
        CaseAct::Repair { record, .. } => named("信用修复：", "repaired:", record),
        CaseAct::Restore { record, .. } => named("撤销修复：", "repair undone:", record),
        CaseAct::Objection { record, .. } => named("提出异议：", "objection to", record),
        CaseAct::Resolve { objection, upheld: true, .. } => named("异议成立：", "objection upheld:", objection),
        CaseAct::Resolve { objection, upheld: false, .. } => named("异议不成立：", "objection rejected:", objection),
        CaseAct::Suspend { from, through } => {
            let through = through.map_or_else(|| "…".to_owned(), |day| day.to_string());
            both(format!("措施暂停 {from} 至 {through}"), format!("measures suspended from {from} to {through}"))
        }
        CaseAct::Resume { on } => named("措施恢复 ", "measures resumed on", &on.to_string()),
        CaseAct::Register { profile, .. } => {
            let name = profile.name.as_deref().unwrap_or_default();
            let since = profile.registered_on.map(|day| day.to_string()).unwrap_or_default();
            both(format!("登记 {name} {since}"), format!("registered {name} {since}"))
        }
        CaseAct::Change { .. } => both("登记信息变更", "registration changed"),
        CaseAct::Deregister { on } => named("注销 ", "deregistered on", &on.to_string()),
        CaseAct::Link { role, to, .. } => both(format!("关联「{role}」→ {to}"), format!("linked as “{role}” to {to}")),
        CaseAct::Unlink { role, to, .. } => {
            both(format!("解除关联「{role}」→ {to}"), format!("link as “{role}” to {to} ends"))
        }
        CaseAct::Merge { into } => named("与下列主体为同一主体：", "is the same subject as", into),
        CaseAct::Confirm { rule, .. } => named("执法人员确认 ", "an officer confirms", rule),
        CaseAct::Decline { rule, .. } => named("执法人员不予确认 ", "an officer declines", rule),
    }
}

fn recorded(lexicon: &Lexicon<'_>, record: &str, code: &str, fields: &[(String, CaseValue)]) -> Bilingual {
    let at = lexicon.pack.items.iter().position(|item| item.code == code);
    let items: Vec<ItemIdx> = at.and_then(|at| u16::try_from(at).ok()).map(ItemIdx).into_iter().collect();
    let title = items.first().and_then(|item| lexicon.item(*item)).map(|item| words(&item.words)).unwrap_or_default();
    let fields = stated(lexicon, &items, fields);
    let (colon_zh, colon_en) = if fields.zh.is_empty() { ("", "") } else { ("：", ": ") };
    both(
        format!("“{}”（{record}）{colon_zh}{}", title.zh, fields.zh),
        format!("“{}” ({record}){colon_en}{}", title.en, fields.en),
    )
}

fn stated(lexicon: &Lexicon<'_>, items: &[ItemIdx], fields: &[(String, CaseValue)]) -> Bilingual {
    let field = |name: &str| {
        let mut known = items.iter().filter_map(|item| lexicon.item(*item)).flat_map(|item| &item.fields);
        known.find(|field| field.name == name)
    };
    listed(fields.iter().map(|(name, value)| {
        let known = field(name);
        let title = known.map_or_else(|| both(name, name), |field| words(&field.words));
        let value = title_of(lexicon, known, value).unwrap_or_else(|| self::value(value, known.map(|field| &field.ty)));
        both(format!("{} {}", title.zh, value.zh), format!("{} {}", title.en, value.en))
    }))
}

/// The title of an enum's value, where its field gives one.
fn title_of(lexicon: &Lexicon<'_>, field: Option<&Field>, value: &CaseValue) -> Option<Bilingual> {
    let CaseValue::Text(text) = value else { return None };
    field?.title(lexicon.symbols.get(text)?).map(words)
}

fn value(value: &CaseValue, ty: Option<&Type>) -> Bilingual {
    match (value, ty) {
        (CaseValue::Text(text), Some(Type::Money(currency))) => match text.parse::<Decimal>() {
            Ok(amount) => money(amount, currency),
            Err(_) => both(text, text),
        },
        (CaseValue::Text(text), _) => both(text, text),
        (CaseValue::Int(number), _) => both(number.to_string(), number.to_string()),
        (CaseValue::Bool(true), _) => both("是", "yes"),
        (CaseValue::Bool(false), _) => both("否", "no"),
        (CaseValue::Null, _) => both("（清空）", "(emptied)"),
        (CaseValue::List(values), _) => listed(values.iter().map(|it| self::value(it, None))),
    }
}

fn expectation(lexicon: &Lexicon<'_>, it: &Expectation) -> Bilingual {
    let mut zh = Vec::new();
    let mut en = Vec::new();
    if let Some(outcomes) = &it.in_force {
        if outcomes.is_empty() {
            zh.push("无".to_owned());
            en.push("nothing in force".to_owned());
        } else {
            let outcomes = listed(outcomes.iter().map(|name| lexicon.named_outcome(name)));
            zh.push(format!("有效：{}", outcomes.zh));
            en.push(format!("in force: {}", outcomes.en));
        }
    }
    for (code, word) in &it.check {
        let title = lexicon.pack.matters.iter().find(|matter| matter.code == *code).map(|matter| words(&matter.words));
        let (title, verdict) = (title.unwrap_or_else(|| both(code, code)), verdict(word));
        zh.push(format!("{}：{}", title.zh, verdict.zh));
        en.push(format!("{}: {}", title.en, verdict.en));
    }
    both(format!("→ {} {}", it.on, zh.join("；")), format!("→ {} {}", it.on, en.join("; ")))
}
