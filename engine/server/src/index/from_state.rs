//! What the index takes from the fold's state: the only place that knows how a subject is laid out.

use super::cell::{Cell, Standing};
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

/// A subject's cell; none where nothing is in force for it on any day.
pub(crate) fn cell(partition: &Partition, words: &Arc<PackWords>, id: &SubjectId, subject: &Subject) -> Option<Cell> {
    if let Some(to) = redirect(subject) {
        return Some(Cell::Merged(to.clone()));
    }
    let decisions: Box<[Standing]> =
        subject.decisions.iter().filter_map(|it| standing(partition, words, (id, subject), it)).collect();
    (!decisions.is_empty()).then(|| Cell::Standing { words: Arc::clone(words), decisions })
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
