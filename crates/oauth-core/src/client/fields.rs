//! The fields of a registration: how each is stored, its default, and its option on the command line.
//!
//! To add a field, add it to [`Client`], to [`Client::new`] and to [`FIELDS`]. The command line, its help and the stored
//! record follow.

use from_json::FromJson;
use serde::Serialize;

use super::{ApplicationType, AssertionPolicy, AuthMethod, PkcePolicy, RegisteredBy};
use crate::{
    UnixTime,
    grant_type::GrantType,
    id::ClientId,
    jose::JwkSet,
    lifecycle::grant::{Rotation, TokenFormat},
    redirect_uri::RegisteredRedirectUri,
    scope::Scope,
    settings::REFRESH_GRACE,
};

/// A registered client.
#[derive(Clone, Debug, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The version of this record: 1.
    #[from_json(with = crate::version::first)]
    pub version: u8,
    /// The client's id.
    pub client_id: ClientId,
    /// The name that users see when they consent.
    pub client_name: String,
    /// The methods by which the client may authenticate.
    pub token_endpoint_auth_methods: Vec<AuthMethod>,
    /// Keyed hashes of the secrets that are valid now; two while a secret is being rotated.
    #[serde(default)]
    pub secret_hashes: Vec<String>,
    /// The same secrets, sealed, for `client_secret_jwt` alone: an assertion can be checked only with the secret itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed_secrets: Vec<String>,
    /// The client's public keys, for `private_key_jwt`.
    #[serde(default)]
    pub jwks: Option<JwkSet>,
    /// Where its public keys are, if they are not in [`Self::jwks`]. Only what fetches with care may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The rules for its assertions.
    #[serde(default = "AssertionPolicy::of_before")]
    pub assertion_policy: AssertionPolicy,
    /// Where codes may be sent.
    #[serde(default)]
    pub redirect_uris: Vec<RegisteredRedirectUri>,
    /// Whether it is an application on the user's machine.
    #[serde(default, skip_serializing_if = "ApplicationType::is_web")]
    pub application_type: ApplicationType,
    /// Who registered it.
    #[serde(default, skip_serializing_if = "RegisteredBy::is_operator")]
    pub registered_by: RegisteredBy,
    /// Whether it is this server's operator's own. A consent for it is remembered even where other programs on the
    /// user's machine could receive the answer, if the redirect URI is the registered one to the byte. Only an operator
    /// sets it: no registration that a client makes itself may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_party: bool,
    /// The grants that it may use.
    pub grant_types: Vec<GrantType>,
    /// The most that it may ask for.
    pub scope: Scope,
    /// The scope of a request that names none.
    pub default_scope: Scope,
    /// The resources that it may ask tokens for (RFC 8707); empty means every registered one.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Whether it must use PKCE.
    pub pkce: PkcePolicy,
    /// The format of its access tokens, where the resource leaves it to the client.
    #[serde(default)]
    pub access_token_format: TokenFormat,
    /// Whether its refresh tokens rotate; those of public clients always do.
    #[serde(default)]
    pub refresh_token_rotation: Rotation,
    /// For how many seconds after its use a refresh token gets the same answer again; the server's setting if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_grace: Option<i64>,
    /// Whether it must push its authorization requests (RFC 9126 §6).
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether each of its token requests must carry a proof of possession (RFC 9449 §5.2).
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    /// The resources that it is the server of: it may introspect the access tokens for them.
    #[serde(default)]
    pub resource_server_for: Vec<String>,
    /// Grants that began no later are over: it was disabled then.
    #[serde(default)]
    pub not_before: Option<UnixTime>,
}

