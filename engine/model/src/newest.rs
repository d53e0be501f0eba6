//! Sorted sources in which a key may stand several times, read as one: of a key the newest counts.

/// Records in the order of their keys, each key once.
pub trait Sorted {
    /// Why it cannot be read.
    type Error;

    /// Comes to the next record; false after the last.
    ///
    /// # Errors
    /// What is wrong with the source.
    fn advance(&mut self) -> Result<bool, Self::Error>;

    /// The key of the record come to last.
    fn key(&self) -> &[u8];

    /// Its value; none says that the key is gone.
    fn value(&self) -> Option<&[u8]>;
}

/// Several sources as one.
#[derive(Debug)]
pub struct Newest<S> {
    /// From the oldest on; and whether it stands at a record.
    sources: Vec<(S, bool)>,
    /// Which of them has the newest record of the key.
    at: Option<usize>,
    key: Vec<u8>,
}

impl<S: Sorted> Newest<S> {
    /// Comes to the first record of sources that are given from the oldest on.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn new(sources: Vec<S>) -> Result<Self, S::Error> {
        let mut begun = Vec::with_capacity(sources.len());
        for mut source in sources {
            let has_more = source.advance()?;
            begun.push((source, has_more));
        }
        let mut newest = Self { sources: begun, at: None, key: Vec::new() };
        newest.find();
        Ok(newest)
    }

    /// The key at which it stands, and its newest value, none where it is gone; none after the last.
    #[must_use]
    pub fn head(&self) -> Option<(&[u8], Option<&[u8]>)> {
        let (source, _) = self.sources.get(self.at?)?;
        Some((&self.key, source.value()))
    }

    /// Comes to the next key.
    ///
    /// # Errors
    /// What is wrong with a source.
    pub fn advance(&mut self) -> Result<(), S::Error> {
        if self.at.is_some() {
            for (source, has_more) in self.sources.iter_mut().filter(|(_, has_more)| *has_more) {
                if source.key() == self.key.as_slice() {
                    *has_more = source.advance()?;
                }
            }
            self.find();
        }
        Ok(())
    }

    /// The sources, wherever they stand, from the oldest on.
    #[must_use]
    pub fn into_sources(self) -> Vec<S> {
        self.sources.into_iter().map(|(source, _)| source).collect()
    }

    fn find(&mut self) {
        let standing = self.sources.iter().enumerate().filter(|(_, (_, has_more))| *has_more);
        // Of equal keys the first counts for `min_by`: the newest, from the back.
        let least = standing.rev().min_by(|(_, (one, _)), (_, (other, _))| one.key().cmp(other.key()));
        self.at = least.map(|(at, (source, _))| {
            self.key.clear();
            self.key.extend_from_slice(source.key());
            at
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    type Values = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

    struct Listed(std::collections::btree_map::IntoIter<Vec<u8>, Option<Vec<u8>>>, (Vec<u8>, Option<Vec<u8>>));

    impl Sorted for Listed {
        type Error = Infallible;

        fn advance(&mut self) -> Result<bool, Infallible> {
            let next = self.0.next();
            let has_more = next.is_some();
            self.1 = next.unwrap_or_default();
            Ok(has_more)
        }

        fn key(&self) -> &[u8] {
            &self.1.0
        }

        fn value(&self) -> Option<&[u8]> {
            self.1.1.as_deref()
        }
    }

    proptest! {
        #[test]
        fn of_a_key_the_newest_counts(sources: Vec<BTreeMap<Vec<u8>, Option<Vec<u8>>>>) {
            let mut expected = Values::new();
            sources.iter().for_each(|source| expected.extend(source.clone()));
            let listed = sources.into_iter().map(|source| Listed(source.into_iter(), Default::default()));
            let mut newest = Newest::new(listed.collect()).unwrap();
            let mut found = Vec::new();
            while let Some((key, value)) = newest.head() {
                found.push((key.to_vec(), value.map(<[u8]>::to_vec)));
                newest.advance().unwrap();
            }
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
