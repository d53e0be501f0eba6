#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
use super::*;
use heng_log::{CrashKeep, JournalReader, SimDisk};
use heng_model::Day;
use heng_proto::access::v1 as proto;
use prost::Message as _;
use std::sync::atomic::{AtomicI64, AtomicU64};

const SUBJECT: &str = "91420100MA49XK7P6T";
const NOW_MS: i64 = 1_790_000_000_000;

struct Fixed;

impl Clock for Fixed {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

fn head<'a>(caller: &'a str, token: &'a [u8]) -> Head<'a> {
    let as_of = Some(Day::from_number(-3));
    Head { kind: Kind::Check, at_ms: NOW_MS, caller, purpose: "tender 7", as_of, token }
}

fn checked(caller: &str) -> Draft {
    let mut draft = Draft::new(&head(caller, &[]));
    draft.seen(SUBJECT, "tender", 5, [[7; 32].as_slice(), &[7; 32], &[8; 32]].into_iter());
    draft
}

fn meta() -> Meta {
    Meta { partitions: 1, simulated: false, log_id: [3; 32] }
}

fn start(disk: &SimDisk, options: AccessOptions) -> (Access, AccessThread, Arc<Metrics>) {
    let metrics: Arc<Metrics> = Arc::default();
    let parts: (Arc<dyn Clock>, _) = (Arc::new(Fixed), Arc::clone(&metrics));
    let (access, thread) = Access::start_on(disk.clone(), meta(), options, parts, Box::new(|_| {})).unwrap();
    (access, thread, metrics)
}

fn strict() -> AccessOptions {
    AccessOptions { strict: true, ..AccessOptions::default() }
}

/// The callers of all looks in journals that began in the first milliseconds.
fn callers(disk: &SimDisk) -> Vec<String> {
    let mut found = Vec::new();
    for ms in 0..5 {
        let name = folder::name(NOW_MS + ms);
        let reader =
            JournalReader::open(disk, &format!("{}/{name}", folder::DIR), &meta().access_stamp(&name)).unwrap();
        let mut frames = reader.scan(0);
        while let Some(frame) = frames.next_frame() {
            let entry = proto::Entry::decode(frame.unwrap().1.entry).unwrap();
            found.extend(entry.looks.into_iter().map(|look| look.caller));
        }
    }
    found.sort_unstable();
    found
}

#[test]
fn a_draft_has_the_bytes_of_its_message() {
    let token = [[1].as_slice(), &[9; 8], &[0x80, 1, 5]].concat();
    let mut draft = Draft::new(&head("counter-7", &token));
    let ids: Vec<[u8; 32]> = (0..200).map(|at| [at; 32]).collect();
    draft.seen(SUBJECT, "tender", 5, ids.iter().map(<[u8; 32]>::as_slice));
    draft.seen("P-00000000000000000000000000000001", "licence", 1, std::iter::empty());
    draft.seen(SUBJECT, "tender", 5, ids.iter().take(1).map(<[u8; 32]>::as_slice));
    draft.listed(&Listed { matter: "tender", at_least_verdict: 5, after: SUBJECT, named: 0 });
    draft.refused(3);
    let parts: Vec<&[u8]> = draft.parts().collect();
    let look = proto::Look::decode(parts[0]).unwrap();
    assert_eq!((parts.len(), look.reflected.as_slice()), (1, [128, 5].as_slice()));
    assert_eq!((look.caller.as_str(), look.purpose.as_str(), look.as_of), ("counter-7", "tender 7", Some(-3)));
    assert_eq!(look.matters, ["tender", "licence"]);
    assert_eq!(look.seen.iter().map(|it| (it.matter, it.verdict)).collect::<Vec<_>>(), [(0, 5), (1, 1), (0, 5)]);
    assert_eq!(look.seen[0].decisions, ids);
    assert_eq!((look.named, look.at_least_verdict, look.after.as_str(), look.refused), (Some(0), 5, SUBJECT, 3));
    // Fields of one message may stand in any order; nothing else may be in it.
    assert_eq!(look.encoded_len(), draft.len());
}

#[test]
fn what_no_frame_can_hold_goes_on_in_the_next() {
    let mut draft = Draft::new(&head("counter-7", &[]));
    let many: Vec<[u8; 32]> = (0..1_200_u32).map(|at| std::array::from_fn(|i| at.to_le_bytes()[i % 4])).collect();
    draft.seen("first", "tender", 5, many.iter().map(<[u8; 32]>::as_slice));
    for _ in 0..2_000 {
        draft.seen(SUBJECT, "tender", 5, many.iter().take(2).map(<[u8; 32]>::as_slice));
    }
    let looks: Vec<proto::Look> = draft.parts().map(|part| proto::Look::decode(part).unwrap()).collect();
    assert!(draft.parts().all(|part| part.len() < heng_log::journal::ENTRY_BYTES_MAX - 16));
    assert!(looks.len() > 2 && !looks[0].is_continued && looks[1..].iter().all(|look| look.is_continued));
    assert!(looks.iter().all(|look| look.caller == "counter-7" && look.matters == ["tender"]));
    assert_eq!(looks.iter().map(|look| look.seen.len()).sum::<usize>(), 2_001);
    assert_eq!((looks[0].seen[0].decisions.len(), looks[0].seen[0].more_decisions), (1_000, 200));
}

#[tokio::test]
async fn strict_answers_only_what_is_on_the_disk() {
    let disk = SimDisk::new();
    let (access, _thread, metrics) = start(&disk, strict());
    for number in 0..20 {
        access.note(checked(&format!("c{number:02}"))).await.unwrap();
        let after = disk.crash(CrashKeep::Synced);
        assert_eq!(callers(&after).len(), number + 1);
    }
    assert_eq!(metrics.access_looks.get(), 20);
}

#[tokio::test]
async fn looks_noted_together_share_a_frame_and_a_sync_and_a_stop_writes_all() {
    let disk = SimDisk::new();
    let every = Duration::from_secs(3_600);
    let (access, thread, metrics) = start(&disk, AccessOptions { sync_every: every, ..AccessOptions::default() });
    // A thread that begins late would write apart what it finds then.
    access.states.clone().wait_for(|state| state.rounds > 0).await.unwrap();
    for number in 0..50 {
        access.note(checked(&format!("c{number:02}"))).await.unwrap();
    }
    thread.stop();
    assert_eq!(callers(&disk.crash(CrashKeep::Synced)).len(), 50);
    assert_eq!((metrics.access_looks.get(), metrics.access_frames.get()), (50, 1));
    assert_eq!(access.note(checked("late")).await, Err(NotKept));
}

#[tokio::test]
async fn a_failed_sync_refuses_look_ups_until_all_that_is_held_is_written_anew() {
    let disk = SimDisk::new();
    let (access, _thread, metrics) = start(&disk, strict());
    access.note(checked("c1")).await.unwrap();
    disk.fail_next_sync();
    assert_eq!(access.note(checked("c2")).await, Err(NotKept));
    assert!(!access.is_kept());
    assert_eq!(access.note(checked("refused")).await, Err(NotKept));
    let mut states = access.states.clone();
    states.wait_for(|state| !state.is_failing).await.unwrap();
    access.note(checked("c3")).await.unwrap();
    let found = callers(&disk.crash(CrashKeep::Synced));
    assert_eq!(found, ["c1", "c2", "c3"]);
    assert_eq!(metrics.access_failures.get(), 1);
}

#[tokio::test]
async fn a_full_disk_refuses_look_ups_and_nothing_is_written_twice_when_there_is_room() {
    let disk = SimDisk::new();
    let (access, thread, _metrics) = start(&disk, strict());
    disk.set_capacity(Some(disk.used_bytes()));
    assert_eq!(access.note(checked("c1")).await, Err(NotKept));
    disk.set_capacity(None);
    access.states.clone().wait_for(|state| !state.is_failing).await.unwrap();
    access.note(checked("c2")).await.unwrap();
    thread.stop();
    assert_eq!(callers(&disk), ["c1", "c2"]);
}

#[tokio::test]
async fn who_finds_no_room_waits_and_nothing_is_dropped() {
    let disk = SimDisk::new();
    // Room for a few looks on this thread.
    let options = AccessOptions { buffer_bytes_max: 4_096, ..AccessOptions::default() };
    let (access, thread, metrics) = start(&disk, options);
    for number in 0..500 {
        access.note(checked(&format!("c{number:03}"))).await.unwrap();
    }
    thread.stop();
    assert_eq!(callers(&disk), (0..500).map(|number| format!("c{number:03}")).collect::<Vec<_>>());
    assert!(metrics.access_waits.get() > 0);
}

#[test]
fn old_journals_are_removed_and_young_ones_kept() {
    let folder = tempfile::tempdir().unwrap();
    let day_ms = 86_400_000;
    let names: Vec<String> = (0..5).map(|back| folder::name(NOW_MS - back * day_ms)).collect();
    for name in names.iter().map(String::as_str).chain(["notes"]) {
        std::fs::create_dir_all(folder.path().join(folder::DIR).join(name)).unwrap();
    }
    folder::retain(folder.path(), 0, NOW_MS);
    assert_eq!(folder::journals(folder.path()).unwrap().len(), 5);
    folder::retain(folder.path(), 2, NOW_MS);
    let mut kept = names[..3].to_vec();
    kept.reverse();
    assert_eq!(folder::journals(folder.path()).unwrap(), kept);
    assert!(folder.path().join(folder::DIR).join("notes").exists());
}

#[test]
fn a_disk_that_fills_in_the_midst_of_a_round_loses_no_look() {
    const LOOKS: usize = 1_600;
    let disk = SimDisk::new();
    let mut target = Target::begin(disk.clone(), meta(), NOW_MS).unwrap();
    let shards = Shards::new(1 << 30);
    // More than is synced at once, a frame each.
    let purpose = "x".repeat(24 << 10);
    for number in 0..LOOKS {
        let caller = format!("c{number:04}");
        shards.push(&Draft::new(&Head { purpose: &purpose, ..head(&caller, &[]) }));
    }
    let mut taken = Vec::new();
    shards.take(&mut taken);
    disk.set_capacity(Some(disk.used_bytes() + (8 << 20)));
    for _ in 0..2 {
        assert!(target.write(&taken, NOW_MS).is_err());
    }
    disk.set_capacity(None);
    target.write(&taken, NOW_MS).unwrap();
    let expected: Vec<String> = (0..LOOKS).map(|number| format!("c{number:04}")).collect();
    assert_eq!(callers(&disk.crash(CrashKeep::Synced)), expected);
}

#[test]
fn a_look_of_the_first_moments_of_a_day_is_looked_for_in_the_journal_of_its_eve() {
    let day = |text: &str| Some(text.parse::<Day>().unwrap());
    let name = "2026-11-24T120000.000Z";
    for (since, expected) in
        [(None, true), (day("2026-11-23"), true), (day("2026-11-24"), true), (day("2026-11-25"), true)]
    {
        assert_eq!(reader::may_hold(name, since), expected, "{since:?}");
    }
    assert!(!reader::may_hold(name, day("2026-11-26")));
}

struct Moved(AtomicI64);

impl Clock for Moved {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }
}

