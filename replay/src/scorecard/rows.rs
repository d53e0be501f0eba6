//! From what became of decisions to rows and lists.

use super::answers::comes_after;
use super::lives::{Duty, Life, Lives};
use super::{OverdueDuty, REASONS_MAX, Scorecard, ScorecardQuestion, ScorecardRow, UnacknowledgedLift};
use heng_model::{Day, DecisionId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A row being counted.
#[derive(Default)]
struct Counted {
    row: ScorecardRow,
    reasons: BTreeMap<String, u64>,
}

/// The rows and lists of a day.
pub(super) fn count(lives: &Lives, question: &ScorecardQuestion) -> Scorecard {
    let Some(on) = question.on.or(lives.last_day) else {
        return Scorecard { on: None, rows: Vec::new(), overdue: Vec::new(), lifts: Vec::new() };
    };
    let is_asked = |authority: u16| match &question.authority {
        None => true,
        Some(code) => lives.authorities.find(code) == Some(authority),
    };
    let mut counted: BTreeMap<(&str, &str), Counted> = BTreeMap::new();
    let (mut overdue, mut lifts) = (Vec::new(), Vec::new());
    for (id, life) in &lives.decisions {
        for duty in life.duties.iter().filter(|duty| is_asked(duty.authority)) {
            let names = (lives.authorities.text(duty.authority), lives.measures.text(duty.measure));
            let it = counted.entry(names).or_default();
            it.take(life, duty, on);
            overdue
                .extend(overdue_since(life, duty, on).and_then(|due_on| listed(lives, *id, life, duty, (due_on, on))));
        }
        lifts.extend(unacknowledged(lives, *id, life).filter(|(authority, _)| is_asked(*authority)).map(|it| it.1));
    }
    overdue.sort_by(|a, b| {
        (a.due_on, &a.authority, &a.measure, a.decision).cmp(&(b.due_on, &b.authority, &b.measure, b.decision))
    });
    lifts.sort_by(|a, b| (a.since, &a.authority, a.decision).cmp(&(b.since, &b.authority, b.decision)));
    let rows = counted.into_iter().map(|((authority, measure), it)| it.finish(authority, measure)).collect();
    Scorecard { on: Some(on), rows, overdue, lifts }
}

impl Counted {
    fn take(&mut self, life: &Life, duty: &Duty, on: Day) {
        let row = &mut self.row;
        row.duties += 1;
        row.delivered += u64::from(duty.is_delivered);
        let mut answers = life.answers_of(duty.authority);
        if let Some(first) = answers.next() {
            let latest = answers.next_back().unwrap_or(first);
            row.applied += u64::from(latest.applied);
            row.not_applied += u64::from(!latest.applied);
            if !latest.applied {
                *self.reasons.entry(latest.reason.clone()).or_default() += 1;
            }
            if let Some(due_on) = duty.due_on.filter(|due_on| first.on > *due_on) {
                row.late += 1;
                row.late_days += u64::from(days_between(due_on, first.on));
            }
        } else {
            *unanswered(row, life, duty, on) += 1;
        }
        let has_acted = life.answers_of(duty.authority).any(|answer| answer.applied);
        if life.standing_lift().is_some() && has_acted {
            row.lifts += 1;
            row.lifts_acknowledged += u64::from(has_acknowledged(life, duty.authority));
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
fn unanswered<'r>(row: &'r mut ScorecardRow, life: &Life, duty: &Duty, on: Day) -> &'r mut u64 {
    let over_on = life.last.over_on.filter(|over_on| *over_on <= on);
    match (duty.due_on, over_on) {
        (None, None) => &mut row.no_deadline,
        (None, Some(_)) => &mut row.lapsed,
        (Some(due_on), Some(over_on)) if over_on <= due_on => &mut row.lapsed,
        (Some(_), Some(_)) => &mut row.missed,
        (Some(due_on), None) if due_on < on => &mut row.overdue,
        (Some(_), None) => &mut row.open,
    }
}

/// The deadline of a duty that is overdue.
fn overdue_since(life: &Life, duty: &Duty, on: Day) -> Option<Day> {
    let is_over = life.last.over_on.is_some_and(|over_on| over_on <= on);
    let is_answered = life.answers_of(duty.authority).next().is_some();
    duty.due_on.filter(|due_on| *due_on < on && !is_over && !is_answered)
}

fn listed(
    lives: &Lives,
    decision: DecisionId,
    life: &Life,
    duty: &Duty,
    (due_on, on): (Day, Day),
) -> Option<OverdueDuty> {
    Some(OverdueDuty {
        authority: lives.authorities.text(duty.authority).to_owned(),
        measure: lives.measures.text(duty.measure).to_owned(),
        decision,
        subject: life.subjects.first()?.clone(),
        issued_on: duty.issued_on,
        due_on,
        days: days_between(due_on, on),
        is_delivered: duty.is_delivered,
    })
}

/// Has an authority acknowledged the lift that stands: by its subscription, or by an answer after it?
fn has_acknowledged(life: &Life, authority: u16) -> bool {
    life.standing_lift().is_some_and(|lift| {
        let mut answers = life.answers_of(authority);
        lift.reached.contains(&authority) || answers.any(|answer| comes_after(answer.known, lift.cause))
    })
}

/// Authorities that acted on a decision and have not acknowledged that it was lifted.
fn unacknowledged<'a>(
    lives: &'a Lives,
    decision: DecisionId,
    life: &'a Life,
) -> impl Iterator<Item = (u16, UnacknowledgedLift)> + 'a {
    let mut acted: Vec<u16> = life.answers.iter().filter(|it| it.applied).map(|it| it.authority).collect();
    acted.sort_unstable();
    acted.dedup();
    let open = acted.into_iter().filter(|authority| !has_acknowledged(life, *authority));
    open.filter_map(move |authority| {
        let (lift, subject) = (life.standing_lift()?, life.subjects.first()?.clone());
        let own = life.duties.iter().filter(|duty| duty.authority == authority);
        let mut measures: Vec<String> = own.map(|duty| lives.measures.text(duty.measure).to_owned()).collect();
        measures.sort_unstable();
        let (kind, since, at) = (lift.kind, lift.on, lift.at);
        let authority_code = lives.authorities.text(authority).to_owned();
        let it = UnacknowledgedLift { authority: authority_code, decision, subject, measures, kind, since, at };
        Some((authority, it))
    })
}

fn days_between(earlier: Day, later: Day) -> u32 {
    u32::try_from(later.number().saturating_sub(earlier.number())).unwrap_or(0)
}
