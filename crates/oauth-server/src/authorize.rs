//! The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2): a request, then a login, then a
//! consent, then a code at the client's redirect URI.
//!
//! Nothing is stored between the steps: each page carries the request, and each step checks it anew.

use oauth_core::{
    Refusal,
    form::Form,
    http::{Answer, Incoming, Method},
    keyring::Purpose,
    scope::{OFFLINE_ACCESS, Scope},
};

use crate::{
    context::{Context, Stop},
    csrf::Browser,
    form_body::is_form,
    html_response, login,
    page::{self, ConsentPage},
    ports::{Ports, Random, ScopeDescriptions},
    scope_descriptions,
    session::{self, Login},
    validated_request::{Step, ValidatedRequest},
};

/// Answers an authorization request. GET and POST are the same (OIDC Core §3.1.2.1).
pub async fn authorize<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let form = parameters(request)?;
    let asked = ValidatedRequest::read(context, &form).await?;
    if is_foreign_form(request) {
        return Ok(asked.repeat());
    }
    let login = session::current(context, &request.headers).await?;
    let mut answer = match asked.decide(context, request, login).await? {
        Step::Refuse(refusal) => asked.refuse(context, refusal),
        Step::Issue(login, may) => asked
            .issue(context, &login, may)
            .await?
            .unwrap_or_else(|| asked.start_over(context)),
        Step::Consent(login, needs) => {
            consent_page(context, request, &asked, &login, needs.scope()).await?
        }
        Step::SignIn => login::page_for(context, request, &asked)?,
    };
    answer.log.client_id = Some(asked.request.client_id.to_string());
    Ok(answer)
}

/// Whether the request comes from a form on another site. A browser withholds our cookies from it
/// (`SameSite=Lax`), so the user would seem signed out; it sends them with the GET that follows.
fn is_foreign_form(request: &Incoming) -> bool {
    request.method == Method::Post && request.headers.value("sec-fetch-site") == Some("cross-site")
}

/// The parameters in the query and, for POST, in the body, as one list: a name in both counts as repeated.
fn parameters(request: &Incoming) -> Result<Form, Refusal> {
    let mut bytes = request.query.clone().into_bytes();
    if request.method == Method::Post {
        if !is_form(request.headers.value("content-type")) {
            return Err(Refusal::WrongContentType);
        }
        bytes.push(b'&');
        bytes.extend_from_slice(&request.body);
    }
    Form::parse(&bytes).map_err(|_| Refusal::MalformedForm)
}

/// The page on which a user decides about `grantable`. Its form carries the mark of the [terms](ValidatedRequest::terms).
pub(crate) async fn consent_page<P: ScopeDescriptions + Random>(
    context: &Context<'_, P>,
    incoming: &Incoming,
    asked: &ValidatedRequest,
    login: &Login,
    grantable: &Scope,
) -> Result<Answer, Stop> {
    let browser = Browser::current_or_new(context, &incoming.headers)?;
    let session = &login.cookie.session;
    let csrf = browser.session_token(context.keyring, "consent", session);
    let scope = grantable.to_string();
    let terms = context
        .keyring
        .mac_text(Purpose::Csrf, &asked.terms(session, &scope));
    let request = &asked.request;
    let described = scope_descriptions::of(context, &request.resource, grantable).await;
    let text = context.text();
    let scopes: Vec<(&str, &str)> = grantable
        .iter()
        .map(|scope| (scope.as_str(), described.line(text, scope.as_str())))
        .collect();
    let page = ConsentPage {
        request: &asked.query,
        csrf: &csrf,
        terms: &terms,
        client: &asked.client,
        redirect: &request.redirect,
        user_name: login.user.display_name(),
        scopes: &scopes,
        stays_connected: request.refreshes && !grantable.contains(OFFLINE_ACCESS),
        resource: &request.resource,
    };
    let answer = html_response::page(200, page::consent(text, &page));
    Ok(browser.with_cookie(answer))
}
