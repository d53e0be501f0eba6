//! Subjects made at random, with everything that a subject may have.

use crate::subject::{
    Correction, Decision, Key, Link, More, Neighbour, Objection, Parked, ParkedBody, Profile, ProfileChange, Record,
    RecordNo, Repair, Response, Restoration, Review, Seen, State, StoredValue, Subject,
};
use heng_model::{Day, DaySet, Decimal, DecisionId, Position, Span, SubjectId, SubjectKind, Symbol};
use heng_rules::fields::{push_field, push_value};
use heng_rules::{List, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::sync::Arc;

fn days() -> impl Strategy<Value = Day> {
    prop_oneof![9 => -10_000_i32..40_000, 1 => Just(Day::FOREVER.number())].prop_map(Day::from_number)
}

fn spans() -> impl Strategy<Value = Span> {
    (days(), days()).prop_map(|(a, b)| Span { first: a.min(b), last: a.max(b) })
}

fn day_sets() -> impl Strategy<Value = DaySet> {
    vec(spans(), 0..4).prop_map(|spans| spans.into_iter().collect())
}

fn symbols() -> impl Strategy<Value = Symbol> {
    (0_u16..300).prop_map(Symbol)
}

fn texts() -> impl Strategy<Value = Box<str>> {
    "\\PC{0,12}".prop_map(Into::into)
}

fn ids() -> impl Strategy<Value = SubjectId> {
    prop_oneof![
        (0_u32..1_000).prop_map(|number| format!("wb:{number}").parse().unwrap()),
        any::<u128>().prop_map(|number| format!("P-{number:032x}").parse().unwrap()),
    ]
}

fn record_numbers() -> impl Strategy<Value = RecordNo> {
    (0_u32..20).prop_map(RecordNo)
}

fn positions() -> impl Strategy<Value = Position> {
    (any::<u16>(), any::<u64>()).prop_map(|(partition, offset)| Position { partition, offset })
}

fn fields() -> impl Strategy<Value = Vec<u8>> {
    let field = (0_u16..8, 0_u8..8, any::<i64>(), texts());
    vec(field, 0..5).prop_map(|all| {
        let mut bytes = Vec::new();
        for (name, kind, number, text) in all {
            let (mut elements, low) = (Vec::new(), number.unsigned_abs().to_le_bytes());
            push_value(&mut elements, Value::Text(&text));
            push_value(&mut elements, Value::Int(number));
            let value = match kind {
                0 => Value::Empty,
                1 => Value::Bool(number > 0),
                2 => Value::Int(number),
                3 => Value::Decimal(Decimal::new(number.into(), low[0] % 19)),
                4 => Value::Symbol(Symbol(u16::from(low[0]))),
                5 => Value::Day(Day::from_number(i32::from(low[0]) * 100)),
                6 => Value::Text(&text),
                _ => Value::List(List::new(&elements)),
            };
            push_field(&mut bytes, Symbol(name), value);
        }
        bytes
    })
}

fn records() -> impl Strategy<Value = (Record, Box<str>, Vec<u8>)> {
    let days = (days(), option::of(days()), option::weighted(0.2, days()));
    let kind = (positions(), texts(), symbols(), symbols(), any::<u8>(), any::<bool>());
    (kind, days, fields()).prop_map(|(kind, (decided_on, effect_day, repaired_on), fields)| {
        let (position, name, source, item, origin, retracted) = kind;
        let mut record = Record::new(position, (source, &name), item, decided_on);
        record.set_effect_day(effect_day);
        record.set_repaired_on(repaired_on);
        (record.origin, record.retracted) = (origin, retracted);
        (record, name, fields)
    })
}

fn reviews() -> impl Strategy<Value = Review> {
    let confirmed = option::of((days(), day_sets(), vec(symbols(), 0..3)));
    (day_sets(), confirmed, option::of((any::<u32>(), day_sets())), any::<bool>())
        .prop_map(|(derived, confirmed, declined, pending)| Review { derived, confirmed, declined, pending })
}

fn decisions() -> impl Strategy<Value = Decision> {
    let key = prop_oneof![record_numbers().prop_map(Key::Record), days().prop_map(Key::Run)];
    let state = prop::sample::select(vec![
        State::Void,
        State::Scheduled,
        State::Proposed,
        State::Declined,
        State::InForce,
        State::Suspended,
        State::Ended,
    ]);
    let rare = (option::weighted(0.2, day_sets()), option::weighted(0.2, reviews()));
    (symbols(), key, any::<u8>(), any::<bool>(), state, any::<u32>(), any::<u32>(), day_sets(), rare).prop_map(
        |(rule, key, origin, shown, state, revision, grounds, days, (paused, review))| Decision {
            rule,
            key,
            origin,
            shown,
            state,
            revision,
            grounds,
            days,
            paused: paused.map(Box::new),
            review: review.map(Box::new),
        },
    )
}

fn profiles() -> impl Strategy<Value = Profile> {
    let kind = prop::sample::select(SubjectKind::ALL.to_vec());
    let change = (option::of(days()), option::of(kind), vec(option::of(texts()), 3));
    (option::of(days()), option::of(days()), vec(change, 0..3), vec((texts(), texts()), 0..2)).prop_map(
        |(registered_on, deregistered_on, changes, aliases)| {
            let mut profile = Profile { registered_on, deregistered_on, ..Profile::default() };
            for (on, kind, texts) in &changes {
                let [region, industry, name] = [0, 1, 2].map(|at: usize| texts[at].as_deref());
                profile.add_change(&ProfileChange { on: *on, kind: *kind, region, industry, name });
            }
            aliases.iter().for_each(|(scheme, code)| profile.add_alias(scheme, code));
            profile
        },
    )
}

fn stored_values() -> impl Strategy<Value = StoredValue> {
    prop_oneof![
        Just(StoredValue::Null),
        texts().prop_map(StoredValue::Text),
        any::<i64>().prop_map(StoredValue::Int),
        any::<bool>().prop_map(StoredValue::Bool),
        vec(texts().prop_map(StoredValue::Text), 0..3).prop_map(StoredValue::List),
    ]
}

fn parked() -> impl Strategy<Value = Parked> {
    let corrected = (
        option::of(any::<u64>()),
        option::of(days()),
        vec((texts(), option::of(days())), 0..2),
        vec((texts(), stored_values()), 0..3),
    )
        .prop_map(|(version, decided_on, dates, fields)| ParkedBody::Corrected {
            version,
            decided_on,
            dates,
            fields,
        });
    let body = prop_oneof![
        corrected,
        Just(ParkedBody::Retracted),
        days().prop_map(|on| ParkedBody::Repaired { on }),
        days().prop_map(|on| ParkedBody::Restored { on }),
        (texts(), days()).prop_map(|(objection, on)| ParkedBody::ObjectionFiled { objection, on }),
        (texts(), days(), any::<bool>()).prop_map(|(objection, on, upheld)| ParkedBody::ObjectionResolved {
            objection,
            on,
            upheld
        }),
    ];
    (symbols(), symbols(), texts(), positions(), days(), body).prop_map(
        |(source, record_source, record, position, known_on, body)| Parked {
            source,
            record_source,
            record,
            position,
            known_on,
            body,
        },
    )
}

fn rare() -> impl Strategy<Value = More> {
    let corrections = (record_numbers(), option::of(symbols()), option::of(any::<u64>()))
        .prop_map(|(record, field, version)| Correction { record, field, version });
    let repairs =
        (record_numbers(), days(), any::<bool>()).prop_map(|(record, on, undone)| Repair { record, on, undone });
    let restorations = (record_numbers(), days(), option::of(days()))
        .prop_map(|(record, on, repaired_on)| Restoration { record, on, repaired_on });
    let resolved = (option::of((days(), any::<bool>())), option::of(days()));
    let objections = (texts(), record_numbers(), days(), any::<bool>(), resolved).prop_map(
        |(name, record, filed_on, pauses, (resolved, mended_on))| Objection {
            name,
            record,
            filed_on,
            pauses,
            resolved,
            mended_on,
        },
    );
    let links =
        (texts(), ids(), spans()).prop_map(|(role, to, span)| Link { role, to, on: span.first, through: span.last });
    let neighbours =
        (ids(), option::of(positions()), vec((texts(), spans()), 0..2), vec((symbols(), day_sets(), day_sets()), 0..2))
            .prop_map(|(id, position, links, outcomes)| Neighbour { id, position, links, outcomes });
    let responses =
        (any::<[u8; 32]>(), texts(), any::<bool>(), days()).prop_map(|(decision, authority, applied, on)| Response {
            decision: DecisionId(decision),
            authority,
            applied,
            on,
        });
    let arriving = (ids(), any::<u32>(), vec((any::<u32>(), vec(any::<u8>(), 0..9).prop_map(Into::into)), 0..2));
    let first = (vec(ids(), 0..2), option::weighted(0.2, ids()), vec(corrections, 0..3), vec(repairs, 0..3));
    let second = (vec(restorations, 0..2), vec(objections, 0..2), vec(spans(), 0..2), vec(links, 0..2));
    let third = (
        vec(neighbours, 0..2),
        vec(responses, 0..2),
        vec(parked(), 0..2),
        vec(arriving, 0..2),
        vec((positions(), any::<u32>()), 0..3),
    );
    (first, second, third).prop_map(|(first, second, third)| {
        let (origins, redirect, corrections, repairs) = first;
        let (restorations, objections, suspensions, links) = second;
        let (neighbours, responses, parked, arriving, met) = third;
        More {
            origins,
            redirect,
            corrections,
            repairs,
            restorations,
            objections,
            suspensions,
            links,
            neighbours,
            responses,
            parked,
            arriving,
            met,
        }
    })
}

/// Any subject.
pub(super) fn subjects() -> impl Strategy<Value = Subject> {
    let seen = vec((any::<u64>(), any::<u32>()), 0..8);
    let rest = (
        option::weighted(0.5, profiles()).prop_map(Option::unwrap_or_default),
        option::weighted(0.5, rare()),
        option::of(days()),
    );
    (vec(records(), 0..8), seen, vec(decisions(), 0..6), rest).prop_map(|(records, seen, decisions, rest)| {
        let (profile, more, wake) = rest;
        let more = more.map(Arc::new);
        let mut subject = Subject { decisions, profile, more, wake, ..Subject::default() };
        for (record, name, fields) in records {
            subject.add_record(record, &name, &fields);
        }
        subject.seen = seen.into_iter().fold(Seen::default(), |mut seen, (name, content)| {
            seen.add(name, content);
            seen
        });
        subject
    })
}

/// The subject of `former.hex`: two records with every kind of field, the first repaired; a decision on each.
pub(super) fn of_the_form_before() -> Subject {
    let day = Day::from_number;
    let mut subject = Subject { wake: Some(day(20_100)), ..Subject::default() };
    let (mut fields, mut elements) = (Vec::new(), Vec::new());
    push_value(&mut elements, Value::Text("甲"));
    push_value(&mut elements, Value::Text("乙"));
    push_field(&mut fields, Symbol(10), Value::Decimal(Decimal::new(1_234_567, 2)));
    push_field(&mut fields, Symbol(11), Value::Text("一万二千"));
    push_field(&mut fields, Symbol(12), Value::List(List::new(&elements)));
    push_field(&mut fields, Symbol(13), Value::Day(day(19_000)));
    push_field(&mut fields, Symbol(14), Value::Empty);
    let mut first =
        Record::new(Position { partition: 3, offset: 70_000 }, (Symbol(7), "税罚〔2023〕1号"), Symbol(5), day(19_000));
    first.set_effect_day(Some(day(19_010)));
    first.set_repaired_on(Some(day(19_500)));
    subject.add_record(first, "税罚〔2023〕1号", &fields);
    let mut fields = Vec::new();
    push_field(&mut fields, Symbol(15), Value::Symbol(Symbol(300)));
    push_field(&mut fields, Symbol(16), Value::Int(-2_023));
    push_field(&mut fields, Symbol(17), Value::Bool(true));
    let mut second = Record::new(Position { partition: 3, offset: 70_001 }, (Symbol(8), "r2"), Symbol(6), day(19_001));
    (second.origin, second.retracted) = (1, true);
    subject.add_record(second, "r2", &fields);
    subject.seen.add(0x0123_4567_89ab_cdef, 0xfedc_ba98);
    let span = |first, last| Span { first: day(first), last: day(last) };
    let blank = Decision {
        rule: Symbol(40),
        key: Key::Record(RecordNo(0)),
        origin: 0,
        shown: true,
        state: State::InForce,
        revision: 2,
        grounds: 0xdead_beef,
        days: [span(19_010, 19_100), span(19_200, 20_099)].into_iter().collect(),
        paused: Some(Box::new(DaySet::from(span(19_020, 19_030)))),
        review: None,
    };
    let review = Review { derived: DaySet::from(span(19_300, 19_400)), pending: true, ..Review::default() };
    let run = Decision {
        rule: Symbol(41),
        key: Key::Run(day(19_300)),
        shown: false,
        state: State::Proposed,
        days: DaySet::empty(),
        paused: None,
        review: Some(Box::new(review)),
        ..blank.clone()
    };
    subject.decisions = vec![blank, run];
    let (on, kind) = (Some(day(18_000)), Some(SubjectKind::Cooperative));
    subject.profile.registered_on = Some(day(18_000));
    subject.profile.add_change(&ProfileChange { on, kind, name: Some("社"), ..ProfileChange::default() });
    let repair = Repair { record: RecordNo(0), on: day(19_500), undone: false };
    subject.more =
        Some(Arc::new(More { origins: vec!["wb:1".parse().unwrap()], repairs: vec![repair], ..More::default() }));
    subject
}
