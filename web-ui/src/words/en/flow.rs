//! Texts of the walkthrough's frame, and what each step is about.

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
pub(crate) const STEP_LIFECYCLE: &str = "Refreshed, introspected, revoked";
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
        6 => {
            "The token opens what its scope allows, and nothing more. A changed token opens nothing."
        }
        _ => {
            "Tokens are renewed, looked up and given back. Take the parts one by one, in any order; revocation comes last."
        }
    }
}
