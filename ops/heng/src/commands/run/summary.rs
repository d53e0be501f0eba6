//! What a run did, in figures that add up: read = accepted + duplicate + refused.
//!
//! # Invariants
//!
//! What an earlier run accepted, or this one long before, and the fold refused only now is no part of the sum.

use crate::output::line;
use heng_model::Day;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Default)]
pub(in crate::commands) struct Summary {
    pub(in crate::commands) read: u64,
    pub(in crate::commands) accepted: u64,
    pub(in crate::commands) duplicate: u64,
    pub(in crate::commands) refused: u64,
    /// Events on the log of which the fold told only now that it refuses them, their lines long counted as accepted.
    pub(in crate::commands) refused_late: u64,
    pub(in crate::commands) decisions: u64,
    pub(in crate::commands) subjects: usize,
    pub(in crate::commands) today: Option<Day>,
    pub(in crate::commands) seconds: f64,
    pub(in crate::commands) dead_letters: PathBuf,
}

impl Summary {
    /// Was anything refused, and written to the dead letters?
    pub(in crate::commands) fn has_letters(&self) -> bool {
        self.refused > 0 || self.refused_late > 0
    }

    pub(in crate::commands) fn print(&self, json: bool) -> anyhow::Result<()> {
        let today = self.today.map(|day| day.to_string());
        let letters = self.dead_letters.display().to_string();
        if json {
            let refused_file = self.has_letters().then_some(letters);
            return line(
                &json!({
                    "read": self.read, "accepted": self.accepted, "duplicate": self.duplicate, "refused": self.refused,
                    "refused_late": self.refused_late, "decisions": self.decisions, "subjects": self.subjects, "today": today, "seconds": self.seconds,
                    "dead_letters": refused_file,
                })
                .to_string(),
            );
        }
        let rate = if self.seconds > 0.0 { self.read as f64 / self.seconds } else { 0.0 };
        line(&format!(
            "read {} = accepted {} + duplicate {} + refused {}",
            self.read, self.accepted, self.duplicate, self.refused
        ))?;
        line(&format!(
            "{} decision events about {} subjects; the current day is {}; {:.1} s, {rate:.0} events/s",
            self.decisions,
            self.subjects,
            today.as_deref().unwrap_or("not opened"),
            self.seconds
        ))?;
        if self.refused_late > 0 {
            line(&format!("refused late, on the log already: {}", self.refused_late))?;
        }
        if self.has_letters() {
            line(&format!("refused lines, each with its reason: {letters}"))?;
        }
        Ok(())
    }
}
