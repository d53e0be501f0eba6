//! What a rule quantifies over, its first and last day, and the days on which it is law.

use super::items::date_field;
use super::laws;
use super::rules::{Around, optional};
use super::scope::{Visible, visible};
use super::sectors::World;
use crate::pack::{Basis, Body, End, Fact, Item, ItemIdx, Law, Reads, Start};
use crate::yaml::{At, Map};
use heng_model::{Day, Period, Span, Symbol};
use std::cmp::Ordering;

/// The body of a rule and how long its obligations may be.
pub(crate) struct Parts<'a> {
    pub(crate) body: Body,
    /// Lengths stated, with what they are.
    pub(crate) lengths: Vec<(At<'a>, &'static str, Period)>,
    /// Does every obligation have a last day by one of them?
    pub(crate) bounded: bool,
}

const ON_RECORDS_ONLY: [&str; 4] = ["where", "from", "through", "extends"];
const ON_CONDITION_ONLY: [&str; 1] = ["and_while"];

pub(crate) fn read<'a>(map: Map<'a>, around: &Around<'_>) -> Option<Parts<'a>> {
    let stray = |keys: &[&str], owner: &str| {
        for (key, _) in keys.iter().filter_map(|key| map.entry(key)) {
            key.error(format!("{} belongs to a rule with `{owner}`", key.found()), "");
        }
    };
    match (map.get("for_each"), map.get("when")) {
        (Some(item), None) => {
            stray(&ON_CONDITION_ONLY, "when");
            on_records(map, item, around)
        }
        (None, Some(when)) => {
            stray(&ON_RECORDS_ONLY, "for_each");
            on_condition(map, when, around)
        }
        (Some(_), Some(when)) => {
            when.error(
                "a rule has either `for_each` or `when`",
                "with `for_each`, the condition is written as `where`",
            );
            None
        }
        (None, None) => {
            map.at.error(
                "a rule needs `for_each` or `when`",
                "`for_each: item` for each record, `when: …` for a condition",
            );
            None
        }
    }
}

fn on_records<'a>(map: Map<'a>, item_at: At<'a>, around: &Around<'_>) -> Option<Parts<'a>> {
    let index = ItemIdx(around.world.items.find(item_at, "item")?);
    let item = around.item(index)?;
    let fields: Vec<Visible> = visible(&item.fields, around.world.names);
    let usable = |fact: &Fact| fits(fact, item, around);
    let filter = optional(map.get("where"), |at| around.compile(at, &fields, &usable));
    let from = map.get("from").map_or(Some(Start::EffectDay), |at| start(at, item, around.world));
    let lasts = optional(map.get("lasts"), |at| Some((at, at.period()?)));
    let extends = optional(map.get("extends"), |at| Some((at, at.period()?)));
    let through =
        optional(map.get("through"), |at| Some((at, date_field(at, at.text()?, &item.fields, around.world.names)?)));
    let (end, lengths, bounded) = end(lasts?, extends?, through?, item)?;
    Some(Parts { body: Body::OnRecords { item: index, filter: filter?, from: from?, end }, lengths, bounded })
}

type Length<'a> = (At<'a>, &'static str, Period);

fn end<'a>(
    lasts: Option<(At<'a>, Period)>,
    extends: Option<(At<'a>, Period)>,
    through: Option<(At<'a>, Symbol)>,
    item: &Item,
) -> Option<(End, Vec<Length<'a>>, bool)> {
    match (lasts, extends, through) {
        (Some(_), _, Some((at, _))) => {
            at.error("a rule has at most one of `lasts` and `through`", "keep the one that the law sets");
            None
        }
        (None, Some((at, _)), _) => {
            at.error("`extends` needs `lasts`", "`extends` is the longer term where no repair came within `lasts`");
            None
        }
        (Some((at, lasts)), extends, None) => {
            let mut lengths = vec![(at, "a term (`lasts`)", lasts)];
            if let Some((at, longer)) = extends {
                longer_than(at, longer, lasts)?;
                lengths.push((at, "an extended term (`extends`)", longer));
            }
            Some((End::Lasts { lasts, extends: extends.map(|(_, period)| period) }, lengths, true))
        }
        (None, None, Some((at, symbol))) => {
            let max = item.fields.iter().find(|field| field.symbol == symbol).and_then(|field| field.max);
            let lengths: Vec<_> = max.map(|max| (at, "a field's `max`", max)).into_iter().collect();
            Some((End::Through(symbol), lengths, max.is_some()))
        }
        (None, None, None) => Some((End::Open, Vec::new(), false)),
    }
}

fn longer_than(at: At<'_>, longer: Period, lasts: Period) -> Option<()> {
    match longer.compare(lasts) {
        Some(Ordering::Greater) => return Some(()),
        Some(_) => {
            at.error(format!("`extends` of {longer} is no longer than `lasts` ({lasts})"), "state the longer term")
        }
        None => at.error(
            format!("`extends` of {longer} cannot be compared with `lasts` ({lasts})"),
            "state both in days, or both in months and years",
        ),
    }
    None
}

/// `record.f`, `after record.f` or `after P3Y`.
fn start(at: At<'_>, item: &Item, world: &World<'_>) -> Option<Start> {
    let text = at.text()?.trim();
    let Some(after) = text.strip_prefix("after ").map(str::trim) else {
        return date_field(at, text, &item.fields, world.names).map(Start::Field);
    };
    match after.parse::<Period>() {
        Ok(period) => Some(Start::AfterPeriod(period)),
        Err(_) => date_field(at, after, &item.fields, world.names).map(Start::AfterField),
    }
}

fn on_condition<'a>(map: Map<'a>, when: At<'a>, around: &Around<'_>) -> Option<Parts<'a>> {
    let when = around.compile(when, &[], &absolute);
    let lasts = optional(map.get("lasts"), |at| Some((at, at.period()?)));
    let and_while = map.get("and_while").map_or(Some(false), At::flag);
    let (lasts, and_while) = (lasts?, and_while?);
    if and_while
        && lasts.is_none()
        && let Some((key, _)) = map.entry("and_while")
    {
        key.error("`and_while` needs `lasts`", "without `lasts` the obligation lasts while the condition holds anyway");
        return None;
    }
    let lengths: Vec<_> = lasts.map(|(at, period)| (at, "a term (`lasts`)", period)).into_iter().collect();
    let bounded = lasts.is_some() && !and_while;
    let body = Body::OnCondition { when: when?, lasts: lasts.map(|(_, period)| period), and_while };
    Some(Parts { body, lengths, bounded })
}

