//! A broker for tests, and whether there can be one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

/// A broker of its own folder and port, gone with its folder when it is dropped, or when the test program ends, however it
/// does: somebody else waits for that.
pub(crate) struct Broker {
    folder: PathBuf,
    pub(crate) brokers: String,
    /// Waits for its input to be closed, which the system does however this ends.
    janitor: Child,
}

/// Every broker takes two ports that follow one another, and one 10 further on: 4 apart, none takes another's.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// The broker of those tests that leave it alone; none where there can be none. It ends with the test program.
pub(crate) fn shared() -> Option<&'static Broker> {
    static SHARED: OnceLock<Option<Broker>> = OnceLock::new();
    SHARED.get_or_init(|| is_possible().then(|| Broker::start(None, &[]))).as_ref()
}

/// A broker that a test may kill.
pub(crate) fn own() -> Option<Broker> {
    own_with(&[])
}

/// A broker of one's own, with further arguments of the script.
pub(crate) fn own_with(more: &[&str]) -> Option<Broker> {
    // The jars are fetched once.
    let jars = shared()?.folder.join("jars");
    Some(Broker::start(Some(&jars), more))
}

/// Are Java and Maven there? Says so where they are not, past the capture of the test harness.
fn is_possible() -> bool {
    let answers = |program: &str, argument: &str| {
        let ran = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success())
    };
    let is_possible = answers("java", "-version") && answers("mvn", "-v");
    if !is_possible {
        let told = "\n*** NOT RUN: the tests on a real Kafka need a Java runtime from 17 on and Maven \
                    (Debian: default-jre-headless maven) ***\n\n";
        std::io::stderr().write_all(told.as_bytes()).expect("standard error");
        assert!(env::var_os("HENG_KAFKA_REQUIRED").is_none(), "HENG_KAFKA_REQUIRED is set");
    }
    is_possible
}

impl Broker {
    fn start(jars: Option<&Path>, more: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("heng-kafka-").tempdir().expect("a folder").keep();
        if let Some(jars) = jars {
            std::os::unix::fs::symlink(jars, folder.join("jars")).expect("a link");
        }
        let is_free = |port: u32| std::net::TcpListener::bind(format!("127.0.0.1:{port}")).is_ok();
        // Other programs may do the same at the same time: each begins elsewhere.
        let mut ports =
            (0..1_000).map(|_| 20_000 + (std::process::id() * 20 + TAKEN.fetch_add(1, Ordering::Relaxed) * 4) % 12_000);
        let port = ports.find(|port| [0, 1, 10].iter().all(|next| is_free(port + next))).expect("a free port");
        #[allow(clippy::zombie_processes, reason = "waited for where the broker is dropped")]
        let janitor = Command::new("sh")
            .args(["-c", "read -r _; exec \"$0\" wipe --dir \"$1\""])
            .args([script(), folder.clone()])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        fs::write(folder.join("cluster"), format!("1 {port}\n")).expect("a file");
        let broker = Self { brokers: format!("127.0.0.1:{port}"), folder, janitor };
        broker.told(&[&["up"], more].concat());
        broker
    }

    /// Kills the broker with signal 9, or starts it.
    pub(crate) fn kill(&self) {
        self.told(&["kill", "1"]);
    }

    pub(crate) fn again(&self) {
        self.told(&["start", "1"]);
    }

    fn told(&self, arguments: &[&str]) {
        let mut command = Command::new(script());
        let ran = command.args(arguments).arg("--dir").arg(&self.folder).stdin(Stdio::null()).output();
        let ran = ran.expect("the script runs");
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[cfg(feature = "kafka-tls")]
impl Broker {
    /// Where it asks who somebody is, and encrypts, if it was told to.
    pub(crate) fn guarded(&self) -> String {
        let (host, port) = self.brokers.rsplit_once(':').unwrap();
        format!("{host}:{}", port.parse::<u32>().unwrap() + 10)
    }

    /// The certificate that clients believe.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
    }
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../kafka/broker")
}
