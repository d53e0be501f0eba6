//! Files in and out: a department's CSV becomes events, a synthetic province is generated and taken in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop with a panic")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

fn heng(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heng")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn file(folder: &tempfile::TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let name = path.to_str().unwrap().to_owned();
    (path, name)
}

#[test]
fn refused_rows_are_told_and_the_rest_is_written() {
    let mapping = here("../../connectors/files/mappings/worldbank-debarred.yaml");
    let input = here("../../connectors/files/samples/worldbank-debarred.csv");
    let expected = std::fs::read_to_string(here("../../connectors/files/samples/worldbank-debarred.jsonl")).unwrap();
    let printed = heng(&["convert", "--mapping", &mapping, &input]);
    assert_eq!(printed.status.code(), Some(3));
    assert_eq!(text(&printed.stdout), expected);
    let told = text(&printed.stderr);
    assert!(told.contains("row 15: column `from_date` is `29/02/2020`: expected a date with the year first"), "{told}");
    assert!(told.contains("15 rows = 10 events + 3 skipped + 2 refused"), "{told}");

    let folder = tempfile::tempdir().unwrap();
    let (path, out) = file(&folder, "events.jsonl");
    let written = heng(&["convert", "--mapping", &mapping, &input, "--out", &out, "--json"]);
    assert_eq!(written.status.code(), Some(3));
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    let summary: Value = serde_json::from_slice(&written.stdout).unwrap();
    assert_eq!((&summary["rows"], &summary["events"], &summary["refused"]), (&15.into(), &10.into(), &2.into()));
    let refused: Vec<Value> = text(&written.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&refused[1]["row"], &refused[1]["column"]), (&15.into(), &"from_date".into()));
    assert_eq!(refused[1]["value"], "29/02/2020");
}

fn mapping(name: &str) -> String {
    here(&format!("../../connectors/files/mappings/{name}.yaml"))
}

fn sample(name: &str) -> String {
    here(&format!("../../connectors/files/samples/{name}"))
}

#[test]
fn an_explained_conversion_tells_of_every_row_and_writes_nothing() {
    let explained = heng(&["convert", "--mapping", &mapping("list-tax"), &sample("list-tax.csv"), "--explain"]);
    assert_eq!(explained.status.code(), Some(3));
    let said: Vec<&str> = text(&explained.stdout).lines().skip(1).collect();
    assert_eq!(
        said,
        [
            "row 1 (line 2): credit.recorded 样税失信-2025-1号 of 91420106MA4T70017E",
            "row 2 (line 3): credit.recorded 样税失信-2025-2号 of 91420700MA4T70666T",
            "row 3 (line 4): credit.repaired 样税停-2026-1号 of 91420700MA4T70666T",
            "row 4 (line 5): refused: column `列入决定书文号` is ``: expected a value, the cell is empty",
            "row 5 (line 6): refused: column `事项` is `撤销`: expected `列入`, `列入名单` or `提前停止公布`, `移出`",
            &format!("{}: csv, utf-8 (found)", sample("list-tax.csv")),
            "5 rows = 3 events + 0 skipped + 2 refused",
        ]
    );
    assert!(explained.stderr.is_empty(), "{}", text(&explained.stderr));
    let args =
        ["convert", "--mapping", &mapping("penalties-tax"), &sample("penalties-tax.json"), "--explain", "--json"];
    let rows: Vec<Value> = text(&heng(&args).stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 12);
    assert_eq!((&rows[0]["outcome"], &rows[0]["id"]), (&"event".into(), &"样税稽罚-2026-12号".into()));
    assert_eq!(rows[2]["outcome"], "skipped");
    assert_eq!((&rows[4]["column"], &rows[4]["value"]), (&"处罚决定日期".into(), &"2023.13.5".into()));
    assert_eq!(rows[11]["input"], "json, a list");
}

#[test]
fn one_row_is_told_filter_by_filter() {
    let args = ["convert", "--mapping", &mapping("penalties-tax"), &sample("penalties-tax.csv"), "--explain", "--row"];
    let row = |number: &str, json: bool| {
        let more: &[&str] = if json { &[number, "--json"] } else { &[number] };
        heng(&[&args[..], more].concat())
    };
    let second = row("2", false);
    let said = text(&second.stdout);
    assert!(said.contains("    罚款金额（万元）: `２５０`\n"), "{said}");
    assert!(said.contains("罚款金额（万元） `２５０` | amount wan `2500000` | default 0 `2500000`\n"), "{said}");
    assert!(said.contains("    data.fields.tier: `\"general\"`    from {失信程度 | trim | filled}\n"), "{said}");
    assert!(said.contains("\n  the event\n    {\"specversion\":\"1.0\",\"id\":\"样税稽罚-2026-13号\""), "{said}");
    assert!(!said.contains("row 1 ") && !said.contains("row 3 "), "{said}");
    // Of a natural person nothing is shown but that the cell is filled.
    let person = row("3", false);
    assert!(text(&person.stdout).contains("    自然人证件号码: `present`\n"), "{}", text(&person.stdout));
    assert!(!text(&person.stdout).contains("199001"), "{}", text(&person.stdout));
    let fifth: Value = serde_json::from_str(text(&row("5", true).stdout).lines().next().unwrap()).unwrap();
    let last = fifth["trace"]["values"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["cells"][0]["cell"]), (&"decided".into(), &"2023.13.5".into()));
    assert_eq!(last["cells"][0]["steps"][1]["refused"], "a date that the calendar has: there is no month 13");
    let beyond = row("99", false);
    assert_eq!(beyond.status.code(), Some(1));
    assert!(text(&beyond.stderr).contains("has no row 99: it has 11 rows, the header not counted"));
    let alone = heng(&["convert", "--mapping", "m.yaml", "a.csv", "--row", "2"]);
    assert_eq!(alone.status.code(), Some(2));
}

