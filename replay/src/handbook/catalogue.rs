//! Laws, measures, matters, and which sector gives which measure.

use super::block::{Block, Cell, Row, TableKind, anchor};
use super::both;
use super::condition::condition;
use super::lexicon::{Lexicon, matter_link, measure_link, rule_link, words};
use super::terms::{first_day, last_day};
use super::tree::Line;
use super::vocabulary::{answer_within, effect, in_force, kinds, listed, measure_kind, period, span};
use heng_core::Bilingual;
use heng_rules::condition::Condition;
use heng_rules::{AnswerWithin, Authority, Body, Effect, ItemIdx, Law, Matter, Measure, MeasureIdx, Rule, SectorIdx};

pub(super) fn laws(lexicon: &Lexicon<'_>) -> Block {
    let head = vec![
        both("法律依据", "Law"),
        both("文号", "Number"),
        both("制定机关", "Issuer"),
        both("施行期间", "In force"),
        both("引用条款", "Articles"),
        both("依据其制定的规则", "Rules that rest on it"),
    ];
    let row = |(at, law): (usize, &Law)| {
        let cites = |rule: &&Rule| rule.basis.iter().any(|basis| basis.law.at() == at);
        vec![
            Cell::Both(words(&law.words)),
            Cell::Plain(law.number.clone().unwrap_or_else(|| "—".to_owned())),
            Cell::Plain(law.issuer.clone().unwrap_or_else(|| "—".to_owned())),
            Cell::Both(in_force(law)),
            Cell::Plain(if law.articles.is_empty() { "—".to_owned() } else { law.articles.join(", ") }),
            Cell::Links(lexicon.pack.rules.iter().filter(cites).map(rule_link).collect()),
        ]
    };
    Block::Table { head, rows: lexicon.pack.laws.iter().enumerate().map(row).collect(), kind: TableKind::Plain }
}

/// All measures at a glance.
pub(super) fn measures(lexicon: &Lexicon<'_>) -> Block {
    let head = vec![
        both("措施", "Measure"),
        both("性质", "Kind"),
        both("实施机关", "Who acts"),
        both("适用主体", "Subjects"),
        both("最长期限", "Longest"),
    ];
    let row = |measure: &Measure| {
        vec![
            Cell::Links(vec![measure_link(measure)]),
            Cell::Both(nature(measure)),
            Cell::Links(lexicon.authority_links(&measure.authorities)),
            Cell::Both(whom(lexicon, measure)),
            Cell::Both(longest(measure)),
        ]
    };
    Block::Table { head, rows: lexicon.pack.measures.iter().map(row).collect(), kind: TableKind::Plain }
}

/// What the chapter of a measure says.
pub(super) fn measure(lexicon: &Lexicon<'_>, at: usize, measure: &Measure) -> Vec<Block> {
    let basis = measure.basis.iter().map(|basis| Line { depth: 0, text: lexicon.cited(basis) }).collect();
    let rows = vec![
        Row::one(both("性质", "Kind"), nature(measure)),
        Row::one(both("实施机关", "Who acts"), lexicon.authorities(&measure.authorities)),
        Row::one(both("适用主体", "Subjects"), whom(lexicon, measure)),
        Row::one(both("最长期限", "Longest"), longest(measure)),
        Row { label: both("反馈期限", "Answer"), lines: answers(lexicon, measure) },
        Row { label: both("依据", "Basis"), lines: basis },
    ];
    let bears = lexicon.pack.matters.iter().flat_map(|matter| {
        let of = matter.effects.iter().filter(move |(index, _)| index.at() == at);
        of.map(move |(_, bears)| vec![Cell::Links(vec![matter_link(matter)]), Cell::Both(effect(*bears))])
    });
    let bears: Vec<Vec<Cell>> = bears.collect();
    let given: Vec<&Rule> = lexicon.pack.rules.iter().filter(|rule| gives(rule, at)).collect();
    let mut blocks = vec![Block::Rows(rows)];
    blocks.push(see_authorities(lexicon, &measure.authorities));
    blocks.push(given_by(lexicon, &given));
    if !bears.is_empty() {
        let head = vec![both("事项", "Matter"), both("对该事项的影响", "What it means")];
        blocks.push(Block::Table { head, rows: bears, kind: TableKind::Plain });
    }
    blocks
}

