//! A client's registration (RFC 6749 §2, member names of RFC 7591 §2).

pub mod fields;

use from_json::FromJson;
use serde::Serialize;

use crate::{
    grant_type::GrantType,
    id::ClientId,
    lifecycle::grant::{Refreshable, Rotation},
    redirect_uri::{Reach, ValidRedirect},
    scope::OFFLINE_ACCESS,
};

pub use fields::Client;

/// How a client proves who it is at the token endpoint (RFC 7591 §2, OIDC Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it has nothing to prove itself with.
    None,
    /// Id and secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// Id and secret in the body.
    ClientSecretPost,
    /// An assertion signed with the client's own key (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// An assertion authenticated with the client's secret (HS256; OIDC Core §9).
    ClientSecretJwt,
}

impl AuthMethod {
    /// Reads a registered name; `None` for a method that is not supported.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::None,
            Self::ClientSecretBasic,
            Self::ClientSecretPost,
            Self::PrivateKeyJwt,
            Self::ClientSecretJwt,
        ]
        .into_iter()
        .find(|method| method.name() == name)
    }

    /// The registered name, as in `token_endpoint_auth_method`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretJwt => "client_secret_jwt",
        }
    }

    /// Whether it needs a secret that this server issues.
    pub const fn needs_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt => true,
            Self::None | Self::PrivateKeyJwt => false,
        }
    }
}

/// The kind of an application (OIDC Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// It runs on a site.
    #[default]
    Web,
    /// It runs on the user's machine, and listens on whatever port is free (RFC 8252 §7.3).
    Native,
}

impl ApplicationType {
    /// Whether it runs on a site.
    pub const fn is_web(&self) -> bool {
        matches!(self, Self::Web)
    }
}

/// Who registered a client. What it says about itself is verified by nobody unless an operator has done so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredBy {
    /// An operator of this server.
    #[default]
    Operator,
    /// The client, at the registration endpoint (RFC 7591).
    #[serde(rename = "self")]
    Itself,
    /// Nobody: its `client_id` is the URL of a document in which it describes itself.
    Document,
}

impl RegisteredBy {
    /// Whether an operator vouches for it.
    pub const fn is_operator(&self) -> bool {
        matches!(self, Self::Operator)
    }
}

/// Whether a client must send a `code_challenge`; one that is sent is always enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum PkcePolicy {
    /// RFC 9700 §2.1.1: always for public clients.
    Required,
    /// Confidential clients whose registration says so.
    Optional,
}

/// The rules for a client's assertions (RFC 7523 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct AssertionPolicy {
    /// How far ahead `exp` may lie, in seconds.
    pub longest_life: i64,
    /// Whether an audience among which the issuer or the token endpoint's URL is will do, as before. Else the audience is
    /// the issuer and nothing beside it: such an assertion is of no use to another server (the draft rfc7523bis).
    pub token_endpoint_audience: bool,
}

impl Default for AssertionPolicy {
    /// An hour ahead, as real clients send it.
    fn default() -> Self {
        Self {
            longest_life: 3_600,
            token_endpoint_audience: false,
        }
    }
}

impl AssertionPolicy {
    /// The policy of records that say none: they are from before there was a choice.
    pub(crate) fn of_before() -> Self {
        Self {
            token_endpoint_audience: true,
            ..Self::default()
        }
    }
}

/// The programs that an answer at a redirect URI can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// The client alone.
    ThisClient,
    /// Any program on the user's machine that takes the port or the scheme. A consent that was given to one of them
    /// says nothing about the next (RFC 8252 §8.6).
    AnyProgram,
}

/// The client that represents direct login. It is built in: no registration counts under this id, so that
/// no one can authenticate as it.
pub const DIRECT_LOGIN: &str = "direct-login";

