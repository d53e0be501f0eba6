//! The layouts in which departments deliver: the bundled samples as CSV, workbooks and JSON, with golden events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use heng_files::parse_line;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use support::{Converted, bundled, here, run, sample};

/// Compares with `samples/NAME.jsonl`; `HENG_BLESS=1` writes it anew.
fn golden(name: &str, converted: &Converted) {
    let path = here("samples").join(format!("{name}.jsonl"));
    if std::env::var_os("HENG_BLESS").is_some() {
        std::fs::write(&path, &converted.events).unwrap();
    }
    assert_eq!(converted.events, std::fs::read_to_string(path).unwrap(), "{name}");
    for line in converted.events.lines() {
        parse_line(line.as_bytes()).unwrap().event_without_aliases().unwrap();
    }
}

/// The mapping on its CSV sample: rows, events and refused; what was skipped is the rest.
fn layout(name: &str, (rows, events, refused): (u64, u64, u64)) -> Converted {
    let file = format!("{name}.csv");
    let converted = run(&bundled(name), &file, &sample(&file));
    golden(name, &converted);
    let summary = &converted.summary;
    assert_eq!((summary.rows, summary.events, summary.refused), (rows, events, refused), "{name}");
    converted
}

#[test]
fn tax_penalties_in_the_national_layout() {
    let converted = layout("penalties-tax", (11, 4, 6));
    assert_eq!(
        converted.refused,
        [
            "penalties-tax.csv:6: row 5: column `处罚决定日期` is `2023.13.5`: expected a date that the calendar has: there is no month 13",
            "penalties-tax.csv:7: row 6: column `罚款金额（万元）` is `约5万`: expected an amount in ten thousand yuan (万元) such as 12.5 or 1,200",
            "penalties-tax.csv:8: row 7: column `统一社会信用代码` is `9142O900MA4T70922M`: expected a unified social credit code: character 5 is the letter O, is it a zero?",
            "penalties-tax.csv:9: row 8: column `行政处罚决定书文号` is `样税稽罚-2026-12号`: row 1 has the same; expected one row for each",
            "penalties-tax.csv:10: row 9: column `违法行为类型` is `欠税`: expected one of `逾期申报`, `未按期申报`, `未按照规定期限办理纳税申报`, `偷税`, `逃避缴纳税款`, `逃税`, `虚开发票`, `未按照规定开具发票`, `违反发票管理规定`, `其他`; add the spelling to the mapping's table",
            "penalties-tax.csv:13: row 11: column `处罚决定日期` is `03/05/2026`: expected a date with the year first, such as 2023-05-03: here day and month cannot be told apart for sure",
        ]
    );
}

#[test]
fn nothing_of_a_natural_person_leaves_a_file() {
    for (name, person) in [
        ("penalties-tax", "42010619900101001X"),
        ("penalties-labour", "420502199007150220"),
        ("permits", "420683199006154565"),
    ] {
        let file = format!("{name}.csv");
        assert!(String::from_utf8(sample(&file)).unwrap().contains(person));
        let converted = run(&bundled(name), &file, &sample(&file));
        let skipped: Vec<_> = converted.summary.skipped.iter().collect();
        assert_eq!(skipped, [(&"自然人，不采集 (a natural person, not taken in)".to_owned(), &1)]);
        assert!(!converted.events.contains(&person[6..]) && !converted.refused.concat().contains(&person[6..]));
    }
    // Where the certificate stands in the column of the firm's code, the message covers it.
    let text =
        String::from_utf8(sample("grades-tax.csv")).unwrap().replacen("91420106MA4T70017E", "42010619900101001X", 1);
    let converted = run(&bundled("grades-tax"), "a.csv", text.as_bytes());
    assert_eq!(
        converted.refused[0],
        "a.csv:2: row 1: column `统一社会信用代码` is `420106************`: expected a unified social credit code: this is the number of a person, which is not taken in"
    );
}

