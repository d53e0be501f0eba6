//! How the engine is brought up before anything is shown: dead letters, pack, days.

use super::port::DeadLetters;
use super::{Parts, RunError};
use crate::engine::{ActivateError, Engine, Opened};
use heng_core::{Entry, Refusal};
use heng_log::RealDisk;
use heng_model::{Day, Position};

/// Puts the pack in force and opens the days that are due; what the log's rest was refused for is kept.
pub(super) fn bring_up(engine: &mut Engine<RealDisk>, opened: &Opened, parts: &mut Parts) -> Result<(), RunError> {
    keep_refused(engine, parts.letters.as_mut(), &opened.folded.refused)?;
    let now_ms = parts.clock.now_ms();
    if engine.is_shared() {
        // Whatever is due is done by the engine that owns a partition, when it does.
        return Ok(engine.want_pack(parts.pack.take())?);
    }
    if let Some(pack) = parts.pack.take() {
        activate(engine, &pack, now_ms)?;
    }
    if engine.time_zone().is_some() {
        engine.open_days(now_ms)?;
    }
    engine.flush()?;
    let refused = engine.take_folded().refused;
    keep_refused(engine, parts.letters.as_mut(), &refused)
}

/// Keeps what the fold refused.
pub(super) fn keep_refused(
    engine: &Engine<RealDisk>,
    letters: &mut dyn DeadLetters,
    refused: &[(Position, Refusal)],
) -> Result<(), RunError> {
    for (position, refusal) in refused {
        let keep = |entry: &Entry<'_>, claimed_time: Option<&str>| letters.keep(entry, claimed_time, refusal);
        engine.with_entry(*position, keep)?.map_err(RunError::DeadLetter)?;
    }
    Ok(())
}

/// The log's first pack takes effect with its first day, one that follows another with the next day.
fn activate(engine: &mut Engine<RealDisk>, pack: &heng_rules::PackFiles, now_ms: i64) -> Result<(), ActivateError> {
    let on = match (engine.today(), engine.time_zone()) {
        (Some(today), Some(zone)) => today.max(zone.civil_day(now_ms)).next(),
        _ => Day::EARLIEST,
    };
    match engine.activate(pack, on, now_ms) {
        Err(ActivateError::Pending { on }) => {
            tracing::warn!(%on, "another pack waits to take effect: this one is put in force by a start after that day");
            Ok(())
        }
        activated => activated.map(drop),
    }
}
