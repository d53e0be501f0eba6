//! What every service has at hand: the engine's handle, the clock, limits, counters; and how a read begins.

use super::caller::caller;
use super::status::CallError;
use crate::access::Access;
use crate::index::{Index, View};
use crate::metrics::{Gauges, Metrics};
use crate::runner::{Clock, Handle};
use crate::subscription::Names;
use heng_log::RealDisk;
use heng_model::{Day, SubjectId};
use heng_proto::model::v1::Position;
use heng_rpc::raw::Freshness;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::Extensions;
use tonic::metadata::MetadataMap;

/// What a caller may ask for at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Are events taken here?
    pub takes_events: bool,
    /// Questions in a batch.
    pub batch_entries_max: usize,
    /// Bytes of a request.
    pub request_bytes_max: usize,
    /// Look-ups that run at once.
    pub lookups_max: usize,
    /// Subjects' reports under way at once: each is made on the engine's thread.
    pub reports_max: usize,
    /// Readings of the whole log (history, states, revisions, scorecards) at once, each on a thread of its own.
    pub audits_max: usize,
    /// Events of one stream that are under way.
    pub stream_events_max: usize,
    /// The longest that a client may leave a stream unread, in milliseconds.
    pub stall_ms_max: u64,
    /// The longest that a read waits for what its token asks for, in milliseconds; a call's own deadline may be shorter.
    pub at_least_wait_ms_max: u64,
    /// Subscriptions open at once.
    pub subscribers_max: usize,
    /// Time between two heartbeats of a subscription that names none, in milliseconds.
    pub heartbeat_ms: u64,
    /// Staleness beyond which no check is answered, in milliseconds; 0 for none.
    pub stale_ms_max: u64,
    /// Must a caller name itself?
    pub requires_caller: bool,
    /// Bytes of recent decisions kept for all subscribers together.
    pub recent_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            takes_events: true,
            batch_entries_max: 1_000,
            request_bytes_max: 1 << 20,
            lookups_max: 2,
            reports_max: 16,
            audits_max: 1,
            stream_events_max: 1_024,
            stall_ms_max: 10_000,
            at_least_wait_ms_max: 2_000,
            subscribers_max: 256,
            heartbeat_ms: 5_000,
            stale_ms_max: 0,
            requires_caller: false,
            recent_bytes_max: 64 << 20,
        }
    }
}

/// Bytes of a stated purpose.
const PURPOSE_BYTES_MAX: usize = 256;

/// What every service has at hand.
#[derive(Clone)]
pub struct Desk {
    /// The engine.
    pub handle: Handle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Limits.
    pub limits: Limits,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Durable subscriptions.
    pub names: Arc<Names>,
    /// Where the packs are kept that the log names.
    pub packs: RealDisk,
    /// Where every look-up is entered before it is answered.
    pub access: Access,
}

