//! Golden texts on the packs in the tree and on a small one, and what may never stand in the output.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::lexicon::Lexicon;
use super::*;
use crate::cases::tests::bundled;
use crate::cases::{CasesReport, run_cases};
use heng_rules::PackFiles;

fn said(rows: &[Row]) -> String {
    let line = |line: &Line| format!("{}{} | {}", "  ".repeat(usize::from(line.depth)), line.text.zh, line.text.en);
    let row =
        |row: &Row| format!("{}: {}\n", row.label.en, row.lines.iter().map(line).collect::<Vec<_>>().join("\n  "));
    rows.iter().map(row).collect()
}

fn rule(report: &CasesReport, id: &str) -> String {
    let rule = report.pack.rules.iter().find(|rule| rule.id == id).unwrap();
    said(&rule_in_words(&report.pack, &report.symbols, rule))
}

#[test]
fn a_rule_on_records_says_everything_a_clerk_asks() {
    let report = run_cases(&bundled("ofac-sdn"), None).unwrap();
    assert_eq!(
        rule(&report, "ofac.sdn"),
        "To whom: 企业、事业单位、社会组织、机关 | enterprises, public institutions, social organisations, government bodies\n\
         Condition: 每一条“清单在列记录”记录 | Every record of “Stay on the list”\n\
         First day: 记录生效日（决定作出日） | The record's effect day (the day of the decision)\n\
         Last day: 无固定期限：至记录修复、撤销或者失效为止 | Open: until the record is repaired, retracted or no longer valid\n\
         Repair: 记录修复之日起终止 | Ends on the day on which the record is repaired\n  \
         修复机关：外国资产控制办公室（清单发布机构） | Repair by: Office of Foreign Assets Control, publisher of the list\n\
         Objection: 向外国资产控制办公室（清单发布机构）提出；处理期间不停止执行，异议成立的自处理之日起暂停，直至更正或者撤销 | \
         With Office of Foreign Assets Control, publisher of the list; not paused meanwhile; once upheld, paused until the record is \
         corrected or retracted\n\
         Review: 不需要 | Not required\n\
         Outcome: 列入名单 ofac.sdn | Entry in list ofac.sdn\n\
         Measures, and who acts: 清单在列提示（惩戒，sdn.shown）——外国资产控制办公室（清单发布机构） | Shown as listed (sanction, \
         sdn.shown) — Office of Foreign Assets Control, publisher of the list\n\
         Legal basis: 《特别指定国民清单》 | List of specially designated nationals\n\
         When it is law: 2021-08-18 起 | from 2021-08-18\n  仅在此期间之内有效 | In force on these days only\n"
    );
}

const SECTOR: &str = r#"
sector: x
zh: 领域<b>
items:
  x.act:
    zh: 行为
    en: Act
    source: [office]
    subjects: [enterprise]
    category: penalty
    disclosure: public
    basis: [law]
    fields:
      fine:  {type: money, required: true, min: 0, zh: 罚款, en: Fine}
      share: {type: decimal, zh: 比例, en: Share}
      kind:  {type: enum, values: [a, b], titles: {b: {zh: 乙类, en: Kind B}}, zh: 性质, en: Nature}
      open:  {type: bool, zh: 公开, en: Public}
      note:  {type: string, zh: 备注, en: Note}
      until: {type: date, zh: 截止日, en: End}
facts:
  acts: {count: x.act, where: "record.fine > money('500.5')", within: P12M, zh: 次数, en: Acts}
  kind: {latest: x.act, field: kind, default: a, zh: 性质甲, en: Kind}
  old:  {elapsed: {since: profile.registered_on, at_least: P3Y}, zh: 满三年, en: Old}
