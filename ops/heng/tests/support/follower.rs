//! A client that follows decisions.

use heng_proto::decision::v1::DecisionEvent;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{
    Beginning, Cursor, Heartbeat, PartitionCursor, SubscribeRequest, SubscribeResponse,
};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;
use tonic::{Status, Streaming};

/// Longer than any engine may say nothing: a test that waits fails then.
const SILENCE: Duration = Duration::from_secs(300);

/// A subscription as a client sees it.
pub(crate) struct Follower {
    messages: Streaming<SubscribeResponse>,
    /// The last heartbeat's.
    pub(crate) cursor: Cursor,
}

/// From the beginning of the log.
pub(crate) fn beginning() -> Option<Start> {
    Some(Start::Beginning(Beginning {}))
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
        let message = timeout(SILENCE, self.messages.message()).await.expect("a sign of life in time");
        let message = message?.expect("a stream without an end");
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
    #[allow(dead_code, reason = "not every program that follows looks at them")]
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
