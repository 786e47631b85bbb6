//! Refused requests: which event each of them is, by the path that refused it.

use oauth_core::{
    Refusal, endpoint,
    http::{Answer, Incoming},
};

use super::{AuditEvent, Event};
use crate::{context::Context, ports::Audit};

/// Refusals that are ordinary answers, or that have an event of their own.
const NOT_HERE: &[Refusal] = &[
    Refusal::LoginNeeded,
    Refusal::ConsentNeeded,
    Refusal::ConsentDenied,
    Refusal::SessionEnded,
    Refusal::OtherUserSignedIn,
    Refusal::WrongCredentials,
    Refusal::PasswordWrong,
    Refusal::LoginThrottled,
];

/// The events of the endpoints that are not pages.
const BY_PATH: &[(&str, Event)] = &[
    (endpoint::AUTHORIZE, Event::AuthorizationRefused),
    (endpoint::CONSENT, Event::AuthorizationRefused),
    (endpoint::PAR, Event::AuthorizationRefused),
    (endpoint::TOKEN, Event::TokenRequestRefused),
    (endpoint::DIRECT_TOKEN, Event::TokenRequestRefused),
    (endpoint::INTROSPECT, Event::IntrospectionRefused),
    (endpoint::REVOKE, Event::RevocationRefused),
    (endpoint::DIRECT_LOGOUT, Event::RevocationRefused),
];

/// Records a refused request, and gives its log line the client id that it presented.
pub(crate) fn note<P: Audit>(context: &Context<'_, P>, request: &Incoming, answer: &mut Answer) {
    let Some(refusal) = answer.log.refusal else {
        return;
    };
    if answer.log.client_id.is_none() {
        let presented = context.origin().client_id().map(str::to_owned);
        answer.log.client_id_presented = presented;
    }
    if let Some(event) = event(&request.path, refusal)
        && !context.origin().is_recorded()
    {
        context.record(AuditEvent {
            reason: Some(refusal),
            ..context.event(event)
        });
    }
}

fn event(path: &str, refusal: &str) -> Option<Event> {
    if NOT_HERE.iter().any(|known| known.slug() == refusal) {
        return None;
    }
    if path.starts_with(endpoint::admin::ALL) {
        return Some(Event::AdministrationRefused);
    }
    if path.starts_with(endpoint::REGISTER) {
        return Some(Event::RegistrationRefused);
    }
    if refusal == Refusal::CsrfMismatch.slug() {
        return Some(Event::FormRefused);
    }
    let mut known = BY_PATH.iter();
    known.find_map(|(of, event)| (*of == path).then_some(*event))
}
