//! The engine's thread at work: commands in, one flush for all that wait, then answers.

use super::batch::{Batch, Told};
use super::command::{Command, Outcome};
use super::feed::{Feed, Shown};
use super::port::{ReadEvent, Violation};
use super::questions::{Question, Questions};
use super::reply::Reply;
use super::{Parts, RunError, RunnerOptions, begin};
use crate::engine::{Engine, EngineError, Opened};
use crate::index::{Index, Publisher};
use crate::intake::{Arrival, IntakeRefusal, Submitted};
use crate::lane::Folded;
use crate::trace::{Ticket, Times};
use heng_core::Partition;
use heng_log::RealDisk;
use heng_model::Position;
use rustc_hash::FxHashSet;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{Notify, mpsc};

/// The longest time between two looks at the clock: a day is opened within it of midnight.
const TICK: Duration = Duration::from_secs(1);

/// The longest time that questions, one after another, keep a batch waiting that was left on its way.
const LEFT: Duration = Duration::from_millis(20);

/// After a checkpoint none is begun for so many times as long as it took, however much changes: where events pour in, a start folds
/// a little more, and the disk and a processor are theirs.
const RESTS: i64 = 9;

/// A batch is left on its way to a shared log where one part in so many of a full one is at hand: fewer are sent and folded sooner than
/// whoever is in them would be told by a further flush.
const LEFT_SHARE: usize = 32;

/// Commands taken from the queue at once: their subjects are looked at together, and fit the second-level cache.
const TAKEN_MAX: usize = 64;

/// What the thread wakes for.
enum Due {
    Question(Question),
    /// None where nobody is left to give any.
    Command(Option<Command>),
    /// The clock, or entries of a shared log.
    Nothing,
}

/// Owns the engine.
pub(super) struct Worker {
    engine: Engine<RealDisk>,
    index: Arc<Index>,
    publisher: Publisher,
    feed: Feed,
    parts: Parts,
    options: RunnerOptions,
    /// When the command taken last was handed in.
    last_arrival: Instant,
    /// Commands taken and not flushed.
    batch: Batch,
    /// Those before them, while they are on their way to a log that others write too.
    under_way: Option<Batch>,
    told: Told,
    /// Told when entries come from a log that others write too.
    arrivals: Option<Arc<Notify>>,
    /// When a checkpoint was last begun.
    checkpoint_ms: i64,
    /// Until when none is begun for many changes alone.
    checkpoint_rest_ms: i64,
}

impl Worker {
    /// Brings the engine up to the day, and shows what is in force.
    pub(super) fn begin(
        mut engine: Engine<RealDisk>,
        opened: &Opened,
        (index, feed): (Arc<Index>, Feed),
        mut parts: Parts,
        options: RunnerOptions,
    ) -> Result<Self, RunError> {
        begin::bring_up(&mut engine, opened, &mut parts)?;
        let mut publisher = Publisher::new(Arc::clone(&index), engine.meta().log_id, parts.encode);
        publisher.know(engine.codes());
        let now_ms = parts.clock.now_ms();
        engine.watch();
        if parts.traces.is_on() {
            engine.trace();
        }
        let mut worker = Self {
            engine,
            index,
            publisher,
            feed,
            parts,
            options,
            last_arrival: Instant::now(),
            batch: Batch::default(),
            under_way: None,
            told: Told::default(),
            arrivals: None,
            checkpoint_ms: now_ms,
            checkpoint_rest_ms: now_ms,
        };
        worker.arrivals = worker.engine.arrivals();
        let partitions: Vec<&Partition> = worker.engine.partitions().collect();
        worker.publisher.all(&partitions, &worker.engine.histories(), now_ms);
        worker.index.note_checkpoint(now_ms);
        worker.put_marks();
        let day = worker.engine.today().map(|day| day.to_string());
        tracing::info!(subjects = worker.index.len(), day, "caught up");
        Ok(worker)
    }

