//! What departments publish.

use super::form::{Form, Formed};
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

/// A message of an inbox.
pub(super) struct Message {
    pub(super) authority: String,
    pub(super) key: String,
    pub(super) formed: Formed,
}

/// Takes messages one by one.
pub(super) type Sink<'a> = dyn FnMut(&Message) -> anyhow::Result<()> + 'a;

/// Hands out the first events of a synthetic province, each for the inbox of its authority.
///
/// # Errors
/// Where it has fewer, an event is nobody's, or whoever takes them fails.
pub(super) fn province(form: Form, events: u64, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let pack = OnePack::hubei()?.load(&mut Symbols::default())?;
    let authorities = pack.authorities.iter().map(|it| (it.source.clone(), it.code.clone())).collect();
    let mut lines = Lines { form, authorities, left: events, rest: Vec::new(), sink };
    generate(&Options::new(SEED, events / EVENTS_A_SUBJECT + 1, YEARS), &mut lines, &mut |_| {})?;
    anyhow::ensure!(lines.left == 0, "the province has {} events only", events - lines.left);
    Ok(())
}

struct Lines<'a> {
    form: Form,
    authorities: FxHashMap<String, String>,
    left: u64,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    sink: &'a mut Sink<'a>,
}

impl Lines<'_> {
    fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let parsed = parse_line(line)?;
        let authority =
            self.authorities.get(parsed.source()).with_context(|| format!("who is `{}`", parsed.source()))?;
        let (authority, key) = (authority.clone(), parsed.subject_as_sent().to_owned());
        (self.sink)(&Message { authority, key, formed: self.form.of_line(line)? })
    }
}

impl Write for Lines<'_> {
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
pub(super) fn penalty(form: Form, number: u64) -> anyhow::Result<Message> {
    let key = enterprise(number)?.to_string();
    let event = serde_json::json!({
        "specversion": "1.0", "id": format!("p{number}"), "source": TAX, "type": "credit.recorded", "subject": key,
        "data": {
            "record": format!("r{number}"), "item": "tax.penalty",
            "decided_on": Day::from_number(today().number() - 1).to_string(), "document_no": "DOC-1",
            "fields": {"amount": "2500000.00", "nature": "invoice", "tier": "serious"},
        },
    });
    Ok(Message { authority: TAX_AUTHORITY.to_owned(), formed: form.of_line(event.to_string().as_bytes())?, key })
}

/// The number that the enterprise of a penalty was made from.
pub(super) fn number_of(subject: &str) -> Option<u64> {
    subject.get(8..17)?.parse().ok()
}
