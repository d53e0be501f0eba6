//! Checks over a real port, against a bare tonic service in the same run, client and server on the same cores.
//!
//! # Invariants
//!
//! Both servers get requests of the same length and answer with the same number of bytes. They take turns, each first as
//! often as second (ABBA), so that a drift of the machine falls on both. The access log is on.

pub(super) mod bare;
pub(super) mod client;
mod questions;
pub(super) mod world;

use crate::Size;
use crate::clock;
use crate::pack::OnePack;
use crate::report::{Report, note, whole};
use client::{IN_FLIGHT, LONGEST_NS, Latencies, Target, paced, saturate};
use heng_log::DataDir;
use heng_server::access::AccessOptions;
use questions::{BATCH, Mix};
use std::path::Path;
use std::time::Duration;
use world::World;

const SUBJECTS: u64 = 1_000_000;
/// Serving threads of either server: one for each core of the machine on which the figures were taken.
const SERVING: usize = 2;
/// Share of the bare service's greatest rate at which latencies are taken.
const PACED_AT: f64 = 0.5;

/// Rate and latency of checks, and the time of a start.
pub(crate) fn check(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 2_000 } else { SUBJECTS });
    let folder = tempfile::tempdir()?;
    let path = size.data.clone().unwrap_or_else(|| folder.path().join("data"));
    if !path.exists() {
        world::make(&path, subjects)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measured(&path, subjects, size))
}

async fn measured(path: &Path, subjects: u64, size: &Size) -> anyhow::Result<Report> {
    let dir = DataDir::open(path)?;
    let options = AccessOptions { strict: size.strict, ..AccessOptions::default() };
    // Another one than earlier runs on the same data have put in force.
    let next = OnePack::hubei_next(std::fs::read_dir(dir.packs())?.count())?;
    let world = World::start(&dir, SERVING, options, Some(next.files.clone())).await?;
    let in_force = world.serving.handle.index().len();
    note(&format!("{} subjects in force; started in {:?}", whole(in_force.try_into()?), world.started_in));
    let lasts = Duration::from_millis(size.millis.unwrap_or(if size.smoke { 50 } else { 2_000 }));
    let bare = bare::start(SERVING, None).await?;
    let mut report =
        Report::new("check", &["what", "mix", "Heng", "bare", "ratio", "processor, ns", "bare", "ratio", "bytes"]);
    for mix in Mix::ALL {
        let pair = Pair::of(&world, bare, questions::checks(mix, subjects), questions::CHECK).await?;
        pair.rates(&mut report, "checks/s", mix, 1, lasts).await?;
        let pair = Pair::of(&world, bare, questions::batches(mix, subjects), questions::BATCH_CHECK).await?;
        pair.rates(&mut report, "checks/s in batches of 100", mix, BATCH, lasts).await?;
    }
    let pair = Pair::of(&world, bare, questions::checks(Mix::Mixed, subjects), questions::CHECK).await?;
    let most = pair.turn(pair.bare.clone(), move |target| saturate(&target, IN_FLIGHT, lasts)).await?.0;
    let quiet = pair.latencies(&mut report, most * PACED_AT, lasts * 2).await?;
    during_activation(&world, &pair, (most * PACED_AT, &quiet), &mut report).await?;
    report.note("subjects in force", whole(in_force.try_into()?));
    report.note("started from a checkpoint in, ms", whole(world.started_in.as_millis().try_into()?));
    report.note("processor time of the start, ms", whole(world.start_cost.as_millis().try_into()?));
    report.note("threads that serve, and clients", format!("{SERVING}, {}", client::THREADS));
    world.serving.stop().await?;
    Ok(report)
}

/// Latencies while a pack takes effect for every subject.
async fn during_activation(
    world: &World,
    pair: &Pair,
    (rate, quiet): (f64, &Latencies),
    report: &mut Report,
) -> anyhow::Result<()> {
    let (handle, started) = (world.serving.handle.clone(), std::time::Instant::now());
    world.clock.move_to_the_day_after(world.serving.handle.index().view().as_ref().and_then(|view| view.day()));
    let activated = tokio::spawn(async move {
        handle.tick().await?;
        anyhow::Ok(started.elapsed())
    });
    let mut during: Option<Latencies> = None;
    while !activated.is_finished() {
        let slice = Duration::from_millis(500);
        let found = pair.turn(pair.heng.clone(), move |target| paced(&target, rate, slice)).await?;
        match &mut during {
            Some(during) => during.add(found)?,
            None => during = Some(found),
        }
    }
    let took = activated.await??;
    let Some(during) = during else { return Ok(()) };
    for (name, quantile) in QUANTILES {
        let (during, quiet) = (during.value_at_quantile(quantile), quiet.value_at_quantile(quantile));
        let what = format!("{name}, us, while a pack takes effect, and before");
        report.row(row(&what, "mixed", micros(during), micros(quiet), 0));
    }
    report.note("a pack took effect in, ms", whole(took.as_millis().try_into()?));
    Ok(())
}

