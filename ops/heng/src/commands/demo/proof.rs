//! The replay that proves it, and what becomes of a log that was altered.

use super::stage::Stage;
use anyhow::Context;
use heng_log::{DataDirView, Hash};
use heng_replay::{PartitionLog, PartitionReport, Stages, verify_all};
use heng_server::Shelf;
use serde_json::{Value, json};
use std::path::Path;

/// A document number on the log, and what a forger makes of it.
const TRUE_NUMBER: &[u8] = "鄂税稽罚〔2026〕30号".as_bytes();
const FALSE_NUMBER: &[u8] = "鄂税稽罚〔2026〕31号".as_bytes();

pub(super) fn tell(stage: &mut Stage, root: &Path) -> anyhow::Result<()> {
    stage.chapter("重放：逐位一致", "The replay that proves it")?;
    stage.both(
        "删去状态库，只凭日志和日志所记的规则包重新推导，逐条逐位比较：",
        "The state store is deleted. From the log, and the pack that it names by hash, everything is derived anew and \
         compared decision by decision, bit for bit:",
    )?;
    let mut rows = Vec::new();
    for name in ["data", "town"] {
        let dir = root.join(name);
        std::fs::remove_dir_all(dir.join("state")).context("the state store")?;
        let reports = replay(&dir)?;
        let total = |of: fn(&PartitionReport) -> u64| reports.iter().map(of).sum::<u64>();
        let (decisions, same) = (total(|it| it.decisions), total(|it| it.same));
        rows.push([
            format!("$D/{name}"),
            total(|it| it.entries).to_string(),
            format!("{same} of {decisions}"),
            reports.iter().map(|it| hex(it.decisions_root)).collect::<Vec<_>>().join("\n"),
        ]);
        stage.claim(&format!("replay of {name}: the same"), true, reports.iter().all(PartitionReport::is_same));
        stage.claim(&format!("replay of {name}: equal decisions"), decisions, same);
        stage.report(if name == "data" { "replay" } else { "replay_of_town" }, as_json(&reports));
    }
    stage.table(["log", "events", "equal decisions", "Merkle root of the decisions, a partition each"], rows)?;
    stage.say("")?;
    stage.command("replay")?;
    stage.say("")?;
    forge(stage, root)
}

fn replay(dir: &Path) -> anyhow::Result<Vec<PartitionReport>> {
    let view = DataDirView::open(dir)?;
    let disk = view.disk();
    let logs = PartitionLog::open_all(&disk, view.meta())?;
    Ok(verify_all(&logs, &Shelf::open(&disk)?, Stages::ALL, &|_| ())?)
}

fn hex(root: Option<Hash>) -> String {
    root.iter().flatten().take(16).map(|byte| format!("{byte:02x}")).collect::<String>() + "…"
}

fn as_json(reports: &[PartitionReport]) -> Value {
    let whole = |root: Option<Hash>| root.iter().flatten().map(|byte| format!("{byte:02x}")).collect::<String>();
    let partitions = reports.iter().map(|it| {
        json!({"partition": it.partition, "events": it.entries, "decisions": it.decisions, "same": it.same,
               "events_root": whole(it.events_root), "decisions_root": whole(it.decisions_root)})
    });
    json!({"same": reports.iter().all(PartitionReport::is_same), "partitions": partitions.collect::<Vec<_>>()})
}

/// One digit of a copy is altered behind the engine's back.
fn forge(stage: &mut Stage, root: &Path) -> anyhow::Result<()> {
    let copy = root.join("forged");
    copy_folder(&root.join("data"), &copy)?;
    let segment = copy.join("log/p0/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).context("the log of the copy")?;
    let at = bytes.windows(TRUE_NUMBER.len()).position(|window| window == TRUE_NUMBER);
    let at = at.context("the document number is not on the log")?;
    if let Some(number) = bytes.get_mut(at..at.saturating_add(FALSE_NUMBER.len())) {
        number.copy_from_slice(FALSE_NUMBER);
    }
    std::fs::write(&segment, bytes).context("the log of the copy")?;
    stage.both(
        "再把日志副本中的处罚文号由30号改为31号，只改一个数字：",
        "And one digit of a document number is altered in a copy of the log, behind the engine's back:",
    )?;
    let found = replay(&copy);
    let caught = match &found {
        Ok(reports) => !reports.iter().all(PartitionReport::is_same),
        Err(_) => true,
    };
    stage.claim("an altered log is found out", true, caught);
    if let Err(error) = found {
        stage.paragraph(&format!("  refused 拒绝: {error:#}"))?;
    }
    stage.say("  $ heng log verify --data $D/forged")
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make `{}`", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read `{}`", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).with_context(|| format!("cannot write `{}`", target.display()))?;
        }
    }
    Ok(())
}
