//! Events in, decisions out.

use super::bundle::EVENTS;
use super::cast::{self, name};
use super::stage::Stage;
use super::world::World;
use super::{UNTIL, day};
use crate::commands::run::{CHECKPOINT_SUBJECTS, Job, ingest};
use anyhow::Context;
use heng_rules::PackFiles;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn tell(stage: &mut Stage, root: &Path, files: &PackFiles) -> anyhow::Result<()> {
    stage.chapter("各部门报送信用事件", "Departments send credit events")?;
    stage.table(["events sent by", "2022", "2023", "2024", "2025", "2026", "in all"], sent_by_year()?)?;
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
    stage.claim("lines accepted", 53, summary.accepted);
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

/// How many events each department sent in each year.
fn sent_by_year() -> anyhow::Result<Vec<[String; 7]>> {
    let mut sent: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for text in EVENTS.lines() {
        let event: Value = serde_json::from_str(text).context("an event of the story")?;
        let get = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let year: String = get("time").chars().take(4).collect();
        *sent.entry(cast::department(&get("source")).to_owned()).or_default().entry(year).or_default() += 1;
    }
    let row = |(who, by_year): (&String, &BTreeMap<String, usize>)| {
        let of = |year: &str| by_year.get(year).map_or_else(String::new, usize::to_string);
        let all: usize = by_year.values().sum();
        [who.clone(), of("2022"), of("2023"), of("2024"), of("2025"), of("2026"), all.to_string()]
    };
    Ok(sent.iter().map(row).collect())
}

pub(super) fn decided(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("由此作出的决定", "What was decided")?;
    stage.both(
        "决定就是前后两次推导之差：新记录、更正、修复、异议、裁定、日期推移，同一套算法。",
        "A decision event is the difference between two derivations: a record, a correction, a repair, an objection, a \
         court's ruling or the passing of a day are all the same operation.",
    )?;
    let mut kinds: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for event in &world.told {
        *kinds.entry(event.kind.word()).or_default().entry(name(&event.subject.to_string())).or_default() += 1;
    }
    let row = |(kind, about): (&&str, &BTreeMap<String, usize>)| {
        let each: Vec<String> = about.iter().map(|(who, count)| format!("{who} {count}")).collect();
        [(*kind).to_owned(), about.values().sum::<usize>().to_string(), each.join(", ")]
    };
    stage.table(["decision", "events", "about"], kinds.iter().map(row).collect())?;
    stage.say("")?;
    stage.command("decisions")?;
    stage.claim("decision events", 77, world.told.len());
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
