#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod fold;
mod lines;

use super::{Kind, Options, Totals, generate, generate_in_windows};
use heng_model::Day;
use sha2::{Digest, Sha256};

fn bytes(options: &Options) -> (Vec<u8>, Totals) {
    let mut out = Vec::new();
    let totals = generate(options, &mut out, &mut |_| {}).unwrap();
    (out, totals)
}

fn province() -> Options {
    Options::new(7, 3_000, 10)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Changes here are changes of what a seed means: measurements made before no longer compare.
#[test]
fn a_seed_means_these_bytes() {
    let (out, _) = bytes(&Options::new(1, 500, 10));
    assert_eq!(sha256(&out), GOLDEN);
}

const GOLDEN: &str = "c7bdffdaefe51a9a59a17fdc0f750f6189bc1c56c467a40b019394f558dda4f9";

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let options = Options::new(3, 200, 5);
    let (first, totals) = bytes(&options);
    assert_eq!((&first, &totals), (&bytes(&options).0, &bytes(&options).1));
    assert_ne!(first, bytes(&Options { seed: 4, ..options }).0);
}

#[test]
fn windows_do_not_show_in_the_bytes() {
    let options = Options::new(3, 300, 4);
    let (whole, totals) = bytes(&options);
    for events_max in [1, 100, 1_000] {
        let mut out = Vec::new();
        let cut = generate_in_windows(&options, events_max, &mut out, &mut |_| {}).unwrap();
        assert_eq!((out == whole, &cut), (true, &totals), "{events_max}");
    }
}

#[test]
fn totals_add_up_and_progress_ends_with_them() {
    let mut out = Vec::new();
    let mut told = 0;
    let totals = generate(&province(), &mut out, &mut |events| {
        assert!(events >= told);
        told = events;
    })
    .unwrap();
    let lines = u64::try_from(out.iter().filter(|byte| **byte == b'\n').count()).unwrap();
    let by_kind: u64 = Kind::ALL.iter().map(|kind| totals.of(*kind)).sum();
    assert_eq!((totals.events, told), (lines, lines));
    assert_eq!(totals.bytes, u64::try_from(out.len()).unwrap());
    assert_eq!(by_kind + totals.duplicates, lines);
    assert_eq!(totals.of(Kind::Registered), 3_000);
}

/// Events per thousand subjects over ten years.
#[test]
fn shares_are_those_of_a_province() {
    let (_, totals) = bytes(&Options::new(11, 20_000, 10));
    let bounds = [
        (Kind::Registered, 1_000, 1_000),
        (Kind::Changed, 150, 600),
        (Kind::Deregistered, 80, 400),
        (Kind::Linked, 450, 900),
        (Kind::Unlinked, 50, 400),
        (Kind::Merged, 1, 15),
        (Kind::Recorded, 8_000, 11_000),
        (Kind::Corrected, 80, 400),
        (Kind::Retracted, 20, 150),
        (Kind::Repaired, 400, 1_500),
        (Kind::Restored, 10, 60),
        (Kind::ObjectionFiled, 50, 300),
        (Kind::ObjectionResolved, 45, 300),
        (Kind::Suspended, 1, 20),
        (Kind::Resumed, 1, 15),
    ];
    for (kind, least, most) in bounds {
        let found = totals.of(kind) / 20;
        assert!((least..=most).contains(&found), "{}: {found}", kind.name());
    }
    let per_10_000 = totals.duplicates * 10_000 / totals.events;
    assert!((15..60).contains(&per_10_000), "{per_10_000}");
}

#[test]
fn options_out_of_range_are_refused() {
    let good = Options::new(1, 1, 1);
    assert_eq!(good.start.to_string(), "2025-11-01");
    let start = Day::from_ymd(1960, 1, 1).unwrap();
    for bad in [
        Options { years: 0, ..good },
        Options { years: 31, ..good },
        Options { subjects: 50_000_001, ..good },
        Options { start, ..good },
    ] {
        let error = generate(&bad, &mut Vec::new(), &mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(bytes(&Options { subjects: 0, ..good }).0, b"");
    assert!(!bytes(&Options::new(1, 20, 30)).0.is_empty());
}
