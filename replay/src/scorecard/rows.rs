//! From what became of decisions to rows and lists.

use super::answers::comes_after;
use super::lives::{Begun, Duty, Life, Lives};
use super::turns::Turn;
use super::{OverdueDuty, REASONS_MAX, Scorecard, ScorecardQuestion, ScorecardRow, UnacknowledgedLift};
use heng_model::{Day, DecisionId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A row being counted.
#[derive(Default)]
struct Counted {
    row: ScorecardRow,
    reasons: BTreeMap<String, u64>,
}

/// The rows and lists of a day.
pub(super) fn count(lives: &Lives, question: &ScorecardQuestion) -> Scorecard {
    let Some(on) = question.on.or(lives.last_day) else {
        let (rows, overdue, lifts) = (Vec::new(), Vec::new(), Vec::new());
        return Scorecard { on: None, rows, overdue, lifts, overdue_more: 0, lifts_more: 0 };
    };
    let is_asked = |authority: u16| match &question.authority {
        None => true,
        Some(code) => lives.authorities.find(code) == Some(authority),
    };
    let mut counted: BTreeMap<(&str, &str), Counted> = BTreeMap::new();
    let (mut overdue, mut lifts) = (Vec::new(), Vec::new());
    for (id, life) in &lives.decisions {
        let begun = life.duties.iter().filter_map(|duty| Some((duty, duty.begun.as_ref()?)));
        for (duty, begun) in begun.filter(|(duty, _)| is_asked(duty.authority)) {
            let names = (lives.authorities.text(duty.authority), lives.measures.text(duty.measure));
            counted.entry(names).or_default().take(life, (duty, begun), on);
            let since = overdue_since(life, (duty, begun), on);
            overdue.extend(since.and_then(|due_on| listed(lives, *id, life, (duty, begun), (due_on, on))));
        }
        lifts.extend(unacknowledged(lives, *id, life).filter(|(authority, _)| is_asked(*authority)).map(|it| it.1));
    }
    overdue.sort_by(|a, b| {
        (a.due_on, &a.authority, &a.measure, a.decision).cmp(&(b.due_on, &b.authority, &b.measure, b.decision))
    });
    lifts.sort_by(|a, b| (a.since, &a.authority, a.decision).cmp(&(b.since, &b.authority, b.decision)));
    let rows = counted.into_iter().map(|((authority, measure), it)| it.finish(authority, measure)).collect();
    let listed_max = question.listed_max.unwrap_or(usize::MAX);
    let (overdue_more, lifts_more) = (cut(&mut overdue, listed_max), cut(&mut lifts, listed_max));
    Scorecard { on: Some(on), rows, overdue, lifts, overdue_more, lifts_more }
}

/// Shortens a list; how many it loses.
fn cut<T>(list: &mut Vec<T>, most: usize) -> u64 {
    let more = list.len().saturating_sub(most);
    list.truncate(most);
    u64::try_from(more).unwrap_or(u64::MAX)
}

impl Counted {
    fn take(&mut self, life: &Life, (duty, begun): (&Duty, &Begun), on: Day) {
        let row = &mut self.row;
        row.duties += 1;
        row.delivered += u64::from(begun.is_delivered);
        let mut answers = life.answers_of(duty.authority);
        if let Some(first) = answers.next() {
            let latest = answers.next_back().unwrap_or(first);
            row.applied += u64::from(latest.applied);
            row.not_applied += u64::from(!latest.applied);
            if !latest.applied {
                *self.reasons.entry(latest.reason.clone()).or_default() += 1;
            }
            if let Some(due_on) = begun.due_on.filter(|due_on| first.on > *due_on) {
                row.late += 1;
                row.late_days += u64::from(days_between(due_on, first.on));
            }
        } else {
            *unanswered(row, life.over_on(duty), begun.due_on, on) += 1;
        }
        let has_acted = life.answers_of(duty.authority).any(|answer| answer.applied);
        if let Some(turn) = life.undone(duty).filter(|_| has_acted) {
            row.lifts += 1;
            row.lifts_acknowledged += u64::from(has_acknowledged(life, duty.authority, turn));
        }
    }

    fn finish(self, authority: &str, measure: &str) -> ScorecardRow {
        let mut reasons: Vec<(String, u64)> = self.reasons.into_iter().collect();
        reasons.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
        reasons.truncate(REASONS_MAX);
        ScorecardRow { authority: authority.to_owned(), measure: measure.to_owned(), reasons, ..self.row }
    }
}

/// Where a duty is counted that nobody has answered.
fn unanswered(row: &mut ScorecardRow, over_on: Option<Day>, due_on: Option<Day>, on: Day) -> &mut u64 {
    match (due_on, over_on.filter(|over_on| *over_on <= on)) {
        (None, None) => &mut row.no_deadline,
        (None, Some(_)) => &mut row.lapsed,
        (Some(due_on), Some(over_on)) if over_on <= due_on => &mut row.lapsed,
        (Some(_), Some(_)) => &mut row.missed,
        (Some(due_on), None) if due_on < on => &mut row.overdue,
        (Some(_), None) => &mut row.open,
    }
}

/// The deadline of a duty that is overdue.
fn overdue_since(life: &Life, (duty, begun): (&Duty, &Begun), on: Day) -> Option<Day> {
    let is_over = life.over_on(duty).is_some_and(|over_on| over_on <= on);
    let is_answered = life.answers_of(duty.authority).next().is_some();
    begun.due_on.filter(|due_on| *due_on < on && !is_over && !is_answered)
}

fn listed(
    lives: &Lives,
    decision: DecisionId,
    life: &Life,
    (duty, begun): (&Duty, &Begun),
    (due_on, on): (Day, Day),
) -> Option<OverdueDuty> {
    Some(OverdueDuty {
        authority: lives.authorities.text(duty.authority).to_owned(),
        measure: lives.measures.text(duty.measure).to_owned(),
        decision,
        subject: life.subjects.first()?.clone(),
        issued_on: begun.issued_on,
        due_on,
        days: days_between(due_on, on),
        is_delivered: begun.is_delivered,
    })
}

/// Has an authority acknowledged what undid its duty: by its subscription, or by an answer after it?
fn has_acknowledged(life: &Life, authority: u16, turn: &Turn) -> bool {
    let mut answers = life.answers_of(authority);
    turn.reached.contains(&authority) || answers.any(|answer| comes_after(answer.known, turn.cause))
}

/// Authorities that acted on a decision and have not acknowledged that it was lifted, or that their measure was taken away.
fn unacknowledged<'a>(
    lives: &'a Lives,
    decision: DecisionId,
    life: &'a Life,
) -> impl Iterator<Item = (u16, UnacknowledgedLift)> + 'a {
    let acted = life.answers.iter().filter(|it| it.applied).map(|it| it.authority);
    // By authority and turn; a lift undoes what an authority did whether or not it was its duty.
    let mut undone: BTreeMap<(u16, usize), Vec<String>> = BTreeMap::new();
    for authority in acted.collect::<BTreeSet<u16>>() {
        undone.extend(life.lift.map(|at| ((authority, at), Vec::new())));
        for duty in life.duties.iter().filter(|duty| duty.authority == authority) {
            if let Some(at) = life.lift.or(duty.taken) {
                undone.entry((authority, at)).or_default().push(lives.measures.text(duty.measure).to_owned());
            }
        }
    }
    undone.into_iter().filter_map(move |((authority, at), mut measures)| {
        let turn = life.turns.get(at).filter(|turn| !has_acknowledged(life, authority, turn))?;
        measures.sort_unstable();
        let (kind, since, at) = (turn.kind, turn.on, turn.at);
        let (subject, authority_code) = (life.subjects.first()?.clone(), lives.authorities.text(authority).to_owned());
        let it = UnacknowledgedLift { authority: authority_code, decision, subject, measures, kind, since, at };
        Some((authority, it))
    })
}

fn days_between(earlier: Day, later: Day) -> u32 {
    u32::try_from(later.number().saturating_sub(earlier.number())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_loses_is_counted() {
        let mut list = vec![1, 2, 3, 4, 5];
        assert_eq!((cut(&mut list, 5), cut(&mut list, 3)), (0, 2));
        assert_eq!((cut(&mut list, usize::MAX), list), (0, vec![1, 2, 3]));
    }
}