const TAX_HEADER: &str =
    "统一社会信用代码,自然人证件号码,行政处罚决定书文号,违法行为类型,罚款金额（万元）,处罚决定日期,失信程度";

#[test]
fn a_second_header_is_no_natural_person() {
    let text = format!("{TAX_HEADER}\n{TAX_HEADER}\n91420106MA4T70017E,,税罚1号,偷税,30.5,2026-05-10,严重\n");
    let converted = run(&bundled("penalties-tax"), "a.csv", text.as_bytes());
    assert_eq!((converted.summary.events, converted.summary.skipped.len()), (1, 0));
    assert_eq!(
        converted.refused,
        [
            "a.csv:2: row 1: the row repeats the names of the columns: is it a second header? delete it, and look what the rows below mean"
        ]
    );
}

#[test]
fn what_the_pack_would_refuse_is_refused_beside_its_row() {
    let rows =
        [",税罚1号,偷税,30.5,2026-05-10,", ",税罚2号,　,30.5,2026-05-10,严重", ",税罚3号,偷税,-5,2026-05-10,严重"];
    let text: String = rows.map(|row| format!("91420106MA4T70017E,{row}\n")).concat();
    let converted = run(&bundled("penalties-tax"), "a.csv", format!("{TAX_HEADER}\n{text}").as_bytes());
    assert_eq!(
        converted.refused,
        [
            "a.csv:2: row 1: column `失信程度` is ``: expected a value, the cell is empty",
            "a.csv:3: row 2: column `违法行为类型` is `　`: expected a value, the cell is empty",
            "a.csv:4: row 3: column `罚款金额（万元）` is `-5`: expected an amount from 0 on: money that is given back is a decision of its own",
        ]
    );
}

