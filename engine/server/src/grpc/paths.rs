//! The paths of the calls that are served: what may be the name of a span.
//!
//! # Invariants
//!
//! Read from the descriptors of what is served. A path that a caller made up is none of them, whatever it names.

use prost::Message;
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// The name of a call that nobody serves.
const UNKNOWN: &str = "unknown";

static KNOWN: LazyLock<FxHashSet<String>> = LazyLock::new(|| {
    [heng_rpc::DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET].into_iter().flat_map(read).collect()
});

/// The name of a call by its path.
pub(super) fn name(path: &str) -> String {
    let path = path.trim_start_matches('/');
    if KNOWN.contains(path) { path.to_owned() } else { UNKNOWN.to_owned() }
}

fn read(descriptors: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    // They were written by the build: reflection refuses to start with others.
    for file in Files::decode(descriptors).unwrap_or_default().files {
        for service in file.services {
            let method = |method: &Named| format!("{}.{}/{}", file.package, service.name, method.name);
            paths.extend(service.methods.iter().map(method));
        }
    }
    paths
}

/// Of `google.protobuf.FileDescriptorSet` what names a method.
#[derive(Clone, PartialEq, Message)]
struct Files {
    #[prost(message, repeated, tag = "1")]
    files: Vec<FileNamed>,
}

#[derive(Clone, PartialEq, Message)]
struct FileNamed {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "6")]
    services: Vec<ServiceNamed>,
}

#[derive(Clone, PartialEq, Message)]
struct ServiceNamed {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    methods: Vec<Named>,
}

#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_served_names_a_span() {
        for path in ["heng.check.v1.CheckService/Check", "heng.audit.v1.AuditService/Scorecard"] {
            assert_eq!(name(&format!("/{path}")), path);
        }
        assert_eq!(name("/grpc.health.v1.Health/Watch"), "grpc.health.v1.Health/Watch");
        for path in ["/heng.check.v1.CheckService/91420100MA49XK7P6T", "/91420100MA49XK7P6T", "", "/"] {
            assert_eq!(name(path), UNKNOWN, "{path}");
        }
    }
}
