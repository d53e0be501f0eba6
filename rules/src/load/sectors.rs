//! The sector files: grades, items and lists of the whole pack first, then facts and rules file by file.

use super::checks;
use super::facts;
use super::fields;
use super::header::Header;
use super::items;
use super::names::Names;
use super::outcomes;
use super::rules;
use super::strata;
use super::table::{Table, declarations, words};
use crate::pack::{Fact, GradeScheme, Item, Law, Measure, OutcomeRef, Place, Rule, Sector, SectorIdx, Words};
use crate::yaml::{At, Map};
use heng_model::Symbol;
use std::collections::BTreeMap;

/// What facts and rules refer to.
pub(crate) struct World<'a> {
    pub(crate) header: &'a Header,
    pub(crate) laws: &'a Table<Law>,
    pub(crate) measures: &'a Table<Measure>,
    pub(crate) grades: &'a Table<GradeScheme>,
    pub(crate) items: &'a Table<Item>,
    /// Every list that some rule gives.
    pub(crate) lists: &'a BTreeMap<String, Symbol>,
    pub(crate) names: &'a Names<'a>,
}

/// Everything but the matters.
pub(crate) struct Body {
    pub(crate) header: Header,
    pub(crate) laws: Table<Law>,
    pub(crate) measures: Table<Measure>,
    pub(crate) grades: Table<GradeScheme>,
    pub(crate) sectors: Vec<Sector>,
    pub(crate) items: Table<Item>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) outcome_titles: Vec<(OutcomeRef, Words)>,
}

struct File<'a> {
    code: &'a str,
    index: SectorIdx,
    map: Map<'a>,
}

const KEYS: [&str; 8] = ["sector", "zh", "en", "grades", "outcomes", "items", "facts", "rules"];

pub(crate) fn read(
    roots: Vec<At<'_>>,
    header: Header,
    laws: Table<Law>,
    measures: Table<Measure>,
    names: &Names<'_>,
) -> Option<Body> {
    let files = files(roots);
    let sectors = files.iter().map(|file| Sector { code: file.code.to_owned(), words: words(file.map, file.code) });
    let sectors = sectors.collect();
    let grades = grades(&files, names);
    let items = read_items(&files, &items::Around { header: &header, laws: &laws, names });
    let lists = lists(&files, names);
    let world = World {
        header: &header,
        laws: &laws,
        measures: &measures,
        grades: &grades,
        items: &items,
        lists: &lists,
        names,
    };
    let outcome_titles = outcome_titles(&files, &world);
    let (facts, mut rules) = facts_and_rules(&files, &world);
    checks::withdrawals(&world, &rules);
    strata::assign(&mut rules, &facts, names.report());
    Some(Body { sectors, grades, items, facts, rules, outcome_titles, header, laws, measures })
}

/// Sector files by code.
fn files(roots: Vec<At<'_>>) -> Vec<File<'_>> {
    let mut files: Vec<(&str, Map<'_>)> = Vec::new();
    for at in roots {
        let Some(map) = at.map("a sector file", &KEYS) else { continue };
        let Some((code_at, code)) = map.need("sector").and_then(|at| Some((at, at.text()?))) else { continue };
        if !super::names::is_code(code) {
            code_at.error(format!("`{code}` cannot be a code"), "use letters, digits, `.`, `-` and `_`");
        }
        if let Some((_, other)) = files.iter().find(|(known, _)| *known == code) {
            code_at.error(
                format!("sector `{code}` has a second file"),
                format!("the first is {}; a sector is one file", other.at.place().file),
            );
        }
        files.push((code, map));
    }
    files.sort_by_key(|(code, _)| *code);
    let index = |at: usize| SectorIdx(u16::try_from(at).unwrap_or(u16::MAX));
    files.into_iter().enumerate().map(|(at, (code, map))| File { code, index: index(at), map }).collect()
}

/// Declarations of one kind in all files, by code; a code declared twice is reported.
fn all<'a>(files: &[File<'a>], key: &str) -> Vec<(&'a str, At<'a>, At<'a>, SectorIdx)> {
    let mut list: Vec<(&str, At<'_>, At<'_>, SectorIdx)> = Vec::new();
    for file in files {
        let declared = file.map.get(key).map(|at| declarations(at, key)).unwrap_or_default();
        list.extend(declared.into_iter().map(|(code, key, value)| (code, key, value, file.index)));
    }
    list.sort_by_key(|(code, ..)| *code);
    for pair in list.windows(2) {
        if let [(code, first, ..), (same, second, ..)] = pair
            && code == same
        {
            second.error(format!("`{code}` is declared twice"), format!("first in {}", first.place()));
        }
    }
    list.dedup_by_key(|(code, ..)| *code);
    list
}

