//! The authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2): what it asks, and what comes next.

mod decision;
mod permission;

use crate::{
    Refusal, base64url,
    client::{Client, Receiver},
    form::{Form, Repeated},
    grant_type::GrantType,
    id::ClientId,
    lifecycle::grant::RequestSource,
    pkce::CodeChallenge,
    redirect_uri::ValidRedirect,
    scope::{MOST_TOKENS, OFFLINE_ACCESS, OPENID, Scope},
    settings::Settings,
};

pub use decision::{Next, SignedIn, SignedOut, Situation, next, signed_out};
pub use permission::{Allowed, Consent, MayIssue, NeedsConsent};

/// Longest `nonce` that we return, in bytes.
const LONGEST_NONCE: usize = 512;

/// The values of `prompt` (OIDC Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// `none`: show no page.
    pub none: bool,
    /// `login` or `select_account`: ask for the password again.
    pub login: bool,
    /// `consent`: ask for consent again.
    pub consent: bool,
}

/// An authorization request that passed every check of form and registration.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The client that asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub redirect: ValidRedirect,
    /// The programs that the answer can reach.
    pub receiver: Receiver,
    /// Whether the client gets a refresh token even if it does not ask for one: its registration says so.
    pub refreshes: bool,
    /// Whether `redirect_uri` was sent, so that the token request must repeat it.
    pub redirect_uri_sent: bool,
    /// The client's `state`, returned as it came.
    pub state: Option<String>,
    /// The requested scope.
    pub scope: Scope,
    /// The resource that access tokens are wanted for, in its registered form.
    pub resource: String,
    /// The PKCE challenge.
    pub code_challenge: Option<CodeChallenge>,
    /// The thumbprint of the key that the code is to be bound to (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// The `nonce` for the ID token.
    pub nonce: Option<String>,
    /// The prompts.
    pub prompt: Prompt,
    /// How old the login may be, in seconds.
    pub max_age: Option<i64>,
    /// An ID token that names the user who is expected.
    pub id_token_hint: Option<String>,
    /// The username to fill in.
    pub login_hint: Option<String>,
}

impl AuthorizationRequest {
    /// What a user agrees to who grants `scope` to this client, and what is remembered of it: a refresh token that comes
    /// without being asked for is part of it, as the scope that asks for one.
    pub fn terms(&self, scope: &Scope) -> Scope {
        if !self.refreshes || scope.len() >= MOST_TOKENS {
            return scope.clone();
        }
        scope.union(&Scope::parse(OFFLINE_ACCESS).unwrap_or_default())
    }
}

/// Why there is no [`AuthorizationRequest`], and who may learn of it.
#[derive(Clone, Debug)]
pub enum Rejected {
    /// Only the user: nothing proves where a browser may be sent.
    Page(Refusal),
    /// The client, at its registered redirect URI.
    Redirect {
        /// Where to send the error.
        redirect: ValidRedirect,
        /// The `state` to return.
        state: Option<String>,
        /// Why.
        refusal: Refusal,
    },
}

impl From<Repeated> for Refusal {
    fn from(_: Repeated) -> Self {
        Self::RepeatedParameter
    }
}

/// The client that a request names. Before it is known, every error is a page.
pub fn client_id(form: &Form) -> Result<ClientId, Refusal> {
    let text = form.one("client_id")?.ok_or(Refusal::ClientIdMissing)?;
    ClientId::parse(text).ok_or(Refusal::ClientUnknown)
}

/// Checks a request against its client's registration and our settings. Where it came from matters to clients
/// that must push theirs (RFC 9126 §6).
pub fn check(
    form: &Form,
    client: &Client,
    settings: &Settings,
    from: RequestSource,
) -> Result<AuthorizationRequest, Rejected> {
    // 1. Where an answer may go comes first, so that no error is sent anywhere else.
    let (redirect, redirect_uri_sent) = redirect(form, client).map_err(Rejected::Page)?;
    let state = form.one("state").unwrap_or_default().map(str::to_owned);
    // 2. Every other error goes back to the client.
    match parameters(form, client, settings, from) {
        Ok(parameters) => Ok(AuthorizationRequest {
            client_id: client.client_id.clone(),
            receiver: client.receiver(&redirect),
            refreshes: client.is_registered_to_refresh(),
            redirect,
            redirect_uri_sent,
            state,
            scope: parameters.scope,
            resource: parameters.resource,
            code_challenge: parameters.code_challenge,
            dpop_jkt: parameters.dpop_jkt,
            nonce: parameters.nonce,
            prompt: parameters.prompt,
            max_age: parameters.max_age,
            id_token_hint: parameters.id_token_hint,
            login_hint: parameters.login_hint,
        }),
        Err(refusal) => Err(Rejected::Redirect {
            redirect,
            state,
            refusal,
        }),
    }
}

fn redirect(form: &Form, client: &Client) -> Result<(ValidRedirect, bool), Refusal> {
    if let Some(presented) = form.one("redirect_uri")? {
        let redirect = client
            .redirect(presented)
            .ok_or(Refusal::RedirectUriUnregistered)?;
        return Ok((redirect, true));
    }
    let openid = form
        .values("scope")
        .any(|scope| scope.split(' ').any(|token| token == OPENID));
    match client.redirect_uris.as_slice() {
        [only] if !openid => Ok((only.accept_default(), false)),
        _ => Err(Refusal::RedirectUriMissing),
    }
}

