//! The whole of a partition of the topic compared with the log.

use super::DecisionLog;
use super::error::{Differs, PublishError, ReadLogError};
use super::read_back::{Ended, Item, ReadBack, item};
use super::take_over::{Trouble, compare};
use crate::Settings;
use crate::context::Context;
use crate::settings::LogName;
use crate::topics::Names;
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use std::sync::Arc;

/// Decisions compared at once.
const BATCH: usize = 1_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Decisions on the topic that are those of the log.
    pub decisions: u64,
    /// Progress markers.
    pub markers: u64,
    /// Decisions of the log that are not on the topic yet.
    pub behind: u64,
    /// The first difference.
    pub differs: Option<Differs>,
}

/// Reads a partition of the topic from its beginning and compares it with the log, which has `log_len` decisions.
///
/// # Errors
/// [`PublishError`] where either cannot be read; what differs is part of the answer.
pub fn verify(
    settings: &Settings,
    log_id: &[u8; 32],
    partition: u16,
    log: &mut dyn DecisionLog,
    log_len: u64,
) -> Result<Verified, PublishError> {
    let kafka = |source: KafkaError| PublishError::Kafka { partition, source };
    let name = LogName::of(log_id);
    let context = Context::new(Arc::default(), settings.token_file.clone());
    let topic = ReadBack::new(settings, context, &Names::of(settings).decisions(), partition).map_err(kafka)?;
    let (low, _) = topic.bounds().map_err(kafka)?;
    let mut found = Verified { decisions: 0, markers: 0, behind: 0, differs: None };
    let mut batch: Vec<(u64, (i64, Vec<u8>))> = Vec::new();
    let mut walk = || -> Result<(), Ended<Trouble>> {
        if low > 0 {
            return Err(Ended::Found(Trouble::Differs(Differs::Beginning { low })));
        }
        let mut next = 0_u64;
        topic.read(0, &mut |message| {
            let offset = message.offset();
            let item = item(message, &name).map_err(Trouble::Differs)?;
            let (Item::Decision { seq, .. } | Item::Progress { next_seq: seq }) = item;
            if seq != next {
                return Err(Trouble::Differs(Differs::Order { wanted: next, found: seq, offset }));
            }
            match item {
                Item::Progress { .. } => found.markers = found.markers.saturating_add(1),
                Item::Decision { bytes, .. } => {
                    next = next.saturating_add(1);
                    batch.push((seq, (offset, bytes.to_vec())));
                    if batch.len() >= BATCH {
                        found.decisions =
                            found.decisions.saturating_add(compare(&batch, found.decisions, log, log_len)?);
                        batch.clear();
                    }
                }
            }
            Ok(())
        })?;
        let rest = compare(&batch, found.decisions, log, log_len).map_err(Ended::Found)?;
        found.decisions = found.decisions.saturating_add(rest);
        Ok(())
    };
    match walk() {
        Ok(()) => {}
        Err(Ended::Kafka(source) | Ended::Found(Trouble::Kafka(source))) => return Err(kafka(source)),
        Err(Ended::Found(Trouble::Log(source))) => return Err(log_error(partition, source)),
        Err(Ended::Found(Trouble::Differs(differs))) => found.differs = Some(differs),
    }
    found.behind = log_len.saturating_sub(found.decisions);
    Ok(found)
}

fn log_error(partition: u16, source: ReadLogError) -> PublishError {
    PublishError::Log { partition, source }
}
