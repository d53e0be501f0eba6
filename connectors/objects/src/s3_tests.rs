//! The same on an S3-compatible store: moto's server, which a Python runs that has it.
//!
//! `HENG_S3_PYTHON` names that Python (`pip install "moto[server]"`). Without it nothing of this can run: each test then
//! says so on standard error and passes, unless `HENG_S3_REQUIRED` is set, as `.ci/run` does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use crate::fetch::Wanted;
use crate::inspect;
use crate::location::{BucketAccess, Location};
use crate::objects::Objects;
use crate::publish::Round;
use crate::testing::World;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;

/// Tells the address that it got, then serves until its standard input ends.
const SERVER: &str = "\
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f'{host}:{port}', flush=True)
sys.stdin.read()
server.stop()
";

struct Store {
    server: Child,
    address: String,
    secret: tempfile::NamedTempFile,
}

impl Drop for Store {
    fn drop(&mut self) {
        // Has ended where it failed.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Store {
    fn start() -> Option<Self> {
        let Some(python) = std::env::var_os("HENG_S3_PYTHON") else {
            assert!(std::env::var_os("HENG_S3_REQUIRED").is_none(), "HENG_S3_PYTHON names no Python with moto");
            eprintln!(
                "NOT RUN: shared checkpoints on an S3-compatible store; HENG_S3_PYTHON names no Python with moto"
            );
            return None;
        };
        let mut server = Command::new(python)
            .args(["-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the Python starts");
        let mut address = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).expect("an address");
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "moto does not start: pip install \"moto[server]\"");
        let mut secret = tempfile::NamedTempFile::new().unwrap();
        writeln!(secret, "secret").unwrap();
        let store = Self { server, address, secret };
        assert!(store.ask("PUT", "/heng").starts_with("HTTP/1.1 200"), "the bucket is made");
        Some(store)
    }

    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: s3\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    fn place(&self, text: &str) -> Location {
        let access = BucketAccess {
            endpoint: format!("http://{}", self.address),
            region: "us-east-1".to_owned(),
            access_key_id: "key".to_owned(),
            secret_key_file: self.secret.path().to_owned(),
        };
        Location::parse(text, access).unwrap()
    }
}

fn wanted(world: &World, location: &Location) -> Wanted {
    Wanted { location: location.clone(), meta: world.meta.clone(), fold_version: 1 }
}

#[test]
fn what_one_shares_in_a_bucket_another_begins_with() {
    let Some(store) = Store::start() else { return };
    let location = store.place("s3://heng/some/prefix");
    let mut world = World::new(1);
    assert_eq!(world.fetch_from(wanted(&world, &location)), None);
    for entries in [80, 90, 110] {
        world.advance((entries - world.logs[0][0].len() * 2) / 2);
        let shared = world.share_to(location.clone(), usize::MAX).unwrap();
        assert!(matches!(shared, Round::Shared { entries: it, .. } if it == entries as u64));
        assert!(world.fetch_from(wanted(&world, &location)).unwrap().1 == world.held(), "{entries}");
    }
    let objects = Objects::open(&location).unwrap();
    let found = inspect::list(&objects).unwrap();
    assert_eq!(found.len(), 2, "older ones are removed");
    let newest = found[1].manifest.as_ref().unwrap();
    for (at, object) in newest.objects().enumerate() {
        let is_state = newest.partitions.iter().any(|part| part.checkpoint == *object);
        assert_eq!(inspect::verify(&objects, object, is_state, &mut |_| ()).unwrap(), None);
        // Written over, it is found by whoever reads it.
        objects.remove(&object.name).unwrap();
        assert_eq!(inspect::verify(&objects, object, is_state, &mut |_| ()).unwrap().unwrap(), "it is not there");
        assert!(objects.create(&object.name, vec![7; usize::try_from(object.bytes).unwrap()]).unwrap());
        assert!(!objects.create(&object.name, Vec::new()).unwrap(), "names are taken once");
        assert!(inspect::verify(&objects, object, is_state, &mut |_| ()).unwrap().is_some());
        if at == 0 {
            // The pack, which the older checkpoint names too.
            assert_eq!(world.fetch_from(wanted(&world, &location)), None);
        }
    }
    drop(store);
    // Nobody answers: it is told, and done without.
    assert_eq!(world.fetch_from(wanted(&world, &location)), None);
    assert!(world.share_to(location, usize::MAX).is_err());
}

#[test]
fn engines_that_share_at_the_same_time_leave_what_is_whole() {
    let Some(store) = Store::start() else { return };
    let location = store.place("s3://heng");
    let worlds: Vec<World> = (0..3)
        .map(|at| {
            let mut world = World::new(1);
            (0..=at).for_each(|_| world.advance(10));
            world
        })
        .collect();
    thread::scope(|scope| {
        for world in &worlds {
            let share = world.sharing(location.clone(), usize::MAX);
            // One may find that another's cleaning took what it needs, and leaves it to the next round.
            scope.spawn(move || drop(share()));
        }
    });
    worlds[2].share_to(location.clone(), usize::MAX).unwrap();
    let fetched = worlds[2].fetch_from(wanted(&worlds[2], &location)).unwrap();
    assert!(fetched.1 == worlds[2].held(), "the newest is whole: {:?}", fetched.0);
}
