//! More in one batch than a journal takes.
#![allow(clippy::unwrap_used, reason = "a test")]

use super::append_synced;
use heng_log::journal::{BATCH_BYTES_MAX, ENTRY_BYTES_MAX};
use heng_log::{Journal, JournalOptions, SimDisk};

#[test]
fn a_full_batch_is_synced_and_goes_on() {
    let mut journal = Journal::open(&SimDisk::new(), "events", JournalOptions::new([1; 32])).unwrap().0;
    let entry = vec![7; ENTRY_BYTES_MAX];
    let wanted = BATCH_BYTES_MAX / ENTRY_BYTES_MAX + 10;
    for offset in 0..wanted as u64 {
        assert_eq!(append_synced(&mut journal, &entry, || Ok(())).unwrap(), offset);
    }
    let (len, synced) = (journal.len(), journal.synced_len());
    assert_eq!(len, wanted as u64);
    assert!(synced > 0 && synced < len, "{synced} of {len} are synced");
    journal.sync().unwrap();
    assert_eq!(journal.read(len - 1, &mut Vec::new()).unwrap().entry, entry);
}
