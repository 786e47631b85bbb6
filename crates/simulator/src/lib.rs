//! A deterministic simulator of the authorization server: the production endpoints and lifecycles over stores that are
//! stale, lose what they acknowledged, die and come back (`docs/simulation.md`).
//!
//! - [`story`]: what users and clients do at the same time. [`run`] plays stories, by seed or exhaustively.
//! - [`choices`] and [`scheduler`]: everything that happens follows from one seed or one script, so a schedule that fails
//!   can be run again, and read.
//! - [`world`], [`object`], [`kv`], [`channel`], [`machine`], [`signer`]: the platform, with its faults.
//! - [`actor`], [`browser`] and [`resource_server`]: those who send requests. [`oracle`] judges every answer that they get.
//! - [`design`]: designs that are broken on purpose, each of which must be caught.
//!
//! ```
//! use simulator::{design::Design, run::{Stop, explore}, story};
//!
//! let sum = explore(story::ALL, Design::Production, 0..50, Stop::Never);
//! assert!(sum.failed.is_none());
//! assert!(sum.judged > 0);
//! ```

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a simulation that cannot be set up ends its test"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a story, or a broken design, is about one case of many"
)]

pub mod actor;
pub mod browser;
pub mod channel;
pub mod choices;
pub mod design;
mod grant_host;
mod keys;
pub mod kv;
pub mod machine;
pub mod object;
pub mod oracle;
mod people;
pub mod proof;
mod published;
mod registry;
pub mod resource_server;
pub mod run;
pub mod scheduler;
pub mod signer;
mod storage;
pub mod story;
mod stub;
pub mod world;