    /// Takes commands until it is told to stop, or nobody is left to give any.
    pub(super) fn run(
        mut self,
        mut queue: mpsc::Receiver<Command>,
        questions: mpsc::Receiver<Question>,
    ) -> Result<(), RunError> {
        let questions = Questions::new(questions);
        self.engine.answer_aside(questions.aside());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(RunError::Thread)?;
        let (mut is_open, mut settled) = (true, Instant::now());
        while is_open {
            questions.answer(&self.engine)?;
            let arrived = self.arrivals.clone();
            let arrived =
                async { if let Some(arrived) = &arrived { arrived.notified().await } else { pending().await } };
            let mut asked = questions.lock();
            let waited = runtime.block_on(async {
                tokio::select! {
                    // What comes from a shared log is folded with whatever else waits.
                    biased;
                    command = queue.recv() => Due::Command(command),
                    () = arrived => Due::Nothing,
                    // Those that wait are answered after each batch, however many come.
                    Some(question) = asked.queue.recv() => Due::Question(question),
                    () = tokio::time::sleep(TICK.saturating_sub(settled.elapsed())) => Due::Nothing,
                }
            });
            drop(asked);
            is_open = match waited {
                Due::Question(question) => {
                    questions.lock().take(question, &self.engine)?;
                    // However many are asked, the clock is looked at, and what was left on its way is folded.
                    let patience = if self.under_way.is_some() { LEFT } else { TICK };
                    if settled.elapsed() < patience {
                        continue;
                    }
                    true
                }
                Due::Command(None) => false,
                Due::Command(Some(command)) => self.batch(command, &mut queue)?,
                Due::Nothing => {
                    // A day or a pack that is due waits too, and so does whatever comes while it is folded.
                    self.wait_since(self.under_way_since().unwrap_or_else(Instant::now));
                    true
                }
            };
            self.settle(self.has_many(&queue))?;
            settled = Instant::now();
            self.note_rest(&queue);
        }
        // What was handed in before the end is answered, whatever comes after is told that it came too late.
        queue.close();
        while let Ok(command) = queue.try_recv() {
            self.batch(command, &mut queue)?;
            self.settle(self.has_many(&queue))?;
            self.note_rest(&queue);
        }
        if self.under_way.is_some() || self.engine.has_effects_alone() {
            self.settle(false)?;
        }
        questions.close(&self.engine)?;
        self.parts.letters.sync().map_err(RunError::DeadLetter)?;
        match self.engine.close() {
            // The journals are closed: the next start folds what it lacks.
            Err(EngineError::Checkpoint(error)) => {
                tracing::error!("no last checkpoint is written, and the next start takes longer: {error}");
                Ok(())
            }
            closed => Ok(closed?),
        }
    }

    /// Takes what waits, up to a batch; false where it is told to stop.
    fn batch(&mut self, first: Command, queue: &mut mpsc::Receiver<Command>) -> Result<bool, RunError> {
        // What is taken first came first, but for what is under way.
        let since = *self.batch.since.get_or_insert(arrival(&first));
        self.wait_since(self.under_way_since().unwrap_or(since));
        // The engine would flush what is one too many for it by itself.
        let (mut is_open, mut left) = (true, self.options.batch_events_max.max(1));
        let mut taken = vec![first];
        loop {
            let room = left.min(TAKEN_MAX).saturating_sub(taken.len());
            taken.extend(std::iter::from_fn(|| queue.try_recv().ok()).take(room));
            if taken.is_empty() {
                return Ok(is_open);
            }
            left = left.saturating_sub(taken.len());
            if taken.len() > 1 {
                self.engine.touch(taken.iter().filter_map(subject));
            }
            for command in taken.drain(..) {
                self.last_arrival = arrival(&command);
                is_open &= self.command(command)?;
            }
        }
    }

    /// Is so much taken, or waits, that a batch left on its way is worth it? Whoever is in it waits for one flush more, which comes when
    /// the batch has arrived.
    fn has_many(&self, queue: &mpsc::Receiver<Command>) -> bool {
        self.batch.len().saturating_add(queue.len()) > (self.options.batch_events_max / LEFT_SHARE).max(1)
    }

    /// Notes that something not yet reflected has waited since an instant.
    fn wait_since(&self, since: Instant) {
        let waited_ms = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
        let since_ms = self.parts.clock.now_ms().saturating_sub(waited_ms);
        let unread_ms = self.engine.unread_since_ms();
        self.index.note_waiting(Some(unread_ms.map_or(since_ms, |unread_ms| unread_ms.min(since_ms))));
    }

