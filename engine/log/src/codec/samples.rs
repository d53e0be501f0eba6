//! Values for the tests of the codec: fixed ones for the golden files, and strategies for every event type.
#![allow(clippy::unwrap_used, reason = "tests may stop with a panic")]

use super::FieldCommitment;
use heng_core::{
    Bilingual, Body, Control, Corrected, DecisionEvent, DecisionKind, Derived, Event, FieldValue, Ground, News,
    Profile, Proposal, Recorded, SentOn,
};
use heng_model::{Day, DaySet, DecisionId, Position, Span, SubjectId, SubjectKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(super) const SUBJECTS: [&str; 3] = ["91420100MA49XK7P6T", "P-00112233445566778899aabbccddeeff", "wb:GRAND-678"];
pub(super) const COMMITMENTS: [FieldCommitment<'static>; 1] =
    [FieldCommitment { field: "contact", commitment: [0xc5; 32] }];

pub(super) fn subject() -> SubjectId {
    SUBJECTS[0].parse().unwrap()
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn event(body: Body<'static>) -> Event<'static> {
    Event { source: "/gov/420000/tax", id: "tax-2023-000871", subject: subject(), body }
}

/// A recorded event of the size and form that most of the log has.
pub(super) fn recorded() -> Body<'static> {
    Body::Recorded(Recorded {
        record: "tax-2023-000871",
        item: "tax.major_violation",
        decided_on: day("2023-05-10"),
        document_no: Some("鄂税稽罚〔2023〕12号"),
        capacity: None,
        dates: vec![("served_on", day("2023-05-12"))],
        fields: vec![
            ("evaded", FieldValue::Text("1000000.00")),
            ("share", FieldValue::Text("0.10")),
            ("conduct", FieldValue::Text("evasion")),
            ("months", FieldValue::Int(14)),
            ("repeated", FieldValue::Bool(true)),
            ("taxes", FieldValue::List(vec![FieldValue::Text("vat"), FieldValue::Null])),
        ],
    })
}

pub(super) fn corrected() -> Body<'static> {
    Body::Corrected(Corrected {
        record: "tax-2023-000871",
        version: Some(2),
        decided_on: None,
        dates: vec![("served_on", None), ("effective_on", Some(day("2023-06-01")))],
        fields: vec![("evaded", FieldValue::Text("900000.00")), ("share", FieldValue::Null)],
        reason: Some("算错"),
    })
}

pub(super) fn registered() -> Body<'static> {
    Body::Registered(Profile {
        on: Some(day("1949-10-01")),
        kind: Some(SubjectKind::Enterprise),
        name: Some("武汉云麓样例有限公司"),
        region: Some("420100"),
        industry: Some("I65"),
        registered_on: Some(day("2016-04-06")),
        aliases: vec![("regno", "420100000123453")],
    })
}

pub(super) fn news() -> Derived<'static> {
    let open = DaySet::from_to(day("2023-05-10"), Day::FOREVER);
    Derived::RelatedChanged {
        to: subject(),
        news: News {
            from: SUBJECTS[1].parse().unwrap(),
            position: Position { partition: 3, offset: 90_412 },
            links: vec![("legal_representative".to_owned(), day("2020-01-01"), Day::FOREVER)],
            outcomes: vec![("list/court.dishonest".to_owned(), open, DaySet::empty())],
            formerly: vec![SUBJECTS[2].parse().unwrap()],
            ask: true,
        },
    }
}

pub(super) fn decision() -> DecisionEvent {
    let text = |zh: &str, en: &str| Bilingual { zh: zh.to_owned(), en: en.to_owned() };
    let hole = [("2023-05-10", "2024-01-31"), ("2024-07-01", "2026-05-10")];
    DecisionEvent {
        decision: DecisionId([0xd1; 32]),
        revision: 2,
        kind: DecisionKind::Amended,
        void: false,
        subject: subject(),
        position: Position { partition: 3, offset: 90_412 },
        seq: 18_231,
        known_ms: 1_683_768_600_000,
        cause: "/gov/420000/tax#tax-2023-000871".to_owned(),
        rule: "tax.major_violation".to_owned(),
        pack: "cn-hubei@2026.11.0".to_owned(),
        pack_sha256: [0xac; 32],
        fold: 1,
        outcome: "list/tax.major_violation".to_owned(),
        effect: "sanction".to_owned(),
        measures: vec!["procurement.bar".to_owned(), "publish".to_owned()],
        authorities: vec!["finance".to_owned()],
        region: Some("420100".to_owned()),
        in_force: hole.iter().filter_map(|(first, last)| Span::new(day(first), day(last))).collect(),
        proposal: Some(Proposal {
            measures: vec!["procurement.bar".to_owned()],
            days: DaySet::from_to(day("2026-05-11"), Day::FOREVER),
        }),
        grounds: vec![Ground {
            source: "/gov/420000/tax".to_owned(),
            record: "tax-2023-000871".to_owned(),
            document_no: Some("鄂税稽罚〔2023〕12号".to_owned()),
        }],
        ground_decisions: vec![DecisionId([0x0d; 32])],
        basis: vec!["sta-54-2021#6".to_owned()],
        facts: vec![("tax.evaded".to_owned(), "1000000.00".to_owned())],
        explanation: text("因重大税收违法列入名单", "listed for a major tax violation"),
        remedy_objection: text("可提出异议", "an objection may be filed"),
        remedy_repair: text("可申请信用修复", "repair may be applied for"),
        replaces: vec![DecisionId([0x11; 32])],
        also: vec![DecisionId([0x22; 32]), DecisionId([0x33; 32])],
    }
}

