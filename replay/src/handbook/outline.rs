//! The order of a handbook: title page, how to read, laws, sectors, authorities, measures, matters, matrix.

use super::block::{About, Block, Outline, Row, TableKind, anchor};
use super::lexicon::{Lexicon, item_link, measure_link, rule_link, words};
use super::tree::Line;
use super::{authority, both, catalogue, example, fact, item, rule};
use crate::cases::CasesReport;
use heng_core::Bilingual;
use heng_rules::{AuthorityIdx, Body, Rule, SectorIdx};

/// Examples shown of a rule that fires, and of one that does not; the rest stands in the pack's tests.
const EXAMPLES_FIRING_MAX: usize = 3;
const EXAMPLES_RESTING_MAX: usize = 2;

pub(super) fn outline(report: &CasesReport) -> Outline {
    let pack = &report.pack;
    let lexicon = Lexicon::new(pack, &report.symbols);
    let mut blocks = how_to_read();
    blocks.push(heading(1, "laws", both("法律依据", "Legal bases")));
    blocks.push(catalogue::laws(&lexicon));
    for at in 0..pack.sectors.len() {
        sector(report, &lexicon, at, &mut blocks);
    }
    chapters(&lexicon, &mut blocks);
    blocks.push(heading(1, "matrix", both("领域与措施对照表", "Sectors and measures")));
    blocks.push(catalogue::matrix(&lexicon));
    Outline { title: words(&pack.words), card: card(report), blocks }
}

/// Chapters by authority, by measure and by matter.
fn chapters(lexicon: &Lexicon<'_>, blocks: &mut Vec<Block>) {
    let pack = lexicon.pack;
    blocks.push(heading(1, "authorities", both("各机关职责", "What each authority does")));
    for (at, it) in pack.authorities.iter().enumerate() {
        let about = About { authorities: vec![words(&it.words)], ..kind("机关", "Authority") };
        blocks.push(chapter(2, ("authority", &it.code), words(&it.words), about));
        blocks.extend(authority::authority(lexicon, at, it));
    }
    blocks.push(heading(1, "measures", both("措施目录", "Catalogue of measures")));
    blocks.push(catalogue::measures(lexicon));
    for (at, it) in pack.measures.iter().enumerate() {
        let about = About { authorities: named(lexicon, &it.authorities), ..kind("措施", "Measure") };
        blocks.push(chapter(3, ("measure", &it.code), words(&it.words), about));
        blocks.extend(catalogue::measure(lexicon, at, it));
    }
    blocks.push(heading(1, "matters", both("事项及措施的影响", "Matters, and what measures mean for them")));
    blocks.push(Block::Text(both(
        "同一事项有多项措施时，以影响最强者为准：禁止、限制、提示审慎、优待，依次递减；均无的为无影响。",
        "Of several measures the strongest effect decides: bar, restrict, caution, favour, in this order; else clear.",
    )));
    for it in &pack.matters {
        let about = About { authorities: named(lexicon, &[it.authority]), ..kind("事项", "Matter") };
        blocks.push(chapter(3, ("matter", &it.code), words(&it.words), about));
        blocks.extend(catalogue::matter(lexicon, it));
    }
}

fn kind(zh: &str, en: &str) -> About {
    About { kind: Some(both(zh, en)), ..About::default() }
}

fn named(lexicon: &Lexicon<'_>, indexes: &[AuthorityIdx]) -> Vec<Bilingual> {
    lexicon.authority_links(indexes).into_iter().map(|(_, title)| title).collect()
}

fn card(report: &CasesReport) -> Vec<(Bilingual, String)> {
    let pack = &report.pack;
    let hash: String = pack.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        (both("规则包", "Pack"), pack.name.clone()),
        (both("版本", "Version"), pack.version.clone()),
        (both("校验值（SHA-256）", "SHA-256"), hash),
        (both("适用地域", "Jurisdiction"), pack.region.clone()),
        (both("时区", "Time zone"), pack.time_zone.to_string()),
        (both("币种", "Currency"), pack.currency.clone()),
        (both("规则数", "Rules"), pack.rules.len().to_string()),
        (both("用例数", "Cases run"), format!("{}, {} failed", report.runs.len(), report.failed_len())),
    ]
}

fn heading(level: u8, id: &str, text: Bilingual) -> Block {
    Block::Heading { level, id: id.to_owned(), text, code: None, about: About::default() }
}

fn chapter(level: u8, (what, code): (&str, &str), text: Bilingual, about: About) -> Block {
    Block::Heading { level, id: anchor(what, code), text, code: Some(code.to_owned()), about }
}

fn how_to_read() -> Vec<Block> {
    vec![
        heading(1, "how-to-read", both("如何阅读", "How to read this")),
        Block::Text(both(
            "本手册由规则包生成，文字与系统实际执行的规则一致。每条规则按下列次序说明：适用于谁、在什么条件下、自何日起、至何日止、如何修复与异议、采取什么措施、由谁实施、依据哪一条。",
            "This handbook is generated from the rule pack and says what the engine does. Every rule is told in one order: to whom, under what condition, from when, until when, how it is repaired and contested, which measures follow, who acts, and under which article.",
        )),
        Block::Text(both(
            "期间按《民法典》第二百条至第二百零四条计算：开始的当日不计入；按年、月计算的，到期月的对应日为末日，没有对应日的，月末日为末日。起止日均包含在内。",
            "Periods follow arts. 200 to 204 of the Civil Code: the starting day is not counted; in months and years the last day is the corresponding day, or the last day of the month where there is none. First and last days are included.",
        )),
        Block::Text(both(
            "记录中未载明的内容，不能使任何比较成立：不因空白而受惩戒，也不因空白而获激励。",
            "What a record does not state makes no comparison true: nobody is sanctioned, and nobody favoured, for a blank.",
        )),
        Block::Text(both(
            "“示例”取自规则包的用例，生成本手册时均已用系统实际运行；“→”之后为当日的结果。",
            "The examples are cases of the pack, run through the engine when this handbook was made; what follows “→” held on that day.",
        )),
    ]
}

