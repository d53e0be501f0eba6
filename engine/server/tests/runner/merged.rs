//! Firms that are merged across partitions of a log that others write too, while their history is on its way.

use crate::checks::{check, read};
use crate::office::{FIRM, Office, Running, day, listed, merged, pack, registered, retracted};
use crate::shared::{Log, Side, soon};
use crate::together::firm;
use heng_model::SubjectId;
use heng_proto::check::v1 as proto;
use heng_rules::Effect;
use heng_server::grpc::{Checks, Limits};
use heng_server::runner::{ReportError, RunnerOptions};

const DAY: &str = "2026-03-01";
/// An organisation code with its check character (GB 11714-1997).
const OLD: &str = "MA49XK7P6";
const NEXT: &str = "2026-03-02";

/// Codes of firms, of which each but the first lies in another partition than the one before, or in the same.
fn firms<const N: usize>(are_far: [bool; N]) -> [String; N] {
    let (mut next, mut last) = (0, FIRM.parse::<SubjectId>().unwrap());
    are_far.map(|is_far| {
        let found = (next..).find(|number| {
            let id: SubjectId = firm(*number).parse().unwrap();
            (id.partition(2) != last.partition(2)) == is_far
        });
        let found = found.unwrap();
        next = found + 1;
        last = firm(found).parse().unwrap();
        firm(found)
    })
}

/// Who does not speak for partitions waits for somebody else to say where a history goes.
async fn speaks(running: &Running, log: &Log, speaks: bool) {
    log.set(|kept| kept.owns = speaks);
    soon(running.handle.tick()).await.unwrap();
}

async fn begun(office: &Office, log: &Log) -> Running {
    office.start_on(Some(Box::new(Side::of(log))), pack("1", str::to_owned), RunnerOptions::default()).await
}

/// A check of the tender.
async fn checked(running: &Running, firm: &str, with_grounds: bool) -> proto::CheckResponse {
    let (desk, _access) = running.desk(Limits::default());
    let (subject, matter) = (firm.to_owned(), "tender".to_owned());
    let request = proto::CheckRequest { subject, matter, with_grounds, ..proto::CheckRequest::default() };
    read(&soon(check(&Checks::new(desk), request)).await.unwrap())
}

/// Whom a check with grounds is about, and how many grounds each decision has that bears.
async fn with_grounds(running: &Running, firm: &str) -> (String, Vec<usize>) {
    let answer = checked(running, firm, true).await.answer.unwrap();
    (answer.subject, answer.bearings.iter().map(|it| it.grounds.len()).collect())
}

/// The pack that a check says it was judged by.
async fn judged_by(running: &Running, firm: &str) -> String {
    checked(running, firm, false).await.pack
}

fn barred(running: &Running, firms: &[&str]) -> Vec<bool> {
    firms.iter().map(|firm| running.tender(firm, day(DAY)).0 == Some(Effect::Bar)).collect()
}

#[tokio::test]
async fn a_firm_is_judged_by_its_history_and_by_what_the_other_has() {
    for starts_again in [false, true] {
        let (office, log) = (Office::on(DAY), Log::owned());
        let mut running = begun(&office, &log).await;
        let [other] = firms([true]);
        running.accept(listed("e1", FIRM, DAY, DAY)).await;
        running.accept(listed("e2", &other, DAY, DAY)).await;
        speaks(&running, &log, false).await;
        running.accept(merged("m1", FIRM, &other)).await;
        assert_eq!(with_grounds(&running, &other).await, (other.clone(), vec![1]));
        if starts_again {
            running.stop().await;
            running = begun(&office, &log).await;
        }
        // It comes to speak for the firm's partition while brokers are away.
        log.set(|kept| (kept.owns, kept.is_away) = (true, true));
        soon(log.is_waited_for()).await;
        assert_eq!(with_grounds(&running, FIRM).await, (other.clone(), vec![1, 1]));
        log.comes_back();
        soon(running.handle.tick()).await.unwrap();
        for firm in [FIRM, &other] {
            assert_eq!(with_grounds(&running, firm).await, (other.clone(), vec![1, 1]));
        }
        // What is taken back there counts for both no more.
        running.accept(retracted("r1", FIRM, "e1")).await;
        for firm in [FIRM, &other] {
            assert_eq!(with_grounds(&running, firm).await, (other.clone(), vec![1]));
        }
        running.stop().await;
    }
}

