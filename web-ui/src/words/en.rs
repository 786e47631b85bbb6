//! The texts in English.

use oauth_client::code_flow::CheckName;

// The frame of every page.
pub(crate) const BRAND: &str = "Ostiary";
pub(crate) const SKIP: &str = "Skip to the content";
pub(crate) const NAV: &str = "Main";
pub(crate) const NAV_OVERVIEW: &str = "Overview";
pub(crate) const NAV_FLOW: &str = "Walkthrough";
pub(crate) const NAV_OPERATOR: &str = "Operator";
pub(crate) const THEME: &str = "Theme";
pub(crate) const THEME_SYSTEM: &str = "System";
pub(crate) const THEME_LIGHT: &str = "Light";
pub(crate) const THEME_DARK: &str = "Dark";
pub(crate) const FOOT_WHAT: &str = "OAuth 2.1 and OpenID Connect in Rust, on Cloudflare Workers.";
pub(crate) const FOOT_TOKENS: &str = "Tokens live in this page's memory only.";

// The parties (RFC 6749 §1.1).
pub(crate) const PARTY_APP: &str = "Browser app";
pub(crate) const PARTY_AUTH: &str = "Authorization server";
pub(crate) const PARTY_API: &str = "Resource server";
pub(crate) const PARTY_CALLER: &str = "M2M caller";
pub(crate) const TO: &str = "to";

// Overview.
pub(crate) const TITLE_OVERVIEW: &str = "Ostiary: OAuth with every message in view";
pub(crate) const OVERVIEW_HEADING: &str = "An authorization server that you can watch at work";
pub(crate) const OVERVIEW_LEAD: &str = "Ostiary signs people in, issues tokens, and guards an API: OAuth 2.1 and OpenID Connect, written in Rust. \
    This application is one of its clients, and shows every message that it exchanges.";
pub(crate) const START: &str = "Start the walkthrough";
pub(crate) const TO_OPERATOR: &str = "See machines talk";
pub(crate) const MAP_HEADING: &str = "Who talks to whom";
pub(crate) const MAP_LEAD: &str = "Three origins, so that redirects, CORS and audiences behave as they will in production. The states are asked for every ten seconds.";
pub(crate) const ABOUT_APP: &str =
    "The client: these pages. It sends people to sign in and calls the API for them.";
pub(crate) const ABOUT_AUTH: &str =
    "Signs people in, asks for their consent, issues and signs tokens.";
pub(crate) const ABOUT_API: &str =
    "Holds the data. It lets in who brings a valid token with the right scope.";
pub(crate) const ABOUT_CALLER: &str =
    "The application's backend, acting for itself, with no person involved.";
pub(crate) const LINK_APP_AUTH: &str = "authorization code with PKCE";
pub(crate) const LINK_APP_API: &str = "calls with a person's token";
pub(crate) const LINK_CALLER_AUTH: &str = "client credentials, by a signed assertion";
pub(crate) const LINK_CALLER_API: &str = "calls with its own token";
pub(crate) const LINK_API_AUTH: &str = "fetches the public keys that tokens are checked with";
pub(crate) const HEALTH_ASKING: &str = "asking";
pub(crate) const HEALTH_OK: &str = "healthy";
pub(crate) const HEALTH_FAILING: &str = "failing";
pub(crate) const HEALTH_UNREACHABLE: &str = "no answer";
pub(crate) const HEALTH_GUARDED: &str = "needs a token";
pub(crate) const WHAT_HEADING: &str = "What to look at first";
pub(crate) const WHAT_FLOW_HEADING: &str = "A person signs in";
pub(crate) const WHAT_FLOW: &str = "Seven steps from a random verifier to an answer of the API. Open any message, change it, and see who refuses it and why.";
pub(crate) const WHAT_OPERATOR_HEADING: &str = "A machine calls";
pub(crate) const WHAT_OPERATOR: &str = "The backend gets a token with its own key, keeps it, and reads the list of students. Each hop has its time.";

