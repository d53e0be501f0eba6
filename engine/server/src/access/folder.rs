//! Where the access log is: under `access/`, a journal for each start and each UTC day, named by when it began.
//!
//! # Invariants
//!
//! Names sort by time. A journal holds looks of its UTC day alone, so what is old enough is removed whole.

use heng_log::Disk;
use heng_model::Day;
use std::io;
use std::path::Path;

/// The directory, in the data directory.
pub(super) const DIR: &str = "access";
const DAY_MS: i64 = 86_400_000;

/// The UTC day of an instant: days since 1970-01-01.
pub(super) fn utc_day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

fn day(number: i64) -> Day {
    Day::from_number(i32::try_from(number).unwrap_or(i32::MAX))
}

pub(super) fn name(ms: i64) -> String {
    let rest = ms.rem_euclid(DAY_MS);
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{}T{hours:02}{minutes:02}{seconds:02}.{:03}Z", day(utc_day(ms)), rest % 1_000)
}

/// A name that no journal has yet.
pub(super) fn new_name<D: Disk>(disk: &D, now_ms: i64) -> String {
    let is_free = |name: &String| disk.list(&format!("{DIR}/{name}")).is_err();
    (now_ms..now_ms.saturating_add(1_000)).map(name).find(is_free).unwrap_or_else(|| name(now_ms))
}

/// The day of a journal, by its name; none for what is no journal.
pub(super) fn day_of(name: &str) -> Option<Day> {
    let (day, rest) = name.split_once('T')?;
    let is_time = rest.len() == "hhmmss.mmmZ".len() && rest.ends_with('Z');
    day.parse().ok().filter(|_| is_time)
}

/// Names of the journals in a data directory, the oldest first.
pub(super) fn journals(root: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(root.join(DIR)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && day_of(&name).is_some()
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes the journals of days that ended more than so many days ago; 0 keeps all of them.
pub(super) fn retain(root: &Path, keep_days: u32, now_ms: i64) {
    if keep_days == 0 {
        return;
    }
    let first_kept = day(utc_day(now_ms).saturating_sub(i64::from(keep_days)));
    let old = match journals(root) {
        Ok(names) => names.into_iter().filter(|name| day_of(name).is_some_and(|day| day < first_kept)),
        Err(error) => {
            tracing::warn!(%error, "old journals of the access log cannot be looked for");
            return;
        }
    };
    for name in old {
        match std::fs::remove_dir_all(root.join(DIR).join(&name)) {
            Ok(()) => tracing::info!(%name, keep_days, "a journal of the access log was old enough and is removed"),
            Err(error) => tracing::warn!(%name, %error, "a journal of the access log cannot be removed"),
        }
    }
}
