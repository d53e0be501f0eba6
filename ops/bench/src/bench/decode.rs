//! The bytes of a province's log: read as entries, hashed as leaves, and nothing else.

use crate::Size;
use crate::clock;
use crate::entries::Entries;
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, ns_each, whole};
use heng_core::WINDOW_ENTRIES;
use heng_log::{MerkleRoot, codec};
use heng_model::Position;
use std::time::Duration;

const SUBJECTS: u64 = 5_000;

/// Time of decoding an entry and of its leaf, the best of several passes over one log in memory.
pub(crate) fn decode(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 300 } else { SUBJECTS });
    let (years, passes) = if size.smoke { (2, 1) } else { (size.years, 20) };
    let mut entries = Entries::default();
    province::write(subjects, years, &OnePack::hubei()?, &mut |entry| {
        entries.push(entry);
        Ok(())
    })?;
    let all: Vec<&[u8]> = entries.iter().collect();
    let mut best = [Duration::MAX; 4];
    for _ in 0..passes {
        for (best, time) in best.iter_mut().zip([heads(&all)?, identities(&all)?, whole_entries(&all)?, leaves(&all)]) {
            *best = time.min(*best);
        }
    }
    let mut report = Report::new("decode", &["what", "ns/entry"]);
    for (name, time) in ["head", "head and identity", "whole entry", "leaf and nodes above it"].iter().zip(best) {
        report.row(vec![(*name).to_owned(), format!("{:.0}", ns_each(time, all.len() as u64))]);
    }
    report.note("entries", whole(all.len() as u64));
    Ok(report)
}

fn heads(all: &[&[u8]]) -> anyhow::Result<Duration> {
    let start = clock::now();
    for entry in all {
        std::hint::black_box(codec::decode_head(entry)?);
    }
    Ok(clock::since(start))
}

fn identities(all: &[&[u8]]) -> anyhow::Result<Duration> {
    let start = clock::now();
    for entry in all {
        std::hint::black_box(codec::identity(&codec::decode_head(entry)?));
    }
    Ok(clock::since(start))
}

fn whole_entries(all: &[&[u8]]) -> anyhow::Result<Duration> {
    let start = clock::now();
    for window in all.chunks(WINDOW_ENTRIES) {
        let mut decoded = Vec::with_capacity(window.len());
        for (offset, entry) in (0..).zip(window) {
            decoded.push(codec::decode_entry(Position { partition: 0, offset }, entry)?);
        }
        std::hint::black_box(decoded);
    }
    Ok(clock::since(start))
}

fn leaves(all: &[&[u8]]) -> Duration {
    let start = clock::now();
    let mut root = MerkleRoot::new();
    for entry in all {
        root.push_entry(entry);
    }
    std::hint::black_box(root.root());
    clock::since(start)
}
