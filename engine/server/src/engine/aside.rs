//! Questions that are answered while an engine waits for a shared log: approvals do not stand still because brokers do.

use super::{Engine, EngineError};
use crate::shared::{SharedLog, SharedLogError};
use heng_log::Disk;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// It is looked so often for questions where the log does not answer.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// Answers what was asked of an engine by now.
pub(crate) type Aside<D> = Box<dyn FnMut(&Engine<D>) -> Result<(), EngineError> + Send>;

impl<D: Disk> Engine<D> {
    /// From now on this is called again and again while a shared log is waited for. What is folded by then may not be shown yet.
    pub(crate) fn answer_aside(&mut self, aside: Aside<D>) {
        self.aside = Some(aside);
    }

    pub(super) fn look_aside(&mut self) -> Result<(), EngineError> {
        let Some(mut aside) = self.aside.take() else { return Ok(()) };
        let answered = aside(self);
        self.aside = Some(aside);
        answered
    }

    /// Asks a shared log what it may be long in answering; none where the log is this engine's own.
    pub(super) fn ask_log<T: Send>(
        &mut self,
        ask: impl FnOnce(&mut dyn SharedLog) -> Result<T, SharedLogError> + Send,
    ) -> Result<Option<T>, EngineError> {
        let Some(mut sharing) = self.shared.take() else { return Ok(None) };
        let answer = match self.aside {
            // Nobody asks.
            None => ask(&mut *sharing.log).map_err(EngineError::Shared),
            Some(_) => self.ask_beside(&mut *sharing.log, ask),
        };
        self.shared = Some(sharing);
        answer.map(Some)
    }

    /// Asks on another thread.
    fn ask_beside<T: Send>(
        &mut self,
        log: &mut dyn SharedLog,
        ask: impl FnOnce(&mut dyn SharedLog) -> Result<T, SharedLogError> + Send,
    ) -> Result<T, EngineError> {
        thread::scope(|scope| {
            let (tell, told) = sync_channel(1);
            // It is listened to until it has told; where answering fails, that is told when the log has answered.
            let asking = move || drop(tell.send(ask(log)));
            let thread = thread::Builder::new().name("log-asked".to_owned());
            thread.spawn_scoped(scope, asking).map_err(|error| SharedLogError::Broken(error.into()))?;
            loop {
                match told.recv_timeout(LOOK) {
                    Ok(answer) => return Ok(answer?),
                    Err(RecvTimeoutError::Timeout) => self.look_aside()?,
                    // It panicked, and so does the scope.
                    Err(RecvTimeoutError::Disconnected) => return Err(EngineError::Stopped),
                }
            }
        })
    }
}
