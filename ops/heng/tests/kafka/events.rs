//! Events of the made-up pack of the stories.

use heng_model::uscc;
use serde_json::{Value, json};

/// The code of the nth firm.
pub(crate) fn firm(number: u32) -> String {
    let body = format!("{number:08}");
    let mut code = format!("91420100{body}").into_bytes();
    code.push(uscc::organisation_check_character(body.as_bytes()).expect("a body"));
    code.push(uscc::check_character(&code).expect("17 characters"));
    String::from_utf8(code).expect("ASCII")
}

/// The nth event: one of a hundred firms is listed from some day on.
pub(crate) fn listed(number: u32) -> Value {
    let starts = format!("2024-{:02}-{:02}", 1 + number / 100 % 12, 1 + number / 1_200 % 28);
    json!({
        "specversion": "1.0", "id": format!("e-{number}"), "source": "/gov/a", "type": "credit.recorded",
        "subject": firm(number % 100), "time": "2026-01-01T00:00:00Z",
        "data": {
            "record": format!("r-{number}"), "item": "s.listed", "decided_on": "2024-01-01",
            "document_no": format!("甲示〔2024〕{number}号"), "fields": {"amount": "100.00", "starts": starts},
        },
    })
}
