//! SubscriptionService: decisions to those who must act on them, nothing missed and nothing twice.
//!
//! # Invariants
//!
//! What a request names is checked against the log and the pack before a stream begins. As many subscriptions as are
//! allowed run at once; an acknowledgement is answered when it is durable. A stream is entered in the access log before it
//! begins: who reads, from where, by what filter.

use super::cursor;
use super::desk::Desk;
use super::framed::Framed;
use super::handoff::made;
use super::patience::patient;
use super::report::freshness;
use super::status::CallError;
use super::subscriber::{Subscriber, Task};
use crate::access::{Draft, Head, Kind as Asked};
use crate::index::View;
use crate::runner::{Marks, Shown, Stopped};
use crate::subscription::{NameError, Names, Recent, Wanted};
use heng_core::DecisionKind as Kind;
use heng_proto::decision::v1::DecisionKind;
use heng_proto::subscription::v1 as proto;
use heng_rpc::raw::SubscribeResponse;
use heng_rpc::server::subscription::v1::subscription_service_server::SubscriptionService;
use proto::subscribe_request::Start;
use rustc_hash::FxHashSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tonic::body::Body;
use tonic::{Request, Response, Status};

/// Values of one kind of condition.
const FILTER_VALUES_MAX: usize = 1_024;
/// The shortest and the longest time between heartbeats that may be asked for, in milliseconds.
const HEARTBEAT_MS: (u64, u64) = (10, 3_600_000);

/// The least time that a place which is ahead is waited for, in milliseconds: longer than it takes an engine of a shared log to tell
/// that it no longer reads.
const REACH_MS: u64 = 4_000;
/// Bytes of a filter, or of a place, as the access log has them.
const ENTERED_BYTES_MAX: usize = 4_096;

/// Streams decisions.
#[derive(Clone)]
pub struct Subscriptions {
    desk: Desk,
    recent: Arc<Recent>,
    /// Subscriptions that may still begin.
    room: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

impl Subscriptions {
    /// Starts the thread that reads for all; streams end when told to stop.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn start(desk: Desk, stopping: watch::Receiver<bool>) -> io::Result<Self> {
        let recent = Recent::start(desk.handle.clone(), desk.limits.recent_bytes_max, Arc::clone(&desk.metrics))?;
        let room = Arc::new(Semaphore::new(desk.limits.subscribers_max.clamp(1, Semaphore::MAX_PERMITS)));
        Ok(Self { desk, recent, room, stopping })
    }

    /// What is shown, and how far.
    fn shown(&self) -> Result<(Arc<View>, Marks), CallError> {
        match self.desk.handle.published().shown() {
            Shown { marks, view: Some(view) } => Ok((view, marks)),
            Shown { .. } => Err(CallError::CatchingUp),
        }
    }

    async fn begin(&self, caller: &str, request: proto::SubscribeRequest) -> Result<Framed, CallError> {
        let (view, marks) = self.shown()?;
        let wanted = wanted(request.filter.unwrap_or_default(), &view)?;
        let heartbeat = self.heartbeat(request.heartbeat_ms)?;
        let at_least = match request.at_least.as_slice() {
            [] => None,
            token => Some(view.parse_token(token)?),
        };
        let busy = |_| CallError::Busy(self.desk.limits.subscribers_max);
        let permit = Arc::clone(&self.room).try_acquire_owned().map_err(busy)?;
        let how = match &request.start {
            None => "what comes".to_owned(),
            Some(Start::Beginning(_)) => "from the beginning".to_owned(),
            Some(Start::Cursor(_)) => "from a cursor".to_owned(),
            Some(Start::Name(name)) => format!("as {name}"),
        };
        let at = self.place(request.start, &view, &marks, &wanted).await?;
        self.enter(caller, &view, (&how, &at), &wanted).await?;
        let (feeder, parts) = patient(Duration::from_millis(self.desk.limits.stall_ms_max));
        let task = Task {
            desk: self.desk.clone(),
            recent: Arc::clone(&self.recent),
            stopping: self.stopping.clone(),
            log: view.log().to_vec(),
            wanted,
            at_least,
            heartbeat,
        };
        tokio::spawn(Subscriber::new(task, at, feeder).run(permit));
        Ok(Framed::new(parts, &self.desk))
    }

