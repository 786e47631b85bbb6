//! The reasons why a request is not admitted.

pub(crate) mod response;

use oauth_core::Fault;
use oauth_core::dpop::DpopError;
use oauth_core::http::RETRY_AFTER_SECONDS;
use oauth_core::jose::{JwtError, TimeError, access_token::WrongParty};
use oauth_core::token_binding::BindingError;

use crate::step_up::StepUp;

/// The reason why a request is not admitted.
#[derive(Clone, Debug)]
pub enum Denied {
    /// There is no token: the client learns where to get one.
    NoCredentials,
    /// The request is malformed; the sentence is fixed.
    Malformed(&'static str),
    /// The token is not valid. The client learns no more; the log has the reason.
    InvalidToken(TokenProblem),
    /// The client did not prove that it has the key that its token is bound to (RFC 9449 §7.1).
    InvalidProof(ProofProblem),
    /// The token does not allow this.
    InsufficientScope {
        /// The scope that does.
        scope: &'static str,
    },
    /// The route is for users, and the token is a machine's.
    NotAUser,
    /// The user must sign in again, or better (RFC 9470 §3).
    InsufficientAuthentication(StepUp),
    /// The client has exceeded its rate limit.
    TooManyRequests {
        /// After this many seconds it may try again.
        seconds: i64,
    },
    /// The check failed: a fault of this server, not of the client.
    Unavailable {
        /// The failure.
        fault: Fault,
        /// After this many seconds the client may try again.
        seconds: i64,
    },
}

/// The error in the proof that goes with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofProblem {
    /// There is none.
    Missing,
    /// It is not a valid proof for this request.
    Dpop(DpopError),
    /// It is made with another key than the token is bound to.
    WrongKey,
    /// It was used before (RFC 9449 §11.1).
    Replayed,
}

impl ProofProblem {
    /// The word for the log.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Missing => "proof_missing",
            Self::Dpop(DpopError::TooLong) => "proof_too_long",
            Self::Dpop(DpopError::Malformed) => "proof_malformed",
            Self::Dpop(DpopError::Type) => "proof_type",
            Self::Dpop(DpopError::Algorithm) => "proof_algorithm",
            Self::Dpop(DpopError::Key) => "proof_key",
            Self::Dpop(DpopError::Signature) => "proof_signature",
            Self::Dpop(DpopError::Claims) => "proof_claims",
            Self::Dpop(DpopError::Method) => "proof_method",
            Self::Dpop(DpopError::Url) => "proof_url",
            Self::Dpop(DpopError::Time) => "proof_time",
            Self::Dpop(DpopError::AccessToken) => "proof_access_token",
            Self::WrongKey => "proof_wrong_key",
            Self::Replayed => "proof_replayed",
        }
    }
}

/// The error in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It is malformed, or its signature is not valid.
    Jwt(JwtError),
    /// No key of the issuer has its id.
    UnknownKey,
    /// It is another kind of token (RFC 9068 §4).
    WrongType,
    /// It is another issuer's.
    WrongIssuer,
    /// It is for another resource.
    WrongAudience,
    /// It is not valid now.
    Time(TimeError),
    /// The authorization server does not know it, or knows that it has ended (RFC 7662 §2.2).
    Inactive,
    /// There is a tombstone for it.
    Revoked,
    /// It is bound to a key and was sent as a bearer token (RFC 9449 §7.2).
    BoundSentAsBearer,
    /// It is not bound to a key, and was sent with a proof, or must be bound.
    NotBound,
    /// It is bound to another certificate than the client's, or the client has none (RFC 8705 §3).
    WrongCertificate,
    /// It is bound in a way that cannot be checked here.
    UnknownBinding,
}

impl TokenProblem {
    /// The word for the log.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Jwt(JwtError::TooLong) => "token_too_long",
            Self::Jwt(JwtError::Malformed) => "token_malformed",
            Self::Jwt(JwtError::UnsupportedAlgorithm) => "token_algorithm_unsupported",
            Self::Jwt(JwtError::CriticalExtension) => "token_critical_extension",
            Self::Jwt(JwtError::EmbeddedKey) => "token_embedded_key",
            Self::Jwt(JwtError::KeyId) => "token_key_id",
            Self::Jwt(JwtError::AlgorithmMismatch) => "token_algorithm_mismatch",
            Self::Jwt(JwtError::BadSignature) => "token_signature",
            Self::Jwt(JwtError::Claims) => "token_claims",
            Self::UnknownKey => "token_key_unknown",
            Self::WrongType => "token_type",
            Self::WrongIssuer => "token_issuer",
            Self::WrongAudience => "token_audience",
            Self::Time(TimeError::NoExpiry) => "token_without_expiry",
            Self::Time(TimeError::Expired) => "token_expired",
            Self::Time(TimeError::NotYetValid) => "token_not_yet_valid",
            Self::Time(TimeError::IssuedAhead) => "token_issued_ahead",
            Self::Inactive => "token_inactive",
            Self::Revoked => "token_revoked",
            Self::BoundSentAsBearer => "token_bound_sent_as_bearer",
            Self::NotBound => "token_not_bound",
            Self::WrongCertificate => "token_wrong_certificate",
            Self::UnknownBinding => "token_unknown_binding",
        }
    }
}

impl From<BindingError> for TokenProblem {
    fn from(error: BindingError) -> Self {
        match error {
            BindingError::NotBound => Self::NotBound,
            BindingError::Unknown => Self::UnknownBinding,
            BindingError::SentAsBearer => Self::BoundSentAsBearer,
        }
    }
}

impl From<WrongParty> for TokenProblem {
    fn from(wrong: WrongParty) -> Self {
        match wrong {
            WrongParty::Issuer => Self::WrongIssuer,
            WrongParty::Audience => Self::WrongAudience,
        }
    }
}

impl From<Fault> for Denied {
    fn from(fault: Fault) -> Self {
        Self::Unavailable {
            fault,
            seconds: RETRY_AFTER_SECONDS,
        }
    }
}

impl From<TokenProblem> for Denied {
    fn from(problem: TokenProblem) -> Self {
        Self::InvalidToken(problem)
    }
}

impl From<JwtError> for Denied {
    fn from(error: JwtError) -> Self {
        Self::InvalidToken(TokenProblem::Jwt(error))
    }
}

impl From<DpopError> for Denied {
    fn from(error: DpopError) -> Self {
        Self::InvalidProof(ProofProblem::Dpop(error))
    }
}

impl From<ProofProblem> for Denied {
    fn from(problem: ProofProblem) -> Self {
        Self::InvalidProof(problem)
    }
}
