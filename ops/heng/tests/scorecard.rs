//! `heng scorecard` on a small history whose counts are known: each duty in the column where it belongs, on each day.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use heng_model::uscc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Said, heng, json_lines, run, said};

/// The stories' pack, where b answers about tenders within three working days.
fn pack(folder: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/pack");
    let to = folder.join("pack");
    fs::create_dir_all(to.join("sectors")).unwrap();
    for file in ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "sectors/s.yaml"] {
        let text = fs::read_to_string(from.join(file)).unwrap();
        let text = text.replace("en: Barred from tenders,", "en: Barred from tenders, answer_within: 3wd,");
        assert!(file != "measures.yaml" || text.contains("3wd"));
        fs::write(to.join(file), text).unwrap();
    }
    to
}

fn firm(number: u32) -> String {
    let body = format!("{number:08}");
    let mut code = format!("91420100{body}").into_bytes();
    code.push(uscc::organisation_check_character(body.as_bytes()).unwrap());
    code.push(uscc::check_character(&code).unwrap());
    String::from_utf8(code).unwrap()
}

fn event(source: &str, id: &str, kind: &str, firm: u32, day: &str, data: &Value) -> String {
    json!({"specversion": "1.0", "id": id, "source": source, "type": kind, "subject": self::firm(firm),
           "time": format!("{day}T10:00:00+08:00"), "data": data})
    .to_string()
}

/// Of a Wednesday: what is issued on it is to be answered by Monday the 15th.
const WEDNESDAY: &str = "2023-05-10";

fn listed(firm: u32) -> String {
    let data = json!({"record": format!("r{firm}"), "item": "s.listed", "decided_on": WEDNESDAY,
                      "fields": {"amount": "100.00", "starts": WEDNESDAY}});
    event("/gov/a", &format!("list-{firm}"), "credit.recorded", firm, WEDNESDAY, &data)
}

fn retracted(firm: u32, day: &str) -> String {
    let data = json!({"record": format!("r{firm}"), "reason": "撤销"});
    event("/gov/a", &format!("retract-{firm}"), "credit.retracted", firm, day, &data)
}

struct Story {
    folder: tempfile::TempDir,
    pack: PathBuf,
    decisions: BTreeMap<String, String>,
}

impl Story {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn tell(&self, name: &str, until: &str, lines: &[String]) -> Said {
        let file = self.folder.path().join(name);
        fs::write(&file, lines.join("\n")).unwrap();
        said(&mut run(&self.pack, &self.data(), until, &file))
    }

    fn answer(&self, id: &str, firm: u32, authority: &str, day: &str, reason: Option<&str>) -> String {
        let data = json!({"decision": self.decisions[&self::firm(firm)], "authority": authority,
                          "answer": if reason.is_some() { "not_applied" } else { "applied" }, "reason": reason});
        event(&format!("/gov/{authority}"), id, "measure.responded", firm, day, &data)
    }

    fn card(&self, more: &[&str]) -> (Option<i32>, Value) {
        let said = said(heng().args(["scorecard", "--json", "--data"]).arg(self.data()).args(more));
        assert_eq!(said.err, "");
        (said.code, json_lines(&said.out).pop().unwrap())
    }

