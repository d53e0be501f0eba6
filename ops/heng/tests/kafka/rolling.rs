//! Two engines of a shared log are exchanged one after the other, under load: no check fails.

use crate::broker::shared;
use crate::events::firm;
use crate::place::{PARTITIONS, Served, until};
use crate::shared_log::{engines, events, is_published, owned, publish, same};
use heng_proto::check::v1::CheckRequest;
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use tonic::transport::Endpoint;

/// How checks went.
struct Checks {
    answered: u64,
    failed: Vec<String>,
}

/// Asks the first engine, and the other one where that does not answer, as integrators are told to.
async fn ask(engines: &[String], subject: &str) -> Result<(), String> {
    let mut told = String::new();
    for engine in engines {
        let endpoint = Endpoint::from_shared(format!("http://{engine}")).expect("an address");
        let request =
            CheckRequest { subject: subject.to_owned(), matter: "tender".to_owned(), ..CheckRequest::default() };
        let asked = match endpoint.connect().await {
            Ok(channel) => CheckServiceClient::new(channel).check(request).await.map(drop).map_err(|it| it.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match asked {
            Ok(()) => return Ok(()),
            Err(error) => told = error,
        }
    }
    Err(told)
}

fn checking(engines: Arc<Mutex<Vec<String>>>, stop: Arc<AtomicBool>) -> JoinHandle<Checks> {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut checks = Checks { answered: 0, failed: Vec::new() };
        let mut number = 0;
        while !stop.load(Ordering::Acquire) {
            let now = engines.lock().unwrap().clone();
            number += 1;
            match runtime.block_on(ask(&now, &firm(number % 100))) {
                Ok(()) => checks.answered += 1,
                Err(error) => checks.failed.push(error),
            }
        }
        checks
    })
}

#[test]
fn two_engines_are_exchanged_and_no_check_fails() {
    let Some(broker) = shared() else { return };
    let places = engines::<2>(broker, "rolling");
    let mut served: Vec<Served> = places.iter().map(|place| place.serve()).collect();
    until("each owns a part", || served.iter().all(|it| owned(it) == 1));
    publish(broker, &places[0], 0..100);
    until("there is something to check", || events(&places[0]) == 100 && events(&places[1]) == 100);
    let addresses = Arc::new(Mutex::new(served.iter().map(|it| it.grpc.clone()).collect::<Vec<_>>()));
    let stop = Arc::new(AtomicBool::new(false));
    let checks = checking(Arc::clone(&addresses), Arc::clone(&stop));
    let mut sent = 100;
    for at in [0, 1] {
        publish(broker, &places[0], sent..sent + 200);
        sent += 200;
        // Taken out of use, exchanged, and put back when it is ready.
        let rest = served[1 - at].grpc.clone();
        addresses.lock().unwrap().retain(|it| *it == rest);
        served.remove(at).stop();
        served.insert(at, places[at].serve());
        addresses.lock().unwrap().insert(at, served[at].grpc.clone());
        until("each owns a part", || served.iter().map(owned).sum::<u64>() == u64::from(PARTITIONS));
    }
    until("everything has come", || events(&places[0]) == sent as usize && events(&places[1]) == sent as usize);
    until("it is published", || is_published(&[&served[0], &served[1]]));
    stop.store(true, Ordering::Release);
    let checks = checks.join().expect("checks");
    assert!(checks.failed.is_empty(), "{:?}", checks.failed);
    assert!(checks.answered > 100, "{} checks", checks.answered);
    served.into_iter().for_each(Served::stop);
    assert!(same(&broker.brokers, &places[0], &places[1]) >= sent as usize);
}
