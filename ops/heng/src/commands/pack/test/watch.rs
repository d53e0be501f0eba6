//! `heng pack test --watch`: the cases again with every save, and what changed.
//!
//! The files are read a few times a second and compared: that works wherever the folder lies, however an editor writes,
//! and a pack is small.

use super::{failed_text, place_of};
use crate::data::read_pack;
use crate::output::line;
use heng_replay::cases::{CaseRun, CasesReport, run_cases};
use heng_rules::PackFiles;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

/// How often the files are read.
const READ_EVERY_MS: u64 = 250;
/// Erases the screen and what scrolled off it, and begins at its top.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// Where each case stands, and what failed.
type Outcomes = BTreeMap<Key, Option<String>>;
/// A case from run to run: its file, its name, and which of that name in the file it is; names may repeat.
type Key = (String, String, usize);

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
    let keys = keys(&report.runs);
    let now: Outcomes = keys
        .iter()
        .zip(&report.runs)
        .map(|(key, run)| (key.clone(), outcome(!run.failures.is_empty(), failed_text(dir, run))))
        .collect();
    let was = |key: &Key| before.and_then(|before| before.get(key));
    for (key, run) in keys.iter().zip(&report.runs) {
        let (name, place) = (&run.case.name, place_of(dir, &run.case.place));
        match (was(key), now.get(key).and_then(Option::as_ref)) {
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

fn keys(runs: &[CaseRun]) -> Vec<Key> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut keys = Vec::new();
    for run in runs {
        let (file, name) = (run.case.place.file.clone(), run.case.name.clone());
        let nth = seen.entry((file.clone(), name.clone())).or_default();
        *nth += 1;
        keys.push((file, name, *nth));
    }
    keys
}
