//! The bytes of a record. Where its part of the arena starts is told by the lengths of those before it.
//!
//! ```text
//! words = offset u64 | tag u32 | decided on i32 | effect day i32 | length u32 | partition u16, item u16 |
//!         source u16, origin u8, flags u8
//! ```

use super::Reader;
use super::packed::Words;
use crate::subject::Record;
use crate::subject::record::NO_DAY;
use heng_model::{Day, Symbol};

/// How many words.
pub(super) const WORDS: usize = 8;

const RETRACTED: u8 = 1;
/// The day of the repair stands further on.
const REPAIRED: u8 = 1 << 1;

pub(super) fn words(record: &Record) -> [u32; WORDS] {
    let day = |day: Option<Day>| day.unwrap_or(NO_DAY).number().cast_unsigned();
    let [o0, o1, o2, o3, o4, o5, o6, o7] = record.offset.to_le_bytes();
    let [item_low, item_high] = record.item.0.to_le_bytes();
    let [partition_low, partition_high] = record.partition.to_le_bytes();
    let [source_low, source_high] = record.source.0.to_le_bytes();
    let retracted = if record.retracted { RETRACTED } else { 0 };
    let repaired = if record.repaired_on().is_some() { REPAIRED } else { 0 };
    [
        u32::from_le_bytes([o0, o1, o2, o3]),
        u32::from_le_bytes([o4, o5, o6, o7]),
        record.tag,
        day(Some(record.decided_on)),
        day(record.effect_day()),
        record.length,
        u32::from_le_bytes([partition_low, partition_high, item_low, item_high]),
        u32::from_le_bytes([source_low, source_high, record.origin, retracted | repaired]),
    ]
}

/// The record of these words, and its flags.
fn of_words([o0, o1, tag, decided_on, effect_day, length, place, last]: [u32; WORDS], at: u32) -> (Record, u8) {
    let day = |word: u32| Day::from_number(word.cast_signed());
    let [partition_low, partition_high, item_low, item_high] = place.to_le_bytes();
    let [source_low, source_high, origin, flags] = last.to_le_bytes();
    let record = Record {
        offset: u64::from(o0) | (u64::from(o1) << 32),
        tag,
        effect_day: day(effect_day),
        decided_on: day(decided_on),
        repaired_on: NO_DAY,
        at,
        length,
        partition: u16::from_le_bytes([partition_low, partition_high]),
        item: Symbol(u16::from_le_bytes([item_low, item_high])),
        source: Symbol(u16::from_le_bytes([source_low, source_high])),
        origin,
        retracted: flags & RETRACTED != 0,
    };
    (record, flags)
}

/// The records of these words, side by side in an arena of so many bytes; days of repairs are read from `rest`.
pub(super) fn read_all(
    records: &mut Vec<Record>,
    words: &[Words<WORDS>],
    arena_bytes: usize,
    rest: &mut Reader<'_>,
) -> Option<()> {
    records.clear();
    records.reserve(words.len());
    let mut at = 0_u32;
    for words in words {
        let (mut record, flags) = of_words(words.map(u32::from_le_bytes), at);
        at = at.checked_add(record.length)?;
        if flags & REPAIRED != 0 {
            record.set_repaired_on(Some(rest.day()?));
        }
        if flags > (RETRACTED | REPAIRED) {
            return None;
        }
        records.push(record);
    }
    (usize::try_from(at) == Ok(arena_bytes)).then_some(())
}
