//! IntakeService: events from departments without Kafka.
//!
//! # Invariants
//!
//! Answers come in the order of the events, each after its event is durable and shown. Of a stream no more is read than
//! may be under way: a client that does not read its answers stops being read from.

use super::desk::Desk;
use super::status::CallError;
use super::traced::event_span;
use crate::runner::{Handle, Incoming, Outcome, Stopped, Violation};
use crate::trace::{Span, Ticket};
use heng_proto::intake::v1 as proto;
use heng_proto::model::v1::{FieldViolation, Position};
use heng_rpc::server::intake::v1::intake_service_server::IntakeService;
use std::pin::Pin;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Response, Status, Streaming};

/// Takes events.
#[derive(Clone)]
pub struct Intake {
    desk: Desk,
}

/// An event handed in, whose outcome is awaited.
struct Awaited {
    since: Instant,
    outcome: oneshot::Receiver<Outcome>,
    /// Ends when it is answered; with the type of the event as it was sent.
    span: Option<(Span, String)>,
}

/// An event of a stream under way.
type UnderWay = Result<(u64, Awaited), Status>;

impl Intake {
    /// Takes events for an engine.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

fn ready(desk: &Desk) -> Result<(), CallError> {
    if !desk.limits.takes_events {
        return Err(CallError::TakesNoEvents);
    }
    let view = desk.index().view();
    let view = view.as_ref().ok_or(CallError::CatchingUp)?;
    if view.is_open() { Ok(()) } else { Err(CallError::NoPack) }
}

/// Hands in an event and says what became of it.
pub(super) async fn publish(
    desk: &Desk,
    event: Incoming,
    request: (&MetadataMap, &Extensions),
) -> Result<proto::Outcome, CallError> {
    let since = Instant::now();
    ready(desk)?;
    let awaited = handed(&desk.handle, since, event, request).await?;
    answered(desk, awaited).await
}

/// Answers when the event is durable, folded and shown.
async fn answered(desk: &Desk, awaited: Awaited) -> Result<proto::Outcome, CallError> {
    let Awaited { since, outcome, mut span } = awaited;
    let outcome = outcome.await.map_err(|_| Stopped)?;
    desk.metrics.publish.note(since.elapsed());
    if let Some((span, event_type)) = &mut span {
        outcome.note(span, event_type);
    }
    let at = match outcome {
        Outcome::Accepted { .. } => 0,
        Outcome::Duplicate { .. } => 1,
        Outcome::Refused { .. } => 2,
    };
    if let Some(count) = desk.metrics.events.get(at) {
        count.add(1);
    }
    Ok(message(outcome))
}

/// Hands an event in, under a span where it is traced.
async fn handed(
    handle: &Handle,
    since: Instant,
    mut event: Incoming,
    (metadata, extensions): (&MetadataMap, &Extensions),
) -> Result<Awaited, CallError> {
    let span = event_span(handle.traces(), &mut event.traceparent, metadata, extensions);
    let ticket = span.as_ref().map(|span| Box::new(Ticket::new(handle.traces(), span)));
    let span = span.map(|span| (span, event.kind.clone()));
    let outcome = handle.publish_traced(event, ticket).await?;
    Ok(Awaited { since, outcome, span })
}

fn message(outcome: Outcome) -> proto::Outcome {
    use proto::outcome::Outcome as Sent;
    let position = |it: heng_model::Position| Position { partition: u32::from(it.partition), offset: it.offset };
    let outcome = match outcome {
        Outcome::Accepted { position: at, token } => {
            Sent::Accepted(proto::Accepted { position: Some(position(at)), token: token.to_vec() })
        }
        Outcome::Duplicate { token } => Sent::Duplicate(proto::Duplicate { token: token.to_vec() }),
        Outcome::Refused { violation: Violation { field, message }, position: at } => Sent::Refused(proto::Refused {
            violations: if field.is_empty() {
                Vec::new()
            } else {
                vec![FieldViolation { field, description: message.clone() }]
            },
            message,
            position: at.map(position),
        }),
    };
    proto::Outcome { outcome: Some(outcome) }
}

fn incoming(event: Option<proto::CloudEvent>) -> Result<Incoming, CallError> {
    let missing = || CallError::BadValue { field: "event", message: "is missing: send the event".to_owned() };
    let event = event.ok_or_else(missing)?;
    Ok(Incoming {
        spec_version: event.spec_version,
        id: event.id,
        source: event.source,
        kind: event.r#type,
        subject: event.subject,
        time: event.time,
        data_content_type: event.data_content_type,
        data: event.data,
        traceparent: event.traceparent,
    })
}

/// Reads a stream's events and hands them in, as many as may be under way.
async fn read(
    handle: Handle,
    request: Request<Streaming<proto::PublishStreamRequest>>,
    under_way: mpsc::Sender<UnderWay>,
) {
    let (metadata, extensions, mut events) = request.into_parts();
    let mut index = 0_u64;
    // Room for the answer comes first: what cannot be answered is not taken.
    while let Ok(room) = under_way.reserve().await {
        let taken = match events.message().await {
            Ok(None) => return,
            Ok(Some(request)) => {
                let since = Instant::now();
                match incoming(request.event) {
                    Ok(event) => handed(&handle, since, event, (&metadata, &extensions)).await,
                    Err(error) => Err(error),
                }
                .map(|awaited| (index, awaited))
                .map_err(Status::from)
            }
            Err(status) => Err(status),
        };
        let is_over = taken.is_err();
        room.send(taken);
        if is_over {
            return;
        }
        index = index.saturating_add(1);
    }
}

#[tonic::async_trait]
impl IntakeService for Intake {
    async fn publish(
        &self,
        request: Request<proto::PublishRequest>,
    ) -> Result<Response<proto::PublishResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let event = incoming(request.event)?;
        let outcome = publish(&self.desk, event, (&metadata, &extensions)).await?;
        Ok(Response::new(proto::PublishResponse { outcome: Some(outcome) }))
    }

    type PublishStreamStream =
        Pin<Box<dyn Stream<Item = Result<proto::PublishStreamResponse, Status>> + Send + 'static>>;

    async fn publish_stream(
        &self,
        request: Request<Streaming<proto::PublishStreamRequest>>,
    ) -> Result<Response<Self::PublishStreamStream>, Status> {
        ready(&self.desk)?;
        let (sender, under_way) = mpsc::channel(self.desk.limits.stream_events_max.max(1));
        tokio::spawn(read(self.desk.handle.clone(), request, sender));
        let desk = self.desk.clone();
        let answers = ReceiverStream::new(under_way).then(move |handed| {
            let desk = desk.clone();
            async move {
                let (index, awaited) = handed?;
                let outcome = answered(&desk, awaited).await?;
                Ok(proto::PublishStreamResponse { index, outcome: Some(outcome) })
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }
}
