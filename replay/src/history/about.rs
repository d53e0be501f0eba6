//! What an entry says, in a line.

use heng_core::{Body, Content, Control, Corrected, Derived, FieldValue, Profile, Recorded};
use heng_model::Day;

/// What an entry says, in short.
pub(super) fn about(content: &Content<'_>) -> String {
    match content {
        Content::Event { event, .. } => body(&event.body),
        Content::Control(Control::DayOpened { date }) => date.to_string(),
        Content::Control(Control::PackActivated { pack, version, on, .. }) => {
            // A log's first pack is in force from its first day on, whichever that is.
            if *on == Day::EARLIEST { format!("{pack}@{version}") } else { format!("{pack}@{version} from {on}") }
        }
        Content::Control(Control::FoldActivated { version }) => format!("version {version}"),
        Content::Derived(Derived::RelatedChanged { news, .. }) => format!("news of {} at {}", news.from, news.position),
        Content::Derived(Derived::Redirected { from, part, parts, .. }) => {
            format!("history of {from}, part {} of {parts}", part.saturating_add(1))
        }
    }
}

fn body(body: &Body<'_>) -> String {
    match body {
        Body::Recorded(recorded) => self::recorded(recorded),
        Body::Corrected(corrected) => self::corrected(corrected),
        Body::Retracted { record, reason } => joined([Some(named("record", record)), text(*reason)]),
        Body::Repaired { record, record_source, on, document_no }
        | Body::Restored { record, record_source, on, document_no } => {
            joined([Some(named("record", record)), of(*record_source), day("on", *on), text(*document_no)])
        }
        Body::ObjectionFiled { objection, record, record_source, on, reason } => joined([
            Some(named("objection", objection)),
            Some(named("record", record)),
            of(*record_source),
            day("on", *on),
            text(*reason),
        ]),
        Body::ObjectionResolved { objection, record, on, upheld, reason } => joined([
            Some(named("objection", objection)),
            Some(if *upheld { "upheld" } else { "rejected" }.to_owned()),
            record.map(|record| named("record", record)),
            day("on", *on),
            text(*reason),
        ]),
        Body::Suspended { from, through, reason, document_no } => {
            joined([day("from", Some(*from)), day("through", *through), text(*reason), text(*document_no)])
        }
        Body::Resumed { on } | Body::Deregistered { on } => joined([day("on", *on)]),
        Body::Registered(profile) | Body::Changed(profile) => self::profile(profile),
        Body::Linked { role, to, on } | Body::Unlinked { role, to, on } => {
            joined([Some(format!("{role} of {to}")), day("on", *on)])
        }
        Body::Merged { into } => format!("into {into}"),
        Body::Responded { decision, authority, applied, on, reason, document_no } => joined([
            Some(format!("{authority}: {}", if *applied { "applied" } else { "not applied" })),
            Some(named("decision", &decision.to_string())),
            day("on", *on),
            text(*reason),
            text(*document_no),
        ]),
        Body::Reviewed { decision, officer, on, reason, .. } => joined([
            Some(named("decision", &decision.to_string())),
            Some(named("officer", officer)),
            day("on", *on),
            text(*reason),
        ]),
    }
}

fn recorded(recorded: &Recorded<'_>) -> String {
    let head = [
        Some(recorded.item.to_owned()),
        Some(named("record", recorded.record)),
        day("decided on", Some(recorded.decided_on)),
        text(recorded.document_no),
        recorded.capacity.map(|capacity| named("as", capacity)),
    ];
    let dates = recorded.dates.iter().map(|(name, date)| Some(format!("{name} {date}")));
    let fields = recorded.fields.iter().map(|(name, value)| Some(format!("{name}={}", field(value))));
    joined(head.into_iter().chain(dates).chain(fields))
}

fn corrected(corrected: &Corrected<'_>) -> String {
    let head = [
        Some(named("record", corrected.record)),
        corrected.version.map(|version| format!("version {version}")),
        day("decided on", corrected.decided_on),
    ];
    let emptied = |date: Option<Day>| date.map_or("none".to_owned(), |date| date.to_string());
    let dates = corrected.dates.iter().map(|(name, date)| Some(format!("{name} {}", emptied(*date))));
    let fields = corrected.fields.iter().map(|(name, value)| Some(format!("{name}={}", field(value))));
    joined(head.into_iter().chain(dates).chain(fields).chain([text(corrected.reason)]))
}

fn profile(profile: &Profile<'_>) -> String {
    let head = [
        text(profile.name),
        profile.kind.map(|kind| kind.word().to_owned()),
        profile.region.map(|region| named("region", region)),
        profile.industry.map(|industry| named("industry", industry)),
        day("registered on", profile.registered_on),
        day("on", profile.on),
    ];
    let aliases = profile.aliases.iter().map(|(scheme, code)| Some(format!("{scheme}:{code}")));
    joined(head.into_iter().chain(aliases))
}

fn field(value: &FieldValue<'_>) -> String {
    match value {
        FieldValue::Null => "none".to_owned(),
        FieldValue::Text(text) => (*text).to_owned(),
        FieldValue::Int(number) => number.to_string(),
        FieldValue::Bool(flag) => flag.to_string(),
        FieldValue::List(items) => format!("[{}]", items.iter().map(field).collect::<Vec<_>>().join(", ")),
    }
}

fn named(what: &str, name: &str) -> String {
    format!("{what} {name}")
}

fn of(source: Option<&str>) -> Option<String> {
    source.map(|source| named("of", source))
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn day(what: &str, day: Option<Day>) -> Option<String> {
    day.map(|day| format!("{what} {day}"))
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
