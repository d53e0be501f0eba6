//! The feed of what is durable and shown: how far each partition's decision log may be read by subscribers.
//!
//! # Invariants
//!
//! A mark is put up only after the decisions below it are durable and in the index: who was shown a decision finds every
//! check agreeing with it. Marks only grow, so a follower that misses some has missed nothing.

use std::sync::Arc;
use tokio::sync::watch;

/// For each partition the `seq` of the first decision not to be shown yet.
pub type Marks = Arc<[u64]>;

/// Puts up marks.
#[derive(Debug)]
pub(crate) struct Feed(watch::Sender<Marks>);

/// Follows marks: [`watch::Receiver::changed`] waits for the next.
#[derive(Debug, Clone)]
pub struct Published(watch::Receiver<Marks>);

impl Feed {
    pub(crate) fn new() -> (Self, Published) {
        let (sender, receiver) = watch::channel(Marks::from([]));
        (Self(sender), Published(receiver))
    }

    pub(crate) fn put(&self, marks: Marks) {
        self.0.send_if_modified(|known| {
            let differs = **known != *marks;
            *known = marks;
            differs
        });
    }
}

impl Published {
    /// The marks as they stand; empty until the log has been caught up with.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.0.borrow().clone()
    }

    /// Waits for other marks than those seen last; false where the engine has stopped and none will come.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}
