//! What a client says about itself, and the registration that becomes of it (RFC 7591 §2, OIDC Dynamic Client
//! Registration §2): in a request to register, or in the document that its `client_id` names.
//!
//! Unknown members are ignored, and grant types, scopes and redirect URIs that the client may not have fall out: the answer
//! shows what is left. What it can never get for the asking is in [`Rules`].

use from_json::{FromJson, Json, Mismatch};

use crate::{
    Refusal, Secret,
    client::{ApplicationType, AuthMethod, Client, RegisteredBy},
    grant_type::GrantType,
    id::ClientId,
    jose::{PublicKeys, object_without_repeats},
    plain_text::plain_line,
    redirect_uri::{Reach, RegisteredRedirectUri},
    remote_document::{self, RemoteUrl},
    scope::{ADMIN, OPENID, RUN, Scope, ScopeToken},
};

/// The longest `client_name` that users are shown, in characters.
const LONGEST_NAME: usize = 60;

/// What a client says about itself. An empty text counts as none.
#[derive(Clone, Debug, Default, FromJson)]
#[serde(default)]
pub struct Metadata {
    /// The id that it believes to have: its document's URL, or that of a registration to be changed.
    pub client_id: Option<String>,
    /// The secret that it has, in a request to change a registration (RFC 7592 §2.2).
    #[from_json(with = secret)]
    pub client_secret: Option<Secret<String>>,
    /// Its name.
    pub client_name: Option<String>,
    /// Where answers may be sent.
    pub redirect_uris: Option<Vec<String>>,
    /// How it authenticates.
    pub token_endpoint_auth_method: Option<String>,
    /// The ways in which it can authenticate, the best first (OpenID RP Metadata Choices).
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The grants that it wants to use.
    pub grant_types: Option<Vec<String>>,
    /// The response types that it wants to use.
    pub response_types: Option<Vec<String>>,
    /// The scopes that it usually asks for.
    pub scope: Option<String>,
    /// Whether it runs on the user's machine.
    pub application_type: Option<String>,
    /// Its public keys.
    pub jwks: Option<PublicKeys>,
    /// The URL of its public keys.
    pub jwks_uri: Option<String>,
    /// What somebody else says about it.
    pub software_statement: Option<String>,
    /// Whether it pushes all its requests (RFC 9126 §6).
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether all its tokens are bound to a key (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: Option<bool>,
}

/// What a client may have for the asking.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    /// Who registers it.
    pub registered_by: RegisteredBy,
    /// The scopes that there are. Privileged ones are left out in any case.
    pub scopes: &'a Scope,
    /// Whether it may be a machine, which acts without a user.
    pub machines: bool,
    /// The hosts that its `jwks_uri` may name.
    pub reach: remote_document::Reach,
}

fn secret(value: Json<'_>) -> Result<Option<Secret<String>>, Mismatch> {
    Ok(Option::<String>::from_json(value)?.map(Secret::new))
}