fn sector(report: &CasesReport, lexicon: &Lexicon<'_>, at: usize, blocks: &mut Vec<Block>) {
    let pack = &report.pack;
    let Some(sector) = pack.sectors.get(at) else { return };
    let is_here = |index: SectorIdx| index.at() == at;
    let title = words(&sector.words);
    let about = |zh: &str, en: &str| About { sector: Some(title.clone()), ..kind(zh, en) };
    blocks.push(chapter(1, ("sector", &sector.code), title.clone(), About::default()));
    let rules: Vec<&Rule> = pack.rules.iter().filter(|it| is_here(it.sector)).collect();
    blocks.push(Block::See(both("规则", "Rules"), rules.iter().map(|it| rule_link(it)).collect()));
    blocks.push(heading(2, &anchor("items", &sector.code), both("信用信息目录", "Items")));
    for it in pack.items.iter().filter(|it| is_here(it.sector)) {
        let about = About { authorities: named(lexicon, &it.sources), ..about("信用信息", "Item") };
        blocks.push(chapter(3, ("item", &it.code), words(&it.words), about));
        blocks.extend(item::item(lexicon, it));
    }
    let facts: Vec<Row> = pack
        .facts
        .iter()
        .filter(|it| is_here(it.sector))
        .map(|it| Row { label: fact_title(&it.name, words(&it.words)), lines: fact::fact(lexicon, it) })
        .collect();
    if !facts.is_empty() {
        let (id, text) = (anchor("facts", &sector.code), both("事实", "Facts"));
        blocks.push(Block::Heading { level: 2, id, text, code: None, about: about("事实", "Facts") });
        blocks.push(Block::Rows(facts));
    }
    blocks.push(heading(2, &anchor("rules", &sector.code), both("规则", "Rules")));
    for it in rules {
        rule_chapter(report, lexicon, it, about("规则", "Rule"), blocks);
    }
}

fn fact_title(name: &str, title: Bilingual) -> Bilingual {
    if title.zh == name {
        return title;
    }
    both(format!("{}（{name}）", title.zh), format!("{} ({name})", title.en))
}

fn rule_chapter(report: &CasesReport, lexicon: &Lexicon<'_>, it: &Rule, about: About, blocks: &mut Vec<Block>) {
    let given = || it.outcome.measures.iter().filter_map(|index| lexicon.pack.measures.get(index.at()));
    let mut acting: Vec<AuthorityIdx> = given().flat_map(|measure| measure.authorities.iter().copied()).collect();
    acting.sort_by_key(|index| index.at());
    acting.dedup_by_key(|index| index.at());
    let about = About { authorities: named(lexicon, &acting), ..about };
    blocks.push(chapter(3, ("rule", &it.id), words(&it.words), about));
    blocks.push(Block::Rows(rule::rule_in_words(&report.pack, &report.symbols, it)));
    let item = match it.body {
        Body::OnRecords { item, .. } => lexicon.item(item),
        Body::OnCondition { .. } => None,
    };
    if let Some(item) = item {
        blocks.push(Block::See(both("信用信息", "Item"), vec![item_link(item)]));
    }
    blocks.push(Block::See(both("措施", "Measures"), given().map(measure_link).collect()));
    blocks.push(catalogue::see_authorities(lexicon, &acting));
    let examples = examples(report, lexicon, it);
    if !examples.is_empty() {
        blocks.push(Block::Subheading(both("示例", "Worked examples")));
        blocks.push(Block::Rows(examples));
    }
}

fn examples(report: &CasesReport, lexicon: &Lexicon<'_>, it: &Rule) -> Vec<Row> {
    let Some(covered) = report.coverage.rules.iter().find(|row| row.rule == it.id) else { return Vec::new() };
    // A case in which the rule fires on one day and not on another is told once, as one that fires.
    let resting = covered.rests.iter().filter(|at| !covered.fires.contains(at));
    let shown = covered.fires.iter().take(EXAMPLES_FIRING_MAX).chain(resting.take(EXAMPLES_RESTING_MAX));
    let runs = shown.filter_map(|at| report.runs.get(*at));
    let mut rows: Vec<Row> = runs.map(|run| example::example(lexicon, run)).collect();
    let more = covered.fires.len().saturating_sub(EXAMPLES_FIRING_MAX);
    if more > 0 {
        let text = both(
            format!("适用本规则的用例还有{more}个，见规则包 tests 目录。"),
            format!("{more} more cases in which the rule applies stand in the pack's tests."),
        );
        rows.push(Row { label: both("其他", "More"), lines: vec![Line { depth: 0, text }] });
    }
    rows
}

/// The chapters, for a table of contents: level, id, title.
pub(super) fn contents(outline: &Outline) -> impl Iterator<Item = (u8, &str, &Bilingual)> {
    outline.blocks.iter().filter_map(|block| match block {
        Block::Heading { level, id, text, .. } if *level <= 2 => Some((*level, id.as_str(), text)),
        _ => None,
    })
}

/// Is it a table of many columns?
pub(super) fn is_matrix(kind: TableKind) -> bool {
    kind == TableKind::Matrix
}