    /// Notes, after a batch, what waits for the next one: it came later than the last that was taken.
    fn note_rest(&self, queue: &mpsc::Receiver<Command>) {
        if let Some(since) = self.under_way_since() {
            self.wait_since(since);
        } else if !queue.is_empty() {
            self.wait_since(self.last_arrival);
        } else {
            self.index.note_waiting(self.engine.unread_since_ms());
        }
    }

    /// When what is under way was handed in.
    fn under_way_since(&self) -> Option<Instant> {
        self.under_way.as_ref()?.since
    }

    /// Where nobody waits for an answer any more there is nobody to tell.
    fn command(&mut self, command: Command) -> Result<bool, RunError> {
        match command {
            Command::Publish { read, ticket, reply, .. } => {
                let accepted = self.publish(&*read, ticket.as_deref(), reply)?;
                if let Some(ticket) = ticket {
                    self.batch.trace(accepted, ticket);
                }
            }
            Command::Tick { reply } => self.batch.ticks.push(reply),
            Command::Stop => return Ok(false),
        }
        Ok(true)
    }

    /// Takes an event; its place among those accepted, if it was.
    fn publish(
        &mut self,
        read: &dyn ReadEvent,
        ticket: Option<&Ticket>,
        reply: Reply,
    ) -> Result<Option<usize>, RunError> {
        let refuse = |violation, reply: Reply| reply.tell(Outcome::Refused { violation, position: None });
        let event = match read.event(&|given| self.engine.resolve(given)) {
            Ok(event) => event,
            Err(violation) => {
                refuse(violation, reply);
                return Ok(None);
            }
        };
        let context = ticket.filter(|_| self.engine.is_shared()).map(Ticket::traceparent);
        let arrival = Arrival {
            event,
            subject_as_sent: read.subject_as_sent(),
            other_as_sent: read.other_as_sent(),
            claimed_time: read.claimed_time(),
            traceparent: read.traceparent(),
            context: context.as_deref(),
            known_ms: self.parts.clock.now_ms(),
        };
        match self.engine.submit(&arrival)? {
            Submitted::Accepted(position) => return Ok(self.batch.accept(position, reply)),
            Submitted::Duplicate => self.batch.duplicates.push(reply),
            Submitted::Refused(refusal) => refuse(violation_of(&refusal), reply),
        }
        Ok(None)
    }

    /// Opens the days that are due, makes everything durable, folds it, shows it, then answers. Where more waits, a log that
    /// others write too is not waited for: what goes there now is folded and answered by the next call.
    fn settle(&mut self, has_more: bool) -> Result<(), RunError> {
        let now_ms = self.parts.clock.now_ms();
        if self.engine.is_shared() {
            self.engine.tend(now_ms)?;
        } else if self.engine.time_zone().is_some() {
            self.engine.open_days(now_ms)?;
        }
        // Where traces are off nobody asks for a time.
        let is_traced = self.parts.traces.is_on();
        let time = || if is_traced { SystemTime::now() } else { SystemTime::UNIX_EPOCH };
        let appended = time();
        self.batch.appended = is_traced.then_some(appended);
        // A checkpoint passes nothing whose dead letter is not written.
        if has_more && !self.is_checkpoint_due(now_ms) {
            self.engine.flush_former()?
        } else {
            self.engine.flush()?
        }
        let folded_at = time();
        let folded = self.engine.take_folded();
        let mut done = self.take_done();
        if folded.entries > 0 {
            begin::keep_refused(&self.engine, self.parts.letters.as_mut(), &folded.refused)?;
            let partitions: Vec<&Partition> = self.engine.partitions().collect();
            self.publisher.touched(&partitions, &folded, self.engine.beside(), now_ms);
        }
        self.note_traces(&mut done, Times { appended, folded: folded_at, indexed: time() });
        if folded.entries > 0 {
            self.put_marks();
        }
        self.answer(done, &folded);
        self.checkpoint_if_due(now_ms)
    }

