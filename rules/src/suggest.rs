//! "Did you mean": the known name nearest to a mistyped one.

/// At most so many known names are listed where none is near.
const LISTED_MAX: usize = 8;

/// A hint for an unknown name.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(name, &known) {
        return format!("did you mean `{near}`?");
    }
    if known.is_empty() {
        return "none is declared".to_owned();
    }
    let listed: Vec<String> = known.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > LISTED_MAX { ", …" } else { "" };
    format!("known: {}{more}", listed.join(", "))
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).max(1).min(length.saturating_sub(1));
    let near = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    near.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Edits (insertion, deletion, replacement) from one word to another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        let mut left = line + 1;
        for ((b, above), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (diagonal + usize::from(a != *b)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_or_the_known_ones_listed() {
        assert_eq!(hint("subjcts", ["subjects", "source"]), "did you mean `subjects`?");
        assert_eq!(hint("tax.major", ["finance.minor"]), "known: `finance.minor`");
        assert_eq!(hint("E", ["A", "B"]), "known: `A`, `B`");
        assert_eq!(hint("x", []), "none is declared");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