/// Borrowed values need texts that outlive the strategy; a test process is short.
pub(super) fn text() -> impl Strategy<Value = &'static str> {
    "[a-z_.]{0,12}|\\PC{0,12}".prop_map(|text| &*text.leak())
}

fn maybe_text() -> impl Strategy<Value = Option<&'static str>> {
    option::of(text())
}

fn days() -> impl Strategy<Value = Day> {
    prop_oneof![(-8_000..30_000).prop_map(Day::from_number), any::<i32>().prop_map(Day::from_number)]
}

fn maybe_day() -> impl Strategy<Value = Option<Day>> {
    option::of(days())
}

pub(super) fn subjects() -> impl Strategy<Value = SubjectId> {
    prop::sample::select(&SUBJECTS[..]).prop_map(|text| text.parse().unwrap())
}

fn decision_ids() -> impl Strategy<Value = DecisionId> {
    any::<[u8; 32]>().prop_map(DecisionId)
}

fn positions() -> impl Strategy<Value = Position> {
    (any::<u16>(), any::<u64>()).prop_map(|(partition, offset)| Position { partition, offset })
}

fn day_sets() -> impl Strategy<Value = DaySet> {
    vec((days(), days()), 0..4).prop_map(|ends| ends.into_iter().filter_map(|(a, b)| Span::new(a, b)).collect())
}

fn values() -> impl Strategy<Value = FieldValue<'static>> {
    let leaf = prop_oneof![
        Just(FieldValue::Null),
        text().prop_map(FieldValue::Text),
        any::<i64>().prop_map(FieldValue::Int),
        any::<bool>().prop_map(FieldValue::Bool),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| vec(inner, 0..4).prop_map(FieldValue::List))
}

fn fields() -> impl Strategy<Value = Vec<(&'static str, FieldValue<'static>)>> {
    vec((text(), values()), 0..10)
}

fn profiles() -> impl Strategy<Value = Profile<'static>> {
    let kind = option::of(prop::sample::select(&SubjectKind::ALL[..]));
    let texts = (maybe_text(), maybe_text(), maybe_text());
    (maybe_day(), kind, texts, maybe_day(), vec((text(), text()), 0..3)).prop_map(
        |(on, kind, (name, region, industry), registered_on, aliases)| Profile {
            on,
            kind,
            name,
            region,
            industry,
            registered_on,
            aliases,
        },
    )
}

fn record_bodies() -> impl Strategy<Value = Body<'static>> {
    let dates = vec((text(), days()), 0..4);
    let new_dates = vec((text(), maybe_day()), 0..4);
    prop_oneof![
        (text(), text(), days(), maybe_text(), maybe_text(), dates, fields()).prop_map(
            |(record, item, decided_on, document_no, capacity, dates, fields)| Body::Recorded(Recorded {
                record,
                item,
                decided_on,
                document_no,
                capacity,
                dates,
                fields
            })
        ),
        (text(), option::of(any::<u64>()), maybe_day(), new_dates, fields(), maybe_text()).prop_map(
            |(record, version, decided_on, dates, fields, reason)| Body::Corrected(Corrected {
                record,
                version,
                decided_on,
                dates,
                fields,
                reason
            })
        ),
        (text(), maybe_text()).prop_map(|(record, reason)| Body::Retracted { record, reason }),
        (text(), maybe_text(), maybe_day(), maybe_text()).prop_map(|(record, record_source, on, document_no)| {
            Body::Repaired { record, record_source, on, document_no }
        }),
        (text(), maybe_text(), maybe_day(), maybe_text()).prop_map(|(record, record_source, on, document_no)| {
            Body::Restored { record, record_source, on, document_no }
        }),
        (text(), text(), maybe_text(), maybe_day(), maybe_text()).prop_map(
            |(objection, record, record_source, on, reason)| Body::ObjectionFiled {
                objection,
                record,
                record_source,
                on,
                reason
            }
        ),
        (text(), maybe_text(), maybe_day(), any::<bool>(), maybe_text()).prop_map(
            |(objection, record, on, upheld, reason)| Body::ObjectionResolved { objection, record, on, upheld, reason }
        ),
    ]
}

