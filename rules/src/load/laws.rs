//! `laws.yaml` and `calendar.yaml`.

use super::table::{Table, declarations, words};
use crate::pack::{Calendar, Law};
use crate::yaml::At;
use heng_model::{Day, Span};

pub(crate) fn read(at: At<'_>) -> Table<Law> {
    let mut table = Table::default();
    let laws = at.map("laws.yaml", &["laws"]).and_then(|map| map.need("laws"));
    for (id, key, value) in laws.map(|at| declarations(at, "laws")).unwrap_or_default() {
        table.declare(id, key, law(id, key, value));
    }
    table
}

fn law(id: &str, key: At<'_>, at: At<'_>) -> Option<Law> {
    let map = at.map("a law", &["zh", "en", "number", "issuer", "in_force", "relied_on", "articles", "max"])?;
    let text = |name| map.get(name).and_then(At::text).map(str::to_owned);
    let in_force = map.need("in_force").and_then(in_force);
    let relied_on = map.get("relied_on").map_or(Some(false), At::flag);
    let articles = map.get("articles").map(At::each).unwrap_or_default();
    let articles = articles.into_iter().filter_map(At::text).map(str::to_owned).collect();
    let max = map.get("max").map(At::period);
    Some(Law {
        id: id.to_owned(),
        words: words(map, id),
        number: text("number"),
        issuer: text("issuer"),
        in_force: in_force?,
        relied_on: relied_on?,
        articles,
        max: match max {
            Some(max) => Some(max?),
            None => None,
        },
        place: key.place(),
    })
}

fn in_force(at: At<'_>) -> Option<Span> {
    let map = at.map("`in_force`", &["from", "to"])?;
    let from = map.need("from").and_then(At::day);
    let to = map.get("to").map_or(Some(Day::FOREVER), At::day);
    span(map.get("to").unwrap_or(at), from?, to?)
}

/// The days from one through another; an end before the beginning is reported.
pub(crate) fn span(at: At<'_>, from: Day, to: Day) -> Option<Span> {
    let span = Span::new(from, to);
    if span.is_none() {
        at.error(format!("`to` ({to}) lies before `from` ({from})"), "`to` is the last day, included");
    }
    span
}

pub(crate) fn read_calendar(at: At<'_>) -> Calendar {
    let map = at.map("calendar.yaml", &["holidays", "workdays"]);
    let days = |key| {
        let list = map.and_then(|map| map.get(key)).map(|at| at.list("dates")).unwrap_or_default();
        let mut days: Vec<Day> = list.into_iter().filter_map(At::day).collect();
        days.sort();
        days.dedup();
        days
    };
    let calendar = Calendar { holidays: days("holidays"), workdays: days("workdays") };
    if let Some(day) = calendar.workdays.iter().find(|day| calendar.holidays.contains(day)) {
        at.error(format!("{day} is both a holiday and a working day"), "remove one of them");
    }
    calendar
}
