//! Facts over records and profiles, seen through rules on conditions: a run is the days on which the fact has a value.

use super::{Case, run};

#[test]
fn days_on_which_a_record_counts() {
    run(&[
        Case {
            says: "no within: on [x, e]; e is R - 1 after a repair, last(x, valid), else unbounded",
            facts: "i: {count: i}\nk: {count: k}\nv: {count: v}",
            rules: "i: {when: 'i >= 1'}\nk: {when: 'k >= 1'}\nv: {when: 'v >= 1'}",
            events: "rec r1 i 2023-05-10\nrec r2 k 2023-05-10\nrepair r2 2023-06-01\nrec r3 v 2023-05-10",
            expect: "i 2023-05-10: 2023-05-10..\nk 2023-05-10: 2023-05-10..2023-05-31\nv 2023-05-10: 2023-05-10..2024-05-10",
        },
        Case {
            says: "within: P counts on [x, last(x, P)] cut to the days on which the record counts",
            facts: "f: {count: i, within: P3M}\ng: {count: v, within: P2Y}",
            rules: "f: {when: 'f >= 1'}\ng: {when: 'g >= 1'}",
            events: "rec r1 i 2023-11-30\nrec r2 v 2023-05-10\nrec r3 i 2024-06-01\nrepair r3 2024-07-01",
            expect: "f 2023-11-30: 2023-11-30..2024-02-29\nf 2024-06-01: 2024-06-01..2024-06-30\ng 2023-05-10: 2023-05-10..2024-05-10",
        },
        Case {
            says: "within: year on the calendar year of x; previous_year on the year after it",
            facts: "y: {count: i, within: year}\np: {count: i, within: previous_year}",
            rules: "y: {when: 'y >= 1'}\np: {when: 'p >= 1'}",
            events: "rec r1 i 2023-05-10",
            expect: "y 2023-05-10: 2023-05-10..2023-12-31\np 2024-01-01: 2024-01-01..2024-12-31",
        },
        Case {
            says: "repaired: include lets repaired records go on counting",
            facts: "f: {count: i, within: P1M, repaired: include}",
            rules: "f: {when: 'f >= 1'}",
            events: "rec r1 i 2023-05-10\nrepair r1 2023-05-20",
            expect: "f 2023-05-10: 2023-05-10..2023-06-10",
        },
        Case {
            says: "where filters first; several items",
            facts: "f: {count: [i, k], where: \"record.amount >= money('1000')\", within: P10D}",
            rules: "f: {when: 'f >= 2'}",
            events: "rec r1 i 2023-05-01 amount=1000.00\nrec r2 k 2023-05-05 amount=1000\nrec r3 i 2023-05-03 amount=999.99",
            expect: "f 2023-05-05: 2023-05-05..2023-05-11",
        },
    ]);
}

#[test]
fn aggregates() {
    run(&[
        Case {
            says: "sum of a field, empty ones left out; a sum of none is zero",
            facts: "f: {sum: i, field: amount, within: P10D}",
            rules: "zero: {when: \"f == money('0')\"}\nhigh: {when: \"f * 2 >= money('3000')\"}",
            events: "reg registered_on=2023-05-01\nrec r1 i 2023-05-05 amount=1000\nrec r2 i 2023-05-06 amount=500.00\nrec r3 i 2023-05-07\ndereg 2023-05-20",
            expect: "zero 2023-05-01: 2023-05-01..2023-05-04\nzero 2023-05-17: 2023-05-17..2023-05-20\nhigh 2023-05-06: 2023-05-06..2023-05-15",
        },
        Case {
            says: "a min or max of none is default; a default is a value; without one it is empty",
            facts: "low: {min: i, field: number, default: 0, within: P10D}\nhigh: {max: i, field: number, within: P10D}",
            rules: "low: {when: 'low < 2'}\nhigh: {when: 'high >= 0'}\nnone: {when: '!(high >= 0)'}",
            events: "reg registered_on=2023-05-01\nrec r1 i 2023-05-05 number=3\nrec r2 i 2023-05-07 number=1\nrec r3 i 2023-05-07\ndereg 2023-05-20",
            expect: "low 2023-05-01: 2023-05-01..2023-05-04\nlow 2023-05-07: 2023-05-07..2023-05-20\n\
                     high 2023-05-05: 2023-05-05..2023-05-17\nnone 2023-05-01: 2023-05-01..2023-05-04\nnone 2023-05-18: 2023-05-18..2023-05-20",
        },
        Case {
            says: "distinct values of a field",
            facts: "f: {distinct: i, field: nature, within: P10D}",
            rules: "f: {when: 'f == 2'}",
            events: "rec r1 i 2023-05-01 nature=a\nrec r2 i 2023-05-02 nature=a\nrec r3 i 2023-05-03 nature=b\nrec r4 i 2023-05-03",
            expect: "f 2023-05-03: 2023-05-03..2023-05-12",
        },
        Case {
            says: "latest: the field of the greatest x, ties to the later position of credit.recorded; none or empty: default",
            facts: "f: {latest: i, field: grade, default: none}",
            rules: "none: {when: \"f == 'none'\"}\na: {when: \"f == 'A'\"}\nb: {when: \"f == 'B'\"}",
            events: "reg registered_on=2023-05-01\nrec r1 i 2023-05-05 grade=C\nrec r2 i 2023-05-10 grade=A\nrec r3 i 2023-05-05 grade=B\n\
                     rec r4 i 2023-05-15\nfix r1 number=1\ndereg 2023-05-20",
            expect: "none 2023-05-01: 2023-05-01..2023-05-04\nb 2023-05-05: 2023-05-05..2023-05-09\n\
                     a 2023-05-10: 2023-05-10..2023-05-14\nnone 2023-05-15: 2023-05-15..2023-05-20",
        },
    ]);
}

