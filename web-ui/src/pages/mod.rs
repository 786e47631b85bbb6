//! One file a page. The walkthrough has a folder of its own.

pub(crate) mod not_found;
pub(crate) mod operator;
mod operator_run;
mod operator_status;
pub(crate) mod overview;