#[test]
fn standard_input_is_read_in_the_encoding_that_is_said() {
    let convert = |encoding: &str| {
        let input = std::fs::File::open(sample("penalties-labour.gb18030.csv")).unwrap();
        let args = ["convert", "--mapping", &mapping("penalties-labour"), "-", "--encoding", encoding];
        Command::new(env!("CARGO_BIN_EXE_heng")).args(args).stdin(input).output().unwrap()
    };
    let expected = std::fs::read_to_string(sample("penalties-labour.jsonl")).unwrap();
    assert_eq!(text(&convert("auto").stdout), expected);
    assert_eq!(text(&convert("gb18030").stdout), expected);
    let wrong = convert("utf-8");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("`-` is not in UTF-8 (declared): "), "{}", text(&wrong.stderr));
    assert_eq!(convert("latin-1").status.code(), Some(2));
}

#[test]
fn what_departments_deliver_in_files_becomes_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let layouts = [
        "registrations",
        "permits",
        "grades-tax",
        "grades-labour",
        "list-tax",
        "list-wages",
        "penalties-tax",
        "penalties-labour",
    ];
    let mut files = Vec::new();
    for layout in layouts {
        let (_, out) = file(&folder, &format!("{layout}.jsonl"));
        let ran = heng(&["convert", "--mapping", &mapping(layout), &sample(&format!("{layout}.csv")), "--out", &out]);
        assert_eq!(ran.status.code(), Some(3), "every sample holds a trap: {}", text(&ran.stderr));
        files.push(out);
    }
    let (_, data) = file(&folder, "data");
    let pack = here("../../rules/packs/cn-hubei");
    let run = ["run", "--json", "--partitions", "2", "--pack", &pack, "--data", &data, "--until", "2026-11-01"];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let ran = heng(&[&run[..], &files].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&summary["read"], &summary["refused"]), (&25.into(), &0.into()), "{summary}");

    let listed = heng(&["decisions", "--json", "--data", &data]);
    let decisions: Vec<Value> = text(&listed.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has = |kind: &str, subject: &str, rule: &str, from: &str, through: Value| {
        decisions.iter().any(|it| {
            let data = &it["data"];
            it["type"] == format!("decision.{kind}")
                && it["subject"] == subject
                && data["rule"] == rule
                && data["from"] == from
                && data["through"] == through
        })
    };
    // A fine of 250 (ten thousand yuan) bars from procurement for three years; the number was typed full-width.
    assert!(has("issued", "91420502MA4T701485", "tax.procurement_record", "2026-06-01", "2029-06-01".into()));
    assert!(has("issued", "91420106MA4T70017E", "tax.penalty_serious", "2026-05-10", "2029-05-10".into()));
    assert!(has("issued", "91420106MA4T70017E", "tax.grade_d", "2026-04-15", "2027-04-15".into()));
    assert!(has("issued", "91420900MA4T70922M", "labour.wage_arrears", "2025-09-10", "2028-09-10".into()));
    // The notice of an early end, by the document number of the entry.
    assert!(has("lifted", "91420700MA4T70666T", "tax.major_violation_published", "2025-08-29", "2026-03-01".into()));
    assert!(has("lifted", "91429004MA4T71183K", "labour.wage_arrears", "2025-09-12", "2026-03-31".into()));
    // Nobody whose row was refused or skipped is decided about.
    for absent in ["91420281MA4T710523", "91420111MA4T70535X"] {
        assert!(decisions.iter().all(|it| it["subject"] != absent), "{absent}");
    }
    let history = heng(&["history", "91420106MA4T70017E", "--data", &data]);
    assert!(text(&history.stdout).contains("permit.granted, record 样市监许-2025-101号"), "{}", text(&history.stdout));
}

#[test]
fn the_input_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (path, input) = file(&folder, "in.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let mapping = here("../../connectors/files/mappings/ofac-sdn.yaml");
    let ran = heng(&["convert", "--mapping", &mapping, &input, "--out", &input]);
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "a,b\n1,2\n");
}

#[test]
fn a_generated_province_is_the_same_again_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = file(&folder, "events.jsonl");
    let options = ["generate", "--seed", "7", "--subjects", "200", "--years", "3"];
    let written = heng(&[&options[..], &["--out", &out, "--json"]].concat());
    assert!(written.status.success(), "{}", text(&written.stderr));
    let printed = heng(&options);
    assert_eq!(std::fs::read(&path).unwrap(), printed.stdout);
    let totals: Value = serde_json::from_slice(&written.stdout).unwrap();
    let lines = u64::try_from(text(&printed.stdout).lines().count()).unwrap();
    assert_eq!((totals["events"].as_u64(), totals["bytes"].as_u64()), (Some(lines), Some(printed.stdout.len() as u64)));

    let (_, data) = file(&folder, "data");
    let pack = here("../../rules/packs/cn-hubei");
    let run = ["run", "--json", "--partitions", "2", "--pack", &pack, "--data", &data, "--until", "2026-10-31", &out];
    let ran = heng(&run);
    let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&summary["refused"], &summary["read"]), (&0.into(), &lines.into()), "{summary}");
    let replayed = heng(&["replay", "--json", "--data", &data]);
    let report: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(report["same"], true, "{report}");
    assert_eq!(report["decisions"], summary["decisions"]);
}

#[test]
fn more_years_than_there_are_is_bad_usage() {
    let ran = heng(&["generate", "--seed", "1", "--subjects", "1", "--years", "99"]);
    assert_eq!(ran.status.code(), Some(2));
}
