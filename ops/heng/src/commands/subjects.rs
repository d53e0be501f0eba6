//! `heng subjects`: who has an outcome in force.

use crate::data::{Data, DataArg};
use crate::output::line;
use anyhow::bail;
use heng_core::DecisionEvent;
use heng_model::{Day, DecisionId, SubjectId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng subjects --data ./data --outcome list/tax.major_violation --on 2025-06-01
  heng subjects --data ./data --outcome grade/tax:D --count
  heng subjects --data ./data --outcome measure/procurement.bar --json")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// list/NAME, grade/NAME:VALUE, grade/NAME or measure/NAME
    #[arg(long, value_name = "O")]
    outcome: String,
    /// The day (default: the current day of the log)
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// Only how many
    #[arg(long)]
    count: bool,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let wanted = Wanted::parse(&args.outcome)?;
    let on = match args.on {
        Some(day) => day,
        None => data.today()?,
    };
    // Of each decision only whom its last revision gives the outcome, if anybody: there may be millions.
    let mut latest: BTreeMap<DecisionId, (u32, Option<SubjectId>)> = BTreeMap::new();
    data.each_decision(|event| {
        if latest.get(&event.decision).is_none_or(|(revision, _)| *revision < event.revision) {
            let fits = event.in_force.contains(on) && wanted.fits(&event);
            latest.insert(event.decision, (event.revision, fits.then_some(event.subject)));
        }
        Ok(())
    })?;
    let subjects: BTreeSet<String> =
        latest.into_values().filter_map(|(_, subject)| subject).map(|subject| subject.to_string()).collect();
    if args.json {
        let mut answer = json!({"outcome": args.outcome, "on": on.to_string(), "count": subjects.len()});
        if !args.count
            && let Some(answer) = answer.as_object_mut()
        {
            answer.insert("subjects".to_owned(), json!(subjects));
        }
        line(&answer.to_string())?;
    } else if args.count {
        line(&subjects.len().to_string())?;
    } else {
        for subject in &subjects {
            line(subject)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An outcome asked for.
enum Wanted {
    Entry(String),
    Grade(String),
    Measure(String),
}

impl Wanted {
    fn parse(text: &str) -> anyhow::Result<Self> {
        match text.split_once('/') {
            Some(("list", name)) if !name.is_empty() => Ok(Self::Entry(text.to_owned())),
            Some(("grade", name)) if name.contains(':') => Ok(Self::Entry(text.to_owned())),
            Some(("grade", name)) if !name.is_empty() => Ok(Self::Grade(format!("{text}:"))),
            Some(("measure", name)) if !name.is_empty() => Ok(Self::Measure(name.to_owned())),
            _ => bail!("`{text}` is no outcome: write list/NAME, grade/NAME:VALUE, grade/NAME or measure/NAME"),
        }
    }

    fn fits(&self, event: &DecisionEvent) -> bool {
        match self {
            Self::Entry(entry) => event.outcome == *entry,
            Self::Grade(prefix) => event.outcome.starts_with(prefix),
            Self::Measure(measure) => event.measures.contains(measure),
        }
    }
}
