//! A decision as a page that a clerk can read.

use crate::commands::decisions::days;
use crate::output::line;
use heng_core::{Bilingual, DecisionEvent};
use heng_files::format_instant;
use heng_rules::{Pack, Words};

/// Width of the names of the lines.
const NAME_CHARS: usize = 14;

pub(super) fn print(revisions: &[DecisionEvent], pack: Option<&Pack>) -> anyhow::Result<()> {
    let Some(newest) = revisions.first() else { return Ok(()) };
    line(&format!("Decision {}", newest.decision))?;
    line("")?;
    what(newest, pack)?;
    why(newest, pack)?;
    texts(newest)?;
    line("")?;
    line("Revisions, the newest first")?;
    revisions.iter().try_for_each(revision)
}

fn row(name: &str, text: &str) -> anyhow::Result<()> {
    line(&format!("  {name:<NAME_CHARS$} {text}"))
}

/// A row for each text; the name stands at the first.
fn rows(name: &str, texts: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    texts.into_iter().enumerate().try_for_each(|(at, text)| row(if at == 0 { name } else { "" }, &text))
}

/// A code with its titles, where the pack has them.
fn titled(code: &str, words: Option<&Words>) -> String {
    match words {
        Some(Words { zh, en: Some(en) }) => format!("{code}  {zh} / {en}"),
        Some(Words { zh, en: None }) => format!("{code}  {zh}"),
        None => code.to_owned(),
    }
}

fn what(event: &DecisionEvent, pack: Option<&Pack>) -> anyhow::Result<()> {
    let region = event.region.as_ref().map(|region| format!(", region {region}")).unwrap_or_default();
    row("subject", &format!("{}{region}", event.subject))?;
    row("state", &format!("{}{}", event.kind.word(), if event.void { ", void" } else { "" }))?;
    row("outcome", &format!("{} ({})", event.outcome, event.effect))?;
    let measure = |code: &String| {
        let known = pack.and_then(|pack| pack.measures.iter().find(|measure| measure.code == *code));
        titled(code, known.map(|measure| &measure.words))
    };
    rows("measures", event.measures.iter().map(measure))?;
    let authority = |code: &String| {
        let known = pack.and_then(|pack| pack.authorities.iter().find(|authority| authority.code == *code));
        titled(code, known.map(|authority| &authority.words))
    };
    rows("authorities", event.authorities.iter().map(authority))?;
    row("days in force", &days(&event.in_force))?;
    if let Some(proposal) = &event.proposal {
        row(
            "proposed",
            &format!("{}, {}; an officer has yet to answer", proposal.measures.join(", "), days(&proposal.days)),
        )?;
    }
    Ok(())
}

fn why(event: &DecisionEvent, pack: Option<&Pack>) -> anyhow::Result<()> {
    let grounds = event.grounds.iter().map(|ground| {
        let number = ground.document_no.as_deref().unwrap_or("no document number");
        format!("{number}  (record {} of {})", ground.record, ground.source)
    });
    rows("grounds", grounds)?;
    rows("rests on", event.ground_decisions.iter().map(|id| format!("decision {id}")))?;
    rows("law", event.basis.iter().map(|basis| law(basis, pack)))?;
    let rule = pack.and_then(|pack| pack.rules.iter().find(|rule| rule.id == event.rule));
    row("rule", &titled(&event.rule, rule.map(|rule| &rule.words)))?;
    row("pack", &format!("{}, fold {}", event.pack, event.fold))?;
    rows("facts", event.facts.iter().map(|(name, value)| format!("{name} = {value}")))?;
    rows("replaces", event.replaces.iter().map(|id| format!("decision {id}")))?;
    rows("measures stay", event.also.iter().map(|id| format!("by decision {id}")))
}

/// A citation with the title and number of the law.
fn law(basis: &str, pack: Option<&Pack>) -> String {
    let id = basis.split_once('#').map_or(basis, |(law, _)| law);
    let known = pack.and_then(|pack| pack.laws.iter().find(|law| law.id == id));
    let number = known.and_then(|law| law.number.as_deref()).map(|number| format!(" ({number})")).unwrap_or_default();
    format!("{}{number}", titled(basis, known.map(|law| &law.words)))
}

fn texts(event: &DecisionEvent) -> anyhow::Result<()> {
    let parts =
        [("Explanation", &event.explanation), ("Objection", &event.remedy_objection), ("Repair", &event.remedy_repair)];
    for (title, Bilingual { zh, en }) in parts {
        line("")?;
        line(title)?;
        for text in [zh, en].into_iter().filter(|text| !text.is_empty()) {
            line(&format!("  {text}"))?;
        }
    }
    Ok(())
}

fn revision(event: &DecisionEvent) -> anyhow::Result<()> {
    line(&format!(
        "  {:>3}  {}  {:<9}  {}  caused by {} at {}  (seq {}:{})",
        event.revision,
        format_instant(event.known_ms),
        event.kind.word(),
        if event.void { "void".to_owned() } else { days(&event.in_force) },
        event.cause,
        event.position,
        event.position.partition,
        event.seq
    ))
}
