//! The watched folder: every line answered, nothing lost and nothing twice, whatever is killed when.

use super::served::{Place, Served, firm, tender};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// The folder of a place, and its configuration.
struct Folder {
    dir: PathBuf,
    config: String,
}

impl Folder {
    fn of(place: &Place, more: &str) -> Self {
        let dir = place.folder().join("folder");
        let config = format!("[folder]\ndir = {dir:?}\npoll_ms = 10\nsettle_ms = 20\n{more}");
        fs::create_dir_all(dir.join("inbox")).unwrap();
        Self { dir, config }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Puts a file there as one should: under another name first.
    fn put(&self, name: &str, lines: &[String]) {
        let part = self.path(&format!("inbox/{name}.part"));
        fs::write(&part, lines.join("\n") + "\n").unwrap();
        fs::rename(part, self.path(&format!("inbox/{name}"))).unwrap();
    }

    /// Waits until a file is where it belongs.
    fn wait_for(&self, name: &str, place: &Place) {
        wait(|| self.path(name).exists(), || format!("{name}: {}", place.log()));
    }
}

fn wait(is_so: impl Fn() -> bool, told: impl Fn() -> String) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "{}", told());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn line(id: &str, firm: &str, starts: &str) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/gov/a", "type": "credit.recorded", "subject": firm,
        "time": "2026-05-10T09:00:00+08:00",
        "data": {"record": format!("r-{id}"), "item": "s.listed", "decided_on": starts, "document_no": format!("甲示{id}号"),
                 "fields": {"amount": "100.00", "starts": starts}},
    })
    .to_string()
}

