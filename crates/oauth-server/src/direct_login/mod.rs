//! Direct login: a first-party application sends a user's name and password itself, and gets tokens.
//!
//! It uses the same password check, grants and refresh families as the rest of the server. The application is one
//! built-in client without a secret, so its refresh tokens are bearer tokens; only these endpoints accept them. No
//! cookie is ever set.

pub(crate) mod built_in;

use oauth_core::{
    Refusal,
    client::{self, Client},
    credential::RefreshToken,
    http::{Answer, Incoming},
    id::GrantId,
    lifecycle::{
        grant::{GrantDetails, GrantSecret, Start},
        person::{AddReply, Entry, Register},
    },
    settings::DirectLogin,
};

use crate::{
    access_token::Genuine,
    answer,
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    ending::{self, RevokedToken},
    grant::{
        delivery,
        refresh_token::{self, RefreshRequest},
        request,
    },
    json_body::Members,
    password_check::{self, Checked, Known},
    ports::{Keys, Ports},
    presented,
};

/// The client, where the operator has switched direct login on.
fn enabled<P>(context: &Context<'_, P>) -> Result<Client, Stop> {
    context.log(|log| log.client_id = Some(client::DIRECT_LOGIN.to_owned()));
    context.note_client(|origin| origin.presents(client::DIRECT_LOGIN));
    match context.settings.direct_login {
        DirectLogin::On => Ok(built_in::client()?),
        DirectLogin::Off => Err(refused(403, Refusal::DirectLoginOff).into()),
    }
}

/// A refusal with a status of its own.
fn refused(status: u16, refusal: Refusal) -> Answer {
    Answer {
        status,
        ..answer::refused(refusal)
    }
}

/// Answers `POST /login` with a name and a password in JSON: a token response (RFC 6749 §5.1).
pub async fn login<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    let client = enabled(context)?;
    let members = Members::read(request)?;
    let (Some(username), Some(password)) = (&members.username, &members.password) else {
        return Err(Refusal::MemberInvalid.into());
    };
    // As in a form: a store that ends a string at NUL would find an account whose attempts count under another name.
    if username.contains('\0') || password.contains('\0') {
        return Err(Refusal::MemberInvalid.into());
    }
    match password_check::check(context, request, username, password).await? {
        Checked::Right(known) => match begin(context, &client, &known).await {
            Err(Stop::Refused(Refusal::EndedMeanwhile)) => {
                Ok(refused(401, Refusal::EndedMeanwhile))
            }
            answer => answer,
        },
        Checked::Wrong => Ok(refused(401, Refusal::PasswordWrong)),
        Checked::Throttled(seconds) => {
            let answer = refused(429, Refusal::LoginThrottled);
            Ok(answer.with("retry-after", seconds.to_string()))
        }
    }
}

/// Begins a grant without a code. It enters the user's index before any of its tokens leave the server.
async fn begin<P: Ports>(
    context: &Context<'_, P>,
    client: &Client,
    known: &Known,
) -> Result<Answer, Stop> {
    let user_id = &known.user.user_id;
    let grant = GrantId::from_random(context.ports.random()?);
    let details = grant_details(context, client, known)?;
    let refresh_policy = request::refresh_policy(client, context.settings);
    let register = Register {
        entry: index_entry(context, &grant, &details),
        mark: known.mark,
    };
    if context.ports.person(user_id, register).await? == AddReply::Ended {
        return Err(Refusal::EndedMeanwhile.into());
    }
    let details = Box::new(details);
    let start = Start {
        details,
        refresh_policy,
        jkt: None,
        secret: Some(GrantSecret::from_random(context.ports.random()?)),
    };
    let reply = context.ports.grant(&grant, start).await?;
    let answer = delivery::conclude(context, &grant, reply).await?;
    context.record(AuditEvent {
        subject: Some(user_id.clone()),
        grant: Some(grant),
        ..context.event(Event::DirectLogin)
    });
    Ok(answer)
}

fn index_entry<P>(context: &Context<'_, P>, grant: &GrantId, details: &GrantDetails) -> Entry {
    Entry {
        grant: grant.clone(),
        client_id: details.client_id.clone(),
        scope: details.scope.clone(),
        resource: details.resource.clone(),
        since: context.now,
        until: context.now.plus(context.settings.lifetimes.grant()),
        session: None,
    }
}

fn grant_details<P>(
    context: &Context<'_, P>,
    client: &Client,
    known: &Known,
) -> Result<GrantDetails, Stop> {
    let resource = context.settings.resource(None);
    let resource = resource.ok_or(Refusal::ResourceNotAllowed)?.to_owned();
    Ok(GrantDetails {
        client_id: client.client_id.clone(),
        user_id: Some(known.user.user_id.clone()),
        scope: known.user.roles.limit(&client.scope),
        format: context.settings.token_format(&resource, client),
        resource,
        auth_time: Some(context.now),
        begun_at: context.now,
    })
}

/// Answers `POST /token` with a refresh token in JSON: the next tokens.
pub async fn token<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    let client = enabled(context)?;
    let members = Members::read(request)?;
    let presented = members.refresh_token.as_deref();
    let refresh = RefreshRequest {
        presented: presented.ok_or(Refusal::RefreshTokenMissing)?,
        scope: None,
        resource: None,
        proof: None,
    };
    refresh_token::refresh(context, &client, refresh).await
}

/// Answers `DELETE /logout` with a refresh token in JSON, or an access token as bearer: ends the grant of that login.
pub async fn logout<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let client = enabled(context)?;
    let revoked = if request.headers.value("authorization").is_some() {
        of_access_token(context, request).await?
    } else {
        let members = Members::read(request)?;
        let token = members.refresh_token.ok_or(Refusal::RefreshTokenMissing)?;
        RefreshToken::read(context.keyring, &token).map(Into::into)
    };
    // A token that was never issued needs no end.
    if let Some(token) = revoked {
        ending::end_grant(context, token, &client.client_id).await?;
    }
    Ok(Answer::empty(204).with("cache-control", "no-store"))
}

/// The access token that a caller logs out with; `None` if this server did not issue it. An expired token is refused: its
/// refresh token may still be valid, and the caller must not believe that it has ended.
async fn of_access_token<P: Keys>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Option<RevokedToken>, Stop> {
    let token = presented::bearer(request).map_err(presented::challenge)?;
    match Genuine::read(context, &token).await {
        Ok(Genuine::Jwt { grant, .. }) => Ok(Some(RevokedToken {
            grant,
            until: None,
            presented: None,
        })),
        Ok(Genuine::Opaque(token)) => Ok(Some(token.into())),
        Err(Stop::Refused(Refusal::TokenExpired)) => {
            Err(presented::challenge(Refusal::TokenExpired).into())
        }
        Err(Stop::Refused(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}
