//! English, which says which texts there are. One file, however long, so that a translator has one file to write.

use oauth_client::TokenRefused;
use oauth_client::code_flow::{CheckName, IdTokenRefused, MetadataRefused, RevocationRefused};
use oauth_core::{Fault, date};
use wire::{Breaker, HopName, TokenCacheState, Trouble};

use super::{RunFigures, StepText};

oauth_core::texts! {
    /// The texts of one language, page by page.
    pub(crate) Text, EN {
        /// The language's tag (BCP 47).
        tag = "en",
        /// How the language writes a moment.
        dates: date::Words = date::ENGLISH,
        frame: FrameText = FRAME,
        overview: OverviewText = OVERVIEW,
        flow: FlowText = FLOW,
        authorization: AuthorizationText = AUTHORIZATION,
        tokens: TokensText = TOKENS,
        lifecycle: LifecycleText = LIFECYCLE,
        operator: OperatorText = OPERATOR,
        wire: WireText = WIRE,
    }
}

oauth_core::texts! {
    /// The frame around every page, and the page that does not exist.
    pub(crate) FrameText, FRAME {
        brand = "Ostiary",
        skip = "Skip to the content",
        nav = "Main",
        nav_overview = "Overview",
        nav_flow = "Walkthrough",
        nav_operator = "Operator",
        theme = "Theme",
        theme_system = "System",
        theme_light = "Light",
        theme_dark = "Dark",
        foot_what = "OAuth 2.1 and OpenID Connect in Rust, on Cloudflare Workers.",
        foot_tokens = "Tokens live in this page's memory only.",
        party_app = "Browser app",
        party_auth = "Authorization server",
        party_api = "Resource server",
        party_caller = "M2M caller",
        to = "to",
        title_not_found = "No such page · Ostiary",
        not_found_heading = "There is no such page",
        not_found = "The address may be misspelt, or the page has moved.",
        to_overview = "Go to the overview",
    }
}

oauth_core::texts! {
    /// The overview.
    pub(crate) OverviewText, OVERVIEW {
        title_overview = "Ostiary: OAuth with every message in view",
        overview_heading = "An authorization server that you can watch at work",
        overview_lead = "Ostiary signs people in, issues tokens, and guards an API: OAuth 2.1 and OpenID Connect, written in Rust. \
    This application is one of its clients, and shows every message that it exchanges.",
        start = "Start the walkthrough",
        to_operator = "Watch a machine-to-machine call",
        map_heading = "Who talks to whom",
        map_lead = "Three origins, so that redirects, CORS and audiences behave as they will in production. Their status is refreshed every ten seconds.",
        about_app = "The client: these pages. It sends people to sign in and calls the API for them.",
        about_auth = "Signs people in, asks for their consent, issues and signs tokens.",
        about_api = "Holds the data. It admits requests that carry a valid token with the right scope.",
        about_caller = "The application's backend, acting for itself, with no person involved.",
        link_app_auth = "authorization code with PKCE",
        link_app_api = "calls with a person's token",
        link_caller_auth = "client credentials, by a signed assertion",
        link_caller_api = "calls with its own token",
        link_api_auth = "fetches the public keys that tokens are checked with",
        health_asking = "checking",
        health_ok = "healthy",
        health_failing = "failing",
        health_unreachable = "no answer",
        health_guarded = "needs a token",
        what_heading = "What to look at first",
        what_flow_heading = "A person signs in",
        what_flow = "Eight steps from a random verifier to a revoked grant. Open any message, change it, and see who refuses it and why.",
        what_operator_heading = "A machine calls",
        what_operator = "The backend gets a token with its own key, caches it, and reads the list of students. Every hop is timed.",
    }
}

