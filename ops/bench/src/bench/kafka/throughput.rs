//! From inboxes to committed decisions, against a bare loop that only copies messages.

use super::broker::Broker;
use super::client::{publish, remove_topics};
use super::events::{penalty, province};
use super::form::Form;
use super::place::{Metrics, Place, Served};
use super::{Log, bare, patience};
use crate::Size;
use crate::report::{Report, note, per_second, to_f64, whole};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const EVENTS: u64 = 100_000;
/// Nothing has changed for so long: it is over.
const QUIET: Duration = Duration::from_millis(300);
/// So many events are measured once, and between two probes.
const ONCE: u64 = 1_000_001;
/// Events of a probe: all of one kind, each about a subject of which nothing was known. A province's events are not of one kind all
/// along: most of its subjects are registered in the first fifth, and all are graded in the last tenth.
const PROBE: u64 = 200_000;
const TENTHS: usize = 10;

/// What one turn, or several of one kind, took.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Turn {
    pub(super) events: u64,
    pub(super) wall: Duration,
    /// Processor time of whoever reads and writes, the broker not included.
    pub(super) processor: Duration,
    /// Processor time of the broker, where it can be told.
    pub(super) broker: Duration,
    pub(super) decisions: u64,
    pub(super) transactions: u64,
    pub(super) refused: u64,
    /// Time that each tenth of the events took.
    pub(super) tenths: [Duration; TENTHS],
    /// Time and events of a probe before the events, and of one after them.
    pub(super) probes: Option<[(Duration, u64); 2]>,
}

/// Notes how long each tenth of the events takes.
pub(super) struct Tenths {
    events: u64,
    since: Option<Instant>,
    over: usize,
    pub(super) took: [Duration; TENTHS],
}

impl Tenths {
    pub(super) fn new(events: u64) -> Self {
        Self { events, since: None, over: 0, took: [Duration::ZERO; TENTHS] }
    }

    pub(super) fn begin(&mut self, at: Instant) {
        self.since = Some(at);
    }

    /// So many events are done.
    pub(super) fn note(&mut self, done: u64) {
        let tenth = usize::try_from(done.saturating_mul(10) / self.events.max(1)).unwrap_or(TENTHS);
        let Some(took) = tenth.checked_sub(1).and_then(|at| self.took.get_mut(at)) else { return };
        if tenth > self.over
            && let Some(since) = self.since.replace(Instant::now())
        {
            (self.over, *took) = (tenth, since.elapsed());
        }
    }
}

impl Turn {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.wall += other.wall;
        self.processor += other.processor;
        self.broker += other.broker;
        self.decisions += other.decisions;
        self.transactions += other.transactions;
        self.refused += other.refused;
        for (time, more) in self.tenths.iter_mut().zip(other.tenths) {
            *time += more;
        }
        // Where there are probes there is one turn.
        self.probes = other.probes;
    }

    /// The rate of the last tenth of the events to that of the second; none where they went too fast to tell.
    fn last_to_second(&self) -> Option<f64> {
        let [_, second, .., last] = self.tenths;
        let is_told = second > Duration::from_millis(200) && last > Duration::ZERO;
        is_told.then(|| second.as_secs_f64() / last.as_secs_f64())
    }

    fn seconds_each(&self, time: Duration) -> f64 {
        time.as_secs_f64() / to_f64(self.events.max(1))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Bare,
    Heng(Log),
}

impl Who {
    fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare loop",
            Self::Heng(log) => log.title(),
        }
    }
}

const WHO: [Who; 3] = [Who::Bare, Who::Heng(Log::Own), Who::Heng(Log::Shared)];

/// Events of a province from their inboxes to committed decisions.
pub(crate) fn kafka(size: &Size) -> anyhow::Result<Report> {
    let events = size.events.unwrap_or(if size.smoke { 2_000 } else { EVENTS });
    let broker = Broker::of(size)?;
    // Forwards and backwards: a drift of the machine is in all of them.
    let turns =
        WHO.into_iter().chain(WHO.into_iter().rev()).take(if events < ONCE { 2 * WHO.len() } else { WHO.len() });
    let mut found = WHO.map(|who| (who, Turn::default()));
    for (number, who) in turns.enumerate() {
        let prefix = format!("bench-{}-{number}", std::process::id());
        note(&format!("{who:?}: {} events", whole(events)));
        let turn = turn(size, &broker, &prefix, who, events)?;
        if let Some((_, all)) = found.iter_mut().find(|(it, _)| *it == who) {
            all.add(turn);
        }
    }
    Ok(report(size.form, &found, events >= ONCE))
}

