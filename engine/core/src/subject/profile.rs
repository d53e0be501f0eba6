//! What was stated about the subject itself, as attributes over days.
//!
//! # Invariants
//!
//! Statements and aliases are kept as they lie in the packed bytes: a subject is opened for every event about it, and
//! few events ask for its name.
//!
//! ```text
//! change = length | on: option of i32 | kind u8, 0 for none | region, industry, name: options of texts
//! alias  = scheme | code
//! ```

use super::codec::{Reader, Writer};
use heng_model::{Day, SubjectKind};
use heng_rules::{ProfileField, Value};

/// Profile of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Day of registration, as last stated.
    pub registered_on: Option<Day>,
    /// Day of deregistration, as last stated.
    pub deregistered_on: Option<Day>,
    /// Statements, in the order in which they became known.
    pub(super) changes: Vec<u8>,
    /// Further codes that name the subject.
    pub(super) aliases: Vec<u8>,
}

/// What one event stated, valid from its day until a later day's statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProfileChange<'a> {
    /// First day; [`Day::DAWN`] never occurs.
    pub on: Option<Day>,
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// Region.
    pub region: Option<&'a str>,
    /// Industry.
    pub industry: Option<&'a str>,
    /// Name.
    pub name: Option<&'a str>,
}

/// A statement as it lies there: its texts are read when asked for.
struct Kept<'a> {
    on: Option<Day>,
    kind: Option<SubjectKind>,
    texts: &'a [u8],
}

impl<'a> Kept<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let on = from.option(Reader::day)?;
        let kind = match usize::from(from.byte()?).checked_sub(1) {
            Some(at) => Some(SubjectKind::ALL.get(at).copied()?),
            None => None,
        };
        Some(Self { on, kind, texts: from.rest() })
    }

    /// Region, industry and name.
    fn texts(&self) -> Option<[Option<&'a str>; 3]> {
        let mut from = Reader::new(self.texts);
        let texts = [from.option(Reader::text)?, from.option(Reader::text)?, from.option(Reader::text)?];
        from.is_done().then_some(texts)
    }
}

impl Profile {
    /// Was nothing stated?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let Self { registered_on, deregistered_on, changes, aliases } = self;
        registered_on.is_none() && deregistered_on.is_none() && changes.is_empty() && aliases.is_empty()
    }

    pub(super) fn clear(&mut self) {
        let Self { registered_on, deregistered_on, changes, aliases } = self;
        (*registered_on, *deregistered_on) = (None, None);
        changes.clear();
        aliases.clear();
    }

    /// Adds a statement.
    pub fn add_change(&mut self, change: &ProfileChange<'_>) {
        let mut bytes = Vec::new();
        let mut to = Writer(&mut bytes);
        to.option(change.on, Writer::day);
        to.byte(change.kind.map_or(0, |kind| (kind as u8).saturating_add(1)));
        [change.region, change.industry, change.name].into_iter().for_each(|text| to.option(text, Writer::text));
        Writer(&mut self.changes).bytes(&bytes);
    }

    /// Adds a code that names the subject, once.
    pub fn add_alias(&mut self, scheme: &str, code: &str) {
        if !self.aliases().any(|known| known == (scheme, code)) {
            let mut to = Writer(&mut self.aliases);
            to.text(scheme);
            to.text(code);
        }
    }

    /// Further codes that name the subject: scheme and code.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut from = Reader::new(&self.aliases);
        std::iter::from_fn(move || Some((from.text()?, from.text()?)))
    }

    /// How many statements tell the kind?
    #[must_use]
    pub fn kinds_len(&self) -> usize {
        self.changes().filter(|change| change.kind.is_some()).count()
    }

    /// Puts what was stated about another subject, which this one has become, before what was stated about this one.
    pub(super) fn join(&mut self, theirs: &Self) {
        self.registered_on = self.registered_on.or(theirs.registered_on);
        self.changes.splice(0..0, theirs.changes.iter().copied());
        self.aliases.extend_from_slice(&theirs.aliases);
    }

    fn changes(&self) -> impl Iterator<Item = Kept<'_>> {
        let mut from = Reader::new(&self.changes);
        std::iter::from_fn(move || from.bytes()).filter_map(Kept::read)
    }

    /// Can every statement and alias be read?
    pub(super) fn is_sound(&self) -> bool {
        fn all(bytes: &[u8], one: impl Fn(&mut Reader<'_>) -> Option<()>) -> bool {
            let mut from = Reader::new(bytes);
            while !from.is_done() {
                if one(&mut from).is_none() {
                    return false;
                }
            }
            true
        }
        all(&self.changes, |from| Kept::read(from.bytes()?)?.texts().map(|_| ()))
            && all(&self.aliases, |from| from.text().and(from.text()).map(|_| ()))
    }

    /// The statement of an attribute that holds on a day: the latest day, then the latest position.
    fn stated<'a, T>(&'a self, day: Day, get: impl Fn(Kept<'a>) -> Option<T>) -> Option<T> {
        let mut best: Option<(Option<Day>, T)> = None;
        for change in self.changes().filter(|change| change.on.is_none_or(|on| on <= day)) {
            let on = change.on;
            if best.as_ref().is_none_or(|(known, _)| *known <= on)
                && let Some(value) = get(change)
            {
                best = Some((on, value));
            }
        }
        best.map(|(_, value)| value)
    }

    /// Kind on a day, if it was stated.
    #[must_use]
    pub fn kind_on(&self, day: Day) -> Option<SubjectKind> {
        self.stated(day, |change| change.kind)
    }

    /// Region on a day, if it was stated.
    #[must_use]
    pub fn region_on(&self, day: Day) -> Option<&str> {
        self.stated(day, |change| {
            let [region, _, _] = change.texts()?;
            region
        })
    }

    /// A text attribute or the day of registration, as a condition reads it; the kind is the subject's to tell.
    #[must_use]
    pub fn read(&self, field: ProfileField, day: Day) -> Value<'_> {
        let text = match field {
            ProfileField::Kind => self.kind_on(day).map(SubjectKind::word),
            ProfileField::Region => self.region_on(day),
            ProfileField::Industry => self.stated(day, |change| change.texts().and_then(|[_, industry, _]| industry)),
            ProfileField::Name => self.stated(day, |change| change.texts().and_then(|[_, _, name]| name)),
            ProfileField::RegisteredOn => return self.registered_on.map_or(Value::Empty, Value::Day),
        };
        text.map_or(Value::Empty, Value::Text)
    }

    /// The days on which an attribute may change.
    pub fn change_days(&self) -> impl Iterator<Item = Day> {
        self.changes().filter_map(|change| change.on)
    }
}
