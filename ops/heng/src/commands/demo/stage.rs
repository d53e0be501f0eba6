//! What the audience sees, and what was expected of it.

use super::world::Checked;
use crate::output::{line, table};
use comfy_table::{LineStyle, Table, TableStyle};
use serde_json::{Value, json};

/// Columns of a terminal that the story needs.
const WIDTH: u16 = 106;

/// Lines above and below the header only: a row is mostly a line.
const FEW_LINES: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// An expectation of the story, and what came out.
struct Claim {
    chapter: String,
    what: String,
    expected: String,
    found: String,
}

impl Claim {
    fn holds(&self) -> bool {
        self.expected == self.found
    }
}

/// Tells, and keeps account.
pub(super) struct Stage {
    json: bool,
    chapter: usize,
    title: String,
    claims: Vec<Claim>,
    /// Reports for machines, by name.
    reports: Vec<(&'static str, Value)>,
}

impl Stage {
    pub(super) fn new(json: bool) -> Self {
        Self { json, chapter: 0, title: String::new(), claims: Vec::new(), reports: Vec::new() }
    }

    pub(super) fn open(&self) -> anyhow::Result<()> {
        self.say("衡 Heng — 联合奖惩演示 / joint sanctions and joint incentives, a demonstration")?;
        self.say("")?;
        self.both(
            "以下企业、人员、文号均为虚构。规则包为 cn-hubei；事件写入临时文件夹中的日志，其余一切都由日志推出。",
            "Every firm, person and document number is made up. The rules are the pack cn-hubei; events go into a log \
             in a temporary folder, and everything else follows from the log.",
        )
    }

    pub(super) fn chapter(&mut self, zh: &str, en: &str) -> anyhow::Result<()> {
        self.chapter += 1;
        en.clone_into(&mut self.title);
        let heading = format!("{}  {zh} / {en}", self.chapter);
        self.say("")?;
        self.say(&heading)?;
        self.say(&"━".repeat(columns(&heading)))
    }

    /// A line as it stands.
    pub(super) fn say(&self, text: &str) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { line(text) }
    }

    /// A paragraph, broken into lines.
    pub(super) fn paragraph(&self, text: &str) -> anyhow::Result<()> {
        wrap(text, usize::from(WIDTH)).iter().try_for_each(|text| self.say(text))
    }

    pub(super) fn both(&self, zh: &str, en: &str) -> anyhow::Result<()> {
        self.paragraph(zh)?;
        self.paragraph(en)
    }

    /// The command that shows the same; `$D` is the folder.
    pub(super) fn command(&self, command: &str) -> anyhow::Result<()> {
        self.say(&format!("  $ heng {command} --data $D/data"))
    }

    pub(super) fn table<const N: usize>(&self, header: [&str; N], rows: Vec<[String; N]>) -> anyhow::Result<()> {
        let mut shown: Table = table(header);
        shown.load_style(FEW_LINES).set_width(WIDTH);
        shown.add_rows(rows);
        self.say("")?;
        self.say(&shown.to_string())
    }

