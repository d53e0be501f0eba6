//! Subjects that are merged across partitions of a log that engines share: histories on their way, late, sent on, in circles.

use crate::engine::arrive;
use crate::laws::seeds;
use crate::shared::{Engines, with_merges};
use heng_core::{Content, Derived, Partition, Subject};
use heng_model::SubjectId;
use heng_rules::PackFiles;
use heng_sim::random::{Rng, history, pack};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Merges that follow a history.
const MERGES: usize = 6;

/// A pack, what happened before the first merge, and the merge.
pub(crate) fn until_merged(seed: u64) -> Option<(PackFiles, Vec<Json>, Json)> {
    let random = pack(seed, &with_merges());
    let events = history(seed, &random, &with_merges());
    let at = events.iter().position(|event| event["type"] == "subject.merged")?;
    Some((random.to_files(), events[..at].to_vec(), events[at].clone()))
}

/// The subjects of events, as far as they are named by their ids.
pub(crate) fn subjects(events: &[Json]) -> Vec<SubjectId> {
    let ids = events.iter().filter_map(|event| event["subject"].as_str()?.parse().ok());
    ids.collect::<BTreeSet<SubjectId>>().into_iter().collect()
}

/// A merge like another one.
pub(crate) fn like(merge: &Json, id: &str, from: &SubjectId, into: &SubjectId) -> Json {
    let mut event = merge.clone();
    (event["id"], event["subject"], event["data"]["into"]) =
        (Json::from(id), Json::from(from.text().as_ref()), Json::from(into.text().as_ref()));
    event
}

/// A subject has a name besides its id.
pub(crate) fn named(number: usize, id: &SubjectId) -> Json {
    let data = json!({"name": "某公司", "aliases": [{"scheme": "file", "code": format!("F{number}")}]});
    json!({
        "specversion": "1.0", "id": format!("n{number}"), "source": "/gov/a", "type": "subject.changed", "subject": id.text(),
        "data": data,
    })
}

/// Hands an event in at an engine that reads nothing before it has put the event on the log.
fn hand_in(engines: &mut Engines<'_>, me: usize, event: &Json) {
    let taken = arrive(&mut engines.engines[me], event, engines.now_ms);
    assert!(taken.is_ok(), "{taken:?}");
    engines.engines[me].flush().expect("a flush");
    engines.under_way[me].push_back(0);
    engines.note_places(me);
}

/// Nothing is on its way any more, what is shown is what there is, and each history is with one subject.
fn rest(engines: &mut Engines<'_>, seed: u64) {
    engines.settle();
    for me in 0..engines.engines.len() {
        engines.tend(me);
        assert!(engines.engines[me].histories().is_empty(), "seed {seed}, engine {me}");
    }
    let (mut redirects, mut with) = (BTreeMap::new(), BTreeMap::new());
    for (id, subject) in engines.engines[0].partitions().flat_map(Partition::subjects) {
        let more = subject.more.as_deref();
        if let Some(to) = more.and_then(|more| more.redirect.as_ref()) {
            redirects.insert(id.clone(), to.clone());
            continue;
        }
        for whose in std::iter::once(id).chain(more.into_iter().flat_map(|more| &more.origins)) {
            let before = with.insert(whose.clone(), id.clone());
            assert_eq!(before, None, "seed {seed}: {id} has the history of {whose} too");
        }
    }
    for (id, to) in &with {
        for engine in &engines.engines {
            assert_eq!(engine.resolve(&id.text()).as_ref(), Ok(to), "seed {seed}: who {id} is");
        }
    }
    for (id, to) in &redirects {
        let end = std::iter::successors(Some(to), |id| redirects.get(*id)).take(16).last();
        assert_eq!(with.get(id), end, "seed {seed}: who has the history of {id}");
    }
}

/// Says once more, as owners do who do not know yet that another one has, what is about histories and events that go elsewhere.
fn say_again(engines: &mut Engines<'_>, only_home: bool) -> usize {
    engines.say_again(|content| match content {
        Content::Derived(Derived::Redirected { to, from, .. }) => to == from || !only_home,
        Content::Derived(Derived::RelatedChanged { .. }) => false,
        Content::Event { sent_on, .. } => sent_on.is_some() && !only_home,
        Content::Control(_) => false,
    })
}

/// How many subjects have the name of that number?
fn with_name(engines: &Engines<'_>, number: usize) -> usize {
    let code = format!("F{number}");
    let has_it = |subject: &Subject| subject.profile.aliases().any(|(_, it)| it == code);
    engines.engines[0].partitions().flat_map(Partition::subjects).filter(|(_, subject)| has_it(subject)).count()
}

/// How many names besides its id has a subject?
fn names(engines: &Engines<'_>, id: &SubjectId) -> usize {
    let partition = engines.engines[0].partitions().find_map(|partition| partition.subject(id));
    partition.map_or(0, |(_, subject)| subject.profile.aliases().count())
}

