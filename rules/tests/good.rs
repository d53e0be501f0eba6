//! A pack that uses every clause is accepted, the same each time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use heng_model::Symbols;
use heng_rules::condition::Type;
use heng_rules::{Pack, check_succession, load};
use support::*;

fn good() -> (Pack, Symbols) {
    let (loaded, symbols) = load_texts(&texts()).unwrap_or_else(|errors| panic!("{errors}"));
    let findings: Vec<String> = loaded.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, [""; 0]);
    (loaded.pack, symbols)
}

#[test]
fn rules_stand_by_stratum_then_id_with_kinds_and_effective_days() {
    let (pack, _) = good();
    let kinds = |rule: &heng_rules::Rule| rule.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("+");
    let told: Vec<String> = pack
        .rules
        .iter()
        .map(|rule| {
            format!("{} {} {} {}..{}", rule.stratum, rule.id, kinds(rule), rule.effective.first, rule.effective.last)
        })
        .collect();
    assert_eq!(
        told,
        [
            "0 tax.major enterprise+institution 2022-02-01..open",
            "0 tax.officer person 2022-02-01..open",
            "0 tax.quiet enterprise+individual_business+cooperative+institution+social_organisation+government_body 2019-01-01..2021-12-31",
            "1 tax.again enterprise+institution 2022-02-01..open",
            "1 tax.graded_d enterprise 2022-02-01..open",
            "2 tax.a3 enterprise 2003-01-01..open",
        ]
    );
}

#[test]
fn facts_have_the_types_of_what_they_read() {
    let (pack, symbols) = good();
    let ty = |ty: &Type| match ty {
        Type::Enum(values) => values.iter().map(|value| symbols.name(*value)).collect::<Vec<_>>().join("|"),
        ty => format!("{ty:?}"),
    };
    let told: Vec<String> = pack.facts.iter().map(|fact| format!("{}: {}", fact.name, ty(&fact.ty))).collect();
    assert_eq!(
        told,
        [
            "penalties_12m: Int",
            "fines: Money(\"CNY\")",
            "worst: Money(\"CNY\")",
            "least: Int",
            "kinds: Int",
            "grade: A|B|M|C|D|none",
            "a_years: Int",
            "quiet: Int",
            "repeat: Int",
            "home: Text",
            "kind: enterprise|individual_business|cooperative|institution|social_organisation|government_body|person",
            "old: Bool",
            "listed: Bool",
            "was_listed: Bool",
            "graded: A|B|M|C|D|none",
            "is_d: Bool",
            "barred: Bool",
            "owners: Int",
        ]
    );
}

#[test]
fn the_same_bytes_give_the_same_pack_and_the_same_symbols() {
    let ((a, names_a), (b, names_b)) = (good(), good());
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
    assert_eq!(format!("{names_a:?}"), format!("{names_b:?}"));
    assert_eq!(a.sha256, files(&texts()).sha256());
    // Under a table that already knows other names a symbol means the same name.
    let mut grown = Symbols::default();
    grown.intern("before").unwrap();
    let c = load(&files(&texts()), &mut grown).unwrap().pack;
    assert_eq!(grown.name(c.rules[0].symbol), "tax.major");
    assert_eq!(names_a.name(a.rules[0].symbol), "tax.major");
}

#[test]
fn a_minimal_pack_needs_no_titles() {
    let mut minimal = texts();
    minimal.insert(
        "pack.yaml",
        "pack: p\nversion: 1.0\ntime_zone: UTC\nregion: 420000\nauthorities: {a: {source: /a}}\n".into(),
    );
    minimal.insert("laws.yaml", "laws: {l: {in_force: {from: 2020-01-01}}}\n".into());
    minimal.insert("measures.yaml", "measures: {m: {kind: sanction, authorities: [a], basis: [l#1]}}\n".into());
    minimal.insert("matters.yaml", "matters: {x: {authority: a, effects: {m: bar}}}\n".into());
    minimal.insert(
        "sectors/tax.yaml",
        "sector: s\nitems: {i: {source: a, subjects: [enterprise], category: penalty}}\n\
         rules: [{id: r, basis: l#1, for_each: i, outcome: {list: r, measures: [m]}}]\n"
            .into(),
    );
    let (loaded, _) = load_texts(&minimal).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.pack.version, "1.0");
    assert!(loaded.pack.accepts_uscc);
    assert_eq!(loaded.pack.rules[0].words.zh, "r");
}

