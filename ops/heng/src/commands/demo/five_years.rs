//! Three companies of the town, five years each: what happened to them, and what was decided on both sides of decisive days.

use super::cast::{CHEMICALS, CONSTRUCTION, INSTRUMENTS};
use super::stage::Stage;
use super::timeline;
use super::world::{World, kinds};
use crate::commands::decisions::days;
use anyhow::Context;

pub(super) fn construction(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("晴川建设的五年", "Five years of Qingchuan Construction")?;
    stage.both(
        "2022年未按期公示年报，列入经营异常名录，补报后移出；2023年串通投标、损失30万元，取消投标资格一年；两起较大事故相隔不满十二个月，\
         列入安全生产严重失信主体名单三年，满十二个月后提前移出；2026年拖欠工资，偿清后修复。",
        "A late annual report in 2022: in the directory of abnormal operations until it was filed. Collusion with a loss of \
         300,000 yuan in 2023: disqualified from bidding for a year. Two larger accidents within twelve months: on the \
         work-safety list for three years, removed early after twelve months. In 2026 wages were owed, paid, repaired.",
    )?;
    timeline::tell(stage, world, CONSTRUCTION)?;
    let bid = |on| world.check(CONSTRUCTION, "bidding.statutory", on);
    let inspect = |on| world.check(CONSTRUCTION, "safety.inspection", on);
    stage.checks(&[
        (bid("2022-07-07")?, "clear"),
        (bid("2022-07-08")?, "caution"),
        (bid("2022-08-31")?, "caution"),
        (bid("2022-09-01")?, "clear"),
        (bid("2023-03-14")?, "clear"),
        (bid("2023-03-15")?, "bar"),
        (bid("2024-03-14")?, "bar"),
        (bid("2024-03-15")?, "clear"),
        (inspect("2024-10-24")?, "clear"),
        (inspect("2024-10-25")?, "caution"),
        (inspect("2025-10-26")?, "caution"),
        (inspect("2025-10-27")?, "clear"),
    ])?;
    for (rule, became, in_force) in [
        ("market.abnormal", "issued, lifted", "2022-07-08 – 2022-08-31"),
        ("tender.ban_67", "issued, expired", "2023-03-15 – 2024-03-14"),
        ("tender.record", "issued, expired", "2023-03-15 – 2023-09-15"),
        ("safety.serious", "issued, lifted", "2024-10-25 – 2025-10-26"),
        (
            "safety.penalty_order_58",
            "issued, amended, suspended, amended, resumed",
            "2024-10-25 – 2026-05-25, 2026-08-01 – 2027-10-25",
        ),
    ] {
        ended(stage, world, CONSTRUCTION, rule, became, in_force)?;
    }
    Ok(())
}

pub(super) fn instruments(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("东湖仪器的五年", "Five years of Donghu Instruments")?;
    stage.both(
        "连年纳税A级、海关高级认证、环境诚信。2025年7月1日起，守信联合激励按新规则另行给出。2025年9月被法院列为失信被执行人：\
         海关、生态环境和联合激励随即停止，税务机关自己的A级便利不受影响；履行后法院删除，全部恢复。",
        "Grade A with the tax authority year after year, advanced with customs, trustworthy in environment. From 1 July 2025 a \
         rule of its own gives the joint incentives. In September 2025 a court listed it as a judgment debtor: what customs, \
         ecology and others gave ended, what the tax authority gives its own A-grade taxpayers did not. It performed, the court \
         deleted the entry, and everything came back.",
    )?;
    timeline::tell(stage, world, INSTRUMENTS)?;
    let check = |matter, on| world.check(INSTRUMENTS, matter, on);
    stage.checks(&[
        (check("funds.project_application", "2025-06-30")?, "clear"),
        (check("funds.project_application", "2025-07-01")?, "favour"),
        (check("funds.project_application", "2025-09-14")?, "favour"),
        (check("funds.project_application", "2025-09-15")?, "restrict"),
        (check("funds.project_application", "2025-11-02")?, "restrict"),
        (check("funds.project_application", "2025-11-03")?, "favour"),
        (check("customs.clearance", "2025-09-14")?, "favour"),
        (check("customs.clearance", "2025-09-15")?, "clear"),
        (check("customs.clearance", "2025-11-03")?, "favour"),
        (check("env.permit", "2025-09-15")?, "clear"),
        (check("env.permit", "2025-11-03")?, "favour"),
        (check("tax.refund", "2025-09-15")?, "favour"),
    ])?;
    stage.say("")?;
    stage.both(
        "新旧法律各管各的日子：2025年7月1日和2026年4月1日前后，同一激励由不同规则、依不同法律给出：",
        "Each law has its days: before and after 1 July 2025 and 1 April 2026 other rules, under other laws, give the same:",
    )?;
    versions(
        stage,
        world,
        INSTRUMENTS,
        &[
            ("2025-06-30", ["tax.grade_a_2014", "tax.grade_a"], "tax.grade_a_2014"),
            ("2025-07-01", ["tax.grade_a_2014", "tax.grade_a"], "tax.grade_a"),
            ("2026-03-31", ["customs.aeo_2021", "customs.aeo"], "customs.aeo_2021"),
            ("2026-04-01", ["customs.aeo_2021", "customs.aeo"], "customs.aeo"),
        ],
    )?;
    for (rule, became, in_force) in [
        ("joint.trusted", "issued, suspended, resumed", "2025-07-01 – 2025-09-14, 2025-11-03 – open"),
        ("court.dishonest_2y", "issued, lifted", "2025-09-15 – 2025-11-02"),
        ("tax.grade_a_2014", "issued, expired", "2022-04-20 – 2025-06-30"),
        ("tax.grade_a", "issued", "2025-07-01 – open"),
    ] {
        ended(stage, world, INSTRUMENTS, rule, became, in_force)?;
    }
    Ok(())
}