fn letters(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.data().join("deadletter.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn counted(served: &Served, name: &str) -> u64 {
    let metrics = served.get("/metrics");
    let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_line_of_a_file_is_answered() {
    let place = Place::new();
    let folder = Folder::of(&place, "");
    let served = place.serve_with(&folder.config).await;
    // Half a file under a name that is not finished stays where it is, however long ago it was written.
    fs::write(folder.path("inbox/half.jsonl.part"), &line("h", &firm(9), "2026-05-01")[..40]).unwrap();
    folder.put(
        "a.jsonl",
        &[
            line("1", &firm(1), "2026-05-01"),
            line("1", &firm(1), "2026-05-01"),
            "{\"specversion\":".to_owned(),
            line("2", "nobody", "2026-05-01"),
            line("1", &firm(1), "2026-05-02"),
            line("3", &firm(3), "2026-05-01"),
        ],
    );
    folder.put("notes.txt", &["not an event".to_owned()]);
    folder.wait_for("done/a.jsonl", &place);
    folder.wait_for("refused/notes.txt", &place);
    for (outcome, expected) in [("accepted", 2), ("duplicate", 1), ("refused", 3)] {
        assert_eq!(counted(&served, &format!("heng_folder_lines_total{{outcome=\"{outcome}\"}}")), expected);
    }
    let places: Vec<(String, u64)> = letters(&place)
        .iter()
        .map(|letter| (letter["file"].as_str().unwrap().to_owned(), letter["line"].as_u64().unwrap()))
        .collect();
    let expected = [("a.jsonl", 3), ("a.jsonl", 4), ("a.jsonl", 5), ("notes.txt", 0)];
    assert_eq!(places.iter().map(|(file, line)| (file.as_str(), *line)).collect::<BTreeSet<_>>(), expected.into());
    assert_eq!(places.len(), expected.len());
    assert_eq!(served.answer(tender(&firm(3), "2026-06-01")).await.bearings.len(), 1);
    assert!(folder.path("inbox/half.jsonl.part").exists());

    // Finished, it is taken; a file that has the name of another is another.
    fs::write(folder.path("inbox/half.jsonl.part"), line("h", &firm(9), "2026-05-01")).unwrap();
    fs::rename(folder.path("inbox/half.jsonl.part"), folder.path("inbox/a.jsonl")).unwrap();
    folder.wait_for("done/a.jsonl.2", &place);
    assert_eq!(served.answer(tender(&firm(9), "2026-06-01")).await.bearings.len(), 1);
    wait(|| counted(&served, "heng_folder_waiting") == 0, || place.log());
}

#[tokio::test]
async fn csv_is_read_through_the_mapping_that_its_name_names() {
    let place = Place::new();
    let folder = with_mapping(&place);
    let served = place.serve_with(&folder.config).await;
    let rows =
        |day: &str| vec!["code,firm,day".to_owned(), format!("1,{},{day}", firm(1)), format!("x,{},{day}", firm(2))];
    folder.put("fines.2026-05.csv", &rows("2026-05-01"));
    folder.put("unknown.csv", &rows("2026-05-01"));
    folder.wait_for("done/fines.2026-05.csv", &place);
    folder.wait_for("refused/unknown.csv", &place);
    assert_eq!(served.answer(tender(&firm(1), "2026-06-01")).await.bearings.len(), 1);
    let told = letters(&place);
    let of =
        |file: &str| told.iter().find(|letter| letter["file"] == file).unwrap_or_else(|| panic!("{file}: {told:?}"));
    assert_eq!(of("fines.2026-05.csv")["line"], 3);
    assert!(of("unknown.csv")["reason"].as_str().unwrap().contains("mapping"), "{told:?}");
}

#[tokio::test]
async fn a_kill_in_the_midst_of_a_file_loses_nothing_and_doubles_nothing() {
    const LINES: u32 = 2_000;
    const KILLS: u64 = 3;
    let place = Place::new();
    let folder = Folder::of(&place, "[engine]\nbatch_events_max = 64\n");
    let lines: Vec<String> =
        (0..LINES)
            .map(|at| {
                if at % 100 == 7 {
                    format!("{{\"broken\":{at}")
                } else {
                    line(&at.to_string(), &firm(at), "2026-05-01")
                }
            })
            .collect();
    folder.put("big.jsonl", &lines);
    let refused = u64::from(LINES / 100);
    for _ in 0..KILLS {
        let served = place.serve_with(&folder.config).await;
        // A moment in the midst of it: what was accepted before is a duplicate by now.
        wait(|| counted(&served, "heng_folder_lines_total{outcome=\"accepted\"}") >= 200, || place.log());
        assert!(!folder.path("done/big.jsonl").exists(), "the file is too short for so many kills");
        served.kill();
    }
    let served = place.serve_with(&folder.config).await;
    folder.wait_for("done/big.jsonl", &place);
    let outcomes = ["accepted", "duplicate", "refused"];
    let answered = outcomes.map(|it| counted(&served, &format!("heng_folder_lines_total{{outcome=\"{it}\"}}")));
    assert_eq!(
        answered.iter().sum::<u64>(),
        u64::from(LINES),
        "the run that took the file to its end answered each line"
    );
    assert!(answered[1] >= 200 * KILLS, "what was accepted before a kill is a duplicate: {answered:?}");
    let exported =
        Command::new(env!("CARGO_BIN_EXE_heng")).args(["log", "export", "--data"]).arg(place.data()).output().unwrap();
    let exported = String::from_utf8(exported.stdout).unwrap();
    for (at, sent) in (0..LINES).zip(&lines) {
        if sent.starts_with("{\"broken") {
            continue;
        }
        let record = format!("\"r-{at}\"");
        assert_eq!(exported.matches(&record).count(), 1, "{record}: {}", &exported[..2_000]);
    }
    let places: Vec<u64> = letters(&place).iter().map(|letter| letter["line"].as_u64().unwrap()).collect();
    let distinct: BTreeSet<u64> = places.iter().copied().collect();
    assert_eq!(
        (places.len() as u64, distinct.len() as u64),
        (refused, refused),
        "one letter a line, through {KILLS} kills"
    );
}

const MAPPING: &str = "mapping: fines\nsource: /gov/a\ncolumns: [code, firm, day]\nevents:\n  - when: {value: '{code}', matches: '^[0-9]+$'}\n    type: credit.recorded\n    id: '{code}'\n    subject: '{firm}'\n    time: '{day}T09:00:00+08:00'\n    data:\n      record: 'r-{code}'\n      item: s.listed\n      decided_on: '{day}'\n      document_no: '甲示{code}号'\n      fields: {amount: '100.00', starts: '{day}'}\n";

/// A folder that reads rows through the mapping `fines`.
fn with_mapping(place: &Place) -> Folder {
    let mappings = place.folder().join("mappings");
    fs::create_dir(&mappings).unwrap();
    fs::write(mappings.join("fines.yaml"), MAPPING).unwrap();
    Folder::of(place, &format!("mappings = {mappings:?}\n"))
}

#[tokio::test]
async fn a_file_that_fails_holds_up_no_other_and_is_said_once() {
    let place = Place::new();
    let folder = Folder::of(&place, "");
    let served = place.serve_with(&folder.config).await;
    // It cannot be put away, whoever the test runs as, while its folder is gone.
    fs::rename(folder.path("refused"), folder.path("refused.away")).unwrap();
    folder.put("b.txt", &["no events".to_owned()]);
    folder.put("c.jsonl", &[line("2", &firm(2), "2026-05-01")]);
    folder.wait_for("done/c.jsonl", &place);
    folder.put("d.jsonl", &[line("3", &firm(3), "2026-05-01")]);
    folder.wait_for("done/d.jsonl", &place);
    assert_eq!(counted(&served, "heng_folder_failures_total"), 1, "{}", place.log());
    let said = "a file of the watched folder stays in the inbox";
    assert_eq!(place.log().matches(said).count(), 1, "{}", place.log());
    assert!(folder.path("inbox/b.txt").exists());
    assert_eq!(letters(&place).len(), 1, "its letter is written once, however often it is tried");
    // Mended, it goes.
    fs::rename(folder.path("refused.away"), folder.path("refused")).unwrap();
    folder.wait_for("refused/b.txt", &place);
    wait(|| counted(&served, "heng_folder_waiting") == 0, || place.log());
}

#[tokio::test]
async fn a_file_with_the_name_of_an_earlier_one_has_letters_of_its_own() {
    let place = Place::new();
    let folder = with_mapping(&place);
    let rows = |day: &str, bad: &str| {
        ["code,firm,day".to_owned(), format!("1,{},{day}", firm(1)), format!("{bad},{},{day}", firm(2))]
    };
    let (csv, whole) = ("fines.csv", "notes.txt");
    for round in 0..2 {
        let served = place.serve_with(&folder.config).await;
        if round == 0 {
            folder.put(csv, &rows("2026-05-01", "x"));
            folder.put(whole, &["round 0".to_owned()]);
        }
        let suffix = if round == 0 { String::new() } else { format!(".{}", round + 1) };
        folder.wait_for(&format!("done/{csv}{suffix}"), &place);
        folder.wait_for(&format!("refused/{whole}{suffix}"), &place);
        assert_eq!(counted(&served, "heng_folder_lines_total{outcome=\"refused\"}"), 1);
        // Others of the names lie there when the program begins again.
        served.kill();
        if round == 0 {
            folder.put(csv, &rows("2026-05-01", "y"));
            folder.put(whole, &["round 1".to_owned()]);
        }
    }
    let told = letters(&place);
    let of = |file: &str| told.iter().filter(|letter| letter["file"] == file).collect::<Vec<_>>();
    for (file, line) in [(csv, 3), (whole, 0)] {
        let letters = of(file);
        assert_eq!(letters.len(), 2, "{file}: {told:?}");
        assert!(letters.iter().all(|letter| letter["line"] == line), "{told:?}");
        assert_ne!(letters[0]["file_id"], letters[1]["file_id"]);
    }
}

#[tokio::test]
async fn rows_before_a_place_that_nobody_can_read_are_answered_before_the_file_goes() {
    let place = Place::new();
    let folder = with_mapping(&place);
    let served = place.serve_with(&folder.config).await;
    // The list is cut off within its third entry; the second says something about nobody.
    let row = |code: u32, firm: &str| json!({"code": code.to_string(), "firm": firm, "day": "2026-05-01"}).to_string();
    let text = format!("[{},{},{{\"code\":", row(1, &firm(1)), row(2, "duns:1"));
    folder.put("fines.cut.json", &[text]);
    folder.put("fines.whole.json", &[format!("[{}]", row(3, &firm(3)))]);
    folder.wait_for("done/fines.whole.json", &place);
    wait(|| !folder.path("inbox/fines.cut.json").exists(), || place.log());
    assert_eq!(counted(&served, "heng_folder_lines_total{outcome=\"accepted\"}"), 2, "{}", place.log());
    let told = letters(&place);
    let refused = told.iter().find(|letter| letter["event"].as_str().unwrap().contains("duns:1"));
    assert!(refused.is_some(), "{told:?} {}", place.log());
    assert!(told.iter().any(|letter| letter["file"] == "fines.cut.json" && letter["event"] == ""), "{told:?}");
}