const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1.0)];

/// The columns of processor time: that of this whole process, clients included, for each question.
const COSTS: std::ops::Range<usize> = 5..8;

/// Both servers, asked the same.
struct Pair {
    heng: Target,
    bare: Target,
    /// Bytes of an answer, on average.
    bytes: usize,
}

impl Pair {
    async fn of(
        world: &World,
        bare: std::net::SocketAddr,
        asked: anyhow::Result<Vec<bytes::Bytes>>,
        path: &'static str,
    ) -> anyhow::Result<Self> {
        let asked = asked?;
        let heng = Target { address: world.serving.address(), path, requests: asked.clone().into() };
        let (mut bare_requests, mut bytes) = (Vec::new(), 0);
        // The answers to questions of one kind are as long as each other: the first few tell.
        let mut known = Vec::new();
        for request in asked.iter().take(questions::PERIOD) {
            known.push(heng.answer(request).await?.len());
        }
        for (request, len) in asked.iter().zip(known.iter().cycle()) {
            bytes += len;
            bare_requests.push(bare::request(request, *len)?);
        }
        bytes /= asked.len().max(1);
        Ok(Self { heng, bare: Target { address: bare, path: bare::PATH, requests: bare_requests.into() }, bytes })
    }

    /// Runs a client beside the runtime that accepts connections.
    async fn turn<T: Send + 'static>(
        &self,
        target: Target,
        run: impl FnOnce(Target) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        tokio::task::spawn_blocking(move || run(target)).await?
    }

    async fn rates(
        &self,
        report: &mut Report,
        what: &str,
        mix: Mix,
        each: usize,
        lasts: Duration,
    ) -> anyhow::Result<()> {
        let in_flight = if each > 1 { 4 } else { IN_FLIGHT };
        let (mut heng, mut bare) = ((0.0, 0.0), (0.0, 0.0));
        for (target, is_heng) in self.abba() {
            let before = clock::process();
            let (rate, calls) = self.turn(target, move |target| saturate(&target, in_flight, lasts)).await?;
            let cost = crate::report::ns_each(clock::process().saturating_sub(before), calls);
            let all = if is_heng { &mut heng } else { &mut bare };
            *all = (all.0 + rate / 2.0, all.1 + cost / 2.0);
        }
        let each = crate::report::to_f64(each as u64);
        let mut row = row(what, mix.name(), heng.0 * each, bare.0 * each, self.bytes);
        let costs =
            [format!("{:.0}", heng.1 / each), format!("{:.0}", bare.1 / each), format!("{:.2}", heng.1 / bare.1)];
        row.splice(COSTS, costs);
        report.row(row);
        Ok(())
    }

    async fn latencies(&self, report: &mut Report, rate: f64, lasts: Duration) -> anyhow::Result<Latencies> {
        let (mut heng, mut bare) = (Latencies::new_with_bounds(1, LONGEST_NS, 3)?, Latencies::new(3)?);
        for (target, is_heng) in self.abba() {
            let found = self.turn(target, move |target| paced(&target, rate, lasts)).await?;
            (if is_heng { &mut heng } else { &mut bare }).add(found)?;
        }
        for (name, quantile) in QUANTILES {
            let what = format!("{name}, us, at {}/s", whole(crate::report::to_u64(rate)));
            let (heng, bare) = (heng.value_at_quantile(quantile), bare.value_at_quantile(quantile));
            report.row(row(&what, "mixed", micros(heng), micros(bare), self.bytes));
        }
        Ok(heng)
    }

    fn abba(&self) -> [(Target, bool); 4] {
        let (heng, bare) = (|| (self.heng.clone(), true), || (self.bare.clone(), false));
        [bare(), heng(), heng(), bare()]
    }
}

fn micros(nanos: u64) -> f64 {
    crate::report::to_f64(nanos) / 1e3
}

fn row(what: &str, mix: &str, heng: f64, bare: f64, bytes: usize) -> Vec<String> {
    let number = |value: f64| whole(crate::report::to_u64(value));
    let ratio = if bare > 0.0 { format!("{:.2}", heng / bare) } else { "-".to_owned() };
    let none = || "-".to_owned();
    vec![what.to_owned(), mix.to_owned(), number(heng), number(bare), ratio, none(), none(), none(), bytes.to_string()]
}
