//! Profiles and links.

use super::Application;
use crate::event::Profile;
use crate::refusal::Refusal;
use crate::subject::{Link, ProfileChange, push_rare};
use heng_model::{Day, SubjectId, SubjectKind};

impl Application<'_, '_> {
    pub(super) fn state_profile(&mut self, stated: &Profile<'_>) -> Result<(), Refusal> {
        if let Some(kind) = stated.kind
            && (kind == SubjectKind::Person) != self.id.is_person()
        {
            return Err(Refusal::KindUnfit { kind: kind.word() });
        }
        let today = self.today;
        let profile = &mut self.subject.profile;
        profile.add_change(&ProfileChange {
            on: Some(stated.on.unwrap_or(today)),
            kind: stated.kind,
            region: stated.region,
            industry: stated.industry,
            name: stated.name,
        });
        if let Some(day) = stated.registered_on {
            self.touched.everything |= profile.registered_on != Some(day);
            profile.registered_on = Some(day);
        }
        self.touched.everything |= stated.kind.is_some_and(|kind| kind != self.id.default_kind());
        self.touched.everything |= profile.kinds_len() > 1;
        self.touched.profile = true;
        for (scheme, code) in &stated.aliases {
            profile.add_alias(scheme, code);
        }
        Ok(())
    }

    pub(super) fn deregister(&mut self, on: Day) -> Result<(), Refusal> {
        self.subject.profile.deregistered_on = Some(on);
        self.touched.everything = true;
        Ok(())
    }

    pub(super) fn link(&mut self, role: &str, to: &SubjectId, on: Day) -> Result<(), Refusal> {
        self.may_do(|authority| authority.may_link, "link subjects (may: [link])")?;
        let links = &mut self.subject.more_mut().links;
        // The same link stated again says nothing new, and must not grow what is told about it.
        if links.iter().any(|link| &*link.role == role && link.to == *to && link.on == on && link.through.is_forever())
        {
            return Ok(());
        }
        push_rare(links, Link { role: role.into(), to: to.clone(), on, through: Day::FOREVER });
        self.linked(to);
        Ok(())
    }

    pub(super) fn unlink(&mut self, role: &str, to: &SubjectId, on: Day) -> Result<(), Refusal> {
        self.may_do(|authority| authority.may_link, "unlink subjects (may: [link])")?;
        let links = &mut self.subject.more_mut().links;
        let open = links.iter_mut().filter(|link| &*link.role == role && link.to == *to && link.on <= on);
        open.for_each(|link| link.through = link.through.min(on.previous()));
        links.retain(|link| link.on <= link.through);
        self.linked(to);
        Ok(())
    }

    fn linked(&mut self, to: &SubjectId) {
        self.touched.related = true;
        if !self.touched.tell.contains(to) {
            self.touched.tell.push(to.clone());
        }
    }
}
