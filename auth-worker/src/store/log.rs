//! Log lines for failures that no request notices.

use std::fmt::Display;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

struct Line<'a> {
    what: &'static str,
    about: &'a str,
    cause: &'a str,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.what, self.about)?;
        map.serialize_entry("cause", self.cause)?;
        map.end()
    }
}

/// Writes `{"<what>":"<about>","cause":"<cause>"}`.
pub(crate) fn say(what: &'static str, about: &str, cause: &dyn Display) {
    let cause = &cause.to_string();
    edge::log::error(&Line { what, about, cause });
}
