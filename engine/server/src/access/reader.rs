//! Reading the access log, beside whoever writes it.

use super::folder::{DIR, day_of, journals};
use heng_log::{DataDirView, JournalReader, OpenError, ReadError};
use heng_model::{Day, DecisionId};
use heng_proto::access::v1 as proto;
use heng_proto::check::v1::Verdict;
use prost::Message as _;
use std::io;

/// One request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What was asked, in a word.
    pub kind: &'static str,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// Who asked.
    pub caller: String,
    /// Why.
    pub purpose: String,
    /// The day judged on.
    pub as_of: Option<Day>,
    /// Of each partition, how many entries of the log the answer reflects.
    pub reflected: Vec<u64>,
    /// The matters asked about.
    pub matters: Vec<String>,
    /// About whom something was answered.
    pub seen: Vec<Seen>,
    /// Of a look-up of everyone concerned: how many it found.
    pub named: Option<u64>,
    /// Of a look-up of everyone concerned: the weakest verdict listed, in a word.
    pub at_least_verdict: &'static str,
    /// Of a look-up of everyone concerned: only subjects after this one.
    pub after: String,
    /// Questions of a batch that were refused.
    pub refused: u32,
    /// A further part of the look before it.
    pub is_continued: bool,
}

/// A subject about whom something was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The subject.
    pub subject: String,
    /// The matter; empty where none was asked about.
    pub matter: String,
    /// The verdict, in a word; empty where none was asked for.
    pub verdict: &'static str,
    /// The decisions that bore on the answer.
    pub decisions: Vec<DecisionId>,
    /// How many more did.
    pub more_decisions: u32,
}

/// Why the access log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadAccessError {
    /// The file system failed.
    #[error("`{DIR}`: {0}")]
    Io(#[from] io::Error),
    /// A journal does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A frame cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A frame is no entry.
    #[error("frame {offset} of `{DIR}/{journal}` is no entry of the access log: {source}")]
    Entry {
        /// Journal.
        journal: String,
        /// Frame.
        offset: u64,
        /// What is wrong.
        source: prost::DecodeError,
    },
}

/// The access log of a data directory.
#[derive(Debug)]
pub struct AccessLog<'d> {
    dir: &'d DataDirView,
    journals: Vec<String>,
}

impl<'d> AccessLog<'d> {
    /// What there is now; none where nothing was ever served.
    ///
    /// # Errors
    /// [`ReadAccessError`].
    pub fn open(dir: &'d DataDirView) -> Result<Self, ReadAccessError> {
        Ok(Self { dir, journals: journals(dir.root())? })
    }

    /// Shows every look from the journals of the eve of a UTC day and later ones, as a look of the first moments of a day may
    /// lie in the journal of the day before; what of each journal was left incomplete, if any
    /// was, in words. A look answered at the same time on another thread may come before or after.
    ///
    /// # Errors
    /// [`ReadAccessError`], or that of who is shown.
    pub fn each<E: From<ReadAccessError>>(
        &self,
        since: Option<Day>,
        mut show: impl FnMut(Look) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let mut torn = Vec::new();
        for name in self.journals.iter().filter(|name| may_hold(name, since)) {
            let stamp = self.dir.meta().access_stamp(name);
            let opened = JournalReader::open(&self.dir.disk(), &format!("{DIR}/{name}"), &stamp);
            let reader = match opened {
                // Grown old while we read.
                Err(OpenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(ReadAccessError::from)?,
            };
            torn.extend(reader.torn().map(ToString::to_string));
            let mut frames = reader.scan(0);
            while let Some(frame) = frames.next_frame() {
                let (offset, frame) = frame.map_err(ReadAccessError::from)?;
                let bad = |source| ReadAccessError::Entry { journal: name.clone(), offset, source };
                for look in proto::Entry::decode(frame.entry).map_err(bad)?.looks {
                    show(look.into())?;
                }
            }
        }
        Ok(torn)
    }
}

/// May a journal hold a look of a UTC day or a later one?
pub(super) fn may_hold(name: &str, since: Option<Day>) -> bool {
    // The writer reads the clock before it takes what was noted.
    since.is_none_or(|since| day_of(name).is_some_and(|day| day.number().saturating_add(1) >= since.number()))
}

impl From<proto::Look> for Look {
    fn from(look: proto::Look) -> Self {
        let (kind, at_least) = (look.kind(), look.at_least_verdict());
        let seen = |it: proto::Seen| Seen {
            matter: usize::try_from(it.matter).ok().and_then(|at| look.matters.get(at)).cloned().unwrap_or_default(),
            verdict: verdict(it.verdict()),
            decisions: it.decisions.iter().filter_map(|id| Some(DecisionId(id.as_slice().try_into().ok()?))).collect(),
            more_decisions: it.more_decisions,
            subject: it.subject,
        };
        Self {
            kind: word(kind),
            at_ms: look.at_ms,
            caller: look.caller,
            purpose: look.purpose,
            as_of: look.as_of.map(Day::from_number),
            reflected: look.reflected,
            seen: look.seen.into_iter().map(seen).collect(),
            matters: look.matters,
            named: look.named,
            at_least_verdict: verdict(at_least),
            after: look.after,
            refused: look.refused,
            is_continued: look.is_continued,
        }
    }
}

fn word(kind: proto::Kind) -> &'static str {
    match kind {
        proto::Kind::Unspecified => "unknown",
        proto::Kind::Check => "check",
        proto::Kind::BatchCheck => "batch",
        proto::Kind::LookupSubjects => "list",
        proto::Kind::SubjectReport => "report",
        proto::Kind::History => "history",
        proto::Kind::StateAsOf => "state",
        proto::Kind::Explain => "explain",
        proto::Kind::Scorecard => "scorecard",
        proto::Kind::Subscribe => "subscribe",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unspecified => "",
        Verdict::Clear => "clear",
        Verdict::Favour => "favour",
        Verdict::Caution => "caution",
        Verdict::Restrict => "restrict",
        Verdict::Bar => "bar",
    }
}
