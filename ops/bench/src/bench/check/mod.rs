//! Checks over a real port, against a bare tonic service in the same run, client and server on the same cores.
//!
//! # Invariants
//!
//! Both servers get requests of the same length and answer with the same number of bytes. They take turns, each first as
//! often as second (ABBA), so that a drift of the machine falls on both. The access log is on.

pub(super) mod bare;
pub(super) mod client;
mod latency;
pub(super) mod open_loop;
mod questions;
pub(super) mod world;

use crate::Size;
use crate::clock;
use crate::pack::OnePack;
use crate::report::{Report, note, whole};
use client::{IN_FLIGHT, Target, saturate};
use heng_log::DataDir;
use heng_server::access::AccessOptions;
use questions::{BATCH, Mix};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use world::World;

const SUBJECTS: u64 = 1_000_000;
/// Serving threads of either server: one for each core of the machine on which the figures were taken.
const SERVING: usize = 2;

/// Greatest rates of checks, and the time of a start.
pub(crate) fn check(size: &Size) -> anyhow::Result<Report> {
    on_world(size, async |setting| {
        let mut report =
            Report::new("check", &["what", "mix", "Heng", "bare", "ratio", "processor, ns", "bare", "ratio", "bytes"]);
        for mix in Mix::ALL {
            let pair = setting.pair(questions::checks(mix, setting.subjects), questions::CHECK).await?;
            pair.rates(&mut report, "checks/s", mix, 1, setting.lasts).await?;
            for (what, words_once) in [("in batches of 100", false), ("the same, words once", true)] {
                let asked = questions::batches(mix, setting.subjects, words_once);
                let pair = setting.pair(asked, questions::BATCH_CHECK).await?;
                pair.rates(&mut report, what, mix, BATCH, setting.lasts).await?;
            }
        }
        Ok(report)
    })
}

/// Latencies of checks at several rates.
pub(crate) fn check_latency(size: &Size) -> anyhow::Result<Report> {
    on_world(size, latency::measured)
}

/// Latencies of checks while a pack takes effect.
pub(crate) fn pack_latency(size: &Size) -> anyhow::Result<Report> {
    on_world(size, latency::measured_at_a_pack)
}

/// Heng with its data, and a bare service.
struct Setting {
    world: World,
    bare: SocketAddr,
    subjects: u64,
    /// Of a turn.
    lasts: Duration,
}

/// Starts both servers, has them measured, and says how Heng started.
fn on_world(size: &Size, measure: impl AsyncFnOnce(&Setting) -> anyhow::Result<Report>) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 2_000 } else { SUBJECTS });
    let folder = tempfile::tempdir()?;
    let path = size.data.clone().unwrap_or_else(|| folder.path().join("data"));
    if !path.exists() {
        world::make(&path, subjects)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let setting = Setting::start(&path, subjects, size).await?;
        let mut report = measure(&setting).await?;
        setting.end(&mut report).await?;
        Ok(report)
    })
}

impl Setting {
    async fn start(path: &Path, subjects: u64, size: &Size) -> anyhow::Result<Self> {
        let dir = DataDir::open(path)?;
        let options = AccessOptions { strict: size.strict, ..AccessOptions::default() };
        // Another one than earlier runs on the same data have put in force.
        let next = OnePack::hubei_next(std::fs::read_dir(dir.packs())?.count())?;
        let world = World::start(&dir, SERVING, options, Some(next.files.clone())).await?;
        note(&format!("{} subjects in force; started in {:?}", whole(world.in_force()), world.started_in));
        let lasts = Duration::from_millis(size.millis.unwrap_or(if size.smoke { 50 } else { 2_000 }));
        let bare = bare::start(SERVING, None).await?;
        Ok(Self { world, bare, subjects, lasts })
    }

    async fn pair(&self, asked: anyhow::Result<Vec<bytes::Bytes>>, path: &'static str) -> anyhow::Result<Pair> {
        Pair::of(&self.world, self.bare, asked, path).await
    }

    async fn end(self, report: &mut Report) -> anyhow::Result<()> {
        report.note("subjects in force", whole(self.world.in_force()));
        report.note("started from a checkpoint in, ms", whole(self.world.started_in.as_millis().try_into()?));
        report.note("processor time of the start, ms", whole(self.world.start_cost.as_millis().try_into()?));
        report.note("threads that serve, and clients", format!("{SERVING}, {}", client::THREADS));
        self.world.serving.stop().await
    }
}

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
        bare: SocketAddr,
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

    fn abba(&self) -> [(Target, bool); 4] {
        let (heng, bare) = (|| (self.heng.clone(), true), || (self.bare.clone(), false));
        [bare(), heng(), heng(), bare()]
    }
}

fn row(what: &str, mix: &str, heng: f64, bare: f64, bytes: usize) -> Vec<String> {
    let number = |value: f64| whole(crate::report::to_u64(value));
    let ratio = if bare > 0.0 { format!("{:.2}", heng / bare) } else { "-".to_owned() };
    let none = || "-".to_owned();
    vec![what.to_owned(), mix.to_owned(), number(heng), number(bare), ratio, none(), none(), none(), bytes.to_string()]
}
