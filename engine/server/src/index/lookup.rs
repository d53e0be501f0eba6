//! Who is concerned: a pass over the whole index, beside everything else.

use super::cell::Cell;
use super::words::PackWords;
use super::{Index, UnknownMatter, View};
use crate::verdict::judge;
use heng_model::{Day, SubjectId};
use heng_rules::Effect;
use std::sync::Arc;

/// A subject on whom measures bear.
#[derive(Debug, Clone)]
pub struct Concerned {
    /// The subject.
    pub subject: SubjectId,
    /// The strongest effect.
    pub effect: Effect,
    /// Codes of the measures, the strongest first, once each.
    pub measures: Vec<Box<str>>,
    /// The next day on which this changes by itself.
    pub next_change: Option<Day>,
}

/// What is looked up.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Matter.
    pub matter: String,
    /// Only with this effect or a stronger one.
    pub at_least: Effect,
    /// The day judged on.
    pub on: Day,
    /// Only subjects after this one.
    pub after: Option<SubjectId>,
}

impl Index {
    /// Everyone whom a look-up concerns, in the order of ids. Takes as long as there are subjects: not for a thread that
    /// answers checks.
    ///
    /// # Errors
    /// [`UnknownMatter`].
    pub fn lookup(&self, view: &View, wanted: &Lookup) -> Result<Vec<Concerned>, UnknownMatter> {
        let Some(words) = view.words() else { return Ok(Vec::new()) };
        if words.matter(&wanted.matter).is_none() {
            return Err(words.unknown(&wanted.matter));
        }
        let cells = self.cells.pin();
        let later = cells.iter().filter(|(id, _)| wanted.after.as_ref().is_none_or(|after| *id > after));
        let mut found: Vec<Concerned> =
            later.filter_map(|(id, cell)| concerned(view.words_of(id).unwrap_or(words), id, cell, wanted)).collect();
        found.sort_unstable_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }
}

fn concerned(words: &Arc<PackWords>, id: &SubjectId, cell: &Cell, wanted: &Lookup) -> Option<Concerned> {
    let words = words.or_newer(cell);
    let matter = words.matter(&wanted.matter)?;
    let found = judge(&matter.effects, cell.decisions(words), wanted.on);
    let effect = found.verdict.filter(|effect| *effect >= wanted.at_least)?;
    let mut measures: Vec<Box<str>> = Vec::new();
    for bearing in &found.bearings {
        if let Some((code, _)) = matter.measures.get(bearing.measure)
            && !measures.contains(code)
        {
            measures.push(code.clone());
        }
    }
    Some(Concerned { subject: id.clone(), effect, measures, next_change: found.next_change })
}
