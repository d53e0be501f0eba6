//! Which subject a code names: canonical ids, aliases, redirects after merges.

use heng_core::{Body, Event, Partition};
use heng_model::{ParseSubjectIdError, SubjectId, uscc};
use heng_rules::Pack;
use std::collections::BTreeMap;

/// Codes that resolve to a subject, rebuilt from the state of the partitions.
#[derive(Debug, Default)]
pub struct Directory {
    /// `scheme:code`, and the bare code where only one subject has it.
    aliases: BTreeMap<String, Vec<SubjectId>>,
    redirects: BTreeMap<SubjectId, SubjectId>,
}

/// Why a code names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The form fits nothing.
    #[error(transparent)]
    Form(#[from] ParseSubjectIdError),
    /// The pack accepts no such identifiers.
    #[error("`{given}` is of scheme `{scheme}`, which pack {pack} does not declare under `identifiers`")]
    Scheme {
        /// As given.
        given: String,
        /// Scheme.
        scheme: String,
        /// Pack.
        pack: String,
    },
    /// The scheme's pattern does not fit.
    #[error("`{given}` does not fit `{pattern}`, the form of scheme `{scheme}`")]
    Pattern {
        /// As given.
        given: String,
        /// Scheme.
        scheme: String,
        /// Pattern.
        pattern: String,
    },
    /// Several subjects have the code.
    #[error("`{0}` is an alias of several subjects: write it with its scheme, as scheme:code")]
    Ambiguous(String),
}

impl Directory {
    /// The directory of what the partitions hold.
    #[must_use]
    pub fn of<'a>(partitions: impl Iterator<Item = &'a Partition>) -> Self {
        let mut directory = Self::default();
        for (id, subject) in partitions.flat_map(Partition::subjects) {
            for (scheme, code) in subject.profile.iter().flat_map(|profile| &profile.aliases) {
                directory.note_alias(scheme, code, id);
            }
            if let Some(to) = subject.more.as_ref().and_then(|more| more.redirect.as_ref()) {
                directory.redirects.insert(id.clone(), to.clone());
            }
        }
        directory
    }

    fn note_alias(&mut self, scheme: &str, code: &str, id: &SubjectId) {
        for name in [format!("{scheme}:{code}"), code.to_owned()] {
            let subjects = self.aliases.entry(name).or_default();
            if !subjects.contains(id) {
                subjects.push(id.clone());
            }
        }
    }

    /// Notes what an accepted event says about names.
    pub fn note(&mut self, event: &Event<'_>) {
        match &event.body {
            Body::Registered(profile) | Body::Changed(profile) => {
                for (scheme, code) in &profile.aliases {
                    self.note_alias(scheme, code, &event.subject);
                }
            }
            Body::Merged { into } if *into != event.subject => {
                self.redirects.insert(event.subject.clone(), into.clone());
            }
            _ => {}
        }
    }

    /// The subject that a code names now: aliases and redirects followed.
    ///
    /// # Errors
    /// [`ResolveError`] where it names none.
    pub fn resolve(&self, given: &str, pack: Option<&Pack>) -> Result<SubjectId, ResolveError> {
        let id = match self.aliases.get(given).map(Vec::as_slice) {
            Some([id]) => id.clone(),
            Some([_, _, ..]) => return Err(ResolveError::Ambiguous(given.to_owned())),
            _ => direct(given, pack)?,
        };
        Ok(self.follow(id))
    }

    /// The subject that has taken over this one's history, if one has.
    #[must_use]
    pub fn follow(&self, mut id: SubjectId) -> SubjectId {
        // Redirects that make a circle were refused by the fold; the bound guards against what it has not seen yet.
        for _ in 0..REDIRECTS_MAX {
            match self.redirects.get(&id) {
                Some(to) => id = to.clone(),
                None => break,
            }
        }
        id
    }

    /// The subject, other than this one, that already has the alias.
    pub(crate) fn other_with(&self, scheme: &str, code: &str, id: &SubjectId) -> Option<&SubjectId> {
        self.aliases.get(&format!("{scheme}:{code}"))?.iter().find(|other| *other != id)
    }
}

/// Redirects followed one after another.
const REDIRECTS_MAX: usize = 64;

fn direct(given: &str, pack: Option<&Pack>) -> Result<SubjectId, ResolveError> {
    let id: SubjectId = given.parse()?;
    let Some(pack) = pack else { return Ok(id) };
    let refused = |scheme: &str| ResolveError::Scheme {
        given: given.to_owned(),
        scheme: scheme.to_owned(),
        pack: format!("{}@{}", pack.name, pack.version),
    };
    if id.uscc().is_some() && !pack.accepts_uscc {
        return Err(refused("uscc"));
    }
    if let Some((scheme, code)) = id.scheme() {
        let declared = pack.schemes.iter().find(|known| known.name == scheme).ok_or_else(|| refused(scheme))?;
        if !declared.form.is_match(code) {
            let (scheme, pattern) = (scheme.to_owned(), declared.pattern.clone());
            return Err(ResolveError::Pattern { given: given.to_owned(), scheme, pattern });
        }
    }
    Ok(id)
}

/// What is wrong with an alias of a scheme whose check character is known (GB 11714-1997, GS 15-2006).
pub(crate) fn alias_defect(scheme: &str, code: &str) -> Option<String> {
    let valid = match scheme {
        "org_code" => uscc::is_organisation_code(code),
        "reg_no" if code.len() == 15 => uscc::is_registration_number(code),
        "uscc" => code.parse::<uscc::Uscc>().is_ok(),
        _ => !code.is_empty() && code.len() <= 64,
    };
    (!valid).then(|| format!("`{code}` is no valid code of scheme `{scheme}`: look for a mistyped character"))
}
