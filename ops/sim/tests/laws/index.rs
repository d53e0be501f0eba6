//! What checks are answered from: kept up to date by what each batch touched, or made whole.

use crate::engine::{meta, open, submit};
use crate::laws::{seeds, until};
use crate::shared::with_merges;
use heng_core::Partition;
use heng_log::SimDisk;
use heng_server::Engine;
use heng_server::grpc::ENCODE;
use heng_server::index::{Index, Publisher};
use heng_sim::random::{history, pack};
use std::sync::Arc;

const LOG: [u8; 32] = [7; 32];
const PARTITIONS: u16 = 3;
const FLUSH_EVERY: usize = 5;

/// Flushes, brings the index up to date by what was touched, and compares it with one made whole.
fn compare(engine: &mut Engine<SimDisk>, publisher: &mut Publisher, kept: &Index, when: &str) {
    engine.flush().expect("a flush");
    let touched = engine.take_folded().touched;
    let partitions: Vec<&Partition> = engine.partitions().collect();
    publisher.touched(&partitions, &touched, engine.beside(), 0);
    let whole = Arc::new(Index::default());
    Publisher::new(Arc::clone(&whole), LOG, ENCODE).all(&partitions, 0);
    assert_eq!(kept.difference(&whole), None, "{when}");
}

#[test]
fn an_index_kept_by_what_was_touched_is_the_one_made_whole() {
    let (mut held, options) = (0, with_merges());
    for seed in seeds() {
        let random = pack(seed, &options);
        let (files, events) = (random.to_files(), history(seed, &random, &options));
        let mut engine = open(&SimDisk::new(), &meta(PARTITIONS));
        engine.watch();
        let kept = Arc::new(Index::default());
        let mut publisher = Publisher::new(Arc::clone(&kept), LOG, ENCODE);
        for (at, event) in events.iter().enumerate() {
            // What is refused touches nobody.
            let _ = submit(&mut engine, &files, event);
            if at % FLUSH_EVERY == 0 || at + 1 == events.len() {
                compare(&mut engine, &mut publisher, &kept, &format!("seed {seed}, after event {at}"));
                held = held.max(kept.len());
            }
        }
        let zone = engine.time_zone().expect("a zone");
        engine.open_days(zone.day_start_ms(until())).expect("days open");
        compare(&mut engine, &mut publisher, &kept, &format!("seed {seed}, in the end"));
    }
    assert!(held > 2, "nobody is in the index");
}
