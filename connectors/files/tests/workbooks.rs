//! Workbooks as departments have them: dates, numbers, sheets, and what is refused. Each is written here, none is kept.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use heng_files::Options;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use support::{FIRM, OTHER_FIRM, error, run, small, small_with, with};

const COLUMNS: [&str; 4] = ["信用代码", "文号", "日期", "金额"];

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("处罚").unwrap();
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

fn header(sheet: &mut Worksheet) {
    sheet.write_row(0, 0, COLUMNS).unwrap();
}

fn row(sheet: &mut Worksheet, row: u32, number: &str) {
    sheet.write_row(row, 0, [FIRM, number, "2023年5月3日", "1.5万"]).unwrap();
}

#[test]
fn dates_and_amounts_are_what_was_typed() {
    let date = |format: &str| Format::new().set_num_format(format);
    let day = ExcelDateTime::from_ymd(2023, 5, 3).unwrap();
    let input = book(|sheet| {
        header(sheet);
        for (at, format) in
            (1..).zip(["yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "m/d/yy", "yyyy.mm.dd", "yyyy/m/d h:mm"])
        {
            sheet.write_row(at, 0, [FIRM, &at.to_string()]).unwrap();
            sheet.write_with_format(at, 2, &day, &date(format)).unwrap();
        }
        for (at, fine) in (1..).zip([0.1 + 0.7, 1_234_567.89, 12.10, 5e7, 0.0]) {
            sheet.write(at, 3, fine).unwrap();
        }
        sheet.write_row(6, 0, [FIRM, "6"]).unwrap();
        let noon = day.clone().and_hms(12, 30, 0).unwrap();
        sheet.write_with_format(6, 2, &noon, &date("yyyy-mm-dd hh:mm")).unwrap();
        sheet.write(6, 3, "￥１，２００").unwrap();
    });
    let converted = run(&small(), "a.xlsx", &input);
    // The sum of two binary fractions is not what anybody typed: refused, not rounded.
    assert_eq!(
        converted.refused,
        [
            "a.xlsx:处罚!D2: row 1: column `金额` is `0.7999999999999999`: expected an amount to the fen, two decimals of a yuan at most: round it as the decision has it"
        ]
    );
    let fines: Vec<&str> =
        converted.events.split("\"fine\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(fines, ["1234567.89", "12.1", "50000000", "0", "1200"]);
    assert_eq!(converted.events.matches(r#""decided_on":"2023-05-03""#).count(), 5, "{}", converted.events);
    assert_eq!(converted.summary.input, "xlsx, sheet 处罚");
}

#[test]
fn cells_that_excel_spoilt() {
    let input = book(|sheet| {
        header(sheet);
        row(sheet, 1, "1");
        sheet.write(1, 0, 914_205_007_356_789_044_f64).unwrap();
        row(sheet, 2, "2");
        sheet.write(2, 2, 45049).unwrap();
        row(sheet, 3, "3");
        sheet.write_formula(3, 3, rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        row(sheet, 4, "4");
        row(sheet, 6, "4");
    });
    assert_eq!(
        run(&small(), "a.xlsx", &input).refused,
        [
            "a.xlsx:处罚!A2: row 1: column `信用代码` is `914205007356789000`: expected at most 15 digits in a cell of numbers, Excel lost the others: format the column as text, and type the codes again",
            "a.xlsx:处罚!C3: row 2: column `日期` is `45049`: expected a date such as 2023-05-03: this is the number by which Excel keeps one; format the cells as dates, and export again",
            "a.xlsx:处罚!D4: row 3: column `金额` is `#DIV/0!`: expected a value: Excel could not compute this one",
            "a.xlsx:处罚!B7: row 5: column `文号` is `4`: row 4 has the same; expected one row for each",
        ]
    );
}

/// A workbook by its parts: the library that writes the others saves a value with each formula.
fn uncomputed() -> Vec<u8> {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let formula = |formula: &str| format!("<c><f>{formula}</f><v/></c>");
    let columns =
        ["统一社会信用代码", "行政处罚决定书文号", "违法行为类型", "罚款金额（万元）", "处罚决定日期", "失信程度"];
    let one =
        [text("91420106MA4T70017E"), text("税罚1号"), text("偷税"), formula("1+2"), text("2026-05-10"), text("严重")];
    let two = [
        text("91420106MA4T70017E"),
        formula("\"税罚\"&amp;2"),
        text("偷税"),
        "<c><v>1</v></c>".to_owned(),
        text("2026-05-10"),
        text("严重"),
    ];
    let rows = [columns.map(text).concat(), one.concat(), two.concat()].map(|cells| format!("<row>{cells}</row>"));
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let link = |kind: &str, target: &str| {
        let link = format!("<Relationship Id=\"r1\" Type=\"{office}/{kind}\" Target=\"{target}\"/>");
        format!("<Relationships xmlns=\"{package}/relationships\">{link}</Relationships>")
    };
    let sheets = "<sheets><sheet name=\"处罚\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let parts = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>")),
        ("_rels/.rels", link("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\">{sheets}</workbook>")),
        ("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{}</sheetData></worksheet>", rows.concat()),
        ),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, part) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, part.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_formula_without_a_saved_value_is_not_an_empty_cell() {
    // As programs write it that compute nothing: a fine of `=1+2`, and a document number in the row below.
    let converted = run(&support::bundled("penalties-tax"), "a.xlsx", &uncomputed());
    let remedy = "expected a value, the cell has a formula whose value was never saved: open the workbook in the spreadsheet program, save it, and convert it again";
    assert_eq!(
        converted.refused,
        [
            format!("a.xlsx:处罚!D2: row 1: column `罚款金额（万元）` is ``: {remedy}"),
            format!("a.xlsx:处罚!B3: row 2: column `行政处罚决定书文号` is ``: {remedy}"),
        ]
    );
}

#[test]
fn merged_cells_and_two_header_rows() {
    let format = Format::new();
    let merged = book(|sheet| {
        header(sheet);
        for at in 1..=4 {
            row(sheet, at, &at.to_string());
        }
        sheet.merge_range(2, 0, 3, 0, FIRM, &format).unwrap();
        sheet.merge_range(5, 0, 5, 3, "备注：样本", &format).unwrap();
    });
    let converted = run(&small(), "a.xlsx", &merged);
    assert_eq!(converted.summary.events, 2);
    assert_eq!(
        converted.refused,
        [
            "a.xlsx:处罚!3: row 2: the cells A3:A4 are merged: unmerge them, and write the value into every row",
            "a.xlsx:处罚!4: row 3: the cells A3:A4 are merged: unmerge them, and write the value into every row",
            "a.xlsx:处罚!6: row 5: the cells A6:D6 are merged: unmerge them, and write the value into every row",
        ]
    );
    let two = book(|sheet| {
        sheet.merge_range(0, 0, 1, 0, "信用代码", &format).unwrap();
        sheet.merge_range(0, 1, 0, 3, "处罚", &format).unwrap();
        sheet.write_row(1, 1, ["文号", "日期", "金额"]).unwrap();
        row(sheet, 2, "1");
    });
    assert_eq!(
        error(&small(), "a.xlsx", &two),
        "`a.xlsx` sheet `处罚`: rows 1 and 2 are two header rows: write one, in which every column has its own name, and unmerge its cells"
    );
    let wide = book(|sheet| {
        header(sheet);
        sheet.merge_range(0, 3, 0, 4, "金额", &format).unwrap();
    });
    assert_eq!(
        error(&small(), "a.xlsx", &wide),
        "`a.xlsx` sheet `处罚`: the cells D1:E1 of the header are merged: unmerge them, and write one name above every column"
    );
    let title = book(|sheet| {
        sheet.merge_range(0, 0, 0, 3, "处罚公示表", &format).unwrap();
        sheet.write_row(2, 0, COLUMNS).unwrap();
        row(sheet, 3, "1");
    });
    let converted = run(&small(), "a.xlsx", &title);
    assert_eq!(converted.summary.events, 1);
    assert_eq!(converted.summary.input, "xlsx, sheet 处罚, a row above the header passed over");
    assert_eq!(run(&small_with("header_row: 3"), "a.xlsx", &title).summary.events, 1);
    let missing = book(|sheet| {
        sheet.write_row(0, 0, ["信用代码", "文号", "日其", "金额"]).unwrap();
    });
    assert_eq!(
        error(&small(), "a.xlsx", &missing),
        "`a.xlsx` sheet `处罚` row 1: no column `日期`: did you mean `日其`?"
    );
}

#[test]
fn sheets_are_chosen_and_an_empty_one_is_told() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("处罚").unwrap();
    header(sheet);
    row(sheet, 1, "1");
    let second = workbook.add_worksheet().set_name("许可").unwrap();
    header(second);
    second.write_row(1, 0, [OTHER_FIRM, "9", "20230503", ""]).unwrap();
    workbook.add_worksheet().set_name("空").unwrap();
    let input = workbook.save_to_buffer().unwrap();
    let sheet = |name: &str| {
        let mut options = Options::default();
        options.sheet(name);
        with(&small(), "a.xlsx", &input, &options)
    };
    assert_eq!(run(&small(), "a.xlsx", &input).summary.input, "xlsx, sheet 处罚 (not read: 许可, 空)");
    assert!(sheet("许可").unwrap().events.contains(OTHER_FIRM));
    assert!(run(&small_with("sheet: 许可"), "a.xlsx", &input).events.contains(OTHER_FIRM));
    assert_eq!(
        sheet("空").unwrap_err(),
        "`a.xlsx` sheet `空` is empty: expected a header with the columns 信用代码, 文号, 日期, 金额; other sheets are `处罚`, `许可`, choose one with --sheet"
    );
    assert_eq!(sheet("处发").unwrap_err(), "`a.xlsx` has no sheet `处发`: did you mean `处罚`?");
}

#[test]
fn damaged_protected_and_old_workbooks() {
    let whole = book(|sheet| {
        header(sheet);
        row(sheet, 1, "1");
    });
    let cut = error(&small(), "a.xlsx", &whole[..whole.len() / 2]);
    assert!(cut.starts_with("`a.xlsx` is a damaged workbook, or was cut short ("), "{cut}");
    assert!(cut.ends_with("): copy or export it again"), "{cut}");
    let zip = error(&small(), "a.xlsx", b"PK\x03\x04 and then something else");
    assert!(zip.starts_with("`a.xlsx` is a damaged workbook"), "{zip}");
    let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    old.resize(2048, 0);
    assert_eq!(
        error(&small(), "a.xls", &old),
        "`a.xls` is a workbook of the old form (.xls): open it, and save it as .xlsx (另存为 > Excel 工作簿)"
    );
    assert_eq!(
        error(&small(), "a.xlsx", &protected()),
        "`a.xlsx` is protected by a password: save it without one (文件 > 信息 > 保护工作簿)"
    );
}

/// The smallest container in which Office keeps an encrypted workbook: a header, a sector of the allocation table, a
/// sector of the directory, an empty one.
fn protected() -> Vec<u8> {
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    file.extend([0; 16]);
    file.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
    file.extend(words(&[0, 1, 1, 0, 4096, END, 0, END, 0, 0]));
    file.resize(512, 0xff);
    file.extend(words(&[0xFFFF_FFFD, END, END]));
    file.resize(1024, 0xff);
    for (name, kind, child) in [("Root Entry", 5, 1), ("EncryptedPackage", 2, FREE)] {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend(words(&[FREE, FREE, child]));
        entry.resize(116, 0);
        entry.extend(words(&[2, 0, 0]));
        file.extend(entry);
    }
    file.resize(512 * 4, 0);
    file
}
