//! From events to records.

use super::{Case, judged, run};

#[test]
fn corrections_and_retractions() {
    run(&[
        Case {
            says: "a retracted record never counts; retraction is final",
            facts: "f: {count: i}",
            rules: "r: {for_each: i}\nw: {when: 'f >= 1'}",
            events: "rec r1 i 2023-05-10\nretract r1\nfix r1 number=1\nrestore r1 2023-06-01",
            expect: "",
        },
        Case {
            says: "a correction replaces the fields it names (null empties one), and decided_on",
            facts: "",
            rules: "r: {for_each: i, where: 'record.number == 2', through: record.ends}",
            events: "rec r1 i 2023-05-10 number=1 ends=2023-09-01\nfix r1 number=2 ends=null\nrec r2 i 2023-05-10 number=2 ends=2023-09-01\nfix r2 decided_on=2023-05-12",
            expect: "r r1: 2023-05-10..\nr r2: 2023-05-12..2023-09-01",
        },
        Case {
            says: "of several corrections of one field the highest version stands, else the latest position",
            facts: "",
            rules: "r: {for_each: i, where: 'record.number == 2', through: record.ends}",
            events: "rec r1 i 2023-05-10\nfix r1 version=2 number=2\nfix r1 version=1 number=3 ends=2023-06-01\nfix r1 number=4\n\
                     rec r2 i 2023-05-10\nfix r2 number=3\nfix r2 number=2\nrec r3 i 2023-05-10\nfix r3 version=1 number=3\nfix r3 version=1 number=2",
            expect: "r r1: 2023-05-10..2023-06-01\nr r2: 2023-05-10..\nr r3: 2023-05-10..",
        },
        Case {
            says: "a correction keeps repairs and the position of credit.recorded",
            facts: "f: {latest: i, field: grade}",
            rules: "r: {for_each: i}\na: {when: \"f == 'A'\"}",
            events: "rec r1 i 2023-05-10 grade=B\nrec r2 i 2023-05-10 grade=A\nrepair r1 2023-06-01\nfix r1 number=1",
            expect: "r r1: 2023-05-10..2023-05-31\nr r2: 2023-05-10..\na 2023-05-10: 2023-05-10..",
        },
        Case {
            says: "only its source corrects a record; records of two sources with one name are two",
            facts: "",
            rules: "r: {for_each: i, lasts: P1D}",
            events: "rec r1 i 2023-05-10\nrec-b r1 i 2023-06-10\nfix-b r1 decided_on=2023-07-10",
            expect: "r r1: 2023-05-10..2023-05-11\nr /gov/b#r1: 2023-07-10..2023-07-11",
        },
        Case {
            says: "an event about a record not yet seen waits for it",
            facts: "",
            rules: "r: {for_each: i}",
            events: "fix r1 decided_on=2023-05-12\nrepair r1 2023-06-01\nretract r2\nrec r1 i 2023-05-10\nrec r2 i 2023-05-10",
            expect: "r r1: 2023-05-12..2023-05-31",
        },
        Case {
            says: "a second credit.recorded of a record is refused",
            facts: "",
            rules: "r: {for_each: i, lasts: P1D}",
            events: "rec r1 i 2023-05-10\nrec r1 i 2023-06-10",
            expect: "r r1: 2023-05-10..2023-05-11",
        },
        Case {
            says: "histories of merged subjects join",
            facts: "f: {count: i}",
            rules: "r: {when: 'f >= 2'}",
            events: "B: rec r1 i 2023-05-10\nA: rec r2 i 2023-06-10\nB: merge A\nB: rec r3 k 2023-05-10",
            expect: "r 2023-06-10: 2023-06-10..",
        },
    ]);
}

#[test]
fn refusals_are_told() {
    let text = "rec r1 i 2023-05-10\nrec r1 i 2023-06-10\nrec r2 nothing 2023-06-10";
    judged("", "r: {for_each: i}", text, |oracle| {
        let refused: Vec<usize> = oracle.refused().iter().map(|(position, _)| *position).collect();
        assert_eq!(refused, [1, 2]);
    });
}

#[test]
fn a_repeated_event_changes_nothing() {
    let (pack, symbols) = super::pack("", "r: {for_each: i}");
    let mut events = super::events("rec r1 i 2023-05-10\nrepair r1 2023-07-01\nrepair r1 2023-06-01");
    let once = super::Oracle::judge(&pack, &symbols, &events, super::day("2030-01-01")).decisions[0].in_force.runs();
    events.push(events[1].clone());
    let twice = super::Oracle::judge(&pack, &symbols, &events, super::day("2030-01-01")).decisions[0].in_force.runs();
    assert_eq!(once, twice);
    assert_eq!(once[0].last, super::day("2023-05-31"));
}
