//! Lines that are no events, and what is said about them.

use super::{fault, line};
use crate::lines::LINE_BYTES_MAX;

fn recorded(data: &str) -> String {
    line("credit.recorded", data)
}

fn assert_fault(line: &str, message: &str) {
    assert_eq!(fault(line.as_bytes()).as_deref(), Some(message), "{line}");
}

#[test]
fn what_is_no_json_object() {
    assert_fault(r#"{"specversion":"1.0",}"#, "malformed JSON at column 22: trailing comma");
    assert_fault(r#"{"id":"a" "source""#, "malformed JSON at column 11: expected `,` or `}`");
    assert_fault(r#"{"id":"a","id":"b"}"#, "malformed JSON at column 19: the key `id` stands twice in one object");
    assert_fault("[1]", r#"the line is a list: expected one CloudEvents object, such as {"specversion":"1.0",…}"#);
    let latin1 = b"{\"id\":\"caf\xe9\"}";
    assert_eq!(fault(latin1).as_deref(), Some("the line is not UTF-8 from byte offset 10: save the file as UTF-8"));
    let long = vec![b' '; LINE_BYTES_MAX + 1];
    assert_eq!(
        fault(&long).as_deref(),
        Some("the line has 262145 bytes, at most 262144 are read: send one event a line, documents elsewhere")
    );
    let many = format!("[{}0]", "0,".repeat(1_024));
    let more = "malformed JSON at column 2051: more than 1024 values in one event: leave out what is not part of it";
    assert_fault(&many, more);
    // Inside objects too, however few bytes they take.
    let message = fault(format!("{{\"x\":[{}{{}}]}}", "{},".repeat(1_023)).as_bytes()).unwrap();
    assert!(message.contains("more than 1024 values"), "{message}");
    let deep = "[".repeat(500);
    assert_fault(&deep, "malformed JSON at column 128: recursion limit exceeded");
}

#[test]
fn envelopes() {
    let good = recorded(r#"{"record":"r","item":"i","decided_on":"2023-05-10"}"#);
    let cases = [
        (r#""specversion":"1.0","#, "", r#"`specversion` is missing: write "specversion":"1.0""#),
        (
            r#""specversion":"1.0""#,
            r#""specversion":"0.3""#,
            "`specversion` is `0.3`: expected `1.0`, the version of CloudEvents",
        ),
        (r#""specversion":"1.0""#, r#""specversion":1"#, "`specversion` is the number `1`: expected a string"),
        (r#""id":"e1""#, r#""id":"""#, "`id` is ``: expected a text that is not empty"),
        (r#""id":"e1","#, "", "`id` is missing: write an id that is unique for the source"),
        (r#""id":"e1""#, r#""id":"e\u0007""#, "`id` is `e\u{7}`: expected a text without control characters"),
        (r#""source":"#, r#""sourc":"#, "`source` is missing: rename `sourc` if that is it"),
        (
            r#""source":"#,
            r#""Source":"#,
            "`Source` is no attribute of CloudEvents, whose names are lower-case letters and digits: did you mean `source`?",
        ),
        (
            r#""id":"e1""#,
            r#""id":"e1","my_tag":"x""#,
            "`my_tag` is no attribute of CloudEvents, whose names are lower-case letters and digits: leave it out, or put it into `data` if it is a field",
        ),
        (
            r#""id":"e1""#,
            r#""id":"e1","tag":{}"#,
            "`tag` is an object: expected a string, an integer or a bool, as extension attributes are",
        ),
        (
            r#""id":"e1""#,
            r#""id":"e1","data_base64":"eA==""#,
            "`data_base64` is no attribute of CloudEvents, whose names are lower-case letters and digits: write `data` as a JSON object",
        ),
        (
            r#""id":"e1""#,
            r#""id":"e1","time":"2023-05-11 09:30""#,
            "`time` is `2023-05-11 09:30`: expected an instant of RFC 3339, such as 2023-05-11T09:30:00+08:00",
        ),
        (
            r#""id":"e1""#,
            r#""id":"e1","datacontenttype":"text/xml""#,
            "`datacontenttype` is `text/xml`: expected `application/json`: send the data as JSON, or leave it out",
        ),
        (
            "credit.recorded",
            "credit.record",
            "`type` is `credit.record`: no such event type, did you mean `credit.recorded`?",
        ),
        (
            "credit.recorded",
            "day.opened",
            "`type` is `day.opened`: Heng writes these itself and takes none from outside, leave the line out",
        ),
        (
            "credit.recorded",
            "decision.issued",
            "`type` is `decision.issued`: Heng writes these itself and takes none from outside, leave the line out",
        ),
        (
            "91420100MA49XK7P6T",
            "P-12",
            "`subject` is `P-12`: expected a subject: `P-12` is not a pseudonym: write P- and 32 hexadecimal digits",
        ),
        (
            r#""data":{"#,
            r#""data":3,"x":{"#,
            "`x` is an object: expected a string, an integer or a bool, as extension attributes are",
        ),
    ];
    assert_eq!(fault(good.as_bytes()), None);
    for (from, to, message) in cases {
        assert!(good.contains(from), "{from}");
        assert_fault(&good.replacen(from, to, 1), message);
    }
    assert_fault(&recorded("[]"), "`data` is a list: expected an object with the fields of the event type");
    assert_fault(&recorded("null"), "`data` is missing: write the fields of the event type as an object");
    let long = good.replacen("\"e1\"", &format!("\"{}\"", "x".repeat(257)), 1);
    assert!(fault(long.as_bytes()).unwrap().ends_with("…`: expected at most 256 bytes, these are 257"));
}

#[test]
fn records() {
    let cases = [
        (r#"{"record":"r","item":"i"}"#, "`data.decided_on` is missing: write the day of the decision as YYYY-MM-DD"),
        (
            r#"{"record":"r","item":"i","decided_on":null}"#,
            "`data.decided_on` is missing: write the day of the decision as YYYY-MM-DD",
        ),
        (
            r#"{"record":"r","item":"i","descided_on":"2023-05-10"}"#,
            "`data.descided_on` is not a field of credit.recorded: did you mean `decided_on`?",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-5-10"}"#,
            "`data.decided_on` is `2023-5-10`: expected a date of the form YYYY-MM-DD, such as 2023-05-10",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-02-29"}"#,
            "`data.decided_on` is `2023-02-29`: expected a day that the calendar has",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"1899-12-31"}"#,
            "`data.decided_on` is `1899-12-31`: expected a day from 1949-01-01 on",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":20230510}"#,
            "`data.decided_on` is the number `20230510`: expected a date as a string of the form YYYY-MM-DD",
        ),
        (r#"{"record":7,"item":"i","decided_on":"2023-05-10"}"#, "`data.record` is the number `7`: expected a string"),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"evaded":1000000.50}}"#,
            "`data.fields.evaded` is the number `1000000.5`: amounts and decimals are exact, write them as strings, such as \"1000000.00\"",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"evaded":1e6}}"#,
            "`data.fields.evaded` is the number `1000000.0`: amounts and decimals are exact, write them as strings, such as \"1000000.00\"",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"n":9223372036854775808}}"#,
            "`data.fields.n` is the number `9223372036854775808`: amounts and decimals are exact, write them as strings, such as \"1000000.00\"",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"a":{"b":1}}}"#,
            "`data.fields.a` is an object: expected a string, integer, bool or a list of these",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":{"a":[["b"]]}}"#,
            "`data.fields.a` is a list: expected in its list a string, integer or bool",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","fields":[]}"#,
            "`data.fields` is a list: expected an object of fields by name",
        ),
        (
            r#"{"record":"r","item":"i","decided_on":"2023-05-10","colour":"red"}"#,
            "`data.colour` is not a field of credit.recorded: known: `record`, `item`, `decided_on`, `document_no`, `fields`, `capacity`, `occurred_on`, `served_on`, `published_on`, `effective_on`",
        ),
    ];
    for (data, message) in cases {
        assert_fault(&recorded(data), message);
    }
}

#[test]
fn other_types() {
    let cases = [
        (
            "credit.corrected",
            r#"{"record":"r","version":-1}"#,
            "`data.version` is `-1`: expected a whole number that is not negative",
        ),
        (
            "credit.corrected",
            r#"{"record":"r","decided_on":null}"#,
            "`data.decided_on` is missing: a correction may replace it but not empty it, leave the key out",
        ),
        (
            "objection.resolved",
            r#"{"objection":"o","outcome":"won"}"#,
            "`data.outcome` is `won`: expected `upheld` or `rejected`",
        ),
        (
            "measures.suspended",
            r#"{"from":"2024-02-01","through":"2024-01-31"}"#,
            "`data.through` is `2024-01-31`: expected a day from `data.from`, 2024-02-01, on",
        ),
        (
            "subject.registered",
            r#"{"name":"x","region":"420100"}"#,
            "`data.kind` is missing: write the kind of subject, such as enterprise",
        ),
        (
            "subject.changed",
            r#"{"kind":"enterprize"}"#,
            "`data.kind` is `enterprize`: expected a kind of subject, did you mean `enterprise`?",
        ),
        (
            "subject.changed",
            r#"{"aliases":[{"scheme":"a","kode":"b"}]}"#,
            "`data.aliases[0].kode` is not a field of subject.registered: did you mean `code`?",
        ),
        (
            "subject.changed",
            r#"{"aliases":[{"scheme":"a","code":"b"},{"scheme":"a"}]}"#,
            "`data.aliases[1].code` is missing: write the code",
        ),
        ("subject.merged", r#"{"into":"hello"}"#, "`data.into` is `hello`: expected a subject: "),
        (
            "subject.linked",
            r#"{"role":"branch"}"#,
            "`data.to` is missing: write the other subject: a unified social credit code or a registered alias",
        ),
        (
            "measure.responded",
            r#"{"decision":"12","authority":"a","answer":"applied"}"#,
            "`data.decision` is `12`: expected a decision id, 64 hexadecimal digits",
        ),
        (
            "measure.responded",
            r#"{"answer":"not_applied"}"#,
            "`data.reason` is missing: an authority that does not apply a measure says why",
        ),
    ];
    for (kind, data, message) in cases {
        let line = line(kind, data);
        let said = fault(line.as_bytes()).unwrap();
        assert!(said == message || message.ends_with(": ") && said.starts_with(message), "{line}\n{said}");
    }
}