    /// Enters a stream in the access log.
    async fn enter(
        &self,
        caller: &str,
        view: &View,
        (how, at): (&str, &[u64]),
        wanted: &Wanted,
    ) -> Result<(), CallError> {
        let places: Vec<String> =
            at.iter().enumerate().map(|(partition, next)| format!("{partition}:{next}")).collect();
        let purpose = format!("{how}: {}", places.join(" "));
        let at_ms = self.desk.clock.now_ms();
        let (purpose, filter) = (short(&purpose), wanted.text());
        let head = Head { kind: Asked::Subscribe, at_ms, caller, purpose, as_of: None, token: view.token() };
        let mut draft = Draft::new(&head);
        draft.asked(short(&filter));
        Ok(self.desk.access.note(draft).await?)
    }

    /// Where a stream begins.
    async fn place(
        &self,
        start: Option<Start>,
        view: &View,
        marks: &[u64],
        wanted: &Wanted,
    ) -> Result<Vec<u64>, CallError> {
        match start {
            None => Ok(marks.to_vec()),
            Some(Start::Beginning(_)) => Ok(vec![0; marks.len()]),
            Some(Start::Cursor(given)) => {
                Ok(self.read(&given, view, marks.len()).await?.into_iter().map(Option::unwrap_or_default).collect())
            }
            Some(Start::Name(name)) => {
                let wanted = wanted.clone();
                let place = self.names(move |names| names.begin(&name, &wanted)).await?;
                self.reach("name", &place).await?;
                Ok(place.into())
            }
        }
    }

    /// A cursor, when as much is shown as it covers.
    async fn read(&self, given: &proto::Cursor, view: &View, partitions: usize) -> Result<Vec<Option<u64>>, CallError> {
        let places = cursor::read(given, view, partitions);
        let places = places.map_err(|cause| CallError::Cursor { field: "cursor", cause })?;
        let place: Vec<u64> = places.iter().map(|place| place.unwrap_or_default()).collect();
        self.reach("cursor", &place).await?;
        Ok(places)
    }

    /// Waits until as much is shown as a place covers: the engine that it is from may have been further than this one.
    async fn reach(&self, field: &'static str, place: &[u64]) -> Result<(), CallError> {
        let mut published = self.desk.handle.published();
        let wait_ms = self.desk.limits.at_least_wait_ms_max.max(REACH_MS);
        let reached = async {
            while cursor::within(place, &published.marks()).is_err() {
                if !published.changed().await {
                    return Err(Stopped);
                }
            }
            Ok(())
        };
        // Where it takes longer it is looked once more.
        if let Ok(ended) = tokio::time::timeout(Duration::from_millis(wait_ms), reached).await {
            return Ok(ended?);
        }
        let Err(cause) = cursor::within(place, &self.desk.handle.published().marks()) else { return Ok(()) };
        // Only who has read everything that there was when it was asked knows that it is too far.
        let is_behind = self.desk.index().stale_by_ms(self.desk.clock.now_ms()) >= wait_ms;
        Err(if is_behind { CallError::CatchingUp } else { CallError::Cursor { field, cause } })
    }

    fn heartbeat(&self, asked_ms: u32) -> Result<Duration, CallError> {
        let (least, most) = HEARTBEAT_MS;
        match u64::from(asked_ms) {
            0 => Ok(Duration::from_millis(self.desk.limits.heartbeat_ms)),
            ms if (least..=most).contains(&ms) => Ok(Duration::from_millis(ms)),
            ms => Err(CallError::BadValue {
                field: "heartbeat_ms",
                message: format!("is {ms}: write a number from {least} to {most}, or 0 for what is configured"),
            }),
        }
    }

