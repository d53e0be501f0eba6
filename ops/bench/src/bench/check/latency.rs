//! Latencies of checks in an open loop: at several rates against the bare service; while a pack takes effect against before.
//!
//! # Invariants
//!
//! A rate is a share of the greatest one of the bare service, found in the same run. Turns are short and many, each longer
//! than the access log takes from one sync to the next; a figure is one that a quarter of the turns did not exceed: what the
//! machine does besides falls on the others. All turns together stand beside it.

use super::client::{IN_FLIGHT, saturate};
use super::open_loop::{Latencies, paced, paced_asleep, together};
use super::questions::{self, Mix};
use super::{Pair, Setting};
use crate::report::{Report, note, to_f64, to_u64, whole};
use std::time::{Duration, Instant};

/// Shares of the bare service's greatest rate at which latencies are taken.
const SHARES: [f64; 3] = [0.1, 0.2, 0.4];
/// The share at which a pack takes effect.
const ACTIVATED_AT: f64 = 0.1;
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1.0)];
/// Rounds of turns at a rate, twice two turns each.
const ROUNDS: usize = 10;
/// An eighth of what a turn takes otherwise: a quarter of a second, where the access log syncs five times a second.
const SHORTER: u32 = 8;

pub(super) async fn measured(setting: &Setting) -> anyhow::Result<Report> {
    let lasts = setting.lasts;
    let (pair, most) = most_of_bare(setting).await?;
    let columns = ["checks/s", "quantile", "Heng, us", "bare, us", "ratio", "all turns, Heng", "bare"];
    let mut report = Report::new("check-latency", &columns);
    report.note("greatest rate of the bare service", whole(to_u64(most)));
    for share in SHARES {
        let (heng, bare) = latencies(&pair, most * share, lasts / SHORTER).await?;
        rows(&mut report, &whole(to_u64(most * share)), (&heng, &bare))?;
    }
    Ok(report)
}

/// Those while a pack takes effect, once: a log's next pack comes with the next run.
pub(super) async fn measured_at_a_pack(setting: &Setting) -> anyhow::Result<Report> {
    let (pair, most) = most_of_bare(setting).await?;
    let columns = ["checks/s", "quantile", "meanwhile, us", "before, us", "ratio", "all turns, meanwhile", "before"];
    let mut report = Report::new("pack-latency", &columns);
    during_activation(setting, &pair, most * ACTIVATED_AT, &mut report).await?;
    Ok(report)
}

/// Both servers, and the greatest rate of the bare one.
async fn most_of_bare(setting: &Setting) -> anyhow::Result<(Pair, f64)> {
    let lasts = setting.lasts;
    let pair = setting.pair(questions::checks(Mix::Mixed, setting.subjects), questions::CHECK).await?;
    let most = pair.turn(pair.bare.clone(), move |target| saturate(&target, IN_FLIGHT, lasts)).await?.0;
    Ok((pair, most))
}

/// Those of Heng and of the bare service, turn by turn.
async fn latencies(pair: &Pair, rate: f64, lasts: Duration) -> anyhow::Result<(Vec<Latencies>, Vec<Latencies>)> {
    let mut found = (Vec::new(), Vec::new());
    for (target, is_heng) in std::iter::repeat_n(pair.abba(), ROUNDS).flatten() {
        let turn = pair.turn(target, move |target| paced(&target, rate, lasts)).await?;
        (if is_heng { &mut found.0 } else { &mut found.1 }).push(turn);
    }
    note(&format!("latencies at {}/s taken", whole(to_u64(rate))));
    Ok(found)
}

/// Those while a pack takes effect for every subject, against those before, by clients that leave the processors to others.
async fn during_activation(setting: &Setting, pair: &Pair, rate: f64, report: &mut Report) -> anyhow::Result<()> {
    let slice = setting.lasts / SHORTER;
    let heng = || pair.turn(pair.heng.clone(), move |target| paced_asleep(&target, rate, slice));
    let (mut before, mut during) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        before.push(heng().await?);
    }
    let (handle, started) = (setting.world.serving.handle.clone(), Instant::now());
    setting.world.clock.move_to_the_day_after(handle.index().view().as_ref().and_then(|view| view.day()));
    let activated = tokio::spawn(async move {
        handle.tick().await?;
        anyhow::Ok(started.elapsed())
    });
    while !activated.is_finished() {
        during.push(heng().await?);
    }
    let took = activated.await??;
    rows(report, &whole(to_u64(rate)), (&during, &before))?;
    report.note("a pack took effect in, ms", whole(took.as_millis().try_into()?));
    Ok(())
}

fn rows(report: &mut Report, what: &str, (heng, other): (&[Latencies], &[Latencies])) -> anyhow::Result<()> {
    let (all_heng, all_other) = (together(heng)?, together(other)?);
    for (name, quantile) in QUANTILES {
        let (heng, other) = (quarter(heng, quantile), quarter(other, quantile));
        let ratio = if other > 0.0 { format!("{:.2}", heng / other) } else { "-".to_owned() };
        let micros = |all: &Latencies| format!("{:.0}", to_f64(all.value_at_quantile(quantile)) / 1e3);
        let quarters = [format!("{heng:.0}"), format!("{other:.0}"), ratio];
        let head = [what.to_owned(), name.to_owned()];
        report.row(head.into_iter().chain(quarters).chain([micros(&all_heng), micros(&all_other)]).collect());
    }
    Ok(())
}

/// What a quarter of the turns did not exceed, in microseconds.
fn quarter(turns: &[Latencies], quantile: f64) -> f64 {
    let mut found: Vec<u64> = turns.iter().map(|turn| turn.value_at_quantile(quantile)).collect();
    found.sort_unstable();
    found.get(found.len().saturating_sub(1) / 4).copied().map_or(0.0, to_f64) / 1e3
}