impl Client {
    /// Reads a stored record; `None` unless it is that of `client_id`, which is not [`DIRECT_LOGIN`].
    pub fn from_record(client_id: &ClientId, record: &str) -> Option<Self> {
        from_json::from_str(record)
            .ok()
            .filter(|client: &Self| client.client_id == *client_id)
            .filter(|client| client.client_id.as_str() != DIRECT_LOGIN)
    }

    /// Whether the client may come with nothing to authenticate itself (RFC 6749 §2.1), whatever else
    /// it may come with.
    pub fn is_public(&self) -> bool {
        self.authenticates_with(AuthMethod::None)
    }

    /// Whether the client may authenticate by `method`.
    pub fn authenticates_with(&self, method: AuthMethod) -> bool {
        self.token_endpoint_auth_methods.contains(&method)
    }

    /// Whether the client needs a secret that this server issues.
    pub fn needs_secret(&self) -> bool {
        let mut methods = self.token_endpoint_auth_methods.iter();
        methods.any(|method| method.needs_secret())
    }

    /// Whether the client may use `grant`. One that may ask for `offline_access` may use what it gets for that.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
            || (grant == GrantType::RefreshToken && self.scope.contains(OFFLINE_ACCESS))
    }

    /// Whether the client gets a refresh token with each code, whatever scope it asks for: it registered the grant.
    pub fn is_registered_to_refresh(&self) -> bool {
        self.grant_types.contains(&GrantType::RefreshToken)
    }

    /// The grants that the client gets refresh tokens for.
    pub fn refreshable(&self) -> Refreshable {
        if self.is_registered_to_refresh() {
            Refreshable::Every
        } else {
            Refreshable::OfflineAccess
        }
    }

    /// Whether a request of this client must carry a `code_challenge`.
    pub fn must_use_pkce(&self) -> bool {
        self.is_public() || self.pkce == PkcePolicy::Required
    }

    /// The registered redirect URI that `presented` names, as proof that a browser may be sent there.
    pub fn redirect(&self, presented: &str) -> Option<ValidRedirect> {
        let mut registered = self.redirect_uris.iter();
        match self.application_type {
            ApplicationType::Web => registered.find_map(|uri| uri.accept(presented)),
            ApplicationType::Native => registered.find_map(|uri| uri.accept_native(presented)),
        }
    }

    /// The programs that an answer to `redirect` can reach.
    pub fn receiver(&self, redirect: &ValidRedirect) -> Receiver {
        let mut registered = self.redirect_uris.iter();
        match redirect.reach() {
            Reach::Site => Receiver::ThisClient,
            // A port that is the client's own is as good as a name, where its operator says so.
            Reach::Loopback
                if self.first_party && registered.any(|uri| uri.as_str() == redirect.as_str()) =>
            {
                Receiver::ThisClient
            }
            Reach::Loopback | Reach::PrivateUseScheme => Receiver::AnyProgram,
        }
    }

    /// Whether the client's refresh tokens rotate (RFC 9700 §2.2.2).
    pub fn rotation(&self) -> Rotation {
        if self.is_public() {
            Rotation::Rotate
        } else {
            self.refresh_token_rotation
        }
    }

    /// Whether the client may ask tokens for `resource`, in its registered form.
    pub fn may_call(&self, resource: &str) -> bool {
        self.resources.is_empty() || self.resources.iter().any(|allowed| allowed == resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_registration_is_read_back_as_it_was_written() {
        let id = ClientId::parse("app").unwrap();
        let client = Client::new(id.clone(), "App".into(), vec![AuthMethod::None]);
        let record = serde_json::to_string(&client).unwrap();
        let read = Client::from_record(&id, &record).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), record);
    }

    const RECORD: &str = r#"{"version":1,"client_id":"app","client_name":"App",
        "token_endpoint_auth_methods":["none","client_secret_basic"],
        "grant_types":[],"scope":"read","default_scope":"read","pkce":"optional"}"#;

    #[test]
    fn a_native_client_may_listen_on_any_port_of_localhost() {
        let native = |kind: &str| {
            let uris = r#","redirect_uris":["http://localhost:3118/cb"]"#;
            let record = RECORD.replace(r#","scope""#, &[uris, kind, r#","scope""#].concat());
            let client: Client = serde_json::from_str(&record).unwrap();
            client.redirect("http://localhost:4000/cb").is_some()
        };
        assert!(native(r#","application_type":"native""#));
        assert!(!native(r#","application_type":"web""#) && !native(""));
    }

    #[test]
    fn a_record_is_read_for_its_own_client_only() {
        let read = |name| ClientId::parse(name).and_then(|id| Client::from_record(&id, RECORD));
        assert!(read("app").is_some());
        assert!(read("other").is_none());
    }

    #[test]
    fn nobody_can_be_registered_as_direct_login() {
        let record = RECORD.replace("\"client_id\":\"app\"", "\"client_id\":\"direct-login\"");
        let id = ClientId::parse(DIRECT_LOGIN).unwrap();
        assert!(serde_json::from_str::<Client>(&record).is_ok());
        assert!(Client::from_record(&id, &record).is_none());
    }

    #[test]
    fn a_record_of_before_is_not_first_party_and_one_of_today_is_read_by_yesterday_s_worker() {
        let client: Client = serde_json::from_str(RECORD).unwrap();
        assert!(!client.first_party);
        assert!(client.registered_by.is_operator() && client.application_type.is_web());
        let written = serde_json::to_string(&client).unwrap();
        for new in [
            "first_party",
            "registered_by",
            "application_type",
            "jwks_uri",
        ] {
            assert!(!written.contains(new), "{new}");
        }
    }

    #[test]
    fn row_40_a_record_of_before_keeps_the_audiences_of_its_assertions_and_a_new_one_has_the_issuer()
     {
        let old: Client = serde_json::from_str(RECORD).unwrap();
        assert!(old.assertion_policy.token_endpoint_audience);
        let saying = RECORD.replace(
            "\"version\":1",
            r#""version":1,"assertion_policy":{"longest_life":300,"token_endpoint_audience":true}"#,
        );
        let old: Client = serde_json::from_str(&saying).unwrap();
        assert!(old.assertion_policy.token_endpoint_audience);
        let id = ClientId::parse("app").unwrap();
        let new = Client::new(id, "App".into(), vec![AuthMethod::PrivateKeyJwt]);
        assert!(!new.assertion_policy.token_endpoint_audience);
        assert!(!serde_json::to_string(&new).unwrap().contains("sealed"));
    }

    fn receiver(first_party: bool, presented: &str) -> Receiver {
        let mut client: Client = serde_json::from_str(RECORD).unwrap();
        client.first_party = first_party;
        client.redirect_uris = [
            "https://app.example/cb",
            "http://localhost:4000/cb",
            "http://127.0.0.1:4000/cb",
            "com.example.app:/cb",
        ]
        .iter()
        .map(|text| crate::redirect_uri::RegisteredRedirectUri::parse(text).unwrap())
        .collect();
        client.receiver(&client.redirect(presented).unwrap())
    }

    #[test]
    fn only_a_site_or_the_exact_address_of_a_first_party_client_is_the_client_s_alone() {
        use Receiver::{AnyProgram, ThisClient};
        for (presented, others, own) in [
            ("https://app.example/cb", ThisClient, ThisClient),
            ("http://localhost:4000/cb", AnyProgram, ThisClient),
            ("http://127.0.0.1:4000/cb", AnyProgram, ThisClient),
            ("http://127.0.0.1:4001/cb", AnyProgram, AnyProgram),
            ("com.example.app:/cb", AnyProgram, AnyProgram),
        ] {
            assert_eq!(receiver(false, presented), others, "{presented}");
            assert_eq!(receiver(true, presented), own, "{presented}");
        }
    }

    #[test]
    fn who_may_come_without_proof_is_public_whatever_else_is_registered() {
        let client: Client = serde_json::from_str(RECORD).unwrap();
        assert!(client.is_public() && client.must_use_pkce());
    }
}
