//! Writing: numbers as LEB128, lists and texts with their length before them.

/// Bytes being written, after those that are there.
pub(in crate::subject) struct Writer<'a>(pub(in crate::subject) &'a mut Vec<u8>);

impl Writer<'_> {
    /// Numbers of 32 bits side by side.
    pub(super) fn words<const N: usize>(&mut self, words: [u32; N]) {
        self.raw(words.map(u32::to_le_bytes).as_flattened());
    }

    pub(in crate::subject) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    pub(in crate::subject) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }

    pub(in crate::subject) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.length(items.len());
        for item in items {
            write(self, item);
        }
    }

    pub(in crate::subject) fn option<T>(&mut self, item: Option<T>, write: impl Fn(&mut Self, T)) {
        match item {
            Some(item) => {
                self.byte(1);
                write(self, item);
            }
            None => self.byte(0),
        }
    }
}
