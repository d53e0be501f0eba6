//! Faults under load on a shared log: engines are killed, stopped and continued, added and removed, lose their state or all
//! that they have, fill their disks; the broker is killed; messages come twice. What is in force is what an embedded run of the
//! same events gives, every copy of the log is the same, and every revision of a decision stands once on its topic.

use crate::broker::{Broker, own};
use crate::faults::{embedded, ids, number, publisher, truth};
use crate::place::{PARTITIONS, Place, Served, until};
use crate::shared_log::{engines, is_published, owned, same};
use crate::small_disk::SmallDisk;
use heng_sim::random::Rng;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use std::{fs, thread};

/// After this time without a sign of life an engine has lost its partitions.
const SESSION: Duration = Duration::from_secs(11);

/// What stands in for an engine that was killed: the same place again.
fn fault(broker: &Broker, place: &Place, third: &Place, served: Served, rng: &mut Rng) -> (Served, &'static str) {
    match rng.below(7) {
        0 => {
            served.kill();
            (place.serve(), "killed")
        }
        1 => {
            broker.kill();
            thread::sleep(Duration::from_millis(rng.below(3_000) as u64));
            broker.again();
            (served, "the broker killed")
        }
        2 => {
            served.signal("STOP");
            thread::sleep(SESSION);
            served.signal("CONT");
            (served, "stopped and continued")
        }
        3 => {
            third.serve().stop();
            let joined = third.serve();
            until("the third has its part, or there is none for it", || joined.is_ready());
            joined.kill();
            (served, "a third one added and killed")
        }
        4 => {
            served.kill();
            fs::remove_dir_all(place.data().join("state")).expect("there was a checkpoint");
            (place.serve(), "its state lost")
        }
        5 => {
            served.kill();
            fs::remove_dir_all(place.data()).expect("there was a copy");
            (place.serve(), "its copy of everything lost")
        }
        _ => {
            served.stop();
            let state = place.data().join("state");
            fs::remove_dir_all(&state).expect("there was a checkpoint");
            fs::create_dir(&state).expect("a folder");
            let Some(disk) = SmallDisk::mount(&state, "64k") else {
                eprintln!("NOT DONE: a full disk for the checkpoint, since nothing can be mounted here");
                return (place.serve(), "stopped");
            };
            let full = place.serve();
            // It goes on without checkpoints.
            thread::sleep(Duration::from_secs(4));
            full.kill();
            drop(disk);
            (place.serve(), "its disk full")
        }
    }
}

#[test]
fn engines_that_share_a_log_lose_nothing_and_say_nothing_twice() {
    let Some(broker) = own() else { return };
    let (rounds, seed) = (number("HENG_KAFKA_ROUNDS", 2), number("HENG_SEED", 1));
    let [one, other, third] = engines(&broker, "shared-faults");
    let (sent, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let publishing = publisher(&broker.brokers, one.topic("inbox.a"), seed, Arc::clone(&sent), Arc::clone(&stop));
    let mut rng = Rng::new(seed);
    let (mut first, mut second) = (one.serve(), other.serve());
    for number in 0..rounds {
        // A moment in the midst of what is under way.
        let moment = sent.load(Ordering::Acquire) + 50 + u32::try_from(rng.below(500)).unwrap();
        until("more is published", || sent.load(Ordering::Acquire) >= moment);
        let what;
        if rng.below(2) == 0 {
            (first, what) = fault(&broker, &one, &third, first, &mut rng);
        } else {
            (second, what) = fault(&broker, &other, &third, second, &mut rng);
        }
        eprintln!("round {number}: {what} after {} events", sent.load(Ordering::Acquire));
    }
    stop.store(true, Ordering::Release);
    let events = publishing.join().expect("a publisher");
    let wanted: BTreeSet<String> = (0..events).map(|number| format!("e-{number}")).collect();
    for place in [&one, &other] {
        until("everything acknowledged is on the log", || ids(place).len() >= wanted.len());
    }
    let lag = |served: &Served| served.metric("heng_kafka_inbox_lag") + served.metric("heng_kafka_log_lag");
    until("nothing waits", || lag(&first) == 0 && lag(&second) == 0);
    until("everything is owned", || owned(&first) + owned(&second) == u64::from(PARTITIONS));
    until("everything is published", || is_published(&[&first, &second]));
    // What the last day's owner put there comes to both before they end.
    first.stop();
    until("the other has everything", || owned(&second) == u64::from(PARTITIONS) && is_published(&[&second]));
    let first = one.serve();
    until("both have the whole log", || lag(&first) == 0 && lag(&second) == 0);
    first.stop();
    second.stop();

    assert_eq!(ids(&one).into_keys().collect::<BTreeSet<_>>(), wanted, "each acknowledged message is an entry");
    let decisions = same(&broker.brokers, &one, &other);
    assert_eq!(truth(&one.data()), truth(&embedded(&one, events)), "as an embedded run of the same events");
    eprintln!("{rounds} rounds on a shared log, {events} events, {decisions} decisions: none lost, none twice");
}
