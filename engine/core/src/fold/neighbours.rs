//! Linked subjects tell each other, whole, what rules may read: inside a partition at once, across by derived events.

use super::{Effect, Outputs, Partition, SubjectNo};
use crate::apply::Touched;
use crate::entry::News;
use crate::facts::{Reading, View, outcome_days};
use crate::subject::{Neighbour, push_rare};
use heng_model::{Day, DaySet, Position, Span, SubjectId};
use std::collections::VecDeque;

/// News on its way: to whom, what.
type Post = VecDeque<(SubjectId, News)>;

impl Partition {
    /// Tells linked subjects: all of them where an outcome changed, else those whose link changed.
    pub(super) fn tell(
        &mut self,
        position: Position,
        number: SubjectNo,
        outcomes_changed: bool,
        linked: &[SubjectId],
        outputs: &mut Outputs,
    ) {
        if self.program.as_ref().is_none_or(|program| program.told.is_empty()) {
            return;
        }
        let mut post = Post::new();
        self.write_news(position, number, outcomes_changed, linked, &mut post);
        self.deliver(position, post, outputs);
    }

    fn write_news(
        &self,
        position: Position,
        number: SubjectNo,
        outcomes_changed: bool,
        linked: &[SubjectId],
        post: &mut Post,
    ) {
        for to in linked {
            post.extend(self.news(position, number, to, true).map(|news| (to.clone(), news)));
        }
        if outcomes_changed {
            for to in self.neighbours_of(number).iter().filter(|to| !linked.contains(to)) {
                post.extend(self.news(position, number, to, false).map(|news| (to.clone(), news)));
            }
        }
    }

    fn deliver(&mut self, position: Position, mut post: Post, outputs: &mut Outputs) {
        while let Some((to, news)) = post.pop_front() {
            if to.partition(self.partitions) != self.id {
                outputs.effects.push(Effect::Tell { to, news });
                continue;
            }
            let number = self.place_of(&to);
            self.hear(position, number, &news, &mut post);
        }
    }

    /// What a derived event tells a subject.
    pub(super) fn hear_derived(&mut self, position: Position, number: SubjectNo, news: &News, outputs: &mut Outputs) {
        let mut post = Post::new();
        self.hear(position, number, news, &mut post);
        self.deliver(position, post, outputs);
    }

    fn hear(&mut self, position: Position, number: SubjectNo, news: &News, post: &mut Post) {
        let changed = self.note(number, news);
        if news.ask {
            post.extend(self.news(position, number, &news.from, false).map(|reply| (news.from.clone(), reply)));
        }
        if changed {
            let touched = Touched { related: true, ..Touched::default() };
            let told = self.rederive(number, &touched);
            self.write_news(position, number, told, &[], post);
        }
    }

    /// Notes the news; did anything that rules may read change?
    fn note<'n>(&mut self, number: SubjectNo, news: &'n News) -> bool {
        let symbols = &self.symbols;
        let outcomes = || {
            let known = |(name, days, paused): &'n (String, DaySet, DaySet)| Some((symbols.get(name)?, days, paused));
            news.outcomes.iter().filter_map(known)
        };
        let links = || {
            let span = |(role, on, through): &'n (String, Day, Day)| Some((role.as_str(), Span::new(*on, *through)?));
            news.links.iter().filter_map(span)
        };
        let Some((_, subject)) = self.subjects.open(number) else { return false };
        let more = subject.more_mut();
        let mut changed = false;
        for former in &news.formerly {
            let renamed = more.links.iter_mut().filter(|link| link.to == *former);
            renamed.for_each(|link| link.to = news.from.clone());
            let known = more.neighbours.len();
            more.neighbours.retain(|near| near.id != *former);
            changed |= known != more.neighbours.len();
        }
        let at = more.neighbours.iter().position(|near| near.id == news.from);
        let at = at.unwrap_or_else(|| {
            let blank = Neighbour { id: news.from.clone(), position: None, links: Vec::new(), outcomes: Vec::new() };
            push_rare(&mut more.neighbours, blank);
            more.neighbours.len().saturating_sub(1)
        });
        let Some(near) = more.neighbours.get_mut(at) else { return changed };
        let is_old = near
            .position
            .is_some_and(|known| known.partition == news.position.partition && known.offset > news.position.offset);
        if is_old {
            return changed;
        }
        near.position = Some(news.position);
        // News mostly say once more what is known.
        if !near.links.iter().map(|(role, on)| (&**role, *on)).eq(links()) {
            near.links = links().map(|(role, on)| (role.into(), on)).collect();
            changed = true;
        }
        if !near.outcomes.iter().map(|(name, days, paused)| (*name, days, paused)).eq(outcomes()) {
            near.outcomes = outcomes().map(|(name, days, paused)| (name, days.clone(), paused.clone())).collect();
            changed = true;
        }
        changed
    }

    /// Everything that one subject tells another.
    fn news(&self, position: Position, number: SubjectNo, to: &SubjectId, ask: bool) -> Option<News> {
        let program = self.program.as_ref()?;
        let (id, subject) = self.subject_at(number)?;
        let subject = &*subject;
        let view = View { program, id, subject };
        let own = subject.more.iter().flat_map(|more| &more.links).filter(|link| link.to == *to);
        let told = program.told.iter().map(|(name, outcome)| {
            let plain = outcome_days(view, &subject.decisions, *outcome, Reading::Plain);
            let paused = plain.minus(&outcome_days(view, &subject.decisions, *outcome, Reading::Paused));
            (self.symbols.name(*name).to_owned(), plain, paused)
        });
        Some(News {
            from: id.clone(),
            position,
            links: own.map(|link| (link.role.to_string(), link.on, link.through)).collect(),
            outcomes: told.collect(),
            formerly: subject.more.as_ref().map(|more| more.origins.clone()).unwrap_or_default(),
            ask,
        })
    }

    /// Everyone a subject is linked with, in either direction, once each.
    pub(super) fn neighbours_of(&self, number: SubjectNo) -> Vec<SubjectId> {
        let Some(more) = self.subjects.more(number) else { return Vec::new() };
        let mut all: Vec<SubjectId> = more.neighbours.iter().map(|near| near.id.clone()).collect();
        for link in &more.links {
            if !all.contains(&link.to) {
                all.push(link.to.clone());
            }
        }
        all
    }
}
