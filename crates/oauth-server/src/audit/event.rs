//! The words of the audit log: every event that it can have.

use serde::{Serialize, Serializer};

/// Whether what was asked for happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened.
    Success,
    /// It was refused, or it was an attack.
    Failure,
}

/// How often an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One row for each.
    Each,
    /// One row a minute for those that differ in nothing but their time, with their number: anyone can cause them as
    /// often as they like.
    Folded,
}

/// Declares the events: each with its word, its outcome and its rows.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident => $word:literal, $outcome:ident, $rows:ident;)*) => {
        /// A kind of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[$doc])* $name,)*
        }

        impl Event {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in the log.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Its outcome.
            pub const fn outcome(self) -> Outcome {
                match self {
                    $(Self::$name => Outcome::$outcome,)*
                }
            }

            /// How often it is written.
            pub const fn rows(self) -> Rows {
                match self {
                    $(Self::$name => Rows::$rows,)*
                }
            }
        }
    };
}

events! {
    // Signing in and out.
    /// A user signed in on the login page.
    Login => "login", Success, Each;
    /// A user signed in through a first-party application.
    DirectLogin => "direct_login", Success, Each;
    /// A wrong username or password.
    LoginFailed => "login_failed", Failure, Folded;
    /// An attempt that was not looked at, after too many failures.
    LoginThrottled => "login_throttled", Failure, Folded;
    /// A user signed out in one browser.
    Logout => "logout", Success, Each;
    /// All sessions and all grants of a user were ended.
    EverythingEnded => "everything_ended", Success, Each;

    // Consents and grants.
    /// A user consented on the consent page.
    ConsentGiven => "consent_given", Success, Each;
    /// A user denied consent.
    ConsentDenied => "consent_denied", Failure, Each;
    /// A user withdrew their consents to a client.
    ConsentWithdrawn => "consent_withdrawn", Success, Each;
    /// All grants of a user to one client were ended.
    ClientGrantsEnded => "client_grants_ended", Success, Each;
    /// One grant of a user was ended.
    GrantEnded => "grant_ended", Success, Each;

    /// An authorization request was refused, pushed or in a browser.
    AuthorizationRefused => "authorization_refused", Failure, Folded;
    /// A form was refused that this server did not serve to this browser.
    FormRefused => "form_refused", Failure, Folded;

    // Codes and tokens.
    /// An authorization code was issued.
    CodeIssued => "code_issued", Success, Each;
    /// A grant issued its first tokens.
    TokensIssued => "tokens_issued", Success, Each;
    /// A refresh token was used.
    TokensRefreshed => "tokens_refreshed", Success, Each;
    /// A refresh token was used again within its grace, and got the same answer.
    RefreshRepeated => "refresh_repeated", Success, Folded;
    /// A token request of an authenticated or public client was refused.
    TokenRequestRefused => "token_request_refused", Failure, Folded;
    /// A client revoked a token, which ended its grant.
    TokenRevoked => "token_revoked", Success, Each;
    /// A client may not revoke the token that it presented.
    RevocationRefused => "revocation_refused", Failure, Folded;
    /// A client may not introspect, or not this token.
    IntrospectionRefused => "introspection_refused", Failure, Folded;
    /// A code was used twice: it is in two hands, and its grant has ended.
    CodeReplayed => "code_replayed", Failure, Each;
    /// A refresh token was used again too late: it is in two hands, and its grant has ended.
    RefreshTokenReused => "refresh_token_reused", Failure, Each;

    // Clients.
    /// A client did not prove who it is.
    ClientAuthenticationFailed => "client_authentication_failed", Failure, Folded;

    // Registration and administration.
    /// A request to the administration was refused.
    AdministrationRefused => "administration_refused", Failure, Folded;
    /// The audit log was read.
    AuditRead => "audit_read", Success, Folded;
    /// A user was registered.
    UserRegistered => "user_registered", Success, Each;
    /// A user's username, password or roles were changed; `detail` says which.
    UserChanged => "user_changed", Success, Each;
    /// A user was deleted.
    UserDeleted => "user_deleted", Success, Each;
    /// A user was disabled.
    UserDisabled => "user_disabled", Success, Each;
    /// A user was enabled.
    UserEnabled => "user_enabled", Success, Each;
    /// A client was registered, by itself or by an operator.
    ClientRegistered => "client_registered", Success, Folded;
    /// A client's registration was changed.
    ClientChanged => "client_changed", Success, Folded;
    /// A request to register, or to manage a registration, was refused.
    RegistrationRefused => "registration_refused", Failure, Folded;
    /// A client was deleted.
    ClientDeleted => "client_deleted", Success, Each;
    /// A client was disabled.
    ClientDisabled => "client_disabled", Success, Each;
    /// A client was enabled.
    ClientEnabled => "client_enabled", Success, Each;

    // Keys and secrets.
    /// A signing key was made: the first, or a successor.
    KeyCreated => "key_created", Success, Each;
    /// A signing key began to sign.
    KeyActivated => "key_activated", Success, Each;
    /// A signing key ceased to sign; it stays published.
    KeyRetired => "key_retired", Success, Each;
    /// A retired signing key is published no longer.
    KeyDeleted => "key_deleted", Success, Each;
    /// An administrator asked for a successor of a signing key, which will sign after it has been published.
    KeyRotated => "key_rotated", Success, Each;
    /// An administrator asked for a successor of a signing key that signs at once.
    KeyRotatedAtOnce => "key_rotated_at_once", Success, Each;
    /// A signing key that no accepted secret opens was replaced.
    KeyUnreadable => "key_unreadable", Failure, Each;
    /// A signing key was sealed again, under the current secret.
    KeyResealed => "key_resealed", Success, Each;
    /// An administrator withdrew a retired signing key.
    KeyDropped => "key_dropped", Success, Each;
    /// The server's secret was replaced.
    SecretRotated => "secret_rotated", Success, Each;
}

impl Event {
    /// Reads an event's word.
    pub fn parse(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|event| event.word() == word)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_word_stands_for_one_event() {
        let words: BTreeSet<&str> = Event::ALL.iter().map(|event| event.word()).collect();
        assert_eq!(words.len(), Event::ALL.len());
        for event in Event::ALL {
            assert_eq!(Event::parse(event.word()), Some(*event));
        }
        assert_eq!(Event::parse("planted"), None);
    }
}