    /// Nothing told yet.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { pack: pack(folder.path()), folder, decisions: BTreeMap::new() }
    }

    /// Tells the first part, and reads which decisions there are.
    fn begin(&mut self, lines: &[String]) {
        assert_eq!(self.tell("first.jsonl", "2023-05-11", lines).code, Some(0));
        let decisions = said(heng().args(["decisions", "--json", "--data"]).arg(self.data()));
        for line in json_lines(&decisions.out) {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            self.decisions.insert(text(&line["subject"]), text(&line["data"]["decision"]));
        }
    }

    /// The pack that follows: entries on the list carry no measure any more.
    fn take_the_measure_away(&self) {
        for (file, old, new) in [
            ("sectors/s.yaml", "{list: s.listed, measures: [tender.bar]}", "{list: s.listed, measures: []}"),
            ("pack.yaml", "version: \"1\"", "version: \"2\""),
        ] {
            let text = fs::read_to_string(self.pack.join(file)).unwrap();
            assert!(text.contains(old), "{file}");
            fs::write(self.pack.join(file), text.replace(old, new)).unwrap();
        }
    }

    /// The counts of b's tender bars, and the lifts that are listed.
    fn tenders(&self) -> ([u64; 11], Vec<(String, String)>) {
        let card = self.card(&[]).1;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lifts = card["lifts"].as_array().unwrap().iter();
        (counts(row(&card, "b", "tender.bar")), lifts.map(|it| (text(&it["subject"]), text(&it["kind"]))).collect())
    }

    /// Tells everything.
    fn whole() -> Self {
        let mut story = Self::new();
        let profile =
            json!({"kind": "enterprise", "name": "示例公司", "region": "420100", "registered_on": "2020-01-01"});
        let mut lines: Vec<String> = (1..=9).map(listed).collect();
        lines.push(event("/gov/a", "reg-10", "subject.registered", 10, WEDNESDAY, &profile));
        lines.push(retracted(5, "2023-05-11"));
        story.begin(&lines);
        assert_eq!(story.decisions.len(), 10);
        let lines = [
            story.answer("b-1", 1, "b", "2023-05-12", None),
            story.answer("b-7", 7, "b", "2023-05-12", None),
            story.answer("b-8", 8, "b", "2023-05-12", None),
            story.answer("b-9", 9, "b", "2023-05-12", Some("资料不全")),
            story.answer("a-10", 10, "a", "2023-05-12", None),
            story.answer("b-9b", 9, "b", "2023-05-14", None),
            story.answer("b-3", 3, "b", "2023-05-15", Some("合同已履行完毕")),
            // Sent again, it counts once.
            story.answer("b-3", 3, "b", "2023-05-15", Some("合同已履行完毕")),
            story.answer("b-2", 2, "b", "2023-05-18", None),
            retracted(7, "2023-05-20"),
            retracted(8, "2023-05-20"),
            story.answer("b-8b", 8, "b", "2023-05-22", None),
            retracted(6, "2023-05-30"),
            event("/gov/a", "fix-1", "credit.repaired", 1, "2023-09-01", &json!({"record": "r1"})),
        ];
        assert_eq!(story.tell("second.jsonl", "2023-09-30", &lines).code, Some(0));
        story
    }
}

fn row<'a>(card: &'a Value, authority: &str, measure: &str) -> &'a Value {
    let mut rows = card["rows"].as_array().unwrap().iter();
    rows.find(|it| it["authority"] == authority && it["measure"] == measure).unwrap()
}

fn counts(row: &Value) -> [u64; 11] {
    let names = [
        "duties",
        "applied",
        "not_applied",
        "late",
        "late_days",
        "open",
        "overdue",
        "missed",
        "lapsed",
        "no_deadline",
        "lifts",
    ];
    names.map(|name| row[name].as_u64().unwrap())
}

