//! What the tests of conversions share.

#![allow(clippy::unwrap_used, dead_code, reason = "tests; each uses a part")]

use heng_files::{Mapping, Options, RowTold, Summary, convert};
use std::io::Cursor;
use std::path::{Path, PathBuf};

pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn sample(file: &str) -> Vec<u8> {
    std::fs::read(here("samples").join(file)).unwrap()
}

pub(crate) fn bundled(name: &str) -> Mapping {
    let file = format!("{name}.yaml");
    Mapping::parse(&file, &std::fs::read_to_string(here("mappings").join(&file)).unwrap()).unwrap()
}

/// What a conversion gave.
#[derive(Debug)]
pub(crate) struct Converted {
    pub(crate) events: String,
    pub(crate) refused: Vec<String>,
    pub(crate) summary: Summary,
}

/// Converts, and checks that no row is lost and no row uncounted.
pub(crate) fn run(mapping: &Mapping, file: &str, input: &[u8]) -> Converted {
    with(mapping, file, input, &Options::default()).unwrap()
}

pub(crate) fn with(mapping: &Mapping, file: &str, input: &[u8], options: &Options) -> Result<Converted, String> {
    let (mut output, mut refused, mut told_of) = (Vec::new(), Vec::new(), 0);
    let mut told = |row: &RowTold<'_>| {
        told_of += 1;
        assert_eq!(row.row, told_of);
        refused.extend(row.gave.err().map(ToString::to_string));
    };
    let summary = convert(mapping, file, Cursor::new(input), &mut output, options, &mut told)
        .map_err(|error| error.to_string())?;
    let skipped: u64 = summary.skipped.values().sum();
    assert_eq!(summary.rows, summary.events + skipped + summary.refused);
    assert_eq!((summary.rows, summary.refused), (told_of, refused.len() as u64));
    Ok(Converted { events: String::from_utf8(output).unwrap(), refused, summary })
}

/// The error of a file that cannot be converted at all.
pub(crate) fn error(mapping: &Mapping, file: &str, input: &[u8]) -> String {
    with(mapping, file, input, &Options::default()).unwrap_err()
}

/// Columns `code`, `no`, `on` and `fine`, in yuan.
pub(crate) const SMALL: &str = r#"
mapping: small
source: /x
columns: [信用代码, 文号, 日期, 金额]
unique: "{文号}"
events:
  - type: credit.recorded
    id: "{文号}"
    subject: "{信用代码 | filled | uscc}"
    time: "{日期 | day drop-time}T00:00:00+08:00"
    data: {record: "{文号}", item: x.y, decided_on: "{日期 | filled | day drop-time}", fields: {fine: "{金额 | amount}"}}
"#;

pub(crate) fn small() -> Mapping {
    Mapping::parse("small.yaml", SMALL).unwrap()
}

/// The same with a further line of YAML.
pub(crate) fn small_with(line: &str) -> Mapping {
    Mapping::parse("small.yaml", &format!("{SMALL}{line}\n")).unwrap()
}

/// Codes of firms that are made up.
pub(crate) const FIRM: &str = "91420106MA4T70017E";
pub(crate) const OTHER_FIRM: &str = "91420502MA4T701485";
