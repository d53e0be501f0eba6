//! Calls sled and turns all that it may do into a value.
//!
//! # Invariants
//!
//! No panic of sled passes. The panic hook of the process is left alone: the line it prints comes before our own report.

use heng_model::checkpoint::Damage;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls sled. After a panic whatever was shared with `call` is to be dropped, by [`drop_quietly`].
pub(super) fn guarded<T>(action: &'static str, call: impl FnOnce() -> sled::Result<T>) -> Result<T, Damage> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Damage::Failed { action, message: error.to_string() }),
        Err(panic) => Err(Damage::Panicked { action, message: message(panic.as_ref()) }),
    }
}

/// Drops what may panic when dropped: sled flushes then.
pub(super) fn drop_quietly<T>(value: T) {
    // What was not flushed before belongs to no checkpoint, so its loss is none.
    drop(catch_unwind(AssertUnwindSafe(|| drop(value))));
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "the subject of the test")]
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason() {
        let caught = guarded::<()>("reading", || panic!("page {} is gone", 7));
        assert_eq!(caught, Err(Damage::Panicked { action: "reading", message: "page 7 is gone".to_owned() }));
    }
}