oauth_core::texts! {
    /// The frame of the walkthrough.
    pub(crate) FlowText, FLOW {
        prepare: StepText = StepText {
            title: "Prepare the one-time values",
            about: "Three random values tie everything that follows to this browser. They are generated here and used once.",
            action: "Prepare",
        },
        request: StepText = StepText {
            title: "Build the authorization request",
            about: "The request is a URL. The browser carries it, so anyone may read or change it on the way: each parameter guards against something.",
            action: "Build the request",
        },
        sign_in: StepText = StepText {
            title: "The person signs in",
            about: "The browser goes to the authorization server, on its own origin. Sign in and decide what this application may do.",
            action: "Sign in at the authorization server",
        },
        answer: StepText = StepText {
            title: "The answer comes back",
            about: "The browser is sent back with a code. Nothing of the answer is used before it is shown to belong to the request.",
            action: "Check the answer",
        },
        exchange: StepText = StepText {
            title: "The code becomes tokens",
            about: "The code travels once more, now with the verifier. Only the client that made the challenge knows the verifier.",
            action: "Exchange the code",
        },
        tokens: StepText = StepText {
            title: "Inspect the tokens",
            about: "Both tokens are signed JWTs. Their signatures are verified here, by the same Rust code that the servers run.",
            action: "Open the tokens",
        },
        call: StepText = StepText {
            title: "Call the API",
            about: "The token opens what its scope allows, and nothing more. A changed token opens nothing.",
            action: "Call the API",
        },
        lifecycle: StepText = StepText {
            title: "Refreshed, introspected, revoked",
            about: "Tokens are renewed, looked up and revoked. Take the parts one by one, in any order; revocation comes last.",
            action: "Refresh the tokens",
        },
        title_flow = "Walkthrough · Ostiary",
        flow_heading = "Sign in, step by step",
        flow_lead = "The authorization code flow with PKCE against the running servers. Nothing here is simulated.",
        run_all = "Run all",
        start_again = "Start again",
        /// The keys' places are `{next}` and `{previous}`.
        keys = "Shortcuts, while the focus is in a step or a message: {next} next step, {previous} previous step",
        step: fn(usize, &str) -> String = |number, name| format!("Step {number}: {name}"),
        step_done: fn(&str, &str) -> String = |step, outcome| format!("{step}: done. {outcome}"),
        step_refused: fn(&str, &str) -> String = |step, reason| format!("{step}: refused. {reason}"),
        hide_step: fn(usize) -> String = |number| format!("Hide step {number}"),
        show_step: fn(usize) -> String = |number| format!("Show step {number}"),
        show = "Show",
        hide = "Hide",
        waiting = "waiting",
        ready = "ready",
        working = "working",
        done = "done",
        refused = "refused",
    }
}

oauth_core::texts! {
    /// Steps 1 to 4: from the one-time values to the code.
    pub(crate) AuthorizationText, AUTHORIZATION {
        prepared = "verifier, challenge, state and nonce have been created.",
        note_prepared = "makes code_verifier, state and nonce",
        no_randomness = "The browser could not generate random values. Reload the page.",
        hashed = "↓ SHA-256, then base64url without padding: S256",
        about_verifier = "A secret of this browser until the code is exchanged. Only its hash is sent ahead, and a hash cannot be reversed.",
        about_state = "Comes back with the answer. An answer without it was not asked for by this browser.",
        about_nonce = "Comes back inside the ID token. A token from another sign-in does not have it.",
        scope_field = "Scope",
        scopes_known: fn(&str) -> String = |scopes| format!("The server knows: {scopes}"),
        request_built = "the URL is ready; what is needed to finish is kept in this tab.",
        change_state = "Change the state",
        about_change_state = "Sends a different state from the one that this tab remembers, as if the answer belonged to someone else's sign-in. Step 4 must refuse it.",
        /// The protection that a parameter of the authorization request gives.
        about_parameter: fn(&str) -> &'static str = about_parameter,
        /// The issuer's place is `{issuer}`.
        about_sign_in = "The page that comes next belongs to {issuer}",
        about_password = "The password is typed there and never passes through this application.",
        leaving = "Leaving for the authorization server.",
        no_request = "There is no request yet: take step 2 first.",
        came_back = "the browser came back with an answer.",
        message_metadata = "Server metadata",
        message_authorize = "Authorization",
        message_redirect = "Redirect back",
        unasked_answer = "This tab received an answer that it did not ask for, and did not use it. Start again with step 1.",
        answer_fits = "every check passed; the code can be used.",
        note_checked = "checks state and iss: both match",
        note_refused = "refuses the answer",
        begin_at_request = "Begin again at step 2",
        matches = "passed",
        does_not_match = "refused",
        /// The received value and the expected one.
        received_instead: fn(&str, &str) -> String = |received, expected| format!("received: {received}; expected: {expected}"),
        /// A failed check, as the reason of a refusal.
        check_failed: fn(CheckName) -> String = |name| format!("{} ({})", about_check(name), name.rule()),
        /// A check with the rule that it comes from.
        check_with_rule: fn(CheckName) -> String = |name| format!("{} {}", about_check(name), name.rule()),
        /// An error code of the authorization server, and its `error_description`.
        server_refused: fn(&str, Option<&str>) -> String = |error, description| {
            let about = about_error(error);
            description.map_or_else(
                || format!("{error}: {about}"),
                |description| format!("{error}: {about} “{description}”"),
            )
        },
        metadata_refused: fn(&MetadataRefused) -> String = ToString::to_string,
    }
}