#[test]
fn what_looks_like_a_mistake_is_found() {
    let cases = [
        (
            "sectors/tax.yaml",
            "facts:\n",
            "facts:\n  idle: {count: tax.penalty}\n",
            "sectors/tax.yaml:44:3: fact `idle` is used by no rule",
        ),
        (
            "sectors/tax.yaml",
            "measures: [office.bar]",
            "measures: []",
            "measures.yaml:4:3: measure `office.bar` is given by no rule",
        ),
        (
            "matters.yaml",
            "{office.bar: restrict, publish: caution}",
            "{}",
            "matters.yaml:3:3: no measure touches matter `office`",
        ),
        ("sectors/tax.yaml", "\"quiet >= 3\"", "\"quiet >= 3 && 1 > 2\"", ""),
        (
            "sectors/tax.yaml",
            "\"quiet >= 3\"",
            "\"quiet >= 3 && false\"",
            "sectors/tax.yaml:97:5: rule `tax.quiet` never applies: its `when` never holds",
        ),
        (
            "sectors/tax.yaml",
            "\"was_listed\"",
            "was_listed\n    unless: 1 < 2",
            "sectors/tax.yaml:78:5: rule `tax.again` never applies: its `unless` always holds",
        ),
    ];
    for (file, old, new, expected) in cases {
        let (loaded, _) = load_texts(&with(file, old, new)).unwrap_or_else(|errors| panic!("{errors}"));
        let found: Vec<String> = loaded.findings.iter().map(|d| format!("{}: {}", d.place, d.message)).collect();
        assert_eq!(found.join("\n"), expected, "{new}");
    }
}

