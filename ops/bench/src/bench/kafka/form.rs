//! The forms that an event may have as a message (`CloudEvents` 1.0, Kafka protocol binding).

use anyhow::Context as _;
use clap::ValueEnum;
use heng_files::{ParsedEvent, STRUCTURED, parse_line};
use heng_log::codec::{Envelope, decode_head, encode_event};
use rdkafka::message::{Header, OwnedHeaders};

/// In which form events are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Form {
    /// Attributes in headers, the data in Protobuf.
    Protobuf,
    /// Attributes in headers, the data in JSON.
    Json,
    /// All of it as JSON.
    #[default]
    Structured,
}

/// Headers and a value.
pub(super) struct Formed {
    pub(super) headers: OwnedHeaders,
    pub(super) value: Vec<u8>,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "binary mode, Protobuf",
            Self::Json => "binary mode, JSON",
            Self::Structured => "structured mode, JSON",
        }
    }

    /// The message of an event that stands as a line.
    pub(super) fn of_line(self, line: &[u8]) -> anyhow::Result<Formed> {
        Ok(match self {
            Self::Structured => {
                Formed { headers: with(OwnedHeaders::new(), "content-type", STRUCTURED), value: line.to_vec() }
            }
            Self::Json => {
                let whole: serde_json::Value = serde_json::from_slice(line)?;
                let data = whole.get("data").context("an event without data")?;
                Formed {
                    headers: attributes(&parse_line(line)?, "application/json"),
                    value: data.to_string().into_bytes(),
                }
            }
            Self::Protobuf => {
                let parsed = parse_line(line)?;
                let mut entry = Vec::new();
                encode_event(&mut entry, &Envelope::default(), &parsed.event_without_aliases()?)?;
                let value = decode_head(&entry)?.body.to_vec();
                Formed { headers: attributes(&parsed, "application/protobuf"), value }
            }
        })
    }
}

fn attributes(event: &ParsedEvent<'_>, content_type: &str) -> OwnedHeaders {
    let headers = [
        ("ce_specversion", Some("1.0")),
        ("ce_id", Some(event.id())),
        ("ce_source", Some(event.source())),
        ("ce_type", Some(event.kind().name())),
        ("ce_subject", Some(event.subject_as_sent())),
        ("ce_time", event.claimed_time()),
        ("content-type", Some(content_type)),
    ];
    let stated = headers.into_iter().filter_map(|(name, text)| Some((name, text?)));
    stated.fold(OwnedHeaders::new(), |headers, (name, text)| with(headers, name, text))
}

fn with(headers: OwnedHeaders, key: &str, text: &str) -> OwnedHeaders {
    headers.insert(Header { key, value: Some(text) })
}
