#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::step::{condition, period};
use super::*;

/// The steps of a condition, a line each: what becomes what, and what shows it.
fn steps(text: &str) -> String {
    let line = |step: &step::Step| match &step.shows {
        Shows::Value { side, value, holds } => {
            format!("{} -> {} | {side} = {value}: {holds}", step.from, step.to)
        }
        other => format!("{} -> {} | {other:?}", step.from, step.to),
    };
    condition(text).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_number_is_moved_by_the_smallest_step_of_its_kind() {
    for (text, expected) in [
        ("fines >= 3", "3 -> 2 | fines = 2: false\n3 -> 4 | fines = 3: true"),
        ("fines > 3", "3 -> 2 | fines = 3: false\n3 -> 4 | fines = 4: true"),
        ("fines <= 3", "3 -> 2 | fines = 3: true\n3 -> 4 | fines = 4: false"),
        ("fines < 3", "3 -> 2 | fines = 2: true\n3 -> 4 | fines = 3: false"),
        ("fines == 3", "3 -> 2 | fines = 3: true\n3 -> 4 | fines = 3: true"),
        ("3 <= fines", "3 -> 2 | fines = 2: false\n3 -> 4 | fines = 3: true"),
        (
            "record.evaded >= money('1000000')",
            "1000000 -> 999999.99 | record.evaded = 999999.99: false\n\
             1000000 -> 1000000.01 | record.evaded = 1000000: true",
        ),
        (
            "record.on > date('2024-02-29')",
            "2024-02-29 -> 2024-02-28 | record.on = 2024-02-29: false\n\
             2024-02-29 -> 2024-03-01 | record.on = 2024-03-01: true",
        ),
    ] {
        assert_eq!(steps(text), expected, "{text}");
    }
}

#[test]
fn a_comparison_is_moved_where_no_number_beside_it_does_the_same() {
    assert_eq!(
        steps("record.share >= decimal('0.10')"),
        ">= -> > | record.share = decimal('0.10'): true\n\
         0.10 -> 0.09 | record.share = 0.09: false\n0.10 -> 0.11 | record.share = 0.10: true"
    );
    assert_eq!(
        steps("a && (penalties * 1000 > documents || b)"),
        "1000 -> 999 | Number\n1000 -> 1001 | Number\n> -> >= | penalties * 1000 = documents: false"
    );
    assert_eq!(steps("grade == 'A' && record.note.startsWith('3 > 2')"), "");
}

#[test]
fn a_period_is_moved_by_a_day_beyond_all_its_lengths() {
    let moved = |text: &str, months| period(text, months).into_iter().map(|(to, _)| to).collect::<Vec<_>>().join(" ");
    assert_eq!(moved("P3Y", false), "P1094D P1097D");
    assert_eq!(moved("P1D", false), "P2D");
    assert_eq!(moved("P30D", true), "P29D P31D");
    assert_eq!(moved("P3Y", true), "P35M P37M");
    assert_eq!(moved("P1M", false), "P27D P32D");
    assert_eq!(moved("P12M", false), "P364D P367D");
}

const SECTOR: &str = "\u{feff}sector: x
items:
  act: {valid: P5Y, fields: {until: {type: date, max: P1Y}}}
facts:
  recent: {sum: act, where: \"record.fine >= money('5')\", within: P12M, default: '0'}
rules:
  - id: one
    effective: {from: 2022-02-01}
    where: >-
      记录 == 1 &&
      record.fine > money('7')
    from: after P1M
    lasts: P1Y
    extends: P2Y
    repair: {not_before: P6M}
";

#[test]
fn every_piece_is_found_at_its_place_and_changed_alone() {
    let mut files = PackFiles::new();
    files.add("sectors/x.yaml", SECTOR.as_bytes().to_vec()).unwrap();
    let found = mutations(&files).unwrap();
    let told: Vec<String> = found
        .iter()
        .map(|it| format!("{}:{} {} {} -> {}", it.place.line, it.place.column, it.clause, it.from, it.to))
        .collect();
    assert_eq!(
        told,
        [
            "3:16 valid P5Y -> P1825D",
            "3:16 valid P5Y -> P1828D",
            "3:55 max P1Y -> P364D",
            "3:55 max P1Y -> P367D",
            "5:52 where 5 -> 4.99",
            "5:52 where 5 -> 5.01",
            "5:66 within P12M -> P364D",
            "5:66 within P12M -> P367D",
            "5:82 default 0 -> -1",
            "5:82 default 0 -> 1",
            "8:23 effective.from 2022-02-01 -> 2022-01-31",
            "8:23 effective.from 2022-02-01 -> 2022-02-02",
            "10:13 where 1 -> 0",
            "10:13 where 1 -> 2",
            "11:28 where 7 -> 6.99",
            "11:28 where 7 -> 7.01",
            "12:17 from P1M -> P27D",
            "12:17 from P1M -> P32D",
            "13:12 lasts P1Y -> P11M",
            "13:12 lasts P1Y -> P13M",
            "14:14 extends P2Y -> P23M",
            "14:14 extends P2Y -> P25M",
            "15:26 repair.not_before P6M -> P180D",
            "15:26 repair.not_before P6M -> P185D",
        ]
    );
    for it in &found {
        let changed = it.apply(&files);
        let text = std::str::from_utf8(changed.get("sectors/x.yaml").unwrap()).unwrap();
        let differing: Vec<(&str, &str)> = SECTOR.lines().zip(text.lines()).filter(|(a, b)| a != b).collect();
        let [(before, after)] = differing.as_slice() else { panic!("{it:?}: {differing:?}") };
        assert_eq!(before.len() - it.from.len(), after.len() - it.to.len());
        assert!(after.contains(&it.to), "{it:?}: {after}");
    }
}

#[test]
fn longest_terms_are_left_out_and_nothing_else() {
    let mut files = PackFiles::new();
    files.add("measures.yaml", b"measures:\n  a: {max: P3Y, kind: x}\n  b: {kind: x, max: P10Y}\n".to_vec()).unwrap();
    let free = unbounded(&files).unwrap();
    assert_eq!(free.get("measures.yaml").unwrap(), b"measures:\n  a: {max: ~, kind: x}\n  b: {kind: x, max: ~}\n");
}
