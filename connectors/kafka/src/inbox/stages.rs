//! The stages behind the consumer: handed in, answered, in the dead letters where refused, stored.

use super::{Answer, InboxError, Intake, Stopped, Whence};
use crate::clock::now_ms;
use crate::context::Context;
use crate::letters::{Letters, Why};
use crate::message::{MESSAGE_BYTES_MAX, Message, Reading, Unreadable, read};
use crate::watch::Watch;
use heng_files::{Given, Mapping, Memory, OwnedEvent};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::producer::DeliveryFuture;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// Messages that came together. They lie where the client library put them: nothing is copied but what is handed on.
pub(super) type Chunk<'m> = Vec<BorrowedMessage<'m>>;

/// Messages that were looked into.
struct HandedIn<'m> {
    messages: Vec<(BorrowedMessage<'m>, Asked)>,
    /// What the engine says of those that were handed in, in their order.
    answering: Answering,
}

type Answering = Pin<Box<dyn Future<Output = Result<Vec<Answer>, Stopped>> + Send>>;

/// What is asked of a message.
enum Asked {
    /// It was handed in.
    Engine,
    Refused(Why),
    /// Its mapping says that it means nothing.
    Skipped,
}

/// A message that was answered.
enum Answered {
    Taken,
    Refused { why: Why, now_ms: i64, letter: DeliveryFuture },
}

/// What the stages share.
pub(super) struct Stages<'m> {
    pub(super) consumer: &'m StreamConsumer<Context>,
    pub(super) under_way: &'m AtomicUsize,
    pub(super) watch: &'m Watch,
}

impl<'m> Stages<'m> {
    /// Runs until no message is left and none will come, or until the engine has stopped.
    pub(super) async fn run<I: Intake>(
        self,
        taken: mpsc::UnboundedReceiver<Chunk<'m>>,
        (intake, reading, inlets): (&I, &Reading, &BTreeMap<String, Inlet>),
        letters: &Letters,
    ) -> Result<(), InboxError> {
        // Bounded by what may be under way.
        let (asking, asked) = mpsc::unbounded_channel();
        let (answering, answered) = mpsc::unbounded_channel();
        tokio::try_join!(
            hand_in(taken, asking, intake, reading, inlets),
            answer(asked, answering, letters, self.watch),
            self.store(answered, letters),
        )?;
        Ok(())
    }

