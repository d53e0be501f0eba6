//! Reading the keys of a JSON object, each refusal naming the path.

use super::error::{LineError, shorten};
use super::json::Json;
use super::{EventType, NAME_BYTES_MAX};
use crate::suggest;
use heng_model::{Day, ParseDayError};
use std::borrow::Cow;

/// An object inside an event; null and absent are the same here.
#[derive(Clone, Copy)]
pub(super) struct Object<'j> {
    /// What stands before its keys in a path, such as `data.`.
    pub(super) prefix: &'j str,
    pub(super) entries: &'j [(Cow<'j, str>, Json<'j>)],
}

impl<'j> Object<'j> {
    pub(super) fn path(&self, key: &str) -> String {
        format!("{}{}", self.prefix, shorten(key))
    }

    /// Refuses keys that are not known.
    pub(super) fn only(&self, kind: EventType, known: &[&str]) -> Result<(), LineError> {
        match self.entries.iter().find(|(key, _)| !known.contains(&key.as_ref())) {
            None => Ok(()),
            Some((key, _)) => Err(LineError::UnknownField {
                path: self.path(key),
                kind: kind.name(),
                remedy: suggest::remedy(key, known),
            }),
        }
    }

    /// A value as sent, null included.
    pub(super) fn sent(&self, key: &str) -> Option<&'j Json<'j>> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A value that is not null.
    pub(super) fn get(&self, key: &str) -> Option<&'j Json<'j>> {
        self.sent(key).filter(|value| !matches!(value, Json::Null))
    }

    pub(super) fn wrong_type(&self, key: &str, value: &Json<'_>, expected: &'static str) -> LineError {
        let path = self.path(key);
        match value {
            Json::Inexact(number) => LineError::Inexact { path, value: number.clone() },
            other => LineError::WrongType { path, found: other.describe(), expected },
        }
    }

    pub(super) fn bad(&self, key: &str, value: &str, expected: impl Into<String>) -> LineError {
        LineError::BadValue { path: self.path(key), value: shorten(value), expected: expected.into() }
    }

    pub(super) fn missing(&self, key: &str, remedy: &str) -> LineError {
        LineError::Missing { path: self.path(key), remedy: remedy.to_owned() }
    }

    /// A text, of any length.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'j str>, LineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text.as_ref())),
            Some(other) => Err(self.wrong_type(key, other, "a string")),
        }
    }

    /// A text that names something: short, without control characters, not empty.
    pub(super) fn name(&self, key: &str, remedy: &str) -> Result<&'j str, LineError> {
        self.opt_name(key)?.ok_or_else(|| self.missing(key, remedy))
    }

    /// The same, where it may be left out.
    pub(super) fn opt_name(&self, key: &str) -> Result<Option<&'j str>, LineError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        check_name(text).map_err(|expected| self.bad(key, text, expected))?;
        Ok(Some(text))
    }

    pub(super) fn day(&self, key: &str, remedy: &str) -> Result<Day, LineError> {
        self.opt_day(key)?.ok_or_else(|| self.missing(key, remedy))
    }

    pub(super) fn opt_day(&self, key: &str) -> Result<Option<Day>, LineError> {
        self.get(key).map(|value| self.read_day(key, value)).transpose()
    }

    pub(super) fn read_day(&self, key: &str, value: &Json<'_>) -> Result<Day, LineError> {
        let Json::Text(text) = value else {
            return Err(self.wrong_type(key, value, "a date as a string of the form YYYY-MM-DD"));
        };
        let day: Day = text.parse().map_err(|error| match error {
            ParseDayError::Form(_) => self.bad(key, text, "a date of the form YYYY-MM-DD, such as 2023-05-10"),
            ParseDayError::NoSuchDay(_) => self.bad(key, text, "a day that the calendar has"),
        })?;
        if day < Day::EARLIEST {
            return Err(self.bad(key, text, format!("a day from {} on", Day::EARLIEST)));
        }
        Ok(day)
    }
}

/// What is expected of a name, where the text is none.
pub(super) fn check_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("a text that is not empty".to_owned())
    } else if text.len() > NAME_BYTES_MAX {
        Err(format!("at most {NAME_BYTES_MAX} bytes, these are {}", text.len()))
    } else if text.chars().any(char::is_control) {
        Err("a text without control characters".to_owned())
    } else {
        Ok(())
    }
}
