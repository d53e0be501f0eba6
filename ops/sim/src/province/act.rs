//! What is planned to happen, small enough to hold millions of.

use super::calendar::Date;

/// One event to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    /// Seconds since the start of the first day.
    pub(super) at_s: u32,
    /// Number of the organisation whose plan it is.
    pub(super) organisation: u32,
    /// Its place in that plan.
    pub(super) nth: u16,
    pub(super) act: Act,
}

impl Planned {
    /// The order of the output; no two events share it.
    pub(super) fn order(&self) -> (u32, u32, u16) {
        (self.at_s, self.organisation, self.nth)
    }
}

/// A record by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) item: Item,
    /// Of whom: the organisation, or its legal representative of a generation.
    pub(super) representative: Option<Generation>,
    /// Number inside the organisation's plan.
    pub(super) no: u16,
}

/// Of an organisation's legal representatives, counted from the first; none has as many as fit a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(std::num::NonZeroU8);

impl Generation {
    pub(super) const FIRST: Self = Self(std::num::NonZeroU8::MIN);

    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(super) fn number(self) -> u8 {
        self.0.get()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[rustfmt::skip]
pub(super) enum Act {
    Registered,
    Changed { what: Change, on: Date },
    Deregistered { on: Date },
    Linked { tie: Tie, on: Date },
    Unlinked { tie: Tie, on: Date },
    /// Into the organisation numbered one less.
    Merged,
    /// `detail` is what the plan decided about the content, see [`super::content`].
    Recorded { record: Record, decided: Date, detail: u8 },
    /// Version 0 stands for none; a `decided` of 0 leaves the day as it is.
    Corrected { record: Record, decided: Date, version: u8 },
    Retracted { record: Record },
    Repaired { record: Record, by: Authority, on: Date },
    Restored { record: Record, by: Authority, on: Date },
    ObjectionFiled { record: Record, by: Authority, on: Date },
    ObjectionRejected { record: Record, by: Authority, on: Date },
    ObjectionUpheld { record: Record, by: Authority, on: Date },
    Suspended { from: Date, through: Date },
    Resumed { on: Date },
}

/// What changes in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// To the name of this generation.
    Name(u8),
    Region,
    Industry,
}

/// A link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    Representative(Generation),
    /// The organisation whose number is so much less.
    Controller(u16),
}

/// The authorities of the pack that send events here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Authority {
    #[default]
    Tax,
    Hrss,
    DevelopmentReform,
    MarketRegulation,
    Court,
}

impl Authority {
    /// The authority's code in the pack: the end of its source, and the start of its ids.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Tax => "tax",
            Self::Hrss => "hrss",
            Self::DevelopmentReform => "development_reform",
            Self::MarketRegulation => "market_regulation",
            Self::Court => "court",
        }
    }
}

/// The catalogued items of the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    TaxPenalty,
    TaxMajor,
    TaxGrade,
    TaxPerson,
    WageArrears,
    WagePerson,
    LabourPenalty,
    LabourGrade,
}

/// Of ten thousand records of an item, how many meet what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) corrected: u32,
    pub(super) objected: u32,
    pub(super) retracted: u32,
    pub(super) repaired: u32,
}

impl Item {
    /// Code in the pack.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::TaxPenalty => "tax.penalty",
            Self::TaxMajor => "tax.major_violation",
            Self::TaxGrade => "tax.grade",
            Self::TaxPerson => "tax.d_responsible",
            Self::WageArrears => "labour.wage_arrears",
            Self::WagePerson => "labour.wage_arrears_person",
            Self::LabourPenalty => "labour.penalty",
            Self::LabourGrade => "labour.grade",
        }
    }

    /// Who records it.
    pub(super) const fn source(self) -> Authority {
        match self {
            Self::TaxPenalty | Self::TaxMajor | Self::TaxGrade | Self::TaxPerson => Authority::Tax,
            Self::WageArrears | Self::WagePerson | Self::LabourPenalty | Self::LabourGrade => Authority::Hrss,
        }
    }

    /// Who may repair records of it and handle objections to them: `repair_by` and `objection_by` of the pack.
    pub(super) const fn handlers(self) -> &'static [Authority] {
        match self {
            Self::TaxPenalty => &[Authority::Tax, Authority::Tax, Authority::DevelopmentReform],
            Self::LabourPenalty => &[Authority::Hrss, Authority::Hrss, Authority::DevelopmentReform],
            Self::TaxMajor | Self::TaxGrade | Self::TaxPerson => &[Authority::Tax],
            Self::WageArrears | Self::WagePerson | Self::LabourGrade => &[Authority::Hrss],
        }
    }

    /// Does the item have fields that a correction may replace?
    pub(super) const fn has_fields(self) -> bool {
        !matches!(self, Self::TaxPerson | Self::WagePerson)
    }

    pub(super) const fn rates(self) -> Rates {
        match self {
            Self::TaxPenalty | Self::LabourPenalty => {
                Rates { corrected: 400, objected: 300, retracted: 120, repaired: 3_500 }
            }
            Self::TaxMajor | Self::WageArrears => {
                Rates { corrected: 500, objected: 800, retracted: 200, repaired: 3_000 }
            }
            Self::TaxPerson | Self::WagePerson => {
                Rates { corrected: 200, objected: 1_500, retracted: 300, repaired: 2_500 }
            }
            Self::TaxGrade | Self::LabourGrade => Rates { corrected: 60, objected: 40, retracted: 10, repaired: 0 },
        }
    }
}
