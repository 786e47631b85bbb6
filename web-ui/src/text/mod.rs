//! Every sentence that the application shows. A language is a value of [`Text`], in a file of its own; a missing text
//! does not compile.

mod en;
mod language;
mod placed;

use oauth_client::TokenRefused;
use oauth_client::code_flow::{CheckName, IdTokenRefused, MetadataRefused, RevocationRefused};
use oauth_core::{Fault, date};
use wire::{Breaker, HopName, TokenCacheState, Trouble};

pub(crate) use language::{choose, texts};
pub(crate) use placed::placed;

/// The languages, the one for everyone else first. To add one, write its file and list it here.
static LANGUAGES: [&Text; 1] = [&en::EN];

/// The texts of one language, page by page.
pub(crate) struct Text {
    /// The language's tag (BCP 47).
    pub(crate) tag: &'static str,
    /// How the language writes a moment.
    pub(crate) dates: date::Words,
    pub(crate) frame: FrameText,
    pub(crate) overview: OverviewText,
    pub(crate) flow: FlowText,
    pub(crate) authorization: AuthorizationText,
    pub(crate) tokens: TokensText,
    pub(crate) lifecycle: LifecycleText,
    pub(crate) operator: OperatorText,
    pub(crate) wire: WireText,
}

/// The frame around every page, and the page that does not exist.
pub(crate) struct FrameText {
    pub(crate) brand: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) nav: &'static str,
    pub(crate) nav_overview: &'static str,
    pub(crate) nav_flow: &'static str,
    pub(crate) nav_operator: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) theme_system: &'static str,
    pub(crate) theme_light: &'static str,
    pub(crate) theme_dark: &'static str,
    pub(crate) foot_what: &'static str,
    pub(crate) foot_tokens: &'static str,
    pub(crate) party_app: &'static str,
    pub(crate) party_auth: &'static str,
    pub(crate) party_api: &'static str,
    pub(crate) party_caller: &'static str,
    pub(crate) to: &'static str,
    pub(crate) title_not_found: &'static str,
    pub(crate) not_found_heading: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) to_overview: &'static str,
}

/// The overview.
pub(crate) struct OverviewText {
    pub(crate) title_overview: &'static str,
    pub(crate) overview_heading: &'static str,
    pub(crate) overview_lead: &'static str,
    pub(crate) start: &'static str,
    pub(crate) to_operator: &'static str,
    pub(crate) map_heading: &'static str,
    pub(crate) map_lead: &'static str,
    pub(crate) about_app: &'static str,
    pub(crate) about_auth: &'static str,
    pub(crate) about_api: &'static str,
    pub(crate) about_caller: &'static str,
    pub(crate) link_app_auth: &'static str,
    pub(crate) link_app_api: &'static str,
    pub(crate) link_caller_auth: &'static str,
    pub(crate) link_caller_api: &'static str,
    pub(crate) link_api_auth: &'static str,
    pub(crate) health_asking: &'static str,
    pub(crate) health_ok: &'static str,
    pub(crate) health_failing: &'static str,
    pub(crate) health_unreachable: &'static str,
    pub(crate) health_guarded: &'static str,
    pub(crate) what_heading: &'static str,
    pub(crate) what_flow_heading: &'static str,
    pub(crate) what_flow: &'static str,
    pub(crate) what_operator_heading: &'static str,
    pub(crate) what_operator: &'static str,
}

/// A step of the walkthrough.
pub(crate) struct StepText {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) action: &'static str,
}

/// The frame of the walkthrough.
pub(crate) struct FlowText {
    pub(crate) prepare: StepText,
    pub(crate) request: StepText,
    pub(crate) sign_in: StepText,
    pub(crate) answer: StepText,
    pub(crate) exchange: StepText,
    pub(crate) tokens: StepText,
    pub(crate) call: StepText,
    pub(crate) lifecycle: StepText,
    pub(crate) title_flow: &'static str,
    pub(crate) flow_heading: &'static str,
    pub(crate) flow_lead: &'static str,
    pub(crate) run_all: &'static str,
    pub(crate) start_again: &'static str,
    /// The keys' places are `{next}` and `{previous}`.
    pub(crate) keys: &'static str,
    pub(crate) step: fn(usize, &str) -> String,
    pub(crate) step_done: fn(&str, &str) -> String,
    pub(crate) step_refused: fn(&str, &str) -> String,
    pub(crate) hide_step: fn(usize) -> String,
    pub(crate) show_step: fn(usize) -> String,
    pub(crate) show: &'static str,
    pub(crate) hide: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) ready: &'static str,
    pub(crate) working: &'static str,
    pub(crate) done: &'static str,
    pub(crate) refused: &'static str,
}

