//! Reads JSON into types with one reader for all of them.
//!
//! The code that serde derives contains the whole parser again for every type: it is the fastest there is, and in
//! WebAssembly it was the largest part of the workers. Here the text is parsed once into [`Json`], by code that is there
//! once, and what `#[derive(FromJson)]` adds for a type only takes the members that it knows. The derive obeys the
//! `#[serde(…)]` attributes that `#[derive(Serialize)]` writes by, so that a type says once how it looks as JSON.
//!
//! A reader is strict: a member that a type knows may not be repeated, a number must fit without loss, and
//! `deny_unknown_fields` means what it says. A struct is an object, never a list.
//!
//! ```
//! use from_json::FromJson;
//!
//! #[derive(Debug, PartialEq, FromJson)]
//! #[serde(deny_unknown_fields)]
//! struct Visit {
//!     at: i64,
//!     page: Option<String>,
//! }
//!
//! let visit = Visit { at: 7, page: None };
//! assert_eq!(from_json::from_str(r#"{"at":7}"#), Ok(visit));
//! assert!(from_json::from_str::<Visit>(r#"{"at":7,"at":8}"#).is_err());
//! assert!(from_json::from_str::<Visit>(r#"{"at":7,"who":"ada"}"#).is_err());
//! ```
//!
//! What the derive does not know does not compile, rather than being read otherwise than it is written:
//!
//! ```compile_fail
//! #[derive(from_json::FromJson)]
//! #[serde(rename_all = "camelCase")]
//! struct Visit {
//!     seen_at: i64,
//! }
//! ```
//!
//! Types that serde reads may contain such types: the derive implements [`serde::Deserialize`] too.

mod object;
mod types;
mod value;
mod variant;

use std::fmt;

use serde::{Deserializer, de::Error as _};

pub use from_json_derive::FromJson;

pub use self::{object::Object, value::Json, variant::Variant};

/// What the derive needs of other crates.
#[doc(hidden)]
pub mod derived {
    pub use serde::{Deserialize, Deserializer};
}

/// A type that is read from JSON.
pub trait FromJson: Sized {
    /// Its members, where it is a struct that names them.
    const MEMBERS: &'static [&'static str] = &[];

    /// Reads a value.
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch>;

    /// The value of a member that is absent.
    fn absent() -> Result<Self, Mismatch> {
        Err(Mismatch)
    }
}

/// JSON that is none, or that says something else than its reader can take. It does not say what: it may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not the JSON that was expected")
    }
}

impl std::error::Error for Mismatch {}

/// Reads a text.
pub fn from_str<T: FromJson>(text: &str) -> Result<T, Mismatch> {
    T::from_json(Json::parse(text)?)
}

/// Reads bytes, which must be UTF-8.
pub fn from_slice<T: FromJson>(bytes: &[u8]) -> Result<T, Mismatch> {
    T::from_json(Json::parse(str::from_utf8(bytes).map_err(|_| Mismatch)?)?)
}

/// Reads from any format of serde's.
pub fn deserialize<'de, D: Deserializer<'de>, T: FromJson>(deserializer: D) -> Result<T, D::Error> {
    let value = if T::MEMBERS.is_empty() {
        Json::read(deserializer)
    } else {
        Json::read_struct(deserializer, T::MEMBERS)
    };
    T::from_json(value?).map_err(D::Error::custom)
}