#[test]
fn streaks() {
    run(&[
        Case {
            says: "consecutive years, ending with the newest that has a counting record, hold one that satisfies where",
            facts: "f: {streak: i, by: year, where: \"record.grade == 'A'\"}",
            rules: "two: {when: 'f >= 2'}\none: {when: 'f == 1'}",
            events: "rec r1 i 2020-04-01 grade=A\nrec r2 i 2021-04-01 grade=A\nrec r3 i 2022-04-01 grade=B\nrec r4 i 2023-04-01 grade=A\nrec r5 i 2025-04-01 grade=A\ndereg 2026-01-01",
            expect: "one 2020-04-01: 2020-04-01..2021-03-31\ntwo 2021-04-01: 2021-04-01..2022-03-31\n\
                     one 2023-04-01: 2023-04-01..2026-01-01",
        },
        Case {
            says: "by: record.f; a year's latest record decides; a year without one breaks it",
            facts: "f: {streak: i, by: record.year, where: 'record.flag'}",
            rules: "two: {when: 'f >= 2'}",
            events: "rec r1 i 2023-01-01 year=2020 flag=true\nrec r2 i 2023-02-01 year=2021 flag=true\n\
                     rec r3 i 2023-03-01 year=2021 flag=false\nrec r4 i 2023-04-01 year=2021 flag=true\nrec r5 i 2023-05-01 year=2023 flag=true\nrec r6 i 2023-06-01 flag=true",
            expect: "two 2023-02-01: 2023-02-01..2023-02-28\ntwo 2023-04-01: 2023-04-01..2023-04-30",
        },
    ]);
}

#[test]
fn profiles() {
    run(&[
        Case {
            says: "profile: the subject's attribute that day, from the event's on; ties to the later position",
            facts: "region: {profile: region}",
            rules: "w: {when: \"region == '420100'\"}\nx: {when: \"region == '420500'\"}",
            events: "reg region=420100 on=2023-02-01 registered_on=2023-01-01\nreg region=420500 on=2023-06-01\nreg region=420100 on=2023-04-01\n\
                     reg region=421000 on=2023-07-01\nreg region=420500 on=2023-07-01\ndereg 2023-12-31",
            expect: "w 2023-02-01: 2023-02-01..2023-05-31\nx 2023-06-01: 2023-06-01..2023-12-31",
        },
        Case {
            says: "on: by default the civil day of its known time; kind before the first stated one follows from the id",
            facts: "kind: {profile: kind}\nf: {count: i}",
            rules: "e: {when: \"kind == 'enterprise' && f >= 1\"}\nb: {when: \"kind == 'individual_business' && f >= 1\"}",
            events: "C: rec r1 i 2023-05-10\nknown 2023-06-01\nC: reg kind=enterprise",
            expect: "C: b 2023-05-10: 2023-05-10..2023-05-31\nC: e 2023-06-01: 2023-06-01..",
        },
        Case {
            says: "elapsed: true from the day after last(since, P); the latest stated day of registration",
            facts: "f: {elapsed: {since: profile.registered_on, at_least: P1Y}}",
            rules: "old: {when: 'f'}\nyoung: {when: '!f'}",
            events: "reg registered_on=2019-01-01 on=2023-01-01\nreg registered_on=2024-02-29 on=2022-01-01",
            expect: "young 2024-02-29: 2024-02-29..2025-02-28\nold 2025-03-01: 2025-03-01..",
        },
    ]);
}
