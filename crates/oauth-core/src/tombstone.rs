//! Tombstones: records that everything issued to a grant, a user or a client until some time has ended. The authorization
//! server writes them; resource servers that check JWTs themselves read them.

use from_json::FromJson;
use serde::Serialize;

use crate::UnixTime;

const VERSION: u8 = 1;

/// The record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    version: u8,
    /// Everything that was issued at this time or earlier has ended.
    before: UnixTime,
}

impl Tombstone {
    /// The record for everything issued until `before`.
    pub const fn new(before: UnixTime) -> Self {
        Self {
            version: VERSION,
            before,
        }
    }

    /// Reads a record; `None` for another version or another form.
    pub fn read(record: &[u8]) -> Option<Self> {
        let read: Self = from_json::from_slice(record).ok()?;
        (read.version == VERSION).then_some(read)
    }

    /// Whether what was issued then has ended.
    pub fn ends(&self, issued: UnixTime) -> bool {
        issued <= self.before
    }
}

/// The key of the tombstone of a grant, a user or a client, by its id.
pub fn key(id: &str) -> String {
    ["revoked:", id].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let written = serde_json::to_string(&Tombstone::new(UnixTime(7))).unwrap();
        assert_eq!(written, r#"{"version":1,"before":7}"#);
        let read = Tombstone::read(written.as_bytes()).unwrap();
        assert!(read.ends(UnixTime(7)) && !read.ends(UnixTime(8)));
        assert_eq!(key("u_1"), "revoked:u_1");
    }

    #[test]
    fn another_version_is_not_read() {
        for record in [r#"{"version":2,"before":7}"#, r#"{"version":1}"#, "{"] {
            assert_eq!(Tombstone::read(record.as_bytes()), None);
        }
    }
}
