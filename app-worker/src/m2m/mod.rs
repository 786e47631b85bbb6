//! The machine-to-machine client of the app: its endpoints, and what is remembered of its runs.

mod alert;
mod caller_status;
mod history;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod trouble;