fn other_bodies() -> impl Strategy<Value = Body<'static>> {
    prop_oneof![
        (days(), maybe_day(), maybe_text(), maybe_text()).prop_map(|(from, through, reason, document_no)| {
            Body::Suspended { from, through, reason, document_no }
        }),
        maybe_day().prop_map(|on| Body::Resumed { on }),
        profiles().prop_map(Body::Registered),
        profiles().prop_map(Body::Changed),
        maybe_day().prop_map(|on| Body::Deregistered { on }),
        (text(), subjects(), maybe_day()).prop_map(|(role, to, on)| Body::Linked { role, to, on }),
        (text(), subjects(), maybe_day()).prop_map(|(role, to, on)| Body::Unlinked { role, to, on }),
        subjects().prop_map(|into| Body::Merged { into }),
        (decision_ids(), text(), any::<bool>(), maybe_day(), maybe_text(), maybe_text()).prop_map(
            |(decision, authority, applied, on, reason, document_no)| Body::Responded {
                decision,
                authority,
                applied,
                on,
                reason,
                document_no
            }
        ),
        (decision_ids(), any::<bool>(), text(), maybe_day(), maybe_text()).prop_map(
            |(decision, confirmed, officer, on, reason)| Body::Reviewed { decision, confirmed, officer, on, reason }
        ),
    ]
}

pub(super) fn events() -> impl Strategy<Value = Event<'static>> {
    let bodies = prop_oneof![record_bodies(), other_bodies()];
    (text(), text(), subjects(), bodies).prop_map(|(source, id, subject, body)| Event { source, id, subject, body })
}

pub(super) fn controls() -> impl Strategy<Value = Control<'static>> {
    prop_oneof![
        days().prop_map(|date| Control::DayOpened { date }),
        (text(), text(), any::<[u8; 32]>(), days()).prop_map(|(pack, version, sha256, on)| Control::PackActivated {
            pack,
            version,
            sha256,
            on
        }),
        any::<u32>().prop_map(|version| Control::FoldActivated { version }),
    ]
}

pub(super) fn derived() -> impl Strategy<Value = Derived<'static>> {
    let links = vec((text().prop_map(str::to_owned), days(), days()), 0..3)
        .prop_map(|links| links.into_iter().map(|(role, a, b)| (role, a.min(b), a.max(b))).collect::<Vec<_>>());
    let outcomes = vec((text().prop_map(str::to_owned), day_sets(), day_sets()), 0..3);
    let bytes = vec(any::<u8>(), 0..40).prop_map(|bytes| &*bytes.leak());
    prop_oneof![
        (subjects(), subjects(), positions(), links, outcomes, vec(subjects(), 0..2), any::<bool>()).prop_map(
            |(to, from, position, links, outcomes, formerly, ask)| Derived::RelatedChanged {
                to,
                news: News { from, position, links, outcomes, formerly, ask }
            }
        ),
        (subjects(), subjects(), subjects(), any::<u32>(), any::<u32>(), positions(), bytes).prop_map(
            |(to, from, by, part, parts, source_position, bytes)| Derived::Redirected {
                to,
                from,
                by,
                part,
                parts,
                source_position,
                bytes
            }
        ),
    ]
}

pub(super) fn sent_on() -> impl Strategy<Value = SentOn> {
    (positions(), subjects()).prop_map(|(from, by)| SentOn { from, by })
}

pub(super) fn decisions() -> impl Strategy<Value = DecisionEvent> {
    let string = || text().prop_map(str::to_owned);
    let strings = move || vec(string(), 0..3);
    let bilingual = move || (string(), string()).prop_map(|(zh, en)| Bilingual { zh, en });
    let ids = || vec(decision_ids(), 0..3);
    let ground = (string(), string(), option::of(string())).prop_map(|(source, record, document_no)| Ground {
        source,
        record,
        document_no,
    });
    let proposal = (strings(), day_sets()).prop_map(|(measures, days)| Proposal { measures, days });
    let place = (decision_ids(), any::<u32>(), positions(), any::<u64>(), any::<i64>(), any::<bool>(), any::<u32>());
    let names = (subjects(), string(), string(), string(), any::<[u8; 32]>(), string(), string());
    let lists = (strings(), strings(), strings(), vec((string(), string()), 0..3), vec(ground, 0..3));
    let whole = (option::of(string()), day_sets(), option::of(proposal), ids(), ids(), ids());
    let texts = (bilingual(), bilingual(), bilingual());
    let kind = prop::sample::select(&DecisionKind::ALL[..]);
    (kind, place, names, lists, whole, texts).prop_map(|(kind, place, names, lists, whole, texts)| {
        let (decision, revision, position, seq, known_ms, void, fold) = place;
        let (subject, cause, rule, pack, pack_sha256, outcome, effect) = names;
        let (measures, authorities, basis, facts, grounds) = lists;
        let (region, in_force, proposal, ground_decisions, replaces, also) = whole;
        let (explanation, remedy_objection, remedy_repair) = texts;
        DecisionEvent {
            decision,
            revision,
            kind,
            void,
            subject,
            position,
            seq,
            known_ms,
            cause,
            rule,
            pack,
            pack_sha256,
            fold,
            outcome,
            effect,
            measures,
            authorities,
            region,
            in_force,
            proposal,
            grounds,
            ground_decisions,
            basis,
            facts,
            explanation,
            remedy_objection,
            remedy_repair,
            replaces,
            also,
        }
    })
}