fn report(form: Form, found: &[(Who, Turn)], is_one_turn: bool) -> Report {
    const COLUMNS: [&str; 9] = [
        "inboxes to committed",
        "events/s",
        "ratio",
        "last tenth to second",
        "CPU µs/event",
        "CPU ratio",
        "broker's µs",
        "messages out",
        "transactions",
    ];
    let mut report = Report::new("kafka", &COLUMNS);
    let bare = found.first().map(|it| it.1).unwrap_or_default();
    for (who, turn) in found {
        let micros = |time| format!("{:.1}", turn.seconds_each(time) * 1e6);
        let of_bare = |bare: f64, this: f64| format!("{:.2}", bare / this);
        let cells = [
            who.title().to_owned(),
            per_second(turn.wall, turn.events),
            of_bare(bare.seconds_each(bare.wall), turn.seconds_each(turn.wall)),
            turn.last_to_second().map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            micros(turn.processor),
            of_bare(bare.seconds_each(bare.processor), turn.seconds_each(turn.processor)),
            micros(turn.broker),
            if *who == Who::Bare { whole(turn.events) } else { whole(turn.decisions) },
            if *who == Who::Bare { "2,000 messages each".to_owned() } else { whole(turn.transactions) },
        ];
        report.row(cells.to_vec());
    }
    for (who, turn) in found {
        // A look may come so late that it passes a tenth.
        if is_one_turn && turn.tenths.iter().all(|tenth| !tenth.is_zero()) {
            let rate = |time: &Duration| per_second(*time, turn.events / 10);
            let rates: Vec<String> = turn.tenths.iter().map(rate).collect();
            report.note(format!("{}: events/s by tenths of the events", who.title()), rates.join("  "));
        }
    }
    for (who, turn) in found {
        let Some([before, after]) = turn.probes else { continue };
        let name = format!("{}: a probe before the events and after them, events/s", who.title());
        let rate = |(time, events): (Duration, u64)| to_f64(events) / time.as_secs_f64();
        let texts = [before, after].map(|(time, events)| per_second(time, events));
        report.note(name, format!("{} ({:.2})", texts.join(", "), rate(after) / rate(before)));
    }
    report.note("messages", form.name().to_owned());
    let refused: u64 = found.iter().map(|it| it.1.refused).sum();
    report.note("events refused or sent twice, of all turns of Heng", whole(refused));
    report
}

fn turn(size: &Size, broker: &Broker, prefix: &str, who: Who, events: u64) -> anyhow::Result<Turn> {
    let log = if let Who::Heng(log) = who { log } else { Log::Own };
    let brokers = &broker.addresses;
    let place = Place::new(size, brokers, prefix, log)?;
    place.create_topics()?;
    let probe = |first: u64| {
        publish(brokers, prefix, |sink| {
            (first..first + PROBE).try_for_each(|number| sink(&penalty(size.form, number)?))
        })?;
        let mut probed = place.start()?;
        let turn = served(&mut probed, PROBE)?;
        probed.stop()?;
        anyhow::Ok((turn.wall, turn.events))
    };
    let is_probed = events >= ONCE && who != Who::Bare;
    let first_probe = if is_probed { Some(probe(0)?) } else { None };
    let mut authorities = BTreeSet::new();
    publish(brokers, prefix, |sink| {
        province(size.form, events, &mut |message| {
            if !authorities.contains(&message.authority) {
                authorities.insert(message.authority.clone());
            }
            sink(message)
        })
    })?;
    let before = broker.processor_time().unwrap_or_default();
    let mut turn = match who {
        Who::Bare => {
            let inboxes: Vec<String> = authorities.iter().map(|it| place.topic(&format!("inbox.{it}"))).collect();
            bare::copied(brokers, &inboxes, &place.topic("bare"), events)?
        }
        Who::Heng(_) => {
            let mut service = place.start()?;
            let turn = served(&mut service, events)?;
            service.stop()?;
            turn
        }
    };
    turn.broker = broker.processor_time().unwrap_or_default().saturating_sub(before);
    if let Some(first) = first_probe {
        turn.probes = Some([first, probe(PROBE)?]);
    }
    remove_topics(brokers, prefix)?;
    Ok(turn)
}

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// Messages that were answered, however.
    answered: u64,
    not_accepted: u64,
    decisions: u64,
    waiting: u64,
}

impl Progress {
    fn of(metrics: &Metrics) -> anyhow::Result<Self> {
        let of = |name: &str| metrics.sum(&format!("heng_kafka_{name}"));
        let not_accepted = of("inbox_duplicates_total")? + of("inbox_refused_total")?;
        Ok(Self {
            answered: of("inbox_accepted_total")? + not_accepted,
            not_accepted,
            decisions: of("decisions_total")?,
            waiting: of("inbox_lag")? + of("decisions_behind")?,
        })
    }
}

/// A service with full inboxes, from the first messages answered to the last decision committed.
fn served(served: &mut Served, events: u64) -> anyhow::Result<Turn> {
    let mut first = None;
    served.until("a message is answered", |served| {
        let progress = Progress::of(&served.metrics()?)?;
        if progress.answered > 0 {
            first = Some((progress.answered, Instant::now(), served.processor_time()?));
        }
        Ok(first.is_some())
    })?;
    let (answered, began, processor) = first.context("nothing was answered")?;
    let mut tenths = Tenths::new(events);
    tenths.begin(began);
    let mut last = None::<(Progress, Instant, Duration)>;
    served.until_within(patience(events), "everything is committed", |served| {
        let progress = Progress::of(&served.metrics()?)?;
        tenths.note(progress.answered);
        match &last {
            Some((seen, since, _)) if *seen == progress => {
                return Ok(progress.answered >= events && progress.waiting == 0 && since.elapsed() > QUIET);
            }
            _ => last = Some((progress, Instant::now(), served.processor_time()?)),
        }
        Ok(false)
    })?;
    let (progress, ended, processor_then) = last.context("nothing was answered")?;
    anyhow::ensure!(progress.answered == events, "{} of {events} messages were answered", progress.answered);
    anyhow::ensure!(progress.decisions > 0, "nothing was decided");
    Ok(Turn {
        events: events - answered,
        wall: ended - began,
        processor: processor_then.saturating_sub(processor),
        decisions: progress.decisions,
        transactions: served.metrics()?.sum("heng_kafka_transactions_total")?,
        refused: progress.not_accepted,
        tenths: tenths.took,
        ..Turn::default()
    })
}