/// Steps 1 to 4: from the one-time values to the code.
pub(crate) struct AuthorizationText {
    pub(crate) prepared: &'static str,
    pub(crate) note_prepared: &'static str,
    pub(crate) no_randomness: &'static str,
    pub(crate) hashed: &'static str,
    pub(crate) about_verifier: &'static str,
    pub(crate) about_state: &'static str,
    pub(crate) about_nonce: &'static str,
    pub(crate) scope_field: &'static str,
    pub(crate) scopes_known: fn(&str) -> String,
    pub(crate) request_built: &'static str,
    pub(crate) change_state: &'static str,
    pub(crate) about_change_state: &'static str,
    /// The protection that a parameter of the authorization request gives.
    pub(crate) about_parameter: fn(&str) -> &'static str,
    /// The issuer's place is `{issuer}`.
    pub(crate) about_sign_in: &'static str,
    pub(crate) about_password: &'static str,
    pub(crate) leaving: &'static str,
    pub(crate) no_request: &'static str,
    pub(crate) came_back: &'static str,
    pub(crate) message_metadata: &'static str,
    pub(crate) message_authorize: &'static str,
    pub(crate) message_redirect: &'static str,
    pub(crate) unasked_answer: &'static str,
    pub(crate) answer_fits: &'static str,
    pub(crate) note_checked: &'static str,
    pub(crate) note_refused: &'static str,
    pub(crate) begin_at_request: &'static str,
    pub(crate) matches: &'static str,
    pub(crate) does_not_match: &'static str,
    /// What was received, and what was expected instead.
    pub(crate) received_instead: fn(&str, &str) -> String,
    /// A failed check, as the reason of a refusal.
    pub(crate) check_failed: fn(CheckName) -> String,
    /// A check with the rule that it comes from.
    pub(crate) check_with_rule: fn(CheckName) -> String,
    /// An error code of the authorization server, and its `error_description`.
    pub(crate) server_refused: fn(&str, Option<&str>) -> String,
    pub(crate) metadata_refused: fn(&MetadataRefused) -> String,
}

/// Steps 5 to 7: the tokens, opened and used.
pub(crate) struct TokensText {
    pub(crate) message_token: &'static str,
    pub(crate) message_token_again: &'static str,
    pub(crate) exchanged: &'static str,
    pub(crate) tokens_lost: &'static str,
    pub(crate) wrong_verifier: &'static str,
    pub(crate) about_wrong_verifier: &'static str,
    pub(crate) use_twice: &'static str,
    pub(crate) about_use_twice: &'static str,
    pub(crate) token_refused: fn(&TokenRefused) -> String,
    pub(crate) exchange_refused: fn(&TokenRefused) -> String,
    pub(crate) twice_refused: fn(&TokenRefused) -> String,
    pub(crate) twice_accepted: &'static str,
    pub(crate) characters_in_memory: fn(usize) -> String,
    pub(crate) about_access_token: &'static str,
    pub(crate) about_expires_in: &'static str,
    pub(crate) about_id_token: &'static str,
    pub(crate) about_refresh_token: &'static str,
    pub(crate) about_granted_scope: &'static str,
    pub(crate) message_keys: &'static str,
    pub(crate) note_verified: &'static str,
    pub(crate) opened: &'static str,
    pub(crate) no_keys: &'static str,
    pub(crate) no_such_key: &'static str,
    pub(crate) not_a_jwt: &'static str,
    pub(crate) id_token: &'static str,
    pub(crate) access_token: &'static str,
    pub(crate) id_token_accepted: &'static str,
    pub(crate) id_token_refused: fn(&IdTokenRefused) -> String,
    /// A signature could not be checked.
    pub(crate) not_checked: fn(&Fault) -> String,
    pub(crate) signature_valid: fn(&str) -> String,
    pub(crate) signature_wrong: &'static str,
    pub(crate) about_access_token_opened: &'static str,
    pub(crate) header: &'static str,
    pub(crate) claims: &'static str,
    pub(crate) checks_made: &'static str,
    /// The meaning of a claim or a header member.
    pub(crate) about_claim: fn(&str) -> &'static str,
    pub(crate) message_protected: &'static str,
    pub(crate) message_profile: &'static str,
    pub(crate) message_scope: &'static str,
    pub(crate) message_forged: &'static str,
    pub(crate) calls_as_expected: &'static str,
    pub(crate) calls_unexpected: &'static str,
    pub(crate) calls_after_replay: &'static str,
    pub(crate) bad_scope: &'static str,
    pub(crate) allowed: &'static str,
    pub(crate) refused_rightly: &'static str,
    pub(crate) unexpected: &'static str,
    /// The meaning of a status of the resource server (RFC 6750 §3.1).
    pub(crate) about_status: fn(u16) -> &'static str,
}

