//! Bad input through the built program: what is said, what the exit code is, and that the next good line is accepted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]

#[path = "support/small_disk.rs"]
mod small_disk;
mod support;

use heng_log::DataDir;
use serde_json::{Value, json};
use small_disk::SmallDisk;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Said, heng, province, province_pack, run, said, totals};

const UNTIL: &str = "2024-01-01";
const PERSON: &str = "P-0123456789abcdef0123456789abcdef";

/// A good event; each has its own name.
fn good(name: &str) -> Value {
    json!({
        "specversion": "1.0", "id": name, "source": "/gov/420000/tax", "type": "credit.recorded",
        "subject": "91420100MA49XK7P6T", "time": "2023-05-11T09:30:00+08:00",
        "data": {
            "record": name, "item": "tax.major_violation", "decided_on": "2023-05-10", "document_no": "T-12",
            "fields": {"evaded": "1000000.00", "share": "0.10", "conduct": "evasion"},
        },
    })
}

/// A bad line, and what is said about it.
struct Bad {
    line: Vec<u8>,
    reason: String,
}

/// A good event with one value replaced.
fn with(name: &str, pointer: &str, value: Value, reason: &str) -> Bad {
    let mut event = good(name);
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let place = event.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        place.remove(key);
    } else {
        place.insert(key.to_owned(), value);
    }
    Bad { line: event.to_string().into_bytes(), reason: reason.to_owned() }
}

fn bytes(line: &[u8], reason: &str) -> Bad {
    Bad { line: line.to_vec(), reason: reason.to_owned() }
}

fn person(capacity: Option<&str>, reason: &str) -> Bad {
    let mut event = good("person");
    event["subject"] = json!(PERSON);
    event["data"] = json!({"record": "person", "item": "tax.d_responsible", "decided_on": "2023-05-10"});
    if let Some(capacity) = capacity {
        event["data"]["capacity"] = json!(capacity);
    }
    Bad { line: event.to_string().into_bytes(), reason: reason.to_owned() }
}

const ORGANISATIONS: &str = "enterprise, individual_business, cooperative, institution, social_organisation";