pub(super) fn chemicals(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("云梦化工的五年", "Five years of Yunmeng Chemicals")?;
    stage.both(
        "2022年环境扣分累计45分，余35分，经工作人员确认评为严重失信，跨年仍计，整改后方止；2023年欠缴税款超过三个月，认定为海关失信企业，缴清后修复；\
         同年投标材料造假，禁止参加政府采购一年，又被评为红牌；2024年列为失信被执行人，履行后法院删除；2026年偷税。",
        "45 environmental points off 80 in 2022: severe, once an officer confirmed, and on into the next year until it was put \
         right. Duty unpaid for three months in 2023: dishonest with customs until paid and repaired. False papers in a bid: \
         banned from government procurement for a year; graded red as well. Listed by a court in 2024, deleted when it had \
         performed. In 2026 it evaded tax.",
    )?;
    timeline::tell(stage, world, CHEMICALS)?;
    let check = |matter, on| world.check(CHEMICALS, matter, on);
    stage.checks(&[
        (check("env.permit", "2022-08-21")?, "clear"),
        (check("env.permit", "2022-08-22")?, "restrict"),
        (check("env.permit", "2023-03-19")?, "restrict"),
        (check("env.permit", "2023-03-20")?, "clear"),
        (check("env.permit", "2023-07-04")?, "restrict"),
        (check("env.permit", "2024-06-27")?, "clear"),
        (check("customs.guarantee", "2023-05-15")?, "clear"),
        (check("customs.guarantee", "2023-05-16")?, "restrict"),
        (check("customs.guarantee", "2023-09-20")?, "clear"),
        (check("procurement.bid", "2023-06-20")?, "bar"),
        (check("procurement.bid", "2024-06-19")?, "bar"),
        (check("procurement.bid", "2024-06-20")?, "clear"),
        (check("procurement.bid", "2024-08-19")?, "restrict"),
        (check("procurement.bid", "2025-03-06")?, "restrict"),
        (check("procurement.bid", "2025-03-07")?, "clear"),
    ])?;
    stage.say("")?;
    stage.both(
        "两件一般失信处罚只差一日：2026年3月31日作出的依旧办法公示三年，4月1日作出的依新办法公示一年：",
        "Two fines of the general tier, a day apart: that of 31 March 2026 is shown for three years by the old measures, that \
         of 1 April for one by the new:",
    )?;
    let published = ["customs.penalty_order_58", "env.penalty_general"];
    versions(
        stage,
        world,
        CHEMICALS,
        &[
            ("2026-03-31", published, "customs.penalty_order_58"),
            ("2027-04-01", published, "customs.penalty_order_58, env.penalty_general"),
            ("2027-04-02", published, "customs.penalty_order_58"),
        ],
    )?;
    for (rule, became, in_force) in [
        ("env.hubei_score", "proposed, issued, lifted", "2022-08-22 – 2023-03-19"),
        ("env.grade_red", "issued, lifted", "2023-07-04 – 2024-06-26"),
        ("customs.unpaid_duty", "issued, lifted", "2023-05-16 – 2023-09-19"),
        ("procurement.ban", "issued, expired", "2023-06-20 – 2024-06-19"),
        ("court.dishonest", "issued, lifted", "2024-08-19 – 2025-03-06"),
        ("customs.penalty_order_58", "issued", "2026-03-31 – 2029-03-31"),
        ("env.penalty_general", "issued", "2026-04-01 – 2027-04-01"),
    ] {
        ended(stage, world, CHEMICALS, rule, became, in_force)?;
    }
    Ok(())
}

/// What became of a rule's decision on a subject, and its days at the end.
fn ended(
    stage: &mut Stage,
    world: &World,
    subject: &str,
    rule: &str,
    became: &str,
    in_force: &str,
) -> anyhow::Result<()> {
    let revisions = world.revisions(subject, rule);
    let last = revisions.last().with_context(|| format!("no decision of {rule} on {subject}"))?;
    stage.claim(&format!("revisions of {rule} on {subject}"), became, kinds(&revisions));
    stage.claim(&format!("days of {rule} on {subject}"), in_force, days(&last.in_force));
    Ok(())
}

/// Which of two rules are in force on a day, under which law, from when to when; the last says which are expected.
fn versions(stage: &mut Stage, world: &World, subject: &str, asked: &[(&str, [&str; 2], &str)]) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for (on, rules, expected) in asked {
        let about = world.in_force(super::day(on)?);
        let mut found: Vec<_> = about
            .filter(|event| event.subject.to_string() == subject && rules.contains(&event.rule.as_str()))
            .collect();
        found.sort_by(|a, b| a.rule.cmp(&b.rule));
        rows.extend(found.iter().map(|it| {
            [(*on).to_owned(), it.rule.clone(), it.basis.join(", "), days(&it.in_force).replace(", ", "\n")]
        }));
        let names: Vec<&str> = found.iter().map(|event| event.rule.as_str()).collect();
        stage.claim(&format!("which of {} on {on}", rules.join(", ")), *expected, names.join(", "));
    }
    stage.table(["on", "rule", "law", "in force 生效期间"], rows)
}