impl Desk {
    /// The in-force index.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.handle.index()
    }

    /// Who asks, as the access log has it: the metadata `heng-caller`, else where the connection comes from.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn caller<'c>(&self, metadata: &'c MetadataMap, extensions: &'c Extensions) -> Result<&'c str, CallError> {
        caller(metadata, extensions, self.limits.requires_caller)
    }

    /// Waits, within a call's deadline, until what a token asks for is reflected; an empty one asks for nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn await_token(&self, token: &[u8], metadata: &MetadataMap) -> Result<(), CallError> {
        if token.is_empty() {
            return Ok(());
        }
        let token = match self.index().view().as_ref() {
            Some(view) => view.parse_token(token)?,
            None => return Err(CallError::CatchingUp),
        };
        let longest = Duration::from_millis(self.limits.at_least_wait_ms_max);
        let wait = deadline(metadata).map_or(longest, |own| longest.min(own));
        let until = Instant::now().checked_add(wait).unwrap_or_else(Instant::now);
        if self.index().wait_for(&token, until).await { Ok(()) } else { Err(CallError::NotReflected) }
    }

    /// Is what is at hand fresh enough to be answered from?
    ///
    /// # Errors
    /// [`CallError`].
    pub fn check_stale(&self, now_ms: i64) -> Result<(), CallError> {
        let max = self.limits.stale_ms_max;
        if max == 0 {
            return Ok(());
        }
        let found = self.index().stale_by_ms(now_ms);
        if found <= max { Ok(()) } else { Err(CallError::Stale { found, max }) }
    }

    /// The day that a read is judged on which begins now.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn day(&self, view: &View, as_of: Option<i32>) -> Result<Day, CallError> {
        Self::day_at(view, as_of, self.clock.now_ms())
    }

    /// The day that a read is judged on which began at an instant.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn day_at(view: &View, as_of: Option<i32>, now_ms: i64) -> Result<Day, CallError> {
        match as_of {
            None => view.civil_day(now_ms).ok_or(CallError::NoPack),
            Some(number) => {
                let day = Day::from_number(number);
                let known = Day::EARLIEST <= day && day <= Day::LATEST;
                if known { Ok(day) } else { Err(CallError::DayOutOfRange { field: "as_of", number }) }
            }
        }
    }

    /// How fresh an answer is that is made from a view now; `about` is whom it is about, if about one.
    #[must_use]
    pub fn freshness(&self, view: &View, about: Option<&SubjectId>) -> Freshness {
        self.freshness_at(view, about, self.clock.now_ms())
    }

    /// How fresh an answer is that was made from a view at an instant.
    #[must_use]
    pub fn freshness_at(&self, view: &View, about: Option<&SubjectId>, now_ms: i64) -> Freshness {
        let position = about.and_then(|subject| view.position_of(subject));
        Freshness {
            token: view.token().clone(),
            position: position.map(|it| Position { partition: u32::from(it.partition), offset: it.offset }),
            stale_by_ms: self.index().stale_by_ms(now_ms),
        }
    }

    /// What is read when metrics are asked for.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let view = self.index().view();
        Gauges {
            entries: view.as_ref().map_or(0, |view| view.entries()),
            checkpoint_age_ms: self.index().checkpoint_age_ms(self.clock.now_ms()),
            checkpoint_failures: self.index().checkpoint_failures(),
            // Without the access log every look-up is refused.
            is_ready: view.is_some() && self.metrics.is_beside_ready() && self.access.is_kept(),
            subjects: u64::try_from(self.index().len()).unwrap_or(u64::MAX),
            stale_by_ms: self.index().stale_by_ms(self.clock.now_ms()),
            decisions: self.handle.published().marks().iter().sum(),
        }
    }
}

/// A stated purpose must be short enough for the access log.
pub(super) fn check_purpose(purpose: &str) -> Result<(), CallError> {
    let found = purpose.len();
    if found <= PURPOSE_BYTES_MAX {
        return Ok(());
    }
    Err(CallError::TooLong { field: "purpose", found, max: PURPOSE_BYTES_MAX })
}

/// What a call's deadline leaves for waiting: nine tenths, so that the answer still arrives.
fn deadline(metadata: &MetadataMap) -> Option<Duration> {
    Some(deadline_of(metadata.get("grpc-timeout")?.to_str().ok()?)? / 10 * 9)
}

/// A deadline as gRPC writes it.
pub(super) fn deadline_of(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.saturating_mul(3_600)),
        "M" => Duration::from_secs(number.saturating_mul(60)),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn deadlines_are_read_as_grpc_writes_them() {
        let read = |text: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            deadline(&metadata)
        };
        assert_eq!(read("100m"), Some(Duration::from_millis(90)));
        assert_eq!(read("10S"), Some(Duration::from_secs(9)));
        assert_eq!(read("1H"), Some(Duration::from_secs(3_240)));
        for bad in ["", "m", "10", "10x", "-1m"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
