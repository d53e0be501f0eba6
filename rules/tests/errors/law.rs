//! What the law of the model refuses: bases, persons, private life.

use crate::Broken;

#[test]
fn each_is_refused_with_its_place_and_a_hint() {
    crate::check(&[
        // no basis
        Broken {
            file: "sectors/tax.yaml",
            old: "    basis: sta-old\n",
            new: "",
            errors: &["sectors/tax.yaml:97:5: a rule needs a legal basis | cite at least one: `basis: [law#article]`"],
        },
        // empty basis
        Broken {
            file: "sectors/tax.yaml",
            old: "basis: sta-old",
            new: "basis: []",
            errors: &["sectors/tax.yaml:98:12: a rule needs a legal basis | cite at least one: `basis: [law#article]`"],
        },
        // basis not in force over the range
        Broken {
            file: "sectors/tax.yaml",
            old: "effective: {to: 2021-12-31}",
            new: "effective: {to: 2022-12-31}",
            errors: &[
                "sectors/tax.yaml:100:16: basis `sta-old` is in force from 2019-01-01 to 2022-01-31, not on all days of the rule (2019-01-01 to 2022-12-31) | narrow `effective`, or cite the law of that time",
            ],
        },
        // bases never together
        Broken {
            file: "sectors/tax.yaml",
            old: "basis: [sta-54#6, sta-54#13]\n    effective: {from: 2022-02-01, by: record}",
            new: "basis: [sta-54#6, sta-old]",
            errors: &[
                "sectors/tax.yaml:63:5: the rule's bases are never in force together | cite the law of one time, or split the rule",
            ],
        },
        // effective backwards
        Broken {
            file: "sectors/tax.yaml",
            old: "effective: {to: 2021-12-31}",
            new: "effective: {from: 2021-06-01, to: 2021-05-31}",
            errors: &[
                "sectors/tax.yaml:100:16: `to` (2021-05-31) lies before `from` (2021-06-01) | `to` is the last day, included",
            ],
        },
        // person without review
        Broken {
            file: "sectors/tax.yaml",
            old: "    review: required\n",
            new: "",
            errors: &[
                "sectors/tax.yaml:103:5: a rule on persons needs `review: required` | no purely automatic decision on a person (personal information protection law, art. 24)",
            ],
        },
        // person and a measure without capacity
        Broken {
            file: "measures.yaml",
            old: "subjects: [person], capacities: [legal_representative]",
            new: "subjects: [person]",
            errors: &[
                "sectors/tax.yaml:109:45: measure `office.bar` bears on no capacity, and the rule applies to persons | list the measure's `capacities`, or leave `person` out of its `subjects`",
            ],
        },
        // person in an aggregate
        Broken {
            file: "sectors/tax.yaml",
            old: "    from: after P3Y\n",
            new: "    from: after P3Y\n    where: penalties_12m > 1\n",
            errors: &[
                "sectors/tax.yaml:107:12: fact `penalties_12m` aggregates, and the rule applies to persons | aggregates are for organisations: leave `person` out of the subjects",
            ],
        },
        // person with a grade
        Broken {
            file: "sectors/tax.yaml",
            old: "outcome: {list: tax.officer,",
            new: "outcome: {grade: tax, value: D,",
            errors: &[
                "sectors/tax.yaml:109:14: a person gets no grade | grades are for organisations: leave `person` out of the subjects",
            ],
        },
        // nobody
        Broken {
            file: "sectors/tax.yaml",
            old: "outcome: {list: tax.officer, measures: [office.bar]}",
            new: "outcome: {list: tax.officer, measures: [procurement.bar]}",
            errors: &[
                "sectors/tax.yaml:109:14: the rule applies to nobody: no kind of subject is allowed by its item and all its measures | see their `subjects`",
            ],
        },
        // refused category
        Broken {
            file: "sectors/tax.yaml",
            old: "category: judgment",
            new: "category: religion",
            errors: &[
                "sectors/tax.yaml:41:15: Heng refuses the category `religion` | no records of belief, speech, association, health, biometrics, family planning or other private life: they are no ground for joint measures, and no setting allows them",
            ],
        },
        // another category
        Broken {
            file: "sectors/tax.yaml",
            old: "category: judgment",
            new: "category: judgement",
            errors: &[
                "sectors/tax.yaml:41:15: unknown category `judgement` | did you mean `judgment`? allowed: penalty, permit, grade, list, judgment, enforcement, payment, contract, commitment, inspection, registration, honour",
            ],
        },
        // category from nowhere
        Broken {
            file: "sectors/tax.yaml",
            old: "category: judgment",
            new: "category: weather",
            errors: &[
                "sectors/tax.yaml:41:15: unknown category `weather` | allowed: penalty, permit, grade, list, judgment, enforcement, payment, contract, commitment, inspection, registration, honour",
            ],
        },
        // personal field in a condition
        Broken {
            file: "sectors/tax.yaml",
            old: "record.share >= decimal('0.10')",
            new: "record.signer == 'x'",
            errors: &[
                "sectors/tax.yaml:69:50: `record.signer` is personal: sealed, may not be used in a rule | judge by a field that is not personal",
            ],
        },
        // personal field in a fact
        Broken {
            file: "sectors/tax.yaml",
            old: "{distinct: [tax.penalty, tax.major], field: conduct}",
            new: "{distinct: tax.major, field: signer}",
            errors: &[
                "sectors/tax.yaml:48:39: field `signer` is personal | personal fields may be used nowhere in a rule",
            ],
        },
    ]);
}
