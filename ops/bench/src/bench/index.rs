//! What the in-force index takes in memory, how long it takes to make, and what a look into it costs.

use super::nothing_refused;
use super::subjects::folding_of;
use crate::Size;
use crate::fold::Folding;
use crate::memory::resident;
use crate::pack::OnePack;
use crate::report::{Report, ns_each, to_f64, whole};
use crate::synthetic::{Numbers, enterprise, today};
use anyhow::Context;
use heng_model::SubjectId;
use heng_server::Histories;
use heng_server::grpc::ENCODE;
use heng_server::index::{Index, Publisher};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Records of every subject: most give rise to a decision.
const RECORDS: u64 = 3;
/// Checks measured on each thread.
const CHECKS: u64 = 2_000_000;
/// Ids looked up, made beforehand; more than any cache holds the cells of.
const IDS: u64 = 1 << 20;

/// Memory and time of an index over many subjects.
pub(crate) fn index(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 1_000 } else { 1_000_000 });
    let packs = OnePack::hubei()?;
    let mut folding = Folding::new(&packs);
    folding.is_silent = true;
    folding_of(&mut folding, &packs, subjects, RECORDS)?;
    nothing_refused(&folding)?;
    let before = resident();
    let index = Arc::new(Index::default());
    let started = Instant::now();
    let mut publisher = Publisher::new(Arc::clone(&index), [0; 32], ENCODE);
    publisher.all(&[&folding.partition], &Histories::default(), 0);
    let made = started.elapsed();
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));
    let mut report = Report::new("index", &["threads", "check, ns a thread", "checks a second"]);
    let checks = if size.smoke { 1_000 } else { CHECKS };
    let ids = ids(subjects)?;
    for threads in [1, 2] {
        let took = checked(&index, &ids, threads, checks)?;
        let each = ns_each(took, checks);
        let rate = to_f64(threads) / each * 1e9;
        report.row(vec![whole(threads), format!("{each:.0}"), format!("{rate:.0}")]);
    }
    if let Some(grown) = grown {
        let held = u64::try_from(index.len())?.max(1);
        report.note("bytes for each subject in it", format!("{:.0}", to_f64(grown) / to_f64(held)));
    }
    report.note("subjects", whole(subjects));
    report.note("subjects in it", whole(u64::try_from(index.len())?));
    report.note("made in, ms", whole(u64::try_from(made.as_millis())?));
    Ok(report)
}

/// Half of them known, half not.
fn ids(subjects: u64) -> anyhow::Result<Vec<SubjectId>> {
    let mut numbers = Numbers::new(subjects);
    (0..IDS.min(subjects * 2)).map(|_| enterprise(numbers.below(subjects * 2))).collect()
}

/// The time that as many checks take on each of some threads.
fn checked(index: &Index, ids: &[SubjectId], threads: u64, checks: u64) -> anyhow::Result<Duration> {
    let view = index.view();
    let view = view.as_ref().context("nothing was published")?;
    let on = today();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let endless = ids.iter().cycle();
                for (id, _) in endless.zip(0..checks) {
                    std::hint::black_box(index.verdict(view, id, "procurement.bid", on).is_ok());
                }
            });
        }
    });
    Ok(started.elapsed())
}
