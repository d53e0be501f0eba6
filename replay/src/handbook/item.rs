//! Items of a sector: what is recorded, by whom, and who may see it.

use super::block::{Block, Cell, Row, TableKind};
use super::both;
use super::lexicon::{Lexicon, words};
use super::tree::Line;
use super::vocabulary::{category, disclosure, kinds, listed, period, type_words};
use heng_core::Bilingual;
use heng_model::Symbol;
use heng_rules::{Field, Item};

/// What an item's chapter says.
pub(super) fn item(lexicon: &Lexicon<'_>, item: &Item) -> Vec<Block> {
    let mut blocks = vec![Block::Rows(rows(lexicon, item))];
    if !item.fields.is_empty() {
        let head = vec![both("字段", "Field"), both("代码", "Name"), both("类型", "Type"), both("要求", "Requirement")];
        let rows = item.fields.iter().map(|field| field_row(lexicon, field)).collect();
        blocks.push(Block::Table { head, rows, kind: TableKind::Plain });
    }
    blocks
}

/// What is said of an item besides its fields.
pub(super) fn rows(lexicon: &Lexicon<'_>, item: &Item) -> Vec<Row> {
    let from = match item.from {
        Some(field) => lexicon.about(&[]).field_words(field),
        None => both("决定作出日", "day of the decision"),
    };
    let from = item
        .from
        .and_then(|symbol| item.fields.iter().find(|field| field.symbol == symbol))
        .map_or(from, |field| words(&field.words));
    let valid = item.valid.map_or_else(
        || both("长期，至修复或者撤销", "until repaired or retracted"),
        |valid| {
            let valid = period(valid);
            both(format!("自生效日起{}", valid.zh), format!("{} from the effect day", valid.en))
        },
    );
    let objection = lexicon.authorities(&item.objection_by);
    let paused = if item.suspend_on_objection {
        both(format!("{}；处理期间暂停", objection.zh), format!("{}; the record is paused meanwhile", objection.en))
    } else {
        both(format!("{}；处理期间不停止", objection.zh), format!("{}; not paused meanwhile", objection.en))
    };
    let mut rows = vec![
        Row::one(both("发布机关", "Published by"), lexicon.authorities(&item.sources)),
        Row::one(both("涉及主体", "About"), kinds(item.subjects)),
        Row::one(both("类别", "Category"), category(item.category)),
        Row::one(both("公开属性", "Disclosure"), disclosure(item.disclosure)),
        Row::one(both("生效日", "Effect day"), from),
        Row::one(both("有效期", "Validity"), valid),
        Row::one(both("修复机关", "Repair by"), lexicon.authorities(&item.repair_by)),
        Row::one(both("异议受理", "Objections to"), paused),
    ];
    rows.extend(item.tier.as_ref().map(|tier| Row::one(both("失信程度", "Tier"), both(tier, tier))));
    let basis = item.basis.iter().map(|basis| Line { depth: 0, text: lexicon.cited(basis) }).collect();
    rows.push(Row { label: both("依据", "Basis"), lines: basis });
    rows
}

fn field_row(lexicon: &Lexicon<'_>, field: &Field) -> Vec<Cell> {
    vec![
        Cell::Both(words(&field.words)),
        Cell::Code(field.name.clone()),
        Cell::Both(field_type(lexicon, field)),
        Cell::Both(requirement(field)),
    ]
}

/// The type of a field, an enum with its values.
pub(super) fn field_type(lexicon: &Lexicon<'_>, field: &Field) -> Bilingual {
    let value = |symbol: &Symbol| match field.title(*symbol) {
        Some(title) => {
            let code = lexicon.symbols.name(*symbol);
            both(format!("{}（{code}）", title.zh), format!("{} ({code})", title.en()))
        }
        None => both(lexicon.symbols.name(*symbol), lexicon.symbols.name(*symbol)),
    };
    type_words(&field.ty, &|symbols| listed(symbols.iter().map(value)))
}

/// What a record must state of a field, and what becomes of it.
pub(super) fn requirement(field: &Field) -> Bilingual {
    let mut zh = vec![if field.required { "必填".to_owned() } else { "选填".to_owned() }];
    let mut en = vec![if field.required { "required".to_owned() } else { "optional".to_owned() }];
    if field.personal {
        zh.push("个人信息，封存，不用于任何规则".to_owned());
        en.push("personal: sealed, used in no rule".to_owned());
    }
    if let Some(max) = field.max.map(period) {
        zh.push(format!("不迟于生效日起{}", max.zh));
        en.push(format!("no later than {} from the effect day", max.en));
    }
    if let Some(min) = field.min {
        zh.push(format!("不小于{min}"));
        en.push(format!("at least {min}"));
    }
    both(zh.join("；"), en.join("; "))
}