#[tokio::test]
async fn old_journals_are_looked_for_once_a_day_whether_anybody_asks_or_not() {
    let disk = SimDisk::new();
    let (clock, found) = (Arc::new(Moved(AtomicI64::new(NOW_MS))), Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&found);
    let retain: Retain = Box::new(move |_| _ = counted.fetch_add(1, Ordering::AcqRel));
    let options = AccessOptions { sync_every: Duration::from_millis(1), ..AccessOptions::default() };
    let parts: (Arc<dyn Clock>, _) = (Arc::clone(&clock) as Arc<dyn Clock>, Arc::default());
    let (access, _thread) = Access::start_on(disk, meta(), options, parts, retain).unwrap();
    clock.0.fetch_add(86_400_000, Ordering::AcqRel);
    let mut states = access.states.clone();
    let begun = states.borrow_and_update().rounds;
    states.wait_for(|state| state.rounds > begun + 5).await.unwrap();
    assert_eq!(found.load(Ordering::Acquire), 1);
}

#[tokio::test]
async fn a_look_longer_than_a_buffer_is_entered_part_by_part_beside_others() {
    let disk = SimDisk::new();
    let options = AccessOptions { buffer_bytes_max: 1 << 20, strict: true, ..AccessOptions::default() };
    let (access, thread, metrics) = start(&disk, options);
    let mut long = Draft::new(&head("long", &[]));
    (0..6_000_u32).for_each(|_| long.seen(SUBJECT, "", 0, std::iter::once([7; 32].as_slice())));
    let parts = long.parts().count();
    assert!(parts > 8, "{parts}");
    // What others have put there does not stand in the way, as it would if all had to fit at once.
    let shards = Shards::new(1 << 20);
    assert!(!shards.is_long(&checked("short")) && shards.is_long(&long));
    assert!(matches!(shards.push(&checked("short")), Pushed::Round(0)));
    assert!(matches!(shards.push(&long), Pushed::Full));
    for part in long.parts().take(2) {
        assert!(matches!(shards.push_part(part, false), Pushed::Round(0) | Pushed::Filling(0)));
    }
    access.note(checked("before")).await.unwrap();
    access.note(long).await.unwrap();
    thread.stop();
    let callers = callers(&disk);
    assert_eq!((callers.iter().filter(|it| *it == "long").count(), metrics.access_looks.get()), (parts, 2));
}
