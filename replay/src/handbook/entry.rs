//! Everything that a pack declares, in words, entry by entry: what two packs are compared by.

use super::block::Row;
use super::both;
use super::catalogue::{longest, measure_title, nature, whom};
use super::item::{field_type, requirement};
use super::lexicon::{Lexicon, words};
use super::tree::Line;
use super::vocabulary::{effect, in_force, period};
use super::{fact, item, rule};
use heng_core::Bilingual;
use heng_model::Symbols;
use heng_rules::{Item, Law, Matter, Measure, Pack};

/// What an entry declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A rule.
    Rule,
    /// A fact, named by sector and name.
    Fact,
    /// An item.
    Item,
    /// A measure.
    Measure,
    /// A matter.
    Matter,
    /// A law.
    Law,
}

impl EntryKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Fact => "fact",
            Self::Item => "item",
            Self::Measure => "measure",
            Self::Matter => "matter",
            Self::Law => "law",
        }
    }
}

/// Something that a pack declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it declares.
    pub kind: EntryKind,
    /// Its code, unique among its kind.
    pub code: String,
    /// Its title.
    pub title: Bilingual,
    /// What it says, part by part; a part's label is unique in the entry.
    pub parts: Vec<Row>,
}

/// Everything that a pack declares, by kind, in the pack's order.
#[must_use]
pub fn entries(pack: &Pack, symbols: &Symbols) -> Vec<Entry> {
    let lexicon = Lexicon::new(pack, symbols);
    let mut entries = Vec::new();
    let mut add = |kind, code: &str, title, parts| entries.push(Entry { kind, code: code.to_owned(), title, parts });
    for it in &pack.rules {
        add(EntryKind::Rule, &it.id, words(&it.words), rule::rule_in_words(pack, symbols, it));
    }
    for it in &pack.facts {
        let sector = pack.sectors.get(it.sector.at()).map_or("", |sector| sector.code.as_str());
        let parts = vec![Row { label: both("含义", "Meaning"), lines: fact::fact(&lexicon, it) }];
        add(EntryKind::Fact, &format!("{sector}/{}", it.name), words(&it.words), parts);
    }
    for it in &pack.items {
        add(EntryKind::Item, &it.code, words(&it.words), item_parts(&lexicon, it));
    }
    for it in &pack.measures {
        add(EntryKind::Measure, &it.code, words(&it.words), measure_parts(&lexicon, it));
    }
    for it in &pack.matters {
        add(EntryKind::Matter, &it.code, words(&it.words), matter_parts(&lexicon, it));
    }
    for it in &pack.laws {
        add(EntryKind::Law, &it.id, words(&it.words), law_parts(it));
    }
    entries
}

fn item_parts(lexicon: &Lexicon<'_>, it: &Item) -> Vec<Row> {
    let mut parts = item::rows(lexicon, it);
    parts.extend(it.fields.iter().map(|field| {
        let (title, ty, must) = (words(&field.words), field_type(lexicon, field), requirement(field));
        let text =
            both(format!("{}：{}；{}", title.zh, ty.zh, must.zh), format!("{}: {}; {}", title.en, ty.en, must.en));
        Row::one(both(format!("字段 {}", field.name), format!("Field {}", field.name)), text)
    }));
    parts
}

fn measure_parts(lexicon: &Lexicon<'_>, it: &Measure) -> Vec<Row> {
    let basis = it.basis.iter().map(|basis| Line { depth: 0, text: lexicon.cited(basis) }).collect();
    vec![
        Row::one(both("性质", "Kind"), nature(it)),
        Row::one(both("实施机关", "Who acts"), lexicon.authorities(&it.authorities)),
        Row::one(both("适用主体", "Subjects"), whom(lexicon, it)),
        Row::one(both("最长期限", "Longest"), longest(it)),
        Row { label: both("依据", "Basis"), lines: basis },
    ]
}

fn matter_parts(lexicon: &Lexicon<'_>, it: &Matter) -> Vec<Row> {
    let bears = it.effects.iter().map(|(measure, bears)| {
        let (measure, bears) = (measure_title(lexicon, *measure), effect(*bears));
        let text = both(format!("{}：{}", measure.zh, bears.zh), format!("{}: {}", measure.en, bears.en));
        Line { depth: 0, text }
    });
    vec![
        Row::one(both("主管机关", "Authority"), lexicon.authorities(&[it.authority])),
        Row { label: both("措施的影响", "Effects"), lines: bears.collect() },
    ]
}

fn law_parts(it: &Law) -> Vec<Row> {
    let same = |text: &str| both(text, text);
    let mut parts = vec![Row::one(both("施行期间", "In force"), in_force(it))];
    parts.extend(it.number.as_deref().map(|number| Row::one(both("文号", "Number"), same(number))));
    parts.extend(it.issuer.as_deref().map(|issuer| Row::one(both("制定机关", "Issuer"), same(issuer))));
    if !it.articles.is_empty() {
        parts.push(Row::one(both("可引用条款", "Articles"), same(&it.articles.join(", "))));
    }
    parts.extend(it.max.map(|max| Row::one(both("最长期限", "Longest"), period(max))));
    parts
}
