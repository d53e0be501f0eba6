//! What the program carries: the rule pack, and the events of the story.

use anyhow::Context;
use heng_rules::PackFiles;
use include_dir::{Dir, DirEntry, include_dir};
use std::path::Path;

/// Every file of the pack: whoever adds a sector has nothing to list.
static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules/packs/cn-hubei");

/// The story, one event a line; one line is sent twice, two are to be refused.
pub(super) const EVENTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/events.jsonl"));

/// Writes the pack and the events into a folder, for whoever goes on with them.
pub(super) fn write(root: &Path) -> anyhow::Result<PackFiles> {
    let mut files = PackFiles::new();
    let pack = root.join("pack");
    unpack(&PACK, &pack, &mut files)?;
    let events = root.join("events.jsonl");
    std::fs::write(&events, EVENTS).with_context(|| format!("cannot write `{}`", events.display()))?;
    Ok(files)
}

fn unpack(dir: &Dir<'_>, pack: &Path, files: &mut PackFiles) -> anyhow::Result<()> {
    let target = pack.join(dir.path());
    std::fs::create_dir_all(&target).with_context(|| format!("cannot make `{}`", target.display()))?;
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => unpack(inner, pack, files)?,
            DirEntry::File(file) => {
                let target = pack.join(file.path());
                std::fs::write(&target, file.contents())
                    .with_context(|| format!("cannot write `{}`", target.display()))?;
                let path = file.path().to_str().context("a file's name in the pack")?;
                files.add(path, file.contents().to_vec())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_program_carries_the_pack_of_the_repository_whole() {
        let carried = write(tempfile::tempdir().unwrap().path()).unwrap();
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/cn-hubei");
        let there = crate::data::read_pack(&there).unwrap();
        let paths = |files: &PackFiles| files.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>();
        assert_eq!(paths(&carried), paths(&there));
        assert_eq!(carried.sha256(), there.sha256());
    }
}
