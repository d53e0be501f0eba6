//! `heng deadletter`: what inboxes were sent and nothing could be made of: listed, shown, sent again.

use crate::config::Config;
use crate::output::{line, table};
use anyhow::Context;
use clap::Subcommand;
use heng_kafka::letters::{Letter, Place, Reader};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng deadletter list --config heng.toml
  heng deadletter list --config heng.toml --code not_its_source --since 2026-11-01
  heng deadletter show 0:17 --config heng.toml --value mended.json
  heng deadletter requeue 0:17 --config heng.toml                     as it came, once its cause is mended
  heng deadletter requeue 0:17 --value mended.json --config heng.toml

A letter is named by its partition and offset on the topic of dead letters. Sending it again leaves it where it is; what the
engine has already is a duplicate and changes nothing. Events that were refused only after they were on the log stand in
deadletter.jsonl of the data directory as well, and so do those that came over gRPC or from files.
Exit codes: 0 done, 1 failure, 2 bad usage.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List dead letters, oldest first in each partition
    List {
        #[command(flatten)]
        common: Common,
        /// Only those of an inbox
        #[arg(long, value_name = "TOPIC")]
        topic: Option<String>,
        /// Only those with this word for the reason
        #[arg(long, value_name = "WORD")]
        code: Option<String>,
        /// Only those written from a day on, or from an instant on (RFC 3339, UTC)
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// Show a letter whole: reason, key, headers, value
    Show {
        /// Partition and offset
        #[arg(value_name = "PARTITION:OFFSET")]
        place: Place,
        /// Write the value into a file, as it came, to be mended
        #[arg(long, value_name = "FILE")]
        value: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Send the messages of letters again, to the inboxes they came from
    Requeue {
        /// Partition and offset, one or more
        #[arg(value_name = "PARTITION:OFFSET", required = true)]
        places: Vec<Place>,
        /// File with the mended value; for one letter
        #[arg(long, value_name = "FILE")]
        value: Option<PathBuf>,
        /// Another topic than the one it came from
        #[arg(long, value_name = "TOPIC")]
        to: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Configuration file of `heng serve`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// JSON, for machines
    #[arg(long)]
    json: bool,
}

impl Common {
    fn open(&self) -> anyhow::Result<Reader> {
        let config = Config::read(Some(&self.config))?;
        let file = self.config.display();
        anyhow::ensure!(config.kafka.is_used(), "`{file}` names no brokers: write them under kafka.brokers");
        Ok(Reader::open(&config.kafka)?)
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List { common, topic, code, since } => {
            let wanted = |letter: &Letter| {
                topic.as_ref().is_none_or(|topic| letter.topic == *topic)
                    && code.as_ref().is_none_or(|code| letter.code == *code)
                    // Times are written in one form, which sorts as text; a day is the beginning of its instants.
                    && since.as_ref().is_none_or(|since| letter.time.as_str() >= since.as_str())
            };
            list(&common.open()?, common.json, &wanted)?;
        }
        Command::Show { place, value, common } => {
            let letter = common.open()?.letter(*place)?;
            if let Some(file) = value {
                let bytes = letter.value().unwrap_or_default();
                std::fs::write(file, bytes).with_context(|| format!("cannot write `{}`", file.display()))?;
            }
            show(&letter, common.json)?;
        }
        Command::Requeue { places, value, to, common } => {
            anyhow::ensure!(value.is_none() || places.len() == 1, "--value is for one letter: name one");
            let read =
                |file: &PathBuf| std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()));
            let value = value.as_ref().map(read).transpose()?;
            requeue(&common.open()?, places, (value.as_deref(), to.as_deref()), common.json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(reader: &Reader, as_json: bool, wanted: &dyn Fn(&Letter) -> bool) -> anyhow::Result<()> {
    let mut rows = table(["letter", "written", "from", "code", "reason"]);
    let mut count = 0_u64;
    reader.each(|letter| -> anyhow::Result<()> {
        if !wanted(&letter) {
            return Ok(());
        }
        count += 1;
        if as_json {
            return line(&summary(&letter).to_string());
        }
        let from = format!("{} {}", letter.topic, letter.from);
        rows.add_row([letter.place.to_string(), letter.time, from, letter.code, letter.reason]);
        Ok(())
    })?;
    if as_json {
        return Ok(());
    }
    if count > 0 {
        line(&rows.to_string())?;
    }
    line(&format!("{count} dead letters"))
}

fn summary(letter: &Letter) -> Value {
    json!({
        "letter": letter.place.to_string(), "time": letter.time, "topic": letter.topic, "from": letter.from.to_string(),
        "code": letter.code, "field": letter.field, "reason": letter.reason, "position": letter.position,
    })
}

fn show(letter: &Letter, as_json: bool) -> anyhow::Result<()> {
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let headers = letter.headers();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), text(value.as_deref()).unwrap_or_default()));
    if as_json {
        let headers: Vec<Value> = headers.map(|(name, value)| json!([name, value])).collect();
        let mut whole = summary(letter);
        if let Some(whole) = whole.as_object_mut() {
            whole.insert("key".to_owned(), json!(text(letter.key())));
            whole.insert("headers".to_owned(), headers.into());
            whole.insert("value".to_owned(), json!(text(letter.value())));
        }
        return line(&whole.to_string());
    }
    let position = if letter.position.is_empty() { "not on the log" } else { &letter.position };
    let mut rows = table(["dead letter", &letter.place.to_string()]);
    let told = [
        ("written", letter.time.clone()),
        ("reason", format!("{}: {}", letter.code, letter.reason)),
        ("field", letter.field.clone()),
        ("from", format!("{} {}", letter.topic, letter.from)),
        ("position", position.to_owned()),
        ("key", text(letter.key()).unwrap_or_default()),
    ];
    for (name, value) in told {
        rows.add_row([name.to_owned(), value]);
    }
    for (name, value) in headers {
        rows.add_row([format!("header {name}"), value]);
    }
    line(&rows.to_string())?;
    // Not in the table: the value is to be copied and mended.
    line(&text(letter.value()).unwrap_or_default())
}

fn requeue(
    reader: &Reader,
    places: &[Place],
    (value, to): (Option<&[u8]>, Option<&str>),
    as_json: bool,
) -> anyhow::Result<()> {
    // All must be there before any is sent.
    let letters = places.iter().map(|place| reader.letter(*place)).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    for letter in &letters {
        let sent = runtime.block_on(reader.requeue(letter, value, to))?;
        if as_json {
            line(&json!({"letter": sent.place.to_string(), "topic": sent.topic}).to_string())?;
        } else {
            line(&format!("{} sent to {}", sent.place, sent.topic))?;
        }
    }
    Ok(())
}
