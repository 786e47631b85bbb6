//! A deterministic simulator of the authorization server: the production endpoints and lifecycles over
//! stores that are stale, lose what they acknowledged, die and come back (`docs/simulation.md`).
//!
//! Everything that happens follows from one seed: a schedule that fails can be run again, and read.

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
pub mod choices;
pub mod design;
mod grant_host;
pub mod home;
pub mod kv;
pub mod ledger;
pub mod machine;
pub mod mail;
mod people;
pub mod run;
pub mod scheduler;
pub mod signer;
pub mod story;
mod stub;
pub mod world;
