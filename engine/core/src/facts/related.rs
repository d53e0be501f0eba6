//! Facts over linked subjects: how many of them have an outcome.

use super::book::Steps;
use super::outcomes::boundaries;
use super::{Reading, View};
use crate::subject::Neighbour;
use heng_model::{Day, DaySet, Span, Symbol};
use heng_rules::{OutcomeRef, Value};

impl<'a> View<'a> {
    pub(super) fn related_steps(
        self,
        (role, outcome): (Symbol, OutcomeRef),
        reverse: bool,
        linked_after: bool,
        reading: Reading,
        steps: &mut Steps<'a>,
    ) {
        let Some(more) = &self.subject.more else { return steps.push((Day::DAWN, Value::Int(0))) };
        let role = self.program.role(role);
        let name = self.program.told.iter().find(|(_, told)| *told == outcome).map(|(name, _)| *name);
        let counted: Vec<DaySet> = more
            .neighbours
            .iter()
            .map(|near| {
                let links: Vec<Span> = if reverse {
                    near.links.iter().filter(|(of, _)| &**of == role).map(|(_, span)| *span).collect()
                } else {
                    let own = more.links.iter().filter(|link| &*link.role == role && link.to == near.id);
                    own.filter_map(|link| Span::new(link.on, link.through)).collect()
                };
                days_related(near, name, &links, linked_after, reading)
            })
            .filter(|days| !days.is_empty())
            .collect();
        let mut days: Vec<Day> = counted.iter().flat_map(boundaries).collect();
        days.push(Day::DAWN);
        days.sort_unstable();
        days.dedup();
        let count = |day: Day| counted.iter().filter(|days| days.contains(day)).count();
        let value = |day| Value::Int(i64::try_from(count(day)).unwrap_or(i64::MAX));
        steps.extend(days.into_iter().map(|day| (day, value(day))));
    }
}

/// The days on which one linked subject counts.
fn days_related(
    near: &Neighbour,
    outcome: Option<Symbol>,
    links: &[Span],
    linked_after: bool,
    reading: Reading,
) -> DaySet {
    let Some((_, plain, paused)) = near.outcomes.iter().find(|(name, _, _)| Some(*name) == outcome) else {
        return DaySet::empty();
    };
    let mut days = DaySet::empty();
    for run in plain.spans() {
        // A pause begins no run: the run is that of the reading without pauses.
        let made = links.iter().filter(|link| !linked_after || link.first > run.first);
        let linked: DaySet = made.filter_map(|link| link.intersect(*run)).collect();
        days = days.union(&linked);
    }
    if reading == Reading::Paused { days.minus(paused) } else { days }
}
