//! Names that nobody declared, or that mean something else.

use crate::Broken;

#[test]
fn each_is_refused_with_its_place_and_a_hint() {
    crate::check(&[
        // unknown key
        Broken {
            file: "sectors/tax.yaml",
            old: "subjects: [person]",
            new: "subjcts: [person]",
            errors: &[
                "sectors/tax.yaml:39:5: an item needs `subjects`",
                "sectors/tax.yaml:40:5: unknown key `subjcts` in an item | did you mean `subjects`?",
            ],
        },
        // unknown item in a rule
        Broken {
            file: "sectors/tax.yaml",
            old: "for_each: tax.officer",
            new: "for_each: tax.oficer",
            errors: &["sectors/tax.yaml:105:15: unknown item `tax.oficer` | did you mean `tax.officer`?"],
        },
        // unknown item in a fact
        Broken {
            file: "sectors/tax.yaml",
            old: "count: tax.penalty,",
            new: "count: tax.penalties,",
            errors: &["sectors/tax.yaml:44:26: unknown item `tax.penalties` | did you mean `tax.penalty`?"],
        },
        // unknown fact
        Broken {
            file: "sectors/tax.yaml",
            old: "when: \"quiet >= 3\"",
            new: "when: \"quite >= 3\"",
            errors: &["sectors/tax.yaml:99:12: unknown fact `quite` | did you mean `quiet`?"],
        },
        // unknown measure
        Broken {
            file: "sectors/tax.yaml",
            old: "measures: [office.bar]",
            new: "measures: [office.barr]",
            errors: &["sectors/tax.yaml:109:45: unknown measure `office.barr` | did you mean `office.bar`?"],
        },
        // unknown measure of a matter
        Broken {
            file: "matters.yaml",
            old: "{office.bar: restrict,",
            new: "{office.baz: restrict,",
            errors: &["matters.yaml:3:50: unknown measure `office.baz` | did you mean `office.bar`?"],
        },
        // unknown law
        Broken {
            file: "sectors/tax.yaml",
            old: "basis: sta-old",
            new: "basis: sta-odl",
            errors: &["sectors/tax.yaml:98:12: unknown law `sta-odl` | did you mean `sta-old`?"],
        },
        // unknown article
        Broken {
            file: "sectors/tax.yaml",
            old: "sta-54#13]",
            new: "sta-54#14]",
            errors: &[
                "sectors/tax.yaml:66:23: unknown article `14` of law `sta-54` | did you mean `13`? — or add it to the law's `articles`",
            ],
        },
        // unknown field in where
        Broken {
            file: "sectors/tax.yaml",
            old: "record.share >= decimal",
            new: "record.shares >= decimal",
            errors: &["sectors/tax.yaml:69:50: the record has no field `shares` | did you mean `record.share`?"],
        },
        // unknown field of a fact
        Broken {
            file: "sectors/tax.yaml",
            old: "field: amount, within",
            new: "field: amont, within",
            errors: &["sectors/tax.yaml:45:36: unknown field `amont` of item `tax.penalty` | did you mean `amount`?"],
        },
        // unknown authority
        Broken {
            file: "sectors/tax.yaml",
            old: "objection_by: court",
            new: "objection_by: curt",
            errors: &["sectors/tax.yaml:9:19: unknown authority `curt` | did you mean `court`?"],
        },
        // unknown capacity
        Broken {
            file: "measures.yaml",
            old: "capacities: [legal_representative]",
            new: "capacities: [representative]",
            errors: &[
                "measures.yaml:4:99: unknown capacity `representative` | known: `auditor`, `legal_representative` — capacities are listed in pack.yaml",
            ],
        },
        // undeclared grade value
        Broken {
            file: "sectors/tax.yaml",
            old: "value: D}",
            new: "value: E}",
            errors: &["sectors/tax.yaml:89:34: unknown value `E` of grade `tax` | known: `A`, `B`, `M`, `C`, `D`"],
        },
        // unknown list
        Broken {
            file: "sectors/tax.yaml",
            old: "{outcome: list/tax.major, prior",
            new: "{outcome: list/tax.minor, prior",
            errors: &["sectors/tax.yaml:57:25: no rule gives the list `tax.minor` | did you mean `tax.major`?"],
        },
        // named date declared as a field
        Broken {
            file: "sectors/tax.yaml",
            old: "paid: {type: date}",
            new: "served_on: {type: date}",
            errors: &[
                "sectors/tax.yaml:22:7: `served_on` is a named date, not a field | it stands beside the item and needs no declaration",
            ],
        },
        // not a date field
        Broken {
            file: "sectors/tax.yaml",
            old: "through: record.until",
            new: "through: record.share",
            errors: &["sectors/tax.yaml:83:14: field `share` is no date | name a field of type `date`"],
        },
        // field of another type
        Broken {
            file: "sectors/tax.yaml",
            old: "amount: money, conduct: {type: enum, values: [evasion, escape]}",
            new: "amount: money, conduct: string",
            errors: &[
                "sectors/tax.yaml:48:54: field `conduct` has another type in item `tax.major` | a fact reads one type only",
                "sectors/tax.yaml:52:52: field `conduct` has another type in item `tax.major` | a fact reads one type only",
            ],
        },
        // withdrawn and still there
        Broken {
            file: "pack.yaml",
            old: "rule: tax.old",
            new: "rule: tax.a3",
            errors: &[
                "pack.yaml:14:5: rule `tax.a3` is withdrawn and still in the pack | remove the rule, or the withdrawal",
            ],
        },
        // one source for two
        Broken {
            file: "pack.yaml",
            old: "/gov/420000/finance",
            new: "/gov/420000/tax",
            errors: &[
                "pack.yaml:10:3: authority `tax` has the source `/gov/420000/tax` of `finance` | give each a source of its own",
            ],
        },
        // bad pattern
        Broken {
            file: "pack.yaml",
            old: "'[A-Z0-9]{20}'",
            new: "'[A-Z'",
            errors: &[
                "pack.yaml:7:44: `[A-Z` is not a regular expression: non-empty character class has no closing bracket",
            ],
        },
        // unknown zone
        Broken {
            file: "pack.yaml",
            old: "Asia/Shanghai",
            new: "Asia/Wuhan",
            errors: &[
                "pack.yaml:4:12: `Asia/Wuhan` is not an IANA time zone, such as Asia/Shanghai | expected an IANA time zone",
            ],
        },
        // same is no field of the item
        Broken {
            file: "sectors/tax.yaml",
            old: "{count: [tax.penalty, tax.major], same: [conduct]",
            new: "{count: tax.penalty, same: [amount]",
            errors: &[
                "sectors/tax.yaml:69:85: fact `repeat` may not be used here: its `same: amount` is no such field of item `tax.major`",
            ],
        },
    ]);
}

#[test]
fn a_second_title_says_where_the_first_stands() {
    let mut two =
        crate::support::with("sectors/tax.yaml", "sector: tax\n", "sector: tax\noutcomes: {grade/tax: {zh: 等级}}\n");
    two.insert(
        "sectors/bids.yaml",
        "sector: bids\noutcomes: {list/tax.major: {zh: 名单}, grade/tax: {zh: 级别}}\n".into(),
    );
    let told = crate::support::load_texts(&two).err().unwrap_or_default();
    assert_eq!(
        told,
        "sectors/tax.yaml:2:12: outcome `grade/tax` has two titles\n  hint: keep one of them; first in sectors/bids.yaml:2:38\n"
    );
}
