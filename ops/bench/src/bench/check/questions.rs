//! What is asked: subjects on whom nothing bears, on whom something does, and who are barred.

use super::world::BARRED_EVERY;
use crate::synthetic::{Numbers, enterprise};
use bytes::Bytes;
use heng_proto::check::v1::{BatchCheckEntry, BatchCheckRequest, CheckRequest};
use prost::Message as _;

pub(super) const CHECK: &str = "/heng.check.v1.CheckService/Check";
pub(super) const BATCH_CHECK: &str = "/heng.check.v1.CheckService/BatchCheck";
/// Questions in a batch.
pub(super) const BATCH: usize = 100;
/// Requests made beforehand.
const CHECKS: usize = 100_000;
const BATCHES: usize = 2_000;
/// Of every so many questions the kinds are the same, in the same order.
pub(super) const PERIOD: usize = 10;

/// Which questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mix {
    /// Nobody of whom anything is known.
    Miss,
    /// Somebody with a caution.
    Hit,
    /// Somebody who is barred.
    Bar,
    /// Seven misses, two hits, one bar.
    Mixed,
}

impl Mix {
    pub(super) const ALL: [Self; 4] = [Self::Miss, Self::Hit, Self::Bar, Self::Mixed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Miss => "miss",
            Self::Hit => "hit",
            Self::Bar => "bar",
            Self::Mixed => "mixed",
        }
    }

    fn at(self, number: usize) -> Self {
        match (self, number % PERIOD) {
            (Self::Mixed, 0..=6) => Self::Miss,
            (Self::Mixed, 7 | 8) => Self::Hit,
            (Self::Mixed, _) => Self::Bar,
            _ => self,
        }
    }
}

fn question(mix: Mix, number: usize, subjects: u64, numbers: &mut Numbers) -> anyhow::Result<(String, String)> {
    let any = numbers.below(subjects);
    let barred = any - any % BARRED_EVERY;
    let (firm, matter) = match mix.at(number) {
        Mix::Miss | Mix::Mixed => (subjects + any, "procurement.bid"),
        Mix::Hit => (barred + 1, "credit.report"),
        Mix::Bar => (barred, "procurement.bid"),
    };
    Ok((enterprise(firm)?.to_string(), matter.to_owned()))
}

/// Single checks.
pub(super) fn checks(mix: Mix, subjects: u64) -> anyhow::Result<Vec<Bytes>> {
    let mut numbers = Numbers::new(subjects ^ 3);
    let encoded = (0..CHECKS).map(|number| {
        let (subject, matter) = question(mix, number, subjects, &mut numbers)?;
        let purpose = "bench".to_owned();
        Ok(CheckRequest { subject, matter, purpose, ..CheckRequest::default() }.encode_to_vec().into())
    });
    encoded.collect()
}

/// Batches; with the words of measures and rules once for each, or in each answer.
pub(super) fn batches(mix: Mix, subjects: u64, words_once: bool) -> anyhow::Result<Vec<Bytes>> {
    let mut numbers = Numbers::new(subjects ^ 5);
    let encoded = (0..BATCHES).map(|_| {
        let entry = |number| {
            let (subject, matter) = question(mix, number, subjects, &mut numbers)?;
            anyhow::Ok(BatchCheckEntry { subject, matter })
        };
        let entries = (0..BATCH).map(entry).collect::<anyhow::Result<_>>()?;
        let purpose = "bench".to_owned();
        Ok(BatchCheckRequest { entries, purpose, words_once, ..BatchCheckRequest::default() }.encode_to_vec().into())
    });
    encoded.collect()
}
