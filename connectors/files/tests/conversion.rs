//! The bundled mappings on the bundled samples: golden events, refused rows word for word.

#![allow(clippy::unwrap_used, reason = "tests")]

use heng_files::{Mapping, Options, Summary, convert, parse_line};
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn bundled(name: &str) -> Mapping {
    let file = format!("{name}.yaml");
    Mapping::parse(&file, &std::fs::read_to_string(here("mappings").join(&file)).unwrap()).unwrap()
}

fn run(mapping: &Mapping, file: &str, input: &[u8]) -> (String, Vec<String>, Summary) {
    let (mut output, mut refused) = (Vec::new(), Vec::new());
    let mut told = |row: &heng_files::RowTold<'_>| refused.extend(row.gave.err().map(ToString::to_string));
    let summary = convert(mapping, file, Cursor::new(input), &mut output, &Options::default(), &mut told).unwrap();
    let skipped: u64 = summary.skipped.values().sum();
    assert_eq!(summary.rows, summary.events + skipped + summary.refused);
    (String::from_utf8(output).unwrap(), refused, summary)
}

/// Compares with `samples/NAME.jsonl`; `HENG_BLESS=1` writes it anew.
fn golden(name: &str) -> (Vec<String>, Summary) {
    let file = format!("{name}.csv");
    let input = std::fs::read(here("samples").join(&file)).unwrap();
    let (output, refused, summary) = run(&bundled(name), &file, &input);
    let path = here("samples").join(format!("{name}.jsonl"));
    if std::env::var_os("HENG_BLESS").is_some() {
        std::fs::write(&path, &output).unwrap();
    }
    assert_eq!(output, std::fs::read_to_string(path).unwrap());
    for line in output.lines() {
        parse_line(line.as_bytes()).unwrap().event_without_aliases().unwrap();
    }
    (refused, summary)
}

#[test]
fn a_history_of_additions_and_removals() {
    let (refused, summary) = golden("ofac-sdn");
    assert_eq!((summary.rows, summary.events, summary.refused), (16, 11, 5));
    assert_eq!(
        refused,
        [
            "ofac-sdn.csv:13: row 12: column `number` is `900009`: expected an earlier row that counts as `stay`",
            "ofac-sdn.csv:14: row 13: column `event` is `renamed`: expected `baseline`, `listed` or `changed` or `removed`",
            "ofac-sdn.csv:15: row 14: column `observed_at` is `2021-11-05`: expected an instant of RFC 3339",
            "ofac-sdn.csv:16: row 15: column `ent_num` is `9OOO7`: expected digits only",
            "ofac-sdn.csv:17: row 16: the row has 7 cells, the header 6: quote cells that hold the delimiter",
        ]
    );
}

#[test]
fn a_list_with_terms_and_grounds() {
    let (refused, summary) = golden("worldbank-debarred");
    assert_eq!((summary.rows, summary.events, summary.refused), (15, 10, 2));
    assert_eq!(
        summary.skipped.into_iter().collect::<Vec<_>>(),
        [("repeats an earlier row of the same firm".to_owned(), 3)]
    );
    assert_eq!(
        refused,
        [
            "worldbank-debarred.csv:15: row 14: column `bank` is `Bank of Nowhere`: expected one of `ADB`, `AfDB`, `EBRD`, `IDB`; add the spelling to the mapping's table",
            "worldbank-debarred.csv:16: row 15: column `from_date` is `29/02/2020`: expected a date with the year first, such as 2023-05-03: here day and month cannot be told apart for sure",
        ]
    );
}

#[test]
fn the_same_bytes_again_and_a_longer_file_only_adds() {
    let input = std::fs::read(here("samples/ofac-sdn.csv")).unwrap();
    let mapping = bundled("ofac-sdn");
    let whole = run(&mapping, "a", &input).0;
    assert_eq!(run(&mapping, "a", &input).0, whole);
    let text = String::from_utf8(input).unwrap();
    let head: Vec<&str> = text.lines().take(8).collect();
    assert!(whole.starts_with(&run(&mapping, "a", head.join("\n").as_bytes()).0));
}

