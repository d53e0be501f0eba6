//! A client that follows decisions, and what it holds a server to.

use super::served::{Place, Served};
use heng_core::DecisionKind;
use heng_log::codec::decode_decision;
use heng_log::{DataDirView, JournalReader, Stream};
use heng_proto::decision::v1::DecisionEvent;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{
    AcknowledgeRequest, Beginning, Cursor, Heartbeat, PartitionCursor, SubscribeRequest, SubscribeResponse,
};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use prost::Message as _;
use std::collections::BTreeMap;
use tonic::{Status, Streaming};

/// A subscription as a client sees it.
pub(crate) struct Follower {
    messages: Streaming<SubscribeResponse>,
    /// The last heartbeat's.
    pub(crate) cursor: Cursor,
}

pub(crate) fn beginning() -> Option<Start> {
    Some(Start::Beginning(Beginning {}))
}

impl Served {
    pub(crate) fn subscriptions(&self) -> SubscriptionServiceClient<tonic::transport::Channel> {
        SubscriptionServiceClient::new(self.channel())
    }

    pub(crate) async fn subscribe(&self, request: SubscribeRequest) -> Result<Follower, Status> {
        Follower::begin(self.subscriptions(), request).await
    }

    /// From somewhere on, everything, with heartbeats at short intervals.
    pub(crate) async fn follow(&self, start: Option<Start>) -> Follower {
        let request = SubscribeRequest { start, heartbeat_ms: 20, ..SubscribeRequest::default() };
        self.subscribe(request).await.expect("a stream")
    }

    pub(crate) async fn acknowledge(&self, name: &str, cursor: Cursor) -> Result<Cursor, Status> {
        let request = AcknowledgeRequest { name: name.to_owned(), cursor: Some(cursor), may_go_back: false };
        let answer = self.subscriptions().acknowledge(request).await?;
        Ok(answer.into_inner().cursor.expect("a cursor"))
    }
}

impl Follower {
    pub(crate) async fn begin(
        mut client: SubscriptionServiceClient<tonic::transport::Channel>,
        request: SubscribeRequest,
    ) -> Result<Self, Status> {
        let messages = client.subscribe(request).await?.into_inner();
        Ok(Self { messages, cursor: Cursor::default() })
    }

    pub(crate) async fn message(&mut self) -> Result<Message, Status> {
        let message = self.messages.message().await?.expect("a stream without an end");
        let message = message.message.expect("one of two");
        if let Message::Heartbeat(heartbeat) = &message {
            self.cursor = heartbeat.cursor.clone().expect("a cursor");
        }
        Ok(message)
    }

    pub(crate) async fn decision(&mut self) -> DecisionEvent {
        loop {
            if let Message::Decision(decision) = self.message().await.expect("a decision") {
                return decision;
            }
        }
    }

    /// The next heartbeat; none of the decisions before it is expected.
    pub(crate) async fn heartbeat(&mut self) -> Heartbeat {
        match self.message().await.expect("a heartbeat") {
            Message::Heartbeat(heartbeat) => heartbeat,
            Message::Decision(decision) => panic!("{decision:?}"),
        }
    }

    /// Everything up to the head of the log.
    pub(crate) async fn until_live(&mut self) -> Vec<DecisionEvent> {
        let mut decisions = Vec::new();
        loop {
            match self.message().await.expect("a message") {
                Message::Decision(decision) => decisions.push(decision),
                Message::Heartbeat(heartbeat) if heartbeat.is_live => return decisions,
                Message::Heartbeat(_) => {}
            }
        }
    }
}

/// Where a decision stands.
pub(crate) fn place(decision: &DecisionEvent) -> (u32, u64) {
    (decision.position.expect("a position").partition, decision.seq)
}

/// The cursor behind decisions.
pub(crate) fn behind<'a>(log: &[u8], decisions: impl IntoIterator<Item = &'a DecisionEvent>) -> Cursor {
    let mut next: BTreeMap<u32, u64> = BTreeMap::new();
    for (partition, seq) in decisions.into_iter().map(place) {
        let known = next.entry(partition).or_default();
        *known = seq + 1;
    }
    let partitions = next.into_iter().map(|(partition, next_seq)| PartitionCursor { partition, next_seq }).collect();
    Cursor { partitions, log: log.to_vec() }
}

/// Every decision on the log that is not hidden, by partition, as bytes.
pub(crate) fn on_log(served_at: &Place) -> BTreeMap<u32, Vec<Vec<u8>>> {
    let view = DataDirView::open(served_at.data()).expect("a data directory");
    let mut all = BTreeMap::new();
    for partition in 0..view.meta().partitions {
        let stamp = view.meta().stamp(Stream::Decisions, partition);
        let dir = DataDirView::journal_dir(Stream::Decisions, partition);
        let mut frames = JournalReader::open(&view.disk(), &dir, &stamp).expect("a journal").scan(0);
        let visible: &mut Vec<Vec<u8>> = all.entry(u32::from(partition)).or_default();
        while let Some(frame) = frames.next_frame() {
            let bytes = frame.expect("a frame").1.entry.to_vec();
            if decode_decision(&bytes).expect("a decision").kind != DecisionKind::Scheduled {
                visible.push(bytes);
            }
        }
    }
    all
}

/// What was received, by partition, in the order of its coming.
pub(crate) fn by_partition(decisions: &[DecisionEvent]) -> BTreeMap<u32, Vec<Vec<u8>>> {
    let mut all: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::from([(0, Vec::new()), (1, Vec::new())]);
    for decision in decisions {
        all.entry(place(decision).0).or_default().push(decision.encode_to_vec());
    }
    all
}
