//! `heng pack new`: a pack, or a sector of one, to begin with.

use super::schema;
use crate::data::read_pack;
use crate::output::line;
use anyhow::{Context, bail};
use heng_model::{Period, Symbols};
use heng_replay::cases::run_cases;
use heng_rules::{Law, Measure, MeasureKind, Pack, PackFiles, load};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack new packs/cn-example
  heng pack new --sector water packs/cn-example

A new pack has one authority, law, measure and matter and a sector `example`; a new sector takes the pack's first authority
and the first law and measure that fit. Each comes with an item, a fact, a rule on records and one on a condition, and
cases at their boundaries: `heng pack check` and `heng pack test` pass as they are. Nothing that exists is overwritten.

Each file names its JSON Schema (folder .schema), so that editors which know the YAML language server offer the keys.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Add a sector of this name to an existing pack
    #[arg(long, value_name = "NAME")]
    sector: Option<String>,
}

/// The sector that a new pack begins with.
const FIRST_SECTOR: &str = "example";
const SHARED: [(&str, &str); 4] = [
    ("pack.yaml", include_str!("new/pack.yaml")),
    ("laws.yaml", include_str!("new/laws.yaml")),
    ("measures.yaml", include_str!("new/measures.yaml")),
    ("matters.yaml", include_str!("new/matters.yaml")),
];
const SECTOR: &str = include_str!("new/sector.yaml");
const TESTS: &str = include_str!("new/tests.yaml");
/// How long the rules of a new sector last.
const TERM: &str = "P1Y";
/// The years that its cases need the law to be in force.
const YEARS: i32 = 4;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let written = match &args.sector {
        Some(sector) => new_sector(&args.dir, sector)?,
        None => new_pack(&args.dir)?,
    };
    for path in &written {
        line(&format!("written: {}", args.dir.join(path).display()))?;
    }
    let dir = args.dir.display();
    line(&format!("next: heng pack check {dir}; heng pack test {dir} --watch"))?;
    Ok(ExitCode::SUCCESS)
}

fn new_pack(dir: &Path) -> anyhow::Result<Vec<String>> {
    if dir.exists() && dir.read_dir().with_context(|| format!("cannot read `{}`", dir.display()))?.next().is_some() {
        bail!("`{}` is not empty: name a new folder, or add a sector with --sector NAME", dir.display());
    }
    let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    must_be_code(&name, "the pack")?;
    let mut files = PackFiles::new();
    for (path, text) in SHARED {
        files.add(path, text.replace("{{pack}}", &name).into_bytes())?;
    }
    // A pack without a sector does not load: what the first one rests on is what the files above declare.
    let sector = Begin { authority: "office", basis: "example-law#1", measure: "example.limit", year: 2023 };
    add_sector(&mut files, FIRST_SECTOR, &sector)?;
    verify(&files)?;
    write(dir, &files, |_| true)
}

fn new_sector(dir: &Path, sector: &str) -> anyhow::Result<Vec<String>> {
    must_be_code(sector, "a sector")?;
    let mut files = read_pack(dir)?;
    let pack = match load(&files, &mut Symbols::default()) {
        Ok(loaded) => loaded.pack,
        Err(_) => bail!("`{}` has errors: `heng pack check {}` shows them", dir.display(), dir.display()),
    };
    let paths = [format!("sectors/{sector}.yaml"), format!("tests/{sector}.yaml")];
    if let Some(path) = paths.iter().find(|path| files.get(path).is_some()) {
        bail!("`{}` exists already: name another sector", dir.join(path).display());
    }
    if pack.sectors.iter().any(|known| known.code == sector) {
        bail!("the pack has a sector `{sector}` already: name another");
    }
    let begin = Begin::of(&pack)?;
    add_sector(&mut files, sector, &begin.as_ref())?;
    verify(&files)?;
    write(dir, &files, |path| paths.iter().any(|new| new == path))
}

fn must_be_code(name: &str, what: &str) -> anyhow::Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || !name.chars().all(fits) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        bail!("`{name}` cannot name {what}: use letters, digits, `.`, `-` and `_`, a letter first");
    }
    Ok(())
}

