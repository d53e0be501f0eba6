//! `heng check`: one check.

use super::decisions::days;
use crate::data::{Data, DataArg};
use crate::output::{line, table};
use anyhow::bail;
use heng_core::DecisionEvent;
use heng_model::Day;
use heng_rules::{Effect, Matter, Pack};
use heng_server::verdict;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng check 91420100MA49XK7P6T procurement.bid --on 2025-06-01 --data ./data

Exit code 0: clear or favour; 3: caution or restrict; 4: bar.")]
pub(crate) struct Args {
    /// The subject, by any of its codes
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// The matter, as the pack names it
    #[arg(value_name = "MATTER")]
    matter: String,
    /// The day (default: the current day of the log)
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    #[command(flatten)]
    data: DataArg,
    /// JSON
    #[arg(long)]
    json: bool,
}

/// A measure in force that bears on the matter.
pub(super) struct Bearing<'a> {
    pub(super) effect: Effect,
    pub(super) measure: &'a str,
    pub(super) decision: &'a DecisionEvent,
}

/// What a check found.
pub(super) struct Answer<'a> {
    pub(super) verdict: Option<Effect>,
    /// The strongest first.
    pub(super) bearings: Vec<Bearing<'a>>,
    pub(super) next_change: Option<Day>,
}

impl Answer<'_> {
    pub(super) fn word(&self) -> &'static str {
        verdict::word(self.verdict)
    }
}

/// Checks a matter on a day, by the last revisions of a subject's decisions.
pub(super) fn answer<'a>(pack: &'a Pack, matter: &'a Matter, decisions: &[&'a DecisionEvent], on: Day) -> Answer<'a> {
    let code = |index: heng_rules::MeasureIdx| pack.measures.get(index.at()).map(|measure| measure.code.as_str());
    let mut effects: Vec<(&str, Effect)> =
        matter.effects.iter().filter_map(|(index, effect)| Some((code(*index)?, *effect))).collect();
    effects.sort_by_key(|(code, _)| *code);
    let found = verdict::judge(&effects, decisions.iter().copied(), on);
    let bearing = |it: &verdict::Bearing<&'a DecisionEvent>| {
        let (measure, _) = effects.get(it.measure)?;
        Some(Bearing { effect: it.effect, measure, decision: it.decision })
    };
    let bearings = found.bearings.iter().filter_map(bearing).collect();
    Answer { verdict: found.verdict, bearings, next_change: found.next_change }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let pack = data.pack()?;
    let Some(matter) = pack.matters.iter().find(|matter| matter.code == args.matter) else {
        let known: Vec<&str> = pack.matters.iter().map(|matter| matter.code.as_str()).collect();
        bail!(
            "pack {}@{} has no matter `{}`; its matters are {}",
            pack.name,
            pack.version,
            args.matter,
            known.join(", ")
        );
    };
    let subject = data.resolve(&args.subject, Some(&pack))?;
    let on = match args.on {
        Some(day) => day,
        None => data.today()?,
    };
    // Before the decisions: what is appended meanwhile is not claimed to be part of the answer.
    let reflected = data.position(subject.partition(data.view.meta().partitions))?;
    let latest = data.latest_about(&subject)?;
    let decisions: Vec<&DecisionEvent> = latest.values().filter(|event| event.subject == subject).collect();
    let found = answer(&pack, matter, &decisions, on);
    let Answer { verdict, bearings, next_change } = &found;
    let word = found.word();
    if args.json {
        let measures: Vec<Value> = bearings.iter().map(bearing_json).collect();
        line(
            &json!({
                "verdict": word, "measures": measures, "position": reflected.map(|it| it.to_string()),
                "next_change": next_change.map(|day| day.to_string()), "subject": subject.to_string(),
                "matter": args.matter, "on": on.to_string(), "pack": format!("{}@{}", pack.name, pack.version),
            })
            .to_string(),
        )?;
    } else {
        print(word, &subject.to_string(), &args.matter, on, *next_change, bearings)?;
    }
    Ok(ExitCode::from(match verdict {
        Some(Effect::Bar) => 4,
        Some(Effect::Restrict | Effect::Caution) => 3,
        Some(Effect::Favour) | None => 0,
    }))
}

fn bearing_json(it: &Bearing<'_>) -> Value {
    let event = it.decision;
    let grounds = event
        .grounds
        .iter()
        .map(|ground| json!({"source": ground.source, "record": ground.record, "document_no": ground.document_no}));
    let open = |day: Day| (!day.is_forever()).then(|| day.to_string());
    let in_force: Vec<Value> =
        event.in_force.spans().iter().map(|span| json!([span.first.to_string(), open(span.last)])).collect();
    json!({
        "measure": it.measure, "effect": it.effect.word(), "decision": event.decision.to_string(), "rule": event.rule,
        "outcome": event.outcome, "basis": event.basis, "in_force": in_force,
        "grounds": grounds.collect::<Vec<_>>(), "authorities": event.authorities,
        "explanation": {"zh": event.explanation.zh, "en": event.explanation.en},
        "remedy": {"objection": event.remedy_objection.zh, "repair": event.remedy_repair.zh,
                   "objection_en": event.remedy_objection.en, "repair_en": event.remedy_repair.en},
    })
}

fn print(
    word: &str,
    subject: &str,
    matter: &str,
    on: Day,
    next_change: Option<Day>,
    bearings: &[Bearing<'_>],
) -> anyhow::Result<()> {
    let next =
        next_change.map_or("nothing changes by itself".to_owned(), |day| format!("next change by itself on {day}"));
    line(&format!("{word}: {subject} for {matter} on {on} ({next})"))?;
    if bearings.is_empty() {
        return Ok(());
    }
    let mut rows = table(["effect", "measure", "rule", "days in force", "basis", "grounds"]);
    for it in bearings {
        let grounds = it.decision.grounds.iter().map(|ground| ground.document_no.as_ref().unwrap_or(&ground.record));
        rows.add_row([
            it.effect.word().to_owned(),
            it.measure.to_owned(),
            it.decision.rule.clone(),
            days(&it.decision.in_force),
            it.decision.basis.join(", "),
            grounds.cloned().collect::<Vec<_>>().join(", "),
        ]);
    }
    line(&rows.to_string())?;
    let mut explained = BTreeSet::new();
    for it in bearings.iter().filter(|it| explained.insert(it.decision.decision)) {
        line(&it.decision.explanation.zh)?;
        line(&it.decision.explanation.en)?;
        line(&format!("{} {}", it.decision.remedy_objection.zh, it.decision.remedy_repair.zh))?;
        line(&format!("{} {}", it.decision.remedy_objection.en, it.decision.remedy_repair.en))?;
    }
    Ok(())
}
