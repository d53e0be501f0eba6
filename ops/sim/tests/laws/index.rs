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

/// An index that is brought up to date by what an engine's batches touched.
pub(crate) struct Kept {
    index: Arc<Index>,
    publisher: Publisher,
}

impl Kept {
    /// From an engine on.
    pub(crate) fn of(engine: &mut Engine<SimDisk>) -> Self {
        let index = Arc::new(Index::default());
        let mut publisher = Publisher::new(Arc::clone(&index), LOG, ENCODE);
        engine.watch();
        publisher.all(&engine.partitions().collect::<Vec<_>>(), &engine.histories(), 0);
        Self { index, publisher }
    }

    /// Brings it up to date after a flush, and compares it with one made whole. How many histories are on their way?
    pub(crate) fn compare(&mut self, engine: &mut Engine<SimDisk>, when: &str) -> usize {
        let (folded, moving) = (engine.take_folded(), engine.histories());
        let partitions: Vec<&Partition> = engine.partitions().collect();
        self.publisher.touched(&partitions, &folded, engine.beside(), 0);
        let whole = Arc::new(Index::default());
        Publisher::new(Arc::clone(&whole), LOG, ENCODE).all(&partitions, &moving, 0);
        assert_eq!(self.index.difference(&whole), None, "{when}");
        moving.len()
    }
}

#[test]
fn an_index_kept_by_what_was_touched_is_the_one_made_whole() {
    let (mut held, options) = (0, with_merges());
    for seed in seeds() {
        let random = pack(seed, &options);
        let (files, events) = (random.to_files(), history(seed, &random, &options));
        let mut engine = open(&SimDisk::new(), &meta(PARTITIONS));
        let mut kept = Kept::of(&mut engine);
        let mut compare = |engine: &mut Engine<SimDisk>, when: &str| {
            engine.flush().expect("a flush");
            kept.compare(engine, &format!("seed {seed}, {when}"));
            held = held.max(kept.index.len());
        };
        for (at, event) in events.iter().enumerate() {
            // What is refused touches nobody.
            let _ = submit(&mut engine, &files, event);
            if at % FLUSH_EVERY == 0 || at + 1 == events.len() {
                compare(&mut engine, &format!("after event {at}"));
            }
        }
        let zone = engine.time_zone().expect("a zone");
        engine.open_days(zone.day_start_ms(until())).expect("days open");
        compare(&mut engine, "in the end");
    }
    assert!(held > 2, "nobody is in the index");
}
