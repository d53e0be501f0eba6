//! What the program carries: the rule pack, and the events of the story.

use anyhow::Context;
use heng_rules::PackFiles;
use std::path::Path;

macro_rules! pack_files {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/packs/cn-hubei/", $path)))),*]
    };
}

const PACK: [(&str, &str); 8] = pack_files![
    "pack.yaml",
    "laws.yaml",
    "measures.yaml",
    "matters.yaml",
    "sectors/tax.yaml",
    "sectors/wages.yaml",
    "tests/tax.yaml",
    "tests/wages.yaml",
];

/// The story, one event a line; one line is sent twice, two are to be refused.
pub(super) const EVENTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/events.jsonl"));

/// Writes the pack and the events into a folder, for whoever goes on with them.
pub(super) fn write(root: &Path) -> anyhow::Result<PackFiles> {
    let mut files = PackFiles::new();
    for (path, text) in PACK {
        let target = root.join("pack").join(path);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        std::fs::write(&target, text).with_context(|| format!("cannot write `{}`", target.display()))?;
        files.add(path, text.as_bytes().to_vec())?;
    }
    let events = root.join("events.jsonl");
    std::fs::write(&events, EVENTS).with_context(|| format!("cannot write `{}`", events.display()))?;
    Ok(files)
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
