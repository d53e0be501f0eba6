//! Indexes of the pack's tables.

macro_rules! index {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);
        impl $name {
            /// As an index of the pack's table.
            #[must_use]
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
index! {
    /// Index of an authority in [`super::Pack::authorities`].
    AuthorityIdx,
    /// Index of a law in [`super::Pack::laws`].
    LawIdx,
    /// Index of a measure in [`super::Pack::measures`].
    MeasureIdx,
    /// Index of a matter in [`super::Pack::matters`].
    MatterIdx,
    /// Index of an item in [`super::Pack::items`].
    ItemIdx,
    /// Index of a fact in [`super::Pack::facts`].
    FactIdx,
    /// Index of a rule in [`super::Pack::rules`].
    RuleIdx,
    /// Index of a grade scheme in [`super::Pack::grades`].
    GradeIdx,
    /// Index of a sector in [`super::Pack::sectors`].
    SectorIdx,
}