oauth_core::texts! {
    /// Steps 5 to 7: the tokens, opened and used.
    pub(crate) TokensText, TOKENS {
        message_token = "Token",
        message_token_again = "Token, the code used twice",
        exchanged = "the verifier matches the challenge; the server issued tokens.",
        tokens_lost = "The tokens lived in this page's memory only, and went with the reload. The code was used and cannot be used again. \
    Begin again at step 2: where you are still signed in, no password is asked for.",
        wrong_verifier = "Send a wrong verifier",
        about_wrong_verifier = "As a thief of the code would have to. The server must refuse; the code stays good for you, so switch this off and try again.",
        use_twice = "Use the code twice",
        about_use_twice = "Sends the same request again right after. The server must refuse, and end the grant from the first.",
        token_refused: fn(&TokenRefused) -> String = ToString::to_string,
        exchange_refused: fn(&TokenRefused) -> String = |refused| {
            format!("{} {}", sentence(refused), about_error(refused.slug()))
        },
        twice_refused: fn(&TokenRefused) -> String = |refused| {
            format!(
                "The second use was refused: {} A code that is used twice has leaked: the server now ends the grant, so none of its tokens works any more.",
                sentence(refused),
            )
        },
        twice_accepted = "The second use was accepted. That must not happen: report it.",
        characters_in_memory: fn(usize) -> String = |count| format!("{count} characters, in memory only"),
        about_access_token = "Opens the API. Whoever has it can use it, so it is short-lived and stored nowhere.",
        about_expires_in = "How long the access token lives.",
        about_id_token = "Says who signed in, to this application only.",
        about_refresh_token = "Gets the next access token without the person. It changes at every use.",
        about_granted_scope = "What was granted. It may be less than what was asked for.",
        message_keys = "Public keys",
        note_verified = "verifies the signatures itself",
        opened = "the signatures are the authorization server's, and the ID token is for this sign-in.",
        no_keys = "The server's public keys could not be read",
        no_such_key = "refused: the server publishes no key with this id",
        not_a_jwt = "refused: this is not a signed JWT",
        id_token = "ID token",
        access_token = "Access token",
        id_token_accepted = "Signature valid, every step of OIDC Core §3.1.3.7 passed",
        id_token_refused: fn(&IdTokenRefused) -> String = |refused| format!("refused: {refused}"),
        /// A signature could not be checked.
        not_checked: fn(&Fault) -> String = ToString::to_string,
        signature_valid: fn(&str) -> String = |algorithm| format!("Signature valid, {algorithm}"),
        signature_wrong = "refused: the signature is not the server's",
        about_access_token_opened = "For the resource server. A client carries it and need not read it; it is opened here to show what the API will see.",
        header = "Header",
        claims = "Claims",
        checks_made = "The checks, one by one",
        /// The meaning of a claim or a header member.
        about_claim: fn(&str) -> &'static str = about_claim,
        message_protected = "With the token",
        message_profile = "The person's profile",
        message_scope = "Without the scope for it",
        message_forged = "With a changed signature",
        calls_as_expected = "the API answered where the token allows it, and refused where it does not.",
        calls_unexpected = "An answer was not as expected; open it in the conversation.",
        calls_after_replay = "The API refused every call: using the code twice ended the grant, and the access token with it. Start again to go on.",
        bad_scope = "The granted scope cannot be read.",
        allowed = "allowed",
        refused_rightly = "refused, as expected",
        unexpected = "unexpected",
        /// The meaning of a status of the resource server (RFC 6750 §3.1).
        about_status: fn(u16) -> &'static str = about_status,
    }
}

