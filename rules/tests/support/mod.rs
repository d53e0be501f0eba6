//! A pack that uses every clause of the rule language, and ways to break it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "support of several test programs")]

use heng_model::Symbols;
use heng_rules::{Loaded, PackFiles, load};
use std::collections::BTreeMap;

pub(crate) const PACK: &str = r#"pack: cn-test
version: "2026.11.0"
zh: 测试规则包
time_zone: Asia/Shanghai
region: "420000"
currency: CNY
identifiers: [uscc, {scheme: lei, pattern: '[A-Z0-9]{20}'}]
capacities: {legal_representative: {zh: 法定代表人}, auditor: 注册会计师}
authorities:
  tax: {zh: 税务机关, en: Tax authority, source: /gov/420000/tax}
  finance: {zh: 财政部门, source: /gov/420000/finance}
  court: {source: /court/42, may: [suspend, link, merge]}
withdraw:
  - {rule: tax.old, reason: struck down}
"#;

pub(crate) const LAWS: &str = r#"laws:
  sta-54: {zh: 公布办法, number: 第54号, issuer: 税务总局, in_force: {from: 2022-02-01}, articles: ["6", "13"]}
  sta-old: {zh: 旧办法, in_force: {from: 2019-01-01, to: 2022-01-31}}
  gpl: {zh: 政府采购法, in_force: {from: 2003-01-01}, articles: [22], max: P5Y}
"#;

