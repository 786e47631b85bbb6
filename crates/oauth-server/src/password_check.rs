//! Checking a username and a password, counted as an attempt.

use oauth_core::{
    Fault,
    http::Incoming,
    id::UserId,
    keyring::Purpose,
    lifecycle::person::{Mark, TakeMark},
    password::{self, Password},
    username,
};

use crate::{
    attempts::{self, Counts},
    audit::{self, AuditEvent, Event},
    context::Context,
    ports::{Audit, People, Ports, User},
};

/// A user who has just entered the right password.
pub(crate) struct Known {
    /// The user.
    pub(crate) user: User,
    /// Taken before the password was checked: a session under it is refused if the user was signed out everywhere
    /// meanwhile.
    pub(crate) mark: Mark,
}

/// The outcome of an attempt.
pub(crate) enum Checked {
    /// Username and password match.
    Right(Box<Known>),
    /// They do not.
    Wrong,
    /// Too many failures: the seconds to wait.
    Throttled(i64),
}

/// Takes an attempt from the network and from the account, then checks the password. Only a wrong password uses them
/// up: a right one, or a fault of this server, gives them back.
///
/// While too many passwords are being checked this is a fault at once, and takes no attempt. Some places are for browsers
/// that are known to the account alone: strangers cannot fill those.
pub(crate) async fn check<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
    username: &str,
    password: &str,
) -> Result<Checked, Fault> {
    let username = &username::mapped(username, context.ports);
    let counts = Counts::of(context, request, username);
    let places = context.ports.password_places();
    let place = if counts.is_of_known_browser() {
        places.take_as(&attempts::account(context, username))
    } else {
        places.take()
    };
    let busy = || Fault::new("password.check", "too many passwords are being checked");
    let _place = place.ok_or_else(busy)?;
    if let Some(seconds) = counts.take(context).await? {
        record(context, Event::LoginThrottled, username);
        return Ok(Checked::Throttled(seconds));
    }
    match whose_password(context, username, password).await {
        Ok(Some(known)) => {
            counts.succeeded(context).await?;
            return Ok(Checked::Right(Box::new(known)));
        }
        Ok(None) => {}
        Err(fault) => {
            counts.give_back(context).await?;
            return Err(fault);
        }
    }
    record(context, Event::LoginFailed, username);
    Ok(Checked::Wrong)
}

fn record<P: Audit>(context: &Context<'_, P>, event: Event, username: &str) {
    context.record(AuditEvent {
        account: Some(audit::account(context, username)),
        ..context.event(event)
    });
}

/// The user with this name and this password. An unknown name costs the same work as a wrong password.
async fn whose_password<P: Ports>(
    context: &Context<'_, P>,
    username: &str,
    password: &str,
) -> Result<Option<Known>, Fault> {
    let found = context.ports.user_by_name(username).await?;
    let known = found.map(|(user, _)| user.user_id);
    let mark = mark(context, known.as_ref(), username).await?;
    // Read again under the mark: a change of the password, or disabling the user, is followed by ending
    // everything, so this record is not older than the mark.
    let found = context.ports.user_by_name(username).await?;
    let found = found.filter(|(user, _)| Some(&user.user_id) == known.as_ref());
    let stored = found.as_ref().map(|(_, hash)| hash.expose().as_str());
    let stored = stored.unwrap_or_else(|| context.ports.hash_of_nobody());
    let right = password::verify(&Password::typed(password, context.ports), stored)?;
    Ok(found
        .filter(|_| right)
        .map(|(user, _)| Known { user, mark }))
}

/// The mark of this user. For an unknown name it is read under an id that no user has, which takes the same time.
async fn mark<P: People>(
    context: &Context<'_, P>,
    known: Option<&UserId>,
    username: &str,
) -> Result<Mark, Fault> {
    let unknown = || {
        let name = context
            .keyring
            .mac_text(Purpose::Name, &["nobody", username]);
        UserId::parse(&["u_nobody_", &name].concat())
    };
    let Some(user_id) = known.cloned().or_else(unknown) else {
        return Ok(Mark::default());
    };
    context.ports.person(&user_id, TakeMark).await
}
