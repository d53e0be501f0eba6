//! Text files as they go wrong: what is said, word for word, and that the rest goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use heng_files::{Mapping, Options};
use support::{FIRM, OTHER_FIRM, SMALL, error, run, small, small_with, with};

const HEADER: &str = "信用代码,文号,日期,金额\n";

/// The refused rows of a CSV file, given what stands below the header; the other rows are written.
fn refused(rows: &str, events: u64) -> Vec<String> {
    let converted = run(&small(), "a.csv", format!("{HEADER}{rows}").as_bytes());
    assert_eq!(converted.summary.events, events, "{:?}", converted.refused);
    converted.refused
}

#[test]
fn cells_of_a_wrong_form() {
    let rows = format!(
        "{FIRM},1,2023.13.5,1\n{FIRM},2,2023-5-3,约5万\n914201O6MA4T70017E,3,2023-5-3,1\n{FIRM},4,2023-5-3,1.234\n,5,2023-5-3,1\n\
         {FIRM},6,,1\n9.14201E+17,7,2023-5-3,1\n{FIRM},8,2023-5-3 10:00,\n{FIRM},8,2023-5-4,\n"
    );
    assert_eq!(
        refused(&rows, 1),
        [
            "a.csv:2: row 1: column `日期` is `2023.13.5`: expected a date that the calendar has: there is no month 13",
            "a.csv:3: row 2: column `金额` is `约5万`: expected an amount in yuan such as 1,000,000.00, 12.5万 or ¥300",
            "a.csv:4: row 3: column `信用代码` is `914201O6MA4T70017E`: expected a unified social credit code: character 7 is the letter O, is it a zero?",
            "a.csv:5: row 4: column `金额` is `1.234`: expected an amount to the fen, two decimals of a yuan at most: round it as the decision has it",
            "a.csv:6: row 5: column `信用代码` is ``: expected a value, the cell is empty",
            "a.csv:7: row 6: column `日期` is ``: expected a value, the cell is empty",
            "a.csv:8: row 7: column `信用代码` is `9.14201E+17`: expected a unified social credit code: Excel shortened this one; format the column as text, type the codes again, and export again",
            "a.csv:10: row 9: column `文号` is `8`: row 8 has the same; expected one row for each",
        ]
    );
}

#[test]
fn a_refused_row_keeps_nobody_out() {
    // The first row with the number is refused for its date: put right further down, it is taken.
    let rows = format!("{FIRM},1,2023.13.5,1\n{FIRM},1,2023.12.5,1\n");
    assert_eq!(refused(&rows, 1).len(), 1);
}

#[test]
fn columns_that_are_missing_or_spread_over_two_rows() {
    let fail = |text: &str| error(&small(), "a.csv", text.as_bytes());
    assert_eq!(
        fail("信用代码,文号,处罚日,金额\n"),
        "`a.csv` line 1: no column `日期`: known: `信用代码`, `文号`, `处罚日`, `金额`"
    );
    assert_eq!(fail("信用代码,文号,日期,金额,日期\n"), "`a.csv` line 1: two of column `日期`: rename one");
    assert_eq!(
        fail(&format!("信用代码,处罚,,\n,文号,日期,金额\n{FIRM},1,2023-5-3,1\n")),
        "`a.csv`: rows 1 and 2 are two header rows: write one, in which every column has its own name, and unmerge its cells"
    );
    assert_eq!(fail(""), "`a.csv` is empty: expected a header with the columns 信用代码, 文号, 日期, 金额");
    assert_eq!(fail("\n\n"), "`a.csv` is empty: expected a header with the columns 信用代码, 文号, 日期, 金额");
}

