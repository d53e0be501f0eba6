//! The province under the pack it is made for: the fold refuses nothing.

use super::{Kind, Options, bytes};
use heng_core::{Content, Control, Effect, Entry, Identity, Outputs, PackSource, Partition};
use heng_files::parse_line;
use heng_model::{Day, Position, TimeZone};
use heng_rules::PackFiles;
use sha2::{Digest, Sha256};
use std::path::Path;

struct OnePack(PackFiles);

impl PackSource for OnePack {
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        (self.0.sha256() == *sha256).then(|| self.0.clone())
    }
}

fn hubei() -> OnePack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/cn-hubei");
    let mut files = PackFiles::new();
    for folder in ["", "sectors/"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = format!("{folder}{}", entry.unwrap().file_name().to_str().unwrap());
            if PackFiles::is_pack_path(&path) {
                files.add(&path, std::fs::read(root.join(&path)).unwrap()).unwrap();
            }
        }
    }
    OnePack(files)
}

struct Log {
    packs: OnePack,
    partition: Partition,
    offset: u64,
    decisions: usize,
    refused: Vec<String>,
    duplicates: u64,
}

impl Log {
    fn step(&mut self, known_ms: i64, content: Content<'_>) {
        let position = Position { partition: self.partition.id(), offset: self.offset };
        self.offset += 1;
        let mut outputs = Outputs::default();
        self.partition.step(&Entry { position, known_ms, content }, &self.packs, &mut outputs).unwrap();
        assert!(outputs.effects.iter().all(|effect| matches!(effect, Effect::Forward { .. })));
        self.decisions += outputs.drafts.len();
        self.duplicates += u64::from(outputs.duplicate);
        self.refused.extend(outputs.refused.into_iter().map(|(_, refusal)| refusal.to_string()));
    }

    fn open_days(&mut self, last: Day, known_ms: i64) {
        let mut next = self.partition.day().map_or(last, Day::next);
        while next <= last {
            self.step(known_ms, Content::Control(Control::DayOpened { date: next }));
            next = next.next();
        }
    }
}

fn hash(parts: &[&str]) -> u64 {
    let digest = Sha256::digest(parts.join("\n"));
    u64::from_be_bytes(digest[..8].try_into().unwrap())
}

#[test]
fn the_fold_refuses_nothing() {
    let (out, totals) = bytes(&Options::new(1, 1_200, 10));
    for kind in Kind::ALL {
        assert!(totals.of(*kind) > 0, "no {} to be folded", kind.name());
    }
    let packs = hubei();
    let sha256 = packs.0.sha256();
    let partition = Partition::new(0, 1);
    let mut log = Log { packs, partition, offset: 0, decisions: 0, refused: Vec::new(), duplicates: 0 };
    let zone: TimeZone = "Asia/Shanghai".parse().unwrap();
    let on = "2016-11-01".parse().unwrap();
    let activated = Control::PackActivated { pack: "cn-hubei", version: "test", sha256, on };
    log.step(0, Content::Control(activated));
    for line in str::from_utf8(&out).unwrap().lines() {
        let parsed = parse_line(line.as_bytes()).unwrap();
        let mut event = parsed.event_without_aliases().unwrap();
        let known_ms = parsed.time_ms().unwrap();
        log.open_days(zone.civil_day(known_ms), known_ms);
        // Intake names the subject that took over a merged one's history.
        if let Some((now, _)) = log.partition.subject(&event.subject) {
            event.subject = now.clone();
        }
        let name = hash(&[event.source, event.id]);
        let content = u32::try_from(hash(&[line]) >> 32).unwrap();
        let identity = Identity { name, content };
        log.step(known_ms, Content::Event { event, identity, sent_on: None });
    }
    assert_eq!(log.refused, Vec::<String>::new());
    assert_eq!(log.duplicates, totals.duplicates);
    assert!(log.decisions > 3_000, "{}", log.decisions);
    let parked =
        log.partition.subjects().filter(|(_, it)| it.more.as_ref().is_some_and(|more| !more.parked.is_empty()));
    let parked = parked.count();
    assert!(parked < 5, "{parked} subjects with events that wait for ever");
}
