//! Random packs: a few items, facts and rules of one sector, as YAML files.
//!
//! # Invariants
//!
//! Each rule and each outcome has a level; a rule gives outcomes of its own level and reads those of lower ones.

use super::fact::{DraftFact, fact};
use super::rule::rule;
use super::{GRADES, KINDS, NATURES, Options, PERIODS, Rng};
use heng_rules::PackFiles;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A pack and what a history for it must know.
#[derive(Debug, Clone)]
pub struct RandomPack {
    /// Its files, by path.
    pub files: BTreeMap<String, String>,
    /// Items with the source that publishes, repairs and contests them.
    pub items: Vec<(String, String)>,
}

impl RandomPack {
    /// The files as the loader takes them.
    #[must_use]
    pub fn to_files(&self) -> PackFiles {
        let mut files = PackFiles::new();
        for (path, text) in &self.files {
            // A path of ours is always one inside a pack; if not, the loader will miss the file.
            let _ = files.add(path, text.as_bytes().to_vec());
        }
        files
    }
}

/// An outcome that rules of a level give.
#[derive(Clone, Default)]
pub(super) struct Given {
    pub(super) level: usize,
    /// `list/x` or `grade/x:v`.
    pub(super) name: String,
    /// As a rule writes it.
    yaml: String,
}

/// A pack in the making.
pub(super) struct Draft {
    pub(super) options: Options,
    pub(super) items: Vec<String>,
    pub(super) levels: usize,
    /// Outcome of each rule.
    pub(super) given: Vec<Given>,
    pub(super) facts: Vec<DraftFact>,
}

impl Draft {
    /// One item, or a list of several.
    pub(super) fn some_items(&self, rng: &mut Rng) -> String {
        let first = rng.pick(&self.items);
        let second = rng.pick(&self.items);
        if first == second || rng.chance(60) { first } else { format!("[{first}, {second}]") }
    }

    /// An outcome that a rule above its level may read.
    pub(super) fn below_top(&self, rng: &mut Rng) -> Option<&Given> {
        let below: Vec<&Given> = self.given.iter().filter(|given| given.level + 1 < self.levels).collect();
        below.get(rng.below(below.len())).copied()
    }
}

impl Given {
    /// As a rule writes it, with measures of its level.
    pub(super) fn outcome(&self, rng: &mut Rng) -> String {
        let both = format!("m{0}.0, m{0}.1", self.level);
        let measures = rng.pick(&[String::new(), format!("m{}.0", self.level), format!("m{}.1", self.level), both]);
        format!("{{{}, measures: [{measures}]}}", self.yaml)
    }
}

/// The pack of a seed.
#[must_use]
pub fn pack(seed: u64, options: &Options) -> RandomPack {
    let mut rng = Rng::new(seed);
    let rng = &mut rng;
    let levels = if options.strata { rng.between(2, 3) } else { 1 };
    let items = (0..rng.pick(&[2, 2, 2, 3, 4])).map(|at| format!("s.i{at}")).collect();
    let given = (0..rng.between(3.min(options.rules_max), options.rules_max)).map(|at| given(rng, options, at, levels));
    let given = given.collect();
    let mut draft = Draft { options: *options, items, levels, given, facts: Vec::new() };
    for at in 0..rng.between(3.min(options.facts_max), options.facts_max) {
        let fact = fact(rng, &draft, &format!("f{at}"));
        draft.facts.push(fact);
    }
    let sources: Vec<String> = draft.items.iter().map(|_| rng.pick(&["a", "b"]).to_owned()).collect();
    let mut files = BTreeMap::new();
    files.insert("pack.yaml".to_owned(), PACK.to_owned());
    files.insert("laws.yaml".to_owned(), LAWS.to_owned());
    files.insert("measures.yaml".to_owned(), measures(rng, &draft));
    files.insert("matters.yaml".to_owned(), matters(rng, &draft));
    files.insert("sectors/s.yaml".to_owned(), sector(rng, &draft, &sources));
    let items = draft.items.iter().cloned().zip(sources.iter().map(|code| format!("/gov/{code}"))).collect();
    RandomPack { files, items }
}

const PACK: &str = "\
pack: random
version: \"1\"
zh: 随机规则包
time_zone: Asia/Shanghai
region: \"420000\"
authorities:
  a: {zh: 甲部门, source: /gov/a}
  b: {zh: 乙部门, source: /gov/b}
  court: {zh: 法院, source: /gov/court, may: [suspend, link, merge]}
