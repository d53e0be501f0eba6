//! A handbook as Markdown, Chinese before English.

use super::block::{Block, Cell, Outline, Row};
use heng_core::Bilingual;

pub(super) fn render(outline: &Outline) -> String {
    let mut out = format!("# {}\n\n", label(&outline.title));
    for (name, value) in &outline.card {
        out.push_str(&format!("- {}: {}\n", label(name), escaped(value)));
    }
    out.push('\n');
    outline.blocks.iter().for_each(|block| self::block(&mut out, block));
    out
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Heading { level, text, code, .. } => {
            let marks = "#".repeat(usize::from(level.saturating_add(1)));
            let code = code.as_ref().map(|code| format!(" `{}`", code.replace('`', "'"))).unwrap_or_default();
            out.push_str(&format!("{marks} {}{code}\n\n", label(text)));
        }
        Block::Subheading(text) => out.push_str(&format!("##### {}\n\n", label(text))),
        Block::Sample(text) => out.push_str(&format!("    {}\n\n", text.replace('\n', " "))),
        Block::See(_, links) if links.is_empty() => {}
        Block::See(title, links) => {
            let names: Vec<String> = links.iter().map(|(_, text)| label(text)).collect();
            out.push_str(&format!("{}: {}\n\n", label(title), names.join("; ")));
        }
        Block::Text(text) => out.push_str(&format!("{}\n\n{}\n\n", escaped(&text.zh), escaped(&text.en))),
        Block::Rows(rows) => {
            rows.iter().for_each(|row| self::row(out, row));
            out.push('\n');
        }
        Block::Table { head, rows, .. } => {
            let titles: Vec<String> = head.iter().map(label).collect();
            let rule: Vec<&str> = head.iter().map(|_| "---").collect();
            out.push_str(&format!("| {} |\n| {} |\n", titles.join(" | "), rule.join(" | ")));
            for row in rows {
                let cells: Vec<String> = row.iter().map(cell).collect();
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
            out.push('\n');
        }
    }
}

fn row(out: &mut String, row: &Row) {
    out.push_str(&format!("- **{}**\n", label(&row.label)));
    let languages: [fn(&Bilingual) -> &str; 2] = [|text| &text.zh, |text| &text.en];
    let same = row.lines.iter().all(|line| line.text.zh == line.text.en);
    for text in languages.into_iter().take(if same { 1 } else { 2 }) {
        for line in &row.lines {
            let indent = "  ".repeat(usize::from(line.depth.saturating_add(1)));
            out.push_str(&format!("{indent}- {}\n", escaped(text(&line.text))));
        }
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Both(text) => label(text),
        Cell::Plain(text) => escaped(text),
        Cell::Code(text) => format!("`{}`", text.replace(['`', '|'], "'")),
        Cell::Links(links) => links.iter().map(|(_, text)| label(text)).collect::<Vec<_>>().join(", "),
    }
}

fn label(text: &Bilingual) -> String {
    if text.zh == text.en { escaped(&text.zh) } else { format!("{} / {}", escaped(&text.zh), escaped(&text.en)) }
}

/// Text that Markdown takes for nothing but text; a line stays a line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}
