//! How many decisions the topic is known to hold: a small file a partition in the data directory.
//!
//! # Invariants
//!
//! It is no second truth: what goes to the topic follows from the topic and the log alone. It only tells a topic that is
//! behind, which is caught up with, from one that lost its end, which is refused. It is written behind commits, now and
//! then, and so says less than the topic, never more.

use super::error::Differs;
use heng_log::{Disk as _, RealDisk};
use serde::{Deserialize, Serialize};
use std::io;
use std::time::{Duration, Instant};

/// It is written so often at most.
const EVERY: Duration = Duration::from_secs(2);
/// The folder inside the data directory.
pub(super) const FOLDER: &str = "kafka";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    cluster: String,
    topic: String,
    decisions: u64,
}

/// What was committed.
#[derive(Debug)]
pub(super) struct Remembered {
    disk: RealDisk,
    path: String,
    known: Option<Text>,
    written: Option<Instant>,
}

impl Remembered {
    /// The file's place inside the data directory.
    pub(super) fn path(partition: u16) -> String {
        format!("{FOLDER}/decisions-p{partition}.json")
    }

    pub(super) fn open(disk: RealDisk, partition: u16) -> io::Result<Self> {
        let path = Self::path(partition);
        let known = match disk.read_whole(&path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| io::Error::other(error.to_string()))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { disk, path, known, written: None })
    }

    /// Is a topic with so many decisions the one that is remembered?
    pub(super) fn compare(&self, cluster: &str, topic: &str, found: u64) -> Result<(), Differs> {
        let Some(known) = &self.known else { return Ok(()) };
        if (known.cluster.as_str(), known.topic.as_str()) != (cluster, topic) {
            return Err(Differs::OtherTopic {
                before: known.topic.clone(),
                cluster_before: known.cluster.clone(),
                now: topic.to_owned(),
                cluster_now: cluster.to_owned(),
            });
        }
        if found < known.decisions {
            return Err(Differs::Truncated { found, committed: known.decisions });
        }
        Ok(())
    }

    /// So many decisions are committed; at once, or if the last time is long enough ago.
    pub(super) fn note(&mut self, cluster: &str, topic: &str, decisions: u64, at_once: bool) -> io::Result<()> {
        let now = Text { cluster: cluster.to_owned(), topic: topic.to_owned(), decisions };
        let is_recent = self.written.is_some_and(|written| written.elapsed() < EVERY);
        if self.known.as_ref() == Some(&now) || (is_recent && !at_once) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&now).map_err(io::Error::other)?;
        self.disk.write_atomically(&self.path, &bytes)?;
        (self.known, self.written) = (Some(now), Some(Instant::now()));
        Ok(())
    }
}
