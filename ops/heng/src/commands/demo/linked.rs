//! A person in office, and the firm that follows from them.

use super::cast::{PERSON, TRADING};
use super::stage::Stage;
use super::world::{World, kinds};

pub(super) fn tell(stage: &mut Stage, world: &World) -> anyhow::Result<()> {
    stage.chapter("人员只以职务身份出现；关联企业", "A person, only in office; a linked firm")?;
    stage.both(
        "直接责任人员只以假名、以职务身份出现；系统只提出建议，经工作人员确认才生效。此后由其担任法定代表人的云梦示例贸易被直接判为D级；异议期间对本人的措施中止，对企业的判级随之中止，异议不成立后恢复。",
        "The person responsible appears by a pseudonym and in office only; the engine proposes, an officer confirms. A firm \
         taken on afterwards gets grade D. While the person's objection is open, the measures are suspended, and so is what \
         rests on them; when it is rejected, both are in force again.",
    )?;
    let rows = world.told.iter().filter(|event| [PERSON, TRADING].contains(&event.subject.to_string().as_str()));
    let rows = rows.map(|event| {
        [
            world.pack.time_zone.civil_day(event.known_ms).to_string(),
            super::cast::name(&event.subject.to_string()),
            event.kind.word().to_owned(),
            event.outcome.clone(),
            event.cause.rsplit('#').next().unwrap_or_default().to_owned(),
        ]
    });
    stage.table(["known on", "about", "decision", "outcome", "because of event"], rows.collect())?;
    let check = |on| world.check(TRADING, "tax.refund", on);
    stage.checks(&[
        (check("2026-04-01")?, "clear"),
        (check("2026-04-02")?, "restrict"),
        (check("2026-07-06")?, "clear"),
        (check("2026-07-27")?, "restrict"),
    ])?;
    stage.claim(
        "nothing on the person before the officer's answer",
        "proposed, issued, suspended, resumed",
        kinds(&world.revisions(PERSON, "tax.d_responsible")),
    );
    stage.say("")?;
    stage.command(&format!("history {TRADING}"))
}
