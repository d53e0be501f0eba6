//! Mappings: YAML that says how the rows of a CSV file, a workbook or a JSON file become events. `mappings/README.md` is the guide for authors.
//!
//! # Invariants
//!
//! One row gives at most one event. Rows are read in file order and each is judged by itself, but for `once`, `unique`
//! and `counters`, which are the only memory: so the same file gives the same bytes, and a file that grew gives the same
//! events before the new ones. An event that leaves passed `parse_line`. A row is written, skipped for a reason that
//! the mapping words, or refused with its column, value and what was expected: never lost.
//!
//! ```yaml
//! mapping: example                          # name
//! about: A register of listings and removals
//! source: /lists/example                    # CloudEvents source
//! time_zone: UTC                            # civil days of instants are counted here (default UTC)
//! encoding: utf-8                           # or gb18030 (default auto: found out)
//! delimiter: ","                            # or ; or "\t" (default ,)
//! columns: [seen, action, number, name]     # must be there; further ones are passed over
//! skip:                                     # in order; conditions read columns
//!   - {when: {value: "{action}", is: [touched]}, reason: nothing changed}
//! values:                                   # computed in order, from columns and earlier values
//!   day: "{seen | date}"
//! unique: "{number} {action} {day}"         # refused where an earlier row has the same
//! once: {key: "{number} {action} {day}", reason: repeats an earlier row}
//! counters:                                 # how many rows so far, with this one, fulfil `when`, by key
//!   listing: {key: "{number}", when: {value: "{action}", is: [listed]}}
//! events:                                   # the first whose `when` holds
//!   - when: {value: "{action}", is: [listed]}
//!     type: credit.recorded
//!     id: "{number}-{listing}"
//!     subject: "example:{number}"
//!     time: "{seen}"
//!     data: {record: "{number}-{listing}", item: x.listing, decided_on: "{day}", fields: {name: "{name | squeeze}"}}
//!   - when: {value: "{action}", is: [removed]}
//!     type: credit.repaired
//!     id: "{number}-{listing}-removed"
//!     subject: "example:{number}"
//!     time: "{seen}"
//!     data: {record: "{number}-{listing}", on: "{day}"}
//! ```

mod cell;
mod columns;
mod condition;
mod convert;
mod error;
mod filter;
mod privacy;
mod read;
mod row;
mod source;
mod template;
mod trace;
mod yaml;

pub use convert::{Options, RowTold, Summary, convert};
pub use error::{ConvertError, MappingError, Place, Reason, RowRefused};
pub use read::Mapping;
pub use row::{Given, Memory, Written};
pub use template::CellTrace;
pub use trace::{Trace, ValueTrace};
