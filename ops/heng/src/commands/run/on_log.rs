//! Events that were refused late, read back from the log: the line that brought them is not at hand any more.

use anyhow::Context;
use heng_core::Content;
use heng_files::{event_json, parse_instant};
use heng_log::codec::{decode_entry, decode_head};
use heng_log::{DataDirView, JournalReader, RealDisk, Stream};
use heng_model::Position;
use std::collections::BTreeMap;

/// What the event log held when a partition was first asked for.
pub(super) struct OnLog<'a> {
    dir: &'a DataDirView,
    readers: BTreeMap<u16, JournalReader<RealDisk>>,
}

impl<'a> OnLog<'a> {
    pub(super) fn new(dir: &'a DataDirView) -> Self {
        Self { dir, readers: BTreeMap::new() }
    }

    /// The event at a position as a line that says the same; empty where no department's event stands there.
    pub(super) fn line(&mut self, position: Position) -> anyhow::Result<String> {
        let reader = match self.readers.remove(&position.partition) {
            Some(reader) => reader,
            None => {
                let stamp = self.dir.meta().stamp(Stream::Events, position.partition);
                let journal = DataDirView::journal_dir(Stream::Events, position.partition);
                JournalReader::open(&self.dir.disk(), &journal, &stamp)?
            }
        };
        let mut buffer = Vec::new();
        let frame = reader.read(position.offset, &mut buffer)?;
        let head = decode_head(frame.entry).with_context(|| format!("entry {position}"))?;
        let entry = decode_entry(position, frame.entry)?;
        let line = match &entry.content {
            Content::Event { event, .. } => {
                let claimed_ms = head.claimed_time.and_then(|text| parse_instant(text).ok());
                event_json(event, Some(claimed_ms.unwrap_or(entry.known_ms))).to_string()
            }
            Content::Control(_) | Content::Derived(_) => String::new(),
        };
        self.readers.insert(position.partition, reader);
        Ok(line)
    }
}
