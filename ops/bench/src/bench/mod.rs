//! The benchmarks.

mod check;
mod conditions;
mod decode;
mod index;
mod kafka;
mod latency;
mod memory;
mod pack;
mod records;
mod replay;
mod rules;
mod serving;
mod start;
mod subjects;
mod subscription;
mod traces;

pub(crate) use check::{check, check_latency, pack_latency};
pub(crate) use conditions::conditions;
pub(crate) use decode::decode;
pub(crate) use index::index;
pub(crate) use kafka::{Form, kafka, kafka_latency, kafka_takeover};
pub(crate) use latency::latency;
pub(crate) use memory::memory;
pub(crate) use pack::pack;
pub(crate) use records::records;
pub(crate) use replay::replay;
pub(crate) use rules::rules;
pub(crate) use start::start;
pub(crate) use subjects::subjects;
pub(crate) use subscription::subscription;
pub(crate) use traces::traces;

use crate::Size;
use crate::report::Report;

/// A benchmark.
pub(crate) type Bench = fn(&Size) -> anyhow::Result<Report>;

/// A benchmark in which events are refused measures something else than it says.
fn nothing_refused(folding: &crate::fold::Folding<'_>) -> anyhow::Result<()> {
    match &folding.refusal {
        Some(refusal) => anyhow::bail!("an event of the benchmark was refused at {refusal}"),
        None => Ok(()),
    }
}
