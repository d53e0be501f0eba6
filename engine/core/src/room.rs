//! Room for what rendering composes, used again from one decision to the next.

use crate::decision::Bilingual;
use crate::subject::Subject;
use std::ops::Range;

/// Room for one decision: whoever renders many keeps one, and allocates nothing for each.
#[derive(Debug, Default)]
pub struct Room {
    /// Its subject, where that is packed.
    pub(crate) subject: Subject,
    pub(crate) texts: Composed,
}

/// The texts composed for a decision.
#[derive(Debug, Default)]
pub(crate) struct Composed {
    /// Document numbers of the grounds.
    pub(crate) numbers: Texts,
    /// Values of the facts.
    pub(crate) values: Texts,
    pub(crate) explanation: Bilingual,
}

impl Composed {
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.values.clear();
        self.explanation.zh.clear();
        self.explanation.en.clear();
    }
}

/// Texts one behind another in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    all: String,
    places: Vec<Option<Range<usize>>>,
}

impl Texts {
    fn clear(&mut self) {
        self.all.clear();
        self.places.clear();
    }

    /// Keeps what `write` appends, or that there is nothing, if it says so.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut String) -> bool) {
        let start = self.all.len();
        let place = write(&mut self.all).then_some(start..self.all.len());
        self.places.push(place);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.places.iter().map(|place| self.all.get(place.clone()?))
    }
}
