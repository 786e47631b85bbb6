//! What the server decides about the tokens of a request: how long they live, and the key that they are bound to.

use from_json::FromJson;
use serde::Serialize;

use crate::{
    lifecycle::one_time::Present,
    scope::{OFFLINE_ACCESS, Scope},
};

/// How long the refresh tokens of a grant live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct RefreshPolicy {
    /// The lifetime of an unused refresh token; `None` where the client may not refresh.
    pub refresh_idle: Option<i64>,
    /// The whole family.
    pub refresh_absolute: i64,
    /// The grants that have refresh tokens; every one in a command of an earlier version.
    #[serde(default, skip_serializing_if = "Refreshable::is_every")]
    pub refreshable: Refreshable,
    /// For how long a lost answer to a refresh may be asked for again; 0 for not at all.
    pub grace: i64,
}

impl RefreshPolicy {
    /// The policy for a grant of `scope`.
    pub(super) fn within(self, scope: &Scope) -> Self {
        match self.refreshable {
            Refreshable::OfflineAccess if !scope.contains(OFFLINE_ACCESS) => Self {
                refresh_idle: None,
                ..self
            },
            Refreshable::Every | Refreshable::OfflineAccess => self,
        }
    }
}

/// The grants of a client that have refresh tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Refreshable {
    /// Every grant: the client registered `refresh_token` among its grant types.
    #[default]
    Every,
    /// Those whose scope has `offline_access` (OIDC Core §11).
    OfflineAccess,
}

impl Refreshable {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    const fn is_every(&self) -> bool {
        matches!(self, Self::Every)
    }
}

/// The key that a token request has proved to have (RFC 9449 §5). The access token is bound to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct ProvedKey {
    /// Its thumbprint.
    pub jkt: String,
    /// Who may use the refresh token.
    pub refresh: RefreshBinding,
    /// The names of the proof, under each secret. It is spent when tokens are issued for it, and not before: what is refused
    /// stores nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<Present>,
}

/// The proofs that a client must give to use a refresh token (RFC 9449 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum RefreshBinding {
    /// Its client, which authenticates; it may change its key.
    Client,
    /// The key: its client has nothing else to prove itself with.
    Key,
}

/// Whether a client can prove who it is (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// It has authenticated.
    #[default]
    Confidential,
    /// It has said its id, as anyone could.
    Public,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offline_access_lets_a_client_refresh_that_did_not_register_to() {
        let refreshes = |refreshable, scope| {
            let policy = RefreshPolicy {
                refresh_idle: Some(9),
                refresh_absolute: 10,
                refreshable,
                grace: 0,
            };
            let policy = policy.within(&Scope::parse(scope).unwrap_or_default());
            policy.refresh_idle.is_some()
        };
        assert!(refreshes(Refreshable::Every, "openid"));
        assert!(refreshes(
            Refreshable::OfflineAccess,
            "openid offline_access"
        ));
        assert!(!refreshes(Refreshable::OfflineAccess, "openid"));
    }

    #[test]
    fn a_policy_of_an_earlier_version_is_read_and_today_s_is_read_by_it() {
        let before = r#"{"refresh_idle":9,"refresh_absolute":10,"grace":0}"#;
        let policy: RefreshPolicy = serde_json::from_str(before).unwrap();
        assert_eq!(policy.refreshable, Refreshable::Every);
        assert_eq!(serde_json::to_string(&policy).unwrap(), before);
    }
}
