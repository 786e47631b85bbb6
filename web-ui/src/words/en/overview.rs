//! Texts of the overview.

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
pub(crate) const WHAT_FLOW: &str = "Eight steps from a random verifier to a revoked grant. Open any message, change it, and see who refuses it and why.";
pub(crate) const WHAT_OPERATOR_HEADING: &str = "A machine calls";
pub(crate) const WHAT_OPERATOR: &str = "The backend gets a token with its own key, keeps it, and reads the list of students. Each hop has its time.";
