//! Entries go out, and are waited for.

#[cfg(test)]
mod tests;

use super::{LogError, LogParts};
use crate::clock::now_ms;
use crate::message::TRACEPARENT;
use crate::places::{Placing, Ticket, Together};
use crate::topics::Names;
use bytes::Bytes;
use heng_model::SubjectId;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, ThreadedProducer};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::Notify;

/// After this time it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(200);

/// So many entries are handed over on a thread of their own: the library copies and counts each, which is a fifteenth of what the
/// engine's thread has to do. For fewer it is not worth waking one.
const BESIDE_MIN: usize = 256;

/// The key of a message that only asks what time it is.
const CLOCK: &str = "clock";

/// An entry on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The partition that it belongs to.
    pub partition: u16,
    /// Its bytes.
    pub entry: Bytes,
    /// The subject that it is about, which is its key.
    pub subject: Option<SubjectId>,
    /// W3C trace context, which is a header.
    pub traceparent: Option<String>,
}

/// Puts entries on the topic.
pub(super) struct Appender {
    sending: Arc<Sending>,
    /// Where many are handed over, begun with the first.
    beside: Option<Beside>,
    under_way: Option<UnderWay>,
}

/// What was sent and not waited for.
struct UnderWay {
    together: Arc<Together>,
    /// When.
    sent_ms: i64,
    /// How handing it over went, where that is done beside.
    handed_over: Option<Receiver<Result<(), LogError>>>,
}

/// A thread that hands entries over.
struct Beside {
    queue: Sender<Batch>,
    thread: JoinHandle<()>,
}

/// Entries for it.
struct Batch {
    entries: Arc<Vec<Outgoing>>,
    together: Arc<Together>,
    done: Sender<Result<(), LogError>>,
}

impl Appender {
    pub(super) fn new(parts: &LogParts, told: Arc<Notify>) -> Result<Self, LogError> {
        let topic = Names::of(&parts.settings).events();
        let config = parts.settings.log_producer()?;
        let producer = ThreadedProducer::from_config_and_context(&config, Placing(parts.context()));
        let producer = producer.map_err(LogError::kafka(&topic))?;
        let sending = Sending { producer, parts: parts.clone(), topic, told, is_over: AtomicBool::default() };
        Ok(Self { sending: Arc::new(sending), beside: None, under_way: None })
    }

    /// Hands entries over, behind those before them; many beside whatever the caller does next.
    pub(super) fn send(&mut self, entries: &Arc<Vec<Outgoing>>) -> Result<(), LogError> {
        let told = Some(Arc::clone(&self.sending.told));
        let (sent_ms, together) = (now_ms(), Together::telling(entries.len(), told));
        let is_behind = self.under_way.as_ref().is_some_and(|before| before.handed_over.is_some());
        let handed_over = if is_behind || entries.len() >= BESIDE_MIN {
            let (done, handed_over) = channel();
            let batch = Batch { entries: Arc::clone(entries), together: Arc::clone(&together), done };
            let beside = match self.beside.take() {
                Some(beside) => beside,
                None => Beside::start(Arc::clone(&self.sending)).map_err(LogError::Thread)?,
            };
            self.beside.insert(beside).queue.send(batch).map_err(|_| gone())?;
            Some(handed_over)
        } else {
            self.sending.all(entries, &together)?;
            None
        };
        self.under_way = Some(UnderWay { together, sent_ms, handed_over });
        Ok(())
    }

    /// Waits so long for those that were handed over last; their offsets.
    pub(super) fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, LogError> {
        let Some(UnderWay { together, sent_ms, handed_over }) = &mut self.under_way else {
            return Ok(Some(Vec::new()));
        };
        let Some(offsets) = self.sending.delivered(together, *sent_ms, wait)? else {
            // Of what could not be handed over no answer comes.
            match handed_over.as_ref().map(Receiver::try_recv) {
                Some(Ok(Ok(()))) => *handed_over = None,
                Some(Ok(Err(error))) => return Err(error),
                Some(Err(TryRecvError::Disconnected)) => return Err(gone()),
                Some(Err(TryRecvError::Empty)) | None => {}
            }
            return Ok(None);
        };
        self.under_way = None;
        self.sending.parts.watch.appended.add(u64::try_from(offsets.len()).unwrap_or(u64::MAX));
        Ok(Some(offsets))
    }

    /// A message of the topic of packs that means nothing: the answer has the brokers' time.
    pub(super) fn check_clock(&self) -> Result<(), LogError> {
        let topic = Names::of(&self.sending.parts.settings).packs();
        let (sent_ms, together) = (now_ms(), Together::of(1));
        let record = BaseRecord::<str, [u8], _>::with_opaque_to(&topic, together.ticket(0));
        self.sending.hand_over(record.partition(0).key(CLOCK).payload(&[]))?;
        while self.sending.delivered(&together, sent_ms, LOOK)?.is_none() {}
        Ok(())
    }
}

