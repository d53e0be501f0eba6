//! Administrative divisions (GB/T 2260).

use super::rows;
use std::sync::OnceLock;

static TABLE: &str = include_str!("../../tables/regions.tsv");

struct Region {
    code: &'static str,
    name: &'static str,
    abolished: bool,
}

/// In the order of the codes.
fn regions() -> &'static [Region] {
    static REGIONS: OnceLock<Vec<Region>> = OnceLock::new();
    REGIONS.get_or_init(|| {
        let region = |(code, name, until): (_, _, Option<&str>)| Region { code, name, abolished: until.is_some() };
        rows(TABLE).map(region).collect()
    })
}

/// The code that a code or a name stands for; the error says what was expected.
///
/// An abolished code is taken as it is: old records have them. A name must be one of today's and must name one division.
pub(crate) fn region(text: &str) -> Result<&'static str, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let found = regions().binary_search_by(|region| region.code.cmp(text)).ok().and_then(|at| regions().get(at));
        return found.map(|region| region.code).ok_or_else(|| unknown(text));
    }
    const NAMED_MAX: usize = 3;
    let named: Vec<&Region> = regions().iter().filter(|region| !region.abolished && region.name == text).collect();
    match named.as_slice() {
        [one] => Ok(one.code),
        [] => {
            Err("a region code of six digits (GB/T 2260) or the full name of a region, such as 420100 or 武汉市".into())
        }
        several => {
            let codes: Vec<&str> = several.iter().take(NAMED_MAX).map(|region| region.code).collect();
            let more = if several.len() > NAMED_MAX { ", …" } else { "" };
            Err(format!("a region code: {} regions have this name ({}{more})", several.len(), codes.join(", ")))
        }
    }
}

fn unknown(code: &str) -> String {
    if code.len() != 6 {
        return format!("a region code of six digits (GB/T 2260), this has {}", code.len());
    }
    let above = |digits: usize| code.get(..digits).map(|head| format!("{head:0<6}"));
    let known = |code: &String| regions().iter().find(|region| region.code == code);
    match above(4).as_ref().and_then(known).or_else(|| above(2).as_ref().and_then(known)) {
        Some(Region { code, name, .. }) => {
            format!("a region code of GB/T 2260 (as of 2021-12-31): no such division under {name} ({code})")
        }
        None => "a region code of GB/T 2260: no province has these first two digits".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut last = "";
        for Region { code, name, .. } in regions() {
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            assert!(*code > last && !name.is_empty() && *name == name.trim(), "{code}");
            assert!(region(&format!("{}0000", &code[..2])).is_ok(), "{code} has no province");
            last = code;
        }
        // Hubei whole: a county stands under its prefecture, abolished ones too.
        for Region { code, .. } in regions().iter().filter(|region| region.code.starts_with("42")) {
            assert!(region(&format!("{}00", &code[..4])).is_ok(), "{code} has no prefecture");
        }
        let current = |digits: &str| regions().iter().filter(|it| !it.abolished && it.code.starts_with(digits)).count();
        assert_eq!((regions().len(), current("42"), current("")), (3356, 130, 3229));
    }

    #[test]
    fn codes_and_names_are_looked_up() {
        assert_eq!(region("420100"), Ok("420100"));
        assert_eq!(region("武汉市"), Ok("420100"));
        assert_eq!(region("421023"), Ok("421023"), "abolished in 2020, still in old records");
        assert_eq!(region("监利市"), Ok("421088"));
        assert!(region("监利县").is_err());
        assert_eq!(
            region("市辖区").unwrap_err(),
            "a region code: 12 regions have this name (420101, 420201, 420301, …)"
        );
        assert_eq!(region("西湖区").unwrap_err(), "a region code: 2 regions have this name (330106, 360103)");
        assert_eq!(region("4201").unwrap_err(), "a region code of six digits (GB/T 2260), this has 4");
        assert_eq!(
            region("420199").unwrap_err(),
            "a region code of GB/T 2260 (as of 2021-12-31): no such division under 武汉市 (420100)"
        );
        assert_eq!(region("990000").unwrap_err(), "a region code of GB/T 2260: no province has these first two digits");
    }
}