const SMALL: &str = r#"
mapping: small
source: /x
encoding: gb18030
delimiter: ";"
columns: [名称, 日期]
events:
  - type: credit.recorded
    id: "{名称 | slug}"
    subject: "x:{名称 | slug}"
    time: "{日期}T00:00:00+08:00"
    data: {record: "{名称 | slug}", item: x.y, decided_on: "{日期 | day}", fields: {name: "{名称}", n: {int: "12"}, sure: true}}
"#;

#[test]
fn other_encodings_delimiters_and_orders_of_columns() {
    let mapping = Mapping::parse("small.yaml", SMALL).unwrap();
    let text = encoding_rs::GB18030.encode("日期;备注;名称\n2023-05-10;无;武汉样本\n").0.into_owned();
    let (output, refused, _) = run(&mapping, "a.csv", &text);
    assert_eq!(refused, Vec::<String>::new());
    assert!(output.contains(r#""subject":"x:武汉样本""#) && output.contains(r#""n":12,"sure":true"#), "{output}");
    let (_, refused, _) = run(&mapping, "a.csv", &[&text[..], b"2023-05-11;x;\xff\xff\n"].concat());
    assert_eq!(
        refused,
        ["a.csv:3: row 2: column `名称` is not gb18030: set `encoding` of the mapping to that of the file"]
    );
    let (_, refused, _) = run(&mapping, "a.csv", &[&text[..], b"2023-05-11;x;\n"].concat());
    assert_eq!(refused.len(), 1);
    assert!(
        refused
            .concat()
            .starts_with("a.csv:3: row 2: the event is refused: `id` is ``: expected a text that is not empty")
    );
}

const CASES: &str = r#"
mapping: cases
source: "/x/{office | lower}"
columns: [office, act, number, kind]
skip:
  - {when: {value: "{act}", matches: '^test'}, reason: a test entry}
  - {when: [{value: "{act}", not: [add, drop]}, {value: "{kind}", is: [""]}], reason: nothing to say}
once: {key: "{act} {number}", reason: said before}
counters:
  stay: {key: "{number}", when: {value: "{act}", is: add}}
events:
  - when: {value: "{act}", is: add}
    type: credit.recorded
    id: "{number}-{stay}"
    subject: "{number}"
    time: "2024-01-01T00:00:00Z"
    data: {record: "{number}-{stay}", item: x.y, decided_on: 2024-01-01, fields: {kind: {value: "{kind | trim}", table: {a: [Alpha, "first kind"], b: Beta}}}}
  - when: {value: "{act}", is: drop}
    type: credit.corrected
    id: "{number}-{stay}-drop"
    subject: "{number}"
    time: "2024-01-01T00:00:00Z"
    data: {record: "{number}-{stay}", served_on: null, version: {int: "{kind}"}}
"#;

#[test]
fn skips_tables_numbers_and_aliases() {
    let mapping = Mapping::parse("cases.yaml", CASES).unwrap();
    let input = "office,act,number,kind\nWH,add,7,FIRST KIND\nWH,testing,7,\nWH,note,7,\nWH,add,7,Beta\nWH,drop,7,3\n\
                 WH,note,8,x\nWH,drop,9,1\nWH,add,10,gamma\nWH,drop,7 ,\nWH,add,11,\n\nWH,drop,11,x\n";
    let (output, refused, summary) = run(&mapping, "a.csv", input.as_bytes());
    let written: Vec<&str> = output.lines().map(|line| line.split_once("\"data\":").unwrap().1).collect();
    assert_eq!(
        written,
        [
            r#"{"record":"7-1","item":"x.y","decided_on":"2024-01-01","fields":{"kind":"a"}}}"#,
            r#"{"record":"7-1","served_on":null,"version":3}}"#,
            r#"{"record":"11-1","item":"x.y","decided_on":"2024-01-01"}}"#,
        ]
    );
    assert!(
        output
            .starts_with(r#"{"specversion":"1.0","id":"7-1","source":"/x/wh","type":"credit.recorded","subject":"7","#)
    );
    let skipped: Vec<(String, u64)> = summary.skipped.into_iter().collect();
    assert_eq!(
        skipped,
        [("a test entry".to_owned(), 1), ("nothing to say".to_owned(), 1), ("said before".to_owned(), 1)]
    );
    assert_eq!(
        refused,
        [
            "a.csv:7: row 6: column `act` is `note`: expected `add` or `drop`",
            "a.csv:8: row 7: column `number` is `9`: expected an earlier row that counts as `stay`",
            "a.csv:9: row 8: column `kind` is `gamma`: expected one of `Alpha`, `first kind`, `Beta`; add the spelling to the mapping's table",
            "a.csv:10: row 9: column `number` is `7 `: expected an earlier row that counts as `stay`",
            "a.csv:12: row 11: column `kind` is `x`: expected a whole number",
        ]
    );
}

#[test]
fn files_that_are_not_the_mappings() {
    let mapping = bundled("ofac-sdn");
    let fail = |input: &str| {
        let input = Cursor::new(input.as_bytes());
        convert(&mapping, "a.csv", input, Vec::new(), &Options::default(), &mut |_| ()).unwrap_err().to_string()
    };
    assert_eq!(
        fail(""),
        "`a.csv` is empty: expected a header with the columns observed_at, event, ent_num, name, program"
    );
    assert_eq!(
        fail("observed_at,event,entnum,name,program\n"),
        "`a.csv` line 1: no column `ent_num`: did you mean `entnum`?"
    );
    assert_eq!(
        fail("observed_at,event,ent_num,name,name,program\n"),
        "`a.csv` line 1: two of column `name`: rename one"
    );
}

#[test]
fn mistakes_in_a_mapping_are_named_with_their_place() {
    let cases = [
        ("delimiter: \";\"", "delimeter: \";\"", "m.yaml:5:1: unknown key `delimeter`: did you mean `delimiter`?"),
        ("gb18030", "gbk", "m.yaml:4:11: unknown encoding `gbk`: known: `auto`, `utf-8`, `gb18030`"),
        (
            "credit.recorded",
            "credit.recordd",
            "m.yaml:8:11: `type` is `credit.recordd`: no such event type, did you mean `credit.recorded`?",
        ),
        ("{日期 | day}", "{日期 | dy}", "m.yaml:12:58: unknown filter `dy`: did you mean `day`?"),
        ("decided_on:", "decidedon:", "m.yaml:12:46: unknown key `decidedon`: did you mean `decided_on`?"),
        ("    subject:", "    subjet:", "m.yaml:10:5: unknown key `subjet`: did you mean `subject`?"),
        ("source: /x", "source: /x\nsource: /y", "m.yaml:4:1: the key `source` stands twice"),
        ("source: /x", "source: &a /x", "m.yaml:3:9: anchors and tags are not used here: write the value out"),
        ("mapping: small\n", "", "m.yaml:2:1: `mapping` is missing"),
        ("{int: \"12\"}", "{int: \"12\", flag: x}", ""),
    ];
    for (from, to, message) in cases {
        assert!(SMALL.contains(from), "{from}");
        let error = Mapping::parse("m.yaml", &SMALL.replacen(from, to, 1)).unwrap_err().to_string();
        if message.is_empty() {
            assert!(
                error.ends_with(
                    "write a text, or `{int: …}`, `{flag: …, matches: '…'}`, `{value: …, table: {code: [spelling, …]}}`, `{value: …, bool: {true: …, false: …}}`"
                ),
                "{error}"
            );
        } else {
            assert_eq!(error, message);
        }
    }
}
