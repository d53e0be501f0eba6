//! Golden texts on the packs in the tree and on a small one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::*;
use crate::cases::{run_cases, tests::bundled};

fn rule_words(pack: &str, id: &str) -> String {
    let report = run_cases(&bundled(pack), Some("no case has this name")).unwrap();
    let rule = report.pack.rules.iter().find(|rule| rule.id == id).unwrap();
    let parts = rule_in_words(&report.pack, &report.symbols, rule);
    let line = |line: &Line| format!("{}{} | {}", "  ".repeat(usize::from(line.depth)), line.text.zh, line.text.en);
    let part = |part: &Row| format!("{}: {}\n", part.label.en, part.lines.iter().map(line).collect::<Vec<_>>().join("\n    "));
    parts.iter().map(part).collect()
}

#[test]
fn x() {
    println!("{}", rule_words("cn-hubei", "tax.major_violation"));
    println!("{}", rule_words("cn-hubei", "tax.grade_a"));
    println!("{}", rule_words("mdb-debarment", "mdb.joint"));
    for pack in ["cn-hubei", "ofac-sdn", "mdb-debarment"] {
        let report = run_cases(&bundled(pack), None).unwrap();
        std::fs::write(format!("/tmp/{pack}.html"), handbook(&report, Format::Html)).unwrap();
        std::fs::write(format!("/tmp/{pack}.md"), handbook(&report, Format::Markdown)).unwrap();
    }
}
