//! Trace contexts of entries that no call and no inbox of this process brought: effects on other partitions, and what other
//! engines put on a shared log.
//!
//! # Invariants
//!
//! Nothing is decided by them. Of a derived entry the context is that of its cause as it stands on the log, so that it does
//! not matter which engine says it, and when.

use super::{Engine, EngineError};
use crate::lane::{Lane, LaneError};
use crate::trace;
use heng_log::Disk;
use heng_log::codec;
use heng_model::Position;
use opentelemetry::trace::SpanContext;

/// A context as W3C writes it today; what is longer is none that is known, and would not fit every entry.
const CONTEXT_BYTES_MAX: usize = 55;

impl<D: Disk> Engine<D> {
    /// From now on the engine tells which entries carry a context that is sampled.
    pub(crate) fn trace(&mut self) {
        self.traced = Some(Vec::new());
    }

    /// The entries folded since the last call that carry such a context: effects, and whatever came from a shared log.
    pub(crate) fn take_traced(&mut self) -> Vec<(Position, SpanContext)> {
        self.traced.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// Notes an entry's context, where somebody asks for it and it is sampled.
pub(super) fn note(traced: &mut Option<Vec<(Position, SpanContext)>>, position: Position, traceparent: Option<&str>) {
    if let (Some(traced), Some(traceparent)) = (traced, traceparent)
        && let Some(context) = trace::parse(traceparent.as_bytes()).filter(SpanContext::is_sampled)
    {
        traced.push((position, context));
    }
}

/// The contexts of causes, as they stand on the log; one cause has often several effects.
#[derive(Default)]
pub(super) struct Causes {
    last: Option<(Position, Option<String>)>,
    buffer: Vec<u8>,
}

impl Causes {
    /// The context of an entry that was folded, if it has one.
    pub(super) fn context<D: Disk>(&mut self, lanes: &[Lane<D>], cause: Position) -> Result<Option<&str>, EngineError> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != cause) {
            let at = usize::from(cause.partition);
            let lane = lanes.get(at).ok_or(EngineError::NoLane(at))?;
            let frame = lane.events.read(cause.offset, &mut self.buffer).map_err(LaneError::Read)?;
            let failed = |error| LaneError::Decode(codec::DecodeEntryError { position: cause, cause: error });
            let head = codec::decode_head(frame.entry).map_err(failed)?;
            let is_known = |it: &&str| it.len() <= CONTEXT_BYTES_MAX && trace::parse(it.as_bytes()).is_some();
            self.last = Some((cause, head.traceparent.filter(is_known).map(str::to_owned)));
        }
        Ok(self.last.as_ref().and_then(|(_, context)| context.as_deref()))
    }
}
