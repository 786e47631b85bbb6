//! Requests and answers, as the oracle sees them.

use std::rc::Rc;

use super::Attempt;

/// A request, with what it proves.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request.
    pub act: Act,
    /// The value in it that counts once: the `jti` of its proof or of its client's assertion.
    pub once: Option<String>,
    /// The thumbprint of the key that its proof is made with.
    pub jkt: Option<String>,
    /// The attempt at a password that it makes.
    pub attempt: Option<Rc<Attempt>>,
    /// Who asks, where it is about another's token.
    pub asker: Option<&'static str>,
    /// The administrator who asks, if one does.
    pub by: Option<By>,
}

/// Who asks the administration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Their username.
    pub person: &'static str,
    /// The number of the session that they have signed in with.
    pub session: usize,
    /// Their access token.
    pub token: String,
}

impl From<Act> for Request {
    fn from(act: Act) -> Self {
        Self {
            act,
            once: None,
            jkt: None,
            attempt: None,
            asker: None,
            by: None,
        }
    }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A client pushes its request.
    Push,
    /// A code, for the user who is signed in with this session.
    Authorize {
        /// The number of the session.
        session: usize,
        /// The `request_uri`, if the client has pushed the request.
        pushed: Option<String>,
        /// What its tokens are for.
        resource: &'static str,
        /// Whether the person allows it on the consent page.
        by_hand: bool,
    },
    /// A code is redeemed.
    Redeem {
        /// The code.
        code: String,
    },
    /// A refresh token is used.
    Refresh {
        /// The token.
        token: String,
        /// The scope, if the request narrows it.
        scope: Option<&'static str>,
    },
    /// Someone asks whether a token is active.
    Probe {
        /// The token.
        token: String,
        /// Where.
        at: Place,
    },
    /// A token is revoked, and its grant with it.
    Revoke {
        /// The token.
        token: String,
    },
    /// A person signs in.
    SignIn {
        /// Their username.
        person: &'static str,
    },
    /// A person gives an application their password, for tokens.
    LogIn {
        /// Their username.
        person: &'static str,
    },
    /// A machine asks for a token for itself.
    AsItself,
    /// A person ends everything: sessions and grants.
    EndAll {
        /// Their username.
        person: &'static str,
    },
    /// A person ends what one client has.
    EndOf {
        /// Their username.
        person: &'static str,
    },
    /// A person ends one grant.
    EndOne {
        /// Their username.
        person: &'static str,
        /// The grant.
        grant: String,
    },
    /// An administrator disables a user or a client.
    Disable {
        /// The username or the client's id.
        who: &'static str,
    },
    /// An administrator enables them again.
    Enable {
        /// The username or the client's id.
        who: &'static str,
    },
    /// A person signs out, in one browser.
    SignOut {
        /// Their username.
        person: &'static str,
        /// The number of the session.
        session: usize,
    },
}

impl Act {
    /// Whoever has everything ended by it: all sessions and all grants. What a change of the registration has ended may
    /// be ended late, when they are enabled again.
    pub(super) const fn ends_all_of(&self) -> Option<&'static str> {
        match self {
            Self::EndAll { person } => Some(person),
            Self::Disable { who } | Self::Enable { who } => Some(who),
            _ => None,
        }
    }

    /// The person who asks for it themselves, with a password or a session.
    pub(super) const fn by_person(&self) -> Option<&'static str> {
        match self {
            Self::SignIn { person }
            | Self::LogIn { person }
            | Self::EndAll { person }
            | Self::EndOf { person }
            | Self::EndOne { person, .. }
            | Self::SignOut { person, .. } => Some(person),
            _ => None,
        }
    }
}

/// Where a token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The introspection endpoint.
    Introspection,
    /// The UserInfo endpoint.
    UserInfo,
    /// A resource server, which checks signed tokens itself.
    ResourceServer,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The client that the credential was issued to.
    Owner,
    /// The same client, with something that must be refused and may count as an attempt.
    Slip,
    /// Another client, or someone with a credential that we never made, or without what must come with it.
    Stranger,
}

/// What a token says, where its holder may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Whom it is about.
    pub sub: Option<String>,
    /// Whose it is.
    pub client_id: Option<String>,
    /// What it allows.
    pub scope: Option<String>,
    /// The key that it is bound to.
    pub jkt: Option<String>,
    /// What it is for.
    pub aud: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A code.
    Code(String),
    /// A pushed request's `request_uri`.
    RequestUri(String),
    /// A token response.
    Tokens(Tokens),
    /// The token is active.
    Active(About),
    /// It is not.
    Inactive,
    /// It is done.
    Done,
    /// A refusal, by the slug in the log. The oracle does not believe it.
    Refused(&'static str),
    /// 503: try again.
    Unavailable,
    /// Something that no caller should see.
    Broken(u16),
}

/// A token response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The response as it travelled.
    pub body: Vec<u8>,
    /// The scope, if it says so.
    pub scope: Option<String>,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// How long the access token lives.
    pub expires_in: i64,
}