/// Step 8: refresh, introspection, revocation.
pub(crate) struct LifecycleText {
    pub(crate) lifecycle_done: &'static str,
    pub(crate) lifecycle_goes_on: &'static str,
    pub(crate) part_refresh: &'static str,
    pub(crate) about_refresh: &'static str,
    pub(crate) do_refresh: &'static str,
    pub(crate) message_refresh: &'static str,
    pub(crate) message_refresh_lost: &'static str,
    pub(crate) message_refresh_old: &'static str,
    pub(crate) refreshed: &'static str,
    pub(crate) scope_grew: &'static str,
    pub(crate) refreshed_unrotated: &'static str,
    pub(crate) refresh_refused: fn(&TokenRefused) -> String,
    pub(crate) again_refused: fn(&TokenRefused) -> String,
    pub(crate) no_refresh_token: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) before: &'static str,
    pub(crate) now: &'static str,
    pub(crate) show_tokens: &'static str,
    pub(crate) hide_tokens: &'static str,
    pub(crate) lose_answer: &'static str,
    pub(crate) about_lose_answer: &'static str,
    pub(crate) use_old: &'static str,
    pub(crate) about_use_old: &'static str,
    pub(crate) same_answer: fn(&str) -> String,
    pub(crate) reuse_found: &'static str,
    pub(crate) other_tokens: &'static str,
    /// The meaning of a value that changed or stayed.
    pub(crate) about_renewed: fn(&str) -> &'static str,
    pub(crate) part_introspect: &'static str,
    pub(crate) about_introspect: &'static str,
    pub(crate) do_introspect: &'static str,
    pub(crate) message_introspection: &'static str,
    pub(crate) introspected: &'static str,
    pub(crate) active: &'static str,
    pub(crate) inactive: &'static str,
    pub(crate) still_active: &'static str,
    pub(crate) introspection_guarded: &'static str,
    pub(crate) introspection_refused: fn(u16) -> String,
    pub(crate) introspection_malformed: &'static str,
    pub(crate) part_revoke: &'static str,
    pub(crate) about_revoke: &'static str,
    pub(crate) do_revoke: &'static str,
    pub(crate) message_revoke: &'static str,
    pub(crate) message_ended_call: &'static str,
    pub(crate) message_ended_refresh: &'static str,
    pub(crate) no_revocation: &'static str,
    pub(crate) not_revoked: fn(&RevocationRefused) -> String,
    pub(crate) after_the_end: &'static str,
    pub(crate) all_refused: &'static str,
    pub(crate) api_accepts: &'static str,
    /// The meaning of a status once the grant has ended.
    pub(crate) about_ended: fn(u16) -> &'static str,
    pub(crate) part_sign_out: &'static str,
    pub(crate) about_sign_out: &'static str,
    pub(crate) to_account: &'static str,
}

