//! One file a page. The walkthrough has a folder of its own.

pub(crate) mod not_found;
pub(crate) mod overview;
