//! Clauses that do not go together, and types that do not fit.

use crate::Broken;

#[test]
fn each_is_refused_with_its_place_and_a_hint() {
    crate::check(&[
        // type error
        Broken {
            file: "sectors/tax.yaml",
            old: "record.evaded >= money('1000000')",
            new: "record.evaded >= 1000000",
            errors: &[
                "sectors/tax.yaml:69:30: money in CNY does not compare with int | an amount is written money('1000.00')",
            ],
        },
        // float in a condition
        Broken {
            file: "sectors/tax.yaml",
            old: "decimal('0.10')",
            new: "0.10",
            errors: &[
                "sectors/tax.yaml:69:66: `0.10` is a floating-point number | numbers are exact: write decimal('0.10')",
            ],
        },
        // float as a default
        Broken {
            file: "sectors/tax.yaml",
            old: "default: \"0\"",
            new: "default: 0.5",
            errors: &["sectors/tax.yaml:46:60: `0.5` is a float, and no float exists | write it in quotes: \"0.10\""],
        },
        // type of a field
        Broken {
            file: "sectors/tax.yaml",
            old: "{type: decimal}",
            new: "{type: float}",
            errors: &[
                "sectors/tax.yaml:19:21: unknown type `float` | no float exists: use `int`, `decimal` or `money`, all exact",
            ],
        },
        // a least number of a date, of a text; a float; no number
        Broken {
            file: "sectors/tax.yaml",
            old: "paid: {type: date}",
            new: "paid: {type: date, min: 0}",
            errors: &[
                "sectors/tax.yaml:22:31: `min` is for whole numbers, decimals and amounts only | it says the least that the field may be",
            ],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "{type: decimal}",
            new: "{type: decimal, min: 0.5}",
            errors: &[
                "sectors/tax.yaml:19:35: `0.5` is a float, and no float exists | write exact numbers in quotes: \"0.01\"",
            ],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "{type: decimal}",
            new: "{type: decimal, min: none}",
            errors: &[
                "sectors/tax.yaml:19:35: `none` is not a decimal number: write digits with at most one point, such as 1000000.00 | expected a number such as 0 or \"0.01\"",
            ],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "{type: decimal}",
            new: "{type: decimal, min: ~}",
            errors: &["sectors/tax.yaml:19:30: `min` is empty | write a value, or leave the key out"],
        },
        // titles of what is no enum, of no value, without a Chinese one
        Broken {
            file: "sectors/tax.yaml",
            old: "{type: decimal}",
            new: "{type: decimal, titles: {a: {zh: 甲}}}",
            errors: &["sectors/tax.yaml:19:38: `titles` are for the type `enum` only"],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "values: [evasion, escape], required: true",
            new: "values: [evasion, escape], titles: {evasoin: {zh: 偷税}}",
            errors: &["sectors/tax.yaml:20:65: `evasoin` is no value of the field | did you mean `evasion`?"],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "values: [evasion, escape], required: true",
            new: "values: [evasion, escape], titles: {evasion: {en: Evasion}}",
            errors: &["sectors/tax.yaml:20:74: a title needs `zh`"],
        },
        // titles of outcomes: of a list that no rule gives, of a measure, twice
        Broken {
            file: "sectors/tax.yaml",
            old: "sector: tax\n",
            new: "sector: tax\noutcomes: {list/tax.majr: {zh: 名单}, measure/publish: {zh: 公示}, \"grade/tax:D\": {zh: D级}}\n",
            errors: &[
                "sectors/tax.yaml:2:12: no rule gives the list `tax.majr` | did you mean `tax.major`?",
                "sectors/tax.yaml:2:37: a measure has its title in measures.yaml | give titles to lists and grades here",
            ],
        },
        // two rules with one id
        Broken {
            file: "sectors/tax.yaml",
            old: "id: tax.quiet",
            new: "id: tax.a3",
            errors: &["sectors/tax.yaml:97:9: rule id `tax.a3` is there twice | first in sectors/tax.yaml:90:9"],
        },
        // both for_each and when
        Broken {
            file: "sectors/tax.yaml",
            old: "    when: \"quiet >= 3\"",
            new: "    for_each: tax.penalty\n    when: \"quiet >= 3\"",
            errors: &[
                "sectors/tax.yaml:100:11: a rule has either `for_each` or `when` | with `for_each`, the condition is written as `where`",
            ],
        },
        // neither for_each nor when
        Broken {
            file: "sectors/tax.yaml",
            old: "    when: \"quiet >= 3\"\n",
            new: "",
            errors: &[
                "sectors/tax.yaml:97:5: a rule needs `for_each` or `when` | `for_each: item` for each record, `when: …` for a condition",
            ],
        },
        // a key of the other kind of rule
        Broken {
            file: "sectors/tax.yaml",
            old: "    when: \"quiet >= 3\"",
            new: "    when: \"quiet >= 3\"\n    from: record.x",
            errors: &["sectors/tax.yaml:100:5: `from` belongs to a rule with `for_each`"],
        },
        // relative fact outside where
        Broken {
            file: "sectors/tax.yaml",
            old: "when: \"quiet >= 3\"",
            new: "when: \"repeat >= 3\"",
            errors: &[
                "sectors/tax.yaml:99:12: fact `repeat` may not be used here: with `same` or `prior` it compares with the record judged: only `where` of a rule on records may read it",
            ],
        },
        // a circle of two
        Broken {
            file: "sectors/tax.yaml",
            old: "repeat == 0",
            new: "!is_d",
            errors: &[
                "sectors/tax.yaml:86:5: rules read each other's outcomes in a circle: `tax.graded_d` reads `tax.major` reads `tax.graded_d` | a rule may read only outcomes of rules that do not depend on its own",
            ],
        },
        // a circle of one
        Broken {
            file: "sectors/tax.yaml",
            old: "list/tax.major, prior: true}",
            new: "list/tax.again}",
            errors: &[
                "sectors/tax.yaml:78:5: rules read each other's outcomes in a circle: `tax.again` reads `tax.again` | a rule may read only outcomes of rules that do not depend on its own",
            ],
        },
        // two kinds of fact
        Broken {
            file: "sectors/tax.yaml",
            old: "{profile: region}",
            new: "{profile: region, count: tax.penalty}",
            errors: &["sectors/tax.yaml:53:9: a fact is either `count` or `profile` | split it into two facts"],
        },
        // no kind of fact
        Broken {
            file: "sectors/tax.yaml",
            old: "{profile: region}",
            new: "{within: P1Y}",
            errors: &[
                "sectors/tax.yaml:53:9: a fact needs to say what it is, found a mapping | write one of count, sum, min, max, distinct, latest, streak, profile, elapsed, outcome, related",
            ],
        },
        // sum of an enum
        Broken {
            file: "sectors/tax.yaml",
            old: "{sum: tax.penalty, field: amount, within: year}",
            new: "{sum: tax.penalty, field: conduct}",
            errors: &[
                "sectors/tax.yaml:45:36: field `conduct` has no type that can be reckoned with | it must be int, decimal or money",
            ],
        },
        // streak by a field that is no year
        Broken {
            file: "sectors/tax.yaml",
            old: "by: record.year",
            new: "by: record.grade",
            errors: &[
                "sectors/tax.yaml:50:36: field `record.grade` is no year | write `by: year`, or name a field of type `year`",
            ],
        },
        // outcome with list and grade
        Broken {
            file: "sectors/tax.yaml",
            old: "{grade: tax, value: D}",
            new: "{list: x, grade: tax, value: D}",
            errors: &["sectors/tax.yaml:89:14: an outcome is either a `list` or a `grade` | split it into two rules"],
        },
        // repaired and repair
        Broken {
            file: "sectors/tax.yaml",
            old: "repaired: include\n    outcome",
            new: "repaired: include\n    repair: {not_before: P1Y}\n    outcome",
            errors: &[
                "sectors/tax.yaml:85:5: `repaired: include` leaves nothing to repair | state one of `repaired` and `repair`",
            ],
        },
    ]);
}
