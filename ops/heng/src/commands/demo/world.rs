//! The log of the story, read as every reading command reads it.

use super::day;
use crate::commands::check::{self, Answer};
use crate::data::{Data, is_visible};
use anyhow::Context;
use heng_core::DecisionEvent;
use heng_model::{Day, DecisionId};
use heng_rules::Pack;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) struct World {
    pub(super) data: Data,
    pub(super) pack: Pack,
    /// Every visible decision event, in order.
    pub(super) told: Vec<DecisionEvent>,
    latest: BTreeMap<DecisionId, DecisionEvent>,
}

/// A check and its answer.
pub(super) struct Checked<'a> {
    pub(super) subject: &'a str,
    pub(super) matter: &'a str,
    pub(super) on: Day,
    pub(super) answer: Answer<'a>,
}

impl World {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let data = Data::open(path)?;
        let mut told = Vec::new();
        data.each_decision(|event| {
            told.extend(is_visible(&event).then_some(event));
            Ok(())
        })?;
        let (pack, latest) = (data.pack()?, data.latest()?);
        Ok(Self { data, pack, told, latest })
    }

    pub(super) fn check<'a>(&'a self, subject: &'a str, matter: &'a str, on: &str) -> anyhow::Result<Checked<'a>> {
        let id = self.data.resolve(subject, Some(&self.pack))?;
        let known = self.pack.matters.iter().find(|it| it.code == matter);
        let known = known.with_context(|| format!("the pack has no matter `{matter}`"))?;
        let decisions: Vec<&DecisionEvent> = self.latest.values().filter(|event| event.subject == id).collect();
        let on = day(on)?;
        Ok(Checked { subject, matter, on, answer: check::answer(&self.pack, known, &decisions, on) })
    }

    /// The decisions in force on a day.
    pub(super) fn in_force(&self, on: Day) -> impl Iterator<Item = &DecisionEvent> {
        self.latest.values().filter(move |event| event.in_force.contains(on))
    }

    /// Every revision of the decisions of a rule on a subject, the oldest first.
    pub(super) fn revisions(&self, subject: &str, rule: &str) -> Vec<&DecisionEvent> {
        self.told.iter().filter(|event| event.rule == rule && event.subject.to_string() == subject).collect()
    }
}

/// What revisions did, in their order.
pub(super) fn kinds(revisions: &[&DecisionEvent]) -> String {
    revisions.iter().map(|event| event.kind.word()).collect::<Vec<_>>().join(", ")
}
