//! An open loop: calls at their times, whatever came of others.
//!
//! # Invariants
//!
//! A call's latency counts from the time at which it was to be sent: a client that comes too late to send it, or a server
//! that holds others up, is in the figure (no coordinated omission).

use super::client::{CONNECTIONS, THREADS, Target, call, on_threads};
use hdrhistogram::Histogram;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// The longest latency that is told from longer ones.
pub(in crate::bench) const LONGEST_NS: u64 = 60_000_000_000;

/// Latencies in nanoseconds.
pub(in crate::bench) type Latencies = Histogram<u64>;

/// Those of several turns as one.
pub(super) fn together(turns: &[Latencies]) -> anyhow::Result<Latencies> {
    let mut all = Latencies::new_with_bounds(1, LONGEST_NS, 3)?;
    for turn in turns {
        all.add(turn)?;
    }
    Ok(all)
}

/// Latencies at a rate of calls a second, from the time at which each was to be sent.
///
/// One thread, which never sleeps: it sends each call within microseconds of its time and takes each answer as it comes,
/// so that no timer and no wake-up of the client is in a figure. It has a processor for itself, the server the rest.
pub(super) fn paced(target: &Target, rate: f64, lasts: Duration) -> anyhow::Result<Latencies> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(EVENT_INTERVAL).build()?;
    LocalSet::new().block_on(&runtime, async {
        let clients = target.connect().await?;
        let found = std::rc::Rc::new(std::cell::RefCell::new(Latencies::new_with_bounds(1, LONGEST_NS, 3)?));
        let mut tasks = tokio::task::JoinSet::new();
        let (start, mut number) = (Instant::now(), 0);
        loop {
            let after = Duration::from_secs_f64(crate::report::to_f64(number as u64) / rate);
            if after > lasts {
                break;
            }
            let intended = start + after;
            while Instant::now() < intended {
                tokio::task::yield_now().await;
            }
            let (request, path, found) = (target.request(number), target.path, std::rc::Rc::clone(&found));
            let Some(mut client) = clients.get(number % CONNECTIONS).cloned() else { break };
            number += 1;
            tasks.spawn_local(async move {
                call(&mut client, path, request).await?;
                let took = Instant::now().saturating_duration_since(intended);
                found.borrow_mut().saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                anyhow::Ok(())
            });
            while let Some(ended) = tasks.try_join_next() {
                ended??;
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        let found = found.borrow().clone();
        Ok(found)
    })
}

/// Steps of the client between two looks at its sockets.
const EVENT_INTERVAL: u32 = 4;

/// The same by clients that sleep between calls, woken by threads that keep time: they leave the processors to others.
pub(super) fn paced_asleep(target: &Target, rate: f64, lasts: Duration) -> anyhow::Result<Latencies> {
    let each = on_threads(|thread, local, runtime| {
        local.block_on(runtime, async {
            let clients = target.connect().await?;
            let (send, mut due) = mpsc::unbounded_channel();
            let pacer = std::thread::spawn(move || pace(rate / crate::report::to_f64(THREADS as u64), lasts, &send));
            let found = std::rc::Rc::new(std::cell::RefCell::new(Latencies::new_with_bounds(1, LONGEST_NS, 3)?));
            let mut tasks = tokio::task::JoinSet::new();
            let mut number = thread * 104_729;
            while let Some(intended) = due.recv().await {
                let (request, path, found) = (target.request(number), target.path, std::rc::Rc::clone(&found));
                let Some(mut client) = clients.get(number % CONNECTIONS).cloned() else { break };
                number += 1;
                tasks.spawn_local(async move {
                    call(&mut client, path, request).await?;
                    let took = Instant::now().saturating_duration_since(intended);
                    found.borrow_mut().saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                    anyhow::Ok(())
                });
                while let Some(ended) = tasks.try_join_next() {
                    ended??;
                }
            }
            while let Some(ended) = tasks.join_next().await {
                ended??;
            }
            drop(pacer.join());
            let found = found.borrow().clone();
            anyhow::Ok(found)
        })
    })?;
    together(&each)
}

/// Hands out the times of calls, each when it has come; a thread of its own, since a runtime's timer ticks in milliseconds.
pub(in crate::bench) fn pace(rate: f64, lasts: Duration, send: &mpsc::UnboundedSender<Instant>) {
    let start = Instant::now();
    let mut number = 0_u64;
    loop {
        let after = Duration::from_secs_f64(crate::report::to_f64(number) / rate);
        if after > lasts {
            return;
        }
        let intended = start + after;
        let left = intended.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
        if send.send(intended).is_err() {
            return;
        }
        number += 1;
    }
}