/// Within what time who acts answers: one line where all have the same time.
fn answers(lexicon: &Lexicon<'_>, measure: &Measure) -> Vec<Line> {
    let acting = measure.authorities.iter().filter_map(|index| lexicon.pack.authorities.get(index.at()));
    let each: Vec<_> = acting.map(|it| (it, lexicon.pack.answer_within(measure, it))).collect();
    let line = |text| Line { depth: 0, text };
    match each.first() {
        Some((_, first)) if each.iter().all(|(_, within)| within == first) => vec![line(answer_within(*first))],
        _ => {
            let named = |(it, within): &(&Authority, Option<AnswerWithin>)| {
                let (who, when) = (words(&it.words), answer_within(*within));
                line(both(format!("{}：{}", who.zh, when.zh), format!("{}: {}", who.en, when.en)))
            };
            each.iter().map(named).collect()
        }
    }
}

/// Links to the chapters of authorities.
pub(super) fn see_authorities(lexicon: &Lexicon<'_>, indexes: &[heng_rules::AuthorityIdx]) -> Block {
    Block::See(both("机关职责", "Authorities"), lexicon.authority_links(indexes))
}

/// Rules with the days on which what they give is in force.
fn given_by(lexicon: &Lexicon<'_>, rules: &[&Rule]) -> Block {
    let head = vec![
        both("由下列规则给出", "Given by"),
        both("领域", "Sector"),
        both("起始日", "First day"),
        both("期限", "Last day"),
        both("施行期间", "When it is law"),
    ];
    let row = |rule: &&Rule| {
        let (first, last) = days(lexicon, rule);
        let sector = lexicon.pack.sectors.get(rule.sector.at()).map(|sector| words(&sector.words)).unwrap_or_default();
        vec![
            Cell::Links(vec![rule_link(rule)]),
            Cell::Both(sector),
            Cell::Both(first),
            Cell::Both(last),
            Cell::Both(law_days(rule)),
        ]
    };
    Block::Table { head, rows: rules.iter().map(row).collect(), kind: TableKind::Plain }
}

/// From when and until when a rule's outcome is in force.
pub(super) fn days(lexicon: &Lexicon<'_>, rule: &Rule) -> (Bilingual, Bilingual) {
    let items = item_of(rule);
    let lexicon = lexicon.about(&items);
    let item = items.first().and_then(|item| lexicon.item(*item));
    let lines = last_day(&lexicon, rule, item);
    let joined =
        |text: fn(&Bilingual) -> &str, by: &str| lines.iter().map(|line| text(&line.text)).collect::<Vec<_>>().join(by);
    (first_day(&lexicon, rule), both(joined(|text| &text.zh, "；"), joined(|text| &text.en, "; ")))
}

/// Does the law of a rule have a last day?
pub(super) fn has_end(rule: &Rule) -> bool {
    !rule.effective.last.is_forever()
}

/// The days on which a rule is law; an end says what becomes of the rule after it.
pub(super) fn law_days(rule: &Rule) -> Bilingual {
    let days = span(rule.effective);
    match (has_end(rule), rule.effective_by_record) {
        (false, _) => days,
        (true, false) => both(format!("仅 {}，此后不再适用", days.zh), format!("only {}; not after", days.en)),
        (true, true) => both(
            format!("仅 {}，此后生效的不再适用，此前的期限继续计算", days.zh),
            format!("only {}; later ones not, terms begun run on", days.en),
        ),
    }
}

/// When a rule does not hold though its condition does.
pub(super) fn exceptions(lexicon: &Lexicon<'_>, rule: &Rule) -> Bilingual {
    let items = item_of(rule);
    let told = |unless: &Condition| condition(&lexicon.about(&items), &unless.expr).inline();
    rule.unless.as_ref().map_or_else(|| both("—", "—"), told)
}

