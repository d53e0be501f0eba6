//! Histories that go to other partitions, part by part: entries stand where a test puts them, and no engine does.

use crate::merges::{like, named, subjects, until_merged};
use heng_core::{
    Content, Control, Derived, Effect, Entry, Identity, Outputs, PackSource, Partition, RedirectPart, SentOn, Subject,
};
use heng_model::{Day, Position, SubjectId};
use heng_rules::PackFiles;
use serde_json::Value as Json;
use std::collections::VecDeque;

struct OnePack(PackFiles);

impl PackSource for OnePack {
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        (self.0.sha256() == *sha256).then(|| self.0.clone())
    }
}

/// A log of three partitions.
struct Log {
    packs: OnePack,
    partitions: [Partition; 3],
    events: u64,
}

impl Log {
    fn new(files: &PackFiles) -> Self {
        let (partitions, sha256) = ([0, 1, 2].map(|id| Partition::new(id, 3)), files.sha256());
        let mut log = Self { packs: OnePack(files.clone()), partitions, events: 0 };
        for at in 0..3 {
            let activated = Control::PackActivated { pack: "random", version: "1", sha256, on: Day::EARLIEST };
            log.step(at, Content::Control(activated));
            log.step(at, Content::Control(Control::DayOpened { date: Day::EARLIEST }));
        }
        log
    }

    fn step(&mut self, at: usize, content: Content<'_>) -> Vec<Effect> {
        let position = Position { partition: at as u16, offset: self.partitions[at].next_offset() };
        let mut outputs = Outputs::default();
        self.partitions[at].step(&Entry { position, known_ms: 0, content }, &self.packs, &mut outputs).expect("a step");
        assert!(outputs.refused.is_empty(), "{:?}", outputs.refused);
        outputs.effects
    }

    /// An event, which is another one each time.
    fn say(
        &mut self,
        (subject, other): (&SubjectId, Option<&SubjectId>),
        event: &Json,
        sent_on: Option<SentOn>,
    ) -> Vec<Effect> {
        self.events += 1;
        let line = event.to_string();
        let parsed = heng_files::parse_line(line.as_bytes()).expect("a line");
        let event = parsed.event(subject.clone(), other.cloned()).expect("an event");
        let identity = Identity { name: self.events, content: 0 };
        self.step(at(subject), Content::Event { event, identity, sent_on })
    }

    /// One subject is merged into another: what leaves.
    fn merge(&mut self, merge: &Json, from: &SubjectId, into: &SubjectId) -> RedirectPart {
        part(&self.say((from, Some(into)), &like(merge, "m", from, into), None))
    }

    fn put(&mut self, part: &RedirectPart) -> Vec<Effect> {
        let partition = at(&part.to);
        let RedirectPart { to, from, by, part, parts, source_position, bytes } = part.clone();
        let redirected = Derived::Redirected { to, from, by, part, parts, source_position, bytes: &bytes };
        self.step(partition, Content::Derived(redirected))
    }

    /// Two are merged into each other at once, and what leaves meets the other one's redirect: what was put, and what goes home.
    fn circle(&mut self, merge: &Json, one: &SubjectId, other: &SubjectId) -> [[RedirectPart; 2]; 2] {
        let left = [self.merge(merge, one, other), self.merge(merge, other, one)];
        let home = left.each_ref().map(|it| part(&self.put(it)));
        [left, home]
    }

    /// Puts parts there, and what comes of it, one after another; how many were there?
    fn put_all(&mut self, parts: Vec<RedirectPart>) -> usize {
        let (mut left, mut put) = (VecDeque::from(parts), 0);
        while let Some(next) = left.pop_front() {
            left.extend(self.put(&next).iter().map(|effect| part(std::slice::from_ref(effect))));
            put += 1;
        }
        put
    }

    /// A subject gets a name, by an event that is sent there or sent on; is that counted, and what goes on?
    fn happens(&mut self, id: &SubjectId, sent_on: Option<SentOn>) -> (bool, Vec<Effect>) {
        let effects = self.say((id, None), &named(0, id), sent_on);
        (self.subject(id).seen.find(self.events).is_some(), effects)
    }

    fn subject(&self, id: &SubjectId) -> Subject {
        self.partitions[at(id)].subject(id).expect("a subject").1.into_owned()
    }

    /// Whose histories a subject has besides its own; all that came to it is there.
    fn with(&self, id: &SubjectId) -> Vec<SubjectId> {
        let Some(more) = self.subject(id).more else { return Vec::new() };
        assert!(more.arriving.is_empty(), "{more:?}");
        more.origins.clone()
    }
}

fn at(id: &SubjectId) -> usize {
    usize::from(id.partition(3))
}

fn part(effects: &[Effect]) -> RedirectPart {
    let [Effect::Redirect(part)] = effects else { panic!("{effects:?}") };
    part.clone()
}

/// Two parts of what is one.
fn halves(whole: RedirectPart) -> [RedirectPart; 2] {
    let (first, second) = whole.bytes.split_at(whole.bytes.len() / 2);
    let (first, second) = (first.to_vec(), second.to_vec());
    [
        RedirectPart { parts: 2, bytes: first, ..whole.clone() },
        RedirectPart { part: 1, parts: 2, bytes: second, ..whole },
    ]
}

