//! What the reading commands need of a data directory: its decisions, its packs, who is who.

use anyhow::{Context, bail};
use heng_core::{Content, Control, DecisionEvent, DecisionKind, Derived};
use heng_log::codec::decode_decision;
use heng_log::{DataDirView, JournalReader, RealDisk, Stream};
use heng_model::{Day, DecisionId, Position, SubjectId};
use heng_rules::{Pack, PackFiles};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The argument that names a data directory.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArg {
    /// Data directory, as `heng run` made it
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// A data directory, read beside whoever may be writing to it.
pub(crate) struct Data {
    pub(crate) view: DataDirView,
    disk: RealDisk,
}

impl Data {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let view = DataDirView::open(path)?;
        let disk = view.disk();
        Ok(Self { view, disk })
    }

    pub(crate) fn reader(&self, stream: Stream, partition: u16) -> anyhow::Result<JournalReader<RealDisk>> {
        let dir = DataDirView::journal_dir(stream, partition);
        Ok(JournalReader::open(&self.disk, &dir, &self.view.meta().stamp(stream, partition))?)
    }

    pub(crate) fn partitions(&self) -> std::ops::Range<u16> {
        0..self.view.meta().partitions
    }

    /// Every decision event, by partition and `seq`.
    pub(crate) fn each_decision(
        &self,
        mut visit: impl FnMut(DecisionEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for partition in self.partitions() {
            let reader = self.reader(Stream::Decisions, partition)?;
            let mut scanner = reader.scan(0);
            while let Some(frame) = scanner.next_frame() {
                let (seq, frame) = frame?;
                let event = decode_decision(frame.entry)
                    .with_context(|| format!("decision {seq} of partition {partition} cannot be read"))?;
                visit(event)?;
            }
        }
        Ok(())
    }

    /// The last revision of every decision: the truth about it.
    pub(crate) fn latest(&self) -> anyhow::Result<BTreeMap<DecisionId, DecisionEvent>> {
        self.latest_where(|_| true)
    }

    /// The last revision of every decision that is about a subject, or once was.
    pub(crate) fn latest_about(&self, subject: &SubjectId) -> anyhow::Result<BTreeMap<DecisionId, DecisionEvent>> {
        self.latest_where(|event| event.subject == *subject)
    }

    /// The last revision of every decision of which any revision is wanted; after a merge only the last ones may be.
    fn latest_where(
        &self,
        wanted: impl Fn(&DecisionEvent) -> bool,
    ) -> anyhow::Result<BTreeMap<DecisionId, DecisionEvent>> {
        let mut latest: BTreeMap<DecisionId, DecisionEvent> = BTreeMap::new();
        self.each_decision(|event| {
            let newer = match latest.get(&event.decision) {
                Some(known) => known.revision < event.revision,
                None => wanted(&event),
            };
            if newer {
                latest.insert(event.decision, event);
            }
            Ok(())
        })?;
        Ok(latest)
    }

    /// The pack in force on the current day; before the first day, the one that it will bring into force.
    pub(crate) fn pack(&self) -> anyhow::Result<Pack> {
        let Some(sha256) = self.pack_in_force()? else { bail!("no pack was ever activated in this data directory") };
        let shelf = heng_server::Shelf::open(&self.disk)?;
        let files =
            heng_core::PackSource::pack(&shelf, &sha256).context("the pack in force is not kept under `packs/`")?;
        load_files(&files)
    }

    fn pack_in_force(&self) -> anyhow::Result<Option<[u8; 32]>> {
        let mut in_force = None;
        let mut ahead: Vec<(Day, [u8; 32])> = Vec::new();
        let mut is_first = true;
        let reader = self.reader(Stream::Events, 0)?;
        let mut scanner = reader.scan(0);
        while let Some(frame) = scanner.next_frame() {
            let (offset, frame) = frame?;
            if !matches!(heng_log::codec::decode_head(frame.entry)?.type_name, "pack.activated" | "day.opened") {
                continue;
            }
            match heng_log::codec::decode_entry(Position { partition: 0, offset }, frame.entry)?.content {
                Content::Control(Control::PackActivated { sha256, on, .. }) => ahead.push((on, sha256)),
                Content::Control(Control::DayOpened { date }) => {
                    // As the fold has it: of those that are due the one activated last, all with the first day.
                    let is_due = |(on, _): &(Day, [u8; 32])| is_first || *on <= date;
                    in_force = ahead.iter().rfind(|it| is_due(it)).map(|(_, sha256)| *sha256).or(in_force);
                    ahead.retain(|it| !is_due(it));
                    is_first = false;
                }
                _ => {}
            }
        }
        Ok(in_force.or_else(|| ahead.last().map(|(_, sha256)| *sha256)))
    }

    /// The current day of the log: that of the last `day.opened`.
    pub(crate) fn today(&self) -> anyhow::Result<Day> {
        let reader = self.reader(Stream::Events, 0)?;
        let mut offset = reader.len();
        let mut buffer = Vec::new();
        while offset > 0 {
            offset -= 1;
            let frame = reader.read(offset, &mut buffer)?;
            let position = Position { partition: 0, offset };
            if heng_log::codec::decode_head(frame.entry)?.type_name == "day.opened"
                && let Content::Control(Control::DayOpened { date }) =
                    heng_log::codec::decode_entry(position, frame.entry)?.content
            {
                return Ok(date);
            }
        }
        bail!("no day was ever opened in this data directory: ingest events with `heng run` first")
    }

    /// The position that an answer read after this reflects: the last entry of a partition, if it has any.
    pub(crate) fn position(&self, partition: u16) -> anyhow::Result<Option<Position>> {
        let length = self.reader(Stream::Events, partition)?.len();
        Ok(length.checked_sub(1).map(|offset| Position { partition, offset }))
    }

    /// Who a code names: aliases and redirects as the log tells them.
    pub(crate) fn resolve(&self, given: &str, pack: Option<&Pack>) -> anyhow::Result<SubjectId> {
        let (mut directory, mut met) = (heng_server::Directory::default(), BTreeSet::new());
        if given.parse::<SubjectId>().is_ok() && !self.may_be_renamed()? {
            return Ok(directory.resolve(given, pack)?);
        }
        for partition in self.partitions() {
            let reader = self.reader(Stream::Events, partition)?;
            let mut scanner = reader.scan(0);
            while let Some(frame) = scanner.next_frame() {
                let (offset, frame) = frame?;
                let head = heng_log::codec::decode_head(frame.entry)?;
                let names = ["subject.registered", "subject.changed", "subject.merged", "subject.redirected"];
                // What is sent on is about somebody else than it was sent to, or stands there once more.
                if !names.contains(&head.type_name) || head.sent_on.is_some() && head.type_name != "subject.merged" {
                    continue;
                }
                match heng_log::codec::decode_entry(Position { partition, offset }, frame.entry)?.content {
                    Content::Event { event, sent_on: Some(sent_on), .. }
                        if !met.insert((event.subject.clone(), sent_on.from, 0)) => {}
                    Content::Event { event, .. } => {
                        // The fold refuses to merge a subject into itself, by whatever way round.
                        let is_circle = matches!(&event.body, heng_core::Body::Merged { into }
                            if directory.follow(into.clone()) == directory.follow(event.subject.clone()));
                        if !is_circle {
                            directory.note(&event);
                        }
                    }
                    // Merged into each other at once, neither was.
                    Content::Derived(Derived::Redirected { to, from, part, source_position, .. })
                        if to == from && met.insert((to.clone(), source_position, part)) =>
                    {
                        directory.forget_redirect(&to);
                    }
                    _ => {}
                }
            }
        }
        Ok(directory.resolve(given, pack)?)
    }

    /// Has any subject ever been merged?
    fn may_be_renamed(&self) -> anyhow::Result<bool> {
        for partition in self.partitions() {
            let reader = self.reader(Stream::Events, partition)?;
            let mut scanner = reader.scan(0);
            while let Some(frame) = scanner.next_frame() {
                if heng_log::codec::decode_head(frame?.1.entry)?.type_name == "subject.merged" {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// Is the event shown to departments?
pub(crate) fn is_visible(event: &DecisionEvent) -> bool {
    event.kind != DecisionKind::Scheduled
}

/// Loads a pack's files; every diagnostic is part of the error.
pub(crate) fn load_files(files: &PackFiles) -> anyhow::Result<Pack> {
    let loaded = heng_rules::load(files, &mut heng_model::Symbols::default());
    Ok(loaded.map_err(|diagnostics| anyhow::anyhow!(diagnostics_text(&diagnostics)))?.pack)
}

/// Diagnostics, a paragraph each.
pub(crate) fn diagnostics_text(diagnostics: &[heng_rules::Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    format!("the pack has errors\n{}", lines.join("\n"))
}

/// Reads a pack's folder.
pub(crate) fn read_pack(dir: &Path) -> anyhow::Result<PackFiles> {
    let mut files = PackFiles::new();
    if !dir.is_dir() {
        bail!("`{}` is no folder: name the folder that holds pack.yaml", dir.display());
    }
    for folder in ["", "sectors", "tests"] {
        let path = dir.join(folder);
        if !path.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&path).with_context(|| format!("cannot read `{}`", path.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let inside = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() || !name.ends_with(".yaml") {
                continue;
            }
            let bytes =
                std::fs::read(entry.path()).with_context(|| format!("cannot read `{}`", entry.path().display()))?;
            files.add(&inside, bytes).with_context(|| format!("`{}` is no file of a pack", entry.path().display()))?;
        }
    }
    Ok(files)
}
