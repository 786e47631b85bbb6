//! The pages that users see on the authorization server's own origin.
//!
//! Pure functions from the contents of a page to HTML. They work without script. [`maud::html!`] escapes every value,
//! and every sentence is in [`text`].

mod account;
mod consent;
mod error;
mod home;
pub(crate) mod layout;
mod login;
mod policy;
mod signed_in;
pub(crate) mod text;

pub(crate) use account::{Access, AccountPage, Application, account, signed_out};
pub(crate) use consent::{ConsentPage, consent};
pub(crate) use error::{ErrorPage, error};
pub(crate) use home::home;
pub(crate) use login::{LoginFailure, LoginPage, login};
pub(crate) use policy::{Sources, content_security_policy};
pub(crate) use signed_in::{SignedInPage, signed_in};

/// The stylesheet, served at `/style.css`.
pub const STYLE: &str = concat!(include_str!("tokens.css"), include_str!("style.css"));

/// The icon, an SVG, served at `/favicon.ico`.
pub const ICON: &str = include_str!("icon.svg");

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The tag of its language (BCP 47).
    pub(crate) language: &'static str,
    /// Its HTML.
    pub(crate) html: String,
    /// The other origins that it uses.
    pub(crate) sources: Sources,
}
