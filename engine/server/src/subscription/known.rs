//! What is known of a durable subscription, and its form on the disk.
//!
//! # Invariants
//!
//! A text is read only where it is, byte for byte, what would be written for it, or what an earlier release wrote.

use super::wanted::Wanted;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

const HEAD: &str = "heng-subscription 2";
/// What earlier releases wrote: no filter.
pub(super) const HEAD_1: &str = "heng-subscription 1";
/// Stretches kept of one name besides the last: who changes its filter more often than this loses the oldest.
pub(super) const STRETCHES_MAX: usize = 64;

/// For each partition the `seq` of the next decision.
pub(crate) type Place = Box<[u64]>;

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) place: Place,
    /// What it was last subscribed with, and its place when that began.
    pub(super) filter: Option<(Wanted, Place)>,
    /// What it was subscribed with before, the oldest first.
    pub(super) before: Vec<Stretch>,
}

/// What a name acknowledged under one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) filter: Wanted,
    pub(super) since: Place,
    pub(super) until: Place,
}

impl Known {
    /// Goes on under a filter.
    pub(super) fn under(mut self, wanted: &Wanted) -> Self {
        let mut since = self.place.clone();
        if let Some((filter, since)) = self.filter.take()
            && since != self.place
        {
            self.before.push(Stretch { filter, since, until: self.place.clone() });
        }
        // Who goes back to a filter before anything was acknowledged under another one goes on with it.
        if let Some(last) = self.before.pop_if(|last| last.filter == *wanted && last.until == self.place) {
            since = last.since;
        }
        let dropped = self.before.len().saturating_sub(STRETCHES_MAX);
        if dropped > 0 {
            tracing::warn!(
                "a name has changed its filter very often: what it acknowledged first counts as not delivered"
            );
            self.before.drain(..dropped);
        }
        Self { filter: Some((wanted.clone(), since)), ..self }
    }

    /// Moves to a place; what lies after it is no longer acknowledged, by whatever filter it was.
    pub(super) fn moved(mut self, place: Place) -> Self {
        for stretch in &mut self.before {
            lower(&mut stretch.until, &place);
            lower(&mut stretch.since, &place);
        }
        self.before.retain(|stretch| stretch.since != stretch.until);
        if let Some((_, since)) = &mut self.filter {
            // From there on it comes under the present filter.
            lower(since, &place);
        }
        Self { place, ..self }
    }
}

/// Takes the lesser number of each partition.
fn lower(place: &mut Place, other: &Place) {
    for (one, other) in place.iter_mut().zip(other) {
        *one = (*one).min(*other);
    }
}

/// Form, log, numbers, then the filter and the numbers at which it began, if there is one; what was before; a checksum of
/// it all.
pub(super) fn text(log_id: &[u8; 32], known: &Known) -> String {
    let numbers = |place: &[u64]| place.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    let mut text = format!("{HEAD}\n{}\n{}\n", hex(log_id), numbers(&known.place));
    if let Some((filter, since)) = &known.filter {
        let _ = write!(text, "filter {}\nsince {}\n", filter.text(), numbers(since));
    }
    for Stretch { filter, since, until } in &known.before {
        let _ = write!(text, "before {}\nsince {}\nuntil {}\n", filter.text(), numbers(since), numbers(until));
    }
    summed(text)
}

pub(super) fn summed(mut text: String) -> String {
    let sum: [u8; 32] = Sha256::digest(&text).into();
    text.push_str(&hex(&sum));
    text.push('\n');
    text
}

/// Reads what [`text`] wrote for this log, or an earlier release; nothing else.
pub(super) fn parse(bytes: &[u8], log_id: &[u8; 32], partitions: usize) -> Option<Known> {
    let given = str::from_utf8(bytes).ok()?;
    let place = |text: &str| {
        let place: Place = text.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        (place.len() == partitions).then_some(place)
    };
    let mut lines = given.lines();
    let head = lines.next()?;
    let mut known = Known { place: place(lines.nth(1)?)?, filter: None, before: Vec::new() };
    let mut line = lines.next()?;
    if let Some(filter) = line.strip_prefix("filter ") {
        known.filter = Some((Wanted::read(filter)?, place(lines.next()?.strip_prefix("since ")?)?));
        line = lines.next()?;
    }
    while let Some(filter) = line.strip_prefix("before ") {
        let filter = Wanted::read(filter)?;
        let since = place(lines.next()?.strip_prefix("since ")?)?;
        let until = place(lines.next()?.strip_prefix("until ")?)?;
        known.before.push(Stretch { filter, since, until });
        line = lines.next()?;
    }
    // Written as it would be written now, with its log and its checksum, or not at all.
    let numbers = given.lines().nth(2)?;
    let is_whole = match head {
        HEAD => text(log_id, &known) == given,
        HEAD_1 => summed(format!("{HEAD_1}\n{}\n{numbers}\n", hex(log_id))) == given,
        _ => false,
    };
    is_whole.then_some(known)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
