//! Texts of the steps 5 to 7: the tokens, opened and used.

// Step 5.
pub(crate) const MESSAGE_TOKEN: &str = "Token";
pub(crate) const MESSAGE_TOKEN_AGAIN: &str = "Token, the code used twice";
pub(crate) const EXCHANGED: &str = "the verifier fits the challenge; the server gave tokens.";
pub(crate) const TOKENS_LOST: &str = "The tokens lived in this page's memory only, and went with the reload. The code was used and cannot be used again. \
    Begin again at step 2: where you are still signed in, no password is asked for.";
pub(crate) const WRONG_VERIFIER: &str = "Send a wrong verifier";
pub(crate) const ABOUT_WRONG_VERIFIER: &str = "As a thief of the code would have to. The server must refuse; the code stays good for you, so switch this off and try again.";
pub(crate) const USE_TWICE: &str = "Use the code twice";
pub(crate) const ABOUT_USE_TWICE: &str = "Sends the same request again right after. The server must refuse, and end the grant that came of the first.";
pub(crate) const TWICE_REFUSED: &str = "The second use was refused";
pub(crate) const ABOUT_TWICE_REFUSED: &str = "A code that comes twice was seen by two: the server now ends the grant, so no token of it works any more.";
pub(crate) const TWICE_ACCEPTED: &str =
    "The second use was accepted. That must not happen: report it.";
pub(crate) const CHARACTERS_IN_MEMORY: &str = "characters, in memory only";
pub(crate) const ABOUT_ACCESS_TOKEN: &str =
    "Opens the API. Whoever has it can use it, so it is short-lived and stored nowhere.";
pub(crate) const ABOUT_EXPIRES_IN: &str = "How long the access token lives.";
pub(crate) const ABOUT_ID_TOKEN: &str = "Says who signed in, to this application only.";
pub(crate) const ABOUT_REFRESH_TOKEN: &str =
    "Gets the next access token without the person. It changes at every use.";
pub(crate) const ABOUT_GRANTED_SCOPE: &str =
    "What was granted. It may be less than what was asked for.";

// Step 6.
pub(crate) const MESSAGE_KEYS: &str = "Public keys";
pub(crate) const NOTE_VERIFIED: &str = "verifies the signatures itself";
pub(crate) const OPENED: &str =
    "the signatures are the authorization server's, and the ID token is for this sign-in.";
pub(crate) const NO_KEYS: &str = "The server's public keys could not be read";
pub(crate) const NO_SUCH_KEY: &str = "refused: the server publishes no key of this name";
pub(crate) const NOT_A_JWT: &str = "refused: this is not a signed JWT";
pub(crate) const ID_TOKEN: &str = "ID token";
pub(crate) const ACCESS_TOKEN: &str = "Access token";
pub(crate) const ID_TOKEN_ACCEPTED: &str =
    "Signature valid, every step of OIDC Core §3.1.3.7 holds";
pub(crate) const ID_TOKEN_REFUSED: &str = "refused";
pub(crate) const SIGNATURE_VALID: &str = "Signature valid,";
pub(crate) const SIGNATURE_WRONG: &str = "refused: the signature is not the server's";
pub(crate) const ABOUT_ACCESS_TOKEN_OPENED: &str = "For the resource server. A client carries it and need not read it; it is opened here to show what the API will see.";
pub(crate) const HEADER: &str = "Header";
pub(crate) const CLAIMS: &str = "Claims";
pub(crate) const CHECKS_MADE: &str = "The checks, one by one";

/// What a claim or a header member says.
pub(crate) fn about_claim(name: &str) -> &'static str {
    match name {
        "active" => "Whether the token may be used at this moment.",
        "token_type" => "How the token is presented.",
        "alg" => "The signature's algorithm. The key decides whether it is right, never the token.",
        "kid" => "Which of the server's public keys verifies it.",
        "typ" => "What kind of token it is, so that one kind cannot pass for another.",
        "iss" => "Who issued it.",
        "sub" => "Whom it is about: an id that stays the same when names change.",
        "aud" => "Whom it is for. Anyone else must refuse it.",
        "exp" => "When it ends.",
        "iat" => "When it was issued.",
        "nbf" => "When it begins.",
        "auth_time" => "When the person signed in.",
        "nonce" => "The value of step 1, come full circle.",
        "at_hash" => "Half of the access token's hash: the two belong together.",
        "jti" => "The token's own id.",
        "client_id" | "azp" => "The application that it was issued to.",
        "scope" => "What it allows.",
        "name" => "The person's name.",
        "username" | "preferred_username" => "The name that the person signs in with.",
        "email" => "The person's address.",
        "email_verified" => "Whether the address was confirmed.",
        "sid" => "The session at the authorization server.",
        _ => "An additional claim.",
    }
}

// Step 7.
pub(crate) const MESSAGE_PROTECTED: &str = "With the token";
pub(crate) const MESSAGE_PROFILE: &str = "The person's profile";
pub(crate) const MESSAGE_SCOPE: &str = "Without the scope for it";
pub(crate) const MESSAGE_FORGED: &str = "With a changed signature";
pub(crate) const CALLS_AS_EXPECTED: &str =
    "the API answered where the token allows it, and refused where it does not.";
pub(crate) const CALLS_UNEXPECTED: &str =
    "An answer was not the expected one; open it in the conversation.";
pub(crate) const CALLS_AFTER_REPLAY: &str = "The API refused every call: using the code twice ended the grant, and the access token with it. Start again to go on.";
pub(crate) const BAD_SCOPE: &str = "The granted scope cannot be read.";
pub(crate) const ALLOWED: &str = "allowed";
pub(crate) const REFUSED_RIGHTLY: &str = "refused, rightly";
pub(crate) const UNEXPECTED: &str = "unexpected";

/// What a status of the resource server means (RFC 6750 §3.1).
pub(crate) const fn about_status(status: u16) -> &'static str {
    match status {
        200..=299 => "The signature, issuer, audience, time and scope are right.",
        401 => {
            "invalid_token: the signature is not the authorization server's. An expired token is answered alike."
        }
        403 => "insufficient_scope: the token is good, but does not reach this far.",
        503 => "The server cannot answer now.",
        _ => "Not what was expected.",
    }
}