impl Client {
    /// A registration with safe defaults: PKCE is required, refresh tokens rotate, and the client may do nothing yet.
    pub fn new(client_id: ClientId, client_name: String, methods: Vec<AuthMethod>) -> Self {
        Self {
            version: 1,
            client_id,
            client_name,
            token_endpoint_auth_methods: methods,
            secret_hashes: Vec::new(),
            sealed_secrets: Vec::new(),
            jwks: None,
            jwks_uri: None,
            assertion_policy: AssertionPolicy::default(),
            redirect_uris: Vec::new(),
            application_type: ApplicationType::Web,
            registered_by: RegisteredBy::Operator,
            first_party: false,
            grant_types: Vec::new(),
            scope: Scope::default(),
            default_scope: Scope::default(),
            resources: Vec::new(),
            pkce: PkcePolicy::Required,
            access_token_format: TokenFormat::default(),
            refresh_token_rotation: Rotation::default(),
            refresh_token_grace: None,
            require_pushed_authorization_requests: false,
            dpop_bound_access_tokens: false,
            resource_server_for: Vec::new(),
            not_before: None,
        }
    }
}

/// Checks the rules that concern several fields; fails with the reason.
pub fn check(client: &Client) -> Result<(), &'static str> {
    if client.is_public() && client.refresh_token_rotation == Rotation::Keep {
        return Err("the refresh tokens of a public client rotate");
    }
    if client.is_public() && client.authenticates_with(AuthMethod::ClientSecretJwt) {
        return Err("a public client has no secret to sign assertions with");
    }
    if client
        .refresh_token_grace
        .is_some_and(|seconds| !REFRESH_GRACE.contains(&seconds))
    {
        return Err("refresh_token_grace is a number of seconds from 0 to 600");
    }
    Ok(())
}

/// The scope of a client for which none is named: it may sign users in.
pub fn usual_scope() -> Scope {
    Scope::parse("openid").unwrap_or_default()
}

/// The grant types of a client for which none are named.
pub fn usual_grants(client: &Client) -> Vec<GrantType> {
    match (
        client.redirect_uris.is_empty(),
        client.resource_server_for.is_empty(),
    ) {
        (false, _) => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        (true, true) => vec![GrantType::ClientCredentials],
        // It only introspects.
        (true, false) => Vec::new(),
    }
}

/// A field of a registration.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its option, without the two dashes.
    pub option: &'static str,
    /// The value that the option takes.
    pub value: Value,
    /// Its meaning, for the help.
    pub about: &'static str,
    /// Checks a value and puts it into the registration; fails with the reason.
    pub set: fn(&mut Client, &str) -> Result<(), String>,
}

