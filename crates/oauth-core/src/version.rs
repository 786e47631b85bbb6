//! The version that every stored record carries.

use from_json::{FromJson as _, Json, Mismatch};

/// Reads version 1. A record of any other version says something that we do not know: it is a fault, and is
/// neither used nor overwritten.
pub fn first(value: Json<'_>) -> Result<u8, Mismatch> {
    match u8::from_json(value)? {
        1 => Ok(1),
        _ => Err(Mismatch),
    }
}

#[cfg(test)]
mod tests {
    use crate::{client::Client, lifecycle::throttle::Attempts};

    #[test]
    fn a_record_of_a_later_version_is_not_read() {
        let attempts = |version: &str| {
            serde_json::from_str::<Attempts>(&format!(r#"{{"version":{version},"at":[7]}}"#))
        };
        assert!(attempts("1").is_ok());
        for version in ["0", "2", "256", "\"1\"", "null"] {
            assert!(attempts(version).is_err(), "{version}");
        }
        let client = |version: u8| {
            serde_json::from_str::<Client>(&format!(
                r#"{{"version":{version},"client_id":"app","client_name":"App",
                "token_endpoint_auth_methods":["none"],"grant_types":[],"scope":"read",
                "default_scope":"read","pkce":"required"}}"#
            ))
        };
        assert!(client(1).is_ok() && client(2).is_err());
    }
}