/// Lines that are no event.
fn forms() -> Vec<Bad> {
    vec![
        bytes(br#"{"specversion":"1.0","id":"a",}"#, "malformed JSON at column 31: trailing comma"),
        bytes(br#"{"specversion":"1.0","id":"a""#, "malformed JSON at column 29: EOF while parsing an object"),
        bytes(b"{\"id\":\"caf\xe9\"}", "the line is not UTF-8 from byte offset 10: save the file as UTF-8"),
        bytes(b"[]", r#"the line is a list: expected one CloudEvents object, such as {"specversion":"1.0",…}"#),
        with("f1", "/id", Value::Null, "`id` is missing: write an id that is unique for the source"),
        with(
            "f2",
            "/type",
            json!("credit.record"),
            "`type` is `credit.record`: no such event type, did you mean `credit.recorded`?",
        ),
        with(
            "f3",
            "/type",
            json!("day.opened"),
            "`type` is `day.opened`: Heng writes these itself and takes none from outside, leave the line out",
        ),
        with(
            "f4",
            "/time",
            json!("yesterday"),
            "`time` is `yesterday`: expected an instant of RFC 3339, such as 2023-05-11T09:30:00+08:00",
        ),
        with(
            "f5",
            "/data/document_no",
            json!("x".repeat(262_144)),
            "the line has 262456 bytes, at most 262144 are read: send one event a line, documents elsewhere",
        ),
        with(
            "f6",
            "/data/document_no",
            json!("x".repeat(50_000)),
            "the event is too long for the log: the credit.recorded would have `50218` bytes, the log takes at most 49152",
        ),
    ]
}

/// Fields, values and days.
fn fields() -> Vec<Bad> {
    vec![
        with(
            "v1",
            "/data/item",
            json!("tax.major_violations"),
            "data.item: `tax.major_violations` is no item of pack cn-hubei@2026.11.1; see its catalogue of items",
        ),
        with(
            "v2",
            "/data/item",
            json!("religion.attendance"),
            "data.item: `religion.attendance` is no item of pack cn-hubei@2026.11.1; see its catalogue of items",
        ),
        with(
            "v3",
            "/data/fields/evadet",
            json!("1"),
            "data.fields.evadet: item `tax.major_violation` has no such field; its fields are evaded, share, conduct, invoices, invoice_value, export_fraud, published, paid_before_publication",
        ),
        with(
            "v4",
            "/data/recrod",
            json!("r"),
            "`data.recrod` is not a field of credit.recorded: did you mean `record`?",
        ),
        with(
            "v5",
            "/data/fields/evaded",
            json!(1_000_000.5),
            "`data.fields.evaded` is the number `1000000.5`: amounts and decimals are exact, write them as strings, such as \"1000000.00\"",
        ),
        with(
            "v6",
            "/data/fields/evaded",
            json!("much"),
            "data.fields.evaded: `much` is not a decimal number: write digits with at most one point, such as 1000000.00",
        ),
        with(
            "v7",
            "/data/fields/evaded",
            json!(true),
            "data.fields.evaded: `true` is not an amount in CNY, written as a string such as \"1000000.00\"",
        ),
        with("v8", "/data/fields/evaded", json!("5 USD"), "data.fields.evaded: `5 USD` is not an amount in CNY"),
        with(
            "v9",
            "/data/fields/conduct",
            json!("laziness"),
            "data.fields.conduct: `laziness` is not one of evasion, withholding, escape, refund_fraud, refusal, false_invoice, false_ordinary_invoice, forged_invoice, absconded, abetting, agency, other",
        ),
        with(
            "v10",
            "/data/fields/evaded",
            Value::Null,
            "data.fields.evaded: missing: item `tax.major_violation` requires it",
        ),
        with(
            "v11",
            "/data/decided_on",
            json!("1948-12-31"),
            "`data.decided_on` is `1948-12-31`: expected a day from 1949-01-01 on",
        ),
        with(
            "v12",
            "/data/decided_on",
            json!("2023-05-12"),
            "data.decided_on: 2023-05-12 lies after the current day 2023-05-11: nothing is decided ahead",
        ),
        with(
            "v13",
            "/data/decided_on",
            json!("2023-02-29"),
            "`data.decided_on` is `2023-02-29`: expected a day that the calendar has",
        ),
    ]
}

/// Who says it, about whom, and under which name.
fn identities() -> Vec<Bad> {
    let organisations = |what: &str| {
        format!("subject: item `tax.major_violation` is about {ORGANISATIONS}, not about a subject of kind {what}")
    };
    vec![
        with(
            "i1",
            "/subject",
            json!("91420100MA49XK7P6X"),
            "subject: the check character of `91420100MA49XK7P6X` should be `T`: look for a mistyped or exchanged character",
        ),
        with(
            "i2",
            "/source",
            json!("/gov/420000/hrss"),
            "source: `/gov/420000/hrss` may not publish `tax.major_violation`; its sources are /gov/420000/tax",
        ),
        with(
            "i3",
            "/source",
            json!("/gov/420000/moon"),
            "source: `/gov/420000/moon` is no authority of pack cn-hubei@2026.11.1; its sources are /gov/420000/court, /gov/420000/customs, /gov/420000/development_reform, /gov/420000/ecology, /gov/420000/emergency, /gov/420000/finance, /gov/420000/financial_regulation, /gov/420000/housing_construction, /gov/420000/hrss, /gov/420000/market_regulation, /gov/420000/natural_resources, /gov/420000/tax",
        ),
        with("i4", "/subject", json!(PERSON), &organisations("person")),
        with(
            "i5",
            "/data/item",
            json!("tax.d_responsible"),
            "subject: item `tax.d_responsible` is about person, not about a subject of kind enterprise",
        ),
        person(
            None,
            "data.capacity: a person appears only in a capacity: state one that the pack lists, such as legal_representative",
        ),
        person(Some("neighbour"), "data.capacity: `neighbour` is no capacity of pack cn-hubei@2026.11.1"),
        with(
            "i6",
            "/id",
            json!("good-0"),
            "id: `good-0` was used before by this source for another content: give a corrected event a new id",
        ),
        // The fold refuses this one: it stands on the log, and its letter names the position.
        with(
            "i7",
            "/data/record",
            json!("good-0"),
            "record `good-0` of `/gov/420000/tax` was recorded before: send credit.corrected to change it",
        ),
    ]
}

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }

    /// A data directory with one event.
    fn data(&self) -> PathBuf {
        let (data, file) = (self.path("data"), self.write("one.jsonl", good("one").to_string().as_bytes()));
        assert_eq!(said(&mut run(&province_pack(), &data, UNTIL, &file)).code, Some(0));
        data
    }

    /// A copy of the province's pack with one place of a file replaced.
    fn pack(&self, file: &str, old: &str, new: &str) -> PathBuf {
        let (from, to) = (province_pack(), self.path("pack"));
        fs::create_dir_all(to.join("sectors")).expect("a folder");
        for name in
            ["pack.yaml", "laws.yaml", "matters.yaml", "measures.yaml", "sectors/tax.yaml", "sectors/wages.yaml"]
        {
            fs::copy(from.join(name), to.join(name)).expect("a copy");
        }
        let text = fs::read_to_string(to.join(file)).expect("a file of the pack");
        assert!(text.contains(old), "{file} has no `{old}`");
        fs::write(to.join(file), text.replacen(old, new, 1)).expect("a file");
        to
    }
}

fn dead_letters(data: &Path) -> Vec<Value> {
    support::json_lines(&fs::read_to_string(data.join("deadletter.jsonl")).expect("dead letters"))
}

/// Runs a file in which a good line follows each bad one.
fn assert_refused(bad: &[Bad]) {
    let folder = Folder::new();
    let mut input = good("good-0").to_string().into_bytes();
    for (at, bad) in bad.iter().enumerate() {
        input.extend_from_slice(b"\n");
        input.extend_from_slice(&bad.line);
        input.extend_from_slice(b"\n");
        input.extend_from_slice(good(&format!("good-{}", at + 1)).to_string().as_bytes());
    }
    let (data, file) = (folder.path("data"), folder.write("events.jsonl", &input));
    let first = said(&mut run(&province_pack(), &data, UNTIL, &file));
    assert_eq!(first.code, Some(3), "{}", first.err);
    let count = bad.len() as u64;
    assert_eq!(totals(&first.out), [2 * count + 1, count + 1, 0, count]);
    let letters = dead_letters(&data);
    assert_eq!(letters.len(), bad.len());
    for (at, bad) in bad.iter().enumerate() {
        let line = 2 * at + 2;
        let letter = letters.iter().find(|letter| letter["line"] == json!(line)).expect("a letter for the line");
        assert_eq!(letter["reason"], json!(bad.reason), "line {line}");
        assert_eq!(letter["file"], json!(file.display().to_string()));
        let of_fold = bad.reason.contains("was recorded before");
        assert_eq!(letter["position"].is_string(), of_fold, "only what is on the log has a position: {letter}");
        let kept =
            if bad.line.len() > 262_144 { String::new() } else { String::from_utf8_lossy(&bad.line).into_owned() };
        assert_eq!(letter["event"], json!(kept), "the line as it came");
    }
    // Sent once more, what was accepted is known, and what the fold refused is on the log already.
    let again = said(&mut run(&province_pack(), &data, UNTIL, &file));
    let [_, accepted, duplicate, refused] = totals(&again.out);
    let folded = bad.iter().filter(|bad| bad.reason.contains("was recorded before")).count() as u64;
    // Decided ahead on the day it came, and not on the current one.
    let in_time = bad.iter().filter(|bad| bad.reason.contains("nothing is decided ahead")).count() as u64;
    assert_eq!([accepted, duplicate, refused], [in_time, count + 1 + folded, count - folded - in_time]);
}

#[test]
fn lines_that_are_no_events() {
    assert_refused(&forms());
}

#[test]
fn values_that_do_not_fit() {
    assert_refused(&fields());
}

#[test]
fn who_about_whom_and_under_which_name() {
    assert_refused(&identities());
}

/// Runs to a failure: exit code 1, nothing on standard output; gives what standard error says.
fn failure(command: &mut Command) -> String {
    let Said { code, out, err } = said(command);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    err
}

#[test]
fn packs_that_do_not_compile() {
    let cases = [
        ("sectors/tax.yaml", "    lasts: P1Y\n", "    lasts: P1X\n", "sectors/tax.yaml:159:12: `P1X` is not a period"),
        (
            "sectors/tax.yaml",
            "category: penalty",
            "category: religion",
            "sectors/tax.yaml:41:15: Heng refuses the category `religion`",
        ),
        (
            "sectors/tax.yaml",
            "basis: [ndrc-36, apl#48]",
            "basis: []",
            "sectors/tax.yaml:155:12: a rule needs a legal basis",
        ),
        ("pack.yaml", "currency: CNY", "currency: CNY\ncolour: red", "pack.yaml:19:1: "),
    ];
    for (file, old, new, message) in cases {
        let folder = Folder::new();
        let (pack, events) =
            (folder.pack(file, old, new), folder.write("one.jsonl", good("one").to_string().as_bytes()));
        let err = failure(&mut run(&pack, &folder.path("data"), UNTIL, &events));
        assert!(err.contains(message), "{file}: {message}\n{err}");
        assert!(err.contains("hint: "), "a remedy: {err}");
    }
}

#[test]
fn a_pack_that_is_not_there() {
    let folder = Folder::new();
    let events = folder.write("one.jsonl", b"");
    let missing = folder.path("none");
    let err = failure(&mut run(&missing, &folder.path("data"), UNTIL, &events));
    assert_eq!(err, format!("error: `{}` is no folder: name the folder that holds pack.yaml\n", missing.display()));
}

#[test]
fn an_event_file_that_is_not_there() {
    let folder = Folder::new();
    let missing = folder.path("none.jsonl");
    let err = failure(&mut run(&province_pack(), &folder.path("data"), UNTIL, &missing));
    assert!(err.starts_with(&format!("error: cannot read `{}`\n  because: ", missing.display())), "{err}");
}

#[test]
fn a_data_directory_of_a_newer_format() {
    let folder = Folder::new();
    let data = folder.data();
    let meta = data.join("meta.json");
    let text = fs::read_to_string(&meta).expect("meta.json").replace("\"format\": 1", "\"format\": 2");
    fs::write(&meta, text.replace("\"needs\": \"0.1.0\"", "\"needs\": \"9.1.0\"")).expect("a file");
    let wanted = format!(
        "error: `{}` has data format 2, this release ({}) knows up to 1: use release 9.1.0 or newer\n",
        data.display(),
        env!("CARGO_PKG_VERSION")
    );
    let events = folder.path("one.jsonl");
    assert_eq!(failure(&mut run(&province_pack(), &data, UNTIL, &events)), wanted);
    assert_eq!(failure(heng().args(["decisions", "--json", "--data"]).arg(&data)), wanted);
}

#[test]
fn a_data_directory_that_another_process_writes() {
    let folder = Folder::new();
    let data = folder.data();
    let held = DataDir::open(&data).expect("the directory opens");
    let events = folder.path("one.jsonl");
    let err = failure(&mut run(&province_pack(), &data, UNTIL, &events));
    let (path, pid) = (data.display(), std::process::id());
    let wanted = format!(
        "error: `{path}` is in use by another process (pid {pid}): stop that one first, or open the directory only to read\n"
    );
    assert_eq!(err, wanted);
    let reader = said(heng().args(["decisions", "--json", "--data"]).arg(&data));
    assert_eq!(reader.code, Some(0), "reading needs no lock: {}", reader.err);
    drop(held);
    assert_eq!(said(&mut run(&province_pack(), &data, UNTIL, &events)).code, Some(0));
}

#[test]
fn a_folder_that_is_no_data_directory() {
    let folder = Folder::new();
    let events = folder.write("one.jsonl", good("one").to_string().as_bytes());
    let err = failure(&mut run(&province_pack(), folder.folder.path(), UNTIL, &events));
    let path = folder.folder.path().display();
    assert_eq!(
        err,
        format!("error: `{path}` is not empty: it holds `one.jsonl`; choose an empty directory or a new one\n")
    );
    let err = failure(heng().args(["decisions", "--json", "--data"]).arg(folder.folder.path()));
    assert_eq!(err, format!("error: `{path}` is not a data directory: it has no `meta.json`\n"));
}

/// A byte changed in the middle of the log is told of, with file, byte and remedy; nothing is cut.
#[test]
fn a_log_that_was_altered() {
    let folder = Folder::new();
    let data = folder.data();
    let segment =
        fs::read_dir(data.join("log/p0")).expect("the log").next().expect("a segment").expect("a file").path();
    let mut bytes = fs::read(&segment).expect("the segment");
    let at = bytes.windows(11).position(|found| found.starts_with(b"T-12")).expect("the event");
    bytes[at] ^= 1;
    fs::write(&segment, &bytes).expect("a file");
    let events = folder.path("one.jsonl");
    let err = failure(&mut run(&province_pack(), &data, UNTIL, &events));
    assert!(err.contains("is damaged at byte ") && err.contains("restore the file from a copy"), "{err}");
    assert!(err.contains("log/p0/"), "the file is named: {err}");
    assert!(fs::read(&segment).expect("the segment") == bytes, "nothing was changed");
}

#[test]
fn bad_usage() {
    let cases: [(&[&str], &str); 5] = [
        (&["run", "--pack", "p", "--data", "d", "x.jsonl"], "--until <DATE>"),
        (
            &["run", "--pack", "p", "--data", "d", "--until", "2024-02-30", "x.jsonl"],
            "'2024-02-30' for '--until <DATE>'",
        ),
        (&["run", "--pack", "p", "--data", "d", "--until", "2024-01-01"], "<FILE>..."),
        (
            &["run", "--pack", "p", "--data", "d", "--until", "2024-01-01", "--partitions", "0", "x"],
            "'0' for '--partitions <N>'",
        ),
        (&["rnu"], "unrecognized subcommand 'rnu'"),
    ];
    for (args, message) in cases {
        let said = said(heng().args(args));
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{args:?}: {}", said.err);
        assert!(said.err.contains(message), "{args:?}: {}", said.err);
    }
}

#[test]
fn checks_that_cannot_be_answered() {
    let folder = Folder::new();
    let data = folder.data();
    let check = |subject: &str, matter: &str| failure(heng().args(["check", subject, matter, "--data"]).arg(&data));
    let err = check("91420100MA49XK7P6T", "procurement.bidd");
    assert!(
        err.starts_with("error: pack cn-hubei@2026.11.1 has no matter `procurement.bidd`; its matters are "),
        "{err}"
    );
    let err = check("91420100MA49XK7P6X", "procurement.bid");
    assert_eq!(
        err,
        "error: the check character of `91420100MA49XK7P6X` should be `T`: look for a mistyped or exchanged character\n"
    );
}

#[test]
fn a_full_disk() {
    let folder = Folder::new();
    let Some(disk) = SmallDisk::mount(&folder.path("small"), "1m") else {
        eprintln!("skipped: no small file system can be mounted here; run as root to try a full disk");
        return;
    };
    let input = province(1, 400, 4);
    let events = folder.write("many.jsonl", input.join("\n").as_bytes());
    let data = folder.path("small").join("data");
    let until = "2026-12-31";
    let err = failure(&mut run(&province_pack(), &data, until, &events));
    assert!(err.contains("the disk is full: `") && err.contains("free some space"), "{err}");
    disk.grow();
    let after = said(&mut run(&province_pack(), &data, until, &events));
    assert_eq!(after.code, Some(0), "{}", after.err);
    let [read, _, duplicate, refused] = totals(&after.out);
    assert_eq!((read, refused), (input.len() as u64, 0));
    assert!(duplicate > 0, "what was acknowledged before the disk was full is known");
}
