//! Who is in the story. Everybody is made up.

/// Reports late, colludes, has accidents, owes wages; each time it ends or is repaired.
pub(super) const CONSTRUCTION: &str = "91420100MADEM0A15F";
/// Well graded, listed by a court for seven weeks, and once recorded by mistake.
pub(super) const INSTRUMENTS: &str = "91420100MADEM0B2XG";
/// Pollutes, owes duty, is banned and listed, evades tax.
pub(super) const CHEMICALS: &str = "91420900MADEM0C343";
/// Founded later, with the person in office.
pub(super) const TRADING: &str = "91420900MADEM0D499";
/// In office at the chemicals firm: known by a pseudonym only.
pub(super) const PERSON: &str = "P-7d3f7d3f7d3f7d3f7d3f7d3f7d3f7d3f";

/// Codes with short names.
const NAMES: [(&str, &str); 5] = [
    (CONSTRUCTION, "晴川建设 Qingchuan"),
    (INSTRUMENTS, "东湖仪器 Donghu"),
    (CHEMICALS, "云梦化工 Yunmeng"),
    (TRADING, "云梦贸易 Trading"),
    (PERSON, "某责任人 a person"),
];

/// The short name of a subject.
pub(super) fn name(subject: &str) -> String {
    let known = NAMES.iter().find(|(code, _)| *code == subject);
    known.map_or(subject, |(_, name)| name).to_owned()
}

/// A department by its event source.
pub(super) fn department(source: &str) -> &str {
    match source.rsplit('/').next().unwrap_or_default() {
        "tax" => "税务 tax",
        "hrss" => "人社 labour",
        "market_regulation" => "市场监管 market",
        "court" => "法院 court",
        "finance" => "财政 finance",
        "development_reform" => "发改 reform",
        "housing_construction" => "住建 housing",
        "emergency" => "应急 emergency",
        "ecology" => "生态环境 ecology",
        "customs" => "海关 customs",
        other => other,
    }
}
