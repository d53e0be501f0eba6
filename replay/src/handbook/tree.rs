//! A condition as a tree of statements, and as lines.

use super::both;
use heng_core::Bilingual;

/// A line of a text with its depth of indentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Depth, from 0.
    pub depth: u8,
    /// What it says.
    pub text: Bilingual,
}

/// A condition in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    Leaf(Bilingual),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    pub(super) fn leaf(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Leaf(both(zh, en))
    }

    /// On one line, with brackets where they are needed.
    pub(super) fn inline(&self) -> Bilingual {
        let joined = |trees: &[Tree], zh: &str, en: &str| {
            let parts: Vec<Bilingual> = trees.iter().map(Tree::bracketed).collect();
            let text = |get: fn(&Bilingual) -> &str, by: &str| parts.iter().map(get).collect::<Vec<_>>().join(by);
            both(text(|it| &it.zh, zh), text(|it| &it.en, en))
        };
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Not(inner) => {
                let inner = inner.inline();
                both(format!("并非（{}）", inner.zh), format!("not ({})", inner.en))
            }
            Self::All(trees) => joined(trees, "，且", " and "),
            Self::Any(trees) => joined(trees, "，或者", " or "),
        }
    }

    fn bracketed(&self) -> Bilingual {
        let text = self.inline();
        match self {
            Self::All(_) | Self::Any(_) => both(format!("（{}）", text.zh), format!("({})", text.en)),
            Self::Leaf(_) | Self::Not(_) => text,
        }
    }

    /// One statement a line, each group under a line that says how its members are joined.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        self.collect(0, &mut lines);
        lines
    }

    fn collect(&self, depth: u8, lines: &mut Vec<Line>) {
        let (head, members) = match self {
            Self::Leaf(_) => return lines.push(Line { depth, text: self.inline() }),
            Self::Not(inner) => (both("下列情形不成立：", "It is not so that:"), std::slice::from_ref(&**inner)),
            Self::All(members) => (both("同时符合下列各项：", "All of the following:"), members.as_slice()),
            Self::Any(members) => (both("符合下列情形之一：", "Any of the following:"), members.as_slice()),
        };
        lines.push(Line { depth, text: head });
        for member in members {
            member.collect(depth.saturating_add(1), lines);
        }
    }
}
