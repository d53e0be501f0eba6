//! The same at the size of a town.

use super::stage::Stage;
use super::world::World;
use super::{UNTIL, day};
use crate::commands::run::{CHECKPOINT_SUBJECTS, Job, ingest};
use anyhow::Context;
use heng_rules::PackFiles;
use heng_sim::province::{Options, generate};
use serde_json::json;
use std::fs::File;
use std::path::Path;

const SEED: u64 = 7;
const ORGANISATIONS: u64 = 1_000;
const YEARS: u32 = 5;
const PARTITIONS: u16 = 2;

pub(super) fn tell(stage: &mut Stage, root: &Path, files: &PackFiles) -> anyhow::Result<()> {
    stage.chapter("一座合成城镇", "A synthetic town")?;
    stage.both(
        "同样的规则，一千家合成企业、五年的税务和欠薪事件，两个分区：",
        "The same rules on five years of a thousand synthetic organisations, events of tax and wages, in two partitions:",
    )?;
    let events = root.join("town.jsonl");
    let mut file = File::create(&events).with_context(|| format!("cannot write `{}`", events.display()))?;
    let totals = generate(&Options::new(SEED, ORGANISATIONS, YEARS), &mut file, &mut |_| ())?;
    let data = root.join("town");
    let job = Job {
        data: &data,
        files: std::slice::from_ref(&events),
        until: day(UNTIL)?,
        partitions: PARTITIONS,
        checkpoint_subjects: CHECKPOINT_SUBJECTS,
        quiet: true,
    };
    let summary = ingest(&job, files)?;
    stage.say(&format!(
        "read {} = accepted {} + duplicate {} + refused {}; {} decision events about {} subjects in {:.1} s",
        summary.read,
        summary.accepted,
        summary.duplicate,
        summary.refused,
        summary.decisions,
        summary.subjects,
        summary.seconds
    ))?;
    let world = World::open(&data)?;
    let on = day(UNTIL)?;
    let mut rows = Vec::new();
    for measure in &world.pack.measures {
        let bound = world.in_force(on).filter(|event| event.measures.contains(&measure.code));
        let bound: std::collections::BTreeSet<String> = bound.map(|event| event.subject.to_string()).collect();
        rows.push((bound.len(), &measure.code, &measure.words.zh));
    }
    rows.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let shown = rows.iter().take(8).map(|(bound, code, zh)| [(*code).clone(), (*zh).clone(), bound.to_string()]);
    stage.table(["measure 措施", "in words", "subjects on the last day 主体数"], shown.collect())?;
    stage.say("")?;
    stage.say("  $ heng subjects --outcome measure/procurement.ineligible --data $D/town")?;
    stage.claim("lines of the town refused", 0, summary.refused);
    stage.claim("duplicates of the town", totals.duplicates, summary.duplicate);
    stage.claim("does the town have decisions?", true, summary.decisions > 0);
    stage.report("town", json!({"read": summary.read, "decisions": summary.decisions, "seconds": summary.seconds}));
    Ok(())
}
