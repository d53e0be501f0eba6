//! The arrows between crates, and what must not exist: read from `cargo metadata` and from the sources.
//!
//! ARCHITECTURE.md says why; whoever changes the structure changes both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What no pure crate may link, directly or through others: runtimes, networks, stores, wire formats, randomness.
const IMPURE: [&str; 22] = [
    "async-std",
    "fastrand",
    "fjall",
    "futures",
    "getrandom",
    "hyper",
    "mio",
    "prost",
    "protox",
    "rand",
    "rand_core",
    "rdkafka",
    "redb",
    "reqwest",
    "rocksdb",
    "sled",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "tonic",
    "tracing",
];
/// What no pure crate may name itself; parsers that it uses may bring them along.
const NOT_NAMED: [&str; 5] = ["ahash", "libc", "parking_lot", "serde", "serde_json"];
/// The crates that decide: no clock, no I/O, no chance.
const PURE: [&str; 3] = ["heng-model", "heng-rules", "heng-core"];

/// The workspace as it is linked on this machine.
struct Workspace {
    names: BTreeMap<PackageId, String>,
    /// Folder of each member, relative to the root.
    folders: BTreeMap<String, String>,
    /// Normal dependencies, by package.
    links: BTreeMap<PackageId, Vec<PackageId>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Only what this platform links: the rest need not even be downloaded.
fn platform() -> String {
    let told = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

impl Workspace {
    fn read() -> Self {
        let metadata: Metadata = MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .other_options(["--filter-platform".to_owned(), platform()])
            .exec()
            .unwrap();
        let folder = |manifest: &Path| {
            let folder = manifest.parent().unwrap().canonicalize().unwrap();
            folder.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
        };
        let members = metadata.workspace_packages();
        let folders = members
            .iter()
            .map(|member| (member.name.to_string(), folder(member.manifest_path.as_std_path())))
            .collect();
        let names = metadata.packages.iter().map(|it| (it.id.clone(), it.name.to_string())).collect();
        let mut links = BTreeMap::new();
        for node in metadata.resolve.expect("cargo resolves the workspace").nodes {
            let normal = node
                .deps
                .into_iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            links.insert(node.id, normal.map(|dependency| dependency.pkg).collect());
        }
        Self { names, folders, links }
    }

    fn name(&self, id: &PackageId) -> &str {
        self.names.get(id).expect("every package has a name")
    }

    fn id(&self, name: &str) -> &PackageId {
        let found = self.names.iter().find(|(_, known)| *known == name);
        found.unwrap_or_else(|| panic!("no package `{name}`")).0
    }

    fn direct(&self, name: &str) -> BTreeSet<&str> {
        self.links.get(self.id(name)).into_iter().flatten().map(|id| self.name(id)).collect()
    }

    fn all(&self, name: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut next = vec![self.id(name)];
        while let Some(id) = next.pop() {
            for linked in self.links.get(id).into_iter().flatten() {
                if seen.insert(linked) {
                    next.push(linked);
                }
            }
        }
        seen.into_iter().map(|id| self.name(id)).collect()
    }

    fn users_of<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a str> {
        self.folders.keys().map(String::as_str).filter(move |member| self.direct(member).contains(wanted))
    }
}

/// How far up a crate stands: it may link only what stands lower.
fn height(folder: &str) -> u8 {
    match folder {
        "engine/model" | "proto/rpc" => 0,
        "rules" => 1,
        "engine/core" => 2,
        "engine/log" | "engine/store" => 3,
        // The service reads the past as an auditor's program does.
        "replay" => 4,
        "engine/server" => 5,
        "ops/sim" => 6,
        // Reads bodies as `connectors/files` does: an event means the same however it comes.
        "connectors/kafka" => 5,
        "ops/bench" | "ops/heng" => 7,
        _ if folder.starts_with("connectors/") => 4,
        _ => panic!("`{folder}` is a new crate: say in this test and in ARCHITECTURE.md where it stands"),
    }
}

#[test]
fn crates_link_only_what_stands_lower() {
    let workspace = Workspace::read();
    let mut arrows = 0;
    for (member, folder) in workspace.folders.iter().filter(|(_, folder)| *folder != "proto") {
        for linked in workspace.direct(member) {
            let Some(below) = workspace.folders.get(linked).filter(|below| *below != "proto") else { continue };
            assert!(height(folder) > height(below), "{folder} links {below}: dependencies point the other way");
            arrows += 1;
        }
    }
    assert!(arrows >= 20, "only {arrows} arrows were found");
}

#[test]
fn the_wire_types_are_known_at_the_wire_only() {
    let workspace = Workspace::read();
    assert!(workspace.direct("heng-proto").iter().all(|linked| !workspace.folders.contains_key(*linked)));
    for user in workspace.users_of("heng-proto") {
        let folder = workspace.folders.get(user).unwrap();
        let speaks = matches!(folder.as_str(), "engine/log" | "engine/server" | "ops/bench" | "proto/rpc")
            || folder.starts_with("connectors/");
        assert!(speaks, "{folder} links proto: wire types are turned into values at the edge");
    }
    assert!(workspace.users_of("heng-proto").count() > 0);
}

#[test]
fn what_decides_links_nothing_impure() {
    let workspace = Workspace::read();
    for member in PURE {
        let all = workspace.all(member);
        let impure: Vec<&str> = all.iter().copied().filter(|name| IMPURE.contains(name)).collect();
        assert!(impure.is_empty(), "{member} links {impure:?}");
        assert!(!all.contains("heng-proto"), "{member} links proto");
        let direct = workspace.direct(member);
        let named: Vec<&str> = direct.iter().copied().filter(|name| NOT_NAMED.contains(name)).collect();
        assert!(named.is_empty(), "{member} names {named:?}");
    }
}

#[test]
fn replay_needs_neither_kafka_nor_the_server() {
    let workspace = Workspace::read();
    let kafka = workspace.all("heng-kafka");
    for banned in ["heng-server", "heng-store", "tonic"] {
        assert!(!kafka.contains(banned), "connectors/kafka links {banned}: it knows the engine as a port");
    }
    let all = workspace.all("heng-replay");
    for banned in ["rdkafka", "rdkafka-sys", "heng-server", "heng-store", "tokio", "tonic"] {
        assert!(!all.contains(banned), "replay links {banned}: an auditor's program stays small");
    }
}

#[test]
fn only_the_services_know_a_runtime() {
    let workspace = Workspace::read();
    for member in ["heng-proto", "heng-log", "heng-store", "heng-files", "heng-replay"] {
        let all = workspace.all(member);
        for banned in ["heng-rpc", "hyper", "papaya", "tokio", "tonic"] {
            assert!(!all.contains(banned), "{member} links {banned}: what stores and reads logs waits for nobody");
        }
    }
    for user in workspace.users_of("heng-rpc") {
        assert!(
            ["heng-server", "heng-bench"].contains(&user),
            "{user} links heng-rpc: services are served in one place"
        );
    }
}

#[test]
fn some_crates_have_one_user() {
    let workspace = Workspace::read();
    for (name, only) in [
        ("sled", "heng-store"),
        ("cel", "heng-rules"),
        ("crc32c", "heng-log heng-objects heng-store"),
        ("object_store", "heng-objects"),
        // The benchmarks play the departments, and the bare loop that Heng is held against.
        ("rdkafka", "heng-kafka heng-bench"),
    ] {
        for user in workspace.users_of(name) {
            assert!(only.split(' ').any(|allowed| allowed == user), "{user} links {name}; only {only} may");
        }
    }
    for nobody in ["heng", "heng-bench"] {
        assert_eq!(workspace.users_of(nobody).count(), 0, "{nobody} is linked by another crate");
    }
}

/// Files below a folder that git would keep, with their text; what is no text is left out.
fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // In a linked work tree `.git` is a file.
        if matches!(name.as_str(), ".git" | "target" | "node_modules" | ".venv") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            texts(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
}

fn texts_below(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    texts(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "no file below {folder}");
    found
}

#[test]
fn nothing_refers_to_the_machine_it_was_written_on() {
    // Put together here, so that this file has none of them.
    let places = [["/wo", "rk/"], ["../sha", "red"], ["/tmp/", "t-main"], ["/ro", "ot/"]].map(|parts| parts.concat());
    let mut found = Vec::new();
    for (path, text) in texts_below(".") {
        for (at, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                found.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Does a word stand in a line by itself?
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + word.len()..).unwrap_or_default());
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

#[test]
fn what_decides_has_no_clock_no_io_no_float_and_no_hash_order() {
    const WORDS: [&str; 18] = [
        "std::time",
        "SystemTime",
        "Instant",
        "HashMap",
        "HashSet",
        "FxHashMap",
        "FxHashSet",
        "RandomState",
        "f32",
        "f64",
        "std::thread",
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "std::process",
        "std::sync::mpsc",
        "unsafe",
    ];
    let mut found = Vec::new();
    for folder in ["engine/model/src", "rules/src", "engine/core/src"] {
        for (path, text) in texts_below(folder) {
            // Tests stand at the end of a file, or in a file of their own.
            let is_tests = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (at, line) in shipped.lines().enumerate().filter(|_| !is_tests) {
                let code = line.split("//").next().unwrap_or_default();
                for word in WORDS.iter().filter(|word| has_word(code, word)) {
                    found.push(format!("{}:{}: {word}", path.display(), at + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn documents_name_files_that_exist() {
    for document in ["ARCHITECTURE.md", "HAZARDS.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let mut named = 0;
        for quoted in text.split('`').skip(1).step_by(2) {
            let (path, test) = quoted.split_once("::").map_or((quoted, None), |(path, test)| (path, Some(test)));
            let is_file = path.contains('/')
                && [".rs", ".proto", ".toml", ".md", ".yaml", ".py"].iter().any(|end| path.ends_with(end));
            if !is_file {
                continue;
            }
            named += 1;
            let text = fs::read_to_string(root().join(path))
                .unwrap_or_else(|_| panic!("{document} names `{path}`, which is not there"));
            if let Some(test) = test {
                assert!(
                    text.contains(&format!("fn {test}")),
                    "{document} names `{test}` of `{path}`, which is not there"
                );
            }
        }
        assert!(named > 10, "{document} names only {named} files");
    }
}

#[test]
fn the_unit_lets_threads_give_way() {
    // Without an error number the system kills who asks for what a filter forbids.
    let unit = fs::read_to_string(root().join("ops/deploy/heng.service")).unwrap();
    let filters: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")).collect();
    assert_eq!(filters.last(), Some(&"setpriority"), "{filters:?}");
    assert!(unit.lines().any(|line| line == "SystemCallErrorNumber=EPERM"));
}