oauth_core::texts! {
    /// Step 8: refresh, introspection, revocation.
    pub(crate) LifecycleText, LIFECYCLE {
        lifecycle_done = "the grant has ended: its tokens no longer work. You are still signed in at the authorization server; sign out there to end that too.",
        lifecycle_goes_on = "the grant goes on: this page had no way to end it. Its tokens are forgotten with this page.",
        part_refresh = "Refresh",
        about_refresh = "The refresh token is exchanged for new tokens, without the person. It rotates: each one is good for one use.",
        do_refresh = "Refresh the tokens",
        message_refresh = "Refresh",
        message_refresh_lost = "Refresh, sent again",
        message_refresh_old = "Refresh, with the old token",
        refreshed = "received new tokens. The old refresh token is used up; the scope did not grow.",
        scope_grew = "The new access token may do more than was granted. That must not happen: it was not used.",
        refreshed_unrotated = "received a new access token. This server does not rotate: the refresh token stays the same.",
        refresh_refused: fn(&TokenRefused) -> String = |refused| {
            format!(
                "{} The grant has ended, or the refresh token has expired. Begin again with step 1.",
                sentence(refused),
            )
        },
        again_refused: fn(&TokenRefused) -> String = sentence,
        no_refresh_token = "No refresh token was granted. Ask for the scope offline_access in step 2, or let the access token run out.",
        changed = "new",
        unchanged = "the same",
        before = "before",
        now = "now",
        show_tokens = "Reveal the tokens",
        hide_tokens = "Cover the tokens",
        lose_answer = "Lose the answer",
        about_lose_answer = "Sends the same refresh request twice, as a browser does whose connection broke, and compares the two answers.",
        use_old = "Use the old refresh token again",
        about_use_old = "Within 10 s of the refresh this counts as a retry after a lost answer. Later it means that someone else has the token.",
        same_answer: fn(&str) -> String = |size| {
            format!(
                "The same answer again, byte for byte: the server stored it encrypted for two minutes. ({size})"
            )
        },
        reuse_found = "Reuse detected: the whole grant has ended. The newest refresh token and the newest access token are refused as well, as shown below.",
        other_tokens = "The tokens differ: this server lets a refresh token be used more than once, so a stolen one goes unnoticed.",
        /// The meaning of a value that changed or stayed.
        about_renewed: fn(&str) -> &'static str = about_renewed,
        part_introspect = "Introspection",
        about_introspect = "The authorization server says what a token is worth now, to confidential clients alone. This page is a public client, so the API asks and passes the answer on.",
        do_introspect = "Have the token introspected",
        message_introspection = "Introspection, passed on",
        introspected = "The authorization server's answer to the API",
        active = "active. The signature alone could not say so: the grant was looked up.",
        inactive = "not active: unknown, expired or revoked. The answer does not say which.",
        still_active = "The token is reported as active after its grant has ended. That must not happen: report it.",
        introspection_guarded = "the API itself refused the token, so there was nothing to ask. The token of a grant that has ended is refused.",
        introspection_refused: fn(u16) -> String = |status| {
            format!("The API passed no introspection on; it answered {status}.")
        },
        introspection_malformed = "The answer does not say whether the token is active.",
        part_revoke = "Revocation",
        about_revoke = "The application gives back what it was granted. A public client names itself and the token; the whole grant ends, and each token is then tried once more.",
        do_revoke = "Revoke the grant",
        message_revoke = "Revocation",
        message_ended_call = "The API, after the end",
        message_ended_refresh = "Refresh, after the end",
        no_revocation = "this server names no revocation_endpoint, so nothing was sent. Its tokens end when they expire, or when the person withdraws access there.",
        not_revoked: fn(&RevocationRefused) -> String = |refusal| format!("{refusal}. The tokens may still work; try again."),
        after_the_end = "The tokens, tried once more",
        all_refused = "revoked. The tokens were refused right after.",
        api_accepts = "The grant has ended, but the API still takes the access token: it learns of the end late, or checks signatures alone. The token ends by itself at exp.",
        /// The meaning of a status once the grant has ended.
        about_ended: fn(u16) -> &'static str = about_ended,
        part_sign_out = "Sign out",
        about_sign_out = "Revocation ends what this application may do. The session at the authorization server lives on: sign in again, and no password is asked for. It is ended there.",
        to_account = "Your account at the authorization server (opens in a new tab)",
    }
}

