//! Several files, each changing the one before, read as one.
//!
//! # Invariants
//!
//! Of a key that stands in several files the last one counts. What comes out is proved against what the last file says:
//! count and sum over all of it.

use super::{End, SortedError, SortedReader};
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
    let mut heads = Vec::with_capacity(files.len());
    let mut last = None;
    for mut file in files {
        let has_more = file.advance()?;
        heads.push((file, has_more));
    }
    let (mut count, mut sum) = (0_u64, StateSum::default());
    let mut key = Vec::new();
    loop {
        let least = heads.iter().filter(|(_, has_more)| *has_more).map(|(file, _)| file.key()).min();
        let Some(least) = least else { break };
        key.clear();
        key.extend_from_slice(least);
        let newest = heads.iter().rev().find(|(file, has_more)| *has_more && file.key() == key.as_slice());
        if let Some(value) = newest.and_then(|(file, _)| file.value()) {
            sum.add(&key, value);
            count += 1;
            visit(&key, value)?;
        }
        for (file, has_more) in heads.iter_mut().filter(|(_, has_more)| *has_more) {
            if file.key() == key.as_slice() {
                *has_more = file.advance()?;
            }
        }
    }
    for (file, _) in &heads {
        last = file.end().cloned();
    }
    let end = last.ok_or(SortedError::Damaged { at: 0, detail: "there is no file" })?;
    if end.count != count || end.sum != sum {
        return Err(SortedError::Differs { found: count, expected: end.count });
    }
    Ok(end)
}