// Not found.
pub(crate) const TITLE_NOT_FOUND: &str = "No such page · Ostiary";
pub(crate) const NOT_FOUND_HEADING: &str = "There is no such page";
pub(crate) const NOT_FOUND: &str = "The address may be misspelt, or the page has moved.";
pub(crate) const TO_OVERVIEW: &str = "Go to the overview";

// The wire.
pub(crate) const CONVERSATION: &str = "Conversation";
pub(crate) const NOTHING_SAID: &str = "Nothing has been said yet. Each message appears here as it is sent; press one to see what went over the wire.";
pub(crate) const REQUEST: &str = "Request";
pub(crate) const ANSWER: &str = "Answer";
pub(crate) const BODY: &str = "Body";
pub(crate) const SHOW_SECRETS: &str = "Reveal secrets";
pub(crate) const HIDE_SECRETS: &str = "Cover secrets";
pub(crate) const COPY_CURL: &str = "Copy as curl";
pub(crate) const COPIED: &str = "Copied, with secrets as they are shown here.";
pub(crate) const CORS_HEADERS: &str =
    "A browser shows a page only those headers of another origin that CORS exposes.";
pub(crate) const NAVIGATED: &str =
    "The browser itself carried this message: a page sees no status and no headers of it.";
pub(crate) const NAVIGATED_SHORT: &str = "carried by the browser";
pub(crate) const NO_ANSWER: &str = "No answer";
pub(crate) const DID_NOT_ANSWER: &str = "did not answer. Is it running? See the overview.";
pub(crate) const UNREACHABLE: &str = "the request could not be sent";
pub(crate) const BAD_CONFIG: &str = "The application's configuration could not be read";
pub(crate) const BAD_ISSUER: &str = "The configured issuer is not a usable URL";

// The walkthrough.
pub(crate) const TITLE_FLOW: &str = "Walkthrough · Ostiary";
pub(crate) const FLOW_HEADING: &str = "Sign in, step by step";
pub(crate) const FLOW_LEAD: &str =
    "The authorization code flow with PKCE against the running servers. Nothing here is simulated.";
pub(crate) const RUN_ALL: &str = "Run all";
pub(crate) const START_AGAIN: &str = "Start again";
pub(crate) const KEYS_BEFORE: &str = "Keys, while the focus is in a step or a message:";
pub(crate) const KEYS_BETWEEN: &str = "next step,";
pub(crate) const KEYS_AFTER: &str = "the one before";
pub(crate) const STEP: &str = "Step";
pub(crate) const STEP_LOWER: &str = "step";
pub(crate) const SHOW: &str = "Show";
pub(crate) const HIDE: &str = "Hide";
pub(crate) const STEP_PREPARE: &str = "Prepare the one-time values";
pub(crate) const STEP_REQUEST: &str = "Build the authorization request";
pub(crate) const STEP_SIGN_IN: &str = "The person signs in";
pub(crate) const STEP_ANSWER: &str = "The answer comes back";
pub(crate) const STEP_EXCHANGE: &str = "The code becomes tokens";
pub(crate) const STEP_TOKENS: &str = "The tokens, opened";
pub(crate) const STEP_CALL: &str = "The API, called";
pub(crate) const DO_PREPARE: &str = "Prepare";
pub(crate) const DO_REQUEST: &str = "Build the request";
pub(crate) const DO_SIGN_IN: &str = "Sign in at the authorization server";
pub(crate) const DO_ANSWER: &str = "Check the answer";
pub(crate) const DO_EXCHANGE: &str = "Exchange the code";
pub(crate) const DO_TOKENS: &str = "Open the tokens";
pub(crate) const DO_CALL: &str = "Call the API";
pub(crate) const WAITING: &str = "waiting";
pub(crate) const READY: &str = "ready";
pub(crate) const WORKING: &str = "working";
pub(crate) const DONE: &str = "done";
pub(crate) const REFUSED: &str = "refused";

