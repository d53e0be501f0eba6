//! Decisions as differences: what is said about a decision, given what was last said and what now stands.

use crate::decision::DecisionKind;
use crate::facts::View;
use crate::program::yields;
use crate::subject::{Decision, State};
use heng_model::{Day, DaySet};
use heng_rules::condition::Condition;
use heng_rules::{FactIdx, Reads, Rule};

/// The days from the first of which the decision is shown, if there are any: those in force, or those proposed.
fn shown_days(decision: &Decision) -> &DaySet {
    match &decision.review {
        Some(review) if decision.days.is_empty() && review.pending => &review.derived,
        _ => &decision.days,
    }
}

/// The first day on which an obligation that starts on `first` is shown.
fn shown_from(rule: &Rule, first: Day) -> Day {
    rule.notice.map_or(first, |notice| notice.first_before(first))
}

/// Where a decision stands today.
pub(crate) fn state_on(decision: &Decision, rule: &Rule, today: Day) -> State {
    let declined = decision.review.as_ref().is_some_and(|review| {
        decision.days.is_empty() && !review.pending && review.declined.is_some() && !review.derived.is_empty()
    });
    if declined {
        return State::Declined;
    }
    let proposed = decision.days.is_empty() && decision.review.as_ref().is_some_and(|review| review.pending);
    let Some(hull) = shown_days(decision).hull() else { return State::Void };
    if !decision.shown && shown_from(rule, hull.first) > today {
        return if decision.is_empty() && !proposed { State::Void } else { State::Scheduled };
    }
    if proposed {
        State::Proposed
    } else if decision.is_empty() {
        State::Void
    } else if hull.last < today {
        State::Ended
    } else if today >= hull.first && !decision.is_in_force(today) {
        State::Suspended
    } else {
        State::InForce
    }
}

/// The next day after today on which the state changes by itself.
pub(crate) fn wake_after(decision: &Decision, rule: &Rule, today: Day) -> Option<Day> {
    let hull = shown_days(decision).hull()?;
    if decision.state == State::Scheduled {
        return Some(shown_from(rule, hull.first)).filter(|day| *day > today);
    }
    if decision.days.is_empty() {
        return None;
    }
    let end = (!hull.last.is_forever()).then(|| hull.last.next());
    let turn = match &decision.paused {
        Some(paused) => decision.days.minus(paused).next_change_after(today),
        None if decision.days.spans().len() > 1 => decision.days.next_change_after(today),
        None => None,
    };
    [end, turn].into_iter().flatten().filter(|day| *day > today).min()
}

/// The kind of a revision, or `None` where nothing is said. `before` is the decision as last emitted.
pub(crate) fn kind(
    before: Option<&Decision>,
    now: &Decision,
    state: State,
    today: Day,
    measures_differ: bool,
) -> Option<DecisionKind> {
    let was = before.map_or(State::Void, |before| before.state);
    if let Some(kind) = review_kind(before, now, state) {
        return Some(kind);
    }
    match (was, state) {
        // What an officer declined stays declined: nothing is said when its days come and go.
        (State::Void | State::Declined, State::Void | State::Declined) => None,
        (State::Void | State::Declined, State::Scheduled) => Some(DecisionKind::Scheduled),
        (State::Scheduled, State::Void | State::Scheduled) => {
            let differs = state == State::Void || measures_differ || before.is_none_or(|before| differ(before, now));
            differs.then_some(DecisionKind::Scheduled)
        }
        (_, State::Void) => Some(DecisionKind::Revoked),
        (State::Void | State::Declined | State::Scheduled | State::Proposed, State::Ended) => {
            Some(DecisionKind::Expired)
        }
        (State::Void | State::Declined | State::Scheduled, _)
        | (State::Proposed, State::InForce | State::Suspended) => Some(DecisionKind::Issued),
        _ => standing_kind(before?, now, state, today, measures_differ),
    }
}

/// What is said of a decision that was visible and still has days.
fn standing_kind(
    before: &Decision,
    now: &Decision,
    state: State,
    today: Day,
    measures_differ: bool,
) -> Option<DecisionKind> {
    let last = |decision: &Decision| decision.days.hull().map(|hull| hull.last);
    if !measures_differ && state == before.state && !differ(before, now) {
        return None;
    }
    Some(match (before.state, state) {
        _ if last(now) < last(before) => DecisionKind::Lifted,
        // Shown ahead and never in force yet, it leaves nothing by being paused.
        (State::InForce, State::Suspended) if before.days.hull().is_some_and(|hull| hull.first <= today) => {
            DecisionKind::Suspended
        }
        // Its first day may have moved past today instead: then nothing is in force again.
        (State::Suspended, State::InForce) if now.is_in_force(today) => DecisionKind::Resumed,
        (State::InForce | State::Suspended, State::Ended) => DecisionKind::Expired,
        _ => DecisionKind::Amended,
    })
}

fn differ(before: &Decision, now: &Decision) -> bool {
    let derived = |decision: &Decision| decision.review.as_ref().map(|review| (review.derived.clone(), review.pending));
    // Days behind a pause are shown to nobody.
    let days_differ = match (&before.paused, &now.paused) {
        (None, None) => before.days != now.days,
        _ => before.in_force() != now.in_force(),
    };
    days_differ || before.grounds != now.grounds || derived(before) != derived(now)
}

/// What an open question to an officer, or the answer to one, makes of a revision.
fn review_kind(before: Option<&Decision>, now: &Decision, state: State) -> Option<DecisionKind> {
    let review = now.review.as_ref()?;
    let earlier = before.and_then(|before| before.review.as_ref());
    if review.pending && state != State::Scheduled {
        let asked = before.is_some_and(|before| before.state != State::Scheduled)
            && earlier.is_some_and(|earlier| earlier.pending && earlier.derived == review.derived)
            && before.is_some_and(|before| before.grounds == now.grounds);
        return (!asked).then_some(DecisionKind::Proposed);
    }
    let answered = earlier.is_some_and(|earlier| earlier.pending) && !review.pending;
    let declined = answered && review.declined.is_some() && !review.derived.is_empty();
    declined.then_some(DecisionKind::Declined)
}

/// Those of a subject's decisions whose outcomes a condition read on a day.
pub(crate) fn decisions_behind<'d>(
    view: View<'d>,
    decisions: &'d [Decision],
    when: &'d Condition,
    day: Day,
) -> impl Iterator<Item = &'d Decision> {
    let outcome = move |fact: &FactIdx| match view.fact(*fact)?.reads {
        Reads::Outcome { outcome, .. } => Some(outcome),
        _ => None,
    };
    let reads = move |rule: &Rule| when.facts.iter().filter_map(outcome).any(|outcome| yields(rule, outcome));
    let is_read =
        move |decision: &&Decision| decision.days.contains(day) && view.program.rule(decision.rule).is_some_and(reads);
    let reads_any = when.facts.iter().any(|fact| outcome(fact).is_some());
    decisions.get(..if reads_any { decisions.len() } else { 0 }).unwrap_or_default().iter().filter(is_read)
}
