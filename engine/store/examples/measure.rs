//! Measures writing and loading a checkpoint: `cargo run --release -p heng-store --example measure [values] [shuffled]`.
//!
//! The values come in the order of keys, or shuffled: the order matters more than the disk.
#![allow(clippy::print_stdout, reason = "it reports to a terminal")]

use heng_model::checkpoint::{CheckpointStore, Progress};
use heng_store::SledStore;
use std::time::Instant;

const VALUE_BYTES: usize = 300;

fn key(subject: u64, shuffled: bool) -> Vec<u8> {
    let number = if shuffled { subject.wrapping_mul(0x9E37_79B9_7F4A_7C15) } else { subject };
    format!("person:{number:016x}").into_bytes()
}

/// Bytes that do not compress and differ with the checkpoint.
fn value(subject: u64, number: u64) -> Vec<u8> {
    let mut word = subject ^ (number << 40) ^ 0x2545_F491_4F6C_DD1D;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(VALUE_BYTES + 8);
    while bytes.len() < VALUE_BYTES {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(VALUE_BYTES);
    bytes
}

fn report(what: &str, values: u64, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what}: {values} values in {seconds:.1} s, {:.0} a second", values as f64 / seconds);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let values: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let shuffled = arguments.next().is_some_and(|text| text == "shuffled");
    let root = std::env::temp_dir().join("heng-store-measure");
    SledStore::discard(&root)?;
    let mut store = SledStore::new(&root);
    for (number, every) in [(1, 1), (2, 10), (3, 1)] {
        let progress =
            Progress { partition: 0, number, position: 0, seq: 0, day: None, fold_version: 1, header: Vec::new() };
        let since = Instant::now();
        let subjects = (0..values).filter(|subject| subject % every == 0);
        let change = |subject| (key(subject, shuffled).into(), Some(value(subject, number).into()));
        store.write(progress, &mut subjects.map(change))?;
        report(&format!("write, 1 of {every} changed"), values / every, since);
    }
    drop(store);
    let since = Instant::now();
    let mut bytes = 0;
    SledStore::new(&root).load(0, &mut |key, value| bytes += key.len() + value.len())?;
    report("open, verify and load", values, since);
    println!("{} MB of keys and values", bytes >> 20);
    SledStore::discard(&root)?;
    Ok(())
}
