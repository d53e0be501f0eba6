//! Who a case is about: ids made up by kind where the case gives none, and labels resolved.

use heng_model::uscc::check_character;
use heng_model::{SubjectId, SubjectKind};
use heng_rules::{Case, CaseProfile, Pack};
use std::collections::BTreeMap;

/// The subjects of a case by label; its own has the empty label.
#[derive(Debug, Default)]
pub(super) struct Subjects(BTreeMap<String, SubjectId>);

const OWN: &str = "";

impl Subjects {
    pub(super) fn of(pack: &Pack, case: &Case) -> Result<Self, String> {
        let mut subjects = Self::default();
        let own = std::iter::once((OWN, &case.subject));
        let others = case.others.iter().map(|(label, profile)| (label.as_str(), profile));
        for (number, (label, profile)) in own.chain(others).enumerate() {
            subjects.0.insert(label.to_owned(), id(pack, profile, number)?);
        }
        Ok(subjects)
    }

    pub(super) fn own(&self) -> Option<&SubjectId> {
        self.0.get(OWN)
    }

    /// Whom a label or an id names; the case's own subject where nothing is given.
    pub(super) fn find(&self, given: Option<&str>) -> Result<SubjectId, String> {
        let given = given.unwrap_or(OWN);
        if let Some(known) = self.0.get(given) {
            return Ok(known.clone());
        }
        let labels: Vec<&str> = self.0.keys().map(String::as_str).filter(|label| !label.is_empty()).collect();
        given.parse().map_err(|error| {
            format!("`{given}` is no label of this case ({}) and no subject: {error}", labels.join(", "))
        })
    }
}

fn id(pack: &Pack, profile: &CaseProfile, number: usize) -> Result<SubjectId, String> {
    if let Some(given) = &profile.id {
        return given.parse().map_err(|error| format!("subject `{given}`: {error}"));
    }
    let kind = profile.kind.unwrap_or(SubjectKind::Enterprise);
    if kind != SubjectKind::Person && !pack.accepts_uscc {
        return Err("the pack names no subject by a unified social credit code: state the subject's `id`".to_owned());
    }
    made_up(kind, number).ok_or_else(|| format!("no id can be made for a {}", kind.word()))
}

/// A valid id of a kind; the same for the same kind and number.
fn made_up(kind: SubjectKind, number: usize) -> Option<SubjectId> {
    let prefix = match kind {
        SubjectKind::Enterprise => "91",
        SubjectKind::IndividualBusiness => "92",
        SubjectKind::Cooperative => "93",
        SubjectKind::Institution => "12",
        SubjectKind::SocialOrganisation => "51",
        SubjectKind::GovernmentBody => "11",
        SubjectKind::Person => return format!("P-{number:032x}").parse().ok(),
    };
    let mut code = format!("{prefix}420100MA{number:07}");
    let check = check_character(code.as_bytes())?;
    code.push(char::from(check));
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_id_tells_the_kind_it_was_made_for() {
        for kind in SubjectKind::ALL {
            let [first, second] = [0, 1].map(|number| made_up(kind, number).unwrap());
            assert_eq!(first.default_kind(), kind);
            assert_ne!(first, second);
        }
    }
}
