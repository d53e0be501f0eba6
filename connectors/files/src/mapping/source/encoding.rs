//! In which encoding a text is, where the mapping leaves that to the file.

use crate::lines::LINE_BYTES_MAX;
use crate::mapping::error::ConvertError;
use encoding_rs::{Encoding, GB18030, UTF_8};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// The byte order mark of UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The encoding of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) encoding: &'static Encoding,
    /// How it was found out, for the summary.
    pub(super) how: &'static str,
    /// A row may be in the other encoding: then it is refused, not read as rubbish.
    pub(super) is_guess: bool,
}

impl Found {
    /// Why no header is found in the first rows, where it is for the encoding: then what they seem to say is rubbish.
    pub(super) fn mistaken<'r>(self, rows: impl Iterator<Item = &'r [u8]>, file: &str) -> Option<ConvertError> {
        let text: Vec<u8> = rows.flatten().copied().collect();
        let is_utf8 = std::str::from_utf8(&text).is_ok();
        let is_mistaken = if self.encoding == UTF_8 { !is_utf8 } else { is_chinese_utf8(&text) };
        let other = if is_utf8 { "utf-8" } else { "gb18030" };
        let said = self.encoding.name();
        is_mistaken.then(|| ConvertError::Form {
            file: file.to_owned(),
            problem: format!(
                "is not in {said} ({}): leave the encoding to be found out (`auto`), or say `{other}`, with --encoding or in \
                 the mapping",
                self.how
            ),
        })
    }
}

/// Finds the encoding out, and leaves the input at the first byte of the text.
///
/// A byte order mark decides; else what is UTF-8 as a whole is that; else the encoding that more lines are in, GB18030
/// where it is a draw: what it means in UTF-8 is hardly ever made of its bytes by accident.
pub(super) fn find(mut input: impl Read + Seek, declared: Option<&'static Encoding>) -> io::Result<Found> {
    let mut head = [0; UTF8_MARK.len()];
    let length = input.by_ref().take(head.len() as u64).read(&mut head)?;
    let is_marked = head.get(..length) == Some(UTF8_MARK);
    let start = if is_marked { UTF8_MARK.len() as u64 } else { 0 };
    input.seek(SeekFrom::Start(start))?;
    let found = match declared {
        Some(encoding) => Found { encoding, how: "declared", is_guess: false },
        None if is_marked => Found { encoding: UTF_8, how: "by its byte order mark", is_guess: false },
        None => guess(&mut input)?,
    };
    input.seek(SeekFrom::Start(start))?;
    Ok(found)
}

fn guess(input: impl Read) -> io::Result<Found> {
    let (mut sound, mut broken) = (0_u64, 0_u64);
    let mut lines = BufReader::with_capacity(1 << 16, input);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.is_ascii() {
            if std::str::from_utf8(&line).is_ok() { sound += 1 } else { broken += 1 }
        }
    }
    Ok(match (sound, broken) {
        (_, 0) => Found { encoding: UTF_8, how: "found", is_guess: false },
        (sound, broken) if sound > broken => {
            Found { encoding: UTF_8, how: "found, with lines that are not", is_guess: true }
        }
        _ => Found { encoding: GB18030, how: "found", is_guess: true },
    })
}

/// Does a cell read as UTF-8, with a letter of three bytes in it, as Chinese has them?
pub(super) fn is_chinese_utf8(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| text.chars().any(|letter| letter.len_utf8() >= 3))
}
