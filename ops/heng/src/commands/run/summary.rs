//! What a run did, in figures that add up: read = accepted + duplicate + refused.

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
    pub(in crate::commands) decisions: u64,
    pub(in crate::commands) subjects: usize,
    pub(in crate::commands) today: Option<Day>,
    pub(in crate::commands) seconds: f64,
    pub(in crate::commands) dead_letters: PathBuf,
    /// Was the pack activated, or found to be in force?
    pub(in crate::commands) activated: bool,
}

impl Summary {
    pub(in crate::commands) fn print(&self, json: bool) -> anyhow::Result<()> {
        let today = self.today.map(|day| day.to_string());
        let letters = self.dead_letters.display().to_string();
        if json {
            let refused_file = (self.refused > 0).then_some(letters);
            return line(
                &json!({
                    "read": self.read, "accepted": self.accepted, "duplicate": self.duplicate, "refused": self.refused,
                    "decisions": self.decisions, "subjects": self.subjects, "today": today, "seconds": self.seconds,
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
        if self.refused > 0 {
            line(&format!("refused lines, each with its reason: {letters}"))?;
        }
        Ok(())
    }
}
