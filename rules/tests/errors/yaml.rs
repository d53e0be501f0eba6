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
            errors: &["sectors/tax.yaml:40:15: tags (`!name`) are not allowed | leave the tag out"],
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
    ]);
}
