//! Random conditions.
//!
//! # Invariants
//!
//! A condition is of type bool and names only facts handed in; of a record only where the caller says so.

use super::{AMOUNTS, NATURES, Rng};

/// A condition over facts (as atoms, ready to be joined) and, if `record`, fields of the record judged.
pub(super) fn condition(rng: &mut Rng, atoms: &[String], record: bool) -> String {
    let mut text = atom(rng, atoms, record);
    for _ in 0..rng.pick(&[0, 0, 0, 1, 1, 2]) {
        let other = atom(rng, atoms, record);
        let joined = rng.pick(&["&&", "||", "||", "||", "&& !"]);
        text = match joined {
            "&& !" => format!("{text} && !({other})"),
            "||" => format!("({text} || {other})"),
            _ => format!("{text} && {other}"),
        };
    }
    text
}

fn atom(rng: &mut Rng, atoms: &[String], record: bool) -> String {
    if atoms.is_empty() || (record && rng.chance(50)) { on_record(rng) } else { rng.pick(atoms) }
}

/// A condition that reads one field of a record.
pub(super) fn on_record(rng: &mut Rng) -> String {
    let (amount, nature) = (rng.pick(&AMOUNTS), rng.pick(&NATURES));
    let number = rng.below(4);
    match rng.below(16) {
        0..=2 => format!("record.amount >= money('{amount}')"),
        3 => format!("record.amount < money('{amount}')"),
        4 | 5 => format!("record.nature == '{nature}'"),
        6 => format!("record.nature != '{nature}'"),
        7 => format!("record.nature in ['{nature}', 'c']"),
        8 => "record.share > decimal('0.10')".to_owned(),
        9 => "has(record.begins)".to_owned(),
        10 => "record.flag".to_owned(),
        11 => "!record.flag".to_owned(),
        12 => format!("record.number * 2 >= {}", number + 1),
        13 => format!("record.number - {number} != 0"),
        14 => "'x' in record.tags || size(record.tags) >= 2".to_owned(),
        _ => "record.served_on > record.decided_on".to_owned(),
    }
}
