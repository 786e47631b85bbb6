//! Texts of step 8: refresh, introspection, revocation, and what remains.

pub(crate) const LIFECYCLE_DONE: &str = "the grant has ended: its tokens open nothing any more. The session at the authorization server is another matter.";

pub(crate) const LIFECYCLE_GOES_ON: &str =
    "the grant goes on: this page had no way to end it. Its tokens are forgotten with this page.";

// Refresh.
pub(crate) const PART_REFRESH: &str = "Refresh";
pub(crate) const ABOUT_REFRESH: &str = "The refresh token is exchanged for new tokens, without the person. It rotates: each one is good for one use.";
pub(crate) const DO_REFRESH: &str = "Refresh the tokens";
pub(crate) const MESSAGE_REFRESH: &str = "Refresh";
pub(crate) const MESSAGE_REFRESH_LOST: &str = "Refresh, sent again";
pub(crate) const MESSAGE_REFRESH_OLD: &str = "Refresh, with the old token";
pub(crate) const REFRESHED: &str =
    "new tokens came. The old refresh token is used up; the scope did not grow.";
pub(crate) const SCOPE_GREW: &str =
    "The new access token may do more than was granted. That must not happen: it was not used.";
pub(crate) const REFRESHED_UNROTATED: &str =
    "a new access token came. This server does not rotate: the refresh token stays the same.";
pub(crate) const ABOUT_REFRESH_REFUSED: &str =
    "The grant has ended, or the refresh token has expired. Begin again with step 1.";
pub(crate) const NO_REFRESH_TOKEN: &str = "No refresh token was granted. Ask for the scope offline_access in step 2, or let the access token run out.";
pub(crate) const CHANGED: &str = "new";
pub(crate) const KEPT: &str = "the same";
pub(crate) const BEFORE: &str = "before";
pub(crate) const NOW: &str = "now";
pub(crate) const SHOW_TOKENS: &str = "Reveal the tokens";
pub(crate) const HIDE_TOKENS: &str = "Cover the tokens";
pub(crate) const LOSE_ANSWER: &str = "Lose the answer";
pub(crate) const ABOUT_LOSE_ANSWER: &str = "Sends the same refresh request twice, as a browser does whose connection broke, and compares the two answers.";
pub(crate) const USE_OLD: &str = "Use the old refresh token again";
pub(crate) const ABOUT_USE_OLD: &str = "Within 10 s of the refresh, that is taken for a lost answer. Later, someone else must have it, and no one can tell who.";
pub(crate) const SAME_ANSWER: &str =
    "The same answer again, byte for byte: the server kept it sealed for 10 s.";
pub(crate) const REUSE_FOUND: &str = "Reuse found: everything ended. The newest refresh token and the newest access token are refused as well, as shown below.";
pub(crate) const OTHER_TOKENS: &str = "Other tokens came: this server lets a refresh token be used more than once, so a stolen one goes unnoticed.";

/// What a value's change or staying means.
pub(crate) fn about_renewed(name: &str) -> &'static str {
    match name {
        "refresh_token" => "One of a family: if an old one comes again, the whole family ends.",
        "access_token" => "The old one is still good until it expires, or until the grant ends.",
        "iat" => "When the access token was issued.",
        "exp" => "When the access token ends.",
        "expires_in" => "How long the access token lives.",
        _ => "What was granted stays the limit: a refresh can narrow it, never widen it.",
    }
}

// Introspection.
pub(crate) const PART_INTROSPECT: &str = "Introspection";
pub(crate) const ABOUT_INTROSPECT: &str = "The authorization server says what a token is worth now, to confidential clients alone. This page is a public client, so the API asks and passes the answer on.";
pub(crate) const DO_INTROSPECT: &str = "Have the token introspected";
pub(crate) const MESSAGE_INTROSPECTION: &str = "Introspection, passed on";
pub(crate) const INTROSPECTED: &str = "What the authorization server told the API";
pub(crate) const ACTIVE: &str =
    "active. The signature alone could not say so: the grant was looked up.";
pub(crate) const INACTIVE: &str =
    "not active: unknown, expired or revoked. The answer does not say which.";
pub(crate) const STILL_ACTIVE: &str =
    "The token is said to be active after its grant has ended. That must not happen: report it.";
pub(crate) const INTROSPECTION_GUARDED: &str = "the API itself refused the token, so there was nothing to ask. A grant that has ended opens no door.";
pub(crate) const INTROSPECTION_REFUSED: &str = "The API passed no introspection on; it answered";
pub(crate) const INTROSPECTION_MALFORMED: &str =
    "The answer does not say whether the token is active.";

// Revocation.
pub(crate) const PART_REVOKE: &str = "Revocation";
pub(crate) const ABOUT_REVOKE: &str = "The application gives back what it was granted. A public client names itself and the token; the whole grant ends, and each token is then tried once more.";
pub(crate) const DO_REVOKE: &str = "Revoke the grant";
pub(crate) const MESSAGE_REVOKE: &str = "Revocation";
pub(crate) const MESSAGE_ENDED_CALL: &str = "The API, after the end";
pub(crate) const MESSAGE_ENDED_REFRESH: &str = "Refresh, after the end";
pub(crate) const NO_REVOCATION: &str = "this server names no revocation_endpoint, so nothing was sent. Its tokens end when they expire, or when the person withdraws access there.";
pub(crate) const NOT_REVOKED: &str = "Take it that the tokens live on, and try again.";
pub(crate) const AFTER_THE_END: &str = "The tokens, tried once more";
pub(crate) const ALL_REFUSED: &str = "revoked. The tokens were refused right after.";
pub(crate) const API_ACCEPTS: &str = "The grant has ended, but the API still takes the access token: it learns of the end late, or checks signatures alone. The token ends by itself at exp.";

/// What a status means once the grant has ended.
pub(crate) const fn about_ended(status: u16) -> &'static str {
    match status {
        401 => {
            "The signature is right and the time is not over, but the API knows that the grant has ended."
        }
        400 => "The refresh token belongs to a grant that has ended.",
        200..=299 => "It was accepted, though the grant has ended.",
        503 => "The server cannot answer now.",
        _ => "Not what was expected.",
    }
}

// What remains.
pub(crate) const PART_SIGN_OUT: &str = "Sign out";
pub(crate) const ABOUT_SIGN_OUT: &str = "Revocation ends what this application may do. The session at the authorization server lives on: sign in again, and no password is asked for. It is ended there.";
pub(crate) const TO_ACCOUNT: &str = "Your account at the authorization server (opens in a new tab)";
