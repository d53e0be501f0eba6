//! Several files, each changing the one before, read as one.
//!
//! # Invariants
//!
//! Of a key that stands in several files the last one counts. What comes out is proved against what the last file says:
//! count and sum over all of it.

use super::{End, SortedError, SortedReader};
use heng_model::Newest;
use heng_model::checkpoint::StateSum;
use std::io::Read;

/// What is handed a key and its value.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), SortedError> + 'a;

/// Hands the live values of a whole file and those that change it, in their order, to `visit`; what the last one says,
/// when all of them were found sound and are together what it says.
///
/// # Errors
/// [`SortedError`]: then nothing is to be believed that was visited.
pub fn merge<R: Read>(files: Vec<SortedReader<R>>, visit: &mut Visit<'_>) -> Result<End, SortedError> {
    let (mut count, mut sum) = (0_u64, StateSum::default());
    let mut newest = Newest::new(files)?;
    while let Some((key, value)) = newest.head() {
        if let Some(value) = value {
            sum.add(key, value);
            count += 1;
            visit(key, value)?;
        }
        newest.advance()?;
    }
    let last = newest.into_sources().pop().and_then(|file| file.end().cloned());
    let end = last.ok_or(SortedError::Damaged { at: 0, detail: "there is no file" })?;
    if end.count != count || end.sum != sum {
        return Err(SortedError::Differs { found: count, expected: end.count });
    }
    Ok(end)
}