#[test]
fn each_duty_is_counted_where_it_belongs() {
    let story = Story::whole();
    let (code, card) = story.card(&[]);
    assert_eq!((code, &card["on"]), (Some(3), &json!("2023-09-30")));
    let tender = row(&card, "b", "tender.bar");
    assert_eq!(counts(tender), [9, 5, 1, 1, 3, 0, 1, 1, 1, 0, 3]);
    assert_eq!((&tender["lifts_acknowledged"], &tender["delivered"]), (&json!(1), &json!(0)));
    assert_eq!(tender["reasons"], json!([{"reason": "合同已履行完毕", "count": 1}]));
    assert_eq!(counts(row(&card, "a", "lane.fast")), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(counts(row(&card, "b", "lane.fast")), [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    assert_eq!(card["rows"].as_array().unwrap().len(), 3);
    let overdue = card["overdue"].as_array().unwrap();
    assert_eq!(overdue.len(), 1);
    let it = &overdue[0];
    assert_eq!((&it["subject"], &it["due_on"], &it["days"]), (&json!(firm(4)), &json!("2023-05-15"), &json!(138)));
    assert_eq!((&it["issued_on"], &it["decision"]), (&json!(WEDNESDAY), &json!(story.decisions[&firm(4)])));
    let lifts = card["lifts"].as_array().unwrap().iter();
    let lifts: Vec<(&str, &str, &str)> = lifts
        .map(|it| (it["subject"].as_str().unwrap(), it["kind"].as_str().unwrap(), it["since"].as_str().unwrap()))
        .collect();
    let (first, seventh) = (firm(1), firm(7));
    assert_eq!(lifts, [(seventh.as_str(), "revoked", "2023-05-20"), (first.as_str(), "lifted", "2023-09-01")]);

    // As it stood on the last day on which an answer was in time, and on the next.
    let (code, card) = story.card(&["--on", "2023-05-15"]);
    assert_eq!(code, Some(0));
    assert_eq!(counts(row(&card, "b", "tender.bar")), [9, 4, 1, 0, 0, 3, 0, 0, 1, 0, 0]);
    let (code, card) = story.card(&["--on", "2023-05-16"]);
    assert_eq!(code, Some(3));
    assert_eq!(counts(row(&card, "b", "tender.bar")), [9, 4, 1, 0, 0, 0, 3, 0, 1, 0, 0]);
    assert_eq!(card["overdue"].as_array().unwrap().len(), 3);
    assert_eq!(card["overdue"][0]["days"], json!(1));
    // Before anything was decided there is nothing; of one authority only its own.
    assert_eq!(
        story.card(&["--on", "2023-05-09"]),
        (Some(0), json!({"on": "2023-05-09", "rows": [], "overdue": [], "lifts": []}))
    );
    let (code, card) = story.card(&["--authority", "a"]);
    assert_eq!((code, card["rows"].as_array().unwrap().len(), &card["lifts"]), (Some(0), 1, &json!([])));
    // The same log gives the same card.
    assert_eq!(story.card(&[]), story.card(&[]));
}

#[test]
fn the_table_names_what_is_to_be_done() {
    let story = Story::whole();
    let table = said(heng().args(["scorecard", "--data"]).arg(story.data()));
    assert_eq!(table.code, Some(3));
    for part in
        ["as of 2023-09-30", "tender.bar", "1 (3 days)", "1 × 合同已履行完毕", "overdue:", "not acknowledged", &firm(4)]
    {
        assert!(table.out.contains(part), "{part}: {}", table.out);
    }
    for (arguments, code, part) in [
        (&["--authority", "nobody"][..], 1, "its authorities are a, b"),
        (&["--on", "yesterday"][..], 2, "yesterday"),
        (&["--on", "2023-02-30"][..], 2, "2023-02-30"),
    ] {
        let said = said(heng().args(["scorecard", "--data"]).arg(story.data()).args(arguments));
        assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(part), "{}", said.err);
    }
    let nowhere = said(heng().args(["scorecard", "--data", "no/such/folder"]));
    assert_eq!(nowhere.code, Some(1));
}

#[test]
fn nobody_answers_for_another_or_about_what_is_not_there() {
    let story = Story::whole();
    let mut other = story.answer("x-1", 4, "a", "2023-10-01", None);
    let unnamed = other.clone();
    other = other.replace("/gov/a", "/gov/b").replace("x-1", "x-2");
    let nothing = story.answer("x-3", 4, "b", "2023-10-01", None).replace(&story.decisions[&firm(4)], &"7".repeat(64));
    let said = story.tell("third.jsonl", "2023-10-01", &[unnamed, other, nothing]);
    assert_eq!(said.code, Some(3));
    assert_eq!(support::totals(&said.out), [3, 0, 0, 3]);
    let letters = fs::read_to_string(story.data().join("deadletter.jsonl")).unwrap();
    for part in ["names no measure of `a`", "`/gov/b` does not answer for `a`", "has no decision `7777"] {
        assert!(letters.contains(part), "{part}: {letters}");
    }
    assert_eq!(counts(row(&story.card(&[]).1, "b", "tender.bar"))[6], 1, "it is overdue still");
}

fn merged(from: u32, into: u32, day: &str) -> String {
    event("/gov/b", &format!("merge-{from}"), "subject.merged", from, day, &json!({"into": firm(into)}))
}

/// An entry that no rule takes up.
fn too_little(firm: u32) -> String {
    listed(firm).replace("100.00", "1.00")
}

fn repaired(firm: u32, day: &str) -> String {
    event("/gov/a", &format!("fix-{firm}"), "credit.repaired", firm, day, &json!({"record": format!("r{firm}")}))
}

#[test]
fn a_lift_stands_though_a_merge_or_a_pack_says_the_decision_again() {
    let mut story = Story::new();
    story.begin(&[listed(1), listed(2)]);
    let lines = [
        story.answer("b-1", 1, "b", "2023-05-12", None),
        // The same id of the same source, about another subject: another event.
        story.answer("b-1", 2, "b", "2023-05-12", None),
        retracted(2, "2023-05-20"),
        repaired(1, "2023-09-01"),
    ];
    assert_eq!(story.tell("second.jsonl", "2023-09-30", &lines).code, Some(0));
    let lifted = |first, second| {
        let second = (firm(second), "revoked".to_owned());
        vec![second, (firm(first), "lifted".to_owned())]
    };
    let both = [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    assert_eq!(story.tenders(), (both, lifted(1, 2)));
    let lines = [merged(1, 11, "2023-10-02"), merged(2, 12, "2023-10-02")];
    assert_eq!(story.tell("third.jsonl", "2023-10-05", &lines).code, Some(0));
    assert_eq!(story.tenders(), (both, lifted(11, 2)), "the revoked one is not said again");
    story.take_the_measure_away();
    assert_eq!(story.tell("fourth.jsonl", "2023-10-08", &[too_little(3)]).code, Some(0));
    assert_eq!(story.tenders(), (both, lifted(11, 2)));
    // What b answers about the survivor counts for what was void when it was merged; sent again it counts once.
    let answer = story.answer("b-2x", 2, "b", "2023-10-09", Some("已解除"));
    assert_eq!(story.tell("fifth.jsonl", "2023-10-10", &[answer.clone(), answer]).code, Some(0));
    let (counts, lifts) = story.tenders();
    assert_eq!((counts, lifts), ([2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2], vec![(firm(11), "lifted".to_owned())]));
}

#[test]
fn what_is_over_when_it_becomes_known_is_nobodys_duty_after_a_merge_either() {
    let mut story = Story::new();
    let over = listed(1).replace(&format!("\"starts\":\"{WEDNESDAY}\""), "\"starts\":\"2019-01-01\"");
    assert!(over.contains("2019-01-01"), "{over}");
    story.begin(&[over, listed(2)]);
    assert_eq!(story.tenders().0[0], 1);
    assert_eq!(story.tell("second.jsonl", "2023-05-12", &[merged(1, 11, "2023-05-12")]).code, Some(0));
    assert_eq!(story.tenders().0, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_measure_that_a_pack_takes_away_is_no_duty_and_may_still_be_answered() {
    let mut story = Story::new();
    story.begin(&[listed(1), listed(2)]);
    let applied = story.answer("b-2", 2, "b", "2023-05-11", None);
    assert_eq!(story.tell("second.jsonl", "2023-05-12", &[applied]).code, Some(0));
    story.take_the_measure_away();
    assert_eq!(story.tell("third.jsonl", "2023-05-20", &[too_little(3)]).code, Some(0));
    let (counts, lifts) = story.tenders();
    assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1], "what b had not answered has lapsed");
    assert_eq!(lifts, [(firm(2), "amended".to_owned())], "b applied it, and has not said that it undid it");
    let lines = [
        story.answer("b-1", 1, "b", "2023-05-25", Some("未及办理")),
        story.answer("b-2x", 2, "b", "2023-05-25", Some("已解除")),
    ];
    assert_eq!(story.tell("fourth.jsonl", "2023-06-01", &lines).code, Some(0), "b may answer still");
    assert_eq!(story.tenders(), ([2, 0, 2, 1, 10, 0, 0, 0, 0, 0, 1], vec![]));
}
