//! The bytes of a profile.
//!
//! ```text
//! words = registered on i32 | deregistered on i32 | bytes of the changes u32 | bytes of the aliases u32
//! profile = words | changes | aliases
//! ```

use super::{Reader, Writer};
use crate::subject::Profile;
use crate::subject::record::{NO_DAY, some_day};

pub(super) fn write(to: &mut Writer<'_>, profile: &Profile) {
    let day = |day: Option<heng_model::Day>| day.unwrap_or(NO_DAY).number().cast_unsigned();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let Profile { registered_on, deregistered_on, changes, aliases } = profile;
    to.words([day(*registered_on), day(*deregistered_on), length(changes), length(aliases)]);
    to.raw(changes);
    to.raw(aliases);
}

/// Makes a blank profile what the bytes say.
pub(super) fn read_into(profile: &mut Profile, from: &mut Reader<'_>) -> Option<()> {
    (profile.registered_on, profile.deregistered_on) = (some_day(from.day()?), some_day(from.day()?));
    let mut length = || usize::try_from(u32::from_le_bytes(from.array()?)).ok();
    let (changes, aliases) = (length()?, length()?);
    profile.changes.extend_from_slice(from.take(changes)?);
    profile.aliases.extend_from_slice(from.take(aliases)?);
    Some(())
}