#[test]
fn a_share_of_five_percent_does_not_list_a_firm() {
    let header = "事项,统一社会信用代码,决定书文号,决定日期,公布日期,失信情形,涉案税款（万元）,占应纳税额比例";
    let row =
        |at: usize, share: &str| format!("列入,91420106MA4T70017E,样{at}号,2025-08-01,2025-09-12,偷税,152.3,{share}\n");
    let rows: String = (1..).zip(["5", "５％", "0.05", "5%", "abc"]).map(|(at, share)| row(at, share)).collect();
    let converted = run(&bundled("list-tax"), "a.csv", format!("{header}\n{rows}").as_bytes());
    assert_eq!(converted.events.matches(r#""share":"0.05""#).count(), 3, "{}", converted.events);
    assert_eq!(
        converted.refused,
        [
            "a.csv:2: row 1: column `占应纳税额比例` is `5`: expected a share such as 0.35 or 35%: is it 5%? then write the sign, or a decimal below 1",
            "a.csv:6: row 5: column `占应纳税额比例` is `abc`: expected a share such as 0.35 or 35%",
        ]
    );
}

#[test]
fn an_entry_of_the_tax_list_without_a_day_of_publication_is_refused() {
    let header = "事项,统一社会信用代码,决定书文号,列入决定书文号,决定日期,公布日期,失信情形,涉案税款（万元）";
    let rows = "列入,91420106MA4T70017E,样1号,,2025-08-01,,抗税,1\n提前停止公布,91420106MA4T70017E,样2号,样1号,2026-03-02,,,\n";
    let converted = run(&bundled("list-tax"), "a.csv", format!("{header}\n{rows}").as_bytes());
    assert_eq!(converted.refused, ["a.csv:2: row 1: column `公布日期` is ``: expected a value, the cell is empty"]);
    assert_eq!(converted.summary.events, 1, "an early end names none");
}

#[test]
fn the_other_layouts() {
    layout("penalties-labour", (4, 2, 1));
    layout("permits", (5, 3, 1));
    layout("grades-tax", (5, 3, 2));
    layout("grades-labour", (3, 2, 1));
    layout("list-tax", (5, 3, 2));
    layout("list-wages", (4, 3, 1));
    let registrations = layout("registrations", (7, 5, 2));
    assert_eq!(
        registrations.refused,
        [
            "registrations.csv:7: row 6: column `行政区划` is `420799`: expected a region code of GB/T 2260 (as of 2021-12-31): no such division under 鄂州市 (420700)",
            "registrations.csv:8: row 7: column `行业` is `C51`: expected an industry code of GB/T 4754-2017: division 51 (批发业) is in section F",
        ]
    );
}

#[test]
fn gb18030_is_found_out_and_gives_the_same_events() {
    let input = sample("penalties-labour.gb18030.csv");
    assert!(std::str::from_utf8(&input).is_err());
    let converted = run(&bundled("penalties-labour"), "a.csv", &input);
    golden("penalties-labour", &converted);
    assert_eq!(converted.summary.input, "csv, gb18030 (found)");
}

#[test]
fn json_gives_the_same_events_as_a_list_and_by_lines() {
    let list = sample("penalties-tax.json");
    let converted = run(&bundled("penalties-tax"), "a.json", &list);
    golden("penalties-tax", &converted);
    assert_eq!(converted.summary.input, "json, a list");
    assert_eq!(
        converted.refused[1],
        "a.json: row 6: column `罚款金额（万元）` is `约5万`: expected an amount in ten thousand yuan (万元) such as 12.5 or 1,200"
    );
    let objects: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap();
    let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
    let converted = run(&bundled("penalties-tax"), "a.jsonl", lines.as_bytes());
    golden("penalties-tax", &converted);
    assert!(converted.refused[1].starts_with("a.jsonl:6: row 6: "), "{}", converted.refused[1]);
}

/// The sample as a workbook: dates as dates, amounts as numbers, a title above the header.
fn workbook(csv: &[u8]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap().write(0, 0, "行政处罚信息").unwrap();
    let sheet = workbook.add_worksheet().set_name("处罚").unwrap();
    sheet.merge_range(0, 0, 0, 27, "样本市税务局行政处罚信息公示表", &Format::new()).unwrap();
    let date = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv);
    for (row, record) in reader.records().enumerate() {
        let row = u32::try_from(row).unwrap() + 1;
        for (column, cell) in record.unwrap().iter().enumerate() {
            let column = u16::try_from(column).unwrap();
            let is_day = cell.len() == 10 && cell.starts_with("2026-");
            if let Some(day) = is_day.then(|| ExcelDateTime::parse_from_str(cell).unwrap()) {
                sheet.write_with_format(row, column, &day, &date).unwrap();
            } else if let (true, Ok(number)) = (cell.len() < 8, cell.parse::<f64>()) {
                sheet.write(row, column, number).unwrap();
            } else if !cell.is_empty() {
                sheet.write(row, column, cell).unwrap();
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_gives_the_same_events() {
    let input = workbook(&sample("penalties-tax.csv"));
    let mut options = heng_files::Options::default();
    options.sheet("处罚");
    let converted = support::with(&bundled("penalties-tax"), "a.xlsx", &input, &options).unwrap();
    golden("penalties-tax", &converted);
    assert_eq!(converted.summary.input, "xlsx, sheet 处罚 (not read: 说明), a row above the header passed over");
    assert_eq!(
        converted.refused[0],
        "a.xlsx:处罚!U7: row 5: column `处罚决定日期` is `2023.13.5`: expected a date that the calendar has: there is no month 13"
    );
    assert_eq!(
        converted.refused[3],
        "a.xlsx:处罚!L10: row 8: column `行政处罚决定书文号` is `样税稽罚-2026-12号`: row 1 has the same; expected one row for each"
    );
    let error = support::error(&bundled("penalties-tax"), "a.xlsx", &input);
    assert!(error.starts_with("`a.xlsx` sheet `说明` row 1: no column `统一社会信用代码`"), "{error}");
}
