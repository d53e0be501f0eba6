//! Whatever the bytes are: nothing panics, no row is lost, and what leaves is an event.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use heng_files::{Options, parse_line};
use proptest::prelude::*;
use support::{bundled, sample, small, with};

/// Converts; `with` checks that the totals add up.
fn holds(mapping: &heng_files::Mapping, input: &[u8]) {
    if let Ok(converted) = with(mapping, "any", input, &Options::default()) {
        for line in converted.events.lines() {
            parse_line(line.as_bytes()).unwrap();
        }
    }
}

/// A file with some bytes replaced, inserted and cut.
fn spoilt(mut file: Vec<u8>, edits: &[(usize, u8, u8)]) -> Vec<u8> {
    for (at, kind, byte) in edits {
        let at = at % file.len().max(1);
        match kind % 4 {
            0 => file.insert(at, *byte),
            1 => file.truncate(at),
            _ if file.is_empty() => {}
            2 => drop(file.remove(at)),
            _ => file[at] = *byte,
        }
    }
    file
}

fn workbook() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["信用代码", "文号", "日期", "金额"]).unwrap();
    sheet.write_row(1, 0, [support::FIRM, "1", "2023-5-3", "12"]).unwrap();
    workbook.save_to_buffer().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_row_is_lost_and_nothing_stops_the_program(edits in prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..8)) {
        for file in ["penalties-tax.csv", "penalties-tax.json"] {
            holds(&bundled("penalties-tax"), &spoilt(sample(file), &edits));
        }
        holds(&bundled("penalties-labour"), &spoilt(sample("penalties-labour.gb18030.csv"), &edits));
        holds(&small(), &spoilt(workbook(), &edits));
    }

    #[test]
    fn a_header_with_anything_below_it(below in prop::collection::vec(any::<u8>(), 0..200)) {
        let header = "信用代码,文号,日期,金额\n".as_bytes();
        holds(&small(), &[header, &below].concat());
        holds(&small(), &[b"{\"a\":", &below[..]].concat());
        holds(&small(), &[b"[{\"a\":1},", &below[..]].concat());
        holds(&small(), &[b"PK\x03\x04", &below[..]].concat());
    }
}
