//! The token of OAUTHBEARER: read from a file that something else keeps fresh.
//!
//! # Invariants
//!
//! The file is read again and again, not only when the token ends: one that the brokers refuse may have been exchanged.
//! The token is passed on as it is; of its claims only who it is for and until when are read, and nothing is believed by it
//! here: the brokers verify it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heng_files::format_instant;
use rdkafka::client::OAuthToken;
use serde::Deserialize;
use std::io;
use std::path::Path;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("kafka.token_file: cannot read `{path}`: {source}")]
    Read { path: String, source: io::Error },
    #[error("kafka.token_file: `{path}` holds no JSON web token with `exp`")]
    NoToken { path: String },
    #[error(
        "kafka.token_file: the token in `{path}` ended at {ended}: put a new one there, it is read again by itself"
    )]
    Ended { path: String, ended: String },
}

#[derive(Deserialize)]
struct Claims {
    /// Until when, in seconds since 1970-01-01T00:00:00Z.
    exp: i64,
    #[serde(default)]
    sub: String,
}

/// The client library is told that a token lasts no longer than so many milliseconds, and asks for the next one when four fifths
/// of them have passed.
const ASKED_AGAIN_MS: i64 = 5_000;

pub(crate) fn read(file: &Path, now_ms: i64) -> Result<OAuthToken, TokenError> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| TokenError::Read { path: path.clone(), source })?;
    let token = text.trim();
    let claims = claims(token).ok_or_else(|| TokenError::NoToken { path: path.clone() })?;
    let ends_ms = claims.exp.saturating_mul(1_000);
    if ends_ms <= now_ms {
        return Err(TokenError::Ended { path, ended: format_instant(ends_ms) });
    }
    let lifetime_ms = ends_ms.min(now_ms.saturating_add(ASKED_AGAIN_MS));
    let principal_name = if claims.sub.is_empty() { "heng".to_owned() } else { claims.sub };
    Ok(OAuthToken { token: token.to_owned(), principal_name, lifetime_ms })
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_token_says_whose_it_is_and_until_when() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // {"alg":"none"} . {"sub":"heng","exp":1900000000} . nothing
        std::fs::write(file.path(), "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoZW5nIiwiZXhwIjoxOTAwMDAwMDAwfQ.\n").unwrap();
        let ends_ms = 1_900_000_000_000;
        let token = read(file.path(), ends_ms - 1).unwrap();
        assert_eq!((token.principal_name.as_str(), token.lifetime_ms), ("heng", ends_ms));
        assert!(token.token.ends_with("fQ."));
        let now_ms = ends_ms - 3_600_000;
        assert_eq!(read(file.path(), now_ms).unwrap().lifetime_ms, now_ms + ASKED_AGAIN_MS);
        let ended = read(file.path(), ends_ms).err().unwrap().to_string();
        assert!(ended.contains("ended at 2030-03-17T17:46:40.000Z"), "{ended}");
        for bad in ["", "a.b", "a.!.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoZW5nIn0."] {
            std::fs::write(file.path(), bad).unwrap();
            assert!(matches!(read(file.path(), 0), Err(TokenError::NoToken { .. })), "{bad}");
        }
        assert!(matches!(read(Path::new("missing.jwt"), 0), Err(TokenError::Read { .. })));
    }
}
