//! Where checkpoints are shared, as it is written down: a folder, or a bucket of an S3-compatible store.

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, RetryConfig};
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// An engine that starts does not wait longer for a store that does not answer; who shares tries again at the next round.
const RETRIES_MAX: usize = 4;
const RETRY_FOR: Duration = Duration::from_secs(20);

/// A place for checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder that every engine sees.
    Folder(PathBuf),
    /// A bucket.
    Bucket {
        /// Its name.
        bucket: String,
        /// What the names of its objects begin with; empty: nothing.
        prefix: String,
        /// How the store is reached.
        access: BucketAccess,
    },
}

/// How a store is reached; what is empty comes from the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BucketAccess {
    /// Address of the store; empty: that of AWS.
    pub endpoint: String,
    /// Region; empty: us-east-1 where the environment has none.
    pub region: String,
    /// Name of the key; empty: credentials of the environment, or of the machine.
    pub access_key_id: String,
    /// File with the secret of the key.
    pub secret_key_file: PathBuf,
}

/// Why something is no place for checkpoints.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// Another scheme.
    #[error("`{0}` is no place for checkpoints: write a folder, or s3://BUCKET/PREFIX")]
    Unknown(String),
    /// No bucket.
    #[error("`{0}` names no bucket: write s3://BUCKET/PREFIX")]
    NoBucket(String),
    /// A prefix that is none.
    #[error("`{text}` cannot be a prefix of names: {cause}")]
    Prefix {
        /// As it was written.
        text: String,
        /// What is wrong.
        cause: object_store::path::Error,
    },
    /// An address that is none.
    #[error("`{0}` is no address of a store: write such as https://s3.example.org")]
    Endpoint(String),
    /// An address for a folder.
    #[error("`{0}` is a folder: an endpoint goes with s3://BUCKET/PREFIX")]
    EndpointOfFolder(String),
    /// A key without its secret, or a secret without its key.
    #[error("a key and the file with its secret go together: name both, or neither for those of the environment")]
    HalfAKey,
    /// The secret cannot be read.
    #[error("the secret of the key, `{path}`: {cause}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The folder cannot be made.
    #[error("`{path}`: {cause}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The store's client cannot be made.
    #[error("`{place}`: {cause}")]
    Client {
        /// The place.
        place: String,
        /// What is wrong.
        cause: object_store::Error,
    },
}

impl Location {
    /// Reads a place.
    ///
    /// # Errors
    /// [`LocationError`].
    pub fn parse(text: &str, access: BucketAccess) -> Result<Self, LocationError> {
        let endpoint = access.endpoint.as_str();
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(LocationError::NoBucket(text.to_owned()));
            }
            if !endpoint.is_empty() && !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
                return Err(LocationError::Endpoint(endpoint.to_owned()));
            }
            let prefix = prefix.trim_matches('/');
            Path::parse(prefix).map_err(|cause| LocationError::Prefix { text: prefix.to_owned(), cause })?;
            if access.access_key_id.is_empty() != access.secret_key_file.as_os_str().is_empty() {
                return Err(LocationError::HalfAKey);
            }
            return Ok(Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned(), access });
        }
        let folder = text.strip_prefix("file://").unwrap_or(text);
        if folder.is_empty() || folder.contains("://") {
            return Err(LocationError::Unknown(text.to_owned()));
        }
        if !endpoint.is_empty() {
            return Err(LocationError::EndpointOfFolder(text.to_owned()));
        }
        Ok(Self::Folder(folder.into()))
    }

    /// The store behind it, and what names in it begin with.
    pub(crate) fn open(&self) -> Result<(Arc<dyn ObjectStore>, Path), LocationError> {
        let client = |cause| LocationError::Client { place: self.to_string(), cause };
        match self {
            Self::Folder(path) => {
                let folder = |cause| LocationError::Folder { path: path.clone(), cause };
                std::fs::create_dir_all(path).map_err(folder)?;
                let root: &FilePath = path;
                let store = LocalFileSystem::new_with_prefix(root).map_err(client)?.with_fsync(true);
                Ok((Arc::new(store), Path::default()))
            }
            Self::Bucket { bucket, prefix, access } => {
                let BucketAccess { endpoint, region, access_key_id, secret_key_file } = access;
                // Set once a process; whoever was first set the same.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let retry =
                    RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
                let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
                let of_environment = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
                if !endpoint.is_empty() {
                    builder = builder.with_endpoint(endpoint);
                }
                // In clear only where the address says so.
                builder = builder.with_allow_http(
                    endpoint.starts_with("http://") || (endpoint.is_empty() && of_environment.starts_with("http://")),
                );
                if !region.is_empty() {
                    builder = builder.with_region(region);
                }
                if !access_key_id.is_empty() {
                    let bad = |cause| LocationError::Secret { path: secret_key_file.clone(), cause };
                    let secret = std::fs::read_to_string(secret_key_file).map_err(bad)?;
                    builder = builder.with_access_key_id(access_key_id).with_secret_access_key(secret.trim_end());
                }
                let prefix =
                    Path::parse(prefix).map_err(|cause| LocationError::Prefix { text: prefix.clone(), cause })?;
                Ok((Arc::new(builder.build().map_err(client)?), prefix))
            }
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Bucket { bucket, prefix, .. } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::Bucket { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}
