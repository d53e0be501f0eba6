//! Data of events about subjects themselves.

use super::super::act::{Act, Change, Tie};
use super::super::chance::{Chance, Purpose};
use super::super::code::{organisation_code, registration_number};
use super::super::json::Object;
use super::super::names::{self, INDUSTRIES, write_name};
use super::super::organisation::{Organisation, representative};
use super::{Line, documents};

impl Line<'_> {
    pub(super) fn write_standing(&mut self, data: &mut Object<'_>) {
        match self.planned.act {
            Act::Registered => self.write_registered(data),
            Act::Changed { what, on } => {
                data.date("on", on);
                self.write_change(what, data);
            }
            Act::Deregistered { on } | Act::Resumed { on } => data.date("on", on),
            Act::Linked { tie, on } | Act::Unlinked { tie, on } => {
                self.write_tie(tie, data);
                data.date("on", on);
            }
            Act::Merged => self.write_other("into", 1, data),
            Act::Suspended { from, through } => {
                data.date("from", from);
                data.date("through", through);
                data.text("reason", "法院裁定批准重整计划");
                let year = self.world.calendar.year(from);
                data.text_by("document_no", |out| {
                    self.documents.write_next(out, documents::REORGANISATIONS, year);
                });
            }
            _ => {}
        }
    }

    fn write_profile_name(&self, generation: u8, data: &mut Object<'_>) {
        let Organisation { no, kind, region, industry, .. } = *self.organisation;
        data.text_by("name", |out| write_name(out, self.world.seed, no, generation, kind, region, industry));
    }

    fn write_registered(&self, data: &mut Object<'_>) {
        let organisation = self.organisation;
        data.date("on", organisation.registered);
        data.text("kind", organisation.kind.word());
        self.write_profile_name(0, data);
        data.text("region", organisation.region.code);
        data.text("industry", organisation.industry.code);
        data.date("registered_on", organisation.registered);
        let (seed, no) = (self.world.seed, organisation.no);
        // One in three of the older ones is also known by its older codes.
        if !organisation.has_older_codes() || no % 3 != 0 {
            return;
        }
        data.list("aliases", |aliases| {
            aliases.object(|alias| {
                alias.text("scheme", "reg_no");
                let number = registration_number(seed, no, organisation.region.code);
                alias.text_by("code", |out| out.extend_from_slice(&number));
            });
            aliases.object(|alias| {
                alias.text("scheme", "org_code");
                let code = organisation_code(seed, no, organisation.kind, true);
                alias.text_by("code", |out| out.extend_from_slice(&code));
            });
        });
    }

    fn write_change(&self, what: Change, data: &mut Object<'_>) {
        let thing = (self.planned.organisation, u32::from(self.planned.nth));
        let chance = &mut Chance::new(self.world.seed, Purpose::Correction, thing.0, thing.1);
        match what {
            Change::Name(generation) => self.write_profile_name(generation, data),
            Change::Region => data.text("region", names::region(chance).code),
            Change::Industry => data.text("industry", chance.pick(&INDUSTRIES).code),
        }
    }

    fn write_tie(&self, tie: Tie, data: &mut Object<'_>) {
        match tie {
            Tie::Representative(generation) => {
                data.text("role", "legal_representative");
                data.text_by("to", |out| {
                    out.extend_from_slice(b"P-");
                    out.extend_from_slice(&representative(self.world, self.planned.organisation, generation));
                });
            }
            Tie::Controller(back) => {
                data.text("role", "actual_controller");
                self.write_other("to", back.into(), data);
            }
        }
    }

    /// The organisation whose number is so much less.
    fn write_other(&self, key: &str, back: u32, data: &mut Object<'_>) {
        let other = Organisation::new(self.world, self.planned.organisation.saturating_sub(back));
        data.text_by(key, |out| out.extend_from_slice(&other.code));
    }
}
