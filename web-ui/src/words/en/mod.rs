//! The texts in English, a file a page; the pages see them as one catalogue.

mod authorization;
mod flow;
mod frame;
mod lifecycle;
mod operator;
mod overview;
mod tokens;
mod wire;

pub(crate) use authorization::*;
pub(crate) use flow::*;
pub(crate) use frame::*;
pub(crate) use lifecycle::*;
pub(crate) use operator::*;
pub(crate) use overview::*;
pub(crate) use tokens::*;
pub(crate) use wire::*;