/// May a fact be read without a record to judge?
pub(crate) fn absolute(fact: &Fact) -> Result<(), String> {
    if fact.is_relative() {
        return Err(
            "with `same` or `prior` it compares with the record judged: only `where` of a rule on records may read it"
                .to_owned(),
        );
    }
    Ok(())
}

/// Do the fields in which a fact compares with the record judged exist there?
fn fits(fact: &Fact, item: &Item, around: &Around<'_>) -> Result<(), String> {
    let Reads::Records(reads) = &fact.reads else { return Ok(()) };
    for symbol in &reads.same {
        let name = around.world.names.name(*symbol);
        if super::NAMED_DATES.contains(&name.as_str()) {
            continue;
        }
        let own = item.fields.iter().find(|field| field.symbol == *symbol);
        let theirs = reads.items.iter().filter_map(|index| around.item(*index)).flat_map(|other| &other.fields);
        let mut theirs = theirs.filter(|field| field.symbol == *symbol);
        if own.is_none_or(|own| theirs.any(|field| field.ty != own.ty)) {
            return Err(format!("its `same: {name}` is no such field of item `{}`", item.code));
        }
    }
    Ok(())
}

/// The days on which the rule is law, and whether they select by record.
pub(crate) fn effective(map: Map<'_>, basis: &[Basis], world: &World<'_>) -> Option<(Span, bool)> {
    let laws: Vec<&Law> = basis.iter().filter_map(|basis| world.laws.get(basis.law.0)).collect();
    let (at, stated) = match map.get("effective") {
        Some(at) => (at, Some(at.map("`effective`", &["from", "to", "by"])?)),
        None => (map.at, None),
    };
    let day = |key| optional(stated.and_then(|map| map.get(key)), At::day);
    let (from, to) = (day("from"), day("to"));
    let by =
        stated.and_then(|map| map.get("by")).map_or(Some(false), |at| at.word("word for `by`", &[("record", true)]));
    let (from, to, by) = (from?, to?, by?);
    let all = Span { first: Day::DAWN, last: Day::FOREVER };
    let common = laws.iter().try_fold(all, |span, law| span.intersect(law.in_force));
    let (first, last) = match (from, to, common) {
        (Some(from), Some(to), _) => (from, to),
        (from, to, Some(common)) => (from.unwrap_or(common.first), to.unwrap_or(common.last)),
        (_, _, None) => {
            at.error("the rule's bases are never in force together", "cite the law of one time, or split the rule");
            return None;
        }
    };
    let span = laws::span(at, first, last)?;
    in_force(at, span, &laws).then_some((span, by))
}

fn in_force(at: At<'_>, span: Span, laws: &[&Law]) -> bool {
    let mut reported: Vec<&str> = Vec::new();
    for law in laws.iter().filter(|law| span.intersect(law.in_force) != Some(span)) {
        if !reported.contains(&law.id.as_str()) {
            let Span { first, last } = law.in_force;
            at.error(
                format!(
                    "basis `{}` is in force from {first} to {last}, not on all days of the rule ({} to {})",
                    law.id, span.first, span.last
                ),
                "narrow `effective`, or cite the law of that time",
            );
            reported.push(&law.id);
        }
    }
    reported.is_empty()
}
