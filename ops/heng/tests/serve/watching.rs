//! What watches the server: health, reflection, metrics, configuration.

use super::served::{Place, firm, listed, tender};
use std::process::Command;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[tokio::test]
async fn probes_scrapers_and_grpcurl_are_answered() {
    let place = Place::new();
    let served = place.serve().await;
    served.accept(listed("e1", &firm(1), "2023-05-10")).await;
    served.answer(tender(&firm(1), "2023-06-01")).await;
    let health = HealthClient::new(served.channel())
        .check(HealthCheckRequest { service: "heng.check.v1.CheckService".to_owned() })
        .await
        .unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
    assert!(served.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(served.get("/nothing").starts_with("HTTP/1.1 404"));
    let metrics = served.get("/metrics");
    for line in [
        "heng_checks_total{verdict=\"bar\"} 1",
        "heng_events_total{outcome=\"accepted\"} 1",
        "heng_check_seconds_count 1",
        "heng_ready 1",
        "heng_index_subjects 1",
        "heng_connections 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let asked = [
        MessageRequest::ListServices(String::new()),
        MessageRequest::FileContainingSymbol("heng.check.v1.CheckService".to_owned()),
    ];
    let mut answers = ServerReflectionClient::new(served.channel())
        .server_reflection_info(tokio_stream::iter(asked.map(ask)))
        .await
        .unwrap()
        .into_inner();
    let services = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(services) = services else { panic!("{services:?}") };
    assert!(services.service.iter().any(|it| it.name == "heng.intake.v1.IntakeService"), "{services:?}");
    let file = answers.message().await.unwrap().unwrap().message_response.unwrap();
    assert!(matches!(file, MessageResponse::FileDescriptorResponse(_)), "{file:?}");
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let place = Place::new();
    let served = place.serve().await;
    let config = place.data().with_file_name("heng.toml");
    let second = Command::new(env!("CARGO_BIN_EXE_heng")).args(["serve", "--config"]).arg(&config).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(served.stop().success());
}

#[test]
fn configurations_are_printed_and_checked() {
    let heng = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_heng")).args(arguments).output().unwrap();
    let printed = heng(&["config", "print"]);
    assert!(printed.status.success());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heng.toml");
    let path = file.display().to_string();
    std::fs::write(&file, &printed.stdout).unwrap();
    assert!(heng(&["config", "check", &path]).status.success());
    std::fs::write(&file, "[serve]\nthreads = 999").unwrap();
    let checked = heng(&["config", "check", &path]);
    assert_eq!(checked.status.code(), Some(1));
    let said = String::from_utf8(checked.stderr).unwrap();
    assert!(said.contains("serve.threads is 999: write a number from 0 to 256"), "{said}");
    for (text, status) in [("", 1), ("[data]\ndir = \"nowhere\"", 1)] {
        std::fs::write(&file, text).unwrap();
        let served = Command::new(env!("CARGO_BIN_EXE_heng"))
            .current_dir(folder.path())
            .args(["serve", "--config", &path])
            .output()
            .unwrap();
        assert_eq!(served.status.code(), Some(status), "{text}");
    }
}
