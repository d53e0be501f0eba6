//! `measures.yaml` and `matters.yaml`.

use super::basis;
use super::header::Header;
use super::table::{Table, declarations, words};
use crate::pack::{AuthorityIdx, Effect, Kinds, Law, Matter, Measure, MeasureIdx, MeasureKind};
use crate::suggest;
use crate::yaml::At;
use heng_model::SubjectKind;

const MEASURE_KEYS: [&str; 10] =
    ["kind", "zh", "en", "severity", "authorities", "subjects", "capacities", "basis", "max", "answer_within"];

pub(crate) fn read_measures(at: At<'_>, header: &Header, laws: &Table<Law>) -> Table<Measure> {
    let mut table = Table::default();
    let measures = at.map("measures.yaml", &["measures"]).and_then(|map| map.need("measures"));
    for (code, key, value) in measures.map(|at| declarations(at, "measures")).unwrap_or_default() {
        table.declare(code, key, measure(code, key, value, header, laws));
    }
    table
}

fn measure(code: &str, key: At<'_>, at: At<'_>, header: &Header, laws: &Table<Law>) -> Option<Measure> {
    let map = at.map("a measure", &MEASURE_KEYS)?;
    let kinds = [("sanction", MeasureKind::Sanction), ("incentive", MeasureKind::Incentive)];
    let kind = map.need("kind").and_then(|at| at.word("kind of measure", &kinds));
    let acting = map.need("authorities").and_then(|at| header.authorities.find_each(at, "authority"));
    let subjects = map.get("subjects").map_or_else(|| Some(Kinds::organisations()), subjects);
    let capacities = capacities(map.get("capacities"), header);
    let basis = map.need("basis").and_then(|at| basis::read(at, laws));
    let max = match map.get("max") {
        Some(at) => Some((at, at.period()?)),
        None => None,
    };
    if let Some((at, max)) = max {
        for limit in basis::limits(basis.as_deref().unwrap_or_default(), laws) {
            basis::check_limit(at, "a maximum", max, &limit);
        }
    }
    Some(Measure {
        code: code.to_owned(),
        words: words(map, code),
        kind: kind?,
        severity: map.get("severity").and_then(At::text).map(str::to_owned),
        authorities: acting?.into_iter().map(AuthorityIdx).collect(),
        subjects: subjects?,
        capacities,
        basis: basis?,
        max: max.map(|(_, max)| max),
        answer_within: map.get("answer_within").and_then(At::answer_within),
        place: key.place(),
    })
}

/// Kinds of subject; at least one.
pub(crate) fn subjects(at: At<'_>) -> Option<Kinds> {
    let words = SubjectKind::ALL.map(|kind| (kind.word(), kind));
    let kinds: Vec<_> = at.each().into_iter().map(|at| at.word("kind of subject", &words)).collect();
    if kinds.is_empty() {
        at.error("`subjects` is empty", "name at least one kind of subject");
        return None;
    }
    kinds.into_iter().collect()
}

fn capacities(at: Option<At<'_>>, header: &Header) -> Vec<String> {
    let mut list = Vec::new();
    for at in at.map(At::each).unwrap_or_default() {
        let Some(code) = at.text() else { continue };
        if !header.capacities.iter().any(|known| known.code == code) {
            let known = suggest::hint(code, header.capacities.iter().map(|known| known.code.as_str()));
            at.error(format!("unknown capacity `{code}`"), format!("{known} — capacities are listed in pack.yaml"));
        }
        list.push(code.to_owned());
    }
    list
}

pub(crate) fn read_matters(at: At<'_>, header: &Header, measures: &Table<Measure>) -> Table<Matter> {
    let mut table = Table::default();
    let matters = at.map("matters.yaml", &["matters"]).and_then(|map| map.need("matters"));
    for (code, key, value) in matters.map(|at| declarations(at, "matters")).unwrap_or_default() {
        table.declare(code, key, matter(code, key, value, header, measures));
    }
    table
}

fn matter(code: &str, key: At<'_>, at: At<'_>, header: &Header, measures: &Table<Measure>) -> Option<Matter> {
    let map = at.map("a matter", &["zh", "en", "authority", "effects"])?;
    let authority = map.need("authority").and_then(|at| header.authorities.find(at, "authority"));
    let words_of = [Effect::Bar, Effect::Restrict, Effect::Caution, Effect::Favour].map(|e| (e.word(), e));
    let mut effects = Vec::new();
    for (code, key, value) in map.get("effects").map(|at| declarations(at, "effects")).unwrap_or_default() {
        let measure = measures.find_code(key, code, "measure");
        let effect = value.word("effect", &words_of);
        effects.extend(measure.map(MeasureIdx).zip(effect));
    }
    Some(Matter {
        code: code.to_owned(),
        words: words(map, code),
        authority: AuthorityIdx(authority?),
        effects,
        place: key.place(),
    })
}
