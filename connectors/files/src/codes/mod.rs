//! Official code tables: what is in them is checked against them, what is not is checked for form.
//!
//! # Invariants
//!
//! No code is made up: `tables/*.tsv` say where each came from and as of when.

mod industry;
mod region;

pub(crate) use industry::industry;
pub(crate) use region::region;

/// The rows of a table: its cells, comments left out.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str, Option<&'static str>)> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut cells = line.split('\t');
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default(), cells.next())
    })
}
