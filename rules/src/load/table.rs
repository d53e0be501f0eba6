//! Declared rows by code.
//!
//! # Invariants
//!
//! A code whose declaration is broken is known all the same: naming it is no second error.

use crate::pack::Words;
use crate::suggest;
use crate::yaml::{At, Map};
use std::collections::BTreeMap;

/// Rows in the order of their codes.
#[derive(Debug)]
pub(crate) struct Table<T> {
    pub(crate) rows: Vec<T>,
    index: BTreeMap<String, Option<u16>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T> Table<T> {
    /// Adds a row; `None` for a broken declaration.
    pub(crate) fn declare(&mut self, code: &str, at: At<'_>, row: Option<T>) {
        let next = u16::try_from(self.rows.len()).ok().filter(|next| *next < u16::MAX);
        if next.is_none() {
            at.error("too many declarations", "a table holds at most 65,535");
        }
        let row = row.filter(|_| next.is_some());
        if row.is_none() {
            at.surely_reported();
        }
        self.index.insert(code.to_owned(), next.filter(|_| row.is_some()));
        self.rows.extend(row);
    }

    pub(crate) fn get(&self, index: u16) -> Option<&T> {
        self.rows.get(usize::from(index))
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// `Err` if the code is unknown, `Ok(None)` if its declaration is broken.
    pub(crate) fn look_up(&self, code: &str) -> Result<Option<u16>, String> {
        self.index.get(code).copied().ok_or_else(|| suggest::hint(code, self.codes()))
    }

    /// The row that a scalar names; an unknown code is reported.
    pub(crate) fn find(&self, at: At<'_>, what: &str) -> Option<u16> {
        self.find_code(at, at.text()?, what)
    }

    /// The row of a code that stands at `at`.
    pub(crate) fn find_code(&self, at: At<'_>, code: &str, what: &str) -> Option<u16> {
        self.look_up(code).unwrap_or_else(|hint| {
            at.error(format!("unknown {what} `{code}`"), hint);
            None
        })
    }

    /// The rows that a list (or one scalar) names, each once.
    pub(crate) fn find_each(&self, at: At<'_>, what: &str) -> Option<Vec<u16>> {
        let mut found = Vec::new();
        let mut sound = true;
        for at in at.each() {
            match self.find(at, what) {
                Some(row) if found.contains(&row) => {
                    at.error(format!("{what} {} is named twice", at.found()), "name it once");
                }
                Some(row) => found.push(row),
                None => sound = false,
            }
        }
        sound.then_some(found)
    }
}

/// The declarations of a mapping, by code.
pub(crate) fn declarations<'a>(at: At<'a>, what: &str) -> Vec<(&'a str, At<'a>, At<'a>)> {
    let mut list = Vec::new();
    for (key, value) in at.entries(what) {
        let Some(code) = key.text() else { continue };
        if super::names::is_code(code) {
            list.push((code, key, value));
        } else {
            key.error(format!("`{code}` cannot be a code"), "use letters, digits, `.`, `-` and `_`");
        }
    }
    list.sort_by_key(|(code, ..)| *code);
    list
}

/// `zh` and `en` of a declaration; the code stands in for a missing title.
pub(crate) fn words(map: Map<'_>, code: &str) -> Words {
    let text = |key| map.get(key).and_then(At::text).map(str::to_owned);
    let en = text("en");
    Words { zh: text("zh").unwrap_or_else(|| code.to_owned()), en }
}