rules:
  - id: x.one
    zh: 规则一
    basis: [law#3]
    for_each: x.act
    where: "CONDITION"
    from: after P1M
    lasts: P2Y
    repair: {not_before: P6M}
    notice: P10D
    outcome: {list: x.one, measures: [m]}
  - id: x.two
    zh: 规则二
    basis: [law]
    when: "acts * 2 >= 3 && old"
    lasts: P1Y
    and_while: true
    outcome: {list: x.two, measures: [m]}
"#;

fn small(condition: &str) -> CasesReport {
    small_with(condition, &[])
}

/// The small pack with some of its texts exchanged for others.
fn small_with(condition: &str, exchanged: &[(&str, &str)]) -> CasesReport {
    small_in(condition, exchanged, &[])
}

/// The same, with texts of its sector exchanged too.
fn small_in(condition: &str, exchanged: &[(&str, &str)], in_sector: &[(&str, &str)]) -> CasesReport {
    small_whole(condition, exchanged, in_sector, "")
}

/// The same with cases.
fn small_whole(condition: &str, exchanged: &[(&str, &str)], in_sector: &[(&str, &str)], cases: &str) -> CasesReport {
    let mut files = PackFiles::new();
    let shared = [
        (
            "pack.yaml",
            "pack: small\nversion: '1'\nzh: 小<script>alert(1)</script>\nen: Small & sound\ntime_zone: Asia/Shanghai\nregion: '420000'\n\
             currency: CNY\nidentifiers: [uscc]\nauthorities: {office: {zh: 机关, en: Office, source: /office}}\n",
        ),
        (
            "laws.yaml",
            "laws: {law: {zh: 某法, en: Some law, number: 第1号, articles: ['3'], in_force: {from: 2020-01-01}}}\n",
        ),
        (
            "measures.yaml",
            "measures: {m: {kind: sanction, zh: 措施, en: Measure, authorities: [office], subjects: [enterprise], basis: [law]}}\n",
        ),
        ("matters.yaml", "matters: {t: {zh: 事项, en: Matter, authority: office, effects: {m: restrict}}}\n"),
    ];
    let changed = |text: String, all: &[(&str, &str)]| all.iter().fold(text, |text, (from, to)| text.replace(from, to));
    for (path, text) in shared {
        let text = changed(text.to_owned(), exchanged);
        files.add(path, text.into_bytes()).unwrap();
    }
    let sector = changed(SECTOR.replace("CONDITION", condition), in_sector);
    files.add("sectors/x.yaml", sector.into_bytes()).unwrap();
    if !cases.is_empty() {
        files.add("tests/x.yaml", cases.as_bytes().to_vec()).unwrap();
    }
    run_cases(&files, None).unwrap_or_else(|error| panic!("{error}"))
}

/// What a condition of the small pack's first rule says, a line each, in Chinese and English.
fn condition_words(condition: &str) -> String {
    let report = small(condition);
    let rule = report.pack.rules.iter().find(|rule| rule.id == "x.one").unwrap();
    let rows = rule_in_words(&report.pack, &report.symbols, rule);
    let row = rows.iter().find(|row| row.label.en == "Condition").unwrap();
    let texts = row.lines.iter().skip(1);
    texts.map(|line| format!("{}{} | {}", line.depth, line.text.zh, line.text.en)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_form_of_condition_has_words() {
    for (condition, words) in [
        ("record.fine >= money('1000000')", "1罚款 ≥ 1,000,000 元 | Fine ≥ 1,000,000 yuan"),
        ("record.share < decimal('0.10')", "1比例 < 0.1 (10%) | Share < 0.1 (10%)"),
        ("record.kind == 'a'", "1性质 为 「a」 | Nature is “a”"),
        ("record.kind != 'a'", "1性质 不为 「a」 | Nature is not “a”"),
        ("record.kind in ['a', 'b']", "1性质 为 「a」、「乙类」 之一 | Nature is one of “a”, “Kind B”"),
        ("record.open", "1公开：是 | Public: yes"),
        ("!record.open", "1公开：否，或者未载明 | Public: no, or not stated"),
        ("has(record.until)", "1已载明截止日 | End is stated"),
        ("!has(record.until)", "1未载明截止日 | End is not stated"),
        ("record.until > date('2024-02-29')", "1截止日 > 2024-02-29 | End > 2024-02-29"),
        ("record.decided_on <= record.until", "1决定作出日 ≤ 截止日 | day of the decision ≤ End"),
        ("record.note.startsWith('鄂')", "1备注以「鄂」开头 | Note starts with “鄂”"),
        ("size(record.note) > 10", "1备注的个数 > 10 | the number of Note > 10"),
        ("acts + 1 > 2000", "1次数 + 1 > 2,000 | Acts + 1 > 2,000"),
        ("!old", "1并非“满三年” | not “Old”"),
        (
            "record.open && (acts > 1 || old)",
            "1同时符合下列各项： | All of the following:\n2公开：是 | Public: yes\n2符合下列情形之一： | Any of the following:\n\
             3次数 > 1 | Acts > 1\n3满三年 | Old",
        ),
        (
            "!(acts > 1 && old)",
            "1下列情形不成立： | It is not so that:\n2同时符合下列各项： | All of the following:\n3次数 > 1 | Acts > 1\n3满三年 | Old",
        ),
    ] {
        assert_eq!(condition_words(condition), words, "{condition}");
    }
}

#[test]
fn values_and_outcomes_are_said_by_their_titles() {
    assert_eq!(condition_words("record.kind == 'b'"), "1性质 为 「乙类」 | Nature is “Kind B”");
    assert_eq!(condition_words("kind == 'b'"), "1性质甲 为 「乙类」 | Kind is “Kind B”");
    let titled = [("sector: x\n", "sector: x\noutcomes: {list/x.one: {zh: 甲名单, en: List one}}\n")];
    let report = small_in("record.open", &[], &titled);
    let one = rule(&report, "x.one");
    let outcome = "Outcome: 列入名单“甲名单”（list/x.one） | Entry in the list “List one” (list/x.one)\n";
    assert!(one.contains(outcome), "{one}");
    let kind = report.pack.items[0].fields.iter().find(|field| field.name == "kind").unwrap();
    let words = super::item::field_type(&Lexicon::new(&report.pack, &report.symbols), kind);
    assert_eq!((words.zh.as_str(), words.en.as_str()), ("下列之一：a、乙类（b）", "one of a, Kind B (b)"));
}

#[test]
fn a_refused_event_of_an_example_says_so() {
    let case = "- name: refused\n  events: [{record: r1, item: x.act, decided_on: 2024-01-10, fields: {fine: \"-1\", kind: b}, refused: fine}]\n  \
                expect: []\n";
    let report = small_whole("record.open", &[], &[], case);
    let row = super::example::example(&Lexicon::new(&report.pack, &report.symbols), &report.runs[0]);
    assert_eq!(report.failed_len(), 0, "{:?}", report.runs[0].failures);
    assert_eq!(row.lines[0].text.zh, "2024-01-10 “行为”（r1）：罚款 −1 元、性质 乙类（拒收：fine）");
}

#[test]
fn terms_and_facts_have_words() {
    let report = small("record.open");
    let one = rule(&report, "x.one");
    for expected in [
        "First day: 决定作出日满1个月的次日 | The day after 1 month from the day of the decision\n",
        "Last day: 自起始日起2年 | 2 years from the first day\n",
        "但至少持续至自起始日起满6个月 | But not before 6 months from the first day have passed\n",
        "Notice: 起始日前10日即告知，不推迟起始日 | Shown 10 days before the first day; it delays nothing\n",
        "Legal basis: 《某法》（第1号）第3条 | Some law, art. 3\n",
    ] {
        assert!(one.contains(expected), "{expected}\n{one}");
    }
    let two = rule(&report, "x.two");
    assert!(two.contains("次数 × 2 ≥ 3 | Acts × 2 ≥ 3"), "{two}");
    assert!(
        two.contains("条件仍成立的，至条件不再成立为止 | And on while the condition holds, whichever is later"),
        "{two}"
    );
    let entries = entries(&report.pack, &report.symbols);
    let acts = entries.iter().find(|entry| entry.code == "x/acts").unwrap();
    assert_eq!(
        said(&acts.parts),
        "Meaning: “行为”记录的件数 | Number of records: Act\n  仅计：罚款 > 500.5 元 | Only those with: Fine > 500.5 yuan\n  \
         自生效日起12个月内计入 | Counts for 12 months from its effect day\n"
    );
}

#[test]
fn a_day_from_which_a_law_is_only_relied_on_is_not_called_its_entry_into_force() {
    let law = |exchanged: &[(&str, &str)]| {
        let report = small_with("record.open", exchanged);
        let entries = entries(&report.pack, &report.symbols);
        let parts = &entries.iter().find(|entry| entry.code == "law").unwrap().parts;
        (said(&parts[..1]), rule(&report, "x.one"), handbook(&report, Format::Markdown))
    };
    let (known, one, whole) = law(&[]);
    assert_eq!(known, "In force: 2020-01-01 起 | from 2020-01-01\n");
    assert!(!one.contains("relies on") && !whole.contains("并非施行日期"), "{one}");
    let (relied_on, one, whole) = law(&[("{from: 2020-01-01}", "{from: 2020-01-01, to: 2030-12-31}, relied_on: true")]);
    let told = "本规则包自 2020-01-01 起引用（并非施行日期），至 2030-12-31 | relied on by this pack from 2020-01-01 (not its \
                entry into force), to 2030-12-31";
    assert_eq!(relied_on, format!("In force: {told}\n"));
    assert!(one.contains("The first day is that from which this pack relies on a basis above"), "{one}");
    assert!(whole.contains(&told.replace(" | ", " / ")), "{whole}");
}

#[test]
fn every_rule_says_with_whom_it_is_contested_and_who_repairs_what_it_rests_on() {
    for name in ["cn-hubei", "ofac-sdn", "mdb-debarment"] {
        let report = run_cases(&bundled(name), None).unwrap();
        for it in &report.pack.rules {
            let rows = rule_in_words(&report.pack, &report.symbols, it);
            let row = |label: &str| rows.iter().find(|row| row.label.en == label).unwrap();
            assert!(!row("Objection").lines.is_empty() && !row("Repair").lines.is_empty(), "{}", it.id);
            let named = row("Repair").lines.iter().any(|line| line.text.zh.starts_with("修复机关"));
            assert!(named || it.include_repaired, "{name}: {}", it.id);
            let article = report.pack.laws.get(it.basis[0].law.at()).unwrap();
            if it.include_repaired {
                assert!(row("Repair").lines[0].text.zh.contains(&article.words.zh), "{}", it.id);
            }
        }
    }
    // Of a condition on records, the items of its facts; of one on outcomes, those of the rules behind them.
    let two = rule(&small("record.open"), "x.two");
    for expected in [
        "修复机关：机关 | Repair by: Office\n",
        "Objection: 对“行为”记录有异议的，向机关提出；处理期间不停止执行",
        "| Of a record of “Act”: with Office; not paused meanwhile",
    ] {
        assert!(two.contains(expected), "{expected}\n{two}");
    }
    let report = run_cases(&bundled("cn-hubei"), None).unwrap();
    let limits = rule(&report, "court.limits");
    assert!(limits.contains("对“失信被执行人”记录有异议的，向") && limits.contains("修复机关：人民法院"), "{limits}");
}

#[test]
fn repair_that_the_law_excludes_names_the_law() {
    let report = small_with("record.open", &[]);
    let excluded = small_in("record.open", &[], &[("repair: {not_before: P6M}", "repaired: include")]);
    assert!(!rule(&report, "x.one").contains("依法不因"), "repair ends it");
    let one = rule(&excluded, "x.one");
    assert!(
        one.contains("依法不因信用修复提前终止（依据：《某法》（第1号）第3条） | By law not ended early by repair (Some law, art. 3)\n"),
        "{one}"
    );
}

#[test]
fn an_authority_sees_exceptions_and_the_days_of_law_and_what_has_an_end_comes_last() {
    let ended =
        ("    from: after P1M\n", "    unless: \"old\"\n    effective: {to: 2024-12-31}\n    from: after P1M\n");
    let markdown = handbook(&small_in("record.open", &[], &[ended]), Format::Markdown);
    let chapter =
        markdown.split("What you must apply, and when").nth(1).unwrap().split("Matters you decide").next().unwrap();
    let (one, two) = (chapter.find("规则一").unwrap(), chapter.find("规则二").unwrap());
    assert!(two < one, "{chapter}");
    let row = |from: usize| chapter[from..].lines().next().unwrap();
    assert!(row(one).contains("| 满三年 / Old | 仅 2020-01-01 至 2024-12-31，此后不再适用 / only"), "{chapter}");
    assert!(row(two).contains("| — | 2020-01-01 起 / from 2020-01-01 |"), "{chapter}");
    // A tax office is not told to apply the rules of the repealed notice as if they were law.
    let markdown = handbook(&run_cases(&bundled("cn-hubei"), None).unwrap(), Format::Markdown);
    let chapter =
        markdown.split("\n### 税务机关 / Tax authority `tax`\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let old = chapter.lines().find(|line| line.contains("A级激励（旧办法）")).unwrap();
    assert!(old.contains("2025-06-30") && old.contains("此后"), "{old}");
    assert!(markdown.contains("本主体以「主要负责人」身份关联"), "a role that is a capacity is said by its title");
}

#[test]
fn nothing_a_pack_says_becomes_markup() {
    let report = small("record.note == '<img src=x>'");
    let html = handbook(&report, Format::Html);
    assert!(html.matches("<script").count() == 1 && !html.contains("<img") && !html.contains("领域<b>"), "{html}");
    assert!(html.contains("小&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("Small &amp; sound"));
    let markdown = handbook(&report, Format::Markdown);
    assert!(!markdown.contains("<script") && markdown.contains("小&lt;script&gt;"), "{markdown}");
}

#[test]
fn a_handbook_is_one_file_and_its_links_lead_somewhere() {
    for name in ["cn-hubei", "ofac-sdn", "mdb-debarment"] {
        let report = run_cases(&bundled(name), None).unwrap();
        let html = handbook(&report, Format::Html);
        assert_eq!(html, handbook(&report, Format::Html));
        for outside in ["http:", "https:", "url(", "@import", "src=", "fetch(", "import("] {
            assert!(!html.contains(outside), "{name}: {outside}");
        }
        for link in html.split("href=\"#").skip(1) {
            let id = link.split('"').next().unwrap();
            assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
        }
        for rule in &report.pack.rules {
            assert!(html.contains(&format!("<code>{}</code>", rule.id)), "{name}: {}", rule.id);
        }
    }
}

#[test]
fn an_authority_is_told_what_to_apply_and_when_and_how_to_answer() {
    let markdown = handbook(&run_cases(&bundled("cn-hubei"), None).unwrap(), Format::Markdown);
    let chapter = markdown.split("\n### 税务机关 / Tax authority `tax`\n").nth(1).unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    for expected in [
        "| 公布重大税收违法失信主体信息 / Entry in the list of major tax violations shown to the public | 列入重大税收违法失信主体 / \
         Listed for a major tax violation | 企业、事业单位、社会组织 / enterprises, public institutions, social organisations | \
         记录生效日（决定作出日） / The record's effect day (the day of the decision) | 自起始日起3年 / 3 years from the first day | — |",
        "\"source\":\"/gov/420000/tax\",\"type\":\"measure.responded\"",
        "| 重大税收违法失信主体 / Subject of a major tax violation | 是 / yes | 是 / yes | 是 / yes |",
    ] {
        assert!(chapter.contains(expected), "{expected}\n{chapter}");
    }
}

#[test]
fn deadlines_of_answers_are_told_at_the_measure_and_to_the_authority() {
    let told = |exchanged: &[(&str, &str)]| {
        let markdown = handbook(&small_with("record.open", exchanged), Format::Markdown);
        // A row's text stands below its label.
        let measure = markdown.split("反馈期限 / Answer").nth(1).unwrap().split("- **").next().unwrap().to_owned();
        let authority = markdown.lines().find(|line| line.contains("By when, counted from")).unwrap().to_owned();
        (measure, authority)
    };
    let (measure, authority) = told(&[]);
    assert!(
        measure.contains("- 规则包未载明期限，不计逾期\n  - the pack states no deadline: never overdue\n"),
        "{measure}"
    );
    assert!(authority.contains("the pack states no deadline"), "{authority}");
    let pack = ("currency: CNY", "currency: CNY\nanswer_within: P1M");
    let office = ("source: /office", "source: /office, answer_within: 7wd");
    let both_say = (
        "basis: [law]}}",
        "basis: [law], answer_within: 1wd}, n: {kind: sanction, zh: 另一, en: Other, \
        authorities: [office], subjects: [enterprise], basis: [law]}}",
    );
    let (measure, authority) = told(&[pack]);
    assert!(measure.contains("- 1个月内\n  - within 1 month\n"), "{measure}");
    assert!(authority.contains("is issued: within 1 month."), "{authority}");
    let (measure, _) = told(&[pack, office]);
    assert!(measure.contains("- 7个工作日内\n  - within 7 working days\n"), "{measure}");
    let (measure, authority) = told(&[pack, office, both_say]);
    assert!(measure.contains("- 1个工作日内\n  - within 1 working day\n"), "{measure}");
    assert!(authority.contains("within 1 working day (Measure); within 7 working days (Other)."), "{authority}");
}

#[test]
fn codes_that_differ_have_anchors_that_differ() {
    let codes = ["a.b", "a-b", "a_b", "ab"];
    let anchors: std::collections::BTreeSet<String> = codes.map(|code| block::anchor("rule", code)).into();
    assert_eq!(anchors.len(), codes.len());
}

#[test]
fn the_matrix_names_the_rules_that_give_a_measure_in_a_sector() {
    let markdown = handbook(&run_cases(&bundled("ofac-sdn"), None).unwrap(), Format::Markdown);
    assert!(markdown.contains("| 清单在列提示 / Shown as listed | ofac.sdn |"), "{markdown}");
    assert!(markdown.contains("交易对手核查"), "{markdown}");
    assert!(markdown.contains("→ 2021-08-20 in force: list/ofac.sdn; Review of a counterparty: caution"), "{markdown}");
}
