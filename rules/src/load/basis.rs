//! Legal bases as cited, `law#article`, and the limits that come with them.

use super::table::Table;
use crate::pack::{Basis, Law, LawIdx};
use crate::suggest;
use crate::yaml::At;
use heng_model::Period;
use std::cmp::Ordering;

/// The bases of a list or of one scalar; `None` where one of them is broken.
pub(crate) fn read(at: At<'_>, laws: &Table<Law>) -> Option<Vec<Basis>> {
    let read: Vec<Option<Basis>> = at.each().into_iter().map(|at| one(at, laws)).collect();
    read.into_iter().collect()
}

/// One basis.
pub(crate) fn one(at: At<'_>, laws: &Table<Law>) -> Option<Basis> {
    let text = at.text()?;
    let (id, article) = text.split_once('#').map_or((text, None), |(id, article)| (id, Some(article)));
    let law = laws.find_code(at, id, "law")?;
    let row = laws.get(law)?;
    match article {
        Some("") => at.error(format!("`{text}` names no article"), "write `law#article`, or the law alone"),
        Some(article) if !row.articles.is_empty() && !row.articles.iter().any(|known| known == article) => {
            let known = suggest::hint(article, row.articles.iter().map(String::as_str));
            at.error(
                format!("unknown article `{article}` of law `{id}`"),
                format!("{known} — or add it to the law's `articles`"),
            );
        }
        _ => return Some(Basis { law: LawIdx(law), article: article.map(str::to_owned) }),
    }
    None
}

/// A limit on durations and who sets it, in words.
pub(crate) type Limit = (Period, String);

/// The limits that the laws cited set.
pub(crate) fn limits(basis: &[Basis], laws: &Table<Law>) -> Vec<Limit> {
    let limit = |basis: &Basis| {
        let law = laws.get(basis.law.0)?;
        Some((law.max?, format!("law `{}`", law.id)))
    };
    basis.iter().filter_map(limit).collect()
}

/// Reports a duration beyond a limit, or one that cannot be compared with it.
pub(crate) fn check_limit(at: At<'_>, what: &str, period: Period, (max, whose): &Limit) {
    match period.compare(*max) {
        Some(Ordering::Greater) => {
            at.error(format!("{what} of {period} is longer than {whose} allows ({max})"), format!("at most {max}"));
        }
        Some(_) => {}
        None => at.error(
            format!("{what} of {period} cannot be compared with the {max} that {whose} allows"),
            "state both in days, or both in months and years",
        ),
    }
}
