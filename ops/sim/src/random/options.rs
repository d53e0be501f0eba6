//! What random packs and histories may contain, to narrow a failure.
//!
//! # Invariants
//!
//! Switching a feature off never makes a pack or a history invalid.

/// Features and sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
#[expect(missing_docs, reason = "most switches say it")]
pub struct Options {
    pub subjects_max: usize,
    pub events_min: usize,
    pub events_max: usize,
    pub rules_max: usize,
    pub facts_max: usize,
    /// Rules that read outcomes.
    pub strata: bool,
    pub grades: bool,
    pub related: bool,
    pub ended_within: bool,
    /// `same`, `prior`.
    pub relative: bool,
    pub streak: bool,
    pub profile: bool,
    pub elapsed: bool,
    pub within: bool,
    /// `repaired: include` in facts and rules.
    pub include_repaired: bool,
    pub not_before: bool,
    pub extends: bool,
    /// `from:` and `through:` in rules, `from:` in items.
    pub named_days: bool,
    pub valid: bool,
    pub unless: bool,
    pub effective: bool,
    pub by_record: bool,
    pub when: bool,
    pub lasts: bool,
    pub and_while: bool,
    /// Measures for some kinds of subject only.
    pub kinds: bool,
    pub notice: bool,
    /// Rules with `review: required` (histories never confirm).
    pub review: bool,
    pub corrections: bool,
    pub retractions: bool,
    pub repairs: bool,
    pub restores: bool,
    pub objections: bool,
    pub suspensions: bool,
    pub registrations: bool,
    /// `subject.changed` that name some attributes only.
    pub partial_changes: bool,
    pub deregistration: bool,
    pub links: bool,
    pub merges: bool,
    /// The same event once more, and second records of one name.
    pub duplicates: bool,
    /// Events about a record before it.
    pub early: bool,
    /// Effect days after the known day.
    pub future: bool,
}

impl Options {
    /// Everything but merges and reviews.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            subjects_max: 4,
            events_min: 5,
            events_max: 40,
            rules_max: 8,
            facts_max: 8,
            merges: false,
            review: false,
            ..Self::switched(true)
        }
    }

    /// Records and plain rules on them; the base from which to switch features on.
    #[must_use]
    pub const fn plain() -> Self {
        Self::switched(false)
    }

    const fn switched(on: bool) -> Self {
        Self {
            subjects_max: 1,
            events_min: 3,
            events_max: 10,
            rules_max: 3,
            facts_max: 3,
            strata: on,
            grades: on,
            related: on,
            ended_within: on,
            relative: on,
            streak: on,
            profile: on,
            elapsed: on,
            within: on,
            include_repaired: on,
            not_before: on,
            extends: on,
            named_days: on,
            valid: on,
            unless: on,
            effective: on,
            by_record: on,
            when: on,
            lasts: on,
            and_while: on,
            kinds: on,
            notice: on,
            review: on,
            corrections: on,
            retractions: on,
            repairs: on,
            restores: on,
            objections: on,
            suspensions: on,
            registrations: on,
            partial_changes: on,
            deregistration: on,
            links: on,
            merges: on,
            duplicates: on,
            early: on,
            future: on,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::all()
    }
}
