//! `heng demo`: the whole story once, on the code that the other commands run.
//!
//! # Invariants
//!
//! Nothing is read from the checkout: pack and events are part of the program. Everything told is read back from the
//! log that was just written, and held against what the story expects: a deviation is an error.

mod bundle;
mod cast;
mod clocks;
mod five_years;
mod intake;
mod linked;
mod proof;
mod stage;
mod timeline;
mod town;
mod verdicts;
mod world;

use anyhow::Context;
use heng_model::Day;
use stage::Stage;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use tempfile::TempDir;
use world::World;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng demo
  heng demo --keep     keeps the folder and prints its path, to go on with check, explain, history, replay …
  heng demo --json     the expectations and the replays, for machines

Everybody in it is made up. Exit code 0: everything came out as the story expects; 1: something did not.")]
pub(crate) struct Args {
    /// Keep the temporary folder
    #[arg(long)]
    keep: bool,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let folder = tempfile::Builder::new().prefix("heng-demo-").tempdir().context("no temporary folder")?;
    let mut stage = Stage::new(args.json);
    let told = tell(&mut stage, folder.path());
    let path = end(folder, args.keep);
    if let Err(error) = told {
        return Err(if path.is_empty() { error } else { error.context(format!("the folder is kept: {path}")) });
    }
    stage.finish(&path, started.elapsed().as_secs_f64())?;
    Ok(if stage.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The path of the folder where it is kept; empty where it is gone.
fn end(folder: TempDir, keep: bool) -> String {
    if keep {
        return folder.keep().display().to_string();
    }
    // A folder that cannot be removed is the system's to clean: the story was told all the same.
    let _ = folder.close();
    String::new()
}

fn tell(stage: &mut Stage, root: &Path) -> anyhow::Result<()> {
    let files = bundle::write(root)?;
    stage.open()?;
    intake::tell(stage, root, &files)?;
    let world = World::open(&root.join("data"))?;
    intake::decided(stage, &world)?;
    five_years::construction(stage, &world)?;
    five_years::instruments(stage, &world)?;
    five_years::chemicals(stage, &world)?;
    verdicts::bars(stage, &world)?;
    verdicts::favours(stage, &world)?;
    verdicts::lifts(stage, &world)?;
    clocks::tell(stage, &world)?;
    linked::tell(stage, &world)?;
    town::tell(stage, root, &files)?;
    proof::tell(stage, root)
}

/// A day of the story.
fn day(text: &str) -> anyhow::Result<Day> {
    text.parse().with_context(|| format!("`{text}` in the story"))
}

/// The last day of the story.
const UNTIL: &str = "2026-10-31";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn everything_comes_out_as_the_story_expects() {
        let folder = tempfile::tempdir().unwrap();
        let mut stage = Stage::new(true);
        tell(&mut stage, folder.path()).unwrap();
        assert!(stage.holds());
    }
}
