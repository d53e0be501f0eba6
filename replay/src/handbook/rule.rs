//! A rule in words, part by part, in the order in which a legal officer asks.

use super::block::Row;
use super::condition::condition;
use super::lexicon::{Lexicon, words};
use super::terms::{effective, first_day, last_day, repair};
use super::tree::Line;
use super::vocabulary::{kinds, measure_kind, period};
use super::{both, contest};
use heng_core::Bilingual;
use heng_model::Symbols;
use heng_rules::condition::Condition;
use heng_rules::{Body, Item, Measure, OutcomeEntry, Pack, Rule};

/// A rule in words: to whom, under what condition, from when, how long, with what consequences.
#[must_use]
pub fn rule_in_words(pack: &Pack, symbols: &Symbols, rule: &Rule) -> Vec<Row> {
    let items = match rule.body {
        Body::OnRecords { item, .. } => vec![item],
        Body::OnCondition { .. } => Vec::new(),
    };
    let lexicon = Lexicon::new(pack, symbols);
    let lexicon = lexicon.about(&items);
    let item = items.first().and_then(|item| lexicon.item(*item));
    let mut parts = vec![
        Row::one(both("适用主体", "To whom"), kinds(rule.kinds)),
        Row { label: both("适用条件", "Condition"), lines: when(&lexicon, rule, item) },
        Row::one(both("起始日", "First day"), first_day(&lexicon, rule)),
        Row { label: both("期限", "Last day"), lines: last_day(&lexicon, rule, item) },
        Row { label: both("信用修复", "Repair"), lines: repair(&lexicon, rule, item) },
    ];
    parts.extend(rule.unless.as_ref().map(|unless| exception(&lexicon, unless)));
    let objection = contest::objection(&lexicon, rule).into_iter().map(|text| Line { depth: 0, text }).collect();
    parts.push(Row { label: both("异议", "Objection"), lines: objection });
    parts.extend(rule.notice.map(|notice| {
        let ahead = period(notice);
        let text = both(
            format!("起始日前{}即告知，不推迟起始日", ahead.zh),
            format!("Shown {} before the first day; it delays nothing", ahead.en),
        );
        Row::one(both("预先告知", "Notice"), text)
    }));
    parts.push(Row::one(both("人工审核", "Review"), review(rule)));
    parts.push(Row::one(both("结果", "Outcome"), outcome(&lexicon, rule)));
    parts.push(Row { label: both("措施及实施机关", "Measures, and who acts"), lines: measures(&lexicon, rule) });
    parts.push(Row {
        label: both("法律依据", "Legal basis"),
        lines: rule.basis.iter().map(|basis| Line { depth: 0, text: lexicon.cited(basis) }).collect(),
    });
    parts.push(Row { label: both("施行期间", "When it is law"), lines: effective(&lexicon, rule) });
    parts.extend(rule.explain.as_ref().map(|own| Row::one(both("说明用语", "Wording"), words(own))));
    parts
}

/// The condition as the pack writes it, where there is one.
pub(super) fn main_condition(rule: &Rule) -> Option<&Condition> {
    match &rule.body {
        Body::OnRecords { filter, .. } => filter.as_ref(),
        Body::OnCondition { when, .. } => Some(when),
    }
}

fn when(lexicon: &Lexicon<'_>, rule: &Rule, item: Option<&Item>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(item) = item {
        let title = words(&item.words);
        let text = match main_condition(rule) {
            Some(_) => both(
                format!("每一条“{}”记录，于其生效日：", title.zh),
                format!("Every record of “{}” that, on its effect day, satisfies:", title.en),
            ),
            None => both(format!("每一条“{}”记录", title.zh), format!("Every record of “{}”", title.en)),
        };
        lines.push(Line { depth: 0, text });
    } else {
        lines.push(Line {
            depth: 0,
            text: both("在下列条件成立的每一段连续日期内：", "Every run of days on which it holds that:"),
        });
    }
    if let Some(main) = main_condition(rule) {
        let inner = condition(lexicon, &main.expr).lines();
        lines.extend(inner.into_iter().map(|line| Line { depth: line.depth.saturating_add(1), ..line }));
    }
    lines
}

fn exception(lexicon: &Lexicon<'_>, unless: &Condition) -> Row {
    let head = both("下列情形存在之日除外：", "Not on the days on which:");
    let inner = condition(lexicon, &unless.expr).lines();
    let inner = inner.into_iter().map(|line| Line { depth: line.depth.saturating_add(1), ..line });
    let lines = std::iter::once(Line { depth: 0, text: head }).chain(inner).collect();
    Row { label: both("例外", "Exceptions"), lines }
}

fn review(rule: &Rule) -> Bilingual {
    if rule.review {
        both(
            "须经执法人员确认：由系统提出，确认之前不产生效力；期限仍自起始日计算",
            "An officer must confirm: proposed only, of no effect before; the term still runs from the first day",
        )
    } else {
        both("不需要", "Not required")
    }
}

fn outcome(lexicon: &Lexicon<'_>, rule: &Rule) -> Bilingual {
    let entry = rule.outcome.entry;
    let name = heng_core::entry_name(lexicon.pack, lexicon.symbols, entry);
    if let Some(title) = lexicon.outcome_title(entry.named()) {
        let (zh, en) = match entry {
            OutcomeEntry::List(_) => ("列入名单", "Entry in the list"),
            OutcomeEntry::Grade(_, _) => ("评定等级", "Grade"),
        };
        return both(format!("{zh}“{}”（{name}）", title.zh), format!("{en} “{}” ({name})", title.en));
    }
    match name.split_once('/') {
        Some(("grade", grade)) => both(format!("评定等级 {grade}"), format!("Grade {grade}")),
        Some((_, list)) => both(format!("列入名单 {list}"), format!("Entry in list {list}")),
        None => both(name.clone(), name),
    }
}

fn measures(lexicon: &Lexicon<'_>, rule: &Rule) -> Vec<Line> {
    let given = rule.outcome.measures.iter().filter_map(|index| lexicon.pack.measures.get(index.at()));
    let lines: Vec<Line> = given.map(|measure| Line { depth: 0, text: measure_line(lexicon, measure) }).collect();
    if lines.is_empty() {
        return vec![Line {
            depth: 0, text: both("无（仅供后续规则使用）", "None (read by later rules only)")
        }];
    }
    lines
}

fn measure_line(lexicon: &Lexicon<'_>, measure: &Measure) -> Bilingual {
    let (kind, by) = (measure_kind(measure.kind), lexicon.authorities(&measure.authorities));
    both(
        format!("{}（{}，{}）——{}", measure.words.zh, kind.zh, measure.code, by.zh),
        format!("{} ({}, {}) — {}", measure.words.en(), kind.en, measure.code, by.en),
    )
}
