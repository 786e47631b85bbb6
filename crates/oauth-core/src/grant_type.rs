//! The grant types of the token endpoint (RFC 6749 §1.3, §4.5).

use from_json::FromJson;
use serde::Serialize;

macro_rules! grant_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A grant type, as a client's registration and a token request name it (RFC 7591 §2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
        pub enum GrantType {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl GrantType {
            /// Reads the `grant_type` of a token request; `None` for one that is not supported.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The value of `grant_type`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

grant_types! {
    /// RFC 6749 §4.1
    AuthorizationCode = "authorization_code",
    /// RFC 6749 §6
    RefreshToken = "refresh_token",
    /// RFC 6749 §4.4
    ClientCredentials = "client_credentials",
}