";

/// `old` ends and `young` begins inside the days that histories use.
const LAWS: &str = "\
laws:
  law: {zh: 法, in_force: {from: 1990-01-01}, articles: [\"1\", \"2\"]}
  young: {zh: 新法, in_force: {from: 2023-03-01}}
  old: {zh: 旧法, in_force: {from: 1990-01-01, to: 2024-02-29}}
";

fn given(rng: &mut Rng, options: &Options, at: usize, levels: usize) -> Given {
    let level = if at == 0 { 0 } else { rng.below(levels) };
    if options.grades && rng.chance(25) {
        let value = rng.pick(&GRADES);
        return Given {
            level,
            name: format!("grade/g{level}:{value}"),
            yaml: format!("grade: g{level}, value: {value}"),
        };
    }
    let list = format!("l{level}_{}", rng.below(2));
    Given { level, name: format!("list/{list}"), yaml: format!("list: {list}") }
}

fn measures(rng: &mut Rng, draft: &Draft) -> String {
    let mut text = "measures:\n".to_owned();
    for level in 0..draft.levels {
        for at in 0..2 {
            let kind = rng.pick(&["sanction", "incentive"]);
            let some = rng.pick(&["[enterprise]", "[enterprise, institution]"]);
            let narrow = draft.options.kinds && rng.chance(20);
            let subjects = if narrow { some.to_owned() } else { format!("[{}]", KINDS.join(", ")) };
            let _ = writeln!(
                text,
                "  m{level}.{at}: {{kind: {kind}, zh: 措施, authorities: [a], subjects: {subjects}, basis: [law#1]}}"
            );
        }
    }
    text
}

fn matters(rng: &mut Rng, draft: &Draft) -> String {
    let mut text = "matters:\n".to_owned();
    for matter in ["x.first", "x.second"] {
        let mut effects = Vec::new();
        for level in 0..draft.levels {
            for at in 0..2 {
                let effect = rng.pick(&["bar", "restrict", "caution", "favour"]);
                if rng.chance(70) {
                    effects.push(format!("m{level}.{at}: {effect}"));
                }
            }
        }
        let _ = writeln!(text, "  {matter}: {{zh: 事项, authority: b, effects: {{{}}}}}", effects.join(", "));
    }
    text
}

fn sector(rng: &mut Rng, draft: &Draft, sources: &[String]) -> String {
    let mut text = "sector: s\nzh: 领域\n".to_owned();
    if draft.options.grades {
        let scheme = |level| format!("g{level}: [{}]", GRADES.join(", "));
        let _ = writeln!(text, "grades: {{{}}}", (0..draft.levels).map(scheme).collect::<Vec<_>>().join(", "));
    }
    text.push_str("items:\n");
    for (item, source) in draft.items.iter().zip(sources) {
        text.push_str(&self::item(rng, &draft.options, item, source));
    }
    text.push_str("facts:\n");
    for fact in &draft.facts {
        let _ = writeln!(text, "  {}", fact.yaml);
    }
    text.push_str("rules:\n");
    for (at, given) in draft.given.iter().enumerate() {
        text.push_str(&rule(rng, draft, at, given));
    }
    text
}

fn item(rng: &mut Rng, options: &Options, code: &str, source: &str) -> String {
    let mut text = format!("  {code}:\n    zh: 信息\n    source: [{source}]\n    subjects: [{}]\n", KINDS.join(", "));
    text.push_str("    category: penalty\n    disclosure: public\n    basis: [law#1]\n");
    if options.named_days && rng.chance(25) {
        let _ = writeln!(text, "    from: {}", rng.pick(&["begins", "served_on"]));
    }
    if options.valid && rng.chance(30) {
        let _ = writeln!(text, "    valid: {}", rng.pick(&PERIODS));
    }
    if rng.chance(50) {
        text.push_str("    on_objection: suspend\n");
    }
    text.push_str("    fields:\n      amount: {type: money, required: true}\n      share: {type: decimal}\n");
    text.push_str("      number: {type: int}\n      flag: {type: bool}\n      begins: {type: date}\n");
    text.push_str("      ends: {type: date}\n      year: {type: year}\n      tags: {type: list<string>}\n");
    let _ = writeln!(text, "      nature: {{type: enum, values: [{}]}}", NATURES.join(", "));
    let _ = writeln!(text, "      grade: {{type: enum, values: [{}]}}", GRADES.join(", "));
    text
}
