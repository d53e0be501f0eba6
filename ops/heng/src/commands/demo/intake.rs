//! Events in, decisions out.

use super::bundle::EVENTS;
use super::cast::{self, name};
use super::stage::Stage;
use super::world::World;
use super::{UNTIL, day};
use crate::commands::decisions::days;
use crate::commands::run::{CHECKPOINT_SUBJECTS, Job, ingest};
use anyhow::Context;
use heng_core::DecisionEvent;
use heng_rules::PackFiles;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn tell(stage: &mut Stage, root: &Path, files: &PackFiles) -> anyhow::Result<()> {
    stage.chapter("各部门报送信用事件", "Departments send credit events")?;
    let rows = EVENTS.lines().map(event_row).collect::<anyhow::Result<Vec<_>>>()?;
    stage.table(["sent on", "department", "event", "about", "what it says"], rows)?;
    let events = root.join("events.jsonl");
    let data = root.join("data");
    let job = Job {
        data: &data,
        files: std::slice::from_ref(&events),
        until: day(UNTIL)?,
        partitions: 1,
        checkpoint_subjects: CHECKPOINT_SUBJECTS,
        quiet: true,
    };
    let summary = ingest(&job, files)?;
    stage.say("")?;
    stage.say(&format!("  $ heng run --pack $D/pack --until {UNTIL} $D/events.jsonl --data $D/data"))?;
    stage.say(&format!(
        "read {} = accepted {} + duplicate {} + refused {}",
        summary.read, summary.accepted, summary.duplicate, summary.refused
    ))?;
    stage.both(
        "重复报送的一条不产生任何影响；两条被拒，连同原因进入死信文件，不会悄悄丢弃：",
        "The event that came twice changes nothing; two are refused, with their reasons, and nothing is dropped silently:",
    )?;
    let letters = std::fs::read_to_string(&summary.dead_letters).context("the dead letters")?;
    for letter in letters.lines() {
        let letter: Value = serde_json::from_str(letter).context("a dead letter")?;
        let text = |key: &str| letter.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = letter.get("line").and_then(Value::as_u64).unwrap_or_default();
        stage.paragraph(&format!("  line {number}: {}", text("reason")))?;
    }
    stage.claim("lines accepted", 21, summary.accepted);
    stage.claim("duplicates", 1, summary.duplicate);
    stage.claim("lines refused", 2, summary.refused);
    stage.claim("dead letters", 2, letters.lines().count());
    stage.report(
        "ingest",
        json!({"read": summary.read, "accepted": summary.accepted, "duplicate": summary.duplicate,
               "refused": summary.refused, "decisions": summary.decisions, "subjects": summary.subjects}),
    );
    Ok(())
}

fn event_row(text: &str) -> anyhow::Result<[String; 5]> {
    let event: Value = serde_json::from_str(text).context("an event of the story")?;
    let get = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = event.get("data").cloned().unwrap_or_default();
    let sent: String = get("time").chars().take(10).collect();
    Ok([sent, cast::department(&get("source")).to_owned(), get("type"), name(&get("subject")), gist(&data)])
}

/// What an event says, in a few words.
fn gist(data: &Value) -> String {
    let text = |key: &&str| data.get(*key).and_then(Value::as_str).map(str::to_owned);
    let mut parts: Vec<String> = ["item", "role", "answer", "outcome"].iter().filter_map(text).collect();
    let fields = data.get("fields").and_then(Value::as_object);
    for key in ["amount", "evaded", "grade", "tier"] {
        let value = fields.and_then(|fields| fields.get(key)).and_then(Value::as_str);
        parts.extend(value.map(|value| format!("{key} {value}")));
    }
    parts.extend(["decided_on", "registered_on", "from", "on"].iter().filter_map(text));
    parts.join(", ")
}

pub(super) fn decided(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("由此作出的决定", "What was decided")?;
    stage.both(
        "决定就是前后两次推导之差：新记录、更正、修复、异议、裁定、日期推移，同一套算法。",
        "A decision event is the difference between two derivations: a record, a correction, a repair, an objection, a \
         court's ruling or the passing of a day are all the same operation.",
    )?;
    stage.table(
        ["known on", "decision", "about", "outcome", "days in force"],
        world.told.iter().map(|it| row(it, world)).collect(),
    )?;
    stage.say("")?;
    stage.command("decisions")?;
    for (subject, rule, expected) in [
        (cast::CONSTRUCTION, "labour.wage_arrears", "issued, amended, suspended, amended, resumed, lifted"),
        (cast::INSTRUMENTS, "tax.grade_a", "issued"),
        (cast::INSTRUMENTS, "labour.grade_a", "issued"),
        (cast::INSTRUMENTS, "tax.procurement_record", "issued, revoked"),
        (cast::CHEMICALS, "tax.major_violation", "issued"),
        (cast::CHEMICALS, "tax.procurement_record", "issued"),
        (cast::CHEMICALS, "tax.penalty_serious", "issued, lifted"),
        (cast::PERSON, "tax.d_responsible", "proposed, issued, suspended, resumed"),
        (cast::TRADING, "tax.d_linked", "issued, suspended, resumed"),
    ] {
        let what = format!("revisions of {rule} on {subject}");
        stage.claim(&what, expected, super::world::kinds(&world.revisions(subject, rule)));
    }
    Ok(())
}

fn row(event: &DecisionEvent, world: &World) -> [String; 5] {
    let mut span = days(&event.in_force).replace(", ", "\n");
    if let Some(proposal) = &event.proposal {
        span = format!("(for an officer: {})", days(&proposal.days));
    } else if event.void {
        "none, from the beginning".clone_into(&mut span);
    }
    [
        world.pack.time_zone.civil_day(event.known_ms).to_string(),
        event.kind.word().to_owned(),
        name(&event.subject.to_string()),
        event.outcome.clone(),
        span,
    ]
}
