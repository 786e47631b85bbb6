//! The stories, each under its name.

use super::{
    Story, account, admin, code, direct, disabled, family, forged, guessing, index, keys, lifetime,
    machine, once, opaque, paging, request, resources, secrets, small, theft, version,
};

/// All stories that the seeds choose from.
pub const ALL: &[Story] = &[
    Story {
        name: "racing redemptions",
        play: code::racing_redemptions,
    },
    Story {
        name: "a code by another client",
        play: code::by_another_client,
    },
    Story {
        name: "a redemption that is tried again",
        play: code::tried_again,
    },
    Story {
        name: "lost answers",
        play: family::lost_answers,
    },
    Story {
        name: "two tabs, one refresh token",
        play: family::two_tabs,
    },
    Story {
        name: "a stolen refresh token",
        play: family::stolen,
    },
    Story {
        name: "revoke against refresh",
        play: family::revoke_against_refresh,
    },
    Story {
        name: "tokens of others",
        play: family::of_others,
    },
    Story {
        name: "sign out everywhere",
        play: account::sign_out_everywhere,
    },
    Story {
        name: "sign out everywhere, sign in elsewhere",
        play: account::sign_in_elsewhere,
    },
    Story {
        name: "withdrawn consent",
        play: account::consent_withdrawn,
    },
    Story {
        name: "a pushed request",
        play: code::pushed,
    },
    Story {
        name: "a machine's token",
        play: machine::token,
    },
    Story {
        name: "the oldest of many opaque tokens",
        play: opaque::oldest_of_many,
    },
    Story {
        name: "a used token comes late",
        play: theft::used_token_comes_late,
    },
    Story {
        name: "a used code comes again",
        play: theft::used_code_comes_again,
    },
    Story {
        name: "the lifetime of a code",
        play: lifetime::of_a_code,
    },
    Story {
        name: "the lifetime of an access token",
        play: lifetime::of_an_access_token,
    },
    Story {
        name: "the lifetime of a refresh token",
        play: lifetime::of_a_refresh_token,
    },
    Story {
        name: "the lifetime of a family",
        play: lifetime::of_a_family,
    },
    Story {
        name: "the lifetimes of a session and a pushed request",
        play: lifetime::of_a_browser,
    },
    Story {
        name: "wrong verifiers",
        play: request::wrong_verifiers,
    },
    Story {
        name: "other scopes",
        play: request::other_scopes,
    },
    Story {
        name: "tokens that are bound to a key",
        play: request::bound_to_a_key,
    },
    Story {
        name: "one proof, many requests",
        play: once::proof,
    },
    Story {
        name: "a retry with another key",
        play: once::another_key,
    },
    Story {
        name: "one assertion, many requests",
        play: once::assertion,
    },
    Story {
        name: "consent by hand",
        play: account::consent_by_hand,
    },
    Story {
        name: "two resources",
        play: resources::two,
    },
    Story {
        name: "two secrets",
        play: secrets::two,
    },
    Story {
        name: "processes that share a token",
        play: family::shared,
    },
    Story {
        name: "everything of many grants",
        play: account::many_grants,
    },
    Story {
        name: "one grant too many",
        play: index::one_too_many,
    },
    Story {
        name: "grants that are ended one by one",
        play: index::one_by_one,
    },
    Story {
        name: "sign out everywhere, twice",
        play: index::everywhere_twice,
    },
    Story {
        name: "a key that is replaced",
        play: keys::rotated,
    },
    Story {
        name: "pages of a list",
        play: paging::through_grants,
    },
    Story {
        name: "direct login",
        play: direct::login,
    },
    Story {
        name: "somebody is disabled",
        play: disabled::somebody,
    },
    Story {
        name: "somebody is disabled, and isolates have copies",
        play: disabled::with_copies,
    },
    Story {
        name: "guesses at a password",
        play: guessing::at_a_password,
    },
    Story {
        name: "requests that strangers push",
        play: forged::pushed,
    },
    Story {
        name: "an administrator's measures",
        play: admin::measures,
    },
    Story {
        name: "administrators who disable each other",
        play: admin::each_other,
    },
    Story {
        name: "a record of the version before",
        play: version::before,
    },
    Story {
        name: "a record of the version after",
        play: version::after,
    },
];

/// Cases of two requests, which a search can see whole with every fault that we know of.
pub const OF_TWO: &[Story] = &[
    Story {
        name: "two redemptions",
        play: small::two_redemptions,
    },
    Story {
        name: "two refreshes",
        play: small::two_refreshes,
    },
    REFRESH_AND_REVOKE,
];

/// Cases of three requests, which a search can see whole with crashes.
pub const OF_THREE: &[Story] = &[
    Story {
        name: "three redemptions",
        play: small::three_redemptions,
    },
    Story {
        name: "three refreshes",
        play: small::three_refreshes,
    },
    REFRESH_AND_REVOKE,
];

const REFRESH_AND_REVOKE: Story = Story {
    name: "a refresh, a revocation, a look",
    play: small::refresh_and_revoke,
};
