//! A pack made ready for checks: what its measures mean for its matters, and its words, put together once.
//!
//! # Invariants
//!
//! Of two packs of one log the one activated later has the greater generation. A symbol names the same under both.

use bytes::Bytes;
use heng_core::{Bilingual, Partition, Program, basis_of, entry_name, remedies};
use heng_model::{Symbol, Symbols};
use heng_rules::{Effect, Measure, MeasureKind, Rule, Words};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a pack says of a rule.
#[derive(Debug)]
pub(crate) struct RuleWords {
    /// The measures that it gives.
    pub(crate) measures: Box<[Symbol]>,
    /// Its words, encoded.
    pub(crate) encoded: Bytes,
}

/// A matter: what measures mean for it, in the order of their codes.
#[derive(Debug)]
pub(crate) struct MatterWords {
    pub(crate) effects: Box<[(Symbol, Effect)]>,
    /// Code and words of each measure, encoded.
    pub(crate) measures: Box<[(Box<str>, Bytes)]>,
}

/// A pack made ready for checks.
#[derive(Debug)]
pub(crate) struct PackWords {
    pub(crate) generation: u64,
    pub(crate) program: Arc<Program>,
    /// `name@version`.
    pub(crate) label: Bytes,
    /// By the symbol of its id.
    rules: Vec<Option<RuleWords>>,
    matters: FxHashMap<Box<str>, MatterWords>,
}

/// What is said of a rule, before it is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText<'a> {
    /// Rule.
    pub rule: &'a str,
    /// `list/x` or `grade/x:v`.
    pub outcome: String,
    /// Title.
    pub title: &'a Words,
    /// Legal bases, `law#article`.
    pub basis: &'a [String],
    /// How to contest it, and how to end it early.
    pub remedies: (&'a Bilingual, &'a Bilingual),
}

/// What is said of a measure, before it is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureText<'a> {
    /// Code.
    pub code: &'a str,
    /// Title.
    pub title: &'a Words,
    /// `sanction` or `incentive`.
    pub kind: &'static str,
    /// Who carries it out: code and name.
    pub duties: Vec<(&'a str, &'a Words)>,
}

/// How words are encoded for the wire: the index keeps the bytes and does not look into them.
#[derive(Debug, Clone, Copy)]
pub struct Encode {
    /// A rule's.
    pub rule: fn(&RuleText<'_>) -> Bytes,
    /// A measure's.
    pub measure: fn(&MeasureText<'_>) -> Bytes,
}

impl PackWords {
    /// The words of the pack in force in a partition.
    pub(crate) fn of(partition: &Partition, generation: u64, encode: Encode) -> Option<Self> {
        let program = Arc::clone(partition.program()?);
        let symbols = partition.symbols();
        let mut rules: Vec<Option<RuleWords>> = Vec::new();
        for rule in &program.pack.rules {
            let at = usize::from(rule.symbol.0);
            if rules.len() <= at {
                rules.resize_with(at.saturating_add(1), || None);
            }
            if let Some(place) = rules.get_mut(at) {
                *place = Some(rule_words(&program, symbols, rule, encode));
            }
        }
        let matters = program.pack.matters.iter();
        let matters = matters
            .map(|matter| (matter.code.as_str().into(), matter_words(&program, symbols, &matter.effects, encode)))
            .collect();
        Some(Self { generation, label: program.label.clone().into(), rules, matters, program })
    }

    /// What the pack says of a rule.
    pub(crate) fn rule(&self, rule: Symbol) -> Option<&RuleWords> {
        self.rules.get(usize::from(rule.0))?.as_ref()
    }

    /// The matter of a code.
    pub(crate) fn matter(&self, code: &str) -> Option<&MatterWords> {
        self.matters.get(code)
    }

    /// Codes of the matters, in the order of the pack.
    pub(crate) fn matter_codes(&self) -> impl Iterator<Item = &str> {
        self.program.pack.matters.iter().map(|matter| matter.code.as_str())
    }
}

fn rule_words(program: &Program, symbols: &Symbols, rule: &Rule, encode: Encode) -> RuleWords {
    let pack = &program.pack;
    let measures = rule.outcome.measures.iter().filter_map(|index| pack.measures.get(index.at()));
    let text = RuleText {
        rule: &rule.id,
        outcome: entry_name(pack, symbols, rule.outcome.entry),
        title: &rule.words,
        basis: basis_of(program, rule),
        remedies: remedies(program, rule),
    };
    RuleWords {
        measures: measures.filter_map(|measure| symbols.get(&measure.code)).collect(),
        encoded: (encode.rule)(&text),
    }
}

fn matter_words(
    program: &Program,
    symbols: &Symbols,
    effects: &[(heng_rules::MeasureIdx, Effect)],
    encode: Encode,
) -> MatterWords {
    let pack = &program.pack;
    let mut known: Vec<(&Measure, Symbol, Effect)> = effects
        .iter()
        .filter_map(|(index, effect)| {
            let measure = pack.measures.get(index.at())?;
            Some((measure, symbols.get(&measure.code)?, *effect))
        })
        .collect();
    known.sort_by(|(a, ..), (b, ..)| a.code.cmp(&b.code));
    let text = |measure: &Measure| {
        let authorities = measure.authorities.iter().filter_map(|index| pack.authorities.get(index.at()));
        (encode.measure)(&MeasureText {
            code: &measure.code,
            title: &measure.words,
            kind: match measure.kind {
                MeasureKind::Sanction => "sanction",
                MeasureKind::Incentive => "incentive",
            },
            duties: authorities.map(|authority| (authority.code.as_str(), &authority.words)).collect(),
        })
    };
    MatterWords {
        effects: known.iter().map(|(_, symbol, effect)| (*symbol, *effect)).collect(),
        measures: known.iter().map(|(measure, ..)| (measure.code.as_str().into(), text(measure))).collect(),
    }
}
