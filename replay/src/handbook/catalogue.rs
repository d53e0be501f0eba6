//! Laws, measures, matters, and which sector gives which measure.

use super::block::{Block, Cell, TableKind, anchor};
use super::both;
use super::lexicon::{Lexicon, words};
use super::vocabulary::{effect, kinds, listed, measure_kind, period, span};
use heng_core::Bilingual;
use heng_rules::{Law, Measure, MeasureIdx, Rule, SectorIdx};

pub(super) fn laws(lexicon: &Lexicon<'_>) -> Block {
    let head = vec![
        both("法律依据", "Law"),
        both("文号", "Number"),
        both("制定机关", "Issuer"),
        both("施行期间", "In force"),
        both("引用条款", "Articles"),
    ];
    let row = |law: &Law| {
        vec![
            Cell::Both(words(&law.words)),
            Cell::Plain(law.number.clone().unwrap_or_else(|| "—".to_owned())),
            Cell::Plain(law.issuer.clone().unwrap_or_else(|| "—".to_owned())),
            Cell::Both(span(law.in_force)),
            Cell::Plain(if law.articles.is_empty() { "—".to_owned() } else { law.articles.join(", ") }),
        ]
    };
    Block::Table { head, rows: lexicon.pack.laws.iter().map(row).collect(), kind: TableKind::Plain }
}

pub(super) fn measures(lexicon: &Lexicon<'_>) -> Block {
    let head = vec![
        both("措施", "Measure"),
        both("性质", "Kind"),
        both("实施机关", "Who acts"),
        both("适用主体", "Subjects"),
        both("最长期限", "Longest"),
        both("依据", "Basis"),
        both("由下列规则给出", "Given by"),
    ];
    let rows = lexicon.pack.measures.iter().enumerate().map(|(at, measure)| measure_row(lexicon, at, measure));
    Block::Table { head, rows: rows.collect(), kind: TableKind::Plain }
}

fn measure_row(lexicon: &Lexicon<'_>, at: usize, measure: &Measure) -> Vec<Cell> {
    let title =
        both(format!("{}（{}）", measure.words.zh, measure.code), format!("{} ({})", measure.words.en(), measure.code));
    let given = lexicon.pack.rules.iter().filter(|rule| gives(rule, at));
    vec![
        Cell::Both(title),
        Cell::Both(nature(measure)),
        Cell::Both(lexicon.authorities(&measure.authorities)),
        Cell::Both(whom(lexicon, measure)),
        Cell::Both(longest(measure)),
        Cell::Both(listed(measure.basis.iter().map(|basis| lexicon.cited(basis)))),
        Cell::Links(given.map(link).collect()),
    ]
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
        let capacity = |code: &String| {
            let known = lexicon.pack.capacities.iter().find(|capacity| capacity.code == *code);
            known.map_or_else(|| both(code, code), |capacity| words(&capacity.words))
        };
        let (whom, as_what) = (kinds(measure.subjects), listed(measure.capacities.iter().map(capacity)));
        both(format!("{}：{}", whom.zh, as_what.zh), format!("{}: {}", whom.en, as_what.en))
    }
}

fn gives(rule: &Rule, measure: usize) -> bool {
    rule.outcome.measures.iter().any(|index| index.at() == measure)
}

fn link(rule: &Rule) -> (String, String) {
    (anchor("rule", &rule.id), rule.id.clone())
}

pub(super) fn matters(lexicon: &Lexicon<'_>) -> Block {
    let head = vec![
        both("事项", "Matter"),
        both("主管机关", "Authority"),
        both("措施", "Measure"),
        both("对该事项的影响", "What it means"),
    ];
    let mut rows = Vec::new();
    for matter in &lexicon.pack.matters {
        let title =
            both(format!("{}（{}）", matter.words.zh, matter.code), format!("{} ({})", matter.words.en(), matter.code));
        for (at, (measure, bears)) in matter.effects.iter().enumerate() {
            let first = |text: Bilingual| Cell::Both(if at == 0 { text } else { Bilingual::default() });
            rows.push(vec![
                first(title.clone()),
                first(lexicon.authorities(&[matter.authority])),
                Cell::Both(measure_title(lexicon, *measure)),
                Cell::Both(effect(*bears)),
            ]);
        }
    }
    Block::Table { head, rows, kind: TableKind::Plain }
}

/// The title of a measure.
pub(super) fn measure_title(lexicon: &Lexicon<'_>, index: MeasureIdx) -> Bilingual {
    lexicon.pack.measures.get(index.at()).map(|measure| words(&measure.words)).unwrap_or_default()
}

/// Measures down, sectors across: the rules that give the one in the other.
pub(super) fn matrix(lexicon: &Lexicon<'_>) -> Block {
    let sectors = lexicon.pack.sectors.iter().map(|sector| words(&sector.words));
    let head = std::iter::once(both("措施", "Measure")).chain(sectors).collect();
    let rows = lexicon.pack.measures.iter().enumerate().map(|(at, measure)| {
        let cell = |sector: usize| {
            let is_here = |rule: &&Rule| same(rule.sector, sector) && gives(rule, at);
            Cell::Links(lexicon.pack.rules.iter().filter(is_here).map(link).collect())
        };
        let cells = (0..lexicon.pack.sectors.len()).map(cell);
        std::iter::once(Cell::Both(words(&measure.words))).chain(cells).collect()
    });
    Block::Table { head, rows: rows.collect(), kind: TableKind::Matrix }
}

fn same(sector: SectorIdx, at: usize) -> bool {
    sector.at() == at
}
