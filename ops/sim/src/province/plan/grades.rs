//! Yearly grades: tax in April, labour in June.

use super::Plan;
use crate::province::act::Item;
use crate::province::calendar::{Date, date_in};
use crate::province::organisation::Conduct;
use heng_model::SubjectKind;

/// Of ten thousand, how many of the smaller organisations are graded.
const SMALL_GRADED: u32 = 2_500;
/// Of ten thousand enterprises, how many the labour authority grades.
const LABOUR_GRADED: u32 = 3_000;
const LABOUR_GRADED_BUILDERS: u32 = 6_000;
/// Of ten thousand D grades, how many name the person responsible; the rule is of 2025.
const RESPONSIBLE: u32 = 3_000;
const RESPONSIBLE_FROM: u16 = 2025;
/// Index of D in the grades.
const D: u8 = 4;

impl Plan<'_, '_> {
    pub(super) fn grades(&mut self) {
        let organisation = self.organisation;
        let taxed = match organisation.kind {
            SubjectKind::Enterprise => true,
            SubjectKind::IndividualBusiness | SubjectKind::Cooperative => self.chance.in_10_000(SMALL_GRADED),
            _ => false,
        };
        let share = if organisation.industry.builds { LABOUR_GRADED_BUILDERS } else { LABOUR_GRADED };
        let labour = organisation.kind == SubjectKind::Enterprise && self.chance.in_10_000(share);
        let calendar = &self.world.calendar;
        let (first, last) = (calendar.year(self.world.first), calendar.year(self.world.end));
        for year in first..=last {
            // Only who existed all through the year graded.
            if organisation.registered >= date_in(year.saturating_sub(1), 1, 1) {
                continue;
            }
            let april = date_in(year, 4, 1).saturating_add(self.chance.days(0, 27));
            if taxed && self.may_decide(april) {
                self.tax_grade(year, april);
            }
            let june = date_in(year, 6, 1).saturating_add(self.chance.days(0, 27));
            if labour && self.may_decide(june) {
                let delay = self.chance.days(0, 10);
                let shares = match organisation.conduct {
                    Conduct::Careful => [4_000, 5_900, 100],
                    Conduct::Ordinary => [1_500, 8_000, 500],
                    _ => [100, 6_400, 3_500],
                };
                let grade = u8::try_from(self.chance.share(&shares)).unwrap_or(0);
                self.record_after(delay, Item::LabourGrade, None, june, grade);
            }
        }
    }

    fn may_decide(&self, date: Date) -> bool {
        self.from <= date && date < self.end
    }

    fn tax_grade(&mut self, year: u16, decided: Date) {
        let shares = match self.organisation.conduct {
            Conduct::Careful => [2_200, 5_500, 2_000, 250, 50],
            Conduct::Ordinary => [600, 5_400, 2_500, 1_200, 300],
            _ => [50, 2_450, 2_000, 3_500, 2_000],
        };
        let since = date_in(year.saturating_sub(1), 1, 1);
        let is_listed = self.listed.iter().any(|listed| since <= *listed && *listed <= decided);
        let drawn = u8::try_from(self.chance.share(&shares)).unwrap_or(0);
        let grade = if is_listed { D } else { drawn };
        let delay = self.chance.days(0, 8);
        self.record_after(delay, Item::TaxGrade, None, decided, grade);
        if grade == D && year >= RESPONSIBLE_FROM && self.chance.in_10_000(RESPONSIBLE) {
            let decided = decided.saturating_add(self.chance.days(95, 140));
            if let Some(representative) = self.representative_on(decided) {
                let delay = self.chance.days(0, 14);
                self.record_after(delay, Item::TaxPerson, Some(representative), decided, 0);
            }
        }
    }
}
