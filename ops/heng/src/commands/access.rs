//! `heng access`: who looked at what, and on the strength of which decisions they were answered.

use crate::data::{Data, DataArg};
use crate::output::{line, note, table};
use anyhow::{Context, bail};
use heng_files::{format_instant, parse_instant};
use heng_model::Day;
use heng_server::access::{AccessLog, Look, Seen};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng access --data ./data                                  the latest look-ups, and totals
  heng access --data ./data --subject 91420100MA49XK7P6T     who asked about a subject
  heng access --data ./data --decision 5f0c2a                who was answered on the strength of a decision, to undo harm
  heng access --data ./data --caller approval.wuhan --since 2026-11-01T00:00:00+08:00 --json

Conditions are joined: a look-up is shown where all hold. A list of everyone concerned by a matter (`list`) names nobody
here: it is shown for every subject and decision, with how many it named and what of the log it reflects, from which who
they were is found again (`heng replay --as-of DAY --known-at POSITION`). A subject that was merged is asked for under each of its ids.
What was answered in the last moments before a crash may miss: see access.sync_every_ms in the configuration.")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// Only look-ups about this subject, by any of its codes
    #[arg(long, value_name = "S")]
    subject: Option<String>,
    /// Only look-ups on which this decision bore: its id, or the first digits of it
    #[arg(long, value_name = "ID")]
    decision: Option<String>,
    /// Only look-ups by this caller, as it named itself, or as peer:ADDRESS
    #[arg(long, value_name = "C")]
    caller: Option<String>,
    /// Only look-ups for this matter
    #[arg(long, value_name = "M")]
    matter: Option<String>,
    /// Only look-ups from this instant on: 2026-11-25T09:30:00+08:00, or a day, in UTC
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<i64>,
    /// Rows shown at most, the latest ones; totals and JSON have all
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
    /// One look-up a line, as JSON
    #[arg(long)]
    json: bool,
}

const DAY_MS: i64 = 86_400_000;

fn since(text: &str) -> Result<i64, String> {
    match text.parse::<Day>() {
        Ok(day) => Ok(i64::from(day.number()) * DAY_MS),
        Err(_) => parse_instant(text).map_err(|error| error.to_string()),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let wanted = Wanted::of(args, &data)?;
    let mut shown = Shown { rows: VecDeque::new(), limit: args.limit.max(1), as_json: args.json, ..Shown::default() };
    let log = AccessLog::open(&data.view)?;
    let first_day = args.since.map(|ms| Day::from_number(i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)));
    let torn = log.each(first_day, |look| match wanted.fits(&look) {
        Some(seen) => shown.add(&look, &seen),
        None => {
            shown.is_going_on = false;
            anyhow::Ok(())
        }
    })?;
    torn.iter()
        .for_each(|torn| note(&format!("note: the end of a journal is incomplete, as a crash leaves it: {torn}")));
    shown.end()?;
    Ok(ExitCode::SUCCESS)
}

/// What is asked for.
struct Wanted<'a> {
    args: &'a Args,
    /// The subject as given, and as it is called now.
    subjects: Vec<String>,
    decision: Option<String>,
}

impl<'a> Wanted<'a> {
    fn of(args: &'a Args, data: &Data) -> anyhow::Result<Self> {
        let mut subjects: Vec<String> = args.subject.iter().cloned().collect();
        if let Some(given) = &args.subject {
            subjects.push(data.resolve(given, None).context("--subject")?.to_string());
        }
        let decision = args.decision.as_ref().map(|id| id.to_ascii_lowercase());
        if let Some(id) = &decision
            && (id.len() < 4 || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            bail!("--decision: `{id}` is no decision's id: write 4 to 64 of its hexadecimal digits");
        }
        Ok(Self { args, subjects, decision })
    }

    /// Those of the subjects seen that are asked for; none where the look-up is not.
    fn fits<'l>(&self, look: &'l Look) -> Option<Vec<&'l Seen>> {
        let is_caller = self.args.caller.as_ref().is_none_or(|caller| *caller == look.caller);
        if !is_caller || self.args.since.is_some_and(|since| look.at_ms < since) {
            return None;
        }
        if look.named.is_some() {
            return self.args.matter.as_ref().is_none_or(|it| look.matters.contains(it)).then(Vec::new);
        }
        let seen: Vec<&Seen> = look.seen.iter().filter(|seen| self.fits_seen(seen)).collect();
        let is_any = self.subjects.is_empty() && self.decision.is_none() && self.args.matter.is_none();
        (is_any || !seen.is_empty()).then_some(seen)
    }

    fn fits_seen(&self, seen: &Seen) -> bool {
        let has = |id: &String| seen.decisions.iter().any(|decision| decision.to_string().starts_with(id));
        (self.subjects.is_empty() || self.subjects.contains(&seen.subject))
            && self.args.matter.as_ref().is_none_or(|matter| *matter == seen.matter)
            && self.decision.as_ref().is_none_or(has)
    }
}

