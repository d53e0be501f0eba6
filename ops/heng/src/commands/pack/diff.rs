//! `heng pack diff`: what changes for whom between two packs.

use crate::data::{diagnostics_text, read_pack};
use crate::output::line;
use heng_model::{Day, Symbols};
use heng_replay::handbook::{Entry, Line, Row, entries};
use heng_rules::{Diagnostic, Pack, check_succession, load};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack diff packs/2026.11 packs/2026.12
  heng pack diff packs/2026.11 packs/2026.12 --on 2026-12-01

Compares what the packs mean, clause by clause, not how they are written: comments, order and spacing are no differences.
With --on it says too whether B may follow A on a log from that day on.

Exit code 0 where both packs load, whether or not they differ; 1 where B may not follow A on the day, or on failure.")]
pub(super) struct Args {
    /// Folder of the older pack
    #[arg(value_name = "A")]
    old: PathBuf,
    /// Folder of the newer pack
    #[arg(value_name = "B")]
    new: PathBuf,
    /// Day from which B is to be in force after A
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// One difference a line, as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (old, old_symbols) = read(&args.old)?;
    let (new, new_symbols) = read(&args.new)?;
    let (before, after) = (entries(&old, &old_symbols), entries(&new, &new_symbols));
    let changes = changes(&before, &after);
    if !args.json {
        line(&format!("{}@{} -> {}@{}", old.name, old.version, new.name, new.version))?;
    }
    for change in &changes {
        line(&if args.json { change_json(change).to_string() } else { change_text(change) })?;
    }
    if !args.json && changes.is_empty() {
        line("no difference in what the packs mean")?;
    }
    let errors = args.on.map(|on| check_succession(&old, &new, on));
    if let (Some(errors), Some(on)) = (&errors, args.on) {
        tell_succession(args, errors, on)?;
    }
    Ok(if errors.is_some_and(|errors| !errors.is_empty()) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(dir: &Path) -> anyhow::Result<(Pack, Symbols)> {
    let mut symbols = Symbols::default();
    let loaded = load(&read_pack(dir)?, &mut symbols);
    let loaded = loaded.map_err(|found| anyhow::anyhow!("`{}`: {}", dir.display(), diagnostics_text(&found)))?;
    Ok((loaded.pack, symbols))
}

/// A difference.
#[derive(Debug, PartialEq, Eq)]
enum Change<'e> {
    Added(&'e Entry),
    Removed(&'e Entry),
    Changed { entry: &'e Entry, parts: Vec<PartChange> },
}

/// A clause that reads differently: its lines gone, and its lines new.
#[derive(Debug, PartialEq, Eq)]
struct PartChange {
    label: heng_core::Bilingual,
    gone: Vec<Line>,
    new: Vec<Line>,
}

fn changes<'e>(old: &'e [Entry], new: &'e [Entry]) -> Vec<Change<'e>> {
    let find = |list: &'e [Entry], wanted: &Entry| {
        list.iter().find(|entry| entry.kind == wanted.kind && entry.code == wanted.code)
    };
    let mut changes: Vec<Change<'e>> = Vec::new();
    for entry in new {
        match find(old, entry) {
            None => changes.push(Change::Added(entry)),
            Some(before) => {
                let parts = part_changes(before, entry);
                if !parts.is_empty() {
                    changes.push(Change::Changed { entry, parts });
                }
            }
        }
    }
    changes.extend(old.iter().filter(|entry| find(new, entry).is_none()).map(Change::Removed));
    changes.sort_by_key(|change| change.entry().kind);
    changes
}

fn part_changes(old: &Entry, new: &Entry) -> Vec<PartChange> {
    let lines = |entry: &Entry, label: &heng_core::Bilingual| -> Vec<Line> {
        let part: Option<&Row> = entry.parts.iter().find(|part| part.label == *label);
        part.map(|part| part.lines.clone()).unwrap_or_default()
    };
    let mut parts = Vec::new();
    if old.title != new.title {
        let title = |entry: &Entry| vec![Line { depth: 0, text: entry.title.clone() }];
        let label = heng_core::Bilingual { zh: "名称".to_owned(), en: "Title".to_owned() };
        parts.push(PartChange { label, gone: title(old), new: title(new) });
    }
    let vanished = old.parts.iter().filter(|part| !new.parts.iter().any(|other| other.label == part.label));
    for part in new.parts.iter().chain(vanished) {
        let (before, after) = (lines(old, &part.label), lines(new, &part.label));
        if before != after {
            let gone = before.iter().filter(|line| !after.contains(line)).cloned().collect();
            let added = after.iter().filter(|line| !before.contains(line)).cloned().collect();
            parts.push(PartChange { label: part.label.clone(), gone, new: added });
        }
    }
    parts
}

impl<'e> Change<'e> {
    fn entry(&self) -> &'e Entry {
        match self {
            Self::Added(entry) | Self::Removed(entry) | Self::Changed { entry, .. } => entry,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Changed { .. } => "changed",
        }
    }
}

fn change_text(change: &Change<'_>) -> String {
    let entry = change.entry();
    let title = one_line(&entry.title);
    let mut text = format!("\n{} {} {}: {title}", entry.kind.word(), entry.code, change.word());
    let mut say = |sign: char, lines: &[Line]| {
        for line in lines {
            let indent = "  ".repeat(usize::from(line.depth));
            text.push_str(&format!("\n    {sign} {indent}{}", one_line(&line.text)));
        }
    };
    match change {
        Change::Added(entry) => entry.parts.iter().for_each(|part| say('+', &titled(part))),
        Change::Removed(entry) => entry.parts.iter().for_each(|part| say('-', &titled(part))),
        Change::Changed { parts, .. } => {
            for part in parts {
                say(' ', &[Line { depth: 0, text: part.label.clone() }]);
                say('-', &part.gone);
                say('+', &part.new);
                if part.gone.is_empty() && part.new.is_empty() {
                    // The same lines, otherwise joined or ordered.
                    say('~', &[Line { depth: 0, text: both("次序或者层级变更", "order or nesting changed") }]);
                }
            }
        }
    }
    text
}

fn both(zh: &str, en: &str) -> heng_core::Bilingual {
    heng_core::Bilingual { zh: zh.to_owned(), en: en.to_owned() }
}

fn titled(part: &Row) -> Vec<Line> {
    let head = Line { depth: 0, text: part.label.clone() };
    let inner = part.lines.iter().map(|line| Line { depth: line.depth.saturating_add(1), text: line.text.clone() });
    std::iter::once(head).chain(inner).collect()
}

fn one_line(text: &heng_core::Bilingual) -> String {
    if text.zh == text.en { text.zh.clone() } else { format!("{} | {}", text.zh, text.en) }
}

fn change_json(change: &Change<'_>) -> Value {
    let lines = |lines: &[Line]| -> Vec<Value> {
        lines.iter().map(|line| json!({"depth": line.depth, "zh": line.text.zh, "en": line.text.en})).collect()
    };
    let entry = change.entry();
    let parts: Vec<Value> = match change {
        Change::Added(entry) => {
            entry.parts.iter().map(|part| json!({"part": part.label.en, "new": lines(&part.lines)})).collect()
        }
        Change::Removed(entry) => {
            entry.parts.iter().map(|part| json!({"part": part.label.en, "gone": lines(&part.lines)})).collect()
        }
        Change::Changed { parts, .. } => {
            let part =
                |part: &PartChange| json!({"part": part.label.en, "gone": lines(&part.gone), "new": lines(&part.new)});
            parts.iter().map(part).collect()
        }
    };
    json!({
        "change": change.word(), "kind": entry.kind.word(), "code": entry.code,
        "title": {"zh": entry.title.zh, "en": entry.title.en}, "parts": parts,
    })
}

fn tell_succession(args: &Args, errors: &[Diagnostic], on: Day) -> anyhow::Result<()> {
    if args.json {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return line(&json!({"on": on.to_string(), "may_follow": errors.is_empty(), "errors": errors}).to_string());
    }
    if errors.is_empty() {
        return line(&format!("\nB may follow A from {on} on"));
    }
    line(&format!("\nB may not follow A from {on} on:"))?;
    errors.iter().try_for_each(|error| line(&format!("  {}/{error}", args.new.display())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use heng_rules::PackFiles;

    /// The published list's pack, with a text of its sector replaced.
    fn pack(from: &str, to: &str) -> (Pack, Symbols) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/ofac-sdn");
        let mut files = PackFiles::new();
        for (path, bytes) in read_pack(&dir).unwrap().iter() {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let text = if path.starts_with("sectors/") { text.replace(from, to) } else { text };
            files.add(path, text.into_bytes()).unwrap();
        }
        let mut symbols = Symbols::default();
        let pack = load(&files, &mut symbols).unwrap().pack;
        (pack, symbols)
    }

    fn texts(from: &str, to: &str) -> Vec<String> {
        let ((old, old_symbols), (new, new_symbols)) = (pack("", ""), pack(from, to));
        let (old, new) = (entries(&old, &old_symbols), entries(&new, &new_symbols));
        changes(&old, &new).iter().map(change_text).collect()
    }

    #[test]
    fn what_is_written_otherwise_and_means_the_same_is_no_difference() {
        assert_eq!(texts("sector: sdn", "# a comment\nsector: sdn"), Vec::<String>::new());
    }

    #[test]
    fn a_clause_that_changes_is_shown_as_it_was_and_as_it_is() {
        let found = texts("for_each: ofac.listing", "for_each: ofac.listing\n    lasts: P5Y");
        assert_eq!(
            found,
            [
                "\nrule ofac.sdn changed: 列入特别指定国民清单 | On the list of specially designated nationals\n      期限 | Last day\n    \
              - 无固定期限：至记录修复、撤销或者失效为止 | Open: until the record is repaired, retracted or no longer valid\n    \
              + 自起始日起5年 | 5 years from the first day"
            ]
        );
    }

    #[test]
    fn a_rule_of_another_id_is_removed_and_added() {
        let found = texts("id: ofac.sdn", "id: ofac.listed");
        assert_eq!(found.len(), 2);
        assert!(
            found[0].starts_with("\nrule ofac.listed added: ") && found[1].starts_with("\nrule ofac.sdn removed: ")
        );
    }
}
