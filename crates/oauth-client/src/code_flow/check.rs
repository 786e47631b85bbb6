//! A check as data: the expected and the received value, and the rule behind it.

/// Every check that the code flow makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckName {
    /// The callback's parameters can be read and none of them is repeated.
    Readable,
    /// The flow began recently.
    Age,
    /// The token endpoint belongs to the server that the browser was sent to.
    Provider,
    /// `state` is the one that this browser sent.
    State,
    /// `iss` names the server that the browser was sent to.
    ResponseIssuer,
    /// The server did not answer with an error.
    NoError,
    /// There is a code.
    Code,
    /// The ID token is a signed JWT in compact form.
    TokenForm,
    /// `iss` of the ID token is the provider.
    TokenIssuer,
    /// `aud` of the ID token is this client and no other party.
    TokenAudience,
    /// With several audiences, `azp` names the party that the token is for.
    AuthorizedPartyPresent,
    /// `azp`, where there is one, is this client.
    AuthorizedParty,
    /// The signature is the provider's.
    Signature,
    /// The algorithm is one that the provider announces.
    Algorithm,
    /// The algorithm is not a MAC: a public client has no secret for one.
    NotSymmetric,
    /// The token has not expired.
    Expiry,
    /// The token was issued recently, and not in the future.
    IssuedAt,
    /// `nonce` is the one that this browser sent.
    Nonce,
    /// The login is as recent as requested.
    AuthenticationTime,
    /// `at_hash` belongs to the access token that came with it.
    AccessTokenHash,
}

impl CheckName {
    /// A fixed word for the check.
    pub const fn slug(self) -> &'static str {
        self.describe().0
    }

    /// The rule behind the check. Those of OIDC Core §3.1.3.7 carry the step's number.
    pub const fn rule(self) -> &'static str {
        self.describe().1
    }

    const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Readable => ("readable", "RFC 6749 §3.1"),
            Self::Age => ("age", "RFC 9700 §4.5"),
            Self::Provider => ("provider", "RFC 9700 §4.4"),
            Self::State => ("state", "RFC 6749 §10.12"),
            Self::ResponseIssuer => ("iss", "RFC 9207 §2.4"),
            Self::NoError => ("error", "RFC 6749 §4.1.2.1"),
            Self::Code => ("code", "RFC 6749 §4.1.2"),
            Self::TokenForm => ("form", "OIDC Core §3.1.3.7 step 1"),
            Self::TokenIssuer => ("iss", "OIDC Core §3.1.3.7 step 2"),
            Self::TokenAudience => ("aud", "OIDC Core §3.1.3.7 step 3"),
            Self::AuthorizedPartyPresent => ("azp present", "OIDC Core §3.1.3.7 step 4"),
            Self::AuthorizedParty => ("azp", "OIDC Core §3.1.3.7 step 5"),
            Self::Signature => ("signature", "OIDC Core §3.1.3.7 step 6"),
            Self::Algorithm => ("alg", "OIDC Core §3.1.3.7 step 7"),
            Self::NotSymmetric => ("alg is asymmetric", "OIDC Core §3.1.3.7 step 8"),
            Self::Expiry => ("exp", "OIDC Core §3.1.3.7 step 9"),
            Self::IssuedAt => ("iat", "OIDC Core §3.1.3.7 step 10"),
            Self::Nonce => ("nonce", "OIDC Core §3.1.3.7 step 11"),
            Self::AuthenticationTime => ("auth_time", "OIDC Core §3.1.3.7 step 13"),
            Self::AccessTokenHash => ("at_hash", "OIDC Core §3.1.3.8"),
        }
    }
}

/// One check and its result. It contains nothing secret: a code is shown by its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which check this is.
    pub name: CheckName,
    /// The expected value.
    pub expected: String,
    /// The received value.
    pub received: String,
    /// Whether the check passed.
    pub passed: bool,
}

impl Check {
    pub(super) fn new(
        name: CheckName,
        expected: impl Into<String>,
        received: impl Into<String>,
        passed: bool,
    ) -> Self {
        Self {
            name,
            expected: expected.into(),
            received: received.into(),
            passed,
        }
    }
}

/// The text for an absent value.
pub(super) const ABSENT: &str = "(absent)";
