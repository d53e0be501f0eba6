//! Facts in words: what is counted, over which days.

use super::both;
use super::condition::{condition, constant};
use super::lexicon::{Lexicon, words};
use super::tree::Line;
use super::vocabulary::{listed, period, profile_field};
use heng_core::Bilingual;
use heng_rules::{Aggregate, Fact, Reads, RecordFact, Window};

/// A fact in words, a sentence a line.
pub(super) fn fact(lexicon: &Lexicon<'_>, fact: &Fact) -> Vec<Line> {
    let mut lines = match &fact.reads {
        Reads::Records(records) => on_records(&lexicon.about(&records.items), records),
        Reads::Profile(field) => {
            let field = profile_field(*field);
            vec![both(format!("当日登记信息中的{}", field.zh), format!("The subject's {} on the day", field.en))]
        }
        Reads::Elapsed { at_least } => {
            let period = period(*at_least);
            vec![both(
                format!("自登记日起满{}的次日起为是", period.zh),
                format!("True from the day after {} from the day of registration", period.en),
            )]
        }
        Reads::Outcome { outcome, ended_within, prior } => {
            let outcome = lexicon.outcome(*outcome);
            let mut lines = vec![both(
                format!("当日 {} 是否有效（评级的为哪一级，多级并存取最差）", outcome.zh),
                format!("Whether {} is in force on the day (of a grade: which; of several the worst)", outcome.en),
            )];
            if let Some(after) = ended_within.map(period) {
                lines.push(both(
                    format!("终止后{}内仍视为有", after.zh),
                    format!("Still counts for {} after it has ended", after.en),
                ));
            }
            if *prior {
                lines.push(both(
                    "以所判记录生效日的前一日为准",
                    "Read on the day before the effect day of the record judged",
                ));
            }
            lines
        }
        Reads::Related { role, outcome, reverse, linked_after } => {
            let (role, outcome) = (lexicon.capacity(lexicon.symbols.name(*role)), lexicon.outcome(*outcome));
            let text = if *reverse {
                both(
                    format!("以「{}」身份关联到本主体、且当日 {} 有效的主体数", role.zh, outcome.zh),
                    format!(
                        "How many subjects that name this one as “{}” have {} in force on the day",
                        role.en, outcome.en
                    ),
                )
            } else {
                both(
                    format!("本主体以「{}」身份关联、且当日 {} 有效的主体数", role.zh, outcome.zh),
                    format!("How many subjects linked as “{}” have {} in force on the day", role.en, outcome.en),
                )
            };
            let after = linked_after.then(|| {
                both("仅计该结果首日之后建立的关联", "Only links made after the first day of that outcome count")
            });
            [Some(text), after].into_iter().flatten().collect()
        }
    };
    if let Some(default) = &fact.default {
        let default = constant(lexicon, default, Some(&fact.ty));
        lines.push(both(format!("没有时取：{}", default.zh), format!("Where there is none: {}", default.en)));
    }
    lines.into_iter().map(|text| Line { depth: 0, text }).collect()
}

fn on_records(lexicon: &Lexicon<'_>, fact: &RecordFact) -> Vec<Bilingual> {
    let items = listed(fact.items.iter().filter_map(|item| lexicon.item(*item)).map(|item| words(&item.words)));
    let field = fact.field.map(|field| lexicon.field_words(field));
    let mut lines = vec![aggregated(fact.aggregate, &items, field.as_ref())];
    if let Some(filter) = &fact.filter {
        let text = condition(lexicon, &filter.expr).inline();
        lines.push(match fact.aggregate {
            Aggregate::Streak => {
                both(format!("每年须符合：{}", text.zh), format!("Each year must satisfy: {}", text.en))
            }
            _ => both(format!("仅计：{}", text.zh), format!("Only those with: {}", text.en)),
        });
    }
    lines.extend(window(fact.window));
    if fact.include_repaired {
        lines.push(both("已修复的记录仍计入", "Repaired records go on counting"));
    }
    if !fact.same.is_empty() {
        let same = listed(fact.same.iter().map(|field| lexicon.field_words(*field)));
        lines.push(both(format!("仅计{}与所判记录相同的", same.zh), format!("Only records with the same {}", same.en)));
    }
    if fact.prior {
        lines.push(both("仅计生效日早于所判记录的", "Only records with an earlier effect day than the one judged"));
    }
    lines
}

fn aggregated(aggregate: Aggregate, items: &Bilingual, field: Option<&Bilingual>) -> Bilingual {
    let none = Bilingual::default();
    let field = field.unwrap_or(&none);
    let (items_zh, items_en, field_zh, field_en) = (&items.zh, &items.en, &field.zh, &field.en);
    match aggregate {
        Aggregate::Count => both(format!("“{items_zh}”记录的件数"), format!("Number of records: {items_en}")),
        Aggregate::Sum => {
            both(format!("“{items_zh}”记录中{field_zh}的合计"), format!("Sum of {field_en} over records: {items_en}"))
        }
        Aggregate::Max => both(
            format!("“{items_zh}”记录中{field_zh}的最大值"),
            format!("Greatest {field_en} among records: {items_en}"),
        ),
        Aggregate::Min => {
            both(format!("“{items_zh}”记录中{field_zh}的最小值"), format!("Least {field_en} among records: {items_en}"))
        }
        Aggregate::Distinct => both(
            format!("“{items_zh}”记录中不同的{field_zh}的个数"),
            format!("Number of different {field_en} among records: {items_en}"),
        ),
        Aggregate::Latest => both(
            format!("生效日最近的“{items_zh}”记录的{field_zh}"),
            format!("{field_en} of the record with the latest effect day: {items_en}"),
        ),
        Aggregate::Streak => both(
            format!("以最近有记录的一年为末年，“{items_zh}”连续符合的年数"),
            format!("Years in a row, ending with the newest that has a record: {items_en}"),
        ),
    }
}

fn window(window: Window) -> Option<Bilingual> {
    Some(match window {
        Window::Always => return None,
        Window::Rolling(within) => {
            let within = period(within);
            both(format!("自生效日起{}内计入", within.zh), format!("Counts for {} from its effect day", within.en))
        }
        Window::Year => both("在生效日所在的公历年内计入", "Counts in the calendar year of its effect day"),
        Window::PreviousYear => {
            both("在生效日次年的公历年内计入", "Counts in the calendar year after that of its effect day")
        }
    })
}
