//! The JSON Schema and the loader agree on what has the form of a pack.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests read the packs of the tree"
)]

#[path = "support/form.rs"]
mod form;
#[path = "support/mod.rs"]
mod support;

use heng_rules::SCHEMA;
use serde_json::Value;
use std::path::Path;

#[test]
fn every_pack_in_the_tree_has_the_form() {
    let forms = form::Forms::new();
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs");
    let mut seen = 0;
    for pack in std::fs::read_dir(packs).unwrap() {
        let pack = pack.unwrap().path();
        for folder in ["", "sectors", "tests"] {
            for file in std::fs::read_dir(pack.join(folder)).unwrap().map(|it| it.unwrap().path()) {
                if file.extension().is_some_and(|it| it == "yaml") {
                    let name = file.strip_prefix(&pack).unwrap().to_string_lossy().replace('\\', "/");
                    assert_eq!(forms.errors(&name, &std::fs::read_to_string(&file).unwrap()), [""; 0], "{pack:?}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn the_pack_that_uses_every_clause_has_the_form() {
    let forms = form::Forms::new();
    for (path, text) in support::texts() {
        assert_eq!(forms.errors(path, &text), [""; 0]);
    }
}

#[test]
fn deadlines_of_answers_have_the_form_that_the_loader_reads() {
    let forms = form::Forms::new();
    let places = [
        ("pack.yaml", "authorities:", "answer_within: TERM\nauthorities:"),
        ("pack.yaml", "finance: {", "finance: {answer_within: TERM, "),
        ("measures.yaml", "severity: high", "answer_within: TERM"),
    ];
    for (file, old, new) in places {
        for (term, is_term) in [("7wd", true), ("P1M", true), ("none", true), ("0wd", false), ("7d", false)] {
            let changed = support::with(file, old, &new.replace("TERM", term));
            assert_eq!(support::load_texts(&changed).is_ok(), is_term, "{file}: {term}");
            assert_eq!(forms.errors(file, &changed[file]).is_empty(), is_term, "{file}: {term}");
        }
    }
}

#[test]
fn titles_and_least_numbers_have_the_form_that_the_loader_reads() {
    let forms = form::Forms::new();
    let head = "sector: tax\n";
    for (old, new, is_sound) in [
        ("{type: decimal}", "{type: decimal, min: 0}", true),
        ("{type: decimal}", "{type: decimal, min: \"0.05\"}", true),
        ("{type: decimal}", "{type: decimal, min: 0.5}", false),
        ("{type: decimal}", "{type: decimal, min: none}", false),
        ("{type: decimal}", "{type: decimal, min: ~}", false),
        ("{type: decimal}", "{type: decimal, min: -999999999999999999}", true),
        ("{type: decimal}", "{type: decimal, min: 1000000000000000000}", false),
        ("{type: decimal}", "{type: decimal, min: \"-12345678901234567.8\"}", true),
        ("{type: decimal}", "{type: decimal, min: \"-12345678901234567.89\"}", false),
        ("{type: decimal}", "{type: decimal, max: P1Y}", false),
        ("{type: decimal}", "{type: decimal, titles: {a: {zh: 甲}}}", false),
        ("paid: {type: date}", "paid: {type: date, min: 0}", false),
        ("paid: {type: date}", "paid: {type: date, max: P1Y}", true),
        ("paid: {type: date}", "paid: {type: date, max: ~}", false),
        ("escape], required: true", "escape], titles: ~", false),
        (
            "share: {type: decimal}",
            "share: {type: decimal}\n      kinds: {type: list<enum>, values: [a], titles: {a: {zh: 甲}}}",
            true,
        ),
        (
            "share: {type: decimal}",
            "share: {type: decimal}\n      kinds: {type: [enum], values: [a], titles: {a: {zh: 甲}}}",
            true,
        ),
        (
            "share: {type: decimal}",
            "share: {type: decimal}\n      kinds: {type: list, of: enum, values: [a], titles: {a: {zh: 甲}}}",
            true,
        ),
        (
            "share: {type: decimal}",
            "share: {type: decimal}\n      kinds: {type: list, of: string, titles: {a: {zh: 甲}}}",
            false,
        ),
        ("escape], required: true", "escape], titles: {escape: {zh: 逃避, en: Escape}}", true),
        ("escape], required: true", "escape], titles: {escape: {en: Escape}}", false),
        ("escape], required: true", "escape], titles: {escape: 逃避}", false),
        (
            head,
            "sector: tax\noutcomes: {list/tax.major: {zh: 名单}, \"grade/tax:D\": {zh: D级}, grade/tax: {zh: 等级}}\n",
            true,
        ),
        (head, "sector: tax\noutcomes: {measure/publish: {zh: 公示}}\n", false),
        (head, "sector: tax\noutcomes: {list/tax.major: {zh: 名单, de: Liste}}\n", false),
    ] {
        let changed = support::with("sectors/tax.yaml", old, new);
        assert_eq!(support::load_texts(&changed).is_ok(), is_sound, "{new}");
        assert_eq!(forms.errors("sectors/tax.yaml", &changed["sectors/tax.yaml"]).is_empty(), is_sound, "{new}");
    }
}

/// The mapping that a definition describes, by a text of the good pack after which a key can be added to it.
const INSIDE: [(&str, &str, &str); 13] = [
    ("pack", "pack.yaml", "pack: cn-test\n"),
    ("pack/authorities", "pack.yaml", "court: {"),
    ("laws/laws", "laws.yaml", "sta-54: {"),
    ("measures/measures", "measures.yaml", "publish: {"),
    ("matters/matters", "matters.yaml", "office: {"),
    ("sector", "sectors/tax.yaml", "sector: tax\n"),
    ("item", "sectors/tax.yaml", "  tax.major:\n    "),
    ("field", "sectors/tax.yaml", "share: {"),
    ("fact/count", "sectors/tax.yaml", "repeat: {"),
    ("fact/sum", "sectors/tax.yaml", "fines: {"),
    ("fact/latest", "sectors/tax.yaml", "  grade: {"),
    ("fact/outcome", "sectors/tax.yaml", "barred: {"),
    ("rule", "sectors/tax.yaml", "  - id: tax.major\n    "),
];

/// The keys that the schema allows in a mapping.
fn keys(name: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let (definition, inner) = name.split_once('/').unwrap_or((name, ""));
    let at = &schema["definitions"][definition];
    let at = match (definition, inner) {
        ("fact", kind) => {
            let forms = at["anyOf"].as_array().unwrap();
            forms.iter().find(|form| form["properties"].get(kind).is_some()).unwrap()
        }
        ("field", _) => &at["anyOf"][1],
        (_, "") => at,
        (_, inner) => &at["properties"][inner]["additionalProperties"],
    };
    // Of the words that say what a fact is, there is one.
    let others =
        ["sum", "distinct", "min", "max", "latest"].into_iter().filter(|word| definition == "fact" && *word != inner);
    let others: Vec<&str> = others.collect();
    let all = at["properties"].as_object().unwrap().keys();
    all.filter(|key| !others.contains(&key.as_str())).cloned().collect()
}

#[test]
fn a_key_that_the_schema_offers_is_known_to_the_loader_and_no_other_is() {
    let forms = form::Forms::new();
    for (name, file, after) in INSIDE {
        let known = keys(name);
        assert!(known.len() > 1, "{name}");
        for key in known.iter().map(String::as_str).chain(["zzzz"]) {
            let space = if after.ends_with('{') {
                ", "
            } else if after.ends_with("    ") {
                "\n    "
            } else {
                "\n"
            };
            // An empty value is as good as none, so that nothing else is said about it.
            let added = support::with(file, after, &format!("{after}{key}: ~{space}"));
            let told = support::load_texts(&added).err().unwrap_or_default();
            let is_known = !told.contains(&format!("unknown key `{key}`"));
            assert_eq!(is_known, key != "zzzz", "{name}: {key}\n{told}");
        }
        let text = support::with(
            file,
            after,
            &format!("{after}zzzz: 1, ").replace(", ", if after.ends_with('{') { ", " } else { "\n" }),
        );
        assert!(!forms.errors(file, &text[file]).is_empty(), "{name}: zzzz");
    }
}