pub(crate) const MEASURES: &str = r#"measures:
  procurement.bar: {kind: sanction, severity: high, zh: 限制参加政府采购, authorities: [finance], subjects: [enterprise, institution], basis: [gpl#22], max: P3Y}
  licence.green: {kind: incentive, zh: 绿色通道, authorities: tax, basis: gpl}
  office.bar: {kind: sanction, zh: 限制任职, authorities: [finance], subjects: [person], capacities: [legal_representative], basis: [gpl#22], max: P3Y}
  publish: {kind: sanction, zh: 公示, authorities: [tax], basis: sta-54}
"#;

pub(crate) const MATTERS: &str = r#"matters:
  procurement.bid: {zh: 参加政府采购活动, authority: finance, effects: {procurement.bar: bar, licence.green: favour}}
  office: {zh: 任职, authority: finance, effects: {office.bar: restrict, publish: caution}}
"#;

pub(crate) const TAX: &str = r#"sector: tax
zh: 税务领域
grades: {tax: [A, B, M, C, D]}
items:
  tax.major:
    zh: 重大税收违法失信主体
    source: [tax]
    repair_by: [tax, court]
    objection_by: court
    subjects: [enterprise, institution]
    category: list
    disclosure: public
    tier: 严重
    basis: [sta-54#6]
    from: published_on
    on_objection: suspend
    fields:
      evaded: {type: money, required: true, zh: 税款}
      share: {type: decimal}
      conduct: {type: enum, values: [evasion, escape], required: true}
      until: {type: date, max: P3Y}
      paid: {type: date}
      signer: {type: string, personal: true}
      tags: {type: list, of: string}
  tax.penalty:
    zh: 处罚
    source: tax
    subjects: [enterprise, institution]
    category: penalty
    valid: P5Y
    fields: {amount: money, conduct: {type: enum, values: [evasion, escape]}}
  tax.grade:
    source: tax
    subjects: [enterprise]
    category: grade
    basis: sta-54
    fields: {grade: {type: enum, values: [A, B, M, C, D], required: true}, year: {type: year, required: true}, points: {type: int}}
  tax.officer:
    source: tax
    subjects: [person]
    category: judgment
    fields:
facts:
  penalties_12m: {count: tax.penalty, where: "record.amount >= money('2000')", within: P12M, repaired: include}
  fines: {sum: tax.penalty, field: amount, within: year}
  worst: {max: tax.penalty, field: record.amount, default: "0", within: previous_year}
  least: {min: tax.grade, field: points, default: 7}
  kinds: {distinct: [tax.penalty, tax.major], field: conduct}
  grade: {latest: tax.grade, field: grade, default: none}
  a_years: {streak: tax.grade, by: record.year, where: "record.grade == 'A'"}
  quiet: {streak: tax.penalty, by: year}
  repeat: {count: [tax.penalty, tax.major], same: [conduct], prior: true}
  home: {profile: region}
  kind: {profile: kind}
  old: {elapsed: {since: profile.registered_on, at_least: P3Y}}
  listed: {outcome: list/tax.major, ended_within: P3Y}
  was_listed: {outcome: list/tax.major, prior: true}
  graded: {outcome: grade/tax, default: none}
  is_d: {outcome: "grade/tax:D"}
  barred: {outcome: measure/procurement.bar}
  owners: {related: {role: controller, outcome: list/tax.major, reverse: true, linked: after}}
rules:
  - id: tax.major
    zh: 列入
    en: Listed
    basis: [sta-54#6, sta-54#13]
    effective: {from: 2022-02-01, by: record}
    for_each: tax.major
    where: "record.evaded >= money('1000000') && record.share >= decimal('0.10') && repeat == 0"
    from: after record.paid
    lasts: P2Y
    extends: P3Y
    notice: P30D
    repair: {not_before: P6M}
    retroactive: sta-54#6
    explain: {zh: 列入三年, en: Listed for three years}
    outcome: {list: tax.major, measures: [procurement.bar, publish]}
  - id: tax.again
    basis: sta-54
    for_each: tax.major
    where: "was_listed"
    from: record.served_on
    through: record.until
    repaired: include
    outcome: {list: tax.again, measures: [procurement.bar]}
  - id: tax.graded_d
    basis: sta-54
    when: "listed || penalties_12m >= 3 || worst > money('100') || kinds > 1 || least < 3"
    outcome: {grade: tax, value: D}
  - id: tax.a3
    basis: [gpl#22]
    when: "a_years >= 3 && grade == 'A' && !is_d && graded != 'D' && old && kind == 'enterprise' && home.startsWith('42')"
    unless: "barred || fines > money('0') || owners > 0"
    lasts: P1Y
    and_while: true
    outcome: {list: tax.a3, measures: []}
  - id: tax.quiet
    basis: sta-old
    when: "quiet >= 3"
    effective: {to: 2021-12-31}
    lasts: P1Y
    outcome: {list: tax.quiet, measures: [licence.green]}
  - id: tax.officer
    basis: sta-54
    for_each: tax.officer
    from: after P3Y
    lasts: P3Y
    review: required
    outcome: {list: tax.officer, measures: [office.bar]}
"#;

/// The good pack.
pub(crate) fn texts() -> BTreeMap<&'static str, String> {
    [
        ("pack.yaml", PACK),
        ("laws.yaml", LAWS),
        ("measures.yaml", MEASURES),
        ("matters.yaml", MATTERS),
        ("sectors/tax.yaml", TAX),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .into()
}

pub(crate) fn files(texts: &BTreeMap<&'static str, String>) -> PackFiles {
    let mut files = PackFiles::new();
    for (path, text) in texts {
        files.add(path, text.clone().into_bytes()).unwrap();
    }
    files
}

pub(crate) fn load_texts(texts: &BTreeMap<&'static str, String>) -> Result<(Loaded, Symbols), String> {
    let mut symbols = Symbols::default();
    match load(&files(texts), &mut symbols) {
        Ok(loaded) => Ok((loaded, symbols)),
        Err(errors) => {
            assert!(symbols.is_empty(), "a refused pack leaves no names");
            Err(errors.iter().map(|error| format!("{error}\n")).collect())
        }
    }
}

/// The good pack with one text replaced, which must be there.
pub(crate) fn with(file: &'static str, old: &str, new: &str) -> BTreeMap<&'static str, String> {
    let mut texts = texts();
    let text = texts.get_mut(file).expect("the file");
    assert!(text.contains(old), "{old} is not in {file}");
    *text = text.replacen(old, new, 1);
    texts
}

/// The errors of the good pack with one text replaced.
pub(crate) fn errors_with(file: &'static str, old: &str, new: &str) -> String {
    load_texts(&with(file, old, new)).err().unwrap_or_else(|| "no error".to_owned())
}
