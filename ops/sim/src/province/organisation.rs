//! Who an organisation is: a function of seed and number, computed anew wherever it is needed.

use super::World;
use super::act::Generation;
use super::calendar::{Date, date_in, working_day};
use super::chance::{Chance, Purpose};
use super::code::{self, Code};
use super::names::{self, INDUSTRIES, Industry, Region};
use heng_model::SubjectKind;

/// How an organisation behaves, from most to least lawful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Conduct {
    Careful,
    Ordinary,
    Careless,
    Bad,
    /// Hundreds of records.
    Notorious,
}

/// Shares of ten thousand.
const CONDUCT_SHARES: [u32; 5] = [7_000, 2_200, 700, 90, 10];
const CONDUCTS: [Conduct; 5] =
    [Conduct::Careful, Conduct::Ordinary, Conduct::Careless, Conduct::Bad, Conduct::Notorious];

const KIND_SHARES: [u32; 6] = [6_800, 2_300, 300, 250, 250, 100];

/// Of ten thousand, how many exist before the first day.
const EARLIER_SHARE: u32 = 6_500;
/// Of ten thousand, how many close down in a year.
const CLOSED_YEARLY_SHARE: u32 = 300;
const EARLIER_YEARS_MAX: u16 = 20;
const YEAR_DAYS: u16 = 365;
/// Every organisation is known before the last day.
const REGISTERED_BEFORE_END_DAYS: u16 = 30;

/// A synthetic organisation.
#[derive(Debug, Clone)]
pub(super) struct Organisation {
    pub(super) no: u32,
    pub(super) kind: SubjectKind,
    pub(super) region: Region,
    pub(super) industry: Industry,
    pub(super) conduct: Conduct,
    pub(super) registered: Date,
    /// The first day on which it is no longer registered.
    pub(super) closed: Option<Date>,
    pub(super) code: Code,
}

impl Organisation {
    /// The organisation of a number.
    pub(super) fn new(world: &World, no: u32) -> Self {
        let chance = &mut Chance::new(world.seed, Purpose::Organisation, no, 0);
        let kind = SubjectKind::ALL.get(chance.share(&KIND_SHARES)).copied().unwrap_or(SubjectKind::Enterprise);
        let region = names::region(chance);
        let industry = chance.pick(&INDUSTRIES);
        let conduct = CONDUCTS.get(chance.share(&CONDUCT_SHARES)).copied().unwrap_or(Conduct::Ordinary);
        let first = world.first;
        let registered = if chance.in_10_000(EARLIER_SHARE) {
            first.saturating_sub(chance.days(1, EARLIER_YEARS_MAX * YEAR_DAYS))
        } else {
            first.saturating_add(
                chance.days(0, world.end.saturating_sub(first).saturating_sub(REGISTERED_BEFORE_END_DAYS)),
            )
        };
        let registered = working_day(registered);
        let closed = closing(chance, registered.max(first), world.end);
        let is_old = registered < date_in(2015, 10, 1);
        let code = code::unified(world.seed, no, kind, region.code, is_old);
        Self { no, kind, region, industry, conduct, registered, closed, code }
    }

    /// Was it registered before unified codes were given?
    pub(super) fn has_older_codes(&self) -> bool {
        self.registered < date_in(2015, 10, 1)
    }

    /// Is it registered on a date?
    pub(super) fn is_open_on(&self, date: Date) -> bool {
        self.registered <= date && self.closed.is_none_or(|closed| date < closed)
    }
}

fn closing(chance: &mut Chance, from: Date, end: Date) -> Option<Date> {
    let mut year = from;
    while year < end {
        let day = chance.days(30, YEAR_DAYS);
        if chance.in_10_000(CLOSED_YEARLY_SHARE) {
            return Some(working_day(year.saturating_add(day)));
        }
        year = year.saturating_add(YEAR_DAYS);
    }
    None
}

/// The pseudonym of an organisation's legal representative.
///
/// Some persons represent several companies: an organisation may share its first one with an earlier organisation.
pub(super) fn representative(world: &World, no: u32, generation: Generation) -> [u8; 32] {
    const SHARED: u32 = 1_000;
    let mut sharing = Chance::new(world.seed, Purpose::Person, no, 0);
    let shares = generation == Generation::FIRST && sharing.in_10_000(SHARED);
    let no = if shares { no.saturating_sub(sharing.between(1, 20)) } else { no };
    let mut chance = Chance::new(world.seed, Purpose::Person, no, generation.number().into());
    let mut digits = [b'0'; 32];
    for half in digits.chunks_mut(16) {
        let mut bits = chance.bits();
        for digit in half {
            let value = u8::try_from(bits & 15).unwrap_or(0);
            *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
            bits >>= 4;
        }
    }
    digits
}