/// The operator's page.
pub(crate) struct OperatorText {
    pub(crate) title_operator: &'static str,
    pub(crate) operator_heading: &'static str,
    pub(crate) operator_lead: &'static str,
    pub(crate) run: &'static str,
    pub(crate) run_many: &'static str,
    pub(crate) how_many: &'static str,
    pub(crate) at_once: &'static str,
    pub(crate) many_limits: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) cancelling: &'static str,
    pub(crate) run_working: &'static str,
    /// A run that succeeded, and its time.
    pub(crate) run_done: fn(&str) -> String,
    /// A run that failed, and its time.
    pub(crate) run_failed: fn(&str) -> String,
    pub(crate) many_done: fn(&RunFigures<'_>) -> String,
    /// A number of runs, and their figures.
    pub(crate) runs_in_words: fn(usize, &RunFigures<'_>) -> String,
    /// A number of runs, how many of them failed, and their mean time.
    pub(crate) hours_in_words: fn(u64, u64, &str) -> String,
    /// What is true of the hour that began at a moment.
    pub(crate) at_hour: fn(&str, &str) -> String,
    /// The moment of a run, its time and its outcome.
    pub(crate) run_at: fn(&str, &str, &str) -> String,
    /// A status of the backend, and its description.
    pub(crate) backend_answered: fn(u16, &str) -> String,
    pub(crate) run_unreadable: fn(u16) -> String,
    pub(crate) progress: &'static str,
    pub(crate) of: fn(&str, &str) -> String,
    pub(crate) summary: &'static str,
    pub(crate) succeeded: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) median: &'static str,
    pub(crate) slow: &'static str,
    pub(crate) from_cache: &'static str,
    pub(crate) retries: &'static str,
    pub(crate) show_slowest: &'static str,
    pub(crate) show_failed: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_again: &'static str,
    pub(crate) sign_out: &'static str,
    /// The subject's place is `{subject}`.
    pub(crate) signed_in_as: &'static str,
    pub(crate) signing_in: &'static str,
    pub(crate) needs_token: &'static str,
    pub(crate) token_ended: &'static str,
    pub(crate) not_operator: &'static str,
    pub(crate) sign_in_failed_because: fn(&str) -> String,
    pub(crate) hops: &'static str,
    pub(crate) no_run: &'static str,
    pub(crate) the_latest: &'static str,
    pub(crate) succeeded_in: fn(&str, &str) -> String,
    pub(crate) failed_in: fn(&str, &str) -> String,
    /// A hop that failed, and its error code.
    pub(crate) failed_at: fn(&str, &str) -> String,
    pub(crate) attempt: fn(&str, u32) -> String,
    pub(crate) waited: &'static str,
    pub(crate) waited_why: &'static str,
    pub(crate) cache_hit: &'static str,
    pub(crate) cache_miss: &'static str,
    /// The state of the hop's circuit breaker.
    pub(crate) breaker_is: fn(Breaker) -> String,
    /// A fact, and its reason.
    pub(crate) because: fn(&str, &str) -> String,
    pub(crate) nothing_sent: &'static str,
    pub(crate) no_answer_came: &'static str,
    pub(crate) result: &'static str,
    pub(crate) students: &'static str,
    pub(crate) column_id: &'static str,
    pub(crate) column_name: &'static str,
    pub(crate) as_json: &'static str,
    pub(crate) none: &'static str,
    pub(crate) caller_state: &'static str,
    pub(crate) caller_asking: &'static str,
    pub(crate) caller_silent: &'static str,
    pub(crate) token_cache: &'static str,
    pub(crate) expires_in: fn(&str) -> String,
    pub(crate) renewed_in: fn(&str) -> String,
    pub(crate) authenticates_by: fn(&str) -> String,
    pub(crate) scope_of_token: fn(&str) -> String,
    pub(crate) bound: &'static str,
    pub(crate) bearer: &'static str,
    pub(crate) breaker: &'static str,
    pub(crate) breaker_of_token: &'static str,
    pub(crate) breaker_of_api: &'static str,
    pub(crate) next_try_in: fn(&str) -> String,
    pub(crate) failures_in_a_row: fn(u32) -> String,
    pub(crate) no_failures: &'static str,
    pub(crate) alert: &'static str,
    pub(crate) alert_says: fn(&wire::Alert, &str) -> String,
    pub(crate) trouble: &'static str,
    pub(crate) trouble_lead: &'static str,
    pub(crate) trouble_off: &'static str,
    pub(crate) provoke: &'static str,
    pub(crate) provoke_named: fn(&str) -> String,
    pub(crate) provoked: fn(&str) -> String,
    pub(crate) end: &'static str,
    pub(crate) end_named: fn(&str) -> String,
    pub(crate) trouble_ended: &'static str,
    pub(crate) ends_in: fn(&str) -> String,
    pub(crate) last_runs: &'static str,
    pub(crate) no_past_run: &'static str,
    pub(crate) last_hours: &'static str,
    pub(crate) no_hour: &'static str,
    pub(crate) as_table: &'static str,
    pub(crate) earlier: &'static str,
    pub(crate) latest: &'static str,
    pub(crate) hours_ago: &'static str,
    pub(crate) this_hour: &'static str,
    pub(crate) time_of_runs: &'static str,
    pub(crate) runs_per_hour: &'static str,
    pub(crate) mean_per_hour: &'static str,
    pub(crate) key_cached: &'static str,
    pub(crate) key_fetched: &'static str,
    pub(crate) key_succeeded: &'static str,
    pub(crate) key_failed: &'static str,
    pub(crate) key_mean: &'static str,
    pub(crate) column_at: &'static str,
    pub(crate) column_outcome: &'static str,
    pub(crate) column_time: &'static str,
    pub(crate) column_token: &'static str,
    pub(crate) column_by: &'static str,
    pub(crate) anyone: &'static str,
    pub(crate) column_hops: &'static str,
    pub(crate) column_hour: &'static str,
    pub(crate) column_runs: &'static str,
    pub(crate) column_mean: &'static str,
    pub(crate) column_longest: &'static str,
    pub(crate) show_hops: &'static str,
    pub(crate) show_hops_of: fn(&str) -> String,
    pub(crate) cached: &'static str,
    pub(crate) fetched: &'static str,
    pub(crate) no_token: &'static str,
    pub(crate) counted: &'static str,
    /// The names of the counters, in the order of the record.
    pub(crate) counters: [&'static str; 8],
    /// The name of a hop.
    pub(crate) hop_word: fn(HopName) -> &'static str,
    /// The state of the token cache in a word.
    pub(crate) cache_word: fn(TokenCacheState) -> &'static str,
    /// The breaker's state in a word.
    pub(crate) breaker_word: fn(Breaker) -> &'static str,
    /// A trouble's name, and what it does and what to expect of the caller.
    pub(crate) trouble_words: fn(Trouble) -> (&'static str, &'static str),
}

/// The figures of many runs.
pub(crate) struct RunFigures<'a> {
    pub(crate) succeeded: usize,
    pub(crate) failed: usize,
    /// The median and the 95th percentile of their times, where any has ended.
    pub(crate) times: Option<(&'a str, &'a str)>,
}

/// The conversation and its messages.
pub(crate) struct WireText {
    pub(crate) conversation: &'static str,
    pub(crate) nothing_said: &'static str,
    pub(crate) request: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) body: &'static str,
    /// A covered secret, by its number of characters.
    pub(crate) hidden: fn(usize) -> String,
    pub(crate) show_secrets: &'static str,
    pub(crate) hide_secrets: &'static str,
    pub(crate) copy_curl: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) cors_headers: &'static str,
    pub(crate) navigated: &'static str,
    pub(crate) navigated_short: &'static str,
    pub(crate) no_answer: &'static str,
    pub(crate) no_answer_because: fn(&str) -> String,
    pub(crate) did_not_answer: fn(&str, &str) -> String,
    pub(crate) unreachable: &'static str,
    pub(crate) bad_config: &'static str,
    pub(crate) bad_config_because: fn(&str) -> String,
    pub(crate) bad_issuer: &'static str,
}
