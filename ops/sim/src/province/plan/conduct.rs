//! Penalties, and the entries in lists that the worst of them lead to.

use super::Plan;
use crate::province::act::Item;
use crate::province::calendar::Date;
use crate::province::content::{EVASIVE_NATURES, MAJOR_CONDUCTS, NATURES, Tier, penalty};
use crate::province::organisation::Conduct;
use heng_model::SubjectKind;

const TEN_YEARS_DAYS: u32 = 3_652;
/// Of ten thousand penalties, how many the labour authority imposes.
const LABOUR: u32 = 3_500;
const LABOUR_OF_BUILDERS: u32 = 6_000;
/// Of ten thousand serious penalties of the fitting nature, how many end in a list.
const LISTED: u32 = 4_000;
const REPRESENTATIVE_LISTED: u32 = 6_000;

impl Plan<'_, '_> {
    pub(super) fn conduct(&mut self) {
        if self.organisation.kind == SubjectKind::GovernmentBody || self.end <= self.from {
            return;
        }
        let days = u32::from(self.end - self.from);
        let (least, most) = match self.organisation.conduct {
            Conduct::Careful => (0, 3),
            Conduct::Ordinary => (2, 7),
            Conduct::Careless => (5, 22),
            Conduct::Bad => (30, 100),
            Conduct::Notorious => (200, 600),
        };
        // What falls short of one penalty is a chance of one.
        let scaled = self.chance.between(least, most) * days + self.chance.below(TEN_YEARS_DAYS);
        let mut decided: Vec<Date> =
            (0..scaled / TEN_YEARS_DAYS).map(|_| self.from + self.chance.days(0, self.end - self.from - 1)).collect();
        decided.sort_unstable();
        for date in decided {
            self.penalty(date);
        }
    }

    fn penalty(&mut self, decided: Date) {
        let tiers = match self.organisation.conduct {
            Conduct::Careful => [7_500, 2_300, 200],
            Conduct::Ordinary => [6_000, 3_600, 400],
            _ => [4_500, 4_500, 1_000],
        };
        let tier = Tier::ALL.get(self.chance.share(&tiers)).copied().unwrap_or(Tier::Minor);
        let builds = self.organisation.industry.builds;
        if self.chance.in_10_000(if builds { LABOUR_OF_BUILDERS } else { LABOUR }) {
            self.record(Item::LabourPenalty, decided, penalty(tier, 0));
            if tier == Tier::Serious && builds && self.chance.in_10_000(LISTED) {
                self.wage_arrears(decided);
            }
            return;
        }
        let nature = self.chance.share(&[6_000, 1_000, 2_000, 1_000]);
        self.record(Item::TaxPenalty, decided, penalty(tier, nature));
        let evasive = NATURES.get(nature).is_some_and(|nature| EVASIVE_NATURES.contains(nature));
        if tier == Tier::Serious && evasive && self.chance.in_10_000(LISTED) {
            let decided = decided.saturating_add(self.chance.days(20, 90));
            let ground = self.chance.below(u32::try_from(MAJOR_CONDUCTS.len()).unwrap_or(1));
            self.listed.push(decided);
            self.record(Item::TaxMajor, decided, u8::try_from(ground).unwrap_or(0));
        }
    }

    fn wage_arrears(&mut self, penalised: Date) {
        let decided = penalised.saturating_add(self.chance.days(20, 60));
        self.listed.push(decided);
        self.record(Item::WageArrears, decided, 0);
        if let Some(representative) = self.representative_on(decided)
            && self.chance.in_10_000(REPRESENTATIVE_LISTED)
        {
            let delay = self.chance.days(0, 14);
            self.record_after(delay, Item::WagePerson, Some(representative), decided, 0);
        }
    }
}
