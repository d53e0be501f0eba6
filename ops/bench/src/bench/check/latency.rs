//! Latencies of checks in an open loop: at several rates against the bare service, and while a pack takes effect.
//!
//! # Invariants
//!
//! A figure is the middle one of those that the turns found: a moment in which the machine does something else falls on one
//! turn. A rate is a share of the greatest one of the bare service, found in the same run: at the highest of them it is busy, at
//! none is there a queue that grows. Clients, the threads that keep time for them and both servers share the processors.

use super::client::{IN_FLIGHT, Latencies, paced, saturate};
use super::questions::{self, Mix};
use super::{Pair, Setting};
use crate::report::{Report, note, to_f64, to_u64, whole};
use std::time::{Duration, Instant};

/// Shares of the bare service's greatest rate at which latencies are taken.
const SHARES: [f64; 4] = [0.05, 0.1, 0.2, 0.4];
/// The one of them at which a pack takes effect.
const ACTIVATED_AT: f64 = 0.1;
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1.0)];

pub(super) async fn measured(setting: &Setting) -> anyhow::Result<Report> {
    let lasts = setting.lasts;
    let pair = setting.pair(questions::checks(Mix::Mixed, setting.subjects), questions::CHECK).await?;
    let most = pair.turn(pair.bare.clone(), move |target| saturate(&target, IN_FLIGHT, lasts)).await?.0;
    let columns = ["checks/s", "quantile", "Heng, us", "bare, us", "ratio"];
    let mut report = Report::new("check-latency", &columns);
    report.note("greatest rate of the bare service", whole(to_u64(most)));
    let mut before = Vec::new();
    for share in SHARES {
        let (heng, bare) = latencies(&pair, most * share, lasts).await?;
        rows(&mut report, &whole(to_u64(most * share)), (&heng, &bare));
        if share == ACTIVATED_AT {
            before = heng;
        }
    }
    let (during, took) = during_activation(setting, &pair, most * ACTIVATED_AT).await?;
    let what = format!("{}, while a pack takes effect, and before", whole(to_u64(most * ACTIVATED_AT)));
    rows(&mut report, &what, (&during, &before));
    report.note("a pack took effect in, ms", whole(took.as_millis().try_into()?));
    Ok(report)
}

/// Those of Heng and of the bare service, turn by turn.
async fn latencies(pair: &Pair, rate: f64, lasts: Duration) -> anyhow::Result<(Vec<Latencies>, Vec<Latencies>)> {
    let mut found = (Vec::new(), Vec::new());
    for (target, is_heng) in pair.abba().into_iter().chain(pair.abba()) {
        let turn = pair.turn(target, move |target| paced(&target, rate, lasts / 2)).await?;
        (if is_heng { &mut found.0 } else { &mut found.1 }).push(turn);
    }
    note(&format!("latencies at {}/s taken", whole(to_u64(rate))));
    Ok(found)
}

/// Those while a pack takes effect for every subject, and how long that takes.
async fn during_activation(setting: &Setting, pair: &Pair, rate: f64) -> anyhow::Result<(Vec<Latencies>, Duration)> {
    let (handle, started) = (setting.world.serving.handle.clone(), Instant::now());
    setting.world.clock.move_to_the_day_after(handle.index().view().as_ref().and_then(|view| view.day()));
    let activated = tokio::spawn(async move {
        handle.tick().await?;
        anyhow::Ok(started.elapsed())
    });
    let mut during = Vec::new();
    while !activated.is_finished() {
        let slice = Duration::from_millis(500);
        during.push(pair.turn(pair.heng.clone(), move |target| paced(&target, rate, slice)).await?);
    }
    Ok((during, activated.await??))
}

fn rows(report: &mut Report, what: &str, (heng, other): (&[Latencies], &[Latencies])) {
    for (name, quantile) in QUANTILES {
        let (heng, other) = (middle(heng, quantile), middle(other, quantile));
        let ratio = if other > 0.0 { format!("{:.2}", heng / other) } else { "-".to_owned() };
        report.row(vec![what.to_owned(), name.to_owned(), format!("{heng:.0}"), format!("{other:.0}"), ratio]);
    }
}

/// The middle one of what turns found, in microseconds: between two the mean of both.
fn middle(turns: &[Latencies], quantile: f64) -> f64 {
    let mut found: Vec<u64> = turns.iter().map(|turn| turn.value_at_quantile(quantile)).collect();
    found.sort_unstable();
    let at = |place: usize| found.get(place).copied().map_or(0.0, to_f64);
    (at(found.len() / 2) + at(found.len().saturating_sub(1) / 2)) / 2e3
}