/// The parameters whose errors are sent back to the client.
struct Parameters {
    scope: Scope,
    resource: String,
    code_challenge: Option<CodeChallenge>,
    dpop_jkt: Option<String>,
    nonce: Option<String>,
    prompt: Prompt,
    max_age: Option<i64>,
    id_token_hint: Option<String>,
    login_hint: Option<String>,
}

fn parameters(
    form: &Form,
    client: &Client,
    settings: &Settings,
    from: RequestSource,
) -> Result<Parameters, Refusal> {
    if form.has_repeats() {
        return Err(Refusal::RepeatedParameter);
    }
    if client.require_pushed_authorization_requests && from == RequestSource::Browser {
        return Err(Refusal::PushRequired);
    }
    unsupported(form)?;
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(Refusal::CodeGrantNotAllowed);
    }
    let nonce = form.one("nonce")?.map(str::to_owned);
    if nonce
        .as_ref()
        .is_some_and(|nonce| nonce.len() > LONGEST_NONCE)
    {
        return Err(Refusal::NonceTooLong);
    }
    Ok(Parameters {
        scope: narrowed_scope(form, client)?,
        resource: resource(form, client, settings)?,
        code_challenge: code_challenge(form, client)?,
        dpop_jkt: dpop_jkt(form)?,
        nonce,
        prompt: prompt(form)?,
        max_age: max_age(form)?,
        id_token_hint: form.one("id_token_hint")?.map(str::to_owned),
        login_hint: form.one("login_hint")?.map(str::to_owned),
    })
}

fn unsupported(form: &Form) -> Result<(), Refusal> {
    if form.one("request")?.is_some() {
        return Err(Refusal::RequestObject);
    }
    if form.one("request_uri")?.is_some() {
        return Err(Refusal::RequestByReference);
    }
    match form.one("response_type")? {
        None => return Err(Refusal::ResponseTypeMissing),
        Some("code") => {}
        Some(_) => return Err(Refusal::ResponseTypeUnsupported),
    }
    match form.one("response_mode")? {
        None | Some("query") => Ok(()),
        Some(_) => Err(Refusal::ResponseModeUnsupported),
    }
}

/// The part of the requested scope that is registered for the client. Clients ask for all that a resource offers, and for
/// `offline_access`, whatever they may have: the token response says what they got (RFC 6749 §3.3, OIDC Core §3.1.2.1, §11).
fn narrowed_scope(form: &Form, client: &Client) -> Result<Scope, Refusal> {
    let asked = asked_scope(form)?;
    let Some(asked) = asked else {
        return Ok(client.default_scope.clone());
    };
    let narrowed = asked.intersection(&client.scope);
    if narrowed.is_empty() && !asked.is_empty() {
        return Err(Refusal::ScopeNotAllowed);
    }
    Ok(narrowed)
}

fn asked_scope(form: &Form) -> Result<Option<Scope>, Refusal> {
    let text = form.one("scope")?;
    let scope = text.map(Scope::parse).transpose();
    scope.map_err(|_| Refusal::ScopeMalformed)
}

/// The scope that a machine asks for, within its client's registration; nothing asked means the client's default
/// (RFC 6749 §3.3).
pub fn scope(form: &Form, client: &Client) -> Result<Scope, Refusal> {
    let Some(scope) = asked_scope(form)? else {
        return Ok(client.default_scope.clone());
    };
    if !scope.is_subset_of(&client.scope) {
        return Err(Refusal::ScopeNotAllowed);
    }
    Ok(scope)
}

/// The resource that a request names (RFC 8707 §2), in its registered form.
pub fn resource(form: &Form, client: &Client, settings: &Settings) -> Result<String, Refusal> {
    settings
        .resource(form.one("resource")?)
        .filter(|resource| client.may_call(resource))
        .map(str::to_owned)
        .ok_or(Refusal::ResourceNotAllowed)
}

fn code_challenge(form: &Form, client: &Client) -> Result<Option<CodeChallenge>, Refusal> {
    let method = form.one("code_challenge_method")?;
    let Some(text) = form.one("code_challenge")? else {
        return if client.must_use_pkce() || method.is_some() {
            Err(Refusal::ChallengeMissing)
        } else {
            Ok(None)
        };
    };
    // A method left out would mean `plain` (RFC 7636 §4.3), which OAuth 2.1 does not have.
    if method != Some("S256") {
        return Err(Refusal::ChallengeMethodUnsupported);
    }
    CodeChallenge::parse(text)
        .map(Some)
        .map_err(|_| Refusal::ChallengeMalformed)
}

/// A thumbprint: SHA-256 in base64url (RFC 7638 §3).
fn dpop_jkt(form: &Form) -> Result<Option<String>, Refusal> {
    let Some(text) = form.one("dpop_jkt")? else {
        return Ok(None);
    };
    base64url::decode(text)
        .filter(|hash| hash.len() == 32)
        .map(|_| Some(text.to_owned()))
        .ok_or(Refusal::ThumbprintMalformed)
}

fn prompt(form: &Form) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    let mut count = 0_usize;
    for value in form.one("prompt")?.unwrap_or_default().split(' ') {
        match value {
            "" => continue,
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(Refusal::PromptInvalid),
        }
        count += 1;
    }
    if prompt.none && count > 1 {
        return Err(Refusal::PromptInvalid);
    }
    Ok(prompt)
}

fn max_age(form: &Form) -> Result<Option<i64>, Refusal> {
    let Some(text) = form.one("max_age")? else {
        return Ok(None);
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::MaxAgeInvalid);
    }
    text.parse().map(Some).map_err(|_| Refusal::MaxAgeInvalid)
}

#[cfg(test)]
mod tests;
