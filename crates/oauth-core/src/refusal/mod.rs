//! Every reason for which a request is refused, and the few codes that the RFCs have for them.
//!
//! A client gets the code and the fixed sentence; the log gets the slug. No sentence holds a
//! quote, a backslash or anything that the request brought (RFC 6749 §5.2).

mod error_code;

use from_json::FromJson;
use serde::Serialize;

pub use error_code::ErrorCode;

/// Declares the reasons: each with its code, its slug for the log, and its sentence for the client.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident => $code:ident, $slug:literal, $sentence:literal;)*) => {
        /// Why a request is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, FromJson)]
        #[serde(rename_all = "snake_case")]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code that the client gets.
            pub const fn code(self) -> ErrorCode {
                match self {
                    $(Self::$name => ErrorCode::$code,)*
                }
            }

            /// The word that the log gets.
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)*
                }
            }

            /// The sentence that the client gets.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)*
                }
            }
        }
    };
}

refusals! {
    // The form of a request.
    /// The body is not `application/x-www-form-urlencoded`.
    WrongContentType => InvalidRequest, "content_type_wrong", "The body must be application/x-www-form-urlencoded in UTF-8.";
    /// The body or query cannot be read as a form.
    MalformedForm => InvalidRequest, "form_malformed", "The parameters cannot be read: check their percent-encoding.";
    /// A parameter appears twice, or in the query and in the body (RFC 6749 §3.1, §3.2).
    RepeatedParameter => InvalidRequest, "parameter_repeated", "A parameter is repeated; each may appear only once.";
    /// A parameter that an endpoint of the administration does not have.
    ParameterUnknown => InvalidRequest, "parameter_unknown", "This endpoint has no parameter with such a name.";
    /// A token request carries parameters in its query.
    ParametersInQuery => InvalidRequest, "parameters_in_query", "Parameters of this request belong in the body, never in the URL.";
    /// The request is larger than we read.
    TooLarge => InvalidRequest, "request_too_large", "The request is too large.";

    // Authorization request.
    /// No `client_id`.
    ClientIdMissing => InvalidRequest, "client_id_missing", "The parameter client_id is missing.";
    /// No such client, or it is disabled.
    ClientUnknown => InvalidRequest, "client_unknown", "No client with this client_id is registered.";
    /// The document that the `client_id` names cannot be fetched, and is not known. Which hosts exist is nobody's business.
    ClientDocumentUnavailable => InvalidRequest, "client_document_unavailable", "The document at the client_id cannot be fetched: it must be JSON of 16 KB at most at a public https URL, answered with 200 within 5 seconds and without a redirect.";
    /// The document that the `client_id` names breaks a rule.
    ClientDocumentInvalid => InvalidRequest, "client_document_invalid", "The document at the client_id must name that URL as its client_id, have a client_name and redirect_uris of its own origin or of this device, and neither a secret nor a method that needs one.";
    /// No `redirect_uri` where one is needed.
    RedirectUriMissing => InvalidRequest, "redirect_uri_missing", "The parameter redirect_uri is missing.";
    /// A `redirect_uri` that is not registered.
    RedirectUriUnregistered => InvalidRequest, "redirect_uri_unregistered", "This redirect_uri does not exactly match one that is registered for the client.";
    /// The client may not use the authorization code grant.
    CodeGrantNotAllowed => UnauthorizedClient, "code_grant_not_allowed", "This client is not registered for the authorization code grant.";
    /// No `response_type`.
    ResponseTypeMissing => InvalidRequest, "response_type_missing", "The parameter response_type is missing.";
    /// A `response_type` other than `code`.
    ResponseTypeUnsupported => UnsupportedResponseType, "response_type_unsupported", "Only the response type code is supported.";
    /// A `response_mode` other than `query`.
    ResponseModeUnsupported => InvalidRequest, "response_mode_unsupported", "Only the response mode query is supported.";
    /// A request object (OIDC Core §6.1).
    RequestObject => RequestNotSupported, "request_object", "The parameter request is not supported.";
    /// A request by reference (OIDC Core §6.2).
    RequestByReference => RequestUriNotSupported, "request_by_reference", "Only a request_uri from the pushed authorization request endpoint is supported.";
    /// A `request_uri` that we did not issue, or that is long gone (RFC 9126 §4).
    RequestUriUnknown => InvalidRequestUri, "request_uri_unknown", "The request_uri is not valid.";
    /// A `request_uri` that another client was given.
    RequestUriOfAnotherClient => InvalidRequestUri, "request_uri_of_another_client", "The request_uri is not valid.";
    /// A `request_uri` past its lifetime.
    RequestUriExpired => InvalidRequestUri, "request_uri_expired", "The request_uri has expired.";
    /// A `request_uri` for which a code was issued before.
    RequestUriUsed => InvalidRequestUri, "request_uri_used", "The request_uri was used before.";
    /// A `request_uri` in a request that is being pushed (RFC 9126 §2.1).
    RequestUriPushed => InvalidRequest, "request_uri_pushed", "A pushed request must not contain a request_uri.";
    /// A request in the browser of a client that must push its requests (RFC 9126 §6).
    PushRequired => InvalidRequest, "push_required", "This client must push its authorization requests.";
    /// A scope with characters that no scope has.
    ScopeMalformed => InvalidScope, "scope_malformed", "The scope contains characters that a scope cannot have.";
    /// A scope that the client may not ask for.
    ScopeNotAllowed => InvalidScope, "scope_not_allowed", "The scope contains a value that this client may not ask for.";
    /// A resource that we do not issue for, or not to this client (RFC 8707 §2).
    ResourceNotAllowed => InvalidTarget, "resource_not_allowed", "Tokens for this resource cannot be issued to this client.";
    /// No `code_challenge` (RFC 7636 §4.4.1).
    ChallengeMissing => InvalidRequest, "code_challenge_missing", "PKCE is required: send a code_challenge with the method S256.";
    /// A `code_challenge_method` other than `S256`, or none.
    ChallengeMethodUnsupported => InvalidRequest, "code_challenge_method_unsupported", "The code_challenge_method must be S256.";
    /// A `code_challenge` that is no SHA-256 hash in base64url.
    ChallengeMalformed => InvalidRequest, "code_challenge_malformed", "The code_challenge must be 43 characters of base64url.";
    /// A `dpop_jkt` that is no thumbprint (RFC 9449 §10).
    ThumbprintMalformed => InvalidRequest, "dpop_jkt_malformed", "The dpop_jkt must be 43 characters of base64url.";
    /// A `dpop_jkt` beside a proof by another key (RFC 9449 §10.1).
    ThumbprintDiffers => InvalidDpopProof, "dpop_jkt_differs", "The dpop_jkt is not the thumbprint of the key of the DPoP proof.";
    /// A `prompt` that is unknown or contradicts itself.
    PromptInvalid => InvalidRequest, "prompt_invalid", "The prompt is unknown, or none is combined with another value.";
    /// A `max_age` that is no number of seconds.
    MaxAgeInvalid => InvalidRequest, "max_age_invalid", "The max_age must be a whole number of seconds, 0 or more.";
    /// A `nonce` longer than we return.
    NonceTooLong => InvalidRequest, "nonce_too_long", "The nonce is longer than 512 characters.";
    /// `prompt=none`, and no one is signed in.
    LoginNeeded => LoginRequired, "login_needed", "The user must sign in, but prompt=none does not allow a login page.";
    /// `prompt=none`, and a different user is signed in from the one that the hint names.
    #[serde(rename = "other_person_signed_in")]
    OtherUserSignedIn => LoginRequired, "other_person_signed_in", "A different user is signed in from the one that id_token_hint names.";
    /// An `id_token_hint` that this server did not issue.
    HintInvalid => InvalidRequest, "id_token_hint_invalid", "The id_token_hint is not an ID token of this issuer for this client.";
    /// `prompt=none`, and consent is missing.
    ConsentNeeded => ConsentRequired, "consent_needed", "The user must consent, but prompt=none does not allow a consent page.";
    /// The user denied the request.
    ConsentDenied => AccessDenied, "consent_denied", "The user denied the request.";

    // The forms of this server's pages.
    /// A form without its token, or with another browser's (a forged request).
    CsrfMismatch => InvalidRequest, "csrf_mismatch", "This form was not served to this browser, or its cookies were cleared.";
    /// Wrong username or password.
    WrongCredentials => AccessDenied, "credentials_wrong", "The username or the password is wrong.";
    /// Too many failed attempts.
    LoginThrottled => TemporarilyUnavailable, "login_throttled", "Too many failed attempts. Wait before the next one.";
    /// A decision other than allow or deny.
    DecisionUnknown => InvalidRequest, "decision_unknown", "The form carries no decision.";
    /// Consent without a session: it ended in the meantime.
    SessionEnded => LoginRequired, "session_ended", "The login session has ended.";

    /// A pushed request of a client that cannot authenticate, too long to be carried in a `request_uri`.
    TooLongToCarry => InvalidRequest, "too_long_to_carry", "The request is too long: the request_uri of a public client contains it, and a browser must carry that. About 10000 characters fit.";

    // Whoever asks too often.
    /// More requests than the rate limit allows.
    TooManyRequests => TemporarilyUnavailable, "too_many_requests", "Too many requests. Wait as long as Retry-After says.";

    // Client authentication.
    /// No way of authentication in the request.
    CredentialsMissing => InvalidClient, "client_credentials_missing", "The request does not authenticate the client.";
    /// Two ways of authentication at once (RFC 6749 §2.3).
    TwoMethods => InvalidRequest, "client_two_methods", "The client authenticates in more than one way.";
    /// An `Authorization` header that cannot be read.
    BasicMalformed => InvalidClient, "client_basic_malformed", "The Authorization header cannot be read as Basic credentials.";
    /// The id in the header and the one in the body differ.
    ClientIdsDiffer => InvalidRequest, "client_ids_differ", "The client_id in the body is not the one that authenticates.";
    /// No such client.
    ClientUnauthenticated => InvalidClient, "client_unknown_at_token", "Client authentication failed.";
    /// The wrong secret.
    ClientSecretWrong => InvalidClient, "client_secret_wrong", "Client authentication failed.";
    /// A method that is not registered for the client.
    MethodNotRegistered => InvalidClient, "client_method_not_registered", "Client authentication failed.";
    /// The `client_assertion_type` is unknown, or one of the two parameters is missing.
    AssertionTypeUnknown => InvalidClient, "assertion_type_unknown", "Client authentication failed.";
    /// The assertion cannot be read, or its header is not acceptable.
    AssertionMalformed => InvalidClient, "assertion_malformed", "Client authentication failed.";
    /// No key of the client verifies the assertion.
    AssertionSignature => InvalidClient, "assertion_signature", "Client authentication failed.";
    /// `iss` and `sub` are not both the client's id.
    AssertionSubject => InvalidClient, "assertion_subject", "Client authentication failed.";
    /// The audience is not us.
    AssertionAudience => InvalidClient, "assertion_audience", "Client authentication failed.";
    /// Expired, not yet valid, or valid for longer than the client's policy allows.
    AssertionTime => InvalidClient, "assertion_time", "Client authentication failed.";
    /// No `jti`, or one that was used before.
    AssertionReplayed => InvalidClient, "assertion_replayed", "Client authentication failed.";

    // Token requests.
    /// No `grant_type`.
    GrantTypeMissing => InvalidRequest, "grant_type_missing", "The parameter grant_type is missing.";
    /// A grant that is not supported.
    GrantTypeUnsupported => UnsupportedGrantType, "grant_type_unsupported", "This grant_type is not supported.";
    /// A grant that the client is not registered for.
    GrantTypeNotAllowed => UnauthorizedClient, "grant_type_not_allowed", "This client is not registered for this grant_type.";
    /// No `code`.
    CodeMissing => InvalidRequest, "code_missing", "The parameter code is missing.";
    /// A code that we did not issue, or that is long gone.
    CodeUnknown => InvalidGrant, "code_unknown", "The code is not valid.";
    /// A code that was issued to another client.
    CodeOfAnotherClient => InvalidGrant, "code_of_another_client", "The code is not valid.";
    /// A code that was redeemed before; its grant has ended.
    CodeReplayed => InvalidGrant, "code_replayed", "The code was used before. Everything issued from it has been revoked.";
    /// A public client's code that was redeemed before, without the verifier: nothing has ended.
    CodeUsed => InvalidGrant, "code_used", "The code was used before.";
    /// A code whose grant has ended.
    #[serde(rename = "code_dead")]
    CodeEnded => InvalidGrant, "code_dead", "The code is no longer valid.";
    /// A code past its lifetime.
    CodeExpired => InvalidGrant, "code_expired", "The code has expired.";
    /// The `redirect_uri` is not the one of the authorization request.
    RedirectUriDiffers => InvalidGrant, "redirect_uri_differs", "The redirect_uri is not the one of the authorization request.";
    /// A code that is bound to another key than that of the proof, or no proof (RFC 9449 §10).
    CodeOfAnotherKey => InvalidGrant, "code_of_another_key", "The authorization request named a dpop_jkt: a DPoP proof by that key is needed.";
    /// No `code_verifier` for a code with a challenge.
    VerifierMissing => InvalidGrant, "code_verifier_missing", "The code_verifier is missing.";
    /// A `code_verifier` that does not meet the challenge.
    VerifierWrong => InvalidGrant, "code_verifier_wrong", "The code_verifier does not match the code_challenge.";
    /// A `code_verifier` for a code without a challenge (RFC 9700 §4.8.2).
    VerifierWithoutChallenge => InvalidGrant, "code_verifier_unexpected", "A code_verifier was sent, but the authorization request had no code_challenge.";
    /// A grant with this id exists: a harmless fault on our side.
    GrantExists => TemporarilyUnavailable, "grant_exists", "Try again.";
    /// No `refresh_token`.
    RefreshTokenMissing => InvalidRequest, "refresh_token_missing", "The parameter refresh_token is missing.";
    /// A refresh token that we did not issue, or that is long gone.
    RefreshTokenUnknown => InvalidGrant, "refresh_token_unknown", "The refresh token is not valid.";
    /// A refresh token that was issued to another client.
    RefreshTokenOfAnotherClient => InvalidGrant, "refresh_token_of_another_client", "The refresh token is not valid.";
    /// A refresh token that is bound to another key than that of the proof, or no proof (RFC 9449 §5).
    RefreshTokenOfAnotherKey => InvalidGrant, "refresh_token_of_another_key", "The refresh token is bound to a key: a DPoP proof by that key is needed.";
    /// A refresh token whose grant has ended.
    #[serde(rename = "refresh_token_dead")]
    RefreshTokenEnded => InvalidGrant, "refresh_token_dead", "The refresh token is no longer valid.";
    /// A refresh token past its lifetime.
    RefreshTokenExpired => InvalidGrant, "refresh_token_expired", "The refresh token has expired.";
    /// A refresh token that was used before; its family has ended.
    RefreshTokenReused => InvalidGrant, "refresh_token_reused", "The refresh token was used before. Everything issued from it has been revoked.";
    /// More refreshes within the grace than the grant can store answers for; the token stays good.
    RefreshedTooOften => TemporarilyUnavailable, "refreshed_too_often", "This grant is refreshed too often. Wait and send the same request again.";
    /// A token to be revoked or looked at that was issued to another client (RFC 7009 §2.1).
    TokenOfAnotherClient => InvalidGrant, "token_of_another_client", "The token was not issued to this client.";
    /// No `token` (RFC 7009 §2.1, RFC 7662 §2.1).
    TokenParameterMissing => InvalidRequest, "token_parameter_missing", "The parameter token is missing.";
    /// A public client introspects a token (RFC 7662 §2.1).
    IntrospectionNotAllowed => InvalidClient, "introspection_not_allowed", "Client authentication failed.";
    /// The user who granted it was disabled; the grant has ended.
    UserDisabled => InvalidGrant, "user_disabled", "The refresh token is no longer valid.";
    /// A refresh asks for more than was granted (RFC 6749 §6).
    ScopeWidened => InvalidScope, "scope_widened", "The scope goes beyond what was granted.";

    // Proofs of possession.
    /// No proof from a client that must send one (RFC 9449 §5.2), or beside a token that is bound to a key.
    ProofMissing => InvalidDpopProof, "dpop_proof_missing", "A DPoP proof is needed, in one DPoP header.";
    /// No proof at all: not a JWT of that type, or without its key or its claims.
    ProofMalformed => InvalidDpopProof, "dpop_proof_malformed", "The DPoP proof must be one JWT of type dpop+jwt with a public jwk for its alg, jti, htm, htu and iat.";
    /// A proof that its key did not sign.
    ProofSignature => InvalidDpopProof, "dpop_proof_signature", "The DPoP proof is not signed with its jwk.";
    /// A proof for another method, URL or access token.
    ProofElsewhere => InvalidDpopProof, "dpop_proof_elsewhere", "The DPoP proof is for another request: check htm, htu and, with an access token, ath.";
    /// A proof that is too old, or from the future.
    ProofTime => InvalidDpopProof, "dpop_proof_time", "The iat of the DPoP proof is more than 5 minutes off.";
    /// A proof that was used before (RFC 9449 §11.1).
    ProofReplayed => InvalidDpopProof, "dpop_proof_replayed", "The DPoP proof was used before: each request needs a new one.";

    // Access tokens at our own endpoints.
    /// No token.
    TokenMissing => InvalidToken, "token_missing", "An access token is needed.";
    /// A request whose token cannot be read, or that carries it twice.
    TokenMalformed => InvalidRequest, "token_malformed", "The access token belongs in the Authorization header, once.";
    /// Not a valid access token of this server.
    TokenInvalid => InvalidToken, "token_invalid", "The access token is not valid.";
    /// An access token past its lifetime.
    TokenExpired => InvalidToken, "token_expired", "The access token has expired.";
    /// An access token whose grant has ended.
    TokenRevoked => InvalidToken, "token_revoked", "The access token is no longer valid.";
    /// An access token that is bound to a key, from someone who does not prove to have it (RFC 9449 §7.2).
    TokenBound => InvalidToken, "token_bound", "The access token is bound to a key: send it as DPoP, with a proof by that key.";
    /// An access token as DPoP that is not bound to the key of the proof.
    TokenOfAnotherKey => InvalidToken, "token_of_another_key", "The access token is not bound to the key of the DPoP proof.";
    /// An access token without the scope `openid`.
    OpenidScopeMissing => InsufficientScope, "openid_scope_missing", "The scope openid is needed.";

    // What a client says about itself.
    /// Not one JSON object whose members have their types (RFC 7591 §2), or a key that is none or not public.
    MetadataMalformed => InvalidClientMetadata, "metadata_malformed", "The metadata must be one JSON object in which each member appears once and has the type of RFC 7591, and jwks holds public keys only.";
    /// No redirect URI that may be registered.
    RedirectUrisUnacceptable => InvalidRedirectUri, "redirect_uris_unacceptable", "At least one of redirect_uris must be https, http on localhost, 127.0.0.1 or [::1], or of a private-use scheme, without fragment, user information, wildcard or dot segments.";
    /// No method of authentication that is supported.
    AuthMethodUnsupported => InvalidClientMetadata, "auth_method_unsupported", "This server does not support the token_endpoint_auth_method: its metadata lists those that it does.";
    /// `private_key_jwt` without keys, or with both kinds, or a `jwks_uri` that is not public.
    ClientKeysMissing => InvalidClientMetadata, "client_keys_missing", "Either jwks or jwks_uri, a URL with https and a public host, must hold the keys for private_key_jwt; not both.";
    /// No grant or response type that is supported.
    GrantTypesUnsupported => InvalidClientMetadata, "grant_types_unsupported", "grant_types must name authorization_code, and response_types code.";
    /// A change that names another id or secret than the registration has (RFC 7592 §2.2).
    RegistrationIdentity => InvalidClientMetadata, "registration_identity", "client_id and client_secret must be those of the registration, or be left out.";
    /// Clients may not register themselves here.
    RegistrationOff => AccessDenied, "registration_off", "Clients cannot register themselves at this server: its operator registers them.";
    /// The registration was disabled by an administrator.
    RegistrationDisabled => AccessDenied, "registration_disabled", "An administrator has disabled this client.";
    /// A software statement that is no JWT.
    SoftwareStatementMalformed => InvalidSoftwareStatement, "software_statement_malformed", "The software_statement is not a JWT.";
    /// A software statement: this server trusts nobody who issues them.
    SoftwareStatementUnapproved => UnapprovedSoftwareStatement, "software_statement_unapproved", "This server approves no software statements: register without one.";

    // Requests in JSON: direct login, and our own administration.
    /// The body is not `application/json`.
    NotJson => InvalidRequest, "content_type_not_json", "The body must be application/json in UTF-8.";
    /// The body cannot be read as the object that is wanted.
    JsonMalformed => InvalidRequest, "json_malformed", "The body must be one JSON object in which each member appears once and is a string.";
    /// A member is missing, or could never have been issued.
    MemberInvalid => InvalidRequest, "member_invalid", "A required member or parameter is missing or malformed.";
    /// Direct login is switched off.
    DirectLoginOff => AccessDenied, "direct_login_off", "Direct login is switched off on this server; use the authorization endpoint.";
    /// A direct login with a wrong username or password.
    PasswordWrong => InvalidGrant, "password_wrong", "The username or the password is wrong.";
    /// The user was signed out everywhere, or the client's grants were ended, while one more was being made.
    EndedMeanwhile => InvalidGrant, "ended_meanwhile", "The user was just signed out. Sign in again.";
    /// A token of this server, but not for its administration.
    TokenForAnotherResource => InvalidToken, "token_for_another_resource", "The access token is for another resource: ask for one whose resource is this server.";
    /// A token without the scope `admin`, or of a user who is no longer an administrator.
    AdminScopeMissing => InsufficientScope, "admin_scope_missing", "The scope admin is needed.";
    /// The sign-in behind the token is too old for a change (RFC 9470 §3).
    SignInTooOld => InsufficientUserAuthentication, "sign_in_too_old", "This change needs a recent sign-in: ask for a new access token with max_age.";
    /// An administrator who would disable themself.
    OwnAccount => Conflict, "own_account", "An administrator cannot disable their own account; another administrator can.";
    /// The last administrator who can sign in.
    LastAdministrator => Conflict, "last_administrator", "This is the last administrator who can sign in: give another user the role first.";
    /// The client that the administrator's token was issued to.
    OwnClient => Conflict, "own_client", "The access token was issued to this client: disable it with a token of another client.";
    /// No such user.
    #[serde(rename = "person_unknown")]
    UserUnknown => NotFound, "person_unknown", "No user with this user_id is registered.";
    /// No such client.
    RegistrationUnknown => NotFound, "registration_unknown", "No client with this client_id is registered.";
    /// No such grant, or it has ended.
    GrantUnknown => NotFound, "grant_unknown", "This user has no such grant.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_reasons_share_a_slug() {
        let slugs: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.slug()).collect();
        assert_eq!(slugs.len(), Refusal::ALL.len());
    }

    #[test]
    fn descriptions_have_only_the_characters_of_rfc_6749() {
        for refusal in Refusal::ALL {
            let sentence = refusal.description();
            assert!(!sentence.is_empty());
            let legal = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(sentence.bytes().all(legal), "{sentence}");
        }
    }

    #[test]
    fn a_client_cannot_tell_why_its_authentication_failed() {
        let descriptions: BTreeSet<_> = [
            Refusal::ClientUnauthenticated,
            Refusal::ClientSecretWrong,
            Refusal::MethodNotRegistered,
            Refusal::AssertionSignature,
        ]
        .map(|refusal| (refusal.code().as_str(), refusal.description()))
        .into();
        assert_eq!(descriptions.len(), 1);
    }

    #[test]
    fn a_reason_that_was_renamed_is_written_as_before() {
        for (refusal, written) in [
            (Refusal::CodeEnded, "code_dead"),
            (Refusal::RefreshTokenEnded, "refresh_token_dead"),
            (Refusal::UserUnknown, "person_unknown"),
            (Refusal::OtherUserSignedIn, "other_person_signed_in"),
        ] {
            let json = serde_json::to_value(refusal).unwrap();
            assert_eq!(json, written);
            assert_eq!(serde_json::from_value::<Refusal>(json).unwrap(), refusal);
        }
    }
}
