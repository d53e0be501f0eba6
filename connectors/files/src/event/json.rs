//! JSON as a tree that borrows from the line.
//!
//! # Invariants
//!
//! Texts borrow unless they hold escapes; no object that was read or checked has a key twice.

use super::error::{LineError, shorten};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// Entries of an object, in the order sent.
pub(super) type Entries<'l> = Vec<(Cow<'l, str>, Json<'l>)>;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Json<'l> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no 64-bit integer: kept only to be named in the refusal.
    Inexact(String),
    Text(Cow<'l, str>),
    List(Vec<Json<'l>>),
    Object(Entries<'l>),
}

impl Json<'_> {
    /// A number that is not negative.
    pub(super) fn of_u64(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::Inexact(number.to_string()), Self::Int)
    }

    /// The value in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => format!("`{flag}`"),
            Self::Int(number) => format!("the number `{number}`"),
            Self::Inexact(number) => format!("the number `{number}`"),
            Self::Text(text) => format!("the string `{}`", shorten(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }

    /// The kind of value in words.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::Inexact(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Values of one event, those inside objects and lists among them: a tree takes many times the bytes that it is read from, and waits with
/// thousands of others.
pub(super) const VALUES_MAX: u32 = 1_024;

/// Reads a whole text.
///
/// # Errors
/// Where it is not JSON, or has more than [`VALUES_MAX`] values.
pub(super) fn read(text: &str) -> Result<Json<'_>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let json = Tree(&Cell::new(0)).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// Refuses of `data` that came otherwise than as JSON what would be refused of JSON.
///
/// # Errors
/// [`LineError::Twice`] and [`LineError::TooMany`].
pub(super) fn check_data(entries: &Entries<'_>) -> Result<(), LineError> {
    let mut left = VALUES_MAX;
    check_object(entries, &mut left).map_err(|error| inside("data", error))
}

fn check_object(entries: &Entries<'_>, left: &mut u32) -> Result<(), LineError> {
    if let Some(key) = twice(entries) {
        return Err(LineError::Twice { path: shorten(key) });
    }
    entries.iter().try_for_each(|(key, value)| check_value(value, left).map_err(|error| inside(key, error)))
}

fn check_value(value: &Json<'_>, left: &mut u32) -> Result<(), LineError> {
    *left = left.checked_sub(1).ok_or(LineError::TooMany)?;
    match value {
        Json::Object(entries) => check_object(entries, left),
        Json::List(items) => items.iter().try_for_each(|item| check_value(item, left)),
        _ => Ok(()),
    }
}

fn inside(key: &str, error: LineError) -> LineError {
    match error {
        LineError::Twice { path } => LineError::Twice { path: format!("{key}.{path}") },
        other => other,
    }
}

/// Makes a tree; counts its values.
#[derive(Clone, Copy)]
struct Tree<'c>(&'c Cell<u32>);

impl Tree<'_> {
    fn count<E: Error>(self) -> Result<(), E> {
        self.0.set(self.0.get().saturating_add(1));
        if self.0.get() > VALUES_MAX {
            return Err(E::custom(LineError::TooMany));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::of_u64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Inexact(format!("{number:?}")))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            self.count()?;
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        const ATTRIBUTES_USUAL: usize = 10;
        const FIELDS_USUAL: usize = 8;
        let mut entries: Entries<'de> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            if entries.is_empty() {
                let is_envelope = self.0.get() == 0;
                entries.reserve(if is_envelope { ATTRIBUTES_USUAL } else { FIELDS_USUAL });
            }
            self.count()?;
            entries.push((key, map.next_value_seed(self)?));
        }
        match twice(&entries) {
            Some(key) => Err(A::Error::custom(format_args!("the key `{}` stands twice in one object", shorten(key)))),
            None => Ok(Json::Object(entries)),
        }
    }
}

fn twice<'e>(entries: &'e Entries<'_>) -> Option<&'e str> {
    const COMPARE_PAIRWISE_MAX: usize = 16;
    if entries.len() <= COMPARE_PAIRWISE_MAX {
        let same = |(at, (key, _)): (usize, &'e (Cow<'_, str>, Json<'_>))| {
            entries.iter().skip(at + 1).any(|(other, _)| other == key).then_some(key.as_ref())
        };
        return entries.iter().enumerate().find_map(same);
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2).find_map(|pair| if let [a, b] = pair { (a == b).then_some(*a) } else { None })
}

struct Key<'l>(Cow<'l, str>);

impl<'de: 'l, 'l> Deserialize<'de> for Key<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyText)
    }
}

struct KeyText;

impl<'de> Visitor<'de> for KeyText {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}
