//! From the files of a pack to a checked [`Pack`].
//!
//! # Invariants
//!
//! All errors of all files are collected. A pack that is refused leaves no name behind in the symbols. Names get
//! their symbols in one order: the named dates, the kinds of subject, the capacities, the authorities' sources by
//! code, grade schemes by name (name, values), items by code (code, then each field: name, values), the lists by name,
//! rule ids by sector and place, then, sector by sector, whatever facts and conditions name besides, in the order
//! written.

mod basis;
mod checks;
mod facts;
mod fields;
mod findings;
mod header;
mod items;
mod laws;
mod measures;
mod names;
mod outcomes;
mod record_facts;
mod refused;
mod rule_limits;
mod rule_parts;
mod rules;
mod scope;
mod sectors;
mod strata;
mod table;

pub(crate) use names::NAMED_DATES;
pub use refused::is_refused;

use crate::diagnostic::{Diagnostic, Report};
use crate::files::PackFiles;
use crate::pack::{Pack, Place};
use crate::yaml::Document;
use heng_model::Symbols;
use names::Names;
use std::collections::BTreeMap;

/// A pack that may be used, with what is worth a look in it.
#[derive(Debug)]
pub struct Loaded {
    /// The pack.
    pub pack: Pack,
    /// Warnings, by place.
    pub findings: Vec<Diagnostic>,
}

/// Reads, checks and compiles a pack; its names are added to `symbols`.
///
/// # Errors
/// Everything that is wrong with the pack, by place.
pub fn load(files: &PackFiles, symbols: &mut Symbols) -> Result<Loaded, Vec<Diagnostic>> {
    let report = Report::default();
    let documents = read(files, &report);
    let names = Names::new(symbols.clone(), &report);
    let pack = build(files, &documents, &names);
    let grown = names.into_symbols();
    match (report.finish()?, pack) {
        (findings, Some(pack)) => {
            *symbols = grown;
            Ok(Loaded { pack, findings })
        }
        (other, None) => Err(other),
    }
}

fn read<'a>(files: &'a PackFiles, report: &'a Report) -> BTreeMap<&'a str, Document<'a>> {
    let at = |path: &str| Place { file: path.to_owned(), line: 1, column: 1 };
    for path in ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml"] {
        if files.get(path).is_none() {
            report.error(at(path), "the file is missing", "every pack has it");
        }
    }
    if files.under("sectors/").next().is_none() {
        report.error(at("sectors"), "the pack has no sector", "add a file such as `sectors/tax.yaml`");
    }
    let mut documents = BTreeMap::new();
    for (path, bytes) in files.iter() {
        if !PackFiles::is_pack_path(path) {
            report.error(
                at(path),
                "not a file of a pack",
                "a pack has pack.yaml, laws.yaml, measures.yaml, matters.yaml, calendar.yaml, sectors/*.yaml and \
                 tests/*.yaml",
            );
        } else if !path.starts_with("tests/")
            && let Some(document) = Document::read(path, bytes, report)
        {
            documents.insert(path, document);
        }
    }
    documents
}

fn build(files: &PackFiles, documents: &BTreeMap<&str, Document<'_>>, names: &Names<'_>) -> Option<Pack> {
    let root = |path: &str| documents.get(path).map(Document::root);
    let header = header::read(root("pack.yaml")?, names)?;
    let laws = root("laws.yaml").map(laws::read).unwrap_or_default();
    let measures = root("measures.yaml").map(|at| measures::read_measures(at, &header, &laws)).unwrap_or_default();
    let matters = root("matters.yaml").map(|at| measures::read_matters(at, &header, &measures)).unwrap_or_default();
    let calendar = root("calendar.yaml").map(laws::read_calendar).unwrap_or_default();
    let roots = documents.iter().filter(|(path, _)| path.starts_with("sectors/")).map(|(_, file)| file.root());
    let body = sectors::read(roots.collect(), header, laws, measures, names)?;
    let pack = Pack {
        name: body.header.name,
        version: body.header.version,
        words: body.header.words,
        sha256: files.sha256(),
        time_zone: body.header.time_zone,
        region: body.header.region,
        currency: body.header.currency,
        accepts_uscc: body.header.accepts_uscc,
        schemes: body.header.schemes,
        capacities: body.header.capacities,
        authorities: body.header.authorities.rows,
        laws: body.laws.rows,
        calendar,
        answer_within: body.header.answer_within,
        measures: body.measures.rows,
        matters: matters.rows,
        grades: body.grades.rows,
        sectors: body.sectors,
        items: body.items.rows,
        facts: body.facts,
        rules: body.rules,
        outcome_titles: body.outcome_titles,
        withdrawn: body.header.withdrawn,
    };
    // Of a broken pack the findings would be noise: what is broken is used by nobody.
    if !names.report().has_errors() {
        findings::report(&pack, names.report());
    }
    Some(pack)
}
