//! A pack made ready for the fold: which rules an event can touch, found without asking every rule.

use crate::wording::{RuleWording, Wording};
use heng_model::{SubjectKind, Symbol, Symbols, SymbolsFull};
use heng_rules::condition::Condition;
use heng_rules::{
    AuthorityIdx, Body, Env, FactIdx, Item, ItemIdx, MeasureIdx, OutcomeEntry, OutcomeRef, Pack, Reads, Rule, RuleIdx,
    Value,
};

/// A pack and the tables that the fold looks things up in.
#[derive(Debug)]
pub struct Program {
    /// The pack.
    pub pack: Pack,
    /// `name@version`.
    pub label: String,
    items: Vec<Option<ItemIdx>>,
    rules: Vec<Option<RuleIdx>>,
    authorities: Vec<Option<AuthorityIdx>>,
    by_item: Vec<Vec<RuleIdx>>,
    by_rule: Vec<Vec<RuleIdx>>,
    /// Rules that read the profile.
    pub(crate) by_profile: Vec<RuleIdx>,
    /// Rules on conditions that may hold while nothing is recorded.
    pub(crate) restless: Vec<RuleIdx>,
    /// Rules that read linked subjects.
    pub(crate) by_related: Vec<RuleIdx>,
    /// Outcomes that linked subjects are told of: name as it travels, and what it is.
    pub(crate) told: Vec<(Symbol, OutcomeRef)>,
    /// The symbols of the kinds' words, in the order of [`SubjectKind::ALL`].
    kinds: Vec<Symbol>,
    /// The symbols of the measures' codes, in the order of the pack.
    measures: Vec<Symbol>,
    /// Roles that facts name.
    roles: Vec<(Symbol, Box<str>)>,
    /// The symbol of `decided_on`.
    pub(crate) decided_on: Symbol,
    /// What its decisions say in the same words.
    pub(crate) wording: Wording,
    /// Which other records of the same rule can a record's events concern?
    reach: Vec<Reach>,
}

impl Program {
    /// Makes a pack ready; `symbols` is the table the pack was loaded with.
    ///
    /// # Errors
    /// [`SymbolsFull`] if the names of told outcomes find no room.
    pub fn new(pack: Pack, symbols: &mut Symbols) -> Result<Self, SymbolsFull> {
        let told = told(&pack, symbols)?;
        let mut program = Self {
            label: format!("{}@{}", pack.name, pack.version),
            items: by_symbol(pack.items.iter().map(|item| item.symbol)).map(ItemIdx),
            rules: by_symbol(pack.rules.iter().map(|rule| rule.symbol)).map(RuleIdx),
            authorities: by_symbol(pack.authorities.iter().map(|authority| authority.source_symbol)).map(AuthorityIdx),
            by_item: vec![Vec::new(); pack.items.len()],
            by_rule: vec![Vec::new(); pack.rules.len()],
            by_profile: Vec::new(),
            restless: Vec::new(),
            by_related: Vec::new(),
            reach: Vec::new(),
            measures: pack.measures.iter().map(|it| symbols.intern(&it.code)).collect::<Result<_, _>>()?,
            roles: roles(&pack, symbols),
            kinds: SubjectKind::ALL.into_iter().map(|kind| symbols.intern(kind.word())).collect::<Result<_, _>>()?,
            decided_on: symbols.intern("decided_on")?,
            told,
            wording: Wording::of(&pack, symbols),
            pack,
        };
        for at in 0..program.pack.rules.len() {
            program.note_rule(RuleIdx(u16::try_from(at).unwrap_or(u16::MAX)));
        }
        Ok(program)
    }