#[test]
fn a_pack_may_follow_another_only_if_no_rule_is_lost_and_none_reaches_back() {
    let on = "2026-12-01".parse().unwrap();
    let told = |texts| {
        let (new, _) = load_texts(&texts).unwrap_or_else(|errors| panic!("{errors}"));
        let found = check_succession(&good().0, &new.pack, on);
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(told(texts()), "");
    let renamed = with("sectors/tax.yaml", "id: tax.quiet", "id: tax.still");
    assert_eq!(
        told(renamed.clone()),
        "pack.yaml:1:1: rule `tax.quiet` of version 2026.11.0 is missing\n  \
         hint: end it by `effective.to`, or list it under `withdraw` with a reason\n\
         sectors/tax.yaml:97:5: rule `tax.still` is new and law from 2019-01-01, before the activation on 2026-12-01\n  \
         hint: state `effective: {from: 2026-12-01}` or later, or `retroactive:` with the basis"
    );
    let mut mended = renamed;
    let pack = PACK.replace("withdraw:\n", "withdraw:\n  - {rule: tax.quiet, reason: renamed}\n");
    mended.insert("pack.yaml", pack);
    let tax = mended["sectors/tax.yaml"].replace("id: tax.still", "id: tax.still\n    retroactive: sta-old#1");
    mended.insert("sectors/tax.yaml", tax);
    assert_eq!(told(mended), "");
}

#[test]
fn a_second_sector_may_use_the_items_and_outcomes_of_the_first() {
    let mut two = texts();
    two.insert(
        "sectors/bids.yaml",
        "sector: bids\nfacts:\n  listed: {outcome: list/tax.major}\n  fines: {count: tax.penalty, where: record.decided_on \
         < date('2030-01-01')}\nrules:\n  - {id: bids.no, basis: gpl, when: listed && fines > 0, lasts: P1Y, outcome: \
         {list: bids.no, measures: [procurement.bar]}}\n"
            .into(),
    );
    two.insert("calendar.yaml", "holidays: [2026-10-01]\nworkdays: [2026-10-10]\n".into());
    two.insert("tests/bids.yaml", "nonsense".into());
    let (loaded, _) = load_texts(&two).unwrap_or_else(|errors| panic!("{errors}"));
    let rule = loaded.pack.rules.iter().find(|rule| rule.id == "bids.no").unwrap();
    assert_eq!((rule.stratum, loaded.pack.sectors[rule.sector.at()].code.as_str()), (1, "bids"));
    assert_eq!(loaded.pack.calendar.holidays.len(), 1);
    // Facts are local: the sector's own `fines` is meant, a count and no sum.
    let fines = loaded.pack.facts.iter().find(|fact| fact.name == "fines" && fact.sector == rule.sector).unwrap();
    assert_eq!(fines.ty, Type::Int);
}

#[test]
fn values_and_outcomes_may_have_titles_and_numbers_a_least() {
    let mut files = texts();
    let text = files.get_mut("sectors/tax.yaml").unwrap();
    *text = text
        .replacen("escape], required: true}", "escape], required: true, titles: {evasion: {zh: 偷税, en: Evasion}}}", 1)
        .replacen("share: {type: decimal}", "share: {type: decimal, min: \"0.05\"}", 1)
        .replacen(
            "sector: tax\n",
            "sector: tax\noutcomes: {list/tax.major: {zh: 重大名单}, \"grade/tax:D\": {zh: D级, en: D}}\n",
            1,
        );
    let (loaded, symbols) = load_texts(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let pack = loaded.pack;
    let item = pack.items.iter().find(|item| item.code == "tax.major").unwrap();
    let field = |name: &str| item.fields.iter().find(|field| field.name == name).unwrap();
    let title = |value: &str| field("conduct").title(symbols.get(value).unwrap()).map(|it| (it.zh.as_str(), it.en()));
    assert_eq!((title("evasion"), title("escape")), (Some(("偷税", "Evasion")), None));
    assert_eq!(field("share").min.map(|min| min.to_string()).as_deref(), Some("0.05"));
    let titles = pack.rules.iter().filter_map(|rule| pack.outcome_title(rule.outcome.entry.named()));
    let mut titles: Vec<&str> = titles.map(|words| words.zh.as_str()).collect();
    titles.dedup();
    assert!(titles.contains(&"重大名单") && titles.contains(&"D级"), "{titles:?}");
}

#[test]
fn answers_are_due_as_measure_authority_or_pack_say_and_never_where_none_does() {
    let due = |changes: &[(&'static str, &str, &str)]| {
        let mut files = texts();
        for (file, old, new) in changes {
            let text = files.get_mut(file).unwrap();
            assert!(text.contains(old), "{file}: {old}");
            *text = text.replacen(old, new, 1);
        }
        let (loaded, _) = load_texts(&files).unwrap_or_else(|errors| panic!("{errors}"));
        let pack = loaded.pack;
        let measure = pack.measures.iter().find(|it| it.code == "procurement.bar").unwrap();
        let authority = &pack.authorities[measure.authorities[0].at()];
        // A Wednesday.
        pack.answer_due(measure, authority, "2026-09-30".parse().unwrap()).map(|day| day.to_string())
    };
    let pack = ("pack.yaml", "authorities:", "answer_within: P10D\nauthorities:");
    let authority = ("pack.yaml", "finance: {", "finance: {answer_within: 7wd, ");
    let measure = ("measures.yaml", "severity: high", "answer_within: 2wd");
    let never = ("measures.yaml", "severity: high", "answer_within: none");
    assert_eq!(due(&[]), None);
    assert_eq!(due(&[pack]).as_deref(), Some("2026-10-10"));
    assert_eq!(due(&[pack, authority]).as_deref(), Some("2026-10-09"));
    assert_eq!(due(&[pack, authority, measure]).as_deref(), Some("2026-10-02"));
    assert_eq!(due(&[pack, authority, never]), None);
}
