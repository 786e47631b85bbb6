//! A name and a password: counted as an attempt, then looked at.

use oauth_core::{
    Fault,
    http::Incoming,
    id::UserId,
    keyring::Purpose,
    lifecycle::person::{Mark, TakeMark},
    password::{self, Password},
};

use crate::{
    attempts,
    context::Context,
    ports::{AuditEvent, People, Ports, User},
};

/// Someone who has just proved who they are.
pub(crate) struct Known {
    /// Who.
    pub(crate) user: User,
    /// Taken before their password was looked at: what is opened under it is refused if they were
    /// signed out everywhere meanwhile.
    pub(crate) mark: Mark,
}

/// What came of an attempt.
pub(crate) enum Checked {
    /// Name and password belong together.
    Right(Box<Known>),
    /// They do not.
    Wrong,
    /// Too many failures: the seconds to wait.
    Throttled(i64),
}

/// Takes a try from the address and from the account, then looks at the password. Only a wrong one
/// keeps the tries: what was right, or could not be looked at for a fault of ours, gives them back.
pub(crate) async fn check<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
    username: &str,
    password: &str,
) -> Result<Checked, Fault> {
    let limits = attempts::limits(context, request, username);
    if let Some(seconds) = attempts::take(context, &limits).await? {
        return Ok(Checked::Throttled(seconds));
    }
    let found = whose_password(context, username, password).await;
    if !matches!(found, Ok(None)) {
        attempts::give_back(context, &limits).await?;
    }
    if let Some(known) = found? {
        return Ok(Checked::Right(Box::new(known)));
    }
    let event = AuditEvent {
        event: "login_failed",
        subject: None,
        client_id: None,
        detail: "",
    };
    context.ports.note(event, context.now).await;
    Ok(Checked::Wrong)
}

/// The person with this name and this password. An unknown name costs the same work as a wrong password.
async fn whose_password<P: Ports>(
    context: &Context<'_, P>,
    username: &str,
    password: &str,
) -> Result<Option<Known>, Fault> {
    let found = context.ports.user_by_name(username).await?;
    let known = found.map(|(user, _)| user.user_id);
    let mark = mark(context, known.as_ref(), username).await?;
    // Read again under the mark: whoever changes a password, or disables a person, ends everything
    // after that, so what is read from here on is not older than the mark says.
    let found = context.ports.user_by_name(username).await?;
    let found = found.filter(|(user, _)| Some(&user.user_id) == known.as_ref());
    let stored = found.as_ref().map(|(_, hash)| hash.expose().as_str());
    let right = password::verify(&Password::typed(password, context.ports), stored)?;
    Ok(found
        .filter(|_| right)
        .map(|(user, _)| Known { user, mark }))
}

/// The mark of this person. For an unknown name, that of nobody: it takes the same time.
async fn mark<P: People>(
    context: &Context<'_, P>,
    known: Option<&UserId>,
    username: &str,
) -> Result<Mark, Fault> {
    let nobody = || {
        let name = context
            .keyring
            .mac_text(Purpose::Name, &["nobody", username]);
        UserId::parse(&["u_nobody_", &name].concat())
    };
    let Some(user_id) = known.cloned().or_else(nobody) else {
        return Ok(Mark::default());
    };
    context.ports.person(&user_id, TakeMark).await
}
