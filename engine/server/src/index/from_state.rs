//! What the index takes from the fold's state: the only place that knows how a subject is laid out.

use super::cell::{Cell, Standing, Standings};
use super::words::PackWords;
use heng_core::{Decision, Partition, Subject, decision_id, grounds_of};
use heng_model::SubjectId;
use std::sync::Arc;

/// What a subject's state says of its names.
pub(crate) struct Names {
    /// Scheme and code of its aliases.
    pub(crate) aliases: Vec<(Box<str>, Box<str>)>,
    /// Where its history went.
    pub(crate) redirect: Option<SubjectId>,
}

/// A subject's names.
pub(crate) fn names(subject: &Subject) -> Names {
    Names {
        aliases: subject.profile.aliases().map(|(scheme, code)| (scheme.into(), code.into())).collect(),
        redirect: redirect(subject).cloned(),
    }
}

/// Where a subject's history went.
pub(crate) fn redirect(subject: &Subject) -> Option<&SubjectId> {
    subject.more.as_ref()?.redirect.as_ref()
}

/// A subject's cell; none where nothing is in force for it on any day. `moving` is what it had, while that is on its way to another one.
pub(crate) fn cell(
    partition: &Partition,
    words: &Arc<PackWords>,
    (id, subject): (&SubjectId, &Subject),
    moving: Option<&Subject>,
) -> Option<Cell> {
    let Some(to) = redirect(subject) else {
        return standings(partition, words, (id, subject)).map(Cell::Standing);
    };
    let left = moving.and_then(|history| standings(partition, words, (id, history)));
    Some(match left {
        Some(standings) => Cell::Moving(Box::new((to.clone(), standings))),
        None => Cell::Merged(to.clone()),
    })
}

fn standings(partition: &Partition, words: &Arc<PackWords>, of: (&SubjectId, &Subject)) -> Option<Standings> {
    let decisions: Box<[Standing]> =
        of.1.decisions.iter().filter_map(|it| standing(partition, words, of, it)).collect();
    (!decisions.is_empty()).then(|| Standings { words: Arc::clone(words), decisions })
}

fn standing(
    partition: &Partition,
    words: &PackWords,
    (id, subject): (&SubjectId, &Subject),
    decision: &Decision,
) -> Option<Standing> {
    let days = decision.in_force();
    if days.is_empty() {
        return None;
    }
    let confirmed = decision.review.as_ref().and_then(|review| review.confirmed.as_ref());
    let (grounds, first_ground) = grounds_of(&words.program, id, subject, decision);
    Some(Standing {
        id: decision_id(partition.symbols(), id, subject, decision),
        rule: decision.rule,
        days,
        confirmed: confirmed.map(|(_, _, measures)| measures.as_slice().into()),
        grounds: u32::try_from(grounds).unwrap_or(u32::MAX),
        first_ground,
    })
}
