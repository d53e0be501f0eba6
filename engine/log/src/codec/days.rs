//! Sets of days and positions as Protobuf messages, both ways.

use super::error::Defect;
use heng_model::{Day, DaySet, Position, Span};
use heng_proto::model::v1 as proto;

pub(super) fn write_span(span: Span) -> proto::Interval {
    let last = (!span.last.is_forever()).then(|| span.last.number());
    proto::Interval { first: span.first.number(), last }
}

pub(super) fn read_span(interval: &proto::Interval) -> Result<Span, Defect> {
    let last = interval.last.map_or(Day::FOREVER, Day::from_number);
    Span::new(Day::from_number(interval.first), last).ok_or(Defect::Days)
}

pub(super) fn write_days(days: &DaySet) -> Vec<proto::Interval> {
    days.spans().iter().copied().map(write_span).collect()
}

/// Runs that touch or stand in disorder are refused: the set would be written with other bytes than it was read from.
pub(super) fn read_days(intervals: &[proto::Interval]) -> Result<DaySet, Defect> {
    let spans: Vec<Span> = intervals.iter().map(read_span).collect::<Result<_, _>>()?;
    let days: DaySet = spans.iter().copied().collect();
    if days.spans() == spans { Ok(days) } else { Err(Defect::Days) }
}

pub(super) fn write_position(position: Position) -> proto::Position {
    proto::Position { partition: u32::from(position.partition), offset: position.offset }
}

pub(super) fn read_position(position: Option<&proto::Position>) -> Result<Position, Defect> {
    let position = position.ok_or(Defect::Absent("position"))?;
    let partition = u16::try_from(position.partition).map_err(|_| Defect::Partition(position.partition))?;
    Ok(Position { partition, offset: position.offset })
}