fn item_of(rule: &Rule) -> Vec<ItemIdx> {
    match rule.body {
        Body::OnRecords { item, .. } => vec![item],
        Body::OnCondition { .. } => Vec::new(),
    }
}

/// Sanction or incentive, with its severity.
pub(super) fn nature(measure: &Measure) -> Bilingual {
    let kind = measure_kind(measure.kind);
    match &measure.severity {
        Some(severity) => both(format!("{}（{severity}）", kind.zh), format!("{} ({severity})", kind.en)),
        None => kind,
    }
}

/// How long a measure may last.
pub(super) fn longest(measure: &Measure) -> Bilingual {
    measure.max.map_or_else(|| both("由规则定", "as the rule says"), period)
}

/// Whom a measure may bind, persons in which capacity.
pub(super) fn whom(lexicon: &Lexicon<'_>, measure: &Measure) -> Bilingual {
    if measure.capacities.is_empty() {
        kinds(measure.subjects)
    } else {
        let capacity = |code: &String| lexicon.capacity(code);
        let (whom, as_what) = (kinds(measure.subjects), listed(measure.capacities.iter().map(capacity)));
        both(format!("{}：{}", whom.zh, as_what.zh), format!("{}: {}", whom.en, as_what.en))
    }
}

/// Does a rule give a measure?
pub(super) fn gives(rule: &Rule, measure: usize) -> bool {
    rule.outcome.measures.iter().any(|index| index.at() == measure)
}

/// What each measure means for a matter, and who may be met with it.
pub(super) fn matter(lexicon: &Lexicon<'_>, matter: &Matter) -> Vec<Block> {
    let head =
        vec![both("措施", "Measure"), both("对该事项的影响", "What it means"), both("由下列规则给出", "Given by")];
    let row = |(index, bears): &(MeasureIdx, Effect)| {
        let measure = lexicon.pack.measures.get(index.at());
        let given = lexicon.pack.rules.iter().filter(|rule| gives(rule, index.at()));
        vec![
            Cell::Links(measure.map(measure_link).into_iter().collect()),
            Cell::Both(effect(*bears)),
            Cell::Links(given.map(rule_link).collect()),
        ]
    };
    let mut effects = matter.effects.clone();
    effects.sort_by_key(|(_, effect)| std::cmp::Reverse(*effect));
    vec![
        see_authorities(lexicon, &[matter.authority]),
        Block::Table { head, rows: effects.iter().map(row).collect(), kind: TableKind::Plain },
    ]
}

/// The title of a measure.
pub(super) fn measure_title(lexicon: &Lexicon<'_>, index: MeasureIdx) -> Bilingual {
    lexicon.pack.measures.get(index.at()).map(|measure| words(&measure.words)).unwrap_or_default()
}

/// Measures down, sectors across: the rules that give the one in the other.
pub(super) fn matrix(lexicon: &Lexicon<'_>) -> Block {
    // A matrix has narrow columns: rules stand in it by their ids.
    let code_link = |rule: &Rule| (anchor("rule", &rule.id), both(&rule.id, &rule.id));
    let sectors = lexicon.pack.sectors.iter().map(|sector| words(&sector.words));
    let head = std::iter::once(both("措施", "Measure")).chain(sectors).collect();
    let rows = lexicon.pack.measures.iter().enumerate().map(|(at, measure)| {
        let cell = |sector: usize| {
            let is_here = |rule: &&Rule| same(rule.sector, sector) && gives(rule, at);
            Cell::Links(lexicon.pack.rules.iter().filter(is_here).map(code_link).collect())
        };
        let cells = (0..lexicon.pack.sectors.len()).map(cell);
        std::iter::once(Cell::Links(vec![measure_link(measure)])).chain(cells).collect()
    });
    Block::Table { head, rows: rows.collect(), kind: TableKind::Matrix }
}

fn same(sector: SectorIdx, at: usize) -> bool {
    sector.at() == at
}
