//! Objects by name at a place: what the rest of this crate asks of a store, one call after another.
//!
//! # Invariants
//!
//! Each call waits on the caller's thread, which must not be one of a runtime's; a call that does not get on ends with
//! an error within the client's limits. Every error names the object.

use crate::location::{Location, LocationError};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, WriteMultipart};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio_stream::StreamExt as _;

/// Bytes that are asked for, or sent, at once.
pub(crate) const PART_BYTES: usize = 16 << 20;
/// Parts under way at once.
const PARTS_MAX: usize = 2;

/// A place, open.
#[derive(Debug)]
pub struct Objects {
    place: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    runtime: Runtime,
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the store's clock.
    pub modified_ms: i64,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The place cannot be opened.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// The store refused, or does not answer.
    #[error("`{object}` cannot be {action}: {cause}")]
    Store {
        /// Full name of the object.
        object: String,
        /// What was being done.
        action: &'static str,
        /// What the store said.
        cause: object_store::Error,
    },
    /// What is to be sent cannot be read, or no thread be had.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A name that cannot be one.
    #[error("`{name}` cannot be the name of an object: {cause}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        cause: object_store::path::Error,
    },
}

impl Objects {
    /// Opens a place; nothing is asked of it yet.
    ///
    /// # Errors
    /// [`ObjectError::Location`].
    pub fn open(location: &Location) -> Result<Self, ObjectError> {
        let (store, prefix) = location.open()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { place: location.to_string(), store, prefix, runtime })
    }

    /// How people call it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The full name of an object, for messages.
    #[must_use]
    pub fn full(&self, name: &str) -> String {
        if name.is_empty() { self.place.clone() } else { format!("{}/{name}", self.place) }
    }

    fn path(&self, name: &str) -> Result<Path, ObjectError> {
        let path = Path::parse(name).map_err(|cause| ObjectError::Name { name: name.to_owned(), cause })?;
        Ok(path.parts().fold(self.prefix.clone(), Path::join))
    }

    fn failed(&self, name: &str, action: &'static str) -> impl FnOnce(object_store::Error) -> ObjectError {
        let object = self.full(name);
        move |cause| ObjectError::Store { object, action, cause }
    }

    /// The objects whose names begin with a folder's, in the order of names.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn list(&self, folder: &str) -> Result<Vec<Listed>, ObjectError> {
        let path = self.path(folder)?;
        let skipped = self.prefix.as_ref().len() + usize::from(!self.prefix.as_ref().is_empty());
        let listed = self.runtime.block_on(async {
            let mut found = self.store.list(Some(&path));
            let mut listed = Vec::new();
            while let Some(meta) = found.next().await {
                let meta = meta?;
                let name = meta.location.as_ref().get(skipped..).unwrap_or_default().to_owned();
                listed.push(Listed { name, bytes: meta.size, modified_ms: meta.last_modified.timestamp_millis() });
            }
            Ok(listed)
        });
        let mut listed = listed.map_err(self.failed(folder, "listed"))?;
        listed.sort_unstable_by(|one: &Listed, other| one.name.cmp(&other.name));
        Ok(listed)
    }

    /// The names of the folders in a folder.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn folders(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let path = self.path(folder)?;
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&path)));
        let found = found.map_err(self.failed(folder, "listed"))?;
        Ok(found.common_prefixes.iter().filter_map(Path::filename).map(str::to_owned).collect())
    }

    /// Reads an object of a known size, part by part, and hands the parts to `visit` in their order.
    ///
    /// # Errors
    /// [`ObjectError`]; what `visit` returns.
    pub fn read<E: From<ObjectError>>(
        &self,
        name: &str,
        bytes: u64,
        visit: &mut dyn FnMut(&Bytes) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while at < bytes {
            let until = bytes.min(at.saturating_add(PART_BYTES as u64));
            visit(&self.range(name, at..until)?)?;
            at = until;
        }
        Ok(())
    }

    /// Some bytes of an object.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn range(&self, name: &str, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let path = self.path(name)?;
        self.runtime.block_on(self.store.get_range(&path, range)).map_err(self.failed(name, "read"))
    }

    /// The whole of a small object.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn get(&self, name: &str) -> Result<Bytes, ObjectError> {
        let path = self.path(name)?;
        let got = self.runtime.block_on(async { self.store.get(&path).await?.bytes().await });
        got.map_err(self.failed(name, "read"))
    }

    /// Writes an object whole, unless there is one of that name; false where there is.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, ObjectError> {
        let path = self.path(name)?;
        let payload = PutPayload::from(bytes);
        let put = self.runtime.block_on(async {
            let created = self.store.put_opts(&path, payload.clone(), PutOptions::from(PutMode::Create)).await;
            match created {
                // An older store: names say what is in them, so that writing over one changes nothing.
                Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => {
                    self.store.put(&path, payload).await
                }
                created => created,
            }
        });
        match put {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(false),
            Err(cause) => Err(self.failed(name, "written")(cause)),
        }
    }

    /// Writes a large object, part by part; it is there when all of it is. `visit` is told how many bytes were sent.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn write(&self, name: &str, input: &mut dyn Read, visit: &mut dyn FnMut(&[u8])) -> Result<(), ObjectError> {
        let path = self.path(name)?;
        self.runtime.block_on(async {
            let upload = self.store.put_multipart(&path).await.map_err(self.failed(name, "written"))?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
            let mut part = vec![0; PART_BYTES];
            loop {
                let read = match input.read(&mut part) {
                    Ok(read) => read,
                    Err(error) => {
                        // What was sent is thrown away; where not even that works, the store's own rules remove it.
                        let _ = upload.abort().await;
                        return Err(error.into());
                    }
                };
                if read == 0 {
                    break;
                }
                let sent = part.get(..read).unwrap_or_default();
                visit(sent);
                upload.wait_for_capacity(PARTS_MAX).await.map_err(self.failed(name, "written"))?;
                upload.write(sent);
            }
            upload.finish().await.map(drop).map_err(self.failed(name, "written"))
        })
    }

    /// Removes an object; one that is not there is removed.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn remove(&self, name: &str) -> Result<(), ObjectError> {
        let path = self.path(name)?;
        match self.runtime.block_on(self.store.delete(&path)) {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(cause) => Err(self.failed(name, "removed")(cause)),
        }
    }
}
