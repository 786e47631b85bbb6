//! Random bytes of a grant's own. Every credential issued from it carries a part that follows from them, so that none
//! can be made from the server's secret and the ids that tokens and logs show.

use std::fmt;

use from_json::FromJson;
use serde::Serialize;

use super::Grant;
use crate::{base64url, keyring::hmac_sha256, secret::secrets_equal};

/// The length of a part, in bytes.
const PART: usize = 16;

/// The length of an access token's random half, in base64url.
const RANDOM_HALF: usize = 16;

/// 128 random bits, in base64url. Grants that began before there were any have none.
#[derive(Clone, PartialEq, Eq, Serialize, FromJson)]
#[serde(transparent)]
pub struct GrantSecret(String);

impl fmt::Debug for GrantSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GrantSecret(…)")
    }
}

impl GrantSecret {
    /// A new grant's.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(base64url::encode(&bytes))
    }

    /// The part that the authorization code carries.
    pub fn code(&self) -> String {
        self.part(&[b"code"])
    }

    /// The part that the refresh token of a generation carries.
    pub fn refresh_token(&self, generation: u32) -> String {
        self.part(&[b"refresh", &generation.to_be_bytes()])
    }

    /// The id of an opaque access token: 96 random bits, and the part for them.
    pub fn access_token(&self, random: [u8; 12]) -> String {
        let random = base64url::encode(&random);
        let part = self.part(&[b"access", random.as_bytes()]);
        random + &part
    }

    fn part(&self, of: &[&[u8]]) -> String {
        let mac = hmac_sha256(self.0.as_bytes(), of);
        base64url::encode(mac.first_chunk::<PART>().unwrap_or(&[0; PART]))
    }

    fn made(&self, presented: &Presented) -> bool {
        match presented {
            Presented::Code { part } => is(part.as_deref(), &self.code()),
            Presented::RefreshToken { generation, part } => {
                is(part.as_deref(), &self.refresh_token(*generation))
            }
            Presented::AccessToken { id } => {
                id.split_at_checked(RANDOM_HALF)
                    .is_some_and(|(random, part)| {
                        is(Some(part), &self.part(&[b"access", random.as_bytes()]))
                    })
            }
        }
    }
}

fn is(presented: Option<&str>, expected: &str) -> bool {
    presented.is_some_and(|part| secrets_equal(part.as_bytes(), expected.as_bytes()))
}

/// A credential with the server's authentication code, as its grant has to check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Presented {
    /// An authorization code.
    Code {
        /// The part that it carries; a code of before has none.
        part: Option<String>,
    },
    /// A refresh token.
    RefreshToken {
        /// Its generation.
        generation: u32,
        /// The part that it carries; a token of before has none.
        part: Option<String>,
    },
    /// An opaque access token.
    AccessToken {
        /// Its id, which holds the part.
        id: String,
    },
}

impl Presented {
    /// Whether it carries a part, where that can be seen.
    const fn has_part(&self) -> bool {
        match self {
            Self::Code { part } | Self::RefreshToken { part, .. } => part.is_some(),
            Self::AccessToken { .. } => false,
        }
    }
}

impl Grant {
    /// Whether the grant has issued such a credential. A grant that has ended has no bytes to check it with, and nothing to lose.
    pub(super) fn has_made(&self, presented: &Presented) -> bool {
        let secret = match self {
            Self::CodeIssued { code, .. } => code.secret.as_ref(),
            Self::Active(active) => active.secret.as_ref(),
            Self::Pushed { .. } | Self::Ended { .. } => return true,
        };
        secret.map_or(!presented.has_part(), |secret| secret.made(presented))
    }
}
