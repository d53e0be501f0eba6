//! Rules of a sector file.

use super::basis;
use super::checks;
use super::facts::SectorFacts;
use super::names::is_code;
use super::outcomes::grade_value;
use super::record_facts::repaired;
use super::rule_limits;
use super::rule_parts;
use super::scope;
use super::sectors::World;
use super::table::words;
use crate::condition::Condition;
use crate::pack::{Basis, Fact, GradeIdx, Item, MeasureIdx, Outcome, OutcomeEntry, Rule, SectorIdx, Words};
use crate::yaml::{At, Map};
use heng_model::Period;

const KEYS: [&str; 21] = [
    "id",
    "zh",
    "en",
    "basis",
    "effective",
    "notice",
    "review",
    "for_each",
    "where",
    "from",
    "lasts",
    "through",
    "extends",
    "when",
    "and_while",
    "unless",
    "repair",
    "repaired",
    "outcome",
    "retroactive",
    "explain",
];

/// What a rule may refer to.
pub(crate) struct Around<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) known: &'a SectorFacts,
    pub(crate) facts: &'a [Fact],
    pub(crate) sector: SectorIdx,
}

impl Around<'_> {
    /// Compiles a condition of the rule.
    pub(crate) fn compile(
        &self,
        at: At<'_>,
        fields: &[scope::Visible],
        usable: &dyn Fn(&Fact) -> Result<(), String>,
    ) -> Option<Condition> {
        let around = scope::Around {
            fields,
            facts: self.known,
            all_facts: self.facts,
            usable,
            currency: &self.world.header.currency,
            names: self.world.names,
        };
        scope::compile(at, &around)
    }

    pub(crate) fn item(&self, index: crate::pack::ItemIdx) -> Option<&Item> {
        self.world.items.get(index.0)
    }
}

/// An outcome, with where each measure is named.
pub(crate) struct Given<'a> {
    pub(crate) outcome: Outcome,
    pub(crate) at: At<'a>,
    pub(crate) measures: Vec<(At<'a>, MeasureIdx)>,
}

pub(crate) fn read(at: At<'_>, around: &Around<'_>) -> Option<Rule> {
    let map = at.map("a rule", &KEYS)?;
    let world = around.world;
    let id = map.need("id").and_then(id);
    let basis = rule_basis(map, world);
    let effective = basis.as_ref().and_then(|basis| rule_parts::effective(map, basis, world));
    let parts = rule_parts::read(map, around);
    let given = map.need("outcome").and_then(|at| outcome(at, world));
    let unless = optional(map.get("unless"), |at| around.compile(at, &[], &rule_parts::absolute));
    let review = map.get("review").map_or(Some(false), |at| at.word("word for `review`", &[("required", true)]));
    let notice = optional(map.get("notice"), At::period);
    let repair = repair(map);
    let explain = optional(map.get("explain"), explain);
    let retroactive = optional(map.get("retroactive"), |at| retroactive(at, world));
    if let (Some(parts), Some(given), Some(basis)) = (&parts, &given, &basis) {
        rule_limits::check(parts, given, basis, world);
    }
    let (id, parts, given, unless, review) = (id?, parts?, given?, unless?, review?);
    let kinds = checks::kinds(map, &parts.body, &given, around)?;
    checks::persons(map, kinds, review, &parts.body, unless.as_ref(), &given, around);
    let (include_repaired, not_before) = repair?;
    let (effective, effective_by_record) = effective?;
    Some(Rule {
        symbol: world.names.intern(id),
        id: id.to_owned(),
        sector: around.sector,
        words: words(map, id),
        basis: basis?,
        effective,
        effective_by_record,
        notice: notice?,
        review,
        unless,
        body: parts.body,
        include_repaired,
        not_before,
        outcome: given.outcome,
        kinds,
        stratum: 0,
        retroactive: retroactive?,
        explain: explain?,
        place: at.place(),
    })
}

/// `Some(None)` where nothing is written, `None` where it is broken.
pub(crate) fn optional<'a, T>(at: Option<At<'a>>, read: impl FnOnce(At<'a>) -> Option<T>) -> Option<Option<T>> {
    match at {
        Some(at) => read(at).map(Some),
        None => Some(None),
    }
}

