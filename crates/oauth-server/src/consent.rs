//! The consent form comes back: yes or no (OIDC Core §3.1.2.4).
//!
//! The request in the form is checked as if it had just arrived: a redirect URI that was swapped
//! on the way is refused like any other.

use oauth_core::{
    Refusal,
    authorize::Next,
    form::Form,
    http::{Answer, Incoming},
};

use crate::{
    authorize::{Decision, ValidatedRequest},
    context::{Context, Stop},
    cookie, html_response,
    port::{Clients, Consents, Grants, Keys, People, Random, Seal, Users},
    session::{self, Login},
    token::is_form,
    visit::{self, FormName},
};

/// Answers GET: a consent form is only ever part of an authorization request.
pub fn page(request: &Incoming) -> Answer {
    html_response::refused(request, Refusal::ClientIdMissing)
}

/// Answers POST: the person's decision.
pub async fn consent<P>(context: &Context<'_, P>, request: &Incoming) -> Answer
where
    P: Clients + Users + Consents + People + Keys + Grants + Seal + Random,
{
    html_response::outcome(request, decided(context, request).await)
}

/// What the person pressed.
enum Button {
    Allow,
    Deny,
}

async fn decided<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Clients + Users + Consents + People + Keys + Grants + Seal + Random,
{
    if !is_form(request.headers.value("content-type")) {
        return Err(Refusal::WrongContentType.into());
    }
    let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
    let login = session::current(context, &request.headers)
        .await?
        .ok_or(Refusal::SessionEnded)?;
    let session = &login.cookie.session;
    let csrf = form.one("csrf")?;
    visit::check_form(
        &request.headers,
        context.keyring,
        FormName::Consent { session },
        csrf,
    )?;
    let pressed = match form.one("decision")? {
        Some("allow") => Button::Allow,
        Some("deny") => Button::Deny,
        Some(_) | None => return Err(Refusal::DecisionUnknown.into()),
    };
    let query = form.one("request")?.unwrap_or_default();
    let asked = Form::parse(query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let asked = ValidatedRequest::read(context, &asked).await?;
    match pressed {
        Button::Deny => Ok(asked
            .refuse(context, Refusal::ConsentDenied)
            .with("set-cookie", cookie::clear(cookie::FRESH))),
        Button::Allow => allow(context, request, &asked, &login).await,
    }
}

async fn allow<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    asked: &ValidatedRequest,
    login: &Login,
) -> Result<Answer, Stop>
where
    P: Consents + Keys + Grants + People + Random,
{
    let Decision { next, grantable } = asked.decide(context, request, Some(login)).await?;
    match next {
        Next::Refuse(refusal) => Ok(asked.refuse(context, refusal)),
        // The login grew too old while the page was open: ask for the password, then come back.
        Next::SignIn => Ok(Answer::see_other(format!(
            "/oauth/authorize?{}",
            asked.query
        ))),
        Next::Consent | Next::Issue => {
            let consent = ConsentGiven { asked, login };
            consent.remember(context, &grantable).await?;
            if let Some(answer) = asked.issue(context, login, grantable).await? {
                return Ok(answer);
            }
            // An end came first, perhaps of this very consent: it must not come back by having been late.
            consent.forget(context).await?;
            Ok(asked.anew(context))
        }
    }
}

/// A decision that the signed-in person made on a form of ours, for a request that was checked again.
struct ConsentGiven<'a> {
    asked: &'a ValidatedRequest,
    login: &'a Login,
}

impl ConsentGiven<'_> {
    async fn remember<P: Consents>(
        &self,
        context: &Context<'_, P>,
        granted: &oauth_core::scope::Scope,
    ) -> Result<(), Stop> {
        let user_id = &self.login.user.user_id;
        let (client_id, resource) = (&self.asked.request.client_id, &self.asked.request.resource);
        let before = context
            .ports
            .consented(user_id, client_id, resource)
            .await?;
        let scope = before.unwrap_or_default().union(granted);
        context
            .ports
            .remember(user_id, client_id, resource, &scope, context.now)
            .await?;
        Ok(())
    }

    async fn forget<P: Consents>(&self, context: &Context<'_, P>) -> Result<(), Stop> {
        let (user_id, client_id) = (&self.login.user.user_id, &self.asked.request.client_id);
        context.ports.withdraw(user_id, client_id).await?;
        Ok(())
    }
}