impl Drop for Appender {
    /// The client library ends on this thread: the program may end next.
    fn drop(&mut self) {
        self.sending.is_over.store(true, Ordering::Release);
        if let Some(Beside { queue, thread }) = self.beside.take() {
            drop(queue);
            // Had it panicked, `placed` said that it is gone.
            let _ = thread.join();
        }
    }
}

impl Beside {
    /// The thread ends when nobody is left to send any.
    fn start(sending: Arc<Sending>) -> io::Result<Self> {
        let (queue, batches) = channel::<Batch>();
        let work = move || {
            for Batch { entries, together, done } in batches {
                let handed_over = sending.all(&entries, &together);
                drop(entries);
                let has_failed = handed_over.is_err();
                // Where the engine is gone nobody asks how it went.
                let _ = done.send(handed_over);
                if has_failed {
                    sending.told.notify_one();
                }
            }
        };
        let thread = thread::Builder::new().name("log-sender".to_owned()).spawn(work)?;
        Ok(Self { queue, thread })
    }
}

fn gone() -> LogError {
    LogError::Thread(io::ErrorKind::BrokenPipe.into())
}

/// Hands messages to the client library, and hears what became of them.
struct Sending {
    producer: ThreadedProducer<Placing>,
    parts: LogParts,
    topic: String,
    /// Told when what was handed over is there, or cannot be handed over, where nobody waits for it yet.
    told: Arc<Notify>,
    /// Set where nobody is left to wait.
    is_over: AtomicBool,
}

impl Sending {
    fn all(&self, entries: &[Outgoing], together: &Arc<Together>) -> Result<(), LogError> {
        for (at, entry) in entries.iter().enumerate() {
            let subject = entry.subject.as_ref().map(SubjectId::text);
            let mut record = BaseRecord::with_opaque_to(&self.topic, together.ticket(at))
                .partition(i32::from(entry.partition))
                .payload(&*entry.entry);
            record.key = subject.as_deref();
            let header = |traceparent: &String| {
                OwnedHeaders::new().insert(Header { key: TRACEPARENT, value: Some(traceparent) })
            };
            record.headers = entry.traceparent.as_ref().map(header);
            self.hand_over(record)?;
        }
        Ok(())
    }

    fn hand_over(&self, mut record: BaseRecord<'_, str, [u8], Box<Ticket>>) -> Result<(), LogError> {
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    if self.parts.is_stopping() || self.is_over.load(Ordering::Acquire) {
                        return Err(LogError::Stopped);
                    }
                    self.parts.watch.set_waiting(true);
                    thread::sleep(Duration::from_millis(10));
                }
                Err((error, back)) => return Err(LogError::kafka(back.topic)(error)),
            }
        }
    }

    /// The offsets of those that were handed over together, where all are there before so long has passed.
    fn delivered(&self, together: &Together, sent_ms: i64, wait: Duration) -> Result<Option<Vec<u64>>, LogError> {
        let places = together.wait(wait);
        self.parts.watch.set_waiting(places.is_none());
        let Some(places) = places else {
            return if self.parts.is_stopping() { Err(LogError::Stopped) } else { Ok(None) };
        };
        let places = places.map_err(LogError::kafka(&self.topic))?;
        for broker_ms in places.iter().filter_map(|place| place.broker_ms) {
            self.compare_clocks(sent_ms, broker_ms)?;
        }
        let unplaced = |_| LogError::Unplaced { topic: self.topic.clone() };
        places.iter().map(|place| u64::try_from(place.offset).map_err(unplaced)).collect::<Result<_, _>>().map(Some)
    }

    /// The brokers' time lies between that of sending and that of the answer, where both go by one clock.
    fn compare_clocks(&self, sent_ms: i64, broker_ms: i64) -> Result<(), LogError> {
        let differs_ms = differs_ms(sent_ms, broker_ms, now_ms());
        self.parts.watch.note_clock(differs_ms);
        let limit_ms = i64::from(self.parts.settings.clock_differs_ms_max);
        if differs_ms.saturating_abs() > limit_ms {
            return Err(LogError::Clocks { differs_ms, limit_ms });
        }
        Ok(())
    }
}

/// By how much this machine's clock must be ahead of the brokers' at least; negative where it is behind.
fn differs_ms(sent_ms: i64, broker_ms: i64, answered_ms: i64) -> i64 {
    let ahead_ms = sent_ms.saturating_sub(broker_ms).max(0);
    let behind_ms = broker_ms.saturating_sub(answered_ms).max(0);
    ahead_ms.saturating_sub(behind_ms)
}