/// What is shown, and how much of it there is.
#[derive(Default)]
struct Shown {
    as_json: bool,
    limit: usize,
    rows: VecDeque<[String; 9]>,
    all_rows: u64,
    looks: u64,
    callers: BTreeSet<String>,
    subjects: BTreeSet<String>,
    lists: u64,
    /// Was the part before shown?
    is_going_on: bool,
}

impl Shown {
    fn add(&mut self, look: &Look, seen: &[&Seen]) -> anyhow::Result<()> {
        self.looks += u64::from(!(look.is_continued && self.is_going_on));
        self.is_going_on = true;
        self.lists += u64::from(look.named.is_some());
        if !self.callers.contains(&look.caller) {
            self.callers.insert(look.caller.clone());
        }
        for it in seen.iter().filter(|it| !it.subject.is_empty()) {
            if !self.subjects.contains(&it.subject) {
                self.subjects.insert(it.subject.clone());
            }
        }
        if self.as_json {
            return line(&as_json(look, seen).to_string());
        }
        if seen.is_empty() {
            let subject = match look.named {
                Some(named) => format!("({named} named)"),
                None => "-".to_owned(),
            };
            self.row(row(look, subject, look.matters.join(", "), look.at_least_verdict, String::new()));
        }
        for it in seen {
            let mut decisions: Vec<String> =
                it.decisions.iter().map(|id| id.to_string().chars().take(12).collect()).collect();
            decisions.extend((it.more_decisions > 0).then(|| format!("and {} more", it.more_decisions)));
            self.row(row(look, it.subject.clone(), it.matter.clone(), it.verdict, decisions.join(" ")));
        }
        Ok(())
    }

    fn row(&mut self, row: [String; 9]) {
        self.all_rows += 1;
        if self.rows.len() == self.limit {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    fn end(self) -> anyhow::Result<()> {
        if self.as_json {
            return Ok(());
        }
        if self.looks == 0 {
            return line("no such look-up is in the access log");
        }
        let hidden = self.all_rows.saturating_sub(self.rows.len().try_into()?);
        let header = ["time", "caller", "asked", "purpose", "subject", "matter", "day", "verdict", "decisions"];
        let mut rows = table(header);
        self.rows.into_iter().for_each(|row| _ = rows.add_row(row));
        line(&rows.to_string())?;
        if hidden > 0 {
            line(&format!("{hidden} earlier rows are not shown: --limit N shows more, --json all"))?;
        }
        let (callers, subjects) = (self.callers.len(), self.subjects.len());
        line(&format!(
            "{} look-ups by {callers} callers about {subjects} subjects, {} of them lists of everyone concerned",
            self.looks, self.lists
        ))
    }
}

fn row(look: &Look, subject: String, matter: String, verdict: &str, decisions: String) -> [String; 9] {
    let day = look.as_of.map(|day| day.to_string()).unwrap_or_default();
    let (time, caller, purpose) = (format_instant(look.at_ms), look.caller.clone(), look.purpose.clone());
    [time, caller, look.kind.to_owned(), purpose, subject, matter, day, verdict.to_owned(), decisions]
}

fn as_json(look: &Look, seen: &[&Seen]) -> Value {
    let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let one = |it: &&Seen| {
        json!({
            "subject": it.subject, "matter": stated(&it.matter), "verdict": stated(it.verdict),
            "decisions": it.decisions.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "more_decisions": it.more_decisions,
        })
    };
    let position = |(partition, entries): (usize, &u64)| Some(format!("{partition}:{}", entries.checked_sub(1)?));
    json!({
        "time": format_instant(look.at_ms), "caller": look.caller, "asked": look.kind, "purpose": stated(&look.purpose),
        "as_of": look.as_of.map(|day| day.to_string()),
        "reflects": look.reflected.iter().enumerate().filter_map(position).collect::<Vec<_>>(),
        "seen": seen.iter().map(one).collect::<Vec<_>>(), "seen_in_all": look.seen.len(), "refused": look.refused,
        "named": look.named, "matters": look.matters, "at_least_verdict": stated(look.at_least_verdict),
        "after": stated(&look.after), "continued": look.is_continued,
    })
}
