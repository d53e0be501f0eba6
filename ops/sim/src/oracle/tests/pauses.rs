//! Objections, suspensions, undone repairs: days taken out of what is derived without them.

use super::{Case, run};

#[test]
fn objections() {
    run(&[
        Case {
            says: "paused on [filed.on, resolved.on - 1] where the item says on_objection: suspend; a pause lengthens nothing",
            facts: "",
            rules: "o: {for_each: o, lasts: P1M}\ni: {for_each: i, lasts: P1M}",
            events: "rec r1 o 2023-05-10\nobject r1 o1 2023-05-15\nresolve o1 2023-05-20 rejected\n\
                     rec r2 i 2023-05-10\nobject r2 o2 2023-05-15\nresolve o2 2023-05-20 rejected\nrec r3 o 2023-05-10\nobject r3 o3 2023-05-15",
            expect: "o r1: 2023-05-10..2023-05-14, 2023-05-20..2023-06-10 | 2023-05-10..2023-06-10\ni r2: 2023-05-10..2023-06-10\n\
                     o r3: 2023-05-10..2023-05-14 | 2023-05-10..2023-06-10",
        },
        Case {
            says: "after an upheld one until its retraction or correction comes, whatever the item says",
            facts: "",
            rules: "o: {for_each: o, lasts: P1M}\ni: {for_each: i, lasts: P1M}",
            events: "rec r1 o 2023-05-10\nobject r1 o1 2023-05-15\nresolve o1 2023-05-20 upheld\n\
                     rec r2 i 2023-05-10\nfix r2 number=0\nobject r2 o2 2023-05-15\nresolve o2 2023-05-20 upheld\nknown 2023-06-01\nfix r2 number=1",
            expect: "o r1: 2023-05-10..2023-05-14 | 2023-05-10..2023-06-10\n\
                     i r2: 2023-05-10..2023-05-19, 2023-06-01..2023-06-10 | 2023-05-10..2023-06-10",
        },
    ]);
}

#[test]
fn suspensions() {
    run(&[
        Case {
            says: "measures.suspended pauses every decision on the subject; resumed ends every suspension known so far",
            facts: "",
            rules: "r: {for_each: i, lasts: P3M}",
            events: "rec r1 i 2023-05-10\nsuspend 2023-05-20 2023-05-25\nsuspend 2023-06-01\nresume 2023-06-11\nsuspend 2023-07-01 2023-07-02",
            expect: "r r1: 2023-05-10..2023-05-19, 2023-05-26..2023-05-31, 2023-06-11..2023-06-30, 2023-07-03..2023-08-10 | 2023-05-10..2023-08-10",
        },
        Case {
            says: "first and last days are derived, in every stratum, as if nothing were paused; a pause is no end",
            facts: "l: {outcome: list/x}\ne: {outcome: list/x, ended_within: P10D}",
            rules: "r: {for_each: i, lasts: P1M, outcome: {list: x}}\nl: {when: 'l', lasts: P10D}\ne: {when: 'e'}",
            events: "rec r1 i 2023-05-10\nsuspend 2023-05-08 2023-05-12",
            expect: "r r1: 2023-05-13..2023-06-10 | 2023-05-10..2023-06-10\n\
                     l 2023-05-10: | 2023-05-10..2023-05-20\n\
                     e 2023-05-10: 2023-05-13..2023-06-20 | 2023-05-10..2023-06-20",
        },
        Case {
            says: "credit.restored undoes a repair: that repair is no repair, and the days [R, W - 1] are paused",
            facts: "",
            rules: "r: {for_each: i, lasts: P3M}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-06-01\nrestore r1 2023-06-11\n\
                     rec r2 i 2023-05-10\nrepair r2 2023-07-01\nrepair r2 2023-06-01\nrestore r2 2023-06-11\n\
                     rec r3 i 2023-05-10\nrestore r3 2023-06-11\nrepair r3 2023-06-01",
            expect: "r r1: 2023-05-10..2023-05-31, 2023-06-11..2023-08-10 | 2023-05-10..2023-08-10\n\
                     r r2: 2023-05-10..2023-05-31, 2023-06-11..2023-06-30 | 2023-05-10..2023-06-30\n\
                     r r3: 2023-05-10..2023-05-31, 2023-06-11..2023-08-10 | 2023-05-10..2023-08-10",
        },
    ]);
}

#[test]
fn grounds_of_conditions() {
    const PAUSED: &str = "rec r1 o 2023-05-10\nobject r1 o1 2023-05-15\nresolve o1 2023-05-20 rejected";
    run(&[
        Case {
            says: "d is in force only if the condition, read on d, also holds without the records paused on d",
            facts: "f: {count: o, within: P1M}",
            rules: "r: {when: 'f >= 1'}",
            events: PAUSED,
            expect: "r 2023-05-10: 2023-05-10..2023-05-14, 2023-05-20..2023-06-10 | 2023-05-10..2023-06-10",
        },
        Case {
            says: "a pause begins nothing: what only holds while a record is paused is not in force",
            facts: "f: {count: o, within: P1M}",
            rules: "r: {when: 'f == 0'}",
            events: "reg registered_on=2023-05-10\nrec r1 o 2023-05-10\nobject r1 o1 2023-05-15\nresolve o1 2023-05-20 rejected\ndereg 2023-06-15",
            expect: "r 2023-06-11: 2023-06-11..2023-06-15",
        },
        Case {
            says: "with lasts, read on a, without the records paused on d",
            facts: "f: {count: o, within: P10D}",
            rules: "r: {when: 'f >= 1', lasts: P1M}",
            events: PAUSED,
            expect: "r 2023-05-10: 2023-05-10..2023-05-14, 2023-05-20..2023-06-10 | 2023-05-10..2023-06-10",
        },
        Case {
            says: "without those repaired by d and those paused on d together",
            facts: "f: {count: [i, o]}",
            rules: "r: {when: 'f >= 2', lasts: P1M}",
            events: "rec r0 i 2023-05-01\nrec r1 o 2023-05-01\nrec r2 i 2023-05-01\nrepair r0 2023-05-12\nobject r1 o1 2023-05-10\nresolve o1 2023-05-15 rejected",
            expect: "r 2023-05-01: 2023-05-01..2023-05-11, 2023-05-15..2023-06-01 | 2023-05-01..2023-06-01",
        },
        Case {
            says: "unless: a pause of what it reads gives no day back, and takes days that hold only with pauses",
            facts: "f: {count: o, within: P10D}",
            rules: "yes: {for_each: i, lasts: P1M, unless: 'f >= 1'}\nno: {for_each: i, lasts: P1M, unless: 'f == 0'}",
            events: "rec r0 i 2023-05-10\nrec r1 o 2023-05-12\nobject r1 o1 2023-05-15\nresolve o1 2023-05-20 rejected",
            expect: "yes r0: 2023-05-10..2023-05-11, 2023-05-23..2023-06-10\nno r0: 2023-05-12..2023-05-14, 2023-05-20..2023-05-22 | 2023-05-12..2023-05-22",
        },
        Case {
            says: "and_while: a day passes by the paused test of the term or of the run",
            facts: "f: {count: o}",
            rules: "r: {when: 'f >= 1', lasts: P1M, and_while: true}",
            events: "rec r1 o 2023-05-10\nrec r2 o 2023-05-12\nobject r1 o1 2023-05-11\nresolve o1 2023-05-14 rejected\nrepair r1 2023-07-01\nrepair r2 2023-07-05",
            expect: "r 2023-05-10: 2023-05-10..2023-05-10, 2023-05-12..2023-07-04 | 2023-05-10..2023-07-04",
        },
    ]);
}
