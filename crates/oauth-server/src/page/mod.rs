//! The pages that users see on the authorization server's own origin.
//!
//! Pure functions from the contents of a page to HTML. They work without script. [`maud::html!`] escapes every value,
//! and every sentence is in [`text`].

mod account;
mod consent;
mod error;
mod home;
mod layout;
mod login;
mod policy;
mod signed_in;
pub(crate) mod text;

pub use account::{Access, AccountPage, Application, account, signed_out};
pub use consent::{ConsentPage, consent};
pub use error::{ErrorPage, error};
pub use home::home;
pub use login::{LoginFailure, LoginPage, login};
pub use policy::{Sources, content_security_policy};
pub use signed_in::{SignedInPage, signed_in};

/// The stylesheet, served at `/style.css`.
pub const STYLE: &str = concat!(include_str!("tokens.css"), include_str!("style.css"));

/// The icon, an SVG, served at `/favicon.ico`.
pub const ICON: &str = include_str!("icon.svg");

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its HTML.
    pub html: String,
    /// The other origins that it uses.
    pub sources: Sources,
}

impl From<String> for Page {
    /// A page that uses no other origin.
    fn from(html: String) -> Self {
        let sources = Sources::default();
        Self { html, sources }
    }
}
