//! Checks: one that bars, some that favour, and what repair does and does not do.

use super::UNTIL;
use super::cast::{CHEMICALS, CONSTRUCTION, INSTRUMENTS};
use super::stage::Stage;
use super::world::World;
use crate::commands::decisions::days;
use anyhow::Context;
use heng_core::DecisionEvent;

pub(super) fn bars(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("查询：不得参加", "A check that bars")?;
    stage.both(
        "云梦示例化工被处罚款260万元。三年内有重大违法记录，不具备政府采购供应商资格；期满自动恢复。",
        "Yunmeng Chemicals was fined 2,600,000 yuan. Whoever has a major illegal record within three years is not \
         eligible as a supplier; eligibility comes back by itself when the three years are over.",
    )?;
    let check = |on| world.check(CHEMICALS, "procurement.bid", on);
    let (first, last, after) = (check(UNTIL)?, check("2029-05-20")?, check("2029-05-21")?);
    let before = check("2026-05-19")?;
    let heaviest = first.answer.bearings.first().map(|it| it.decision).context("nothing bears on the bid")?;
    stage.claim("the ground of the bar", "鄂税稽罚〔2026〕30号", grounds(heaviest));
    why(stage, heaviest)?;
    stage.checks(&[(before, "caution"), (first, "bar"), (last, "bar"), (after, "clear")])?;
    stage.say("")?;
    stage.command(&format!("check {CHEMICALS} procurement.bid --on {UNTIL}"))?;
    stage.command(&format!("explain {:.8}", heaviest.decision.to_string()))
}

fn grounds(event: &DecisionEvent) -> String {
    let numbers = event.grounds.iter().map(|ground| ground.document_no.as_ref().unwrap_or(&ground.record).as_str());
    numbers.collect::<Vec<_>>().join(", ")
}

/// What a clerk reads out.
fn why(stage: &Stage, event: &DecisionEvent) -> anyhow::Result<()> {
    stage.say("")?;
    stage.both(&event.explanation.zh, &event.explanation.en)?;
    stage.paragraph(&format!("{}{}", event.remedy_objection.zh, event.remedy_repair.zh))?;
    stage.paragraph(&format!("{} {}", event.remedy_objection.en, event.remedy_repair.en))
}

pub(super) fn favours(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("查询：优先办理", "Checks that favour")?;
    stage.both(
        "东湖示例仪器：纳税缴费信用A级，劳动保障守法诚信A级；以下事项优先或从简办理：",
        "Donghu Instruments has grade A with the tax authority and grade A with the labour authority; these go first, or \
         with fewer papers:",
    )?;
    let check = |matter| world.check(INSTRUMENTS, matter, UNTIL);
    stage.checks(&[
        (check("licence.application")?, "favour"),
        (check("tax.refund")?, "favour"),
        (check("tax.invoice_supply")?, "favour"),
        (check("bank.credit_reference")?, "favour"),
        (check("labour.inspection")?, "favour"),
        (check("procurement.bid")?, "clear"),
    ])?;
    stage.say("")?;
    stage.command(&format!("check {INSTRUMENTS} licence.application"))
}

pub(super) fn lifts(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("修复：解除", "A repair that lifts, and one that cannot")?;
    stage.both(
        "晴川示例建设因拖欠43名农民工工资被列入名单；法院裁定批准重整计划，计划执行期间措施中止；工资付清、列入满六个月后修复，名单与措施一并解除。",
        "Qingchuan Construction owed 43 workers their wages and was listed. A court approved a reorganisation plan: while \
         it ran, the measures were suspended. The wages paid and six months past, the repair lifted list and measures.",
    )?;
    let check = |on| world.check(CONSTRUCTION, "bidding.statutory", on);
    stage.checks(&[
        (check("2026-01-14")?, "clear"),
        (check("2026-01-15")?, "restrict"),
        (check("2026-05-26")?, "clear"),
        (check("2026-08-01")?, "restrict"),
        (check("2026-08-09")?, "restrict"),
        (check("2026-08-10")?, "clear"),
    ])?;
    let listed = world.revisions(CONSTRUCTION, "labour.wage_arrears");
    let listed = listed.last().context("the wage-arrears listing")?;
    stage.claim("days listed", "2026-01-15 – 2026-05-25, 2026-08-01 – 2026-08-09", days(&listed.in_force));
    why(stage, listed)?;
    stage.say("")?;
    stage.both(
        "云梦示例化工的处罚也于2026-10-09修复：公示由三年缩短为法定最短一年；但采购资格条件依法不适用修复，不受影响。",
        "The fine of Yunmeng Chemicals was repaired too, on 2026-10-09: its publication shrinks from three years to the \
         least term of one year. Eligibility in procurement knows no repair, and stands.",
    )?;
    let check = |matter, on| world.check(CHEMICALS, matter, on);
    stage.checks(&[
        (check("procurement.bid", "2026-10-10")?, "bar"),
        (check("procurement.bid", "2029-05-20")?, "bar"),
    ])?;
    let shown = world.revisions(CHEMICALS, "tax.penalty_serious");
    let shown = shown.last().context("the publication of the fine")?;
    stage.claim("days on which the fine is shown", "2026-05-20 – 2027-05-20", days(&shown.in_force));
    stage.say(&format!("the fine is shown 处罚公示: {}", days(&shown.in_force)))?;
    stage.say("")?;
    stage.command(&format!("history {CONSTRUCTION}"))
}
