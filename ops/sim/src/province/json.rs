//! JSON by hand: objects written straight into bytes.
//!
//! # Invariants
//!
//! Keys and texts are this crate's own and hold nothing that JSON escapes.

use super::calendar::{Calendar, Date};

/// An object being written.
pub(super) struct Object<'b> {
    pub(super) out: &'b mut Vec<u8>,
    calendar: &'b Calendar,
    is_empty: bool,
}

/// Appends a number in decimal digits, zeros before it up to a width.
pub(super) fn digits(out: &mut Vec<u8>, number: u32, width: usize) {
    const DIGITS_MAX: usize = 10;
    let mut all = [b'0'; DIGITS_MAX];
    let mut rest = number;
    let mut used = 0;
    for place in all.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    let length = used.max(width).min(DIGITS_MAX);
    out.extend_from_slice(all.get(DIGITS_MAX - length..).unwrap_or_default());
}

impl<'b> Object<'b> {
    /// Writes an object and closes it.
    pub(super) fn write(out: &'b mut Vec<u8>, calendar: &'b Calendar, content: impl FnOnce(&mut Object<'_>)) {
        out.push(b'{');
        let mut object = Object { out, calendar, is_empty: true };
        content(&mut object);
        object.out.push(b'}');
    }

    fn key(&mut self, key: &str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A text that is written piece by piece.
    pub(super) fn text_by(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.text_by(key, |out| out.extend_from_slice(text.as_bytes()));
    }

    pub(super) fn date(&mut self, key: &str, date: Date) {
        let calendar = self.calendar;
        self.text_by(key, |out| out.extend_from_slice(calendar.text(date)));
    }

    pub(super) fn number(&mut self, key: &str, number: u32) {
        self.key(key);
        digits(self.out, number, 1);
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        self.key(key);
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// A decimal number, as a string.
    pub(super) fn decimal(&mut self, key: &str, whole: u32, fraction: u32, places: usize) {
        self.text_by(key, |out| {
            digits(out, whole, 1);
            out.push(b'.');
            digits(out, fraction, places);
        });
    }

    pub(super) fn object(&mut self, key: &str, content: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        Object::write(self.out, self.calendar, content);
    }

    /// A list of objects.
    pub(super) fn list(&mut self, key: &str, content: impl FnOnce(&mut List<'_>)) {
        self.key(key);
        self.out.push(b'[');
        content(&mut List { out: self.out, calendar: self.calendar, is_empty: true });
        self.out.push(b']');
    }
}

/// A list of objects being written.
pub(super) struct List<'b> {
    out: &'b mut Vec<u8>,
    calendar: &'b Calendar,
    is_empty: bool,
}

impl List<'_> {
    pub(super) fn object(&mut self, content: impl FnOnce(&mut Object<'_>)) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        Object::write(self.out, self.calendar, content);
    }
}
