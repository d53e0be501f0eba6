//! The `data` of an event type as a tree, from a body: what the reader of `data` takes apart again.

use super::json::{Entries, Json};
use heng_core::{Body, Corrected, FieldValue, Profile, Recorded};
use heng_model::{Day, SubjectKind};
use std::borrow::Cow;
use std::fmt::Display;

/// The keys of `data` with what the body states; what it does not state is left out.
pub(super) fn data<'b>(body: &Body<'b>) -> Entries<'b> {
    match body {
        Body::Recorded(recorded) => of_recorded(recorded),
        Body::Corrected(corrected) => of_corrected(corrected),
        Body::Retracted { record, reason } => stated([("record", text(record)), ("reason", opt_text(*reason))]),
        Body::Repaired { record, record_source, on, document_no }
        | Body::Restored { record, record_source, on, document_no } => stated([
            ("record", text(record)),
            ("record_source", opt_text(*record_source)),
            ("on", day(*on)),
            ("document_no", opt_text(*document_no)),
        ]),
        Body::ObjectionFiled { objection, record, record_source, on, reason } => stated([
            ("objection", text(objection)),
            ("record", text(record)),
            ("record_source", opt_text(*record_source)),
            ("on", day(*on)),
            ("reason", opt_text(*reason)),
        ]),
        Body::ObjectionResolved { objection, record, on, upheld, reason } => stated([
            ("objection", text(objection)),
            ("record", opt_text(*record)),
            ("on", day(*on)),
            ("outcome", text(if *upheld { "upheld" } else { "rejected" })),
            ("reason", opt_text(*reason)),
        ]),
        Body::Suspended { from, through, reason, document_no } => stated([
            ("from", day(Some(*from))),
            ("through", day(*through)),
            ("reason", opt_text(*reason)),
            ("document_no", opt_text(*document_no)),
        ]),
        Body::Resumed { on } | Body::Deregistered { on } => stated([("on", day(*on))]),
        Body::Registered(profile) | Body::Changed(profile) => of_profile(profile),
        Body::Linked { role, to, on } | Body::Unlinked { role, to, on } => {
            stated([("role", text(role)), ("to", written(to)), ("on", day(*on))])
        }
        Body::Merged { into } => stated([("into", written(into))]),
        Body::Responded { decision, authority, applied, on, reason, document_no } => stated([
            ("decision", written(decision)),
            ("authority", text(authority)),
            ("answer", text(if *applied { "applied" } else { "not_applied" })),
            ("on", day(*on)),
            ("reason", opt_text(*reason)),
            ("document_no", opt_text(*document_no)),
        ]),
        Body::Reviewed { decision, confirmed: _, officer, on, reason } => stated([
            ("decision", written(decision)),
            ("officer", text(officer)),
            ("on", day(*on)),
            ("reason", opt_text(*reason)),
        ]),
    }
}

fn of_recorded<'b>(recorded: &Recorded<'b>) -> Entries<'b> {
    let head = [
        ("record", text(recorded.record)),
        ("item", text(recorded.item)),
        ("decided_on", day(Some(recorded.decided_on))),
    ];
    let dates = recorded.dates.iter().map(|(name, date)| (*name, day(Some(*date))));
    let tail = [
        ("document_no", opt_text(recorded.document_no)),
        ("capacity", opt_text(recorded.capacity)),
        ("fields", fields(&recorded.fields)),
    ];
    stated(head.into_iter().chain(dates).chain(tail))
}

fn of_corrected<'b>(corrected: &Corrected<'b>) -> Entries<'b> {
    let version = corrected.version.map_or(Json::Null, Json::of_u64);
    let mut data = stated([
        ("record", text(corrected.record)),
        ("version", version),
        ("decided_on", day(corrected.decided_on)),
        ("fields", fields(&corrected.fields)),
        ("reason", opt_text(corrected.reason)),
    ]);
    // Here null speaks: it empties the date.
    data.extend(corrected.dates.iter().map(|(name, date)| (Cow::Borrowed(*name), day(*date))));
    data
}

fn of_profile<'b>(profile: &Profile<'b>) -> Entries<'b> {
    let alias =
        |(scheme, code): &(&'b str, &'b str)| Json::Object(stated([("scheme", text(scheme)), ("code", text(code))]));
    let aliases: Vec<Json<'_>> = profile.aliases.iter().map(alias).collect();
    stated([
        ("on", day(profile.on)),
        ("kind", opt_text(profile.kind.map(SubjectKind::word))),
        ("name", opt_text(profile.name)),
        ("region", opt_text(profile.region)),
        ("industry", opt_text(profile.industry)),
        ("registered_on", day(profile.registered_on)),
        ("aliases", if aliases.is_empty() { Json::Null } else { Json::List(aliases) }),
    ])
}

fn stated<'b>(entries: impl IntoIterator<Item = (&'b str, Json<'b>)>) -> Entries<'b> {
    let stated = entries.into_iter().filter(|(_, value)| !matches!(value, Json::Null));
    stated.map(|(key, value)| (Cow::Borrowed(key), value)).collect()
}

fn text<'b>(text: &'b str) -> Json<'b> {
    Json::Text(Cow::Borrowed(text))
}

fn opt_text(stated: Option<&str>) -> Json<'_> {
    stated.map_or(Json::Null, text)
}

fn written(value: impl Display) -> Json<'static> {
    Json::Text(Cow::Owned(value.to_string()))
}

fn day(day: Option<Day>) -> Json<'static> {
    day.map_or(Json::Null, written)
}

fn fields<'b>(fields: &[(&'b str, FieldValue<'b>)]) -> Json<'b> {
    if fields.is_empty() {
        return Json::Null;
    }
    Json::Object(fields.iter().map(|(name, value)| (Cow::Borrowed(*name), field(value))).collect())
}

fn field<'b>(value: &FieldValue<'b>) -> Json<'b> {
    match value {
        FieldValue::Null => Json::Null,
        FieldValue::Text(value) => text(value),
        FieldValue::Int(number) => Json::Int(*number),
        FieldValue::Bool(flag) => Json::Bool(*flag),
        FieldValue::List(items) => Json::List(items.iter().map(field).collect()),
    }
}
