//! Rules on conditions.

use super::{Case, run};

#[test]
fn runs() {
    run(&[
        Case {
            says: "evaluated from registered_on through deregistration, whose day still counts",
            facts: "f: {count: i}",
            rules: "r: {when: 'f == 0'}",
            events: "reg registered_on=2023-01-01\nrec r1 i 2022-01-01\nretract r1\ndereg 2023-06-30",
            expect: "r 2023-01-01: 2023-01-01..2023-06-30",
        },
        Case {
            says: "else from its earliest x of an unretracted record",
            facts: "f: {count: k}",
            rules: "r: {when: 'f == 0'}",
            events: "rec r0 i 2020-01-05\nretract r0\nrec r1 i 2023-01-01\nrec r2 k 2023-03-01",
            expect: "r 2023-01-01: 2023-01-01..2023-02-28",
        },
        Case {
            says: "every maximal run gives one obligation [a, b]",
            facts: "f: {count: i, within: P10D}",
            rules: "r: {when: 'f >= 1'}",
            events: "rec r1 i 2023-05-01\nrec r2 i 2023-05-12\nrec r3 i 2023-06-01",
            expect: "r 2023-05-01: 2023-05-01..2023-05-22\nr 2023-06-01: 2023-06-01..2023-06-11",
        },
        Case {
            says: "the kind on d is part of the condition",
            facts: "f: {count: i}",
            rules: "r: {when: 'f >= 1', outcome: {list: r, measures: [look]}}",
            events: "rec r1 i 2023-05-01\nreg kind=institution on=2023-06-01\nreg kind=enterprise on=2023-07-01",
            expect: "r 2023-05-01: 2023-05-01..2023-05-31\nr 2023-07-01: 2023-07-01..",
        },
        Case {
            says: "effective cuts after runs were found, the key is a before any cut; by: record selects by a",
            facts: "f: {count: i, within: P1M}",
            rules: "cut: {when: 'f >= 1', effective: {from: 2023-05-15}}\nsel: {when: 'f >= 1', effective: {from: 2023-05-15, by: record}}",
            events: "rec r1 i 2023-05-01\nrec r2 i 2023-08-01",
            expect: "cut 2023-05-01: 2023-05-15..2023-06-01\ncut 2023-08-01: 2023-08-01..2023-09-01\nsel 2023-08-01: 2023-08-01..2023-09-01",
        },
    ]);
}

#[test]
fn fixed_terms() {
    run(&[
        Case {
            says: "with lasts: P, [a, last(a, P)]; no new term starts before the condition has fallen and risen again",
            facts: "f: {count: i, within: P3M}",
            rules: "r: {when: 'f >= 1', lasts: P1M}",
            events: "rec r1 i 2023-05-10\nrec r2 i 2023-08-01\nrec r3 i 2023-12-01",
            expect: "r 2023-05-10: 2023-05-10..2023-06-10\nr 2023-12-01: 2023-12-01..2024-01-01",
        },
        Case {
            says: "a run that falls and rises inside a term gives a second term",
            facts: "f: {count: i, within: P10D}",
            rules: "r: {when: 'f >= 1', lasts: P1M}",
            events: "rec r1 i 2023-05-01\nrec r2 i 2023-05-12\nrec r3 i 2023-05-24",
            expect: "r 2023-05-01: 2023-05-01..2023-06-01\nr 2023-05-24: 2023-05-24..2023-06-24",
        },
        Case {
            says: "d is in force only if the condition, read on a, would still hold without the records repaired by d",
            facts: "f: {count: i}",
            rules: "r: {when: 'f >= 2', lasts: P1M}",
            events: "rec r1 i 2023-05-01\nrec r2 i 2023-05-10\nrec r3 i 2023-05-12\nrepair r1 2023-05-20",
            // The run goes on (r2 and r3), but what held on a was r1 and r2.
            expect: "r 2023-05-10: 2023-05-10..2023-05-19",
        },
        Case {
            says: "where repair.not_before is given, repairs work only for d > last(a, not_before)",
            facts: "f: {count: i}",
            rules: "r: {when: 'f >= 1', lasts: P3M, repair: {not_before: P1M}}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-05-20",
            expect: "r 2023-05-10: 2023-05-10..2023-06-10",
        },
        Case {
            says: "facts and rules with repaired: include lose nothing by repair",
            facts: "f: {count: i, repaired: include}\ng: {count: k}",
            rules: "f: {when: 'f >= 1', lasts: P1M}\ng: {when: 'g >= 1', lasts: P1M, repaired: include}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-05-20\nrec r2 k 2023-05-10\nrepair r2 2023-05-20",
            expect: "f 2023-05-10: 2023-05-10..2023-06-10\ng 2023-05-10: 2023-05-10..2023-06-10",
        },
    ]);
}

#[test]
fn terms_that_run_on() {
    run(&[
        Case {
            says: "with and_while, to the later end",
            facts: "f: {count: i, within: P3M}\ng: {count: k, within: P10D}",
            rules: "long: {when: 'f >= 1', lasts: P1M, and_while: true}\nshort: {when: 'g >= 1', lasts: P1M, and_while: true}",
            events: "rec r1 i 2023-05-10\nrec r2 k 2023-05-10",
            expect: "long 2023-05-10: 2023-05-10..2023-08-10\nshort 2023-05-10: 2023-05-10..2023-06-10",
        },
        Case {
            says: "a day passes by either test",
            facts: "f: {count: i}",
            rules: "r: {when: 'f >= 1', lasts: P1M, and_while: true}",
            // On a only r1 held; repaired on 05-20, the run goes on by r2 through 05-24.
            events: "rec r1 i 2023-05-10\nrec r2 i 2023-05-15\nrepair r1 2023-05-20\nrepair r2 2023-05-25",
            expect: "r 2023-05-10: 2023-05-10..2023-05-24",
        },
    ]);
}
