//! The login session of a browser.

use oauth_core::{
    Fault,
    authorize::SignedIn,
    credential::{FreshLogin, SessionCookie},
    http::Headers,
    keyring::{Keyring, Purpose},
    lifecycle::person::{Act, CloseSession, FindSession, Found, Mark, Session},
};

use crate::{
    context::Context,
    cookie::Cookie,
    ports::{People, SigningIn, User},
};

/// A user who is signed in.
#[derive(Debug)]
pub(crate) struct Login {
    /// The user.
    pub(crate) user: User,
    /// The session cookie.
    pub(crate) cookie: SessionCookie,
    /// The session behind it.
    pub(crate) session: Session,
    /// Taken when the session was found: a grant under it is refused if the user's grants were ended meanwhile.
    pub(crate) mark: Mark,
}

impl Login {
    /// The login as the authorization decision sees it, for the request `query`.
    pub(crate) fn signed_in(
        &self,
        context: &Context<'_, impl Sized>,
        headers: &Headers,
        query: &str,
    ) -> SignedIn {
        let for_this_request = Cookie::Fresh
            .value(context.settings, headers)
            .is_some_and(|mark| {
                FreshLogin::answers(
                    context.keyring,
                    mark,
                    &self.cookie.session,
                    query,
                    context.now.0,
                )
            });
        SignedIn {
            user_id: self.user.user_id.clone(),
            auth_time: self.session.auth_time,
            for_this_request,
        }
    }
}

/// The stored form of a session's id.
pub(crate) fn hash(keyring: &Keyring, cookie: &SessionCookie) -> String {
    keyring.mac_text(Purpose::Name, &["session", &cookie.session])
}

/// The same under every valid secret: a session outlives a rotation.
fn hashes(keyring: &Keyring, cookie: &SessionCookie) -> Vec<String> {
    keyring.mac_texts(Purpose::Name, &["session", &cookie.session])
}

/// The user whose session cookie the browser sent, if the session is open and the account enabled.
pub(crate) async fn current<P: SigningIn>(
    context: &Context<'_, P>,
    headers: &Headers,
) -> Result<Option<Login>, Fault> {
    let Some(cookie) = Cookie::Session
        .value(context.settings, headers)
        .and_then(|text| SessionCookie::read(context.keyring, text))
    else {
        return Ok(None);
    };
    for hash in hashes(context.keyring, &cookie) {
        let find = FindSession { hash };
        if let Some(Found { session, mark }) = context.ports.person(&cookie.user, find).await? {
            let user = context.ports.user(&cookie.user).await?;
            return Ok(user.map(|user| Login {
                user,
                cookie,
                session,
                mark,
            }));
        }
    }
    Ok(None)
}

/// Ends a cookie's session. It is announced where it is an act of the user.
pub(crate) async fn close<P: People>(
    context: &Context<'_, P>,
    cookie: &SessionCookie,
    act: Option<Act>,
) -> Result<(), Fault> {
    for hash in hashes(context.keyring, cookie) {
        let act = act.clone();
        let close = CloseSession { hash, act };
        context.ports.person(&cookie.user, close).await?;
    }
    Ok(())
}
