//! `heng pack test --watch`: the cases again with every save, and what changed.
//!
//! The files are read a few times a second and compared: that works wherever the folder lies, however an editor writes,
//! and a pack is small.

use super::{failed_text, place_of};
use crate::data::read_pack;
use crate::output::line;
use heng_replay::cases::{CasesReport, run_cases};
use heng_rules::PackFiles;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

/// How often the files are read.
const READ_EVERY_MS: u64 = 250;
/// Erases the screen and what scrolled off it, and begins at its top.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// Where each case stands, by its name, and what failed.
type Outcomes = BTreeMap<String, Option<String>>;

/// Watches until it is stopped.
pub(super) fn watch(dir: &Path, part: Option<&str>) -> anyhow::Result<()> {
    let mut seen: Option<PackFiles> = None;
    let mut before: Option<Outcomes> = None;
    // A folder that cannot be read at first is a mistake; later, an editor is at work in it.
    read_pack(dir)?;
    loop {
        if let Ok(files) = read_pack(dir)
            && seen.as_ref() != Some(&files)
        {
            if std::io::stdout().is_terminal() {
                line(CLEAR)?;
            }
            match run_cases(&files, part) {
                Ok(report) => before = Some(tell(dir, &report, before.as_ref())?),
                Err(error) => line(&error.to_string())?,
            }
            line(&format!("watching {}: save a file to run again, Ctrl-C to stop", dir.display()))?;
            seen = Some(files);
        }
        std::thread::sleep(Duration::from_millis(READ_EVERY_MS));
    }
}

/// Tells what differs from the run before; of the first run, what fails.
fn tell(dir: &Path, report: &CasesReport, before: Option<&Outcomes>) -> anyhow::Result<Outcomes> {
    let outcome = |failed: bool, text: String| failed.then_some(text);
    let now: Outcomes = report
        .runs
        .iter()
        .map(|run| (run.case.name.clone(), outcome(!run.failures.is_empty(), failed_text(dir, run))))
        .collect();
    let was = |name: &str| before.and_then(|before| before.get(name));
    for run in &report.runs {
        let (name, place) = (&run.case.name, place_of(dir, &run.case.place));
        match (was(name), now.get(name).and_then(Option::as_ref)) {
            (Some(Some(old)), Some(new)) if old == new => line(&format!("still fails: {place}: {name}"))?,
            (_, Some(new)) => line(new)?,
            (Some(Some(_)), None) => line(&format!("passes now: {place}: {name}"))?,
            (None, None) if before.is_some() => line(&format!("new, passes: {place}: {name}"))?,
            (_, None) => {}
        }
    }
    let failed = report.failed_len();
    line(&format!("{} passed, {failed} failed", report.runs.len() - failed))?;
    Ok(now)
}
