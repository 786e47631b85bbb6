//! The user's decision on the consent page (OIDC Core §3.1.2.4).
//!
//! The request in the form is validated again, so a redirect URI that was changed on the way is refused like any other.

use oauth_core::{
    Refusal,
    authorize::{Allowed, Consent, MayIssue},
    form::Form,
    http::{Answer, Incoming},
    keyring::Purpose,
    scope::{MOST_TOKENS, Scope},
};

use crate::{
    audit::{AuditEvent, Event},
    authorize::consent_page,
    context::{Context, Stop},
    cookie::Cookie,
    csrf,
    form_body::read_page_form,
    ports::{Consents, Ports, RememberedConsent},
    session::{self, Login},
    validated_request::{Step, ValidatedRequest},
};

/// Answers GET: the consent page exists only as part of an authorization request.
pub fn page() -> Stop {
    Refusal::ClientIdMissing.into()
}

/// Answers POST: the user's decision.
pub async fn consent<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let form = read_page_form(request)?;
    let login = session::current(context, &request.headers).await?;
    let session = login.as_ref().map(|login| login.cookie.session.as_str());
    let token = form.one("csrf")?;
    let sender = csrf::check_session_form(context, &request.headers, "consent", session, token)?;
    let login = login.filter(|_| sender.is_in_session);
    let consent = Consent::read(&form)?;
    let query = form.one("request")?.unwrap_or_default();
    let asked = Form::parse(query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let asked = ValidatedRequest::read(context, &asked).await?;
    match consent {
        Consent::Deny => {
            if let Some(login) = &login {
                let scope = &asked.request.scope;
                context.record(decision(context, Event::ConsentDenied, login, scope));
            }
            Ok(asked
                .refuse(context, Refusal::ConsentDenied)
                .with("set-cookie", Cookie::Fresh.clear(context.settings)))
        }
        Consent::Allow(allowed) => {
            let Some(login) = login else {
                // Another login came between, or the session ended: the request goes on from its beginning.
                return Ok(asked.repeat_after_an_end());
            };
            let shown = form.one("terms")?.unwrap_or_default();
            allow(context, request, (&asked, shown), login, allowed).await
        }
    }
}

/// The user agreed to the terms that were `shown`. If they are others by now, because the client's registration or the
/// user's roles have changed, the page is shown again.
async fn allow<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
    (asked, shown): (&ValidatedRequest, &str),
    login: Login,
    allowed: Allowed,
) -> Result<Answer, Stop> {
    match asked.decide(context, request, Some(login)).await? {
        Step::Refuse(refusal) => Ok(asked.refuse(context, refusal)),
        // The login became too old while the page was open: ask for the password, then come back.
        Step::SignIn => Ok(asked.repeat()),
        Step::Consent(login, needs) if !is_shown(context, asked, &login, needs.scope(), shown) => {
            consent_page(context, request, asked, &login, needs.scope()).await
        }
        Step::Consent(login, needs) => granted(context, asked, &login, needs.given(allowed)).await,
        Step::Issue(login, may) if !is_shown(context, asked, &login, may.scope(), shown) => {
            consent_page(context, request, asked, &login, may.scope()).await
        }
        Step::Issue(login, may) => granted(context, asked, &login, may).await,
    }
}

/// Whether `shown` is the mark of these terms.
fn is_shown<P>(
    context: &Context<'_, P>,
    asked: &ValidatedRequest,
    login: &Login,
    scope: &Scope,
    shown: &str,
) -> bool {
    let scope = scope.to_string();
    let terms = asked.terms(&login.cookie.session, &scope);
    context.keyring.is_mac(Purpose::Csrf, &terms, shown)
}

async fn granted<P: Ports>(
    context: &Context<'_, P>,
    asked: &ValidatedRequest,
    login: &Login,
    may: MayIssue,
) -> Result<Answer, Stop> {
    let consent = Remembered { asked, login };
    let terms = asked.request.terms(may.scope());
    consent.remember(context, &terms).await?;
    if let Some(answer) = asked.issue(context, login, may).await? {
        return Ok(answer);
    }
    // The access was ended meanwhile, perhaps by withdrawing this consent, which must then not return.
    consent.forget(context).await?;
    Ok(asked.start_over(context))
}

/// The audit's event of a decision, with the scope that it is about.
fn decision<P>(context: &Context<'_, P>, event: Event, login: &Login, scope: &Scope) -> AuditEvent {
    AuditEvent {
        subject: Some(login.user.user_id.clone()),
        detail: Some(scope.to_string()),
        ..context.event(event)
    }
}

/// The record of a user's consent to a client.
struct Remembered<'a> {
    asked: &'a ValidatedRequest,
    login: &'a Login,
}

impl Remembered<'_> {
    async fn remember<P: Consents>(
        &self,
        context: &Context<'_, P>,
        terms: &Scope,
    ) -> Result<(), Stop> {
        let user_id = &self.login.user.user_id;
        let (client_id, resource) = (&self.asked.request.client_id, &self.asked.request.resource);
        let before = context
            .ports
            .consented(user_id, client_id, resource)
            .await?;
        // What can no longer be read as one scope is replaced, so that the user is asked once more, and no more.
        let all = before.unwrap_or_default().union(terms);
        let scope = if all.len() > MOST_TOKENS { terms } else { &all };
        let consent = RememberedConsent {
            client_id: client_id.clone(),
            resource: resource.clone(),
            scope: scope.clone(),
            since: context.now,
        };
        let event = decision(context, Event::ConsentGiven, self.login, terms);
        context.ports.remember(user_id, &consent, event).await?;
        Ok(())
    }

    async fn forget<P: Consents>(&self, context: &Context<'_, P>) -> Result<(), Stop> {
        let (user_id, client_id) = (&self.login.user.user_id, &self.asked.request.client_id);
        let withdrawn = context.ports.withdraw(user_id, Some(client_id), None);
        withdrawn.await?;
        Ok(())
    }
}
