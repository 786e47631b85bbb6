//! Texts of the steps 1 to 4: from the one-time values to the code.

use oauth_client::code_flow::CheckName;

// Step 1.
pub(crate) const PREPARED: &str = "verifier, challenge, state and nonce are made.";
pub(crate) const NOTE_PREPARED: &str = "makes code_verifier, state and nonce";
pub(crate) const NO_RANDOMNESS: &str = "The browser gave no random bytes; reload the page.";
pub(crate) const HASHED: &str = "↓ SHA-256, then base64url without padding: S256";
pub(crate) const ABOUT_VERIFIER: &str = "A secret of this browser until the code is exchanged. Its hash goes ahead; from the hash no one finds the way back.";
pub(crate) const ABOUT_STATE: &str =
    "Comes back with the answer. An answer without it was not asked for by this browser.";
pub(crate) const ABOUT_NONCE: &str =
    "Comes back inside the ID token. A token from another sign-in does not have it.";

// Step 2.
pub(crate) const SCOPE_FIELD: &str = "Scope";
pub(crate) const SCOPES_KNOWN: &str = "The server knows:";
pub(crate) const REQUEST_BUILT: &str =
    "the URL is ready; what is needed to finish is kept in this tab.";
pub(crate) const CHANGE_STATE: &str = "Change the state";
pub(crate) const ABOUT_CHANGE_STATE: &str = "Sends another state than the one that this tab remembers, as if the answer belonged to someone else's sign-in. Step 4 must refuse it.";

/// What a parameter of the authorization request protects.
pub(crate) fn about_parameter(name: &str) -> &'static str {
    match name {
        "response_type" => {
            "Asks for a code. Tokens themselves never travel through the address bar."
        }
        "client_id" => "Who asks. It is public: it names, it does not prove.",
        "redirect_uri" => {
            "Where to send the answer. It must equal a registered one, byte for byte, or a code could be sent to a stranger."
        }
        "scope" => "What the application may do. The person sees it and may refuse.",
        "state" => {
            "Ties the answer to this browser: against answers slipped in from elsewhere (CSRF)."
        }
        "nonce" => "Ties the ID token to this request: against replayed tokens.",
        "code_challenge" => {
            "The verifier's hash: a stolen code is worth nothing without the verifier."
        }
        "code_challenge_method" => {
            "How the challenge was made. Ostiary accepts S256 and nothing weaker."
        }
        "resource" => "Which API the token is for: at any other it is refused.",
        _ => "An additional parameter.",
    }
}

// Step 3.
pub(crate) const ABOUT_SIGN_IN: &str = "The page that comes next belongs to";
pub(crate) const ABOUT_PASSWORD: &str =
    "The password is typed there and never passes through this application.";
pub(crate) const LEAVING: &str = "Leaving for the authorization server.";
pub(crate) const NO_REQUEST: &str = "There is no request yet: take step 2 first.";
pub(crate) const CAME_BACK: &str = "the browser came back with an answer.";
pub(crate) const MESSAGE_METADATA: &str = "Server metadata";
pub(crate) const MESSAGE_AUTHORIZE: &str = "Authorization";
pub(crate) const MESSAGE_REDIRECT: &str = "Redirect back";

// Step 4.
pub(crate) const UNASKED_ANSWER: &str =
    "An answer came that this tab did not ask for. It was not used. Take step 1 to begin.";
pub(crate) const ANSWER_FITS: &str = "every check holds; the code may be used.";
pub(crate) const NOTE_CHECKED: &str = "checks state and iss: they fit";
pub(crate) const NOTE_REFUSED: &str = "refuses the answer";
pub(crate) const BEGIN_AT_REQUEST: &str = "Begin again at step 2";
pub(crate) const MATCHES: &str = "holds";
pub(crate) const DOES_NOT_MATCH: &str = "refused";
pub(crate) const CAME: &str = "came:";
pub(crate) const EXPECTED: &str = "expected:";

/// What it would mean if a check failed.
pub(crate) const fn about_check(name: CheckName) -> &'static str {
    match name {
        CheckName::Readable => "A repeated parameter would leave it open which one counts.",
        CheckName::Age => "An answer to a request of long ago may come from an old link.",
        CheckName::Provider => "Another server than the one that was asked would get the code.",
        CheckName::State => {
            "Another state means that this browser did not ask for this answer: someone may be slipping in their own."
        }
        CheckName::ResponseIssuer => {
            "Another issuer means that a different server answered: a mix-up attack."
        }
        CheckName::NoError => "An error is an answer too: the server or the person said no.",
        CheckName::Code => "Without a code there is nothing to exchange.",
        CheckName::TokenForm => "Anything but a signed JWT is not an ID token.",
        CheckName::TokenIssuer => "Another issuer cannot say who signed in here.",
        CheckName::AuthorizedPartyPresent => {
            "With several audiences the token must say who it was made for."
        }
        CheckName::TokenAudience | CheckName::AuthorizedParty => {
            "A token made for another application must not sign anyone in here."
        }
        CheckName::Signature => {
            "A signature that fails means that the token was changed, or that another made it."
        }
        CheckName::Algorithm => {
            "An algorithm that the server did not announce was chosen by someone else."
        }
        CheckName::NotSymmetric => {
            "A public client shares no secret that a MAC could be made with."
        }
        CheckName::Expiry => "An expired token says nothing about now.",
        CheckName::IssuedAt => {
            "A token from the future, or from long ago, is not from this sign-in."
        }
        CheckName::Nonce => {
            "Another nonce means that the token belongs to another sign-in: a replay."
        }
        CheckName::AuthenticationTime => "The person signed in longer ago than was asked for.",
        CheckName::AccessTokenHash => "Another hash means that the access token was swapped.",
    }
}

/// What an error code of RFC 6749 or OpenID Connect means, and what to do next.
pub(crate) fn about_error(code: &str) -> &'static str {
    match code {
        "access_denied" => {
            "The person or the server said no. Nothing was issued. Begin again to ask anew."
        }
        "invalid_scope" => {
            "A scope is unknown, or not for this client. Change the scope in step 2."
        }
        "invalid_request" => "Something is missing, repeated or malformed in the request.",
        "unauthorized_client" => "This client may not ask in this way.",
        "invalid_target" => "The resource is not one that this server issues tokens for.",
        "login_required" => "No one is signed in, and no page was to be shown.",
        "consent_required" => "The person has not consented yet, and no page was to be shown.",
        "temporarily_unavailable" | "server_error" => {
            "The server cannot answer now. Try again in a moment."
        }
        "invalid_grant" => {
            "The code is wrong, used, expired, or was given to someone else; or the verifier does not fit the challenge."
        }
        "invalid_client" => "The server does not accept this client.",
        _ => "The server refused.",
    }
}
