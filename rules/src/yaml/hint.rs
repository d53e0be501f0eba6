//! What the author of a file most likely meant where it is not YAML.

/// A hint for an error that the parser saw in a line: the mistake stands there or just above.
pub(super) fn not_yaml(text: &str, line: u32, info: &str) -> &'static str {
    let at = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let here = text.lines().nth(at).unwrap_or_default();
    let above = text.lines().take(at).filter(|line| !is_blank(line)).last().unwrap_or_default();
    let either = |is: fn(&str) -> bool| is(here) || is(above);
    if info.contains("tab") || either(|line| indentation(line).contains('\t')) {
        return "indent with spaces: YAML takes no tabs";
    }
    if info.contains("quoted scalar") || either(is_quote_open) {
        return "a text that begins with a quote ends with the same quote";
    }
    if either(has_wide_colon) {
        return "write the plain colon `:` with a space after it, not `：`";
    }
    if either(lacks_space) {
        return "write a space after the colon: `key: value`";
    }
    if is_value_with_colon(here) {
        return "put the text in quotes: it has a colon of its own";
    }
    if info.contains("mapping") || info.contains("indentation") || info.contains("expected") {
        return "keys of one mapping begin in the same column: compare this line with those above";
    }
    ""
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn indentation(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// The key of a line, with what follows its colon.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches("- ");
    let end = line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let (key, rest) = line.split_at_checked(end)?;
    let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix('：'))?;
    (!key.is_empty()).then_some((key, rest))
}

fn has_wide_colon(line: &str) -> bool {
    entry(line).is_some_and(|(key, _)| line.contains(&format!("{key}：")))
}

fn lacks_space(line: &str) -> bool {
    entry(line).is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with(char::is_whitespace))
}

fn is_value_with_colon(line: &str) -> bool {
    entry(line).is_some_and(|(_, rest)| {
        let value = rest.trim_start();
        !value.starts_with(['"', '\'', '{', '[', '>', '|']) && value.contains(": ")
            || value.contains(" ? ") && value.contains(" : ")
    })
}

/// Does a value begin with a quote that the line does not close?
fn is_quote_open(line: &str) -> bool {
    let Some((_, rest)) = entry(line) else { return false };
    let value = rest.trim_start();
    ['"', '\''].into_iter().any(|quote| value.starts_with(quote) && value.matches(quote).count() % 2 == 1)
}
