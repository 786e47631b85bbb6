//! The copy of the issuer's keys that isolates share: with whose keys they are, and when the issuer confirmed them.

use from_json::FromJson;
use oauth_core::UnixTime;
use oauth_core::clock_skew::OF_JWT_ISSUERS;
use oauth_core::jose::JwkSet;
use serde::Serialize;

const VERSION: u8 = 1;

/// Keys, and when their issuer last said that they are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmed {
    pub(crate) keys: JwkSet,
    pub(crate) at: UnixTime,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u8,
    issuer: &'a str,
    confirmed: UnixTime,
    jwks: &'a JwkSet,
}

#[derive(FromJson)]
#[serde(deny_unknown_fields)]
struct Read {
    version: u8,
    issuer: String,
    confirmed: UnixTime,
    jwks: JwkSet,
}

#[cfg(test)]
documented::stored!(Read);

/// The record of a copy.
pub(crate) fn write(issuer: &str, confirmed: &Confirmed) -> Option<Vec<u8>> {
    let written = Written {
        version: VERSION,
        issuer,
        confirmed: confirmed.at,
        jwks: &confirmed.keys,
    };
    serde_json::to_vec(&written).ok()
}

/// Reads a copy. One of another version or issuer, without keys or from the future is none.
pub(crate) fn read(record: &[u8], issuer: &str, now: UnixTime) -> Option<Confirmed> {
    let read: Read = from_json::from_slice(record).ok()?;
    let is_ours = read.version == VERSION && read.issuer == issuer && !read.jwks.keys.is_empty();
    (is_ours && read.confirmed.since(now) <= OF_JWT_ISSUERS.ahead).then(|| Confirmed {
        keys: read.jwks,
        at: read.confirmed.min(now),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use testkit::crypto::P256Key;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);
    const ISSUER: &str = "https://as.example";

    fn confirmed() -> Confirmed {
        let keys = vec![P256Key::from_seed(1).public()];
        Confirmed {
            keys: JwkSet { keys },
            at: NOW,
        }
    }

    fn record() -> String {
        String::from_utf8(write(ISSUER, &confirmed()).unwrap()).unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let read = |now| read(record().as_bytes(), ISSUER, now);
        assert_eq!(read(NOW), Some(confirmed()));
        assert_eq!(read(NOW.plus(1_000_000)), Some(confirmed()));
    }

    #[test]
    fn a_copy_from_a_clock_that_is_ahead_counts_from_now() {
        let before = NOW.plus(-60);
        let read = |now| read(record().as_bytes(), ISSUER, now);
        assert_eq!(read(before).unwrap().at, before);
        assert_eq!(read(NOW.plus(-61)), None);
    }

    #[test]
    fn what_is_not_ours_is_no_copy() {
        let good = record();
        for bad in [
            good.replace("\"version\":1", "\"version\":2"),
            good.replace(ISSUER, "https://as.example/"),
            good.replace("\"version\"", "\"more\":1,\"version\""),
            good.replace("\"confirmed\":1800000000", "\"confirmed\":\"1800000000\""),
            good.replace("\"ES256\"", "\"HS256\""),
            good.get(1..).unwrap().to_owned(),
            r#"{"keys":[]}"#.to_owned(),
            String::new(),
        ] {
            assert_ne!(bad, good);
            assert_eq!(read(bad.as_bytes(), ISSUER, NOW), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_record_panics(record: Vec<u8>, now: i64, cut in 0_usize..400, confirmed: i64) {
            let _ = read(&record, ISSUER, UnixTime(now));
            let good = super::tests::record().replace("1800000000", &confirmed.to_string());
            let _ = read(good.as_bytes(), ISSUER, UnixTime(now));
            let _ = read(good.as_bytes().get(..cut).unwrap_or_default(), ISSUER, UnixTime(now));
        }
    }
}
