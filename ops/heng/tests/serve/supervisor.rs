//! What systemd is told, by a socket that stands in for it.
#![cfg(target_os = "linux")]

use super::served::{Place, pack};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Has ended already where all went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn systemd_is_told_of_readiness_life_and_end() {
    let place = Place::new();
    let socket = place.folder().join("notify");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let config = place.folder().join("heng.toml");
    let (data, pack) = (place.data(), pack());
    let text = format!(
        "[data]\ndir = {data:?}\npack = {pack:?}\n[listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"\"\n[log]\nlevel = \"error\"\n"
    );
    std::fs::write(&config, text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(["serve", "--config"])
        .arg(&config)
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "100000")
        .env_remove("WATCHDOG_PID")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Ended(child);
    let told = || {
        let mut room = [0; 256];
        let len = supervisor.recv(&mut room).expect("the supervisor is told");
        String::from_utf8_lossy(&room[..len]).trim_end().to_owned()
    };
    let first = told();
    assert!(first.starts_with("READY=1\n"), "{first}");
    for _ in 0..3 {
        assert_eq!(told(), "WATCHDOG=1");
    }
    assert!(Command::new("kill").arg(child.0.id().to_string()).status().unwrap().success());
    let last = loop {
        let said = told();
        if said != "WATCHDOG=1" {
            break said;
        }
    };
    assert!(last.starts_with("STOPPING=1\n"), "{last}");
    assert!(child.0.wait().unwrap().success());
}
