//! When a rule's obligations begin and end, in words.

use super::lexicon::Lexicon;
use super::tree::Line;
use super::vocabulary::{listed, period, span};
use super::{both, contest};
use heng_core::Bilingual;
use heng_rules::{Body, End, Item, Rule, Start};

pub(super) fn first_day(lexicon: &Lexicon<'_>, rule: &Rule) -> Bilingual {
    let Body::OnRecords { item, from, .. } = &rule.body else {
        return both("条件成立的首日", "The first day on which the condition holds");
    };
    let effect_day = || {
        let field = lexicon.item(*item).and_then(|item| item.from);
        field.map_or_else(|| both("决定作出日", "the day of the decision"), |field| lexicon.field_words(field))
    };
    match from {
        Start::EffectDay => {
            let day = effect_day();
            both(format!("记录生效日（{}）", day.zh), format!("The record's effect day ({})", day.en))
        }
        Start::Field(field) => {
            let field = lexicon.field_words(*field);
            both(format!("{}；未载明的不产生约束", field.zh), format!("{}; none while it is not stated", field.en))
        }
        Start::AfterField(field) => {
            let field = lexicon.field_words(*field);
            both(
                format!("{}的次日；未载明的不产生约束", field.zh),
                format!("The day after {}; none while it is not stated", field.en),
            )
        }
        Start::AfterPeriod(after) => {
            let (after, day) = (period(*after), effect_day());
            both(format!("{}满{}的次日", day.zh, after.zh), format!("The day after {} from {}", after.en, day.en))
        }
    }
}

pub(super) fn last_day(lexicon: &Lexicon<'_>, rule: &Rule, item: Option<&Item>) -> Vec<Line> {
    let mut lines = match &rule.body {
        Body::OnRecords { end: End::Open, .. } => vec![both(
            "无固定期限：至记录修复、撤销或者失效为止",
            "Open: until the record is repaired, retracted or no longer valid",
        )],
        Body::OnRecords { end: End::Lasts { lasts, extends }, .. } => {
            let term = period(*lasts);
            let first = both(format!("自起始日起{}", term.zh), format!("{} from the first day", term.en));
            let longer = extends.map(period).map(|longer| {
                both(
                    format!("其间未修复的，延长至自起始日起{}", longer.zh),
                    format!("Extended to {} from the first day unless repaired within the term", longer.en),
                )
            });
            std::iter::once(first).chain(longer).collect()
        }
        Body::OnRecords { end: End::Through(field), .. } => {
            let field = lexicon.field_words(*field);
            vec![both(
                format!("至{}（含当日）；未载明的无固定期限", field.zh),
                format!("Through {}; open while it is not stated", field.en),
            )]
        }
        Body::OnCondition { lasts: Some(lasts), and_while, .. } => {
            let term = period(*lasts);
            let first = both(format!("自首日起{}", term.zh), format!("{} from the first day", term.en));
            let second = and_while.then(|| {
                both("条件仍成立的，至条件不再成立为止", "And on while the condition holds, whichever is later")
            });
            std::iter::once(first).chain(second).collect()
        }
        Body::OnCondition { lasts: None, .. } => {
            vec![both("至条件不再成立为止", "As long as the condition holds")]
        }
    };
    if let Some(valid) = item.and_then(|item| item.valid).map(period) {
        lines.push(both(
            format!("且不超过记录的有效期（自生效日起{}）", valid.zh),
            format!("No longer than the record is valid ({} from its effect day)", valid.en),
        ));
    }
    lines.into_iter().map(|text| Line { depth: 0, text }).collect()
}

pub(super) fn repair(lexicon: &Lexicon<'_>, rule: &Rule, item: Option<&Item>) -> Vec<Line> {
    if rule.include_repaired {
        let basis = listed(rule.basis.iter().map(|basis| lexicon.cited(basis)));
        let text = both(
            format!("依法不因信用修复提前终止（依据：{}）", basis.zh),
            format!("By law not ended early by repair ({})", basis.en),
        );
        return vec![Line { depth: 0, text }];
    }
    let mut lines = match (item, rule.not_before.map(period)) {
        (Some(_), None) => vec![both("记录修复之日起终止", "Ends on the day on which the record is repaired")],
        (Some(_), Some(least)) => vec![
            both("记录修复之日起终止", "Ends on the day on which the record is repaired"),
            both(
                format!("但至少持续至自起始日起满{}", least.zh),
                format!("But not before {} from the first day have passed", least.en),
            ),
        ],
        (None, None) => {
            vec![both("所依据的记录修复后，不再以其为依据", "Records repaired are no longer grounds")]
        }
        (None, Some(least)) => vec![both(
            format!("自首日起满{}后，修复的记录不再作为依据", least.zh),
            format!("After {} from the first day, records repaired are no longer grounds", least.en),
        )],
    };
    lines.extend(contest::repaired_by(lexicon, rule));
    lines.into_iter().map(|text| Line { depth: 0, text }).collect()
}

pub(super) fn effective(lexicon: &Lexicon<'_>, rule: &Rule) -> Vec<Line> {
    let days = span(rule.effective);
    let how = if rule.effective_by_record {
        both(
            "生效日（或者条件成立的首日）在此期间的适用，期限完整计算",
            "Applies to those whose effect day (or first day) lies in it; their term runs in full",
        )
    } else {
        both("仅在此期间之内有效", "In force on these days only")
    };
    let laws = || rule.basis.iter().filter_map(|basis| lexicon.pack.laws.get(basis.law.at()));
    let relied_on = laws().any(|law| law.relied_on && law.in_force.first == rule.effective.first).then(|| {
        both(
            "起始日为本规则包开始引用上述依据之日，并非其施行日期",
            "The first day is that from which this pack relies on a basis above, not its entry into force",
        )
    });
    let retroactive = rule
        .retroactive
        .as_ref()
        .map(|basis| both(format!("溯及既往的依据：{basis}"), format!("Basis of retroactive effect: {basis}")));
    [Some(days), relied_on, Some(how), retroactive].into_iter().flatten().map(|text| Line { depth: 0, text }).collect()
}
