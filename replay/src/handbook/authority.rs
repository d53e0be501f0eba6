//! The chapter of an authority: what it must apply and when, what it decides and publishes, and how it answers.

use super::block::{Block, Cell, Link, TableKind};
use super::both;
use super::catalogue::{days, exceptions, gives, has_end, law_days, nature};
use super::lexicon::{Lexicon, item_link, matter_link, measure_link, rule_link, words};
use super::vocabulary::{answer_within, effect, kinds, listed};
use heng_core::Bilingual;
use heng_rules::{AnswerWithin, Authority, AuthorityIdx, Item, Measure, Rule};

/// What the chapter says; nothing is left out in silence: what an authority does not have to do is said too.
pub(super) fn authority(lexicon: &Lexicon<'_>, at: usize, authority: &Authority) -> Vec<Block> {
    let acts = |list: &[AuthorityIdx]| list.iter().any(|index| index.at() == at);
    let mut blocks = vec![Block::Subheading(both("须实施的措施", "What you must apply, and when"))];
    blocks.push(or_none(measures(lexicon, &acts), "没有由本机关实施的措施。", "No measure is yours to apply."));
    blocks.push(Block::Subheading(both("办理的事项", "Matters you decide")));
    let none = ("没有由本机关主管的事项。", "No matter of this pack is yours to decide.");
    blocks.push(or_none(matters(lexicon, at), none.0, none.1));
    blocks.extend(answering(lexicon, &acts, authority));
    blocks.push(Block::Subheading(both("报送与处理的信用信息", "Records you publish and handle")));
    let (rows, none) = (items(lexicon, &acts), ("没有由本机关报送或者处理的信用信息。", "No item is yours."));
    blocks.push(or_none(rows, none.0, none.1));
    blocks.extend(powers(authority));
    blocks
}

fn or_none(table: (Vec<Bilingual>, Vec<Vec<Cell>>), zh: &str, en: &str) -> Block {
    let (head, rows) = table;
    if rows.is_empty() {
        return Block::Text(both(zh, en));
    }
    Block::Table { head, rows, kind: TableKind::Plain }
}

type Table = (Vec<Bilingual>, Vec<Vec<Cell>>);

/// A row for each rule that gives a measure: on whom, from when, until when, for which matters; those whose law has an
/// end come last.
fn measures(lexicon: &Lexicon<'_>, acts: &dyn Fn(&[AuthorityIdx]) -> bool) -> Table {
    let head = vec![
        both("措施", "Measure"),
        both("适用规则", "By which rule"),
        both("对谁", "On whom"),
        both("自何日起", "From"),
        both("至何日止", "Until"),
        both("例外", "Except"),
        both("施行期间", "When it is law"),
        both("涉及事项", "On which matters"),
    ];
    let pack = lexicon.pack;
    let (mut rows, mut ended) = (Vec::new(), Vec::new());
    for (at, measure) in pack.measures.iter().enumerate().filter(|(_, measure)| acts(&measure.authorities)) {
        let touched: Vec<Link> = pack
            .matters
            .iter()
            .filter(|matter| matter.effects.iter().any(|(index, _)| index.at() == at))
            .map(matter_link)
            .collect();
        for rule in pack.rules.iter().filter(|rule| gives(rule, at)) {
            let (first, last) = days(lexicon, rule);
            let row = vec![
                Cell::Links(vec![measure_link(measure)]),
                Cell::Links(vec![rule_link(rule)]),
                Cell::Both(whom(rule)),
                Cell::Both(first),
                Cell::Both(last),
                Cell::Both(exceptions(lexicon, rule)),
                Cell::Both(law_days(rule)),
                if touched.is_empty() { Cell::Both(nature(measure)) } else { Cell::Links(touched.clone()) },
            ];
            if has_end(rule) { ended.push(row) } else { rows.push(row) }
        }
    }
    rows.append(&mut ended);
    (head, rows)
}

fn whom(rule: &Rule) -> Bilingual {
    let whom = kinds(rule.kinds);
    if !rule.review {
        return whom;
    }
    both(format!("{}；须经执法人员确认后", whom.zh), format!("{}; once an officer has confirmed", whom.en))
}

fn matters(lexicon: &Lexicon<'_>, at: usize) -> Table {
    let head = vec![both("事项", "Matter"), both("措施", "Measure"), both("对该事项的影响", "What it means")];
    let mut rows = Vec::new();
    for matter in lexicon.pack.matters.iter().filter(|matter| matter.authority.at() == at) {
        for (index, bears) in &matter.effects {
            let measure = lexicon.pack.measures.get(index.at());
            rows.push(vec![
                Cell::Links(vec![matter_link(matter)]),
                Cell::Links(measure.map(measure_link).into_iter().collect()),
                Cell::Both(effect(*bears)),
            ]);
        }
    }
    (head, rows)
}

