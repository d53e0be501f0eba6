//! `heng scorecard`: whether decisions reached those who must act on them, and what these answered.

use crate::data::{Data, DataArg};
use crate::output::{line, table};
use anyhow::Context;
use heng_model::Day;
use heng_replay::{
    OverdueDuty, PartitionLog, Scorecard, ScorecardQuestion, ScorecardRow, UnacknowledgedLift, scorecard,
};
use heng_server::Shelf;
use heng_server::subscription::Names;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng scorecard --data ./data                        every authority, as of the log's current day
  heng scorecard --data ./data --authority finance    one authority
  heng scorecard --data ./data --on 2026-06-30 --json one object, for machines

It may run while a server writes to the directory. A duty is a decision that was issued with a measure, for each authority
that carries it out, until a later revision no longer names it. Delivered: acknowledged by a durable subscription whose filter names the authority. Each unanswered
duty is in one column: open (its deadline is ahead), overdue, missed (it ended after its deadline), lapsed (it ended
before, or has none), no deadline (the pack states none: `answer_within`). Late: first answered after the deadline,
by the day on which the answer reached Heng.
Exit code 0: nothing is overdue and every lift was acknowledged; 3: something is listed.")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// Only this authority, by code
    #[arg(long, value_name = "CODE")]
    authority: Option<String>,
    /// As it stood at the end of this day (default: the current day of the log)
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let disk = data.view.disk();
    if let Some(code) = &args.authority {
        let pack = data.pack()?;
        let known: Vec<&str> = pack.authorities.iter().map(|it| it.code.as_str()).collect();
        let is_known = known.contains(&code.as_str());
        anyhow::ensure!(is_known, "the pack has no authority `{code}`; its authorities are {}", known.join(", "));
    }
    let on = args.on.map_or_else(|| data.today(), Ok)?;
    let logs = PartitionLog::open_all(&disk, data.view.meta()).context("the log cannot be read")?;
    let deliveries = Names::read(disk.clone(), data.view.meta(), usize::MAX)?.deliveries();
    let packs = Shelf::open(&disk)?;
    let has_reached = |code: &str, partition, seq, bytes: &[u8]| deliveries.has_reached(code, partition, seq, bytes);
    let question = ScorecardQuestion { authority: args.authority.clone(), on: Some(on), listed_max: None };
    let card = scorecard(&logs, &packs, &has_reached, &question).context("the log cannot be counted")?;
    if args.json {
        line(&json(&card, on).to_string())?;
    } else {
        print(&card, on)?;
    }
    let is_clear = card.overdue.is_empty() && card.lifts.is_empty();
    Ok(if is_clear { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn json(card: &Scorecard, on: Day) -> Value {
    let row = |it: &ScorecardRow| {
        let reasons = it.reasons.iter().map(|(reason, count)| json!({"reason": reason, "count": count}));
        json!({
            "authority": it.authority, "measure": it.measure, "duties": it.duties, "delivered": it.delivered,
            "applied": it.applied, "not_applied": it.not_applied, "late": it.late, "late_days": it.late_days,
            "open": it.open, "overdue": it.overdue, "missed": it.missed, "lapsed": it.lapsed,
            "no_deadline": it.no_deadline, "lifts": it.lifts, "lifts_acknowledged": it.lifts_acknowledged,
            "reasons": reasons.collect::<Vec<_>>(),
        })
    };
    let overdue = |it: &OverdueDuty| {
        json!({
            "authority": it.authority, "measure": it.measure, "decision": it.decision.to_string(),
            "subject": it.subject.to_string(), "issued_on": it.issued_on.to_string(),
            "due_on": it.due_on.to_string(), "days": it.days, "delivered": it.is_delivered,
        })
    };
    let lift = |it: &UnacknowledgedLift| {
        json!({
            "authority": it.authority, "decision": it.decision.to_string(), "subject": it.subject.to_string(),
            "measures": it.measures, "kind": it.kind.word(), "since": it.since.to_string(),
            "seq": format!("{}:{}", it.at.0, it.at.1),
        })
    };
    json!({
        "on": on.to_string(), "rows": card.rows.iter().map(row).collect::<Vec<_>>(),
        "overdue": card.overdue.iter().map(overdue).collect::<Vec<_>>(),
        "lifts": card.lifts.iter().map(lift).collect::<Vec<_>>(),
    })
}

fn print(card: &Scorecard, on: Day) -> anyhow::Result<()> {
    line(&format!("as of {on}"))?;
    if card.rows.is_empty() {
        return line("no decision has named a measure yet");
    }
    let mut rows = table([
        "authority",
        "measure",
        "duties",
        "delivered",
        "applied",
        "not applied",
        "late",
        "open",
        "overdue",
        "missed",
        "lapsed",
        "no deadline",
        "lifts",
        "acknowledged",
    ]);
    for it in &card.rows {
        let late = if it.late == 0 { "0".to_owned() } else { format!("{} ({} days)", it.late, it.late_days) };
        rows.add_row([
            it.authority.clone(),
            it.measure.clone(),
            it.duties.to_string(),
            it.delivered.to_string(),
            it.applied.to_string(),
            it.not_applied.to_string(),
            late,
            it.open.to_string(),
            it.overdue.to_string(),
            it.missed.to_string(),
            it.lapsed.to_string(),
            it.no_deadline.to_string(),
            it.lifts.to_string(),
            it.lifts_acknowledged.to_string(),
        ]);
    }
    line(&rows.to_string())?;
    for it in card.rows.iter().filter(|it| !it.reasons.is_empty()) {
        line(&format!("not applied by {} ({}):", it.authority, it.measure))?;
        it.reasons.iter().try_for_each(|(reason, count)| line(&format!("  {count} × {reason}")))?;
    }
    if !card.overdue.is_empty() {
        line("overdue:")?;
        let mut rows = table(["due", "days", "authority", "measure", "subject", "issued", "delivered", "decision"]);
        for it in &card.overdue {
            rows.add_row([
                it.due_on.to_string(),
                it.days.to_string(),
                it.authority.clone(),
                it.measure.clone(),
                it.subject.to_string(),
                it.issued_on.to_string(),
                if it.is_delivered { "yes" } else { "no" }.to_owned(),
                format!("{:.12}", it.decision.to_string()),
            ]);
        }
        line(&rows.to_string())?;
    }
    if !card.lifts.is_empty() {
        line("lifted, revoked or freed of the measure, and not acknowledged by who had applied it:")?;
        let mut rows = table(["since", "kind", "authority", "measures", "subject", "decision"]);
        for it in &card.lifts {
            rows.add_row([
                it.since.to_string(),
                it.kind.word().to_owned(),
                it.authority.clone(),
                it.measures.join(", "),
                it.subject.to_string(),
                format!("{:.12}", it.decision.to_string()),
            ]);
        }
        line(&rows.to_string())?;
    }
    Ok(())
}