/// The value that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// None: the option is a flag.
    Flag,
    /// One, named so in the help.
    Once(&'static str),
    /// One each time that the option is repeated.
    Repeated(&'static str),
}

/// Every field that an option sets.
pub const FIELDS: &[Field] = &[
    Field {
        option: "display-name",
        value: Value::Once("TEXT"),
        about: "client_name: the name that users see; the id if absent",
        set: |client, text| {
            text.clone_into(&mut client.client_name);
            Ok(())
        },
    },
    Field {
        option: "redirect-uri",
        value: Value::Repeated("URI"),
        about: "redirect_uris: where authorization responses may be sent; may be repeated",
        set: |client, text| {
            let uri = RegisteredRedirectUri::parse(text).map_err(|error| error.to_string())?;
            client.redirect_uris.push(uri);
            Ok(())
        },
    },
    Field {
        option: "scope",
        value: Value::Once("SCOPES"),
        about: "scope: the scopes that it may ask for, separated by spaces; openid if absent",
        set: |client, text| {
            client.scope = Scope::parse(text).map_err(|error| error.to_string())?;
            client.default_scope = client.scope.clone();
            Ok(())
        },
    },
    Field {
        option: "grants",
        value: Value::Once("TYPES"),
        about: "grant_types: separated by spaces, for example 'authorization_code refresh_token'",
        set: |client, text| {
            let mut types = Vec::new();
            for name in text.split_whitespace() {
                types.push(GrantType::parse(name).ok_or("an unknown grant type")?);
            }
            client.grant_types = types;
            Ok(())
        },
    },
    Field {
        option: "public",
        value: Value::Flag,
        about: "token_endpoint_auth_method none: a client without a secret",
        set: |client, _| {
            client.token_endpoint_auth_methods = vec![AuthMethod::None];
            Ok(())
        },
    },
    Field {
        option: "secret-jwt",
        value: Value::Flag,
        about: "token_endpoint_auth_method client_secret_jwt too: its secret is stored sealed, so that it can be read",
        set: |client, _| {
            client
                .token_endpoint_auth_methods
                .push(AuthMethod::ClientSecretJwt);
            Ok(())
        },
    },
    Field {
        option: "token-endpoint-audience",
        value: Value::Flag,
        about: "its assertions may be for the token endpoint's URL, or for others beside this server; the issuer alone if absent",
        set: |client, _| {
            client.assertion_policy.token_endpoint_audience = true;
            Ok(())
        },
    },
    Field {
        option: "first-party",
        value: Value::Flag,
        about: "your own application: its consent is remembered on http://localhost and 127.0.0.1 too",
        set: |client, _| {
            client.first_party = true;
            Ok(())
        },
    },
    Field {
        option: "opaque-tokens",
        value: Value::Flag,
        about: "opaque access tokens, where the resource leaves it to the client",
        set: |client, _| {
            client.access_token_format = TokenFormat::Opaque;
            Ok(())
        },
    },
    Field {
        option: "keep-refresh-tokens",
        value: Value::Flag,
        about: "refresh tokens that do not rotate; for confidential clients only",
        set: |client, _| {
            client.refresh_token_rotation = Rotation::Keep;
            Ok(())
        },
    },
    Field {
        option: "refresh-grace",
        value: Value::Once("SECONDS"),
        about: "refresh_token_grace: how long a used refresh token gets the same answer again, 0 to 600; the server's setting if absent",
        set: |client, text| {
            let seconds = text
                .parse()
                .ok()
                .filter(|seconds| REFRESH_GRACE.contains(seconds));
            client.refresh_token_grace = Some(seconds.ok_or("a number of seconds from 0 to 600")?);
            Ok(())
        },
    },
    Field {
        option: "push-required",
        value: Value::Flag,
        about: "require_pushed_authorization_requests (RFC 9126)",
        set: |client, _| {
            client.require_pushed_authorization_requests = true;
            Ok(())
        },
    },
    Field {
        option: "dpop-required",
        value: Value::Flag,
        about: "dpop_bound_access_tokens (RFC 9449)",
        set: |client, _| {
            client.dpop_bound_access_tokens = true;
            Ok(())
        },
    },
    Field {
        option: "resource-server-for",
        value: Value::Repeated("URI"),
        about: "the resources whose tokens it may introspect; may be repeated",
        set: |client, text| {
            client.resource_server_for.push(text.to_owned());
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ClientId;

    #[test]
    fn every_option_is_there_once_and_explained() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert!(!field.about.is_empty(), "{}", field.option);
            let same = FIELDS.iter().position(|other| other.option == field.option);
            assert_eq!(same, Some(index), "{}", field.option);
        }
    }

    #[test]
    fn every_field_changes_the_registration() {
        let value = |field: &Field| match field.option {
            "grants" => "client_credentials",
            "refresh-grace" => "60",
            "redirect-uri" | "resource-server-for" => "https://app.example/",
            _ => "read",
        };
        for field in FIELDS {
            let id = ClientId::parse("app").unwrap();
            let methods = vec![AuthMethod::ClientSecretBasic];
            let mut client = Client::new(id, "App".into(), methods);
            let before = serde_json::to_string(&client).unwrap();
            (field.set)(&mut client, value(field)).unwrap();
            let after = serde_json::to_string(&client).unwrap();
            assert_ne!(after, before, "{}", field.option);
        }
    }
}
