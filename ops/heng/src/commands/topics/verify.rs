//! `heng topics verify`.

use crate::config::Config;
use crate::data::Data;
use crate::output::{line, table};
use heng_kafka::decisions::{DecisionLog, ReadLogError, Verified, verify};
use heng_log::{JournalReader, RealDisk, Stream};
use serde_json::json;
use std::process::ExitCode;

/// A partition's journal of decisions, read beside whoever may be writing it.
struct Journal(JournalReader<RealDisk>);

impl DecisionLog for Journal {
    fn read(&mut self, from: u64, until: u64, visit: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), ReadLogError> {
        let mut scanner = self.0.scan(from);
        while let Some(frame) = scanner.next_frame() {
            let (seq, frame) = frame.map_err(|error| ReadLogError(error.into()))?;
            if seq >= until || !visit(seq, frame.entry) {
                break;
            }
        }
        Ok(())
    }
}

pub(super) fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let data = Data::open(&config.data.dir)?;
    let log_id = data.view.meta().log_id;
    let mut is_whole = true;
    let mut rows = table(["partition", "decisions", "markers", "not there yet", "differs"]);
    for partition in data.partitions() {
        let reader = data.reader(Stream::Decisions, partition)?;
        let log_len = reader.len();
        let found = verify(&config.kafka, &log_id, partition, &mut Journal(reader), log_len)?;
        let Verified { decisions, markers, behind, differs } = found;
        is_whole &= differs.is_none();
        let differs = differs.map(|differs| differs.to_string());
        if as_json {
            let told = json!({
                "partition": partition, "decisions": decisions, "markers": markers, "behind": behind, "differs": differs,
            });
            line(&told.to_string())?;
        } else {
            let numbers = [u64::from(partition), decisions, markers, behind].map(|number| number.to_string());
            rows.add_row(numbers.into_iter().chain([differs.unwrap_or_default()]));
        }
    }
    if !as_json {
        line(&rows.to_string())?;
        line(if is_whole { "the topic holds what the log says" } else { "THE TOPIC DIFFERS FROM THE LOG" })?;
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
