//! What works beside the engine, as its metrics and readiness see it.

use heng_kafka::Watch;
use heng_objects::Status;
use heng_server::metrics::Beside;
use heng_server::runner::{Clock as _, WallClock};
use std::sync::Arc;

/// The counters of the connector and of shared checkpoints, with those of the engine.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) kafka: Option<Arc<Watch>>,
    pub(super) status: Arc<Status>,
}

impl Beside for Watched {
    fn is_ready(&self) -> bool {
        self.kafka.as_ref().is_none_or(|kafka| kafka.is_ready())
    }

    fn write(&self, text: &mut String) {
        if let Some(kafka) = &self.kafka {
            kafka.write(WallClock.now_ms(), text);
        }
        self.status.write(text);
    }
}
