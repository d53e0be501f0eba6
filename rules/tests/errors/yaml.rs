//! What is YAML and yet not a pack.

use crate::Broken;

#[test]
fn each_is_refused_with_its_place_and_a_hint() {
    crate::check(&[
        // duplicate key
        Broken {
            file: "sectors/tax.yaml",
            old: "tags: {type: list, of: string}",
            new: "tags: {type: list, of: string}\n      share: {type: decimal}",
            errors: &["sectors/tax.yaml:25:7: key `share` is there twice, first in line 19 | remove one of them"],
        },
        // alias
        Broken {
            file: "sectors/tax.yaml",
            old: "source: [tax]",
            new: "source: *x",
            errors: &["sectors/tax.yaml:7:13: the file is not YAML: while parsing node, found unknown anchor"],
        },
        // anchor
        Broken {
            file: "sectors/tax.yaml",
            old: "source: [tax]",
            new: "source: &x [tax]",
            errors: &[
                "sectors/tax.yaml:7:13: anchors (`&name`) are not allowed | write the value out where it is needed",
            ],
        },
        // merge key
        Broken {
            file: "sectors/tax.yaml",
            old: "subjects: [person]",
            new: "subjects: [person]\n    <<: {tier: x}",
            errors: &["sectors/tax.yaml:41:5: merge keys (`<<`) are not allowed | write the entries out"],
        },
        // tag
        Broken {
            file: "sectors/tax.yaml",
            old: "subjects: [person]",
            new: "subjects: !!set [person]",
            errors: &[
                "sectors/tax.yaml:40:15: tags (`!name`) are not allowed | leave the tag out; a text that begins with `!` stands in quotes",
            ],
        },
        // not YAML
        Broken {
            file: "sectors/tax.yaml",
            old: "subjects: [person]",
            new: "subjects: [person",
            errors: &["sectors/tax.yaml:41:13: the file is not YAML: illegal placement of ':' indicator"],
        },
        // a second document
        Broken {
            file: "matters.yaml",
            old: "publish: caution}}\n",
            new: "publish: caution}}\n---\nmatters: {}\n",
            errors: &["matters.yaml:5:1: the file holds a second YAML document | use one file each"],
        },
        // wrong type
        Broken {
            file: "sectors/tax.yaml",
            old: "and_while: true",
            new: "and_while: yes",
            errors: &["sectors/tax.yaml:95:16: expected true or false, found `yes`"],
        },
        // a list for a text
        Broken {
            file: "sectors/tax.yaml",
            old: "sector: tax",
            new: "sector: [tax]",
            errors: &["sectors/tax.yaml:1:9: expected a text, found a list"],
        },
        // missing key
        Broken {
            file: "laws.yaml",
            old: ", in_force: {from: 2003-01-01}",
            new: "",
            errors: &["laws.yaml:4:8: a law needs `in_force`"],
        },
        // a tab
        Broken {
            file: "sectors/tax.yaml",
            old: "    source: [tax]",
            new: "\tsource: [tax]",
            errors: &[
                "sectors/tax.yaml:6:9: the file is not YAML: while scanning a plain scalar, found a tab | indent with spaces: YAML takes no tabs",
            ],
        },
        // a key a column further in
        Broken {
            file: "sectors/tax.yaml",
            old: "    zh: 列入",
            new: "     zh: 列入",
            errors: &[
                "sectors/tax.yaml:64:8: the file is not YAML: mapping values are not allowed in this context | keys of one mapping begin in the same column: compare this line with those above",
            ],
        },
        // a key further out
        Broken {
            file: "sectors/tax.yaml",
            old: "    source: [tax]",
            new: "   source: [tax]",
            errors: &[
                "sectors/tax.yaml:7:4: the file is not YAML: while parsing a block mapping, did not find expected key | keys of one mapping begin in the same column: compare this line with those above",
            ],
        },
        // the colon of Chinese type
        Broken {
            file: "sectors/tax.yaml",
            old: "    source: [tax]",
            new: "    source：[tax]",
            errors: &[
                "sectors/tax.yaml:8:5: the file is not YAML: simple key expect ':' | write the plain colon `:` with a space after it, not `：`",
            ],
        },
        // no space after the colon
        Broken {
            file: "sectors/tax.yaml",
            old: "    lasts: P2Y",
            new: "    lasts:P2Y",
            errors: &[
                "sectors/tax.yaml:72:5: the file is not YAML: simple key expect ':' | write a space after the colon: `key: value`",
            ],
        },
        // a quote that is not closed
        Broken {
            file: "sectors/tax.yaml",
            old: "\"quiet >= 3\"",
            new: "\"quiet >= 3",
            errors: &[
                "sectors/tax.yaml:99:11: the file is not YAML: invalid indentation in quoted scalar | a text that begins with a quote ends with the same quote",
            ],
        },
        // a condition that needs quotes
        Broken {
            file: "sectors/tax.yaml",
            old: "\"quiet >= 3\"",
            new: "quiet >= 3 ? true : false",
            errors: &[
                "sectors/tax.yaml:99:29: the file is not YAML: mapping values are not allowed in this context | put the text in quotes: it has a colon of its own",
            ],
        },
        Broken {
            file: "sectors/tax.yaml",
            old: "\"was_listed\"",
            new: "!was_listed",
            errors: &[
                "sectors/tax.yaml:81:12: tags (`!name`) are not allowed | leave the tag out; a text that begins with `!` stands in quotes",
            ],
        },
        // a rule without its dash
        Broken {
            file: "sectors/tax.yaml",
            old: "  - id: tax.again",
            new: "    id: tax.again",
            errors: &[
                "sectors/tax.yaml:78:5: key `id` is there twice, first in line 63 | begin a new entry of the list with `- `, or remove one of them",
                "sectors/tax.yaml:79:5: key `basis` is there twice, first in line 66 | remove one of them",
                "sectors/tax.yaml:80:5: key `for_each` is there twice, first in line 68 | remove one of them",
                "sectors/tax.yaml:81:5: key `where` is there twice, first in line 69 | remove one of them",
                "sectors/tax.yaml:82:5: key `from` is there twice, first in line 70 | remove one of them",
                "sectors/tax.yaml:85:5: key `outcome` is there twice, first in line 77 | remove one of them",
            ],
        },
    ]);
}
