//! Facts on outcomes and linked subjects, strata, verdicts.

use super::{Case, day, judged, run, subject};
use crate::oracle::State;
use heng_rules::Effect;

#[test]
fn outcomes_of_earlier_strata() {
    run(&[
        Case {
            says: "outcome: whether it is in force that day by a rule of an earlier stratum",
            facts: "l: {outcome: list/x}\nm: {outcome: measure/bar}",
            rules: "r1: {for_each: i, lasts: P10D, outcome: {list: x, measures: [bar]}}\nr2: {for_each: k, lasts: P10D, outcome: {list: x}}\n\
                    l: {when: 'l'}\nm: {when: 'm'}",
            events: "rec r1 i 2023-05-01\nrec r2 k 2023-05-05",
            expect: "r1 r1: 2023-05-01..2023-05-11\nr2 r2: 2023-05-05..2023-05-15\nl 2023-05-01: 2023-05-01..2023-05-15\nm 2023-05-01: 2023-05-01..2023-05-11",
        },
        Case {
            says: "of several grades the worst",
            facts: "g: {outcome: grade/g, default: none}\nd: {outcome: 'grade/g:B'}",
            rules: "r1: {for_each: i, lasts: P10D, outcome: {grade: g, value: B}}\nr2: {for_each: k, lasts: P3M, outcome: {grade: g, value: A}}\n\
                    b: {when: \"g == 'B'\"}\na: {when: \"g == 'A'\"}\nn: {when: \"g == 'none'\"}\nd: {when: 'd'}",
            events: "reg registered_on=2023-04-30\nrec r1 i 2023-05-10\nrec r2 k 2023-05-01\ndereg 2023-06-01",
            expect: "r1 r1: 2023-05-10..2023-05-20\nr2 r2: 2023-05-01..2023-08-01\nn 2023-04-30: 2023-04-30..2023-04-30\n\
                     a 2023-05-01: 2023-05-01..2023-05-09\nb 2023-05-10: 2023-05-10..2023-05-20\na 2023-05-21: 2023-05-21..2023-06-01\nd 2023-05-10: 2023-05-10..2023-05-20",
        },
        Case {
            says: "ended_within: also through last(its last day, P) after each maximal run",
            facts: "l: {outcome: list/x, ended_within: P1M}",
            rules: "r: {for_each: i, lasts: P10D, outcome: {list: x}}\nl: {when: 'l'}",
            events: "rec r1 i 2023-01-21\nrec r2 i 2023-06-01\nrec r3 i 2023-07-20",
            expect: "r r1: 2023-01-21..2023-01-31\nr r2: 2023-06-01..2023-06-11\nr r3: 2023-07-20..2023-07-30\n\
                     l 2023-01-21: 2023-01-21..2023-02-28\nl 2023-06-01: 2023-06-01..2023-07-11\nl 2023-07-20: 2023-07-20..2023-08-30",
        },
        Case {
            says: "prior: outcomes as of x - 1",
            facts: "p: {outcome: list/x, prior: true}\no: {outcome: list/x}",
            rules: "r: {for_each: i, lasts: P10D, outcome: {list: x}}\np: {for_each: i, lasts: P1D, where: 'p'}\no: {for_each: i, lasts: P1D, where: '!p && o'}",
            events: "rec r1 i 2023-05-01\nrec r2 i 2023-05-12",
            expect: "r r1: 2023-05-01..2023-05-11\nr r2: 2023-05-12..2023-05-22\np r2: 2023-05-12..2023-05-13\no r1: 2023-05-01..2023-05-02",
        },
    ]);
}

#[test]
fn linked_subjects() {
    const RULE: &str = "r: {for_each: i, lasts: P1M, outcome: {list: x}}\nw: {when: 'f >= 1'}";
    run(&[
        Case {
            says: "how many subjects that this subject's links name have the outcome; a link exists on [linked.on, unlinked.on - 1]",
            facts: "f: {related: {role: controller, outcome: list/x}}",
            rules: RULE,
            events: "A: reg registered_on=2023-01-01\nB: rec r1 i 2023-05-01\nA: link controller B 2023-05-10\nA: link branch B 2023-04-10\nA: unlink controller B 2023-05-20",
            expect: "B: r r1: 2023-05-01..2023-06-01\nw 2023-05-10: 2023-05-10..2023-05-19",
        },
        Case {
            says: "reverse: whose links name this subject",
            facts: "f: {related: {role: controller, outcome: list/x, reverse: true}}",
            rules: RULE,
            events: "A: reg registered_on=2023-01-01\nB: rec r1 i 2023-05-01\nB: link controller A 2023-05-10",
            expect: "B: r r1: 2023-05-01..2023-06-01\nw 2023-05-10: 2023-05-10..2023-06-01",
        },
        Case {
            says: "distinct subjects",
            facts: "f: {related: {role: controller, outcome: list/x}}",
            rules: "r: {for_each: i, lasts: P1M, outcome: {list: x}}\nw: {when: 'f >= 2'}",
            events: "A: reg registered_on=2023-01-01\nB: rec r1 i 2023-05-01\nB: rec r2 i 2023-05-02\nC: rec r3 i 2023-05-20\n\
                     A: link controller B 2023-04-10\nA: link controller C 2023-04-10",
            expect: "B: r r1: 2023-05-01..2023-06-01\nB: r r2: 2023-05-02..2023-06-02\nC: r r3: 2023-05-20..2023-06-20\nw 2023-05-20: 2023-05-20..2023-06-02",
        },
        Case {
            says: "linked: after counts links made after the first day of the outcome's current run",
            facts: "f: {related: {role: controller, outcome: list/x, linked: after}}",
            rules: RULE,
            events: "A: reg registered_on=2023-01-01\nC: reg registered_on=2023-01-01\nB: rec r1 i 2023-05-01\n\
                     A: link controller B 2023-05-01\nC: link controller B 2023-05-02",
            expect: "B: r r1: 2023-05-01..2023-06-01\nC: w 2023-05-02: 2023-05-02..2023-06-01",
        },
    ]);
}

#[test]
fn what_is_asked_on_a_day() {
    let rules = "r1: {for_each: i, lasts: P1M, outcome: {list: x, measures: [bar, fast]}}\n\
                 r2: {for_each: k, lasts: P1M, outcome: {grade: g, value: C, measures: [fast]}}";
    judged("", rules, "rec r1 i 2023-05-01\nrec r2 k 2023-05-20\nsuspend 2023-05-10 2023-05-12", |oracle| {
        let a = subject("A");
        for (on, verdict, measures, outcomes) in [
            ("2023-04-30", None, &[][..], &[][..]),
            ("2023-05-01", Some(Effect::Bar), &["bar", "fast"][..], &["list/x"][..]),
            ("2023-05-11", None, &[][..], &[][..]),
            ("2023-05-20", Some(Effect::Bar), &["bar", "fast"][..], &["grade/g:C", "list/x"][..]),
            ("2023-06-02", Some(Effect::Favour), &["fast"][..], &["grade/g:C"][..]),
        ] {
            assert_eq!(oracle.check(&a, "bid", day(on)), verdict, "{on}");
            assert_eq!(oracle.measures(&a, day(on)), measures, "{on}");
            assert_eq!(oracle.outcomes(&a, day(on)), outcomes, "{on}");
        }
        let states = ["2023-04-30", "2023-05-01", "2023-05-11", "2023-06-01", "2023-06-02"];
        let states = states.map(|on| oracle.decisions()[0].state(day(on)));
        assert_eq!(states, [State::Scheduled, State::InForce, State::Suspended, State::InForce, State::Ended]);
    });
}