/// An engine reads a day of one partition, with which a pack takes effect that names measures otherwise, before that of the other: firms of both
/// are judged, and one whose history is on its way between them.
#[tokio::test]
async fn a_pack_that_is_in_force_in_one_partition_clears_nobody() {
    let codes = (0..20).map(firm).map(|code| (code.parse::<SubjectId>().unwrap().partition(2), code));
    let [mut ahead, mut late] = [Vec::new(), Vec::new()];
    codes.for_each(|(partition, code)| if partition == 0 { ahead.push(code) } else { late.push(code) });
    for (late_partition, ahead, late) in [(1, &ahead, &late), (0, &late, &ahead)] {
        let (office, beside, log) = (Office::on(DAY), Office::on(DAY), Log::owned());
        let running = begun(&office, &log).await;
        let [there, here, moving, target] = [&late[0], &ahead[0], &ahead[1], &late[1]];
        for (id, firm) in [("e1", there), ("e2", here), ("e3", moving)] {
            running.accept(listed(id, firm, DAY, DAY)).await;
        }
        let side = Box::new(Side::that_reads(&log));
        let reading = beside.start_on(Some(side), pack("1", str::to_owned), RunnerOptions::default()).await;
        log.set(|kept| kept.late = Some(late_partition));
        running.accept(merged("m1", moving, target)).await;
        soon(reading.handle.tick()).await.unwrap();
        assert_eq!(barred(&reading, &[there, here, moving, target]), [true, true, true, false]);
        running.stop().await;
        let renamed = pack("2", |text| text.replace("tender.bar", "tender.stop"));
        let running = office.start_on(Some(Box::new(Side::of(&log))), renamed, RunnerOptions::default()).await;
        office.noon(NEXT);
        soon(running.handle.tick()).await.unwrap();
        assert_eq!(running.day(), day(NEXT));
        soon(reading.handle.tick()).await.unwrap();
        assert_eq!(barred(&reading, &[there, here, moving, target]), [true, true, true, false]);
        assert_eq!([judged_by(&reading, there).await, judged_by(&reading, here).await], ["stories@1", "stories@2"]);
        log.set(|kept| kept.late = None);
        soon(reading.handle.tick()).await.unwrap();
        for running in [&reading, &running] {
            assert_eq!(barred(running, &[there, here, moving, target]), [true; 4]);
        }
        reading.stop().await;
        running.stop().await;
    }
}

#[tokio::test]
async fn a_clear_firm_is_barred_at_once_by_what_bars_the_other() {
    let (office, log) = (Office::on(DAY), Log::owned());
    let running = begun(&office, &log).await;
    let [other] = firms([true]);
    running.accept(listed("e1", &other, DAY, DAY)).await;
    assert_eq!(barred(&running, &[FIRM, &other]), [false, true]);
    speaks(&running, &log, false).await;
    running.accept(merged("m1", FIRM, &other)).await;
    assert_eq!(barred(&running, &[FIRM, &other]), [true, true]);
    running.stop().await;
}

#[tokio::test]
async fn a_firm_is_barred_by_one_that_goes_further_in_the_same_batch() {
    let (office, log) = (Office::on(DAY), Log::owned());
    let running = begun(&office, &log).await;
    let [near, far] = firms([false, true]);
    running.accept(listed("e1", FIRM, DAY, DAY)).await;
    speaks(&running, &log, false).await;
    let gate = office.gate.lock().await;
    let mut answers = Vec::new();
    let names = registered("n1", &near, OLD);
    for event in [names, listed("e2", FIRM, DAY, DAY), merged("m1", FIRM, &near), merged("m2", &near, &far)] {
        answers.push(running.handle.publish(event).await.unwrap());
    }
    drop(gate);
    for answer in answers {
        soon(answer).await.unwrap();
    }
    assert_eq!(barred(&running, &[FIRM, &near, &far]), [true, true, false]);
    // By its old code too, which it got in the same batch.
    for code in [FIRM, OLD] {
        assert_eq!(with_grounds(&running, code).await, (far.clone(), vec![1, 1]));
    }
    speaks(&running, &log, true).await;
    assert_eq!(barred(&running, &[FIRM, &near, &far]), [true, true, true]);
    assert_eq!(with_grounds(&running, FIRM).await, (far, vec![1, 1]));
    running.stop().await;
}

/// What would say less than is known is not said: of the other firm, by whichever code, before the history has come.
#[tokio::test]
async fn a_report_waits_for_a_history_that_is_on_its_way() {
    let (office, log) = (Office::on(DAY), Log::owned());
    let running = begun(&office, &log).await;
    let [other, third] = firms([true, true]);
    running.accept(listed("e1", FIRM, DAY, DAY)).await;
    running.accept(listed("e2", &other, DAY, DAY)).await;
    running.accept(listed("e3", &third, DAY, DAY)).await;
    speaks(&running, &log, false).await;
    running.accept(merged("m1", FIRM, &other)).await;
    let handle = running.handle.clone();
    // Whoever has to wait for long asks again.
    let records = async |firm: &str| loop {
        match handle.report(firm.to_owned()).await.unwrap() {
            Err(ReportError::NotShown) => {}
            report => return report.unwrap().records.len(),
        }
    };
    let both = async { tokio::join!(records(FIRM), records(&other)) };
    tokio::pin!(both);
    let unknown = async {
        tokio::select! {
            biased;
            early = &mut both => panic!("{early:?}"),
            // What does not depend on it is told, asked later or not.
            known = async { (records(&third).await, handle.logs_about(FIRM.to_owned()).await) } => {
                assert_eq!((known.0, known.1.unwrap().unwrap().0), (1, other.parse().unwrap()));
            }
        }
    };
    soon(unknown).await;
    let told = soon(handle.report(other.clone())).await.unwrap();
    assert!(matches!(told, Err(ReportError::NotShown)), "{told:?}");
    speaks(&running, &log, true).await;
    assert_eq!(soon(both).await, (2, 2));
    running.stop().await;
}
