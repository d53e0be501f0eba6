//! Reading what the writer wrote; anything else is `None`.

/// Bytes being read.
pub(in crate::subject) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::subject) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::subject) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(in crate::subject) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        // No item takes less than a byte: a length beyond the rest is damage, and no room is made for it.
        self.small::<usize>().filter(|length| *length <= self.0.len())
    }

    pub(in crate::subject) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(in crate::subject) fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.bytes()?).ok()
    }

    /// A text that is kept.
    pub(super) fn boxed(&mut self) -> Option<Box<str>> {
        self.text().map(Into::into)
    }

    /// What is left.
    pub(in crate::subject) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(read(self)?);
        }
        Some(items)
    }

    pub(in crate::subject) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }
}