/// Whatever is on its way, with engines that start again, and partitions that change hands: an index that is brought up to date shows what
/// one does that is made whole.
#[test]
fn an_index_beside_a_shared_log_is_the_one_made_whole() {
    let (mut moving, mut merged, mut again) = (0, 0, 0);
    for seed in seeds() {
        let Some((files, mut events, merge)) = until_merged(seed) else { continue };
        let (ids, mut rng) = (subjects(&events), Rng::new(seed));
        let before = events.len();
        events.extend(ids.iter().enumerate().map(|(number, id)| named(number, id)));
        for number in 0..MERGES {
            let (from, into) = (rng.below(ids.len()), rng.below(ids.len()));
            if from != into {
                events.push(like(&merge, &format!("m{number}"), &ids[from], &ids[into]));
            }
            // Something happens meanwhile.
            events.push(named(ids.len() + number, &ids[rng.below(ids.len())]));
            // What was said before is said again: time passes.
            events.extend((0..3).map(|_| events[rng.below(before)].clone()).collect::<Vec<_>>());
            merged += 1;
        }
        let mut engines = Engines::new(&files, 3, 3, seed, true);
        engines.show();
        let last = events.split_off(events.len() - events.len() / 4);
        engines.take(&events);
        again += say_again(&mut engines, false);
        engines.take(&last);
        rest(&mut engines, seed);
        let named: Vec<usize> = (0..ids.len() + MERGES).map(|number| with_name(&engines, number)).collect();
        assert!(named.iter().all(|subjects| *subjects == 1), "seed {seed}: {named:?}");
        moving += engines.indexes.map_or(0, |(_, moving)| moving);
    }
    assert!(merged > 20 && moving > 20, "{merged} merges, {moving} times a history was on its way");
    assert!(again > 0, "nothing was said again");
}

/// Two engines merge two subjects into each other, before either has read the other's merge: neither merge stands, and the
/// histories do not go in a circle for ever.
#[test]
fn subjects_that_are_merged_into_each_other_at_once_come_to_rest() {
    let (mut tried, mut moving, mut home) = (0, 0, 0);
    for (files, before, merge) in (0..200).filter_map(until_merged) {
        let ids = subjects(&before);
        let far = |from: &SubjectId| ids.iter().find(|id| id.partition(5) != from.partition(5));
        let Some((from, into)) = ids.iter().find_map(|from| Some((from, far(from)?))) else { continue };
        let mut engines = Engines::new(&files, 2, 5, tried, false);
        engines.show();
        engines.take(&before);
        engines.settle();
        hand_in(&mut engines, 0, &like(&merge, "there", from, into));
        hand_in(&mut engines, 1, &like(&merge, "back", into, from));
        rest(&mut engines, tried);
        // What happens to them goes on, though somebody says once more that they come home.
        for (number, id) in [from, into].into_iter().enumerate() {
            hand_in(&mut engines, number, &named(number, id));
        }
        rest(&mut engines, tried);
        let named = [from, into].map(|id| names(&engines, id));
        assert_eq!(named.iter().sum::<usize>(), 2);
        say_again(&mut engines, false);
        home += say_again(&mut engines, true);
        rest(&mut engines, tried);
        assert_eq!([from, into].map(|id| names(&engines, id)), named);
        moving += engines.indexes.map_or(0, |(_, moving)| moving);
        tried += 1;
        if tried == 10 {
            break;
        }
    }
    assert!(home > 0 && moving > 0, "{home} came home of {tried} circles, {moving} times a history was on its way");
}

/// A subject is merged into one of its own partition, which has gone to another partition: its history follows.
#[test]
fn a_history_follows_a_subject_that_had_gone_further() {
    let mut tried = 0;
    for (files, before, merge) in (0..400).filter_map(until_merged) {
        let ids = subjects(&before);
        let others = |near: &SubjectId| ids.iter().filter(|id| *id != near).cloned().collect::<Vec<_>>();
        let of = |near: &SubjectId, is_near: bool| {
            others(near).into_iter().find(|id| (id.partition(2) == near.partition(2)) == is_near)
        };
        let Some((first, near, far)) = ids.iter().find_map(|id| Some((id, of(id, true)?, of(id, false)?))) else {
            continue;
        };
        let mut engines = Engines::new(&files, 2, 2, tried, false);
        engines.show();
        engines.take(&before);
        engines.settle();
        hand_in(&mut engines, 0, &like(&merge, "further", &near, &far));
        hand_in(&mut engines, 1, &like(&merge, "late", first, &near));
        rest(&mut engines, tried);
        let partition = engines.engines[1].partitions().nth(usize::from(far.partition(2))).expect("a partition");
        let (_, subject) = partition.subject(&far).expect("who has it");
        let origins = &subject.more.as_ref().expect("origins").origins;
        assert!(origins.contains(first) && origins.contains(&near), "{origins:?}");
        tried += 1;
        if tried == 10 {
            return;
        }
    }
    assert!(tried > 0, "no history has three subjects so");
}
