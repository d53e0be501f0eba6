//! The pack under which everything is measured.

use anyhow::{Context, anyhow};
use heng_core::PackSource;
use heng_model::Symbols;
use heng_rules::{Pack, PackFiles, load};
use std::fmt::Write as _;
use std::path::Path;

/// One pack, found by its hash.
pub(crate) struct OnePack {
    pub(crate) files: PackFiles,
    sha256: [u8; 32],
}

impl PackSource for OnePack {
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        (self.sha256 == *sha256).then(|| self.files.clone())
    }
}

impl OnePack {
    /// The pack `cn-hubei` of this source tree.
    pub(crate) fn hubei() -> anyhow::Result<Self> {
        Self::hubei_with(0)
    }

    /// Its tax and wages sectors alone, with the files that all sectors share.
    pub(crate) fn tax_and_wages() -> anyhow::Result<Self> {
        let files = read(|sector| sector.starts_with("tax") || sector == "wages.yaml")?;
        Ok(Self { sha256: files.sha256(), files })
    }

    /// The same with rules over items that no event names.
    pub(crate) fn hubei_with(extra_rules: usize) -> anyhow::Result<Self> {
        let mut files = read(|_| true)?;
        for part in 0..extra_rules.div_ceil(RULES_A_SECTOR) {
            let rules = RULES_A_SECTOR.min(extra_rules - part * RULES_A_SECTOR);
            files.add(&format!("sectors/extra{part}.yaml"), sector(part, rules, "2023-05-01").into_bytes())?;
        }
        Ok(Self { sha256: files.sha256(), files })
    }

    /// A pack that may follow it, and others made so with fewer rules: its rules are law later.
    pub(crate) fn hubei_next(rules: usize) -> anyhow::Result<Self> {
        let mut files = Self::hubei()?.files;
        files.add("sectors/extra0.yaml", sector(0, rules, "2030-01-01").into_bytes())?;
        Ok(Self { sha256: files.sha256(), files })
    }

    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    pub(crate) fn load(&self, symbols: &mut Symbols) -> anyhow::Result<Pack> {
        let loaded = load(&self.files, symbols).map_err(|errors| match errors.first() {
            Some(first) => anyhow!("the pack does not load: {first}"),
            None => anyhow!("the pack does not load"),
        })?;
        Ok(loaded.pack)
    }
}

/// The files of the pack `cn-hubei`, of its sectors those that are wanted by their file's name.
fn read(is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<PackFiles> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/cn-hubei");
    let mut files = PackFiles::new();
    for folder in ["", "sectors"] {
        let dir = root.join(folder);
        let listed = std::fs::read_dir(&dir).with_context(|| format!("cannot read `{}`", dir.display()))?;
        for entry in listed {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !folder.is_empty() && !is_wanted(&name) {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if PackFiles::is_pack_path(&path) && entry.file_type()?.is_file() {
                files.add(&path, std::fs::read(entry.path())?)?;
            }
        }
    }
    Ok(files)
}

const RULES_A_SECTOR: usize = 100;

/// A sector whose rules read only its own items: half of them on records, half on counts of them.
fn sector(part: usize, rules: usize, from: &str) -> String {
    let mut text = format!("sector: extra{part}\nzh: 其他\nen: Other\nitems:\n");
    let items = rules.div_ceil(10);
    for item in 0..items {
        let _ = writeln!(
            text,
            "  extra{part}.penalty{item}:\n    zh: 处罚\n    en: Penalty\n    source: [hrss]\n    subjects: [enterprise]\n    \
             category: penalty\n    disclosure: public\n    on_objection: keep\n    basis: [apl#48]\n    fields:\n      \
             amount: {{type: money, required: true, zh: 罚款金额, en: Fine}}"
        );
    }
    text.push_str("facts:\n");
    for item in 0..items {
        let _ = writeln!(text, "  count{item}: {{count: extra{part}.penalty{item}, within: P1Y, zh: 次数, en: Times}}");
    }
    text.push_str("rules:\n");
    for rule in 0..rules {
        let item = rule % items;
        let _ = writeln!(
            text,
            "  - id: extra{part}.rule{rule}\n    zh: 规则\n    en: Rule\n    basis: [apl#48]\n    effective: {{from: {from}}}"
        );
        if rule.is_multiple_of(2) {
            let _ = writeln!(
                text,
                "    for_each: extra{part}.penalty{item}\n    where: \"record.amount >= money('{rule}')\"\n    lasts: P1Y"
            );
        } else {
            let _ = writeln!(text, "    when: \"count{item} >= {rule}\"\n    lasts: P1Y");
        }
        let _ = writeln!(text, "    outcome: {{list: extra{part}.published, measures: [publication.penalty]}}");
    }
    text
}