    /// Files are written on a thread that may block.
    async fn names<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Names) -> Result<T, NameError> + Send + 'static,
    ) -> Result<T, CallError> {
        let names = Arc::clone(&self.desk.names);
        // The task ends early only with the runtime.
        Ok(tokio::task::spawn_blocking(move || act(&names)).await.map_err(|_| Stopped)??)
    }

    async fn note(&self, request: proto::AcknowledgeRequest) -> Result<proto::AcknowledgeResponse, CallError> {
        let (view, marks) = self.shown()?;
        let given = request.cursor.unwrap_or_default();
        let upto = self.read(&given, &view, marks.len()).await?;
        let (name, may_go_back) = (request.name, request.may_go_back);
        let place = self.names(move |names| names.acknowledge(&name, &upto, may_go_back)).await?;
        let freshness = Some(freshness(self.desk.freshness(&view, None)));
        Ok(proto::AcknowledgeResponse { cursor: Some(cursor::write(&place, view.log())), freshness })
    }
}

/// As much of a text as the access log takes.
fn short(text: &str) -> &str {
    let end = (0..=text.len().min(ENTERED_BYTES_MAX)).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

fn wanted(filter: proto::Filter, view: &View) -> Result<Wanted, CallError> {
    let mut wanted = Wanted {
        authorities: codes("filter.authorities", filter.authorities)?,
        measures: codes("filter.measures", filter.measures)?,
        outcomes: codes("filter.outcomes", filter.outcomes)?,
        kinds: filter.kinds.into_iter().map(kind).collect::<Result<_, _>>()?,
        region_prefixes: codes("filter.region_prefixes", filter.region_prefixes)?.into_iter().collect(),
    };
    let is_region = |prefix: &[u8]| (1..=6).contains(&prefix.len()) && prefix.iter().all(u8::is_ascii_digit);
    if !wanted.region_prefixes.iter().all(|prefix| is_region(prefix)) {
        let message = "has what begins no region code: write 1 to 6 digits, such as 4201".to_owned();
        return Err(CallError::BadValue { field: "filter.region_prefixes", message });
    }
    // The same conditions in another order are the same filter.
    wanted.kinds.sort_unstable();
    wanted.region_prefixes.sort_unstable();
    let pack = &view.words().ok_or(CallError::NoPack)?.program.label;
    wanted.check(view.codes(), pack)?;
    Ok(wanted)
}

fn codes(field: &'static str, given: Vec<String>) -> Result<FxHashSet<Box<[u8]>>, CallError> {
    let (found, max) = (given.len(), FILTER_VALUES_MAX);
    if found > max {
        return Err(CallError::TooMany { field, found, max });
    }
    Ok(given.into_iter().map(|code| code.into_bytes().into()).collect())
}

fn kind(given: i32) -> Result<Kind, CallError> {
    let refuse = |message: &str| CallError::BadValue { field: "filter.kinds", message: message.to_owned() };
    match DecisionKind::try_from(given) {
        Ok(DecisionKind::Proposed) => Ok(Kind::Proposed),
        Ok(DecisionKind::Declined) => Ok(Kind::Declined),
        Ok(DecisionKind::Issued) => Ok(Kind::Issued),
        Ok(DecisionKind::Amended) => Ok(Kind::Amended),
        Ok(DecisionKind::Suspended) => Ok(Kind::Suspended),
        Ok(DecisionKind::Resumed) => Ok(Kind::Resumed),
        Ok(DecisionKind::Lifted) => Ok(Kind::Lifted),
        Ok(DecisionKind::Expired) => Ok(Kind::Expired),
        Ok(DecisionKind::Revoked) => Ok(Kind::Revoked),
        Ok(DecisionKind::Scheduled) => {
            Err(refuse("scheduled decisions are not shown: they come as issued on their first day"))
        }
        Ok(DecisionKind::Unspecified) | Err(_) => Err(refuse("has what is no kind of decision")),
    }
}

#[tonic::async_trait]
impl SubscriptionService for Subscriptions {
    /// Empty: its messages are in the body that is handed over.
    type SubscribeStream = tokio_stream::Empty<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        request: Request<proto::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        Ok(made(Body::new(self.begin(caller, request).await?)))
    }

    async fn acknowledge(
        &self,
        request: Request<proto::AcknowledgeRequest>,
    ) -> Result<Response<proto::AcknowledgeResponse>, Status> {
        Ok(Response::new(self.note(request.into_inner()).await?))
    }
}
