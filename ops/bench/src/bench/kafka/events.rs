//! What departments publish.

use crate::pack::OnePack;
use crate::synthetic::{TAX, enterprise, today};
use anyhow::Context as _;
use heng_files::parse_line;
use heng_model::{Day, Symbols};
use heng_sim::province::{Options, generate};
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// The inbox of penalties.
pub(super) const TAX_AUTHORITY: &str = "tax";
const SEED: u64 = 42;
const YEARS: u32 = 5;
/// A province has more than seven events an organisation.
const EVENTS_A_SUBJECT: u64 = 7;

/// A message of an inbox, in structured mode.
pub(super) struct Message {
    pub(super) authority: String,
    pub(super) key: String,
    pub(super) value: Vec<u8>,
}

/// The first events of a synthetic province, each for the inbox of its authority.
///
/// # Errors
/// Where it has fewer, or an event is nobody's.
pub(super) fn province(events: u64) -> anyhow::Result<Vec<Message>> {
    let pack = OnePack::hubei()?.load(&mut Symbols::default())?;
    let authorities = pack.authorities.iter().map(|it| (it.source.clone(), it.code.clone())).collect();
    let most = usize::try_from(events)?;
    let mut lines = Lines { authorities, most, rest: Vec::new(), messages: Vec::new() };
    generate(&Options::new(SEED, events / EVENTS_A_SUBJECT + 1, YEARS), &mut lines, &mut |_| {})?;
    anyhow::ensure!(lines.messages.len() == most, "the province has {} events only", lines.messages.len());
    Ok(lines.messages)
}

struct Lines {
    authorities: FxHashMap<String, String>,
    most: usize,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    messages: Vec<Message>,
}

impl Lines {
    fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        if self.messages.len() == self.most {
            return Ok(());
        }
        let parsed = parse_line(line)?;
        let authority =
            self.authorities.get(parsed.source()).with_context(|| format!("who is `{}`", parsed.source()))?;
        let (authority, key) = (authority.clone(), parsed.subject_as_sent().to_owned());
        self.messages.push(Message { authority, key, value: line.to_vec() });
        Ok(())
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = std::mem::take(&mut self.rest);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            rest.extend_from_slice(piece);
            if rest.last() == Some(&b'\n') {
                rest.pop();
                self.line(&rest).map_err(io::Error::other)?;
                rest.clear();
            }
        }
        self.rest = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A penalty that bars an enterprise of which nothing was known from procurement.
pub(super) fn penalty(number: u64) -> anyhow::Result<Message> {
    let key = enterprise(number)?.to_string();
    let event = serde_json::json!({
        "specversion": "1.0", "id": format!("p{number}"), "source": TAX, "type": "credit.recorded", "subject": key,
        "data": {
            "record": format!("r{number}"), "item": "tax.penalty",
            "decided_on": Day::from_number(today().number() - 1).to_string(), "document_no": "DOC-1",
            "fields": {"amount": "2500000.00", "nature": "invoice", "tier": "serious"},
        },
    });
    Ok(Message { authority: TAX_AUTHORITY.to_owned(), value: event.to_string().into_bytes(), key })
}

/// The number that the enterprise of a penalty was made from.
pub(super) fn number_of(subject: &str) -> Option<u64> {
    subject.get(8..17)?.parse().ok()
}