impl Metadata {
    /// Reads the body of a request, or a document. The caller bounds its length.
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        let read = object_without_repeats(json).and_then(Self::from_json);
        let read = read.map_err(|_| Refusal::MetadataMalformed)?;
        match read.software_statement.as_deref() {
            None | Some("") => Ok(read),
            Some(statement) if statement.split('.').count() == 3 => {
                Err(Refusal::SoftwareStatementUnapproved)
            }
            Some(_) => Err(Refusal::SoftwareStatementMalformed),
        }
    }

    /// The name, as one plain line.
    pub fn plain_name(&self) -> Option<String> {
        plain_line(self.client_name.as_deref()?, LONGEST_NAME)
    }

    /// The registration under `client_id`. It has no secret yet: see [`Client::needs_secret`].
    pub fn into_client(self, client_id: ClientId, rules: &Rules<'_>) -> Result<Client, Refusal> {
        let name = self.plain_name();
        let methods = self.methods(rules)?;
        let name = name.unwrap_or_else(|| client_id.to_string());
        let mut client = Client::new(client_id, name, methods);
        client.registered_by = rules.registered_by;
        client.grant_types = self.grants(rules, client.is_public())?;
        client.redirect_uris = self.redirects(&client.grant_types)?;
        client.application_type = self.kind(&client.redirect_uris);
        (client.scope, client.default_scope) = self.scopes(rules, &client.grant_types);
        client.require_pushed_authorization_requests =
            self.require_pushed_authorization_requests == Some(true);
        client.dpop_bound_access_tokens = self.dpop_bound_access_tokens == Some(true);
        if client.authenticates_with(AuthMethod::PrivateKeyJwt) {
            client.jwks = self.jwks.map(|keys| keys.0);
            client.jwks_uri = present(self.jwks_uri.as_deref()).map(str::to_owned);
        }
        Ok(client)
    }

    /// A registration gets one method, and the answer says which. A document gets no answer: its client picks among the
    /// methods that both sides support, so all of these count.
    fn methods(&self, rules: &Rules<'_>) -> Result<Vec<AuthMethod>, Refusal> {
        let named = present(self.token_endpoint_auth_method.as_deref());
        let choices = self.token_endpoint_auth_methods_supported.as_deref();
        let choices = choices.unwrap_or_default().iter().map(String::as_str);
        let is_document = rules.registered_by == RegisteredBy::Document;
        let has_keys = self.has_keys(rules);
        let mut methods = Vec::new();
        for name in choices.chain(named) {
            let Some(method) = AuthMethod::parse(name) else {
                continue;
            };
            let can = has_keys || method != AuthMethod::PrivateKeyJwt;
            let may = !is_document || !method.needs_secret();
            if can && may && !methods.contains(&method) {
                methods.push(method);
            }
        }
        if methods.is_empty() && named.is_none() {
            // RFC 7591 §2 has Basic as the default. Libraries that name none send the secret either way.
            methods = match rules.registered_by {
                RegisteredBy::Document => vec![AuthMethod::None],
                RegisteredBy::Operator | RegisteredBy::Itself => {
                    return Ok(vec![
                        AuthMethod::ClientSecretBasic,
                        AuthMethod::ClientSecretPost,
                    ]);
                }
            };
        }
        if !is_document {
            methods.truncate(1);
        }
        match named {
            _ if !methods.is_empty() => Ok(methods),
            Some("private_key_jwt") => Err(Refusal::ClientKeysMissing),
            _ => Err(Refusal::AuthMethodUnsupported),
        }
    }

    /// Whether it has keys that can be had: here, or at one URL.
    fn has_keys(&self, rules: &Rules<'_>) -> bool {
        match (&self.jwks, present(self.jwks_uri.as_deref())) {
            (Some(keys), None) => !keys.0.keys.is_empty(),
            (None, Some(uri)) => RemoteUrl::parse(uri, rules.reach).is_ok(),
            (None, None) | (Some(_), Some(_)) => false,
        }
    }

    /// A client that names no grants may refresh: it would have to ask its user every few minutes otherwise.
    fn grants(&self, rules: &Rules<'_>, is_public: bool) -> Result<Vec<GrantType>, Refusal> {
        let machine = rules.machines && !is_public;
        let grants = match &self.grant_types {
            None => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            Some(names) => {
                let mut grants: Vec<GrantType> = Vec::new();
                for grant in names.iter().filter_map(|name| GrantType::parse(name)) {
                    let may = match grant {
                        GrantType::AuthorizationCode | GrantType::RefreshToken => true,
                        GrantType::ClientCredentials => machine,
                    };
                    if may && !grants.contains(&grant) {
                        grants.push(grant);
                    }
                }
                grants
            }
        };
        let has_code = grants.contains(&GrantType::AuthorizationCode);
        let responses = self.response_types.as_deref().unwrap_or_default();
        let may_code = responses.is_empty() || responses.iter().any(|kind| kind == "code");
        if (has_code && may_code) || grants.contains(&GrantType::ClientCredentials) {
            Ok(grants)
        } else {
            Err(Refusal::GrantTypesUnsupported)
        }
    }

    fn redirects(&self, grants: &[GrantType]) -> Result<Vec<RegisteredRedirectUri>, Refusal> {
        let mut good: Vec<RegisteredRedirectUri> = Vec::new();
        for text in self.redirect_uris.as_deref().unwrap_or_default() {
            if let Ok(uri) = RegisteredRedirectUri::parse(text)
                && !good.contains(&uri)
            {
                good.push(uri);
            }
        }
        if good.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
            return Err(Refusal::RedirectUrisUnacceptable);
        }
        Ok(good)
    }

    /// A client that does not say where it runs is on the user's machine where each of its redirect URIs is.
    fn kind(&self, redirects: &[RegisteredRedirectUri]) -> ApplicationType {
        let is_native = match self.application_type.as_deref() {
            Some("native") => true,
            Some("web") => false,
            Some(_) | None => {
                let mut redirects = redirects.iter();
                redirects.len() > 0 && redirects.all(|uri| uri.reach() != Reach::Site)
            }
        };
        if is_native {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        }
    }

    /// The most that the client may ask for, and what it gets if it names nothing. Its user decides about each scope, and it
    /// could register again for another: so the most is all that clients may have for the asking. A machine has no user: it
    /// may have what it names here.
    fn scopes(&self, rules: &Rules<'_>, grants: &[GrantType]) -> (Scope, Scope) {
        let is_free = |token: &&ScopeToken| !matches!(token.as_str(), ADMIN | RUN);
        let most: Scope = rules.scopes.iter().filter(is_free).cloned().collect();
        let named = self.scope.as_deref().unwrap_or_default();
        let named: Scope = named
            .split_whitespace()
            .filter_map(|token| ScopeToken::parse(token).ok())
            .collect();
        let named = named.intersection(&most);
        if grants.contains(&GrantType::ClientCredentials) {
            return (named.clone(), named);
        }
        if named.is_empty() {
            let openid = most.iter().filter(|token| token.as_str() == OPENID);
            let openid = openid.cloned().collect();
            return (most, openid);
        }
        (most, named)
    }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
