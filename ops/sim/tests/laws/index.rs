//! What checks are answered from: kept up to date by what each batch touched, or made whole.

use crate::engine::{meta, open, submit};
use crate::laws::{seeds, until};
use heng_core::Partition;
use heng_log::SimDisk;
use heng_server::grpc::ENCODE;
use heng_server::index::{Index, Publisher};
use heng_sim::random::{Options, history, pack};
use std::sync::Arc;

const LOG: [u8; 32] = [7; 32];
const PARTITIONS: u16 = 3;
const FLUSH_EVERY: usize = 5;

#[test]
fn an_index_kept_by_what_was_touched_is_the_one_made_whole() {
    let mut held = 0;
    for seed in seeds() {
        let options = Options { merges: true, ..Options::all() };
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
                engine.flush().expect("a flush");
                let partitions: Vec<&Partition> = engine.partitions().collect();
                let whole = Arc::new(Index::default());
                Publisher::new(Arc::clone(&whole), LOG, ENCODE).all(&partitions, 0);
                let touched = engine.take_folded().touched;
                let partitions: Vec<&Partition> = engine.partitions().collect();
                publisher.touched(&partitions, touched.iter(), 0);
                assert_eq!(kept.difference(&whole), None, "seed {seed}, after event {at}");
                held = held.max(kept.len());
            }
        }
        let zone = engine.time_zone().expect("a zone");
        engine.open_days(zone.day_start_ms(until())).expect("days open");
        engine.flush().expect("a flush");
        let touched = engine.take_folded().touched;
        let partitions: Vec<&Partition> = engine.partitions().collect();
        publisher.touched(&partitions, touched.iter(), 0);
        let whole = Arc::new(Index::default());
        Publisher::new(Arc::clone(&whole), LOG, ENCODE).all(&partitions, 0);
        assert_eq!(kept.difference(&whole), None, "seed {seed}, in the end");
    }
    assert!(held > 2, "nobody is in the index");
}
