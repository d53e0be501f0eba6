//! Categories of information: those of the catalogue, and those that Heng refuses whatever a pack says.

use crate::pack::Category;
use crate::suggest;
use crate::yaml::At;

const ALLOWED: [(&str, Category); 12] = [
    ("penalty", Category::Penalty),
    ("permit", Category::Permit),
    ("grade", Category::Grade),
    ("list", Category::List),
    ("judgment", Category::Judgment),
    ("enforcement", Category::Enforcement),
    ("payment", Category::Payment),
    ("contract", Category::Contract),
    ("commitment", Category::Commitment),
    ("inspection", Category::Inspection),
    ("registration", Category::Registration),
    ("honour", Category::Honour),
];

/// Words for belief, speech, association, health, biometrics, family planning and other private life.
const REFUSED: [&str; 58] = [
    "belief",
    "beliefs",
    "religion",
    "religious",
    "faith",
    "ideology",
    "political",
    "politics",
    "political_opinion",
    "opinion",
    "ethnicity",
    "race",
    "speech",
    "expression",
    "publication_of_opinion",
    "social_media",
    "petition",
    "petitioning",
    "assembly",
    "protest",
    "association",
    "associations",
    "membership",
    "union",
    "party_membership",
    "health",
    "medical",
    "disease",
    "disability",
    "mental_health",
    "vaccination",
    "genetic",
    "genetics",
    "biometric",
    "biometrics",
    "face",
    "fingerprint",
    "dna",
    "family_planning",
    "birth",
    "births",
    "pregnancy",
    "marriage",
    "divorce",
    "family",
    "relatives",
    "sexuality",
    "sexual_orientation",
    "private_life",
    "privacy",
    "private",
    "consumption",
    "shopping",
    "travel",
    "movement",
    "location",
    "housing",
    "schooling",
];

/// The category at `at`; a refused or unknown one is reported.
pub(crate) fn category(at: At<'_>) -> Option<Category> {
    let text = at.text()?;
    if let Some((_, category)) = ALLOWED.iter().find(|(word, _)| *word == text) {
        return Some(*category);
    }
    if is_refused(text) {
        at.error(
            format!("Heng refuses the category `{text}`"),
            "no records of belief, speech, association, health, biometrics, family planning or other private life: \
             they are no ground for joint measures, and no setting allows them",
        );
    } else {
        let words: Vec<&str> = ALLOWED.iter().map(|(word, _)| *word).collect();
        let near = suggest::hint(text, words.iter().copied());
        let near = if near.starts_with("did") { format!("{near} ") } else { String::new() };
        at.error(format!("unknown category `{text}`"), format!("{near}allowed: {}", words.join(", ")));
    }
    None
}

/// Is this a category that no pack may declare and no event may carry?
#[must_use]
pub fn is_refused(category: &str) -> bool {
    let word = category.trim().to_ascii_lowercase().replace(['-', ' ', '.'], "_");
    REFUSED.contains(&word.as_str()) || word.split('_').any(|part| REFUSED.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_life_is_refused_in_any_spelling_and_no_allowed_category_is() {
        for word in ["religion", "Family-Planning", "health_record", "political opinion", "biometrics"] {
            assert!(is_refused(word), "{word}");
        }
        for (word, _) in ALLOWED {
            assert!(!is_refused(word), "{word}");
        }
    }
}
