//! First and last days of rules on records.

use super::{Case, run};

#[test]
fn periods() {
    run(&[
        Case {
            says: "the last day is the corresponding day, or the last day of the month where there is none",
            facts: "",
            rules: "r: {for_each: i, lasts: P3Y}",
            events: "rec r1 i 2024-02-29\nrec r2 i 2023-05-10",
            expect: "r r1: 2024-02-29..2027-02-28\nr r2: 2023-05-10..2026-05-10",
        },
        Case {
            says: "months go to the corresponding day or the end of the month; days are added, the first not counted",
            facts: "",
            rules: "m: {for_each: i, lasts: P1M}\nd: {for_each: k, lasts: P10D}",
            events: "rec r1 i 2023-01-31\nrec r2 k 2023-01-01",
            expect: "m r1: 2023-01-31..2023-02-28\nd r2: 2023-01-01..2023-01-11",
        },
    ]);
}

#[test]
fn first_days() {
    run(&[
        Case {
            says: "s: x; otherwise open",
            facts: "",
            rules: "r: {for_each: i}",
            events: "rec r1 i 2023-05-10",
            expect: "r r1: 2023-05-10..",
        },
        Case {
            says: "from: record.f, from: after record.f; an empty field gives no obligation",
            facts: "",
            rules: "on: {for_each: i, from: record.begins, lasts: P1M}\nafter: {for_each: i, from: after record.begins, lasts: P1M}",
            events: "rec r1 i 2023-05-10 begins=2023-06-30\nrec r2 i 2023-05-10",
            expect: "on r1: 2023-06-30..2023-07-30\nafter r1: 2023-07-01..2023-08-01",
        },
        Case {
            says: "from: after P3M is the day after last(x, P3M)",
            facts: "",
            rules: "r: {for_each: i, from: after P3M, lasts: P1M}",
            events: "rec r1 i 2023-11-30",
            expect: "r r1: 2024-03-01..2024-04-01",
        },
        Case {
            says: "x is the date field that the item names with from: (while that is empty the record has no effect)",
            facts: "",
            rules: "r: {for_each: n, lasts: P1M}",
            events: "rec r1 n 2023-01-01 begins=2023-06-10\nrec r2 n 2023-01-01",
            expect: "r r1: 2023-06-10..2023-07-10",
        },
    ]);
}

#[test]
fn last_days() {
    run(&[
        Case {
            says: "through: record.f, open while empty",
            facts: "",
            rules: "r: {for_each: i, through: record.ends}",
            events: "rec r1 i 2023-05-10 ends=2023-08-01\nrec r2 i 2023-05-10\nrec r3 i 2023-05-10 ends=2023-05-09",
            expect: "r r1: 2023-05-10..2023-08-01\nr r2: 2023-05-10..",
        },
        Case {
            says: "the item's valid: cuts too",
            facts: "",
            rules: "long: {for_each: v, lasts: P3Y}\nopen: {for_each: v}\nshort: {for_each: v, lasts: P1M}",
            events: "rec r1 v 2023-05-10",
            expect: "long r1: 2023-05-10..2024-05-10\nopen r1: 2023-05-10..2024-05-10\nshort r1: 2023-05-10..2023-06-10",
        },
        Case {
            says: "with extends, last(s, Q) unless a repair R <= last(s, lasts)",
            facts: "",
            rules: "r: {for_each: i, lasts: P1M, extends: P3M}\n\
                    f: {for_each: i, lasts: P1M, extends: P3M, repair: {not_before: P2M}}",
            events: "rec r1 i 2023-01-31\nrec r2 i 2023-01-31\nrepair r2 2023-02-28\nrec r3 i 2023-01-31\nrepair r3 2023-03-01",
            // f of r2: E is 2023-02-28, earlier than last(s, P2M); f of r3: E is 2023-04-30, so the repair ends it on 03-31.
            expect: "r r1: 2023-01-31..2023-04-30\nr r2: 2023-01-31..2023-02-27\nr r3: 2023-01-31..2023-02-28\n\
                     f r1: 2023-01-31..2023-04-30\nf r2: 2023-01-31..2023-02-28\nf r3: 2023-01-31..2023-03-31",
        },
    ]);
}

#[test]
fn repairs() {
    run(&[
        Case {
            says: "repaired on R: nothing if R <= s, else min(E, R - 1)",
            facts: "",
            rules: "r: {for_each: i, lasts: P1M}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-05-10\nrec r2 i 2023-05-10\nrepair r2 2023-05-11\n\
                     rec r3 i 2023-05-10\nrepair r3 2023-09-01",
            expect: "r r2: 2023-05-10..2023-05-10\nr r3: 2023-05-10..2023-06-10",
        },
        Case {
            says: "max(R - 1, last(s, not_before))",
            facts: "",
            rules: "r: {for_each: i, lasts: P3Y, repair: {not_before: P6M}}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-06-01\nrec r2 i 2023-05-10\nrepair r2 2023-11-11\n\
                     rec r3 i 2023-05-10\nrepair r3 2023-11-12\nrec r4 i 2023-05-10\nrepair r4 2023-05-10",
            expect: "r r1: 2023-05-10..2023-11-10\nr r2: 2023-05-10..2023-11-10\nr r3: 2023-05-10..2023-11-11",
        },
        Case {
            says: "a rule with repaired: include is untouched by repair",
            facts: "",
            rules: "r: {for_each: i, lasts: P1M, extends: P3M, repaired: include}",
            events: "rec r1 i 2023-01-31\nrepair r1 2023-01-31",
            expect: "r r1: 2023-01-31..2023-04-30",
        },
        Case {
            says: "the latest repair by position stands",
            facts: "",
            rules: "r: {for_each: i}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-09-01\nrepair r1 2023-07-01\nrec r2 i 2023-05-10\nrepair r2 2023-07-01\nrepair r2 2023-09-01",
            expect: "r r1: 2023-05-10..2023-06-30\nr r2: 2023-05-10..2023-08-31",
        },
        Case {
            says: "repairs by the authorities that the item names; by default on the known day",
            facts: "",
            rules: "r: {for_each: i}",
            events: "rec r1 i 2023-05-10\ncourt-repair r1 2023-06-01\nrec r2 i 2023-05-10\nb-repair r2 2023-06-01\nrec r3 i 2023-05-10\nknown 2023-06-02\nrepair r3",
            expect: "r r1: 2023-05-10..2023-05-31\nr r2: 2023-05-10..\nr r3: 2023-05-10..2023-06-01",
        },
    ]);
}

