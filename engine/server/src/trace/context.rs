//! The W3C `traceparent` header, read and written.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// Reads a header; none where it is no such header, as the standard asks: a broken context is no reason to refuse a call.
#[must_use]
pub fn parse(text: &[u8]) -> Option<SpanContext> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let version = hex::<2>(version).filter(|version| *version != 0xff)?;
    // Later versions may say more behind what is known; this one says nothing more.
    if version == 0 && parts.next().is_some() {
        return None;
    }
    let trace = TraceId::from(hex::<32>(trace)?);
    let span = SpanId::from(u64::try_from(hex::<16>(span)?).ok()?);
    let flags = TraceFlags::new(u8::try_from(hex::<2>(flags)?).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

/// A context as W3C writes it today; what is longer is none that is known, and would not fit every entry.
const BYTES_MAX: usize = 55;

/// The text of a context that may be passed on; none where whoever sent it wrote something else.
pub(crate) fn known(text: &str) -> Option<&str> {
    (text.len() <= BYTES_MAX && parse(text.as_bytes()).is_some()).then_some(text)
}

/// Writes the header.
pub(super) fn text(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8())
}

/// A number of so many digits; capitals are not taken.
fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    let is_hex = text.len() == DIGITS && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    if is_hex { u128::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn headers_are_read_and_written_as_w3c_has_them() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = parse(good.as_bytes()).unwrap();
        assert!(context.is_sampled() && context.is_remote());
        assert_eq!(text(&context), good);
        assert_eq!(known(good), Some(good));
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
        assert!(parse(later.as_bytes()).is_some() && known(later).is_none());
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!((parse(bad.as_bytes()), known(bad)), (None, None), "{bad}");
        }
    }
}
