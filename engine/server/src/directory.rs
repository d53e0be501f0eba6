//! Which subject a code names: canonical ids, aliases, redirects after merges.

use crate::index::from_state::{Names, names, redirect};
use heng_core::{Body, Event, Partition, Subject};
use heng_model::{ParseSubjectIdError, SubjectId, uscc};
use heng_rules::Pack;
use rustc_hash::FxHashMap;
use std::fmt::Write as _;

/// Codes that resolve to a subject, rebuilt from the state of the partitions.
#[derive(Debug, Default)]
pub struct Directory {
    /// `scheme:code`, and the bare code where only one subject has it.
    aliases: FxHashMap<Box<str>, Vec<SubjectId>>,
    redirects: FxHashMap<SubjectId, SubjectId>,
    /// The name being noted.
    name: String,
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
            directory.note_names(id, &names(&subject));
        }
        directory
    }

    /// Notes what a subject's state says of its names.
    pub(crate) fn note_names(&mut self, id: &SubjectId, names: &Names) {
        for (scheme, code) in &names.aliases {
            self.note_alias(scheme, code, id);
        }
        if let Some(to) = &names.redirect {
            self.redirects.insert(id.clone(), to.clone());
        }
    }

    fn note_alias(&mut self, scheme: &str, code: &str, id: &SubjectId) {
        let mut whole = std::mem::take(&mut self.name);
        put_whole(&mut whole, scheme, code);
        for name in [whole.as_str(), code] {
            match self.aliases.get_mut(name) {
                Some(subjects) if subjects.contains(id) => {}
                Some(subjects) => subjects.push(id.clone()),
                None => _ = self.aliases.insert(name.into(), vec![id.clone()]),
            }
        }
        self.name = whole;
    }

    /// Is there something in a subject's state, of its names, that was not noted, or noted and is no more?
    pub(crate) fn lacks(&self, id: &SubjectId, subject: &Subject) -> bool {
        let mut whole = String::new();
        let mut is_noted = |scheme: &str, code: &str| {
            put_whole(&mut whole, scheme, code);
            [whole.as_str(), code].into_iter().all(|name| self.named(name).any(|named| named == id))
        };
        self.redirects.get(id) != redirect(subject)
            || !subject.profile.aliases().all(|(scheme, code)| is_noted(scheme, code))
    }

    /// Notes what an event that the fold accepts says about names.
    pub fn note(&mut self, event: &Event<'_>) {
        match &event.body {
            Body::Registered(profile) | Body::Changed(profile) => {
                for (scheme, code) in &profile.aliases {
                    self.note_alias(scheme, code, &event.subject);
                }
            }
            Body::Merged { into } if *into != event.subject => self.redirect(event.subject.clone(), into.clone()),
            _ => {}
        }
    }

    /// Notes that a subject's history was taken over.
    pub(crate) fn redirect(&mut self, from: SubjectId, to: SubjectId) {
        self.redirects.insert(from, to);
    }

    /// A history has come home: the subject is itself again.
    pub fn forget_redirect(&mut self, id: &SubjectId) {
        self.redirects.remove(id);
    }

    /// The subject that a code names now: aliases and redirects followed. What the pack reads as an id is never an alias.
    ///
    /// # Errors
    /// [`ResolveError`] where it names none.
    pub fn resolve(&self, given: &str, pack: Option<&Pack>) -> Result<SubjectId, ResolveError> {
        let aliases = match canonical(given, pack) {
            Some(_) => &[],
            None => self.aliases.get(given).map(Vec::as_slice).unwrap_or_default(),
        };
        let mut named = aliases.iter().map(|id| self.follow(id.clone()));
        match named.next() {
            Some(first) if named.all(|other| other == first) => Ok(first),
            Some(_) => Err(ResolveError::Ambiguous(given.to_owned())),
            None => Ok(self.follow(direct(given, pack)?)),
        }
    }

    /// The subjects that have a name for an alias.
    pub(crate) fn named(&self, given: &str) -> impl Iterator<Item = &SubjectId> {
        self.aliases.get(given).into_iter().flatten()
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

    /// Does a redirect, or one after another, lead from a subject to another one, or is it that?
    pub(crate) fn leads_to(&self, id: &SubjectId, to: &SubjectId) -> bool {
        let next = |id: &&SubjectId| self.redirects.get(*id);
        std::iter::successors(Some(id), next).take(REDIRECTS_MAX).any(|id| id == to)
    }

    /// A name that leads by another directory where it does not by this one, or a subject whose history does.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let is_same = |id: &&SubjectId| self.redirects.get(*id) == other.redirects.get(*id);
        let redirected = self.redirects.keys().chain(other.redirects.keys()).find(|id| !is_same(id));
        let leads = |name: &str, to: &SubjectId| self.named(name).any(|id| self.follow(id.clone()) == *to);
        let is_lost = |name: &str| other.named(name).any(|id| !leads(name, &other.follow(id.clone())));
        let lost = || other.aliases.keys().find(|name| is_lost(name));
        redirected.map(|id| id.text().into_owned()).or_else(|| lost().map(|name| name.to_string()))
    }

    /// The subject, other than this one, that the alias already names: because it has it, or because it is its id.
    pub(crate) fn other_with(&self, scheme: &str, code: &str, id: &SubjectId, pack: &Pack) -> Option<SubjectId> {
        let whole = format!("{scheme}:{code}");
        let ids = [code, &whole].into_iter().filter_map(|name| canonical(name, Some(pack)));
        let known = self.aliases.get(whole.as_str()).into_iter().flatten().cloned();
        let this = self.follow(id.clone());
        ids.chain(known).map(|other| self.follow(other)).find(|other| *other != this)
    }
}

/// Puts a code with its scheme, as it is written where the code alone is not enough.
fn put_whole(whole: &mut String, scheme: &str, code: &str) {
    whole.clear();
    // To a text nothing fails to be written.
    let _ = write!(whole, "{scheme}:{code}");
}

/// Redirects followed one after another.
pub(crate) const REDIRECTS_MAX: usize = 64;

/// The subject that a text is the id of, if the pack takes it for one: a scheme that it does not declare may stand in an
/// alias alone.
pub(crate) fn canonical(given: &str, pack: Option<&Pack>) -> Option<SubjectId> {
    let id: SubjectId = given.parse().ok()?;
    let is_taken = pack.is_none_or(|pack| match id.scheme() {
        Some((scheme, _)) => pack.schemes.iter().any(|known| known.name == scheme),
        None => id.is_person() || pack.accepts_uscc,
    });
    is_taken.then_some(id)
}

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

/// Longest name of a scheme, declared or not.
const SCHEME_BYTES_MAX: usize = 64;

/// What is wrong with an alias of a scheme whose check character is known (GB 11714-1997, GS 15-2006).
pub(crate) fn alias_defect(scheme: &str, code: &str) -> Option<String> {
    let valid = match scheme {
        "org_code" => uscc::is_organisation_code(code),
        "reg_no" if code.len() == 15 => uscc::is_registration_number(code),
        "uscc" => code.parse::<uscc::Uscc>().is_ok(),
        _ if scheme.len() > SCHEME_BYTES_MAX => {
            return Some(format!("a scheme of {} bytes is too long: shorten it to {SCHEME_BYTES_MAX}", scheme.len()));
        }
        _ => !code.is_empty() && code.len() <= 64,
    };
    (!valid).then(|| format!("`{code}` is no valid code of scheme `{scheme}`: look for a mistyped character"))
}
