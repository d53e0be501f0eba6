//! The events of a subject that were folded: what tells a duplicate from a different event with the same id.

/// Bytes of one event: fingerprint of source and id, fingerprint of the content.
pub const SEEN_BYTES: usize = 12;

/// Fingerprints of events, in the order in which they were folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(pub(super) Vec<u8>);

impl Seen {
    /// Adds an event: the fingerprint of its source and id, and that of its content.
    pub fn add(&mut self, name: u64, content: u32) {
        let mut event = [0; SEEN_BYTES];
        let parts = name.to_le_bytes().into_iter().chain(content.to_le_bytes());
        event.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        self.0.extend_from_slice(&event);
    }

    /// The fingerprint of the content of the event with this fingerprint of source and id, if it was folded.
    #[must_use]
    pub fn find(&self, name: u64) -> Option<u32> {
        find(&self.0, name)
    }

    /// Both fingerprints of every event.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        events(&self.0)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len() / SEEN_BYTES
    }

    /// Was no event folded?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// [`Seen::find`] in the bytes of a packed subject.
pub(super) fn find(seen: &[u8], name: u64) -> Option<u32> {
    events(seen).find(|(known, _)| *known == name).map(|(_, content)| content)
}

fn events(seen: &[u8]) -> impl Iterator<Item = (u64, u32)> {
    let (events, _) = seen.as_chunks::<SEEN_BYTES>();
    events.iter().filter_map(|event| {
        let (name, content) = event.split_first_chunk::<8>()?;
        Some((u64::from_le_bytes(*name), u32::from_le_bytes(*content.first_chunk()?)))
    })
}