    /// The last stage: a letter is written, then the offset stored.
    async fn store(
        &self,
        mut answered: mpsc::UnboundedReceiver<Vec<(BorrowedMessage<'m>, Answered)>>,
        letters: &Letters,
    ) -> Result<(), InboxError> {
        while let Some(mut answered) = answered.recv().await {
            let mut done = Done::default();
            for (message, answered) in &mut answered {
                let message = &*message;
                if let Answered::Refused { why, now_ms, letter } = std::mem::replace(answered, Answered::Taken) {
                    // What was answered before does not wait for the letter.
                    self.store_offsets(std::mem::take(&mut done));
                    letters.written(letter, message, &why, now_ms).await?;
                    self.watch.letters.add(1);
                }
                done.last.insert((message.topic(), message.partition()), message);
                done.messages = done.messages.saturating_add(1);
            }
            self.store_offsets(done);
        }
        Ok(())
    }

    fn store_offsets(&self, done: Done<'_>) {
        for ((topic, partition), message) in done.last {
            let offset = message.offset();
            match self.consumer.store_offset(topic, partition, offset) {
                // Another member has the partition now, and reads on from what was committed.
                Ok(()) | Err(KafkaError::StoreOffset(RDKafkaErrorCode::State)) => {}
                Err(error) => tracing::warn!(%error, topic, partition, offset, "an offset is not stored"),
            }
            let written_ms = message.timestamp().to_millis().unwrap_or_default();
            self.watch.note_answered(topic, partition, offset, written_ms);
        }
        self.under_way.fetch_sub(done.messages, Ordering::AcqRel);
    }
}

/// Messages that are dealt with.
#[derive(Default)]
struct Done<'a> {
    messages: usize,
    /// The last of each partition: an offset stands for all before it.
    last: BTreeMap<(&'a str, i32), &'a BorrowedMessage<'a>>,
}

/// The second stage: messages are read as events and handed in, in the order in which they came.
async fn hand_in<'m, I: Intake>(
    mut taken: mpsc::UnboundedReceiver<Chunk<'m>>,
    asking: mpsc::UnboundedSender<HandedIn<'m>>,
    intake: &I,
    reading: &Reading,
    inlets: &BTreeMap<String, Inlet>,
) -> Result<(), InboxError> {
    while let Some(chunk) = taken.recv().await {
        let (mut asked, mut events) = (Vec::with_capacity(chunk.len()), Vec::with_capacity(chunk.len()));
        for message in &chunk {
            asked.push(match event(message, reading, inlets) {
                Err(why) => Asked::Refused(why),
                Ok(None) => Asked::Skipped,
                Ok(Some(event)) => {
                    let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
                    events.push((event, Whence { topic, partition, offset }));
                    Asked::Engine
                }
            });
        }
        // Where the engine has stopped nothing was stored: it is read again.
        let Ok(answering) = intake.hand_in(events).await else { return Ok(()) };
        let answering: Answering = Box::pin(answering);
        if asking.send(HandedIn { messages: chunk.into_iter().zip(asked).collect(), answering }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The third stage: the engine's answers, and a letter handed over where it refuses.
async fn answer<'m>(
    mut asked: mpsc::UnboundedReceiver<HandedIn<'m>>,
    answering: mpsc::UnboundedSender<Vec<(BorrowedMessage<'m>, Answered)>>,
    letters: &Letters,
    watch: &Watch,
) -> Result<(), InboxError> {
    while let Some(HandedIn { messages, answering: answers }) = asked.recv().await {
        let Ok(answers) = answers.await else { return Ok(()) };
        let (mut answers, mut answered) = (answers.into_iter(), Vec::with_capacity(messages.len()));
        for (message, asked) in messages {
            let why = match asked {
                Asked::Refused(why) => Some(why),
                Asked::Skipped => {
                    watch.skipped.add(1);
                    None
                }
                Asked::Engine => match answers.next() {
                    Some(answer) => refused(answer, watch),
                    // Each event that is handed in has an answer.
                    None => return Ok(()),
                },
            };
            let answer = match why {
                None => Answered::Taken,
                Some(why) => {
                    watch.note_refused(why.code);
                    let now_ms = now_ms();
                    let letter = letters.hand_over(&message, &why, now_ms).await?;
                    Answered::Refused { why, now_ms, letter }
                }
            };
            answered.push((message, answer));
        }
        if answering.send(answered).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Counts an answer; why a message goes to the dead letters, if it does.
fn refused(answer: Answer, watch: &Watch) -> Option<Why> {
    match answer {
        Answer::Accepted => {
            watch.accepted.add(1);
            None
        }
        Answer::Duplicate => {
            watch.duplicates.add(1);
            None
        }
        Answer::Refused { field, message: reason, position } => {
            let code = if position.is_some() { "refused_by_the_fold" } else { "refused" };
            Some(Why { code, field, reason, position })
        }
    }
}

/// Who may speak through a topic, and how.
pub(super) struct Inlet {
    pub(super) source: String,
    /// Turns messages of a form of their own into events.
    pub(super) mapping: Option<Mapping>,
}

/// The event in a message, if it is one and its source is that of the inbox; none where a mapping skips it.
fn event(
    message: &BorrowedMessage<'_>,
    reading: &Reading,
    inlets: &BTreeMap<String, Inlet>,
) -> Result<Option<OwnedEvent>, Why> {
    let topic = message.topic();
    let why = |code, field: &str, reason| Why { code, field: field.to_owned(), reason, position: None };
    let inlet = inlets.get(topic).ok_or_else(|| {
        why("not_its_source", "source", format!("`{topic}` is the inbox of no authority of the pack"))
    })?;
    let unreadable = |error: &Unreadable| why(error.code(), error.field(), error.to_string());
    let event = match &inlet.mapping {
        Some(mapping) => match mapped(mapping, message.payload())? {
            Some(line) => OwnedEvent::of_line(line).map_err(|error| unreadable(&error.into()))?,
            None => return Ok(None),
        },
        None => {
            let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
            let headers = headers.map(|header| (header.key, header.value)).collect();
            let read = read(&Message { key: message.key(), value: message.payload(), headers }, reading);
            read.map_err(|error| unreadable(&error))?
        }
    };
    let found = event.parsed().source();
    if inlet.source == found {
        return Ok(Some(event));
    }
    let found: String = found.chars().take(256).collect();
    let source = &inlet.source;
    let reason = format!(
        "`{topic}` is the inbox of `{source}`, and the event says that its source is `{found}`: publish it to the inbox of \
         that authority"
    );
    Err(why("not_its_source", "source", reason))
}

/// The line of an event that a mapping makes of a message. A message without a value says to a topic that is compacted that
/// a row is gone, which a change event has said before.
fn mapped(mapping: &Mapping, value: Option<&[u8]>) -> Result<Option<Vec<u8>>, Why> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    if value.len() > MESSAGE_BYTES_MAX {
        let too_long = Unreadable::TooLong { bytes: value.len() };
        let (code, field, reason) = (too_long.code(), too_long.field().to_owned(), too_long.to_string());
        return Err(Why { code, field, reason, position: None });
    }
    match mapping.convert_record(value, &mut Memory::default()) {
        Ok(Given::Event(written)) => Ok(Some(written.line)),
        Ok(Given::Skipped(_)) => Ok(None),
        Err(reason) => Err(Why {
            code: "not_mapped",
            field: reason.column().unwrap_or_default().to_owned(),
            reason: reason.to_string(),
            position: None,
        }),
    }
}
