//! The feed of what is durable and shown: how far each partition's decision log may be read by subscribers.
//!
//! # Invariants
//!
//! A mark is put up only after the decisions below it are durable and in the index: who was shown a decision finds every
//! check agreeing with it. Marks only grow, so a follower that misses some has missed nothing.

use crate::index::View;
use std::sync::Arc;
use tokio::sync::watch;

/// For each partition the `seq` of the first decision not to be shown yet.
pub type Marks = Arc<[u64]>;

/// How far decisions are shown, and what the index reflected when they were.
#[derive(Debug, Clone)]
pub struct Shown {
    /// How far.
    pub marks: Marks,
    /// Everything that it reflects lies below the marks; none until the log has been caught up with.
    pub view: Option<Arc<View>>,
}

/// Puts up marks.
#[derive(Debug)]
pub(crate) struct Feed(watch::Sender<Shown>);

/// Follows marks: [`watch::Receiver::changed`] waits for the next.
#[derive(Debug, Clone)]
pub struct Published(watch::Receiver<Shown>);

impl Feed {
    pub(crate) fn new() -> (Self, Published) {
        let (sender, receiver) = watch::channel(Shown { marks: Marks::from([]), view: None });
        (Self(sender), Published(receiver))
    }

    pub(crate) fn put(&self, shown: Shown) {
        self.0.send_if_modified(|known| {
            let differs = *known.marks != *shown.marks;
            *known = shown;
            differs
        });
    }
}

impl Published {
    /// The marks as they stand; empty until the log has been caught up with.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.0.borrow().marks.clone()
    }

    /// The marks as they stand, with what the index reflected.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.0.borrow().clone()
    }

    /// Waits for other marks than those seen last; false where the engine has stopped and none will come.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}
