//! Cases of a pack's `tests/*.yaml` as data; whoever runs them lives elsewhere.
//!
//! # Invariants
//!
//! Forms only are checked here: whether an item, field or rule exists is asked of the pack when the case is run.

mod act;
mod event;

pub use act::{CaseAct, CaseEvent, CaseValue};

use crate::diagnostic::{Diagnostic, Report};
use crate::files::PackFiles;
use crate::pack::Place;
use crate::yaml::{At, Document, Map};
use heng_model::{Day, SubjectKind};

/// A case: what happens to a subject, and what must then hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Whom it is about.
    pub subject: CaseProfile,
    /// Other subjects that it names (`others: {label: {kind: …}}`), by label.
    pub others: Vec<(String, CaseProfile)>,
    /// What happens, in the order of arrival.
    pub events: Vec<CaseEvent>,
    /// What must hold.
    pub expect: Vec<Expectation>,
    /// Where it stands.
    pub place: Place,
}

/// A subject of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseProfile {
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// Id; whoever runs the case makes one up where it has none.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Region (GB/T 2260).
    pub region: Option<String>,
    /// Industry (GB/T 4754).
    pub industry: Option<String>,
    /// Day of registration.
    pub registered_on: Option<Day>,
}

/// What must hold on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The day.
    pub on: Day,
    /// All outcomes in force (`list/x`, `grade/x:v`, `measure/x`), in any order, where stated.
    pub in_force: Option<Vec<String>>,
    /// Matters and their verdicts: bar, restrict, caution, favour or clear.
    pub check: Vec<(String, String)>,
    /// Where it stands.
    pub place: Place,
}

/// The cases of a pack, file by file, in the order written.
///
/// # Errors
/// Everything that is wrong with the form of a case, by place.
pub fn cases(files: &PackFiles) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let report = Report::default();
    let mut cases = Vec::new();
    for (path, bytes) in files.under("tests/").filter(|(path, _)| PackFiles::is_pack_path(path)) {
        if let Some(document) = Document::read(path, bytes, &report) {
            cases.extend(document.root().list("cases").into_iter().filter_map(case));
        }
    }
    report.finish().map(|_| cases)
}

fn case(at: At<'_>) -> Option<Case> {
    let map = at.map("a case", &["name", "subject", "others", "events", "expect"])?;
    let name = map.need("name").and_then(At::text);
    let subject = map.get("subject").map_or_else(|| Some(CaseProfile::default()), |at| profile(at, &[]));
    let others = map.get("others").map(|at| at.entries("subjects")).unwrap_or_default();
    let others: Vec<_> =
        others.into_iter().map(|(key, at)| Some((key.text()?.to_owned(), profile(at, &[])?))).collect();
    let events = map.get("events").map(|at| at.list("events")).unwrap_or_default();
    let events: Vec<_> = events.into_iter().map(event::read).collect();
    let expect = map.need("expect").map(|at| at.list("expectations")).unwrap_or_default();
    let expect: Vec<_> = expect.into_iter().map(expectation).collect();
    Some(Case {
        name: name?.to_owned(),
        subject: subject?,
        others: others.into_iter().collect::<Option<_>>()?,
        events: events.into_iter().collect::<Option<_>>()?,
        expect: expect.into_iter().collect::<Option<_>>()?,
        place: at.place(),
    })
}

/// A profile, in a mapping that may have some more keys.
fn profile(at: At<'_>, more: &[&str]) -> Option<CaseProfile> {
    let keys = ["kind", "id", "name", "region", "industry", "registered_on"];
    let map = at.map("a subject", &[&keys[..], more].concat())?;
    let kinds = SubjectKind::ALL.map(|kind| (kind.word(), kind));
    Some(CaseProfile {
        kind: optional(map, "kind", |at| at.word("kind of subject", &kinds))?,
        id: optional(map, "id", text)?,
        name: optional(map, "name", text)?,
        region: optional(map, "region", text)?,
        industry: optional(map, "industry", text)?,
        registered_on: optional(map, "registered_on", At::day)?,
    })
}

fn text(at: At<'_>) -> Option<String> {
    at.text().map(str::to_owned)
}

/// `Some(None)` where the key is missing, `None` where its value is broken.
fn optional<'a, T>(map: Map<'a>, key: &str, read: impl FnOnce(At<'a>) -> Option<T>) -> Option<Option<T>> {
    match map.get(key) {
        Some(at) => read(at).map(Some),
        None => Some(None),
    }
}

fn expectation(at: At<'_>) -> Option<Expectation> {
    let map = at.map("an expectation", &["on", "in_force", "check"])?;
    let on = map.need("on").and_then(At::day);
    let in_force = optional(map, "in_force", |at| at.each().into_iter().map(outcome).collect::<Option<Vec<_>>>());
    let verdicts = ["bar", "restrict", "caution", "favour", "clear"].map(|word| (word, word));
    let check = map.get("check").map(|at| at.entries("matters")).unwrap_or_default();
    let check: Vec<_> = check
        .into_iter()
        .map(|(matter, at)| Some((text(matter)?, at.word("verdict", &verdicts)?.to_owned())))
        .collect();
    Some(Expectation {
        on: on?,
        in_force: in_force?,
        check: check.into_iter().collect::<Option<_>>()?,
        place: at.place(),
    })
}

fn outcome(at: At<'_>) -> Option<String> {
    let text = at.text()?;
    let known = matches!(text.split_once('/'), Some(("list" | "grade" | "measure", name)) if !name.is_empty());
    if !known {
        at.error(format!("`{text}` names no outcome"), "write list/x, grade/x:v or measure/x");
    }
    known.then(|| text.to_owned())
}
