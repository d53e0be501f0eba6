//! A handbook as one HTML file without external resources, Chinese beside English.

use super::block::{About, Block, Cell, Link, Outline, Row};
use super::outline::{contents, is_matrix};
use super::tree::Line;
use heng_core::Bilingual;

const STYLE: &str = include_str!("handbook.css");
/// Looks for chapters; without it, the handbook is a plain document.
const SCRIPT: &str = include_str!("handbook.js");
/// What to search with; shown by the script alone.
const SEARCH: &str = include_str!("search.html");
/// Nothing is fetched, whatever stands in the pack.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";

pub(super) fn render(outline: &Outline) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n"));
    out.push_str(&format!(
        "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escaped(&outline.title.zh)
    ));
    out.push_str(SEARCH);
    title_page(&mut out, outline);
    table_of_contents(&mut out, outline);
    out.push_str("<main>\n");
    outline.blocks.iter().for_each(|block| self::block(&mut out, block));
    out.push_str(&format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

fn title_page(out: &mut String, outline: &Outline) {
    let (zh, en) = (escaped(&outline.title.zh), escaped(&outline.title.en));
    out.push_str(&format!("<header>\n<p class=\"book\" lang=\"zh-CN\">规则手册</p>\n<h1 lang=\"zh-CN\">{zh}</h1>\n"));
    if en != zh {
        out.push_str(&format!("<p class=\"subtitle\" lang=\"en\">{en}</p>\n"));
    }
    out.push_str("<dl class=\"card\">\n");
    for (label, value) in &outline.card {
        let (label, value) = (label_text(label), escaped(value));
        out.push_str(&format!("<div><dt>{label}</dt><dd>{value}</dd></div>\n"));
    }
    out.push_str("</dl>\n</header>\n");
}

fn table_of_contents(out: &mut String, outline: &Outline) {
    out.push_str("<nav id=\"contents\">\n<h2>目录 <span lang=\"en\">Contents</span></h2>\n<ul>\n");
    for (level, id, text) in contents(outline) {
        out.push_str(&format!("<li class=\"level-{level}\"><a href=\"#{id}\">{}</a></li>\n", label_text(text)));
    }
    out.push_str("</ul>\n</nav>\n");
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Heading { level, id, text, code, about } => {
            let (tag, about) = (level.saturating_add(1), attributes(about));
            let code = code.as_ref().map(|code| format!(" <code>{}</code>", escaped(code))).unwrap_or_default();
            out.push_str(&format!("<h{tag} id=\"{id}\"{about}>{}{code}</h{tag}>\n", label_text(text)));
        }
        Block::Subheading(text) => out.push_str(&format!("<h5>{}</h5>\n", label_text(text))),
        Block::Sample(text) => out.push_str(&format!("<pre>{}</pre>\n", escaped(text))),
        Block::See(_, links) if links.is_empty() => {}
        Block::See(title, links) => {
            let links: Vec<String> = links.iter().map(link).collect();
            let (title, links) = (label_text(title), links.join("<span class=\"sep\">；</span>"));
            out.push_str(&format!("<p class=\"see\"><b>{title}</b> {links}</p>\n"));
        }
        Block::Text(text) => {
            out.push_str("<div class=\"pair\">");
            out.push_str(&format!("<p lang=\"zh-CN\">{}</p>", escaped(&text.zh)));
            out.push_str(&format!("<p lang=\"en\">{}</p></div>\n", escaped(&text.en)));
        }
        Block::Rows(rows) => {
            out.push_str("<div class=\"rows\">\n");
            rows.iter().for_each(|row| self::row(out, row));
            out.push_str("</div>\n");
        }
        Block::Table { head, rows, kind } => {
            let class = if is_matrix(*kind) { " class=\"matrix\"" } else { "" };
            out.push_str(&format!("<table{class}>\n<thead><tr>"));
            head.iter().for_each(|text| out.push_str(&format!("<th>{}</th>", label_text(text))));
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in rows {
                out.push_str("<tr>");
                row.iter().for_each(|cell| out.push_str(&format!("<td>{}</td>", self::cell(cell))));
                out.push_str("</tr>\n");
            }
            out.push_str("</tbody>\n</table>\n");
        }
    }
}

fn row(out: &mut String, row: &Row) {
    out.push_str(&format!("<div class=\"row\"><div class=\"label\">{}</div>", label_text(&row.label)));
    // What reads the same in both languages is shown once, over the whole width.
    if row.lines.iter().all(|line| line.text.zh == line.text.en) {
        out.push_str(&format!("<div class=\"whole\">{}</div></div>\n", lines(&row.lines, |text| &text.zh)));
        return;
    }
    out.push_str(&format!("<div lang=\"zh-CN\">{}</div>", lines(&row.lines, |text| &text.zh)));
    out.push_str(&format!("<div lang=\"en\">{}</div></div>\n", lines(&row.lines, |text| &text.en)));
}

fn lines(lines: &[Line], text: fn(&Bilingual) -> &str) -> String {
    lines
        .iter()
        .map(|line| format!("<p class=\"depth-{}\">{}</p>", line.depth.min(5), escaped(text(&line.text))))
        .collect()
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Both(text) => label_text(text),
        Cell::Plain(text) => escaped(text),
        Cell::Code(text) => format!("<code>{}</code>", escaped(text)),
        Cell::Links(links) => links.iter().map(link).collect::<Vec<_>>().join(" "),
    }
}

fn link((id, text): &Link) -> String {
    // A code may be broken after its dots and underscores.
    let text = if text.zh == text.en {
        escaped(&text.zh).replace('.', ".<wbr>").replace('_', "_<wbr>")
    } else {
        label_text(text)
    };
    format!("<a href=\"#{id}\">{text}</a>")
}

/// What a chapter is about, for the script.
fn attributes(about: &About) -> String {
    let name = |text: &Bilingual| {
        if text.zh == text.en { escaped(&text.zh) } else { escaped(&format!("{} {}", text.zh, text.en)) }
    };
    let mut out = String::new();
    for (key, text) in [("kind", &about.kind), ("sector", &about.sector)] {
        out.extend(text.iter().map(|text| format!(" data-{key}=\"{}\"", name(text))));
    }
    if !about.authorities.is_empty() {
        let names: Vec<String> = about.authorities.iter().map(name).collect();
        out.push_str(&format!(" data-authorities=\"{}\"", names.join("|")));
    }
    out
}

/// Chinese, and English after it where it differs.
fn label_text(text: &Bilingual) -> String {
    let (zh, en) = (escaped(&text.zh), escaped(&text.en));
    if zh == en { zh } else { format!("<span lang=\"zh-CN\">{zh}</span> <span class=\"en\" lang=\"en\">{en}</span>") }
}

/// Text that HTML takes for nothing but text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