    fn note_rule(&mut self, index: RuleIdx) {
        let Some(rule) = self.pack.rules.get(index.at()) else { return };
        let facts = facts_of(rule);
        let mut items: Vec<ItemIdx> = Vec::new();
        let mut outcomes = Vec::new();
        let (mut profile, mut related) = (false, false);
        if let Body::OnRecords { item, .. } = rule.body {
            items.push(item);
        }
        for fact in facts.iter().filter_map(|fact| self.pack.facts.get(fact.at())) {
            match &fact.reads {
                Reads::Records(records) => items.extend(&records.items),
                Reads::Profile(_) | Reads::Elapsed { .. } => profile = true,
                Reads::Outcome { outcome, .. } => outcomes.push(*outcome),
                Reads::Related { .. } => related = true,
            }
        }
        items.sort_unstable();
        items.dedup();
        for item in items {
            if let Some(rules) = self.by_item.get_mut(item.at()) {
                rules.push(index);
            }
        }
        for (maker, readers) in self.pack.rules.iter().zip(&mut self.by_rule) {
            if outcomes.iter().any(|outcome| yields(maker, *outcome)) {
                readers.push(index);
            }
        }
        if profile {
            self.by_profile.push(index);
        }
        if related {
            self.by_related.push(index);
        }
        if let Body::OnCondition { when, .. } = &rule.body
            && (profile || when.holds(&Nothing(&self.pack)))
        {
            self.restless.push(index);
        }
        let unless_reads = rule.unless.as_ref().is_some_and(|unless| !unless.facts.is_empty());
        let reads_records_alone = outcomes.is_empty() && !profile && !related && !unless_reads;
        self.reach.push(match rule.body {
            Body::OnRecords { .. } if facts.is_empty() => Reach::Own,
            Body::OnRecords { .. } if reads_records_alone => Reach::Later,
            _ => Reach::All,
        });
    }

    /// The item that a symbol names in this pack.
    #[must_use]
    pub fn item(&self, symbol: Symbol) -> Option<&Item> {
        self.pack.items.get(self.item_index(symbol)?.at())
    }

    pub(crate) fn item_index(&self, symbol: Symbol) -> Option<ItemIdx> {
        *self.items.get(usize::from(symbol.0))?
    }

    /// The rule that a symbol names in this pack.
    #[must_use]
    pub fn rule(&self, symbol: Symbol) -> Option<&Rule> {
        self.pack.rules.get(self.rule_index(symbol)?.at())
    }

    /// What decisions of the rule that a symbol names say.
    pub(crate) fn wording_of(&self, rule: Symbol) -> &RuleWording {
        self.wording.rule(self.rule_index(rule))
    }

    pub(crate) fn rule_index(&self, symbol: Symbol) -> Option<RuleIdx> {
        *self.rules.get(usize::from(symbol.0))?
    }

    /// The authority whose events come from a source.
    #[must_use]
    pub fn authority(&self, source: Symbol) -> Option<AuthorityIdx> {
        *self.authorities.get(usize::from(source.0))?
    }

    /// Rules that records of an item can touch.
    pub(crate) fn rules_of_item(&self, item: ItemIdx) -> &[RuleIdx] {
        self.by_item.get(item.at()).map_or(&[], Vec::as_slice)
    }

    /// Rules that read what a rule yields.
    pub(crate) fn readers_of(&self, rule: RuleIdx) -> &[RuleIdx] {
        self.by_rule.get(rule.at()).map_or(&[], Vec::as_slice)
    }

    /// The symbol of a measure's code: measures that an officer confirmed outlive the pack that numbered them.
    pub(crate) fn measure_symbol(&self, measure: MeasureIdx) -> Option<Symbol> {
        self.measures.get(measure.at()).copied()
    }

    /// The name of a role.
    pub(crate) fn role(&self, role: Symbol) -> &str {
        self.roles.iter().find(|(symbol, _)| *symbol == role).map_or("", |(_, name)| name)
    }

    pub(crate) fn kind_symbol(&self, kind: SubjectKind) -> Symbol {
        self.kinds.get(kind as usize).copied().unwrap_or(Symbol(u16::MAX))
    }

    pub(crate) fn reach(&self, rule: RuleIdx) -> Reach {
        self.reach.get(rule.at()).copied().unwrap_or(Reach::All)
    }
}

/// Which obligations of a rule an event about one record can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// That of the record itself: the rule reads no fact.
    Own,
    /// Those of the record itself and of records that take effect no earlier: facts over records look back.
    Later,
    /// Any.
    All,
}

struct BySymbol(Vec<Option<u16>>);

impl BySymbol {
    fn map<T>(self, wrap: fn(u16) -> T) -> Vec<Option<T>> {
        self.0.into_iter().map(|index| index.map(wrap)).collect()
    }
}

