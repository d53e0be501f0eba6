//! Lines of a file, one at a time, whatever their length.

use crate::event::LineError;
use std::io::{self, BufRead};

/// The longest line that is read, in bytes, its end not counted.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not blank.
#[derive(Debug)]
pub struct Line<'a> {
    /// Number in the file, from 1, blank lines counted.
    pub number: u64,
    /// The bytes without the end of the line; [`LineError::TooLong`] where they were not kept.
    pub bytes: Result<&'a [u8], LineError>,
}

/// Reads lines; a line beyond [`LINE_BYTES_MAX`] is measured and passed over, never loaded.
///
/// Lends each line from one buffer, so it is no [`Iterator`]: `while let Some(line) = lines.next_line()? { … }`.
#[derive(Debug)]
pub struct JsonLines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> JsonLines<R> {
    /// Lines of an input; a byte order mark at its start is passed over.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    /// What the input reports.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let Some(length) = self.fill()? else { return Ok(None) };
            self.number += 1;
            if length > LINE_BYTES_MAX as u64 {
                return Ok(Some(Line { number: self.number, bytes: Err(LineError::TooLong { bytes: length }) }));
            }
            if !self.content().trim_ascii().is_empty() {
                return Ok(Some(Line { number: self.number, bytes: Ok(self.content()) }));
            }
        }
    }

    fn content(&self) -> &[u8] {
        let line = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
        if self.number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
    }

    /// Takes one line into the buffer, as far as it may grow; tells how long the line is. `None` at the end.
    fn fill(&mut self) -> io::Result<Option<u64>> {
        self.buffer.clear();
        let mut length = 0_u64;
        let mut started = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok(started.then_some(length));
            }
            started = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let (part, _) = chunk.split_at_checked(end.unwrap_or(chunk.len())).unwrap_or((chunk, &[]));
            length += part.len() as u64;
            if length <= LINE_BYTES_MAX as u64 {
                self.buffer.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::unreachable, reason = "a test")]
    use super::*;
    use std::io::BufReader;

    fn read(input: &[u8]) -> Vec<(u64, Result<String, u64>)> {
        let mut lines = JsonLines::new(BufReader::with_capacity(7, input));
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let bytes = match line.bytes {
                Ok(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
                Err(LineError::TooLong { bytes }) => Err(bytes),
                Err(other) => unreachable!("{other}"),
            };
            all.push((line.number, bytes));
        }
        all
    }

    #[test]
    fn blank_lines_are_numbered_and_passed_over() {
        let read = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n  \r\n{\"b\":2}\nlast");
        let text = |text: &str| Ok(text.to_owned());
        assert_eq!(read, [(1, text("{\"a\":1}")), (4, text("{\"b\":2}")), (5, text("last"))]);
    }

    #[test]
    fn an_over_long_line_is_measured_and_the_next_one_read() {
        let mut input = vec![b'x'; LINE_BYTES_MAX + 10];
        input.extend_from_slice(b"\nnext\n");
        input.extend(vec![b'y'; LINE_BYTES_MAX]);
        let read = read(&input);
        assert_eq!(read.first(), Some(&(1, Err(LINE_BYTES_MAX as u64 + 10))));
        assert_eq!(read.get(1), Some(&(2, Ok("next".to_owned()))));
        assert_eq!(
            read.get(2).map(|(number, line)| (*number, line.as_ref().map(String::len))),
            Some((3, Ok(LINE_BYTES_MAX)))
        );
    }
}
