//! What was stated about the subject itself, as attributes over days.

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
    pub changes: Vec<ProfileChange>,
    /// Further codes that name the subject: scheme and code.
    pub aliases: Vec<(Box<str>, Box<str>)>,
}

/// What one event stated, valid from its day until a later day's statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// First day; [`Day::DAWN`] never occurs.
    pub on: Option<Day>,
    /// Kind.
    pub kind: Option<SubjectKind>,
    /// Region.
    pub region: Option<Box<str>>,
    /// Industry.
    pub industry: Option<Box<str>>,
    /// Name.
    pub name: Option<Box<str>>,
}

impl Profile {
    /// The statement of an attribute that holds on a day: the latest day, then the latest position.
    fn stated<'a, T>(&'a self, day: Day, get: impl Fn(&'a ProfileChange) -> Option<T>) -> Option<T> {
        let mut best: Option<(Option<Day>, T)> = None;
        for change in self.changes.iter().filter(|change| change.on.is_none_or(|on| on <= day)) {
            if let Some(value) = get(change)
                && best.as_ref().is_none_or(|(on, _)| *on <= change.on)
            {
                best = Some((change.on, value));
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
        self.stated(day, |change| change.region.as_deref())
    }

    /// A text attribute or the day of registration, as a condition reads it; the kind is the subject's to tell.
    #[must_use]
    pub fn read(&self, field: ProfileField, day: Day) -> Value<'_> {
        let text = |text: Option<&'static str>| text.map_or(Value::Empty, Value::Text);
        match field {
            ProfileField::Kind => text(self.kind_on(day).map(SubjectKind::word)),
            ProfileField::Region => self.region_on(day).map_or(Value::Empty, Value::Text),
            ProfileField::Industry => {
                self.stated(day, |change| change.industry.as_deref()).map_or(Value::Empty, Value::Text)
            }
            ProfileField::Name => self.stated(day, |change| change.name.as_deref()).map_or(Value::Empty, Value::Text),
            ProfileField::RegisteredOn => self.registered_on.map_or(Value::Empty, Value::Day),
        }
    }

    /// The days on which an attribute may change.
    pub fn change_days(&self) -> impl Iterator<Item = Day> {
        self.changes.iter().filter_map(|change| change.on)
    }
}
