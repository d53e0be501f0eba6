//! The example pack of the rule authors' manual compiles as it stands there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::json;
use std::fs;
use std::path::PathBuf;
use support::{heng, json_lines, said};

#[test]
fn the_example_pack_has_no_errors() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/rule-authors.md");
    let text = fs::read_to_string(page).expect("the manual");
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    // A file of the pack is a block whose first line is its name.
    for block in text.split("```yaml\n# ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("a name");
        let (content, _) = rest.split_once("```").expect("the end of a block");
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        files.push(name);
    }
    let expected =
        ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "sectors/safety.yaml", "tests/safety.yaml"];
    assert_eq!(files, expected);
    let said = said(heng().args(["pack", "check", "--json"]).arg(folder.path()));
    let report = json_lines(&said.out).pop().expect("a report");
    assert_eq!(report["errors"], json!(0), "{report}");
    assert_eq!(report["pack"]["name"], json!("cn-example"), "{report}");
}