oauth_core::texts! {
    /// The operator's page.
    pub(crate) OperatorText, OPERATOR {
        title_operator = "Operator · Ostiary",
        operator_heading = "Machine to machine",
        operator_lead = "The backend proves who it is, gets a token of its own, and reads the students. The token never reaches this page.",
        run = "Run",
        run_many = "Run many",
        how_many = "How many",
        at_once = "At once",
        many_limits = "1 to 200 runs, 1 to 20 of them at once.",
        cancel = "Cancel",
        cancelling = "Cancelling. Runs that have started will finish.",
        run_working = "Working",
        /// A run that succeeded, and its time.
        run_done: fn(&str) -> String = |time| format!("Done, {time}"),
        /// A run that failed, and its time.
        run_failed: fn(&str) -> String = |time| format!("Failed, {time}"),
        many_done: fn(&RunFigures<'_>) -> String = |figures| format!("Done: {}", in_words(figures)),
        /// A number of runs, and their figures.
        runs_in_words: fn(usize, &RunFigures<'_>) -> String = |runs, figures| format!("{runs} runs: {}", in_words(figures)),
        /// A number of runs, how many of them failed, and their mean time.
        hours_in_words: fn(u64, u64, &str) -> String = |runs, failed, mean| format!("{runs} runs: {failed} failed, mean {mean}"),
        /// The figures of the hour that began at a moment.
        at_hour: fn(&str, &str) -> String = |hour, what| format!("{hour}: {what}"),
        /// The moment of a run, its time and its outcome.
        run_at: fn(&str, &str, &str) -> String = |at, time, outcome| format!("{at}, {time}, {outcome}"),
        /// A status of the backend, and its description.
        backend_answered: fn(u16, &str) -> String = |status, description| format!("{status}: {description}"),
        run_unreadable: fn(u16) -> String = |status| format!("The answer could not be read ({status})"),
        progress = "Runs that ended",
        of: fn(&str, &str) -> String = |value, max| format!("{value} of {max}"),
        summary = "Summary of these runs",
        succeeded = "Succeeded",
        failed = "Failed",
        median = "Median",
        slow = "95th percentile",
        from_cache = "From the cache",
        retries = "Retries",
        show_slowest = "Show the slowest",
        show_failed = "Show the first that failed",
        sign_in = "Sign in",
        sign_in_again = "Sign in as someone else",
        sign_out = "Sign out",
        /// The subject's place is `{subject}`.
        signed_in_as = "Signed in as {subject}",
        signing_in = "Signing in",
        needs_token = "Runs need a sign-in here: an access token with the scope m2m:run, which only operators are granted. \
    It stays in this page's memory.",
        token_ended = "The access token has expired or was revoked. Sign in again to go on.",
        not_operator = "You are signed in, but you are not an operator: the scope m2m:run was not granted. \
    Sign in as someone who has that role.",
        sign_in_failed_because: fn(&str) -> String = |cause| format!("The sign-in did not succeed: {cause}"),
        hops = "Hops",
        no_run = "No run on this page yet. Press Run: the first run gets a token, the next ones find it in the cache.",
        the_latest = "Back to the latest",
        succeeded_in: fn(&str, &str) -> String = |time, duration| format!("{time}, succeeded in {duration}"),
        failed_in: fn(&str, &str) -> String = |time, duration| format!("{time}, failed after {duration}"),
        /// A hop that failed, and its error code.
        failed_at: fn(&str, &str) -> String = |hop, error| format!("{hop}, {error}:"),
        attempt: fn(&str, u32) -> String = |hop, number| format!("{hop}, try {number}"),
        waited = "Back-off",
        waited_why = "waited before the next try, as the answer or the schedule asked",
        cache_hit = "cache hit",
        cache_miss = "cache miss",
        /// The state of the hop's circuit breaker.
        breaker_is: fn(Breaker) -> String = |state| format!("circuit breaker {}", breaker_word(state)),
        /// A fact, and its reason.
        because: fn(&str, &str) -> String = |fact, reason| format!("{fact}: {reason}"),
        nothing_sent = "nothing was sent",
        no_answer_came = "no answer came",
        result = "Result",
        students = "Students, as the API listed them",
        column_id = "Id",
        column_name = "Name",
        as_json = "As JSON",
        none = "–",
        caller_state = "The caller now",
        caller_asking = "Loading the caller's state.",
        caller_silent = "The caller is not responding. This is its last known state.",
        token_cache = "Token cache",
        expires_in: fn(&str) -> String = |duration| format!("expires in {duration}"),
        renewed_in: fn(&str) -> String = |duration| format!("renewed in {duration}"),
        authenticates_by: fn(&str) -> String = |method| format!("authenticates by {method}"),
        scope_of_token: fn(&str) -> String = |scope| format!("scope {scope}"),
        bound = "bound to the caller's key by DPoP",
        bearer = "bearer token",
        breaker = "Circuit breaker",
        breaker_of_token = "Breaker of the token endpoint",
        breaker_of_api = "Breaker of the API",
        next_try_in: fn(&str) -> String = |duration| format!("next try in {duration}"),
        failures_in_a_row: fn(u32) -> String = |count| format!("{count} failures in a row"),
        no_failures = "no failure since the last success",
        alert = "Too many runs fail:",
        alert_says: fn(&wire::Alert, &str) -> String = |alert, since| {
            format!(
                "{} of the last {} runs failed; the alert threshold is {}%. Since {since}.",
                alert.failed, alert.runs, alert.threshold_percent,
            )
        },
        trouble = "Trouble on demand",
        trouble_lead = "Provoke one, run, and watch the caller cope. It ends by itself after two minutes.",
        trouble_off = "Trouble is switched off here. Where the app's variable TROUBLE is on, an operator can make the servers slow, failing or unreachable and watch the caller cope.",
        provoke = "Provoke",
        provoke_named: fn(&str) -> String = |name| format!("Provoke {name}"),
        provoked: fn(&str) -> String = |name| format!("Provoked: {name}."),
        end = "End",
        end_named: fn(&str) -> String = |name| format!("End {name}"),
        trouble_ended = "The trouble has ended.",
        ends_in: fn(&str) -> String = |duration| format!("ends in {duration}"),
        last_runs = "Last runs",
        no_past_run = "Nothing has run yet.",
        last_hours = "Last 48 hours",
        no_hour = "No hour with a run is remembered yet.",
        as_table = "As a table",
        earlier = "earlier",
        latest = "latest",
        hours_ago = "48 hours ago",
        this_hour = "this hour",
        time_of_runs = "Time of each run",
        runs_per_hour = "Runs per hour",
        mean_per_hour = "Mean time of a run per hour",
        key_cached = "token from the cache",
        key_fetched = "token asked for",
        key_succeeded = "succeeded",
        key_failed = "failed",
        key_mean = "mean time",
        column_at = "At",
        column_outcome = "Outcome",
        column_time = "Time",
        column_token = "Token",
        column_by = "Asked by",
        anyone = "anyone",
        column_hops = "Hops",
        column_hour = "Hour from",
        column_runs = "Runs",
        column_mean = "Mean time",
        column_longest = "Longest",
        show_hops = "Show",
        show_hops_of: fn(&str) -> String = |time| format!("Show the hops of the run at {time}"),
        cached = "cached",
        fetched = "asked for",
        no_token = "none",
        counted = "Totals",
        /// The names of the counters, in the order of the record.
        counters: [&'static str; 8] = [
            "Runs",
            "Succeeded",
            "Failed",
            "Token requests",
            "Cache hits",
            "Renewals",
            "Retries",
            "Breaker changes",
        ],
        /// The name of a hop.
        hop_word: fn(HopName) -> &'static str = hop_word,
        /// The state of the token cache in a word.
        cache_word: fn(TokenCacheState) -> &'static str = cache_word,
        /// The breaker's state in a word.
        breaker_word: fn(Breaker) -> &'static str = breaker_word,
        /// A trouble's name, and what it does and what to expect of the caller.
        trouble_words: fn(Trouble) -> (&'static str, &'static str) = trouble_words,
    }
}

oauth_core::texts! {
    /// The conversation and its messages.
    pub(crate) WireText, WIRE {
        conversation = "Conversation",
        nothing_said = "No messages yet. Each message appears here as it is sent; select one to see what went over the wire.",
        request = "Request",
        answer = "Answer",
        body = "Body",
        /// A covered secret, by its number of characters.
        hidden: fn(usize) -> String = |count| format!("[hidden, {count} characters]"),
        show_secrets = "Reveal secrets",
        hide_secrets = "Cover secrets",
        copy_curl = "Copy as curl",
        copied = "Copied, with secrets as they are shown here.",
        cors_headers = "A browser shows a page only those headers of another origin that CORS exposes.",
        navigated = "The browser itself carried this message: a page sees no status and no headers of it.",
        navigated_short = "carried by the browser",
        no_answer = "No answer",
        no_answer_because: fn(&str) -> String = |cause| format!("No answer: {cause}"),
        did_not_answer: fn(&str, &str) -> String = |party, cause| {
            format!("{party} did not answer. Is it running? See the overview. ({cause})")
        },
        unreachable = "the request could not be sent",
        bad_config = "The application's configuration could not be read",
        bad_config_because: fn(&str) -> String = |cause| {
            format!("The application's configuration could not be read: {cause}")
        },
        bad_issuer = "The configured issuer is not a usable URL",
    }
}

/// A refusal as a sentence of its own.
fn sentence(refused: &TokenRefused) -> String {
    format!("{}.", refused.to_string().trim_end_matches('.'))
}

fn in_words(figures: &RunFigures<'_>) -> String {
    let counts = format!("{} succeeded, {} failed", figures.succeeded, figures.failed);
    figures.times.map_or_else(
        || counts.clone(),
        |(median, slow)| format!("{counts}, median {median}, 95th percentile {slow}"),
    )
}

fn about_parameter(name: &str) -> &'static str {
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

fn about_check(name: CheckName) -> &'static str {
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
        CheckName::NoError => "An error is an answer too: the server or the person refused.",
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
        CheckName::Expiry => "An expired token no longer proves anything.",
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

fn about_error(code: &str) -> &'static str {
    match code {
        "access_denied" => "The person or the server refused. Nothing was issued. Start again.",
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

fn about_claim(name: &str) -> &'static str {
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
        "nonce" => "The nonce from step 1.",
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

fn about_status(status: u16) -> &'static str {
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

fn about_renewed(name: &str) -> &'static str {
    match name {
        "refresh_token" => {
            "One of a family: if a used one comes again two minutes later, the whole family ends."
        }
        "access_token" => "The old one is still good until it expires, or until the grant ends.",
        "iat" => "When the access token was issued.",
        "exp" => "When the access token ends.",
        "expires_in" => "How long the access token lives.",
        _ => "What was granted stays the limit: a refresh can narrow it, never widen it.",
    }
}

fn about_ended(status: u16) -> &'static str {
    match status {
        401 => {
            "The signature is right and the time is not over, but the API knows that the grant has ended."
        }
        400 => "The refresh token belongs to a grant that has ended.",
        200..=299 => "It was accepted, though the grant has ended.",
        503 => "The server cannot answer now.",
        _ => "Not what was expected.",
    }
}

fn hop_word(name: HopName) -> &'static str {
    match name {
        HopName::Token => "Token",
        HopName::Api => "Students",
    }
}

