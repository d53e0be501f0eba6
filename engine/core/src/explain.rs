//! What a clerk can read out about a decision, and how it is contested and ended, in Chinese and English.
//!
//! # Invariants
//!
//! What a rule says in every decision is composed once ([`opening`], [`closing`], the remedies); [`explain`] puts
//! between them what differs.

use crate::decision::{Bilingual, DecisionKind, Ground};
use crate::wording::RuleWording;
use heng_model::{Day, DaySet, Period, PeriodUnit};
use heng_rules::{Body, End, Item, Pack, Rule, Words};
use std::fmt::Write;

/// What an explanation tells of.
pub(crate) struct Explained<'a> {
    pub(crate) wording: &'a RuleWording,
    pub(crate) kind: DecisionKind,
    pub(crate) days: &'a DaySet,
    pub(crate) grounds: &'a [Ground<&'a str>],
    /// How many grounds there are.
    pub(crate) grounds_len: usize,
}

/// What is said of a decision whose rule the pack in force no longer has.
pub(crate) const WITHDRAWN: Bilingual<&str> = Bilingual {
    zh: "作出该决定的规则已由现行规则包撤回，本决定自始无效。",
    en: "The rule behind this decision was withdrawn by the pack in force; the decision is void.",
};

/// Grounds that an explanation names; all of them stand in the event.
const GROUNDS_NAMED_MAX: usize = 5;

/// Composes the explanation of a decision in an empty text.
pub(crate) fn explain<'t>(it: &Explained<'_>, text: &'t mut Bilingual) -> Bilingual<&'t str> {
    let Bilingual { zh, en } = text;
    let RuleWording { opening, closing, .. } = it.wording;
    let (verb_zh, verb_en) = verb(it.kind);
    push(zh, &[&opening.zh, verb_zh]);
    push(en, &[&opening.en, verb_en]);
    if !it.grounds.is_empty() {
        let documents = || it.grounds.iter().take(GROUNDS_NAMED_MAX).map(|it| it.document_no.unwrap_or(it.record));
        zh.push_str("事实依据：");
        push_joined(zh, documents(), "、");
        en.push_str(" Grounds: ");
        push_joined(en, documents(), ", ");
        let more = it.grounds_len.saturating_sub(GROUNDS_NAMED_MAX);
        if more > 0 {
            zh.push_str(&format!("等{}项", it.grounds_len));
            en.push_str(&format!(" and {more} more"));
        }
        zh.push('。');
        en.push('.');
    }
    zh.push_str(&closing.zh);
    en.push_str(&closing.en);
    if !it.days.is_empty() {
        zh.push_str("期间：");
        en.push_str(" Days: ");
        push_days(zh, en, it.days);
        zh.push('。');
        en.push('.');
    }
    Bilingual { zh, en }
}

/// What a rule finds, as its explanations begin.
pub(crate) fn opening(rule: &Rule) -> Bilingual {
    let own = rule.explain.as_ref().unwrap_or(&rule.words);
    Bilingual {
        zh: format!("{}。", own.zh.trim_end_matches('。')),
        en: format!("{}. ", own.en().trim_end_matches('.')),
    }
}

/// The bases and measures of a rule, as its explanations name them.
pub(crate) fn closing(pack: &Pack, rule: &Rule) -> Bilingual {
    let (mut zh, mut en) = ("法律依据：".to_owned(), " Legal basis: ".to_owned());
    push_bases(pack, rule, &mut zh, &mut en);
    zh.push('。');
    en.push('.');
    let measures = || rule.outcome.measures.iter().filter_map(|index| pack.measures.get(index.at()));
    if measures().next().is_some() {
        zh.push_str("措施：");
        push_joined(&mut zh, measures().map(|measure| measure.words.zh.as_str()), "、");
        zh.push('。');
        en.push_str(" Measures: ");
        push_joined(&mut en, measures().map(|measure| measure.words.en()), ", ");
        en.push('.');
    }
    Bilingual { zh, en }
}

fn push(text: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| text.push_str(part));
}

fn push_joined<'a>(text: &mut String, items: impl Iterator<Item = &'a str>, by: &str) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push_str(by);
        }
        text.push_str(item);
    }
}

/// The days of a set as people read them; a day is written the same in both languages.
fn push_days(zh: &mut String, en: &mut String, days: &DaySet) {
    let push_day = |zh: &mut String, en: &mut String, day: Day| {
        let start = zh.len();
        // Writing to a string does not fail.
        let _ = write!(zh, "{day}");
        en.push_str(zh.get(start..).unwrap_or_default());
    };
    for (at, span) in days.spans().iter().enumerate() {
        if at > 0 {
            zh.push_str(", ");
            en.push_str(", ");
        }
        push_day(zh, en, span.first);
        if span.last.is_forever() {
            zh.push('起');
            en.push_str(" onwards");
        } else {
            zh.push('至');
            en.push_str(" through ");
            push_day(zh, en, span.last);
        }
    }
}

