//! CSV, workbooks, JSON: rows turned into events by the mapping that the file's name names, then taken as lines are.

use super::take::{Broken, Failure, Read, Taker};
use heng_files::{ConvertError, Mapping, Options, Place, RowTold, convert};
use heng_server::runner::Stopped;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Write};

/// Takes `MAPPING.….csv` through `MAPPING.yaml`; `.xlsx` and `.json` alike.
pub(super) fn take(
    taker: &mut Taker,
    name: &str,
    input: BufReader<File>,
    is_over: &dyn Fn() -> bool,
) -> Result<Read, Broken> {
    let stem = name.split('.').next().unwrap_or_default();
    let Some(path) = taker.mappings().map(|folder| folder.join(format!("{stem}.yaml"))) else {
        return taker
            .refuse_whole(name, "rows are read through a mapping: name the folder of mappings under folder.mappings");
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let reason = format!("its mapping `{}` cannot be read: {error}", path.display());
            return taker.refuse_whole(name, &reason);
        }
    };
    let mapping = match Mapping::parse(&path.display().to_string(), &text) {
        Ok(mapping) => mapping,
        Err(error) => return taker.refuse_whole(name, &error.to_string()),
    };
    // Events are taken and refused rows noted by the same taker, each from its own end of the conversion.
    let shared = RefCell::new(Shared { taker, broken: None });
    let mut told = |told: &RowTold<'_>| {
        let Err(row) = told.gave else { return };
        let line = match row.place {
            Place::Line(line) => line,
            // As the program shows it, the header counted.
            Place::Sheet { row, .. } => row,
            Place::Entry => row.row,
        };
        let mut shared = shared.borrow_mut();
        shared.taker.note_read();
        let result = shared.taker.refuse(name, line, b"", &row.reason.to_string());
        shared.note(result);
    };
    let events = Events { shared: &shared, name, is_over, line: Vec::new(), number: 0 };
    let converted = convert(&mapping, name, input, events, &Options::default(), &mut told);
    let Shared { taker, broken } = shared.into_inner();
    match (broken, converted) {
        (Some(broken), _) => Err(broken),
        (None, Ok(summary)) => {
            let skipped: u64 = summary.skipped.values().sum();
            tracing::info!(file = name, rows = summary.rows, skipped, "rows were turned into events by the mapping");
            Ok(Read::Whole)
        }
        // The disk failed, not the file: it may be read the next time.
        (None, Err(error @ ConvertError::Input { .. })) => Err(Failure::File(error.into()).into()),
        (None, Err(error)) => taker.refuse_whole(name, &error.to_string()),
    }
}

struct Shared<'t> {
    taker: &'t mut Taker,
    /// The first thing that broke it off.
    broken: Option<Broken>,
}

impl Shared<'_> {
    fn note(&mut self, result: Result<(), Broken>) -> bool {
        if let Err(broken) = result {
            self.broken.get_or_insert(broken);
        }
        self.broken.is_none()
    }
}

/// Takes what the conversion writes, a line each.
struct Events<'s, 't> {
    shared: &'s RefCell<Shared<'t>>,
    name: &'s str,
    is_over: &'s dyn Fn() -> bool,
    line: Vec<u8>,
    number: u64,
}

impl Write for Events<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.pop_if(|last| *last == b'\n').is_some() {
                self.number += 1;
                let mut shared = self.shared.borrow_mut();
                let line = std::mem::take(&mut self.line);
                let result = shared.taker.line(self.name, self.number, line, self.is_over);
                if !shared.note(result) {
                    return Err(io::Error::other(Stopped));
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
