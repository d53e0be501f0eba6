//! TLS and SASL.

use super::Settings;
use rdkafka::config::ClientConfig;
use serde::Deserialize;
use std::io;
use std::path::Path;

/// How this client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sasl {
    /// Not at all, or by its certificate.
    #[default]
    #[serde(rename = "")]
    None,
    /// Name and password as they are; only over TLS.
    Plain,
    /// SCRAM with SHA-256.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// SCRAM with SHA-512.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
    /// A token.
    Oauthbearer,
}

impl Sasl {
    /// As the protocol names it.
    fn mechanism(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::Oauthbearer => "OAUTHBEARER",
        })
    }
}

/// Was this program built with OpenSSL? Without it the client library has neither TLS nor SCRAM nor OAUTHBEARER.
pub(super) const HAS_TLS: bool = cfg!(feature = "tls");

/// What the text of a certificate begins with.
const PEM: [&[u8]; 2] = [b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----"];

impl Settings {
    /// What is wrong with the keys about security, a line each.
    pub(super) fn wrong_security(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let needs_tls_build = self.tls || !matches!(self.sasl, Sasl::None | Sasl::Plain);
        if needs_tls_build && !HAS_TLS {
            let what = if self.tls { "kafka.tls" } else { "kafka.sasl" };
            wrong.push(format!(
                "{what} needs a build with TLS, and this one has none: cargo build --release -p heng --features kafka-tls"
            ));
        }
        let by_password = matches!(self.sasl, Sasl::Plain | Sasl::ScramSha256 | Sasl::ScramSha512);
        if by_password && (self.username.is_empty() || is_unset(&self.password_file)) {
            wrong.push("kafka.sasl needs kafka.username and kafka.password_file".to_owned());
        }
        if self.sasl == Sasl::Oauthbearer && is_unset(&self.token_file) {
            wrong.push("kafka.sasl is `oauthbearer` and needs kafka.token_file".to_owned());
        }
        if self.sasl == Sasl::Plain && !self.tls {
            wrong.push("kafka.sasl is `plain` without kafka.tls: the password would be sent readable".to_owned());
        }
        if is_unset(&self.certificate_file) != is_unset(&self.key_file) {
            wrong.push("kafka.certificate_file and kafka.key_file belong together: name both or none".to_owned());
        }
        let files = [
            ("ca_file", &self.ca_file),
            ("certificate_file", &self.certificate_file),
            ("key_file", &self.key_file),
            ("password_file", &self.password_file),
            ("token_file", &self.token_file),
        ];
        for (key, file) in files {
            if !is_unset(file)
                && let Err(error) = std::fs::File::open(file)
            {
                wrong.push(format!("kafka.{key}: cannot read `{}`: {error}", file.display()));
            }
        }
        // The library would say so only when it connects.
        if let Ok(text) = std::fs::read(&self.ca_file)
            && !PEM.iter().any(|begin| text.windows(begin.len()).any(|part| part == *begin))
        {
            wrong.push(format!("kafka.ca_file: `{}` holds no certificate in PEM", self.ca_file.display()));
        }
        let of_tls = [("ca_file", &self.ca_file), ("certificate_file", &self.certificate_file)];
        for (key, _) in of_tls.iter().filter(|(_, file)| !is_unset(file) && !self.tls) {
            wrong.push(format!("kafka.{key} is named but kafka.tls is false"));
        }
        wrong
    }

    /// Puts the keys about security into a client's configuration.
    pub(super) fn secure(&self, config: &mut ClientConfig) -> io::Result<()> {
        let protocol = match (self.tls, self.sasl.mechanism().is_some()) {
            (false, false) => "plaintext",
            (true, false) => "ssl",
            (false, true) => "sasl_plaintext",
            (true, true) => "sasl_ssl",
        };
        config.set("security.protocol", protocol);
        let files = [
            ("ssl.ca.location", &self.ca_file),
            ("ssl.certificate.location", &self.certificate_file),
            ("ssl.key.location", &self.key_file),
        ];
        for (name, file) in files.into_iter().filter(|(_, file)| self.tls && !is_unset(file)) {
            config.set(name, file.to_string_lossy());
        }
        if let Some(mechanism) = self.sasl.mechanism() {
            config.set("sasl.mechanism", mechanism);
        }
        if !is_unset(&self.password_file) {
            config.set("sasl.username", &self.username);
            config.set("sasl.password", std::fs::read_to_string(&self.password_file)?.trim_end_matches(['\r', '\n']));
        }
        Ok(())
    }
}

fn is_unset(file: &Path) -> bool {
    file.as_os_str().is_empty()
}