fn by_symbol(symbols: impl Iterator<Item = Symbol>) -> BySymbol {
    let mut table = Vec::new();
    for (index, symbol) in symbols.enumerate() {
        let at = usize::from(symbol.0);
        if table.len() <= at {
            table.resize(at + 1, None);
        }
        if let (Some(slot), Ok(index)) = (table.get_mut(at), u16::try_from(index)) {
            *slot = Some(index);
        }
    }
    BySymbol(table)
}

/// The facts that a rule reads anywhere, sorted, once each.
#[must_use]
pub fn facts_of(rule: &Rule) -> Vec<FactIdx> {
    let main = match &rule.body {
        Body::OnRecords { filter, .. } => filter.as_ref(),
        Body::OnCondition { when, .. } => Some(when),
    };
    let facts = |condition: Option<&Condition>| condition.map(|condition| condition.facts.clone()).unwrap_or_default();
    let mut facts: Vec<FactIdx> = [facts(main), facts(rule.unless.as_ref())].concat();
    facts.sort_unstable();
    facts.dedup();
    facts
}

/// Does the rule yield this outcome?
#[must_use]
pub fn yields(rule: &Rule, outcome: OutcomeRef) -> bool {
    match (outcome, rule.outcome.entry) {
        (OutcomeRef::Measure(measure), _) => rule.outcome.measures.contains(&measure),
        (OutcomeRef::List(wanted), OutcomeEntry::List(list)) => wanted == list,
        (OutcomeRef::Grade(wanted, value), OutcomeEntry::Grade(scheme, given)) => {
            wanted == scheme && value.is_none_or(|value| value == given)
        }
        _ => false,
    }
}

/// An outcome as packs and decisions write it: `list/x`, `grade/x:v`, `measure/x`.
#[must_use]
pub fn outcome_name(pack: &Pack, symbols: &Symbols, outcome: OutcomeRef) -> String {
    let scheme = |grade: heng_rules::GradeIdx| pack.grades.get(grade.at()).map_or("", |scheme| scheme.name.as_str());
    match outcome {
        OutcomeRef::List(list) => format!("list/{}", symbols.name(list)),
        OutcomeRef::Grade(grade, Some(value)) => format!("grade/{}:{}", scheme(grade), symbols.name(value)),
        OutcomeRef::Grade(grade, None) => format!("grade/{}", scheme(grade)),
        OutcomeRef::Measure(measure) => {
            format!("measure/{}", pack.measures.get(measure.at()).map_or("", |measure| measure.code.as_str()))
        }
    }
}

/// The entry that a rule yields, as decisions write it.
#[must_use]
pub fn entry_name(pack: &Pack, symbols: &Symbols, entry: OutcomeEntry) -> String {
    outcome_name(pack, symbols, entry.named())
}

fn roles(pack: &Pack, symbols: &Symbols) -> Vec<(Symbol, Box<str>)> {
    let named = pack.facts.iter().filter_map(|fact| match fact.reads {
        Reads::Related { role, .. } => Some(role),
        _ => None,
    });
    named.map(|role| (role, symbols.name(role).into())).collect()
}

fn told(pack: &Pack, symbols: &mut Symbols) -> Result<Vec<(Symbol, OutcomeRef)>, SymbolsFull> {
    let mut told: Vec<(Symbol, OutcomeRef)> = Vec::new();
    for fact in &pack.facts {
        if let Reads::Related { outcome, .. } = fact.reads
            && !told.iter().any(|(_, known)| *known == outcome)
        {
            let name = outcome_name(pack, symbols, outcome);
            told.push((symbols.intern(&name)?, outcome));
        }
    }
    Ok(told)
}

/// The world of a subject about whom nothing is recorded.
struct Nothing<'a>(&'a Pack);

impl Env for Nothing<'_> {
    fn field(&self, _: Symbol) -> Value<'_> {
        Value::Empty
    }

    fn fact(&self, fact: FactIdx) -> Value<'_> {
        self.0.facts.get(fact.at()).map_or(Value::Empty, crate::facts::nothing)
    }
}