fn cache_word(state: TokenCacheState) -> &'static str {
    match state {
        TokenCacheState::Empty => "empty",
        TokenCacheState::Fresh => "fresh",
        TokenCacheState::Ageing => "ageing",
        TokenCacheState::Renewing => "renewing",
    }
}

fn breaker_word(breaker: Breaker) -> &'static str {
    match breaker {
        Breaker::Closed => "closed",
        Breaker::Open => "open",
        Breaker::HalfOpen => "half open",
    }
}

fn trouble_words(trouble: Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::Slow => (
            "Slow authorization server",
            "Token answers come two seconds late. Expect one slow run; then the cache hides it.",
        ),
        Trouble::ServerError => (
            "Server error",
            "The token endpoint answers 500. Expect retries with growing waits, then an open breaker.",
        ),
        Trouble::TooManyRequests => (
            "Too many requests",
            "The token endpoint answers 429 with Retry-After: 2. Expect waits of two seconds.",
        ),
        Trouble::RotatedKey => (
            "Key rotated",
            "The caller signs with a key that the server does not know. Expect invalid_client and no retry.",
        ),
        Trouble::RevokedToken => (
            "Token revoked",
            "The cached token is revoked. Expect a 401 of the API, one new token, and success.",
        ),
        Trouble::DeadApi => (
            "API unreachable",
            "The API's port is closed. Expect retries, then the API's breaker open and the other closed.",
        ),
    }
}