/// What a new sector is made of.
struct Begin<'a> {
    authority: &'a str,
    basis: &'a str,
    measure: &'a str,
    year: i32,
}

struct Owned {
    authority: String,
    basis: String,
    measure: String,
    year: i32,
}

impl Owned {
    fn as_ref(&self) -> Begin<'_> {
        Begin { authority: &self.authority, basis: &self.basis, measure: &self.measure, year: self.year }
    }
}

impl Begin<'_> {
    /// The first authority, law and measure of a pack with which the rules of a new sector are sound.
    fn of(pack: &Pack) -> anyhow::Result<Owned> {
        let term: Period = TERM.parse()?;
        let allows = |max: Option<Period>| max.is_none_or(|max| max.compare(term).is_some_and(Ordering::is_ge));
        let law_fits = |law: &&Law| law.in_force.last.is_forever() && allows(law.max);
        let measure_fits = |measure: &&Measure| {
            let laws = measure.basis.iter().filter_map(|basis| pack.laws.get(basis.law.at()));
            let lawful = measure.max.is_some() || laws.into_iter().all(|law| allows(law.max));
            measure.kind == MeasureKind::Sanction
                && measure.capacities.is_empty()
                && measure.subjects.iter().any(|kind| kind == heng_model::SubjectKind::Enterprise)
                && allows(measure.max)
                && lawful
        };
        let authority = pack.authorities.first().context("the pack has no authority: declare one in pack.yaml")?;
        let law = pack.laws.iter().find(law_fits).with_context(|| {
            format!("no law of the pack is in force without end and allows {TERM}: declare one in laws.yaml")
        })?;
        let measure = pack.measures.iter().find(measure_fits).with_context(|| {
            format!("no sanction of the pack may bear on enterprises for {TERM}: declare one in measures.yaml")
        })?;
        let article = law.articles.first().map(|article| format!("#{article}")).unwrap_or_default();
        let first = if law.in_force.first.year() > 1 { law.in_force.first.year() + 1 } else { 2023 };
        Ok(Owned {
            authority: authority.code.clone(),
            basis: format!("\"{}{article}\"", law.id),
            measure: measure.code.clone(),
            year: first.max(2023 - YEARS),
        })
    }
}

fn add_sector(files: &mut PackFiles, sector: &str, begin: &Begin<'_>) -> anyhow::Result<()> {
    let filled = |text: &str| {
        text.replace("{{sector}}", sector)
            .replace("{{authority}}", begin.authority)
            .replace("{{basis}}", begin.basis)
            .replace("{{measure}}", begin.measure)
            .replace("{{year}}", &begin.year.to_string())
            .replace("{{next}}", &(begin.year + 1).to_string())
            .replace("{{last}}", &(begin.year + 2).to_string())
            .into_bytes()
    };
    files.add(&format!("sectors/{sector}.yaml"), filled(SECTOR))?;
    files.add(&format!("tests/{sector}.yaml"), filled(TESTS))?;
    Ok(())
}

/// Nothing is written that does not pass.
fn verify(files: &PackFiles) -> anyhow::Result<()> {
    let report = run_cases(files, None).context("nothing was written: the new sector does not go with this pack")?;
    let failed = report.runs.iter().find_map(|run| Some((run, run.failures.first()?)));
    if let Some((run, failure)) = failed {
        bail!(
            "nothing was written: case `{}` fails in this pack: expected {}, found {}",
            run.case.name,
            failure.expected,
            failure.found
        );
    }
    Ok(())
}

fn write(dir: &Path, files: &PackFiles, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<String>> {
    let mut written = Vec::new();
    let mut put = |path: String, bytes: &[u8]| {
        let target = dir.join(&path);
        let folder = target.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        std::fs::write(&target, bytes).with_context(|| format!("cannot write `{}`", target.display()))?;
        written.push(path);
        anyhow::Ok(())
    };
    for (path, bytes) in files.iter().filter(|(path, _)| wanted(path)) {
        put(path.to_owned(), bytes)?;
    }
    for kind in heng_rules::SCHEMA_KINDS {
        put(format!(".schema/{kind}.json"), schema::of(Some(kind))?.as_bytes())?;
    }
    Ok(written)
}
