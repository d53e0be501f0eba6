//! What a client that follows decisions holds a server to.

pub(crate) use super::follower::{Follower, beginning, behind, place};
use super::served::{Place, Served};
use heng_core::DecisionKind;
use heng_log::codec::decode_decision;
use heng_log::{DataDirView, JournalReader, Stream};
use heng_proto::decision::v1::DecisionEvent;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::{AcknowledgeRequest, Cursor, SubscribeRequest};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use prost::Message as _;
use std::collections::BTreeMap;
use tonic::Status;

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
