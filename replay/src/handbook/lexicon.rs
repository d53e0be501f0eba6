//! Titles of what conditions name.

use super::block::{Link, anchor};
use super::both;
use super::vocabulary::{self, named_date};
use heng_core::Bilingual;
use heng_model::{Symbol, Symbols};
use heng_rules::condition::Type;
use heng_rules::{
    AuthorityIdx, Basis, FactIdx, Field, Item, ItemIdx, Matter, Measure, OutcomeRef, Pack, Reads, Rule, Words,
};

/// A pack and its names, with the items whose fields are spoken of.
#[derive(Clone, Copy)]
pub(super) struct Lexicon<'a> {
    pub(super) pack: &'a Pack,
    pub(super) symbols: &'a Symbols,
    pub(super) items: &'a [ItemIdx],
}

impl<'a> Lexicon<'a> {
    pub(super) fn new(pack: &'a Pack, symbols: &'a Symbols) -> Self {
        Self { pack, symbols, items: &[] }
    }

    /// The same, speaking of records of these items.
    pub(super) fn about(self, items: &'a [ItemIdx]) -> Self {
        Self { items, ..self }
    }

    pub(super) fn item(&self, index: ItemIdx) -> Option<&'a Item> {
        self.pack.items.get(index.at())
    }

    pub(super) fn field(&self, symbol: Symbol) -> Option<&'a Field> {
        let items = self.items.iter().filter_map(|index| self.item(*index));
        items.flat_map(|item| &item.fields).find(|field| field.symbol == symbol)
    }

    /// A field or a named date.
    pub(super) fn field_words(&self, symbol: Symbol) -> Bilingual {
        let name = self.symbols.name(symbol);
        self.field(symbol)
            .map(|field| words(&field.words))
            .or_else(|| named_date(name))
            .unwrap_or_else(|| both(name, name))
    }

    pub(super) fn fact_words(&self, index: FactIdx) -> Bilingual {
        self.pack.facts.get(index.at()).map(|fact| words(&fact.words)).unwrap_or_default()
    }

    /// The field that a fact over records reads: the first item's stands for all, which have it with one type.
    pub(super) fn field_read(&self, index: FactIdx) -> Option<&'a Field> {
        let Reads::Records(records) = &self.pack.facts.get(index.at())?.reads else { return None };
        let symbol = records.field?;
        let items = records.items.iter().filter_map(|item| self.item(*item));
        items.flat_map(|item| &item.fields).find(|field| field.symbol == symbol)
    }

    pub(super) fn fact_type(&self, index: FactIdx) -> Option<&'a Type> {
        self.pack.facts.get(index.at()).map(|fact| &fact.ty)
    }

    pub(super) fn outcome(&self, outcome: OutcomeRef) -> Bilingual {
        let name = heng_core::outcome_name(self.pack, self.symbols, outcome);
        if let OutcomeRef::Measure(index) = outcome
            && let Some(measure) = self.pack.measures.get(index.at())
        {
            return both(format!("{}（{name}）", measure.words.zh), format!("{} ({name})", measure.words.en()));
        }
        self.outcome_title(outcome).map_or_else(
            || both(&name, &name),
            |title| both(format!("{}（{name}）", title.zh), format!("{} ({name})", title.en)),
        )
    }

    /// The title of a list or a grade, where the pack gives one; a value without one is said after its scheme's.
    pub(super) fn outcome_title(&self, outcome: OutcomeRef) -> Option<Bilingual> {
        if let Some(title) = self.pack.outcome_title(outcome) {
            return Some(words(title));
        }
        let OutcomeRef::Grade(scheme, Some(value)) = outcome else { return None };
        let scheme = self.pack.outcome_title(OutcomeRef::Grade(scheme, None))?;
        let value = self.symbols.name(value);
        Some(both(format!("{} {value}", scheme.zh), format!("{} {value}", scheme.en())))
    }

    /// The title of an outcome by its name, as cases write it.
    pub(super) fn named_outcome(&self, name: &str) -> Bilingual {
        let entries = self.pack.rules.iter().map(|rule| rule.outcome.entry.named());
        entries
            .into_iter()
            .find(|outcome| heng_core::outcome_name(self.pack, self.symbols, *outcome) == name)
            .map_or_else(|| both(name, name), |outcome| self.outcome(outcome))
    }

    /// A capacity, which a link's role names too where it is one.
    pub(super) fn capacity(&self, code: &str) -> Bilingual {
        let known = self.pack.capacities.iter().find(|capacity| capacity.code == code);
        known.map_or_else(|| both(code, code), |capacity| words(&capacity.words))
    }

    pub(super) fn authorities(&self, indexes: &[AuthorityIdx]) -> Bilingual {
        let known = indexes.iter().filter_map(|index| self.pack.authorities.get(index.at()));
        vocabulary::listed(known.map(|authority| words(&authority.words)))
    }

    /// Links to the chapters of authorities.
    pub(super) fn authority_links(&self, indexes: &[AuthorityIdx]) -> Vec<Link> {
        let known = indexes.iter().filter_map(|index| self.pack.authorities.get(index.at()));
        known.map(|it| (anchor("authority", &it.code), words(&it.words))).collect()
    }

    /// The law and article cited.
    pub(super) fn cited(&self, basis: &Basis) -> Bilingual {
        let Some(law) = self.pack.laws.get(basis.law.at()) else { return Bilingual::default() };
        let number = law.number.as_ref().map(|number| format!("（{number}）")).unwrap_or_default();
        let (zh, en) = (&law.words.zh, law.words.en());
        match &basis.article {
            Some(article) => both(format!("《{zh}》{number}第{article}条"), format!("{en}, art. {article}")),
            None => both(format!("《{zh}》{number}"), en),
        }
    }
}

/// A link to the chapter of a rule.
pub(super) fn rule_link(rule: &Rule) -> Link {
    (anchor("rule", &rule.id), words(&rule.words))
}

/// A link to the chapter of a measure.
pub(super) fn measure_link(measure: &Measure) -> Link {
    (anchor("measure", &measure.code), words(&measure.words))
}

/// A link to the chapter of a matter.
pub(super) fn matter_link(matter: &Matter) -> Link {
    (anchor("matter", &matter.code), words(&matter.words))
}

/// A link to the chapter of an item.
pub(super) fn item_link(item: &Item) -> Link {
    (anchor("item", &item.code), words(&item.words))
}

/// A title in both languages.
pub(super) fn words(words: &Words) -> Bilingual {
    both(&words.zh, words.en())
}