fn grades(files: &[File<'_>], names: &Names<'_>) -> Table<GradeScheme> {
    let mut table = Table::default();
    for (name, key, value, _) in all(files, "grades") {
        names.intern(name);
        let values = fields::symbols(value, names);
        table.declare(name, key, values.map(|values| GradeScheme { name: name.to_owned(), values }));
    }
    table
}

/// Titles of lists and grades, by the names under which facts read them.
fn outcome_titles(files: &[File<'_>], world: &World<'_>) -> Vec<(OutcomeRef, Words)> {
    let mut titles: Vec<(OutcomeRef, Words)> = Vec::new();
    let mut firsts: Vec<(OutcomeRef, Place)> = Vec::new();
    let written = files.iter().filter_map(|file| file.map.get("outcomes")).flat_map(|at| at.entries("outcomes"));
    for (key, at) in written {
        let (Some(outcome), Some(name)) = (outcomes::read(key, world), key.text()) else { continue };
        let Some(map) = at.map("a title", &["zh", "en"]) else { continue };
        if matches!(outcome, OutcomeRef::Measure(_)) {
            key.error("a measure has its title in measures.yaml", "give titles to lists and grades here");
        } else if let Some((_, first)) = firsts.iter().find(|(known, _)| *known == outcome) {
            key.error(format!("outcome `{name}` has two titles"), format!("keep one of them; first in {first}"));
        } else {
            firsts.push((outcome, key.place()));
            if map.need("zh").is_some() {
                titles.push((outcome, words(map, name)));
            }
        }
    }
    titles
}

fn read_items(files: &[File<'_>], around: &items::Around<'_>) -> Table<Item> {
    let mut table = Table::default();
    for (code, key, value, sector) in all(files, "items") {
        table.declare(code, key, items::read(code, key, value, sector, around));
    }
    table
}

/// The rules of a file as written; silent.
fn written_rules<'a>(file: &File<'a>) -> Vec<At<'a>> {
    file.map.get("rules").map(At::each).unwrap_or_default()
}

fn lists(files: &[File<'_>], names: &Names<'_>) -> BTreeMap<String, Symbol> {
    let named = files.iter().flat_map(written_rules);
    let named = named.filter_map(|rule| rule.peek("outcome")?.peek("list")?.scalar().map(str::to_owned));
    let sorted: std::collections::BTreeSet<String> = named.collect();
    let lists =
        sorted.into_iter().map(|name| (names.intern(&name), name)).map(|(symbol, name)| (name, symbol)).collect();
    for id in files.iter().flat_map(written_rules).filter_map(|rule| rule.peek("id")?.scalar()) {
        names.intern(id);
    }
    lists
}

fn facts_and_rules(files: &[File<'_>], world: &World<'_>) -> (Vec<Fact>, Vec<Rule>) {
    let (mut facts, mut rules) = (Vec::new(), Vec::new());
    let mut ids = BTreeMap::new();
    for file in files {
        let known = file.map.get("facts").map(|at| facts::read(at, file.index, world, &mut facts)).unwrap_or_default();
        for at in file.map.get("rules").map(|at| at.list("rules")).unwrap_or_default() {
            let id = at.peek("id").filter(|id| id.scalar().is_some());
            if let Some(first) = id.and_then(|id| ids.insert(id.scalar()?.to_owned(), id.place()).zip(Some(id))) {
                let (first, id) = first;
                id.error(format!("rule id {} is there twice", id.found()), format!("first in {first}"));
            }
            let around = rules::Around { world, known: &known, facts: &facts, sector: file.index };
            match rules::read(at, &around) {
                Some(rule) => rules.push(rule),
                None => at.surely_reported(),
            }
        }
    }
    if rules.len() >= usize::from(u16::MAX)
        && let Some(file) = files.first()
    {
        file.map.at.error("too many rules", "a pack holds at most 65,534");
    }
    (facts, rules)
}
