//! `heng pack mutate`: which boundaries of a pack's rules no case tests.

use crate::data::read_pack;
use crate::output::{line, progress, table};
use heng_replay::mutants::{Fate, Mutants, Tried};
use heng_rules::mutation::Owner;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack mutate rules/packs/cn-hubei
  heng pack mutate rules/packs/cn-hubei --rule tax.major_violation
  heng pack mutate rules/packs/cn-hubei --json

Each number, amount, comparison, period and date of a rule, of the facts that it reads and of their items is moved by its
smallest step (one, one fen, one day), one at a time, and the cases that touch the rule are run. Where a case fails, the
boundary is tested. Where none does, the change is shown with its place and a case that would notice it.

Terms in months and years are moved to a day less than they ever are, and to a day more. A move may make no difference
at all, because something else ends earlier anyway: then there is nothing to test.

Exit code 0: every move is noticed; 3: some are not; 1: failure.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Only this rule, with the facts and items that it reads
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// One unnoticed move a line, as JSON; the last line is the total
    #[arg(long)]
    json: bool,
}

/// Exit code where some moves are not noticed.
const SOME_SURVIVED: u8 = 3;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mutants = Mutants::plan(&read_pack(&args.dir)?, args.rule.as_deref())?;
    let bar = progress(u64::try_from(mutants.len())?, "mutants", args.json);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tried = mutants.run(threads, &|| bar.inc(1));
    bar.finish_and_clear();
    let survived: Vec<&Tried> = tried.iter().filter(|it| it.fate == Fate::Survived).collect();
    for it in &survived {
        line(&if args.json { survivor_json(it).to_string() } else { survivor_text(&args.dir, it) })?;
    }
    let count = |fate: Fate| tried.iter().filter(|it| it.fate == fate).count();
    let (killed, refused) = (count(Fate::Killed), count(Fate::Refused));
    if args.json {
        line(
            &json!({"moved": tried.len(), "noticed": killed, "refused": refused, "unnoticed": survived.len()})
                .to_string(),
        )?;
    } else {
        by_owner(&tried)?;
        line(&format!(
            "{} moves: {killed} noticed by a case, {refused} refused by the loader, {} unnoticed",
            tried.len(),
            survived.len()
        ))?;
    }
    Ok(if survived.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_SURVIVED) })
}

fn survivor_text(dir: &Path, it: &Tried) -> String {
    let change = &it.mutation;
    let place = dir.join(&change.place.file);
    format!(
        "{}:{}:{}: {}: `{}` {} -> {} is noticed by no case ({} tried)\n  write: {}\n",
        place.display(),
        change.place.line,
        change.place.column,
        owner(&change.owner),
        change.clause,
        change.from,
        change.to,
        it.cases,
        it.advice
    )
}

fn survivor_json(it: &Tried) -> Value {
    let change = &it.mutation;
    json!({
        "owner": owner(&change.owner), "rules": it.rules, "file": change.place.file, "line": change.place.line,
        "column": change.place.column, "clause": change.clause, "from": change.from, "to": change.to, "cases": it.cases,
        "advice": it.advice,
    })
}

fn owner(owner: &Owner) -> String {
    match owner {
        Owner::Rule(id) => format!("rule {id}"),
        Owner::Fact(sector, name) => format!("fact {sector}/{name}"),
        Owner::Item(code) => format!("item {code}"),
    }
}

/// What was moved of each rule, fact and item of which something was.
fn by_owner(tried: &[Tried]) -> anyhow::Result<()> {
    let mut owners: Vec<&Owner> = tried.iter().map(|it| &it.mutation.owner).collect();
    owners.sort();
    owners.dedup();
    let mut shown = table(["moved in", "moves", "noticed", "refused", "unnoticed"]);
    for known in owners {
        let of = |fate: Option<Fate>| {
            let wanted = |it: &&Tried| it.mutation.owner == *known && fate.is_none_or(|fate| it.fate == fate);
            tried.iter().filter(wanted).count().to_string()
        };
        let fates = [None, Some(Fate::Killed), Some(Fate::Refused), Some(Fate::Survived)];
        let [all, killed, refused, survived] = fates.map(of);
        shown.add_row([owner(known), all, killed, refused, survived]);
    }
    line(&shown.to_string())
}