fn verb(kind: DecisionKind) -> (&'static str, &'static str) {
    match kind {
        DecisionKind::Scheduled => ("将自起始日生效。", "It takes effect on its first day."),
        DecisionKind::Proposed => {
            ("待执法人员确认，确认前不产生效力。", "It awaits an officer's confirmation and has no effect before.")
        }
        DecisionKind::Declined => ("执法人员不予确认，不产生效力。", "An officer declined it; it has no effect."),
        DecisionKind::Issued => ("予以作出。", "It is issued."),
        DecisionKind::Amended => ("内容有变更。", "Its content has changed."),
        DecisionKind::Suspended => ("现暂停执行。", "It is suspended now."),
        DecisionKind::Resumed => ("现恢复执行。", "It is in force again."),
        DecisionKind::Lifted => ("提前终止。", "It ends earlier than before."),
        DecisionKind::Expired => ("期限届满。", "Its term has ended."),
        DecisionKind::Revoked => ("自始撤销。", "It is revoked from the beginning."),
    }
}

/// The legal bases of a rule, by title, number and article.
fn push_bases(pack: &Pack, rule: &Rule, zh: &mut String, en: &mut String) {
    let laws = rule.basis.iter().filter_map(|basis| Some((basis, pack.laws.get(basis.law.at())?)));
    for (at, (basis, law)) in laws.enumerate() {
        if at > 0 {
            zh.push('；');
            en.push_str("; ");
        }
        push(zh, &["《", &law.words.zh, "》"]);
        en.push_str(law.words.en());
        if let Some(number) = &law.number {
            push(zh, &["（", number, "）"]);
        }
        if let Some(article) = &basis.article {
            push(zh, &["第", article, "条"]);
            push(en, &[", art. ", article]);
        }
    }
}

/// How to contest a record of an item, or what rests on no one item.
pub(crate) fn objection_remedy(pack: &Pack, item: Option<&Item>) -> Bilingual {
    let authorities = item.map(|item| item.objection_by.as_slice()).unwrap_or_default();
    let names: Vec<&Words> =
        authorities.iter().filter_map(|index| pack.authorities.get(index.at())).map(|it| &it.words).collect();
    if names.is_empty() {
        return Bilingual {
            zh: "对所依据的记录有异议的，可向作出该记录的机关提出异议。".to_owned(),
            en: "Whoever contests a record it rests on may object with the authority that made it.".to_owned(),
        };
    }
    let zh: Vec<&str> = names.iter().map(|it| it.zh.as_str()).collect();
    let en: Vec<&str> = names.iter().map(|it| it.en()).collect();
    let paused = item.is_some_and(|item| item.suspend_on_objection);
    let (pause_zh, pause_en) =
        if paused { ("异议处理期间暂停执行。", " It is suspended meanwhile.") } else { ("", "") };
    Bilingual {
        zh: format!("有异议的，可向{}提出异议。{pause_zh}", zh.join("、")),
        en: format!("Objections may be filed with {}.{pause_en}", en.join(", ")),
    }
}

/// How repair ends a decision of a rule early, and what ends it anyway.
pub(crate) fn repair_remedy(rule: &Rule) -> Bilingual {
    let (end_zh, end_en) = ending(rule);
    if rule.include_repaired {
        return Bilingual {
            zh: format!("依法不适用信用修复。{end_zh}"),
            en: format!("The law allows no repair. {end_en}"),
        };
    }
    let (least_zh, least_en) = match rule.not_before {
        Some(period) => (format!("满{}后", period_zh(period)), format!(" after {}", period_en(period))),
        None => (String::new(), String::new()),
    };
    Bilingual {
        zh: format!("{least_zh}所依据的记录完成信用修复的，提前终止。{end_zh}"),
        en: format!("Repair of the record it rests on ends it early{least_en}. {end_en}"),
    }
}

/// What ends a decision anyway: a last day, or the event that ends it.
fn ending(rule: &Rule) -> (String, String) {
    match &rule.body {
        Body::OnRecords { end: End::Lasts { lasts, .. }, .. }
        | Body::OnCondition { lasts: Some(lasts), and_while: false, .. } => (
            format!("期限{}，届满自动终止。", period_zh(*lasts)),
            format!("It ends by itself after {}.", period_en(*lasts)),
        ),
        Body::OnRecords { end: End::Through(_), .. } => (
            "至所依据决定载明的期限届满终止。".to_owned(),
            "It ends with the term stated in the decision it rests on.".to_owned(),
        ),
        Body::OnRecords { end: End::Open, .. } => (
            "至所依据的记录修复、撤销或者失效时终止。".to_owned(),
            "It ends when the record it rests on is repaired, retracted or no longer valid.".to_owned(),
        ),
        Body::OnCondition { .. } => {
            ("所列条件不再满足时终止。".to_owned(), "It ends when its condition no longer holds.".to_owned())
        }
    }
}

fn period_zh(period: Period) -> String {
    let unit = match period.unit() {
        PeriodUnit::Year => "年",
        PeriodUnit::Month => "个月",
        PeriodUnit::Day => "日",
    };
    format!("{}{unit}", period.count())
}

fn period_en(period: Period) -> String {
    let unit = match (period.unit(), period.count()) {
        (PeriodUnit::Year, 1) => "year",
        (PeriodUnit::Year, _) => "years",
        (PeriodUnit::Month, 1) => "month",
        (PeriodUnit::Month, _) => "months",
        (PeriodUnit::Day, 1) => "day",
        (PeriodUnit::Day, _) => "days",
    };
    format!("{} {unit}", period.count())
}
