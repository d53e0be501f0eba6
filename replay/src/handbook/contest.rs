//! With whom what a rule rests on is contested, and who repairs it: of one record, or of all that a condition counts.
//!
//! # Invariants
//!
//! A rule on a condition is told the items behind its facts, through the outcomes that these read: what the engine would
//! name as records behind its decisions is a record of one of them.

use super::both;
use super::lexicon::{Lexicon, words};
use super::vocabulary::listed;
use heng_core::{Bilingual, yields};
use heng_rules::{AuthorityIdx, Body, Item, ItemIdx, Pack, Reads, Rule};
use std::collections::BTreeSet;

/// The items on whose records a rule rests, in the pack's order.
pub(super) fn items_behind<'p>(pack: &'p Pack, rule: &Rule) -> Vec<&'p Item> {
    let mut found = BTreeSet::new();
    gather(pack, rule, &mut BTreeSet::new(), &mut found);
    found.into_iter().filter_map(|at: usize| pack.items.get(at)).collect()
}

fn gather<'p>(pack: &'p Pack, rule: &Rule, seen: &mut BTreeSet<&'p str>, found: &mut BTreeSet<usize>) {
    let when = match &rule.body {
        Body::OnRecords { item, .. } => {
            found.insert(item.at());
            return;
        }
        Body::OnCondition { when, .. } => when,
    };
    for fact in when.facts.iter().filter_map(|fact| pack.facts.get(fact.at())) {
        let outcome = match &fact.reads {
            Reads::Records(records) => {
                found.extend(records.items.iter().map(|item: &ItemIdx| item.at()));
                continue;
            }
            Reads::Outcome { outcome, .. } | Reads::Related { outcome, .. } => *outcome,
            Reads::Profile(_) | Reads::Elapsed { .. } => continue,
        };
        for behind in pack.rules.iter().filter(|behind| yields(behind, outcome)) {
            // Linked subjects may stand in a circle.
            if seen.insert(&behind.id) {
                gather(pack, behind, seen, found);
            }
        }
    }
}

/// How what a rule rests on is contested.
pub(super) fn objection(lexicon: &Lexicon<'_>, rule: &Rule) -> Vec<Bilingual> {
    let items = items_behind(lexicon.pack, rule);
    match (&rule.body, items.as_slice()) {
        (Body::OnRecords { .. }, [item]) => vec![on_record(lexicon, item)],
        // What the engine says of a decision that rests on no one item.
        (_, []) => vec![both(
            "对所依据的登记信息或者记录有异议的，向作出该记录的机关提出",
            "Of what it rests on: with the authority that recorded it",
        )],
        (_, items) => {
            let by = |item: &&Item| (item.objection_by.clone(), item.suspend_on_objection);
            grouped(items, by).into_iter().map(|(group, _)| on_condition(lexicon, &group)).collect()
        }
    }
}

/// Who repairs the records on which a rule rests.
pub(super) fn repaired_by(lexicon: &Lexicon<'_>, rule: &Rule) -> Vec<Bilingual> {
    let items = items_behind(lexicon.pack, rule);
    let groups = grouped(&items, |item| item.repair_by.clone());
    let told = |(group, by): &(Vec<&Item>, Vec<AuthorityIdx>)| {
        let by = lexicon.authorities(by);
        if groups.len() == 1 {
            return both(format!("修复机关：{}", by.zh), format!("Repair by: {}", by.en));
        }
        let of = titles(group);
        both(format!("修复机关（{}）：{}", of.zh, by.zh), format!("Repair by, of {}: {}", of.en, by.en))
    };
    groups.iter().map(told).collect()
}

/// Items that have something in common, in the order in which it first appears.
fn grouped<'i, K: PartialEq>(items: &[&'i Item], key: impl Fn(&&'i Item) -> K) -> Vec<(Vec<&'i Item>, K)> {
    let mut groups: Vec<(Vec<&Item>, K)> = Vec::new();
    for item in items {
        let this = key(item);
        match groups.iter_mut().find(|(_, key)| *key == this) {
            Some((group, _)) => group.push(item),
            None => groups.push((vec![item], this)),
        }
    }
    groups
}

fn titles(items: &[&Item]) -> Bilingual {
    let quoted = |item: &&Item| {
        let title = words(&item.words);
        both(format!("“{}”", title.zh), format!("“{}”", title.en))
    };
    listed(items.iter().map(quoted))
}

fn on_record(lexicon: &Lexicon<'_>, item: &Item) -> Bilingual {
    let by = lexicon.authorities(&item.objection_by);
    if item.suspend_on_objection {
        return both(
            format!("向{}提出；处理期间暂停执行", by.zh),
            format!("With {}; the rule's effects are paused meanwhile", by.en),
        );
    }
    both(
        format!("向{}提出；处理期间不停止执行，异议成立的自处理之日起暂停，直至更正或者撤销", by.zh),
        format!("With {}; not paused meanwhile; once upheld, paused until the record is corrected or retracted", by.en),
    )
}

fn on_condition(lexicon: &Lexicon<'_>, items: &[&Item]) -> Bilingual {
    let by = items.first().map(|item| lexicon.authorities(&item.objection_by)).unwrap_or_default();
    let (of, paused) = (titles(items), items.iter().any(|item| item.suspend_on_objection));
    if paused {
        return both(
            format!("对{}记录有异议的，向{}提出；处理期间，没有该记录条件即不成立之日暂停执行", of.zh, by.zh),
            format!(
                "Of a record of {}: with {}; paused meanwhile on the days on which nothing would hold without it",
                of.en, by.en
            ),
        );
    }
    both(
        format!(
            "对{}记录有异议的，向{}提出；处理期间不停止执行，异议成立的自处理之日起，没有该记录条件即不成立之日暂停，直至更正或者撤销",
            of.zh, by.zh
        ),
        format!(
            "Of a record of {}: with {}; not paused meanwhile; once upheld, paused on the days on which nothing would hold \
             without it, until it is corrected or retracted",
            of.en, by.en
        ),
    )
}