#[test]
fn a_header_is_found_below_a_title_and_by_other_names() {
    let text = format!("行政处罚公示表,,,\n文号,日期,信用 代码,金额\n7,2023-5-3,{FIRM},\n");
    let converted = run(&small(), "a.csv", text.as_bytes());
    assert_eq!(converted.summary.events, 1);
    assert_eq!(converted.summary.input, "csv, utf-8 (found), a row above the header passed over");
    let also = SMALL.replace(
        "[信用代码, 文号, 日期, 金额]",
        "[信用代码, {name: 文号, also: 决定书文号}, 日期, {name: 金额, also: [罚款（元）], optional: true}]",
    );
    let mapping = Mapping::parse("small.yaml", &also).unwrap();
    let with_fine =
        run(&mapping, "a.csv", format!("决定书文号,日期,信用代码,罚款(元)\n7,2023-5-3,{FIRM},5\n").as_bytes());
    assert!(with_fine.events.contains(r#""fields":{"fine":"5"}"#), "{with_fine:?}");
    let without = run(&mapping, "a.csv", format!("决定书文号,日期,信用代码\n7,2023-5-3,{FIRM}\n").as_bytes());
    assert!(without.events.contains(r#""decided_on":"2023-05-03"}"#), "{without:?}");
    let declared = small_with("header_row: 2");
    assert_eq!(run(&declared, "a.csv", text.as_bytes()).summary.events, 1);
    assert_eq!(
        error(&declared, "a.csv", format!("{HEADER}{FIRM},1,2023-5-3,1\n").as_bytes()),
        format!("`a.csv` row 2: no column `信用代码`: known: `{FIRM}`, `1`, `2023-5-3`, `1`")
    );
    assert_eq!(
        error(&small_with("header_row: 9"), "a.csv", HEADER.as_bytes()),
        "`a.csv` row 9 is empty: expected a header with the columns 信用代码, 文号, 日期, 金额"
    );
}

#[test]
fn a_file_cut_short_is_told_and_what_is_whole_is_converted() {
    assert_eq!(
        refused(&format!("{FIRM},1,2023-5-3,1\n{FIRM},2,20"), 1),
        ["a.csv:3: row 2: the file ends within this row (3 cells of 4): was it cut short? export or copy it again"]
    );
    assert_eq!(
        refused(&format!("{FIRM},1,2023-5-3,1\n{FIRM},\"2,2023-5-3,1\n{FIRM},3,2023-5-3,1\n"), 1),
        [
            "a.csv:3: row 2: the file ends within this row (a quotation mark opened in it is never closed, 2 lines follow): was it cut short? export or copy it again"
        ]
    );
    // Blank rows of a spreadsheet are no rows.
    assert_eq!(refused(&format!("{FIRM},1,2023-5-3,1\n,,,\n , ,,\n"), 1), Vec::<String>::new());
    // A last row without the end of its line is a row, and doubled quotation marks are letters.
    assert_eq!(refused(&format!("{FIRM},\"a\"\"b\",2023-5-3,\"1\""), 1), Vec::<String>::new());
    let open = run(&small(), "a.csv", format!("{HEADER}{FIRM},1,2023-5-3,1").as_bytes());
    assert_eq!(open.summary.input, "csv, utf-8 (found), the last line has no end: look whether its last cell is whole");
    assert_eq!(
        refused(&format!("{FIRM},1,2023-5-3\n"), 0),
        ["a.csv:2: row 1: the row has 3 cells, the header 4: quote cells that hold the delimiter"]
    );
}

#[test]
fn a_number_of_a_person_is_neither_written_nor_repeated() {
    let persons = ["420106199001011231", "420106 19900101 1234", "420106900101123", "420106199013011231"];
    let rows = |cell: &dyn Fn(&str) -> String| persons.map(cell).concat();
    let texts = [
        rows(&|person| format!("{FIRM},3号 张三{person},2023-5-3,1\n")), // it would leave as id and record
        rows(&|person| format!("{person},1,2023-5-3,1\n")),
        rows(&|person| format!("{FIRM},1,张三{person},1\n")),
        rows(&|person| format!("{FIRM},1,2023-5-3,张三{person}\n")),
    ];
    for text in texts {
        let told = refused(&text, 0).join("\n");
        assert_eq!(told.matches("420106***").count(), 4, "{told}");
        assert!(!told.contains("张三") && !told.contains("9001") && !told.contains("199013"), "{told}");
    }
    assert_eq!(
        refused(&format!("{FIRM},3号 张三420106199001011231,2023-5-3,1\n"), 0),
        [
            "a.csv:2: row 1: column `文号` is `…420106************`: expected a value without the number of a person, which is not taken in: have the document renumbered, or give its number without the person's"
        ]
    );
    // Nor where a row stands in the place of the header.
    let no_header = error(&small(), "a.csv", "张三420106199001011231,1,2023-5-3,1\n".as_bytes());
    assert!(no_header.contains("known: `…420106************`"), "{no_header}");
    // Nor filter by filter.
    let mut options = Options::default();
    options.trace(1);
    let mut shown = String::new();
    let input = format!("{HEADER}{FIRM},张三420106199001011231,2023-5-3,1\n");
    let mut told = |row: &heng_files::RowTold<'_>| shown = format!("{row:?}");
    heng_files::convert(&small(), "a.csv", std::io::Cursor::new(input), std::io::sink(), &options, &mut told).unwrap();
    assert!(shown.contains("…420106***") && !shown.contains("1990") && !shown.contains("张三"), "{shown}");
}

#[test]
fn encodings_are_found_out_or_refused() {
    let row = |firm: &str, number: &str| format!("{firm},鄂罚〔2023〕{number}号,2023-5-3,1\n");
    let text = format!("{HEADER}{}{}", row(FIRM, "1"), row(OTHER_FIRM, "2"));
    let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let (plain, old) = (run(&small(), "a.csv", text.as_bytes()), run(&small(), "a.csv", &gb18030(&text)));
    assert_eq!(plain.summary.input, "csv, utf-8 (found)");
    assert_eq!(old.summary.input, "csv, gb18030 (found)");
    assert_eq!((plain.events.as_str(), plain.summary.events), (old.events.as_str(), 2));
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let marked = run(&small(), "a.csv", &marked);
    assert_eq!((marked.events, marked.summary.input.as_str()), (plain.events, "csv, utf-8 (by its byte order mark)"));

    // Two files in one: the rows of the smaller part are refused, in whatever encoding.
    let mixed = [&gb18030(&text)[..], row(FIRM, "3").as_bytes()].concat();
    assert_eq!(
        run(&small(), "a.csv", &mixed).refused,
        [
            "a.csv:4: row 3: column `文号` is utf-8, the file gb18030: save the whole file in one encoding, or say `encoding: gb18030` if the row is right"
        ]
    );
    let mixed = [text.as_bytes(), &gb18030(&row(FIRM, "3"))].concat();
    let mixed = run(&small(), "a.csv", &mixed);
    assert_eq!(mixed.summary.input, "csv, utf-8 (found, with lines that are not)");
    assert_eq!(
        mixed.refused,
        ["a.csv:4: row 3: column `文号` is not UTF-8: set `encoding` of the mapping to that of the file"]
    );
    let broken = [&gb18030(&text)[..], FIRM.as_bytes(), b",\xff\xff,2023-5-3,1\n"].concat();
    assert_eq!(
        run(&small(), "a.csv", &broken).refused,
        ["a.csv:4: row 3: column `文号` is not gb18030: set `encoding` of the mapping to that of the file"]
    );
    let mut options = Options::default();
    options.encoding("utf-8").unwrap();
    let declared = with(&small(), "a.csv", &gb18030(&text), &options).unwrap_err();
    assert_eq!(
        declared,
        "`a.csv` is not in UTF-8 (declared): leave the encoding to be found out (`auto`), or say `gb18030`, with --encoding or in the mapping"
    );
    let declared = error(&small_with("encoding: gb18030"), "a.csv", text.as_bytes());
    assert!(declared.starts_with("`a.csv` is not in gb18030 (declared): "), "{declared}");
    assert_eq!(options.encoding("latin1").unwrap_err(), "unknown encoding `latin1`: known: `auto`, `utf-8`, `gb18030`");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(
        error(&small(), "a.csv", &utf16),
        "`a.csv` is in UTF-16, as `Unicode text` of Excel: save it as `CSV UTF-8`, or as a workbook (.xlsx)"
    );
}

/// An object of the small mapping.
fn object(number: &str, fine: &str) -> String {
    format!(r#"{{"信用代码":"{FIRM}","文号":"{number}","日期":"2023-5-3","金额":{fine}}}"#)
}

#[test]
fn json_that_is_not_as_the_mapping_wants_it() {
    let nested = Mapping::parse("small.yaml", &SMALL.replace("金额", "处罚.金额")).unwrap();
    let lines = [
        object("1", "1.50"),
        object("2", "{\"a\":1}"),
        object("3", "[1]"),
        object("4", "null"),
        "[1]".to_owned(),
        "{\"信用代码\":".to_owned(),
        "{\"信用代码\":1,\"信用代码\":2}".to_owned(),
        object("5", "1e2"),
        object("6", "1").replace("文号", "文"),
        object("7", "1").replace("金额", "处罚\":{\"金额").replace('}', "}}"),
    ];
    let converted = run(&small(), "a.json", lines[..9].join("\n").as_bytes());
    assert_eq!(
        converted.refused,
        [
            "a.json:2: row 2: column `金额` is `an object`: expected a text or a number; the path of a value in it is written with points, such as `a.b`",
            "a.json:3: row 3: column `金额` is `a list`: expected a text or a number; the path of a value in it is written with points, such as `a.b`",
            "a.json:5: row 5: this is no object: expected a list `[…]` of objects, or one object `{…}` a line",
            "a.json:6: row 6: the file ends within this row (an object that is not closed, expected a list `[…]` of objects, or one object `{…}` a line): was it cut short? export or copy it again",
            "a.json:7: row 7: malformed JSON at column 35: the key `信用代码` stands twice in one object",
            "a.json:8: row 8: column `金额` is `1e2`: expected an amount in yuan such as 1,000,000.00, 12.5万 or ¥300",
            "a.json:9: row 9: no column `文号` in this object: did you mean `文`?",
        ]
    );
    assert!(converted.events.contains(r#""fine":"1.50""#), "a number as it is written: {}", converted.events);
    let converted = run(&nested, "a.json", lines[9].as_bytes());
    assert!(converted.events.contains(r#""fine":"1""#), "{converted:?}");
}

#[test]
fn json_spread_over_lines() {
    let wrapped = format!("{{\n  \"code\": 0,\n  \"data\": [{}]\n}}\n", object("1", "1"));
    assert_eq!(
        error(&small(), "a.json", wrapped.as_bytes()),
        "`a.json` begins with an object that does not end on its line: write an object a line, or a list `[…]` of objects; if it was written so, the file is cut short"
    );
}

#[test]
fn a_json_list_that_breaks_off() {
    let whole = format!("[{},\n{}", object("1", "1"), object("2", "2"));
    let cut = run(&small(), "a.json", &whole.as_bytes()[..whole.len() - 1]);
    assert_eq!(cut.summary.events, 1);
    assert!(
        cut.refused[0]
            .starts_with("a.json:2: row 2: the file ends within this row (the list is not closed at line 2 column "),
        "{}",
        cut.refused[0]
    );
    let cut = run(&small(), "a.json", whole.as_bytes());
    assert_eq!((cut.summary.events, cut.refused.len()), (2, 1));
    let wrong = run(&small(), "a.json", format!("{whole},7,]").as_bytes());
    assert_eq!(wrong.summary.events, 2);
    assert_eq!(
        wrong.refused[0],
        "a.json: row 3: this is no object: expected a list `[…]` of objects, or one object `{…}` a line"
    );
    assert!(wrong.refused[1].contains("malformed JSON at line 2 column "), "{}", wrong.refused[1]);
}