fn id(at: At<'_>) -> Option<&str> {
    let id = at.text()?;
    if !is_code(id) {
        at.error(format!("`{id}` cannot be the id of a rule"), "use letters, digits, `.`, `-` and `_`");
    }
    Some(id)
}

fn rule_basis(map: Map<'_>, world: &World<'_>) -> Option<Vec<Basis>> {
    let at = map.get("basis").unwrap_or(map.at);
    let basis = map.get("basis").map_or_else(|| Some(Vec::new()), |at| basis::read(at, world.laws))?;
    if basis.is_empty() {
        at.error("a rule needs a legal basis", "cite at least one: `basis: [law#article]`");
        return None;
    }
    Some(basis)
}

fn outcome<'a>(at: At<'a>, world: &World<'_>) -> Option<Given<'a>> {
    let map = at.map("an outcome", &["list", "grade", "value", "measures"])?;
    let entry = match (map.get("list"), map.get("grade")) {
        (Some(list), None) => {
            if let Some((key, _)) = map.entry("value") {
                key.error("`value` belongs to a grade", "leave it out");
            }
            list.text().map(|name| OutcomeEntry::List(world.names.intern(name)))
        }
        (None, Some(grade)) => grade_entry(map, grade, world),
        (None, None) => {
            at.error("an outcome needs `list` or `grade`", "write `list: x`, or `grade: x, value: v`");
            None
        }
        (Some(_), Some(_)) => {
            at.error("an outcome is either a `list` or a `grade`", "split it into two rules");
            None
        }
    };
    let named = map.get("measures").map(At::each).unwrap_or_default();
    let found = optional(map.get("measures"), |at| world.measures.find_each(at, "measure"))?.unwrap_or_default();
    let measures: Vec<MeasureIdx> = found.into_iter().map(MeasureIdx).collect();
    let outcome = Outcome { entry: entry?, measures: measures.clone() };
    Some(Given { outcome, at, measures: named.into_iter().zip(measures).collect() })
}

fn grade_entry(map: Map<'_>, at: At<'_>, world: &World<'_>) -> Option<OutcomeEntry> {
    let grade = world.grades.find(at, "grade");
    let value = map.need("value");
    let (grade, value) = (grade?, value?);
    let value = grade_value(value, value.text()?, grade, world)?;
    Some(OutcomeEntry::Grade(GradeIdx(grade), value))
}

/// `repaired: include` and `repair: {not_before}`.
fn repair(map: Map<'_>) -> Option<(bool, Option<Period>)> {
    let include = repaired(map);
    let not_before =
        optional(map.get("repair"), |at| at.map("`repair`", &["not_before"])?.need("not_before").and_then(At::period));
    if include == Some(true)
        && let Some((key, _)) = map.entry("repair")
    {
        key.error("`repaired: include` leaves nothing to repair", "state one of `repaired` and `repair`");
    }
    Some((include?, not_before?))
}

fn explain(at: At<'_>) -> Option<Words> {
    if let Some(text) = at.scalar() {
        return Some(Words { zh: text.to_owned(), en: None });
    }
    let map = at.map("`explain`", &["zh", "en"])?;
    let text = |key| map.get(key).and_then(At::text).map(str::to_owned);
    let (zh, en) = (text("zh"), text("en"));
    if zh.is_none() && en.is_none() {
        at.error("`explain` is empty", "write `zh` and `en`");
    }
    Some(Words { zh: zh.or_else(|| en.clone())?, en })
}

/// A basis in words, or one cited as `law#article`, which must exist.
fn retroactive(at: At<'_>, world: &World<'_>) -> Option<String> {
    let texts: Vec<&str> = at.each().into_iter().map(At::text).collect::<Option<_>>()?;
    for (at, text) in at.each().into_iter().zip(&texts) {
        if text.contains('#') && !text.contains(char::is_whitespace) {
            basis::one(at, world.laws)?;
        }
    }
    Some(texts.join(", "))
}