/// What a step is about, by its place.
pub(crate) const fn about_step(index: usize) -> &'static str {
    match index {
        0 => {
            "Three random values tie everything that follows to this browser. They are drawn here and used once."
        }
        1 => {
            "The request is a URL. The browser carries it, so anyone may read or change it on the way: each parameter guards against something."
        }
        2 => {
            "The browser goes to the authorization server, on its own origin. Sign in and decide what this application may do."
        }
        3 => {
            "The browser is sent back with a code. Nothing of the answer is used before it is shown to belong to the request."
        }
        4 => {
            "The code travels once more, now beside the verifier. Only who made the challenge can have the verifier."
        }
        5 => {
            "Both tokens are signed JWTs. Their signatures are verified here, by the same Rust code that the servers run."
        }
        _ => {
            "The token opens what its scope allows, and nothing more. A changed token opens nothing."
        }
    }
}

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
pub(crate) const ABOUT_TWICE_REFUSED: &str = "A code that comes twice was seen by two: the server now ends the grant, so no refresh token of it works any more.";
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
        "preferred_username" => "The name that the person signs in with.",
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

// The operator's page.
pub(crate) const TITLE_OPERATOR: &str = "Operator · Ostiary";
pub(crate) const OPERATOR_HEADING: &str = "Machine to machine";
pub(crate) const OPERATOR_LEAD: &str = "The backend proves itself with a signed assertion, gets a token, and reads the students. The token never reaches this page.";
pub(crate) const RUN: &str = "Run";
pub(crate) const RUN_WORKING: &str = "working";
pub(crate) const RUN_FAILED: &str = "refused";
pub(crate) const RUN_DONE: &str = "done";
pub(crate) const RUN_UNREADABLE: &str = "The answer could not be read";
pub(crate) const CALLER_STATE: &str = "The caller now";
pub(crate) const CACHE: &str = "Token cache";
pub(crate) const SECONDS_LEFT: &str = "Token lives for";
pub(crate) const RENEWS_IN: &str = "Renewed in";
pub(crate) const BREAKER: &str = "Circuit breaker";
pub(crate) const RUNS: &str = "Runs";
pub(crate) const HITS: &str = "Cache hits";
pub(crate) const RETRIES: &str = "Retries";
pub(crate) const CACHE_EMPTY: &str = "empty";
pub(crate) const CACHE_FRESH: &str = "fresh";
pub(crate) const CACHE_AGEING: &str = "ageing";
pub(crate) const CACHE_RENEWING: &str = "renewing";
pub(crate) const BREAKER_CLOSED: &str = "closed";
pub(crate) const BREAKER_OPEN: &str = "open";
pub(crate) const BREAKER_HALF_OPEN: &str = "half open";
pub(crate) const NONE: &str = "–";
pub(crate) const HOPS: &str = "Hops";
pub(crate) const HOP_TOKEN: &str = "Token";
pub(crate) const HOP_STUDENTS: &str = "Students";
pub(crate) const CACHE_HIT: &str = "cache hit";
pub(crate) const CACHE_MISS: &str = "cache miss";
pub(crate) const RETRIED: &str = "retried";
pub(crate) const RESULT: &str = "Result";
pub(crate) const STUDENTS: &str = "Students, as the API listed them";
pub(crate) const COLUMN_ID: &str = "Id";
pub(crate) const COLUMN_NAME: &str = "Name";
pub(crate) const AS_JSON: &str = "As JSON";
pub(crate) const LAST_RUNS: &str = "Runs of this page";
pub(crate) const COLUMN_RUN: &str = "No.";
pub(crate) const COLUMN_OUTCOME: &str = "Outcome";
pub(crate) const COLUMN_TIME: &str = "Time";
pub(crate) const COLUMN_TOKEN: &str = "Token from";
pub(crate) const FROM_CACHE: &str = "the cache";
pub(crate) const FROM_SERVER: &str = "the token endpoint";
pub(crate) const NO_RUN: &str =
    "No run yet. Press Run: the first one fetches a token, the second one finds it in the cache.";
pub(crate) const OPERATOR_GUARDED: &str =
    "Runs need a token with the scope m2m:run here, so they are not offered without a sign-in.";
