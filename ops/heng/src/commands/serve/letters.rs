//! Events that the fold refused after they were on the log: kept beside those of `heng run`, each position once.

use crate::commands::run::DeadLetters;
use heng_core::{Content, Entry, Refusal};
use heng_files::{event_json, parse_instant};
use heng_server::runner;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The dead-letter file of a running server.
pub(super) type SharedLetters = Arc<Mutex<DeadLetters>>;

pub(super) struct Letters(pub(super) SharedLetters);

impl runner::DeadLetters for Letters {
    fn keep(&mut self, entry: &Entry<'_>, claimed_time: Option<&str>, refusal: &Refusal) -> io::Result<()> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.has(entry.position) {
            return Ok(());
        }
        let line = match &entry.content {
            Content::Event { event, .. } => {
                let claimed_ms = claimed_time.and_then(|text| parse_instant(text).ok());
                event_json(event, Some(claimed_ms.unwrap_or(entry.known_ms))).to_string()
            }
            Content::Control(_) | Content::Derived(_) => String::new(),
        };
        let put = letters.put(None, Some(entry.position), line.as_bytes(), &refusal.to_string());
        put.map_err(io::Error::other)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sync().map_err(io::Error::other)
    }
}
