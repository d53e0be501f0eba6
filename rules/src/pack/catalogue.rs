//! Laws, measures, matters and grades: what rules may cite and give.

use super::{AnswerWithin, AuthorityIdx, Kinds, LawIdx, MeasureIdx, Place, Words};
use heng_model::{Day, Period, Span, Symbol};

/// 法律依据
#[derive(Debug, Clone)]
pub struct Law {
    /// Id, such as `sta-54-2021`.
    pub id: String,
    /// Title.
    pub words: Words,
    /// Document number, where it has one.
    pub number: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// The days on which it is law.
    pub in_force: Span,
    /// Is the first of these days only that from which the pack relies on it, its entry into force being unknown?
    pub relied_on: bool,
    /// Articles that may be cited; empty: any.
    pub articles: Vec<String>,
    /// The longest duration it allows, where it limits one (`max`).
    pub max: Option<Period>,
    /// Where it is declared.
    pub place: Place,
}

/// `calendar.yaml`: how working days depart from Monday to Friday; only deadlines of authorities' answers use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days off, sorted.
    pub holidays: Vec<Day>,
    /// Days worked though they fall on a weekend, sorted.
    pub workdays: Vec<Day>,
}

impl Calendar {
    /// Do authorities work on this day?
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        // Day 0 is 1970-01-01, a Thursday.
        let weekend = (i64::from(day.number()) + 3).rem_euclid(7) >= 5;
        self.workdays.binary_search(&day).is_ok() || (!weekend && self.holidays.binary_search(&day).is_err())
    }
}

/// A cited article, written `law#article`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Law.
    pub law: LawIdx,
    /// Article, without which the whole law is cited.
    pub article: Option<String>,
}

/// Sanction (惩戒) or incentive (激励).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// 惩戒
    Sanction,
    /// 激励
    Incentive,
}

/// 措施
#[derive(Debug, Clone)]
pub struct Measure {
    /// Code, such as `procurement.bar`.
    pub code: String,
    /// Title.
    pub words: Words,
    /// Sanction or incentive.
    pub kind: MeasureKind,
    /// Severity as the pack words it, where it does.
    pub severity: Option<String>,
    /// Authorities that carry it out.
    pub authorities: Vec<AuthorityIdx>,
    /// Kinds it may bind.
    pub subjects: Kinds,
    /// Capacities it bears on, for persons.
    pub capacities: Vec<String>,
    /// Its legal basis.
    pub basis: Vec<Basis>,
    /// The longest duration.
    pub max: Option<Period>,
    /// Within what time those who carry it out answer.
    pub answer_within: Option<AnswerWithin>,
    /// Where it is declared.
    pub place: Place,
}

/// What a measure means for a matter; the order is that of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Fast lane, fewer papers.
    Favour,
    /// Look closer.
    Caution,
    /// May, under conditions.
    Restrict,
    /// May not.
    Bar,
}

impl Effect {
    /// The word for it in packs and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Favour => "favour",
            Self::Caution => "caution",
            Self::Restrict => "restrict",
            Self::Bar => "bar",
        }
    }
}

/// 事项
#[derive(Debug, Clone)]
pub struct Matter {
    /// Code, such as `procurement.bid`.
    pub code: String,
    /// Title.
    pub words: Words,
    /// Authority in charge.
    pub authority: AuthorityIdx,
    /// What each measure means for it.
    pub effects: Vec<(MeasureIdx, Effect)>,
    /// Where it is declared.
    pub place: Place,
}

/// Grades of one scheme, best first.
#[derive(Debug, Clone)]
pub struct GradeScheme {
    /// Name, such as `tax`.
    pub name: String,
    /// Values from best to worst.
    pub values: Vec<Symbol>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn working_days_follow_the_week_and_its_exceptions() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let calendar = Calendar { holidays: vec![day("2026-10-01")], workdays: vec![day("2026-10-10")] };
        for (text, works) in [
            ("2026-09-30", true),
            ("2026-10-01", false),
            ("2026-10-03", false),
            ("2026-10-04", false),
            ("2026-10-05", true),
            ("2026-10-10", true),
            ("1969-12-28", false),
        ] {
            assert_eq!(calendar.is_working_day(day(text)), works, "{text}");
        }
    }
}
