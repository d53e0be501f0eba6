//! Durations and days.

use crate::Broken;

#[test]
fn each_is_refused_with_its_place_and_a_hint() {
    crate::check(&[
        // longer than the measure allows
        Broken {
            file: "sectors/tax.yaml",
            old: "extends: P3Y",
            new: "extends: P37M",
            errors: &[
                "sectors/tax.yaml:72:14: an extended term (`extends`) of P37M is longer than measure `procurement.bar` allows (P3Y) | at most P3Y",
            ],
        },
        // days and months
        Broken {
            file: "sectors/tax.yaml",
            old: "lasts: P3Y",
            new: "lasts: P900D",
            errors: &[
                "sectors/tax.yaml:107:12: a term (`lasts`) of P900D cannot be compared with the P3Y that measure `office.bar` allows | state both in days, or both in months and years",
            ],
        },
        // longer than the law allows
        Broken {
            file: "measures.yaml",
            old: "basis: [gpl#22], max: P3Y}\n  licence",
            new: "basis: [gpl#22], max: P6Y}\n  licence",
            errors: &["measures.yaml:2:150: a maximum of P6Y is longer than law `gpl` allows (P5Y) | at most P5Y"],
        },
        // unbounded
        Broken {
            file: "sectors/tax.yaml",
            old: "    lasts: P3Y\n    review",
            new: "    review",
            errors: &[
                "sectors/tax.yaml:108:45: the rule has no bounded length, and measure `office.bar` allows at most P3Y | state `lasts`, or `through` a date field with `max`; `and_while` has no bound",
            ],
        },
        // through a field without max
        Broken {
            file: "sectors/tax.yaml",
            old: "until: {type: date, max: P3Y}",
            new: "until: {type: date}",
            errors: &[
                "sectors/tax.yaml:85:43: the rule has no bounded length, and measure `procurement.bar` allows at most P3Y | state `lasts`, or `through` a date field with `max`; `and_while` has no bound",
            ],
        },
        // through a field with a longer max
        Broken {
            file: "sectors/tax.yaml",
            old: "until: {type: date, max: P3Y}",
            new: "until: {type: date, max: P4Y}",
            errors: &[
                "sectors/tax.yaml:83:14: a field's `max` of P4Y is longer than measure `procurement.bar` allows (P3Y) | at most P3Y",
            ],
        },
        // and_while has no bound
        Broken {
            file: "sectors/tax.yaml",
            old: "outcome: {list: tax.a3, measures: []}",
            new: "outcome: {list: tax.a3, measures: [licence.green, procurement.bar]}",
            errors: &[
                "sectors/tax.yaml:90:5: rules read each other's outcomes in a circle: `tax.a3` reads `tax.a3` | a rule may read only outcomes of rules that do not depend on its own",
                "sectors/tax.yaml:96:14: the rule has no bounded length, and law `gpl` allows at most P5Y | state `lasts`, or `through` a date field with `max`; `and_while` has no bound",
                "sectors/tax.yaml:96:40: the rule has no bounded length, and law `gpl` allows at most P5Y | state `lasts`, or `through` a date field with `max`; `and_while` has no bound",
                "sectors/tax.yaml:96:55: the rule has no bounded length, and measure `procurement.bar` allows at most P3Y | state `lasts`, or `through` a date field with `max`; `and_while` has no bound",
            ],
        },
        // lasts and through
        Broken {
            file: "sectors/tax.yaml",
            old: "through: record.until",
            new: "through: record.until\n    lasts: P1Y",
            errors: &[
                "sectors/tax.yaml:83:14: a rule has at most one of `lasts` and `through` | keep the one that the law sets",
            ],
        },
        // extends without lasts
        Broken {
            file: "sectors/tax.yaml",
            old: "    lasts: P2Y\n",
            new: "",
            errors: &[
                "sectors/tax.yaml:71:14: `extends` needs `lasts` | `extends` is the longer term where no repair came within `lasts`",
            ],
        },
        // and_while without lasts
        Broken {
            file: "sectors/tax.yaml",
            old: "    lasts: P1Y\n    and_while",
            new: "    and_while",
            errors: &[
                "sectors/tax.yaml:94:5: `and_while` needs `lasts` | without `lasts` the obligation lasts while the condition holds anyway",
            ],
        },
        // not a period
        Broken {
            file: "sectors/tax.yaml",
            old: "notice: P30D",
            new: "notice: 7wd",
            errors: &[
                "sectors/tax.yaml:73:13: `7wd` is not a period: write P<n>Y, P<n>M or P<n>D with n of at least 1, such as P3Y | expected a period such as P3Y, P6M or P30D",
            ],
        },
        // not a time to answer in
        Broken {
            file: "measures.yaml",
            old: "severity: high",
            new: "answer_within: 0wd",
            errors: &[
                "measures.yaml:2:52: `0wd` is not a number of working days: write 1wd to 250wd | expected a time such as 7wd (working days) or P1M, or none",
            ],
        },
        Broken {
            file: "measures.yaml",
            old: "severity: high",
            new: "answer_within: 7d",
            errors: &[
                "measures.yaml:2:52: `7d` is not a period: write P<n>Y, P<n>M or P<n>D with n of at least 1, such as P3Y | expected a time such as 7wd (working days) or P1M, or none",
            ],
        },
        // not a day
        Broken {
            file: "laws.yaml",
            old: "2022-02-01",
            new: "2022-02-30",
            errors: &["laws.yaml:2:67: the calendar has no day `2022-02-30` | expected a date such as 2023-05-10"],
        },
    ]);
}