    /// The batches of which a flush has folded everything.
    fn take_done(&mut self) -> Vec<Batch> {
        let mut done = Vec::from_iter(self.under_way.take());
        let batch = std::mem::take(&mut self.batch);
        if self.engine.is_under_way() {
            self.under_way = Some(batch);
        } else {
            done.push(batch);
        }
        let mut placed = self.engine.take_placed().into_iter();
        done.iter_mut().chain(&mut self.under_way).for_each(|batch| batch.place(&mut placed));
        done
    }

    /// Makes the spans of batches: of events by their tickets, of other entries by the contexts that they carry.
    fn note_traces(&mut self, done: &mut [Batch], times: Times) {
        let own: FxHashSet<Position> = done.iter().chain(&self.under_way).flat_map(Batch::traced_at).collect();
        done.iter_mut().for_each(|batch| batch.note_traces(times));
        // Of a shared log an event of this process's own comes back like any other.
        for (position, context) in self.engine.take_traced().into_iter().filter(|(it, _)| !own.contains(it)) {
            self.parts.traces.folded(position, context, times);
        }
    }

    fn put_marks(&self) {
        let marks = self.engine.partitions().map(Partition::next_seq).collect();
        self.feed.put(Shown { marks, view: self.index.view().clone() });
    }

    fn answer(&mut self, done: Vec<Batch>, folded: &Folded) {
        let token = self.index.view().as_ref().map(|view| view.token().clone()).unwrap_or_default();
        self.told.note(folded);
        for batch in done {
            batch.answer(&token, &self.told);
        }
    }

    fn is_checkpoint_due(&self, now_ms: i64) -> bool {
        let changed = self.engine.changed_len();
        let is_time = now_ms.saturating_sub(self.checkpoint_ms) >= self.options.checkpoint_every_ms;
        let is_rested = now_ms >= self.checkpoint_rest_ms;
        let is_much = changed >= self.options.checkpoint_subjects.max(1) && is_rested;
        (is_much || (changed > 0 && is_time)) && !self.engine.is_saving()
    }

    fn checkpoint_if_due(&mut self, now_ms: i64) -> Result<(), RunError> {
        self.note_checkpoint(now_ms);
        if self.under_way.is_none() && self.is_checkpoint_due(now_ms) {
            // What a checkpoint has passed is not folded again: its dead letters must be durable first.
            self.parts.letters.sync().map_err(RunError::DeadLetter)?;
            if self.engine.begin_checkpoint()? {
                self.checkpoint_ms = now_ms;
            }
        }
        Ok(())
    }

    /// Notes how the checkpoint went that was begun last.
    fn note_checkpoint(&mut self, now_ms: i64) {
        let Some(done) = self.engine.checkpoint_done() else { return };
        match done {
            Ok(()) => {
                self.index.note_checkpoint(self.checkpoint_ms);
                let took_ms = now_ms.saturating_sub(self.checkpoint_ms);
                self.checkpoint_rest_ms = now_ms.saturating_add(took_ms.saturating_mul(RESTS));
            }
            Err(error) => {
                // Every subject counts as changed, and the disk may still be full.
                self.checkpoint_rest_ms = i64::MAX;
                self.index.note_checkpoint_failure();
                let again_s = self.options.checkpoint_every_ms / 1_000;
                tracing::error!(again_s, "events go on without a checkpoint, and a start takes longer: {error}");
            }
        }
    }
}

/// Whom a command is about, as sent.
fn subject(command: &Command) -> Option<&str> {
    match command {
        Command::Publish { read, .. } => Some(read.subject_as_sent()),
        _ => None,
    }
}

/// When a command was handed in, as far as that matters: what asks for nothing to be reflected waits since now.
fn arrival(command: &Command) -> Instant {
    match command {
        Command::Publish { arrived, .. } => *arrived,
        _ => Instant::now(),
    }
}

fn violation_of(refusal: &IntakeRefusal) -> Violation {
    match refusal {
        IntakeRefusal::Field(it) => Violation { field: it.field.clone(), message: it.message.clone() },
        IntakeRefusal::Subject { field, cause } => Violation { field: (*field).to_owned(), message: cause.to_string() },
        IntakeRefusal::IdReused(_) => Violation { field: "id".to_owned(), message: refusal.to_string() },
        IntakeRefusal::TooLong(_) => Violation { field: "data".to_owned(), message: refusal.to_string() },
    }
}