/// How an authority that acts says what it did.
fn answering(lexicon: &Lexicon<'_>, acts: &dyn Fn(&[AuthorityIdx]) -> bool, it: &Authority) -> Vec<Block> {
    if !lexicon.pack.measures.iter().any(|measure| acts(&measure.authorities)) {
        return Vec::new();
    }
    let steps = [
        (
            "收到决定后，先核对主体、期间和依据；决定载明的“生效期间”以外的日期不得实施。",
            "When a decision arrives, compare subject, days and basis; outside the days it states, nothing may be applied.",
        ),
        (
            "实施后答复“已实施”（applied）；未实施的，答复“未实施”（not_applied）并写明理由。答复写入日志，与决定并存，不改变决定。",
            "Having applied it, answer `applied`; otherwise answer `not_applied` and give the reason. The answer stands on \
             the log beside the decision and does not change it.",
        ),
        (
            "决定解除、撤销或者到期时会收到同一决定的新版本：以最后一版为准，自其载明之日起停止实施。",
            "When it is lifted, revoked or expires, a new revision of the same decision arrives: the last one counts; stop \
             from the day it states.",
        ),
        (
            "没有消息系统的机关，以一行JSON报送答复，格式如下（decision为决定编号，subject为其主体）：",
            "Without a message system, an answer is one line of JSON (decision is the decision's id, subject its subject):",
        ),
    ];
    let mut blocks = vec![Block::Subheading(both("如何答复", "How to answer"))];
    blocks.push(Block::Text(deadline(lexicon, acts, it)));
    blocks.extend(steps.map(|(zh, en)| Block::Text(both(zh, en))));
    blocks.push(Block::Sample(sample(it)));
    blocks
}

/// By when: one time for all its measures, or the measures by their times.
fn deadline(lexicon: &Lexicon<'_>, acts: &dyn Fn(&[AuthorityIdx]) -> bool, it: &Authority) -> Bilingual {
    let mut times: Vec<(Option<AnswerWithin>, Vec<&Measure>)> = Vec::new();
    for measure in lexicon.pack.measures.iter().filter(|measure| acts(&measure.authorities)) {
        let within = lexicon.pack.answer_within(measure, it);
        match times.iter_mut().find(|(time, _)| *time == within) {
            Some((_, measures)) => measures.push(measure),
            None => times.push((within, vec![measure])),
        }
    }
    let lead =
        both("反馈期限（自决定作出的次日起算）：", "By when, counted from the day after the decision is issued: ");
    let said: Vec<Bilingual> = match times.as_slice() {
        [(within, _)] => vec![answer_within(*within)],
        _ => {
            let part = |(within, measures): &(Option<AnswerWithin>, Vec<&Measure>)| {
                let (when, what) = (answer_within(*within), listed(measures.iter().map(|it| words(&it.words))));
                both(format!("{}——{}", when.zh, what.zh), format!("{} ({})", when.en, what.en))
            };
            times.iter().map(part).collect()
        }
    };
    let (zh, en): (Vec<String>, Vec<String>) = said.into_iter().map(|it| (it.zh, it.en)).unzip();
    both(format!("{}{}。", lead.zh, zh.join("；")), format!("{}{}.", lead.en, en.join("; ")))
}

/// An answer as this authority would send it.
fn sample(it: &Authority) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{code}-answer-1\",\"source\":\"{source}\",\"type\":\"measure.responded\",\
         \"subject\":\"…\",\"time\":\"2026-01-15T09:00:00+08:00\",\"data\":{{\"decision\":\"…\",\"authority\":\"{code}\",\
         \"answer\":\"applied\",\"on\":\"2026-01-15\"}}}}",
        code = it.code,
        source = it.source
    )
}

fn items(lexicon: &Lexicon<'_>, acts: &dyn Fn(&[AuthorityIdx]) -> bool) -> Table {
    let head = vec![
        both("信用信息", "Item"),
        both("报送", "You publish"),
        both("信用修复", "You repair"),
        both("异议处理", "You hear objections"),
    ];
    let yes = |is: bool| if is { both("是", "yes") } else { both("—", "—") };
    let row = |item: &Item| {
        let duties = [acts(&item.sources), acts(&item.repair_by), acts(&item.objection_by)];
        let cells = std::iter::once(Cell::Links(vec![item_link(item)]));
        duties.contains(&true).then(|| cells.chain(duties.map(|is| Cell::Both(yes(is)))).collect())
    };
    (head, lexicon.pack.items.iter().filter_map(row).collect())
}

/// What an authority may do besides.
fn powers(it: &Authority) -> Option<Block> {
    let powers = [
        (it.may_suspend, "暂停、恢复执行措施", "suspend and resume measures"),
        (it.may_link, "登记主体之间的关联", "link subjects"),
        (it.may_merge, "合并主体", "merge subjects"),
    ];
    let (zh, en): (Vec<&str>, Vec<&str>) =
        powers.into_iter().filter(|(may, ..)| *may).map(|(_, zh, en)| (zh, en)).unzip();
    (!zh.is_empty()).then(|| {
        Block::Text(both(format!("本机关还可以：{}。", zh.join("；")), format!("You may also {}.", en.join("; "))))
    })
}