#[test]
fn law_time_and_unless() {
    run(&[
        Case {
            says: "effective cuts to the days on which the rule is law; default: the days on which all its bases are",
            facts: "",
            rules: "r: {for_each: i, lasts: P1M, effective: {from: 2023-05-15, to: 2023-05-31}}\ny: {for_each: k, lasts: P3M, basis: [law, young]}",
            events: "rec r1 i 2023-05-10\nrec r2 i 2023-06-01\nrec r3 k 2023-02-10",
            expect: "r r1: 2023-05-15..2023-05-31\ny r3: 2023-03-01..2023-05-10",
        },
        Case {
            says: "with by: record it selects instead (x) and the obligation runs its full term",
            facts: "",
            rules: "r: {for_each: i, lasts: P1M, effective: {from: 2023-05-15, to: 2023-05-31, by: record}}",
            events: "rec r1 i 2023-05-14\nrec r2 i 2023-05-15\nrec r3 i 2023-05-31\nrec r4 i 2023-06-01",
            expect: "r r2: 2023-05-15..2023-06-15\nr r3: 2023-05-31..2023-06-30",
        },
        Case {
            says: "unless is read on each day and takes days out; it lengthens nothing and makes no new run",
            facts: "f: {count: k, within: P10D}\ng: {count: i, within: P1M}",
            rules: "r: {for_each: i, lasts: P1M, unless: 'f >= 1'}\nw: {when: 'g >= 1', unless: 'f >= 1'}",
            events: "rec r1 i 2023-05-10\nrec r2 k 2023-05-20",
            expect: "r r1: 2023-05-10..2023-05-19, 2023-05-31..2023-06-10\n\
                     w 2023-05-10: 2023-05-10..2023-05-19, 2023-05-31..2023-06-10",
        },
    ]);
}

#[test]
fn filters() {
    run(&[
        Case {
            says: "facts in where are read on x; the record itself counts",
            facts: "f: {count: i, within: P1Y}",
            rules: "r: {for_each: i, lasts: P1D, where: 'f >= 2'}",
            events: "rec r1 i 2023-05-10\nrec r2 i 2024-05-10\nrec r3 i 2025-05-11",
            expect: "r r2: 2024-05-10..2024-05-11",
        },
        Case {
            says: "prior counts only records with an earlier x",
            facts: "f: {count: i, within: P1Y, prior: true}",
            rules: "r: {for_each: i, lasts: P1D, where: 'f >= 1'}",
            events: "rec r1 i 2023-05-10\nrec r2 i 2023-05-10\nrec r3 i 2024-05-10\nrec r4 i 2025-05-11",
            expect: "r r3: 2024-05-10..2024-05-11",
        },
        Case {
            says: "same counts only records equal in those fields to the record judged; empty equals nothing",
            facts: "f: {count: i, same: [nature]}",
            rules: "r: {for_each: i, lasts: P1D, where: 'f >= 2'}",
            events: "rec r1 i 2023-05-10 nature=a\nrec r2 i 2023-05-11 nature=b\nrec r3 i 2023-05-12 nature=a\nrec r4 i 2023-05-13\nrec r5 i 2023-05-14",
            expect: "r r3: 2023-05-12..2023-05-13",
        },
        Case {
            says: "a rule applies to the kinds that its item and all its measures allow; kind on x",
            facts: "",
            rules: "r: {for_each: i, lasts: P1D, outcome: {list: r, measures: [bar, look]}}",
            events: "rec r1 i 2023-05-10\nC: rec r2 i 2023-05-10\nC: rec r3 i 2023-06-10\nC: reg kind=enterprise on=2023-06-10",
            expect: "r r1: 2023-05-10..2023-05-11\nC: r r3: 2023-06-10..2023-06-11",
        },
        Case {
            says: "a comparison that reads an empty field is false, != too; ! negates that result; has asks",
            facts: "",
            rules: "ne: {for_each: i, lasts: P1D, where: \"record.nature != 'a'\"}\n\
                    not: {for_each: i, lasts: P1D, where: \"!(record.nature == 'a')\"}\n\
                    flag: {for_each: i, lasts: P1D, where: '!record.flag'}\n\
                    has: {for_each: i, lasts: P1D, where: 'has(record.nature) && record.number + 1 > 1'}",
            events: "rec r1 i 2023-05-10\nrec r2 i 2023-05-20 nature=b flag=true number=1",
            expect: "ne r2: 2023-05-20..2023-05-21\nnot r1: 2023-05-10..2023-05-11\nnot r2: 2023-05-20..2023-05-21\n\
                     flag r1: 2023-05-10..2023-05-11\nhas r2: 2023-05-20..2023-05-21",
        },
    ]);
}
