//! "Did you mean": the known name nearest to a mistyped one.

/// Names longer than this are not compared: nobody mistypes so much.
const NAME_CHARS_MAX: usize = 64;

/// What to do about an unknown name: the nearest known one, else all of them.
pub(crate) fn remedy(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// The known name within a third of the letters.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = name.chars().count();
    if length > NAME_CHARS_MAX {
        return None;
    }
    let limit = (length / 3).max(1);
    let candidates = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    candidates.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Letters inserted, dropped or replaced on the way from one word to the other, case not counted.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, a) in from.chars().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        let mut left = row + 1;
        current.push(left);
        for (b, pair) in to.iter().zip(above.windows(2)) {
            let [diagonal, up] = pair else { continue };
            left = (diagonal + usize::from(!a.eq_ignore_ascii_case(b))).min(up + 1).min(left + 1);
            current.push(left);
        }
        above = current;
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_else_all() {
        assert_eq!(remedy("descided_on", &["decided_on", "item"]), "did you mean `decided_on`?");
        assert_eq!(remedy("Subject", &["subject", "source"]), "did you mean `subject`?");
        assert_eq!(remedy("colour", &["item", "record"]), "known: `item`, `record`");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
