//! A mistake put right: the same day, as it was known before and as it is known now.

use super::cast::INSTRUMENTS;
use super::stage::Stage;
use super::world::World;
use anyhow::Context;
use heng_core::DecisionKind;
use heng_model::Position;
use heng_replay::{AsOf, PartitionLog, Question, as_of};
use heng_server::Shelf;

const RULE: &str = "tax.procurement_record";
const DAY: &str = "2026-06-20";

pub(super) fn tell(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("录入错误的更正：自始撤销", "A mistake put right, from the beginning")?;
    stage.both(
        "税务机关把东湖示例仪器的罚款250元误录为250万元，7月2日更正。决定自始撤销；而“当时所知”仍可查证：",
        "The tax authority recorded a fine of 250 yuan as 2,500,000 and corrected it on 2 July. What followed is revoked \
         from the beginning; what was known before stays on record, and can be asked for:",
    )?;
    let revoked = world.revisions(INSTRUMENTS, RULE).into_iter().find(|event| event.kind == DecisionKind::Revoked);
    let cause = revoked.context("the revocation")?.position;
    let before = Position { offset: cause.offset.saturating_sub(1), ..cause };
    let disk = world.data.view.disk();
    let logs = PartitionLog::open_all(&disk, world.data.view.meta())?;
    let packs = Shelf::open(&disk)?;
    let ask = |known_at| {
        let question = Question { day: Some(super::day(DAY)?), known_at };
        Ok::<AsOf, anyhow::Error>(as_of(&logs, &packs, question, &mut |_| ())?)
    };
    let (then, now) = (ask(Some(before))?, ask(None)?);
    let outcomes = |answer: &AsOf| {
        let about = answer.decisions.iter().filter(|event| event.subject.to_string() == INSTRUMENTS);
        about.map(|event| event.outcome.clone()).collect::<Vec<_>>().join("\n")
    };
    let rows = vec![
        [DAY.to_owned(), format!("{before}, before the correction 更正之前"), outcomes(&then)],
        [DAY.to_owned(), "now 现在".to_owned(), outcomes(&now)],
    ];
    stage.table(["in force on", "as known at", "Donghu Instruments 东湖示例仪器"], rows)?;
    let barred = |answer: &AsOf| {
        answer.decisions.iter().any(|event| event.subject.to_string() == INSTRUMENTS && event.rule == RULE)
    };
    stage.claim("ineligible on the day, as known before", true, barred(&then));
    stage.claim("ineligible on the day, as known now", false, barred(&now));
    stage.claim(
        "procurement.bid on the day, now",
        "clear",
        world.check(INSTRUMENTS, "procurement.bid", DAY)?.answer.word(),
    );
    stage.say("")?;
    stage.command(&format!("replay --as-of {DAY} --known-at {before}"))
}