    /// Checks on several days, each with the verdict that the story expects.
    pub(super) fn checks(&mut self, checks: &[(Checked<'_>, &str)]) -> anyhow::Result<()> {
        let rows = checks.iter().map(|(checked, _)| {
            let measures: Vec<&str> = checked.answer.bearings.iter().map(|it| it.measure).collect();
            let word = checked.answer.word();
            [
                checked.on.to_string(),
                checked.matter.to_owned(),
                format!("{word}  {}", verdict_zh(word)),
                measures.join(", "),
            ]
        });
        self.table(["on", "matter", "verdict", "measures in force that bear on it"], rows.collect())?;
        for (checked, expected) in checks {
            let what = format!("check {} {} --on {}", checked.subject, checked.matter, checked.on);
            self.claim(&what, *expected, checked.answer.word());
        }
        Ok(())
    }

    /// Takes note of an expectation.
    pub(super) fn claim(&mut self, what: &str, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        self.claims.push(Claim { chapter: self.title.clone(), what: what.to_owned(), expected, found });
    }

    pub(super) fn report(&mut self, name: &'static str, report: Value) {
        self.reports.push((name, report));
    }

    pub(super) fn holds(&self) -> bool {
        !self.claims.is_empty() && self.claims.iter().all(Claim::holds)
    }

    /// The end: did everything come out as expected?
    pub(super) fn finish(&self, kept: &str, seconds: f64) -> anyhow::Result<()> {
        if self.json {
            return line(&self.as_json(kept, seconds).to_string());
        }
        line("")?;
        for claim in self.claims.iter().filter(|claim| !claim.holds()) {
            line(&format!(
                "NOT AS EXPECTED 不符 ({}): {}: expected `{}`, found `{}`",
                claim.chapter, claim.what, claim.expected, claim.found
            ))?;
        }
        let held = self.claims.iter().filter(|claim| claim.holds()).count();
        line(&format!("{held} of {} expectations hold 预期相符; {seconds:.1} s in all.", self.claims.len()))?;
        if kept.is_empty() {
            return line(
                "The folder is gone; `heng demo --keep` keeps it, for the commands above. 加 --keep 可保留文件夹继续查看。",
            );
        }
        line(&format!("The folder is kept 文件夹已保留; the commands above run with\n\n  D={kept}"))
    }

    fn as_json(&self, kept: &str, seconds: f64) -> Value {
        let claims = self.claims.iter().map(|it| {
            json!({"chapter": it.chapter, "what": it.what, "expected": it.expected, "found": it.found, "holds": it.holds()})
        });
        let mut whole = json!({
            "holds": self.holds(), "expectations": claims.collect::<Vec<_>>(), "seconds": seconds,
            "folder": (!kept.is_empty()).then_some(kept),
        });
        if let Some(whole) = whole.as_object_mut() {
            whole.extend(self.reports.iter().map(|(name, report)| ((*name).to_owned(), report.clone())));
        }
        whole
    }
}

fn verdict_zh(word: &str) -> &'static str {
    match word {
        "bar" => "不得",
        "restrict" => "受限",
        "caution" => "注意",
        "favour" => "优待",
        _ => "无",
    }
}

/// Columns that a character takes: Chinese ones take two.
fn width(c: char) -> usize {
    if ('\u{2e80}'..='\u{ffef}').contains(&c) { 2 } else { 1 }
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Lines of a text: English breaks at blanks, Chinese anywhere.
fn wrap(text: &str, columns_max: usize) -> Vec<String> {
    let (mut lines, mut now) = (Vec::new(), String::new());
    for word in words(text) {
        if columns(&now) + columns(word.trim_end()) > columns_max && !now.is_empty() {
            lines.push(now.trim_end().to_owned());
            now.clear();
        }
        now.push_str(word);
    }
    lines.push(now.trim_end().to_owned());
    lines
}

/// Pieces after which a line may break.
fn words(text: &str) -> Vec<&str> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = at + c.len_utf8();
        let next = chars.peek().map(|(_, next)| *next);
        let closes = next.is_some_and(|next| "，。；：、）〕》".contains(next));
        let breaks = c == ' ' || (width(c) == 2 && !"（〔《".contains(c) && !closes) || next.is_none();
        if breaks {
            pieces.extend(text.get(from..after));
            from = after;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let text = "依法限制参加政府采购。Limited in government procurement, as its law provides（六个月）。";
        for columns_max in [12, 20, 40] {
            let lines = wrap(text, columns_max);
            assert!(lines.iter().all(|line| columns(line) <= columns_max + 2), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            assert!(lines.iter().all(|line| !line.starts_with(['，', '。', '）'])));
        }
    }

    #[test]
    fn an_unmet_expectation_is_a_failure_and_so_is_none_at_all() {
        let mut stage = Stage::new(true);
        assert!(!stage.holds());
        stage.claim("a", 1, 1);
        assert!(stage.holds());
        stage.claim("b", "bar", "clear");
        assert!(!stage.holds());
    }
}