/// Tries something on logs of several packs, with a merge like those to be made, and three subjects of three partitions.
fn on_logs(mut attempt: impl FnMut(Log, &Json, [&SubjectId; 3])) {
    let mut tried = 0;
    for (files, before, merge) in (0..400).filter_map(until_merged) {
        let ids = subjects(&before);
        let [Some(first), Some(second), Some(third)] = [0, 1, 2].map(|number| ids.iter().find(|id| at(id) == number))
        else {
            continue;
        };
        attempt(Log::new(&files), &merge, [first, second, third]);
        tried += 1;
        if tried == 5 {
            return;
        }
    }
    assert!(tried > 0, "no history has three subjects so");
}

/// The first part comes before who receives it is merged itself, the second after: they meet where that one has gone.
#[test]
fn parts_that_were_separated_meet() {
    for is_late in [false, true] {
        on_logs(|mut log, merge, [first, second, third]| {
            let [early, late] = halves(log.merge(merge, first, second));
            assert_eq!(log.put(&early), []);
            let history = log.merge(merge, second, third);
            let onward = part(&log.put(&late));
            assert_eq!((&onward.to, &onward.from), (third, first));
            // Where it overtakes the one that it follows it goes back to that, and follows once more.
            let left = if is_late { vec![history, onward] } else { vec![onward, history] };
            assert_eq!(log.put_all(left), if is_late { 2 } else { 4 });
            let mut origins = log.with(third);
            origins.sort();
            let mut expected = [first.clone(), second.clone()];
            expected.sort();
            assert_eq!(origins, expected);
        });
    }
}

/// Two are merged into each other at once, and the history of one goes in two parts, of which the second comes after the other one has left.
#[test]
fn parts_go_on_whole_and_come_home() {
    for is_late in [false, true] {
        on_logs(|mut log, merge, [first, second, _]| {
            let [early, late] = halves(log.merge(merge, first, second));
            assert_eq!(log.put(&early), []);
            let back = log.merge(merge, second, first);
            let onward = part(&log.put(&late));
            log.put_all(if is_late { vec![back, onward] } else { vec![onward, back] });
            // Who is home first takes over the other one, or both are.
            let with = [first, second].map(|id| log.with(id));
            assert_eq!(with, if is_late { [vec![], vec![]] } else { [vec![second.clone()], vec![]] });
        });
    }
}

/// What is said again of a journey is no part of the next one, nor goes on again, wherever the history is.
#[test]
fn a_part_that_is_said_again_counts_once() {
    on_logs(|mut log, merge, [first, second, third]| {
        let [left, home] = log.circle(merge, first, second);
        home.iter().for_each(|it| assert_eq!(log.put(it), []));
        // Something happens to the other one, and one goes elsewhere.
        log.happens(second, None);
        let away = log.merge(merge, first, third);
        for it in left.iter().chain(&home) {
            assert_eq!(log.put(it), [], "said again");
        }
        assert_eq!(log.put(&away), []);
        assert_eq!(log.put(&away), []);
        assert_eq!(log.with(third), std::slice::from_ref(first));
        assert_eq!(log.with(second), []);
        assert_eq!(log.subject(second).seen.iter().count(), 2, "its own merge, and what happened since");
    });
}

/// An event that is sent on is said twice: it counts where it came first, whatever has become of that.
#[test]
fn an_event_that_is_sent_on_twice_counts_once() {
    on_logs(|mut log, merge, [first, second, _]| {
        let stood = |offset| Some(SentOn { from: Position { partition: 2, offset }, by: first.clone() });
        let there = log.merge(merge, first, second);
        // It meets a redirect, which is none when it is said again.
        let forward = Effect::Forward { to: second.clone(), by: first.clone() };
        assert_eq!(log.happens(first, stood(7)), (false, vec![forward]));
        let home = RedirectPart { to: first.clone(), source_position: Position { partition: 1, offset: 9 }, ..there };
        assert_eq!(log.put(&home), []);
        assert_eq!(log.happens(first, stood(7)), (false, vec![]));
        assert_eq!(log.happens(first, stood(8)), (true, vec![]), "another one");
    });
}

/// Who was merged into one that was not merged after all stays with that one, and so does what happened to it meanwhile.
#[test]
fn what_followed_a_history_that_went_home_goes_after_it() {
    on_logs(|mut log, merge, [first, second, third]| {
        let [_, home] = log.circle(merge, first, second);
        // A third one follows, and so does an event.
        let left = log.merge(merge, third, first);
        let followed = part(&log.put(&left));
        assert_eq!((&followed.to, &followed.by), (second, first));
        home.iter().for_each(|it| assert_eq!(log.put(it), []));
        let sent_on = Some(SentOn { from: Position { partition: 0, offset: 99 }, by: first.clone() });
        let back = Effect::Forward { to: first.clone(), by: first.clone() };
        assert_eq!(log.happens(second, sent_on), (false, vec![back]), "it is not about this one");
        let after = part(&log.put(&followed));
        assert_eq!((&after.to, &after.by), (first, first));
        assert_eq!(log.put(&after), []);
        assert_eq!([first, second].map(|id| log.with(id)), [vec![third.clone()], vec![]]);
    });
}
