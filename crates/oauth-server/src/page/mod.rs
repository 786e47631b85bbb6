//! The pages that people see on the authorization server's own origin.
//!
//! Pure functions from what a page shows to HTML. They work without script, and no text gets into
//! one unescaped: see [`html::Html`].

mod account;
mod consent;
mod date;
mod error;
mod home;
mod html;
mod layout;
mod login;
mod policy;
mod signed_in;

pub use account::{Access, AccountPage, Application, account, signed_out};
pub use consent::{ConsentPage, consent};
pub use error::{ErrorPage, error};
pub use home::home;
pub use login::{LoginFailure, LoginPage, login};
pub use policy::content_security_policy;
pub use signed_in::{SignedInPage, signed_in};

/// The stylesheet, served at `/style.css`.
pub const STYLE: &str = include_str!("style.css");

/// The icon, an SVG, served at `/favicon.ico`.
pub const ICON: &str = include_str!("icon.svg");
