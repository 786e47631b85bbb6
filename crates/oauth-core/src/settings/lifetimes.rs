//! The lifetimes: one table of what each is for, its variable, its default and its bounds, in seconds.

use std::ops::RangeInclusive;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The bounds of the grace of a refresh token, for the settings and for each client.
pub const REFRESH_GRACE: RangeInclusive<i64> = 0..=600;

macro_rules! lifetimes {
    ($($(#[doc = $meaning:literal])+ $field:ident: $variable:literal, $default:expr, $bounds:expr;)+) => {
        /// How long things live, in seconds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Lifetimes {
            $($(#[doc = $meaning])+ pub $field: i64,)+
        }

        impl Default for Lifetimes {
            fn default() -> Self {
                // One by one: a default may be the value of an earlier lifetime.
                $(let $field = $default;)+
                Self { $($field,)+ }
            }
        }

        impl Lifetimes {
            /// Reads each of them by its variable, its default and its bounds.
            pub fn read(mut one: impl FnMut(&'static str, i64, RangeInclusive<i64>) -> i64) -> Self {
                $(let $field = one($variable, $default, $bounds);)+
                Self { $($field,)+ }
            }
        }
    };
}

lifetimes! {
    /// An authorization code.
    authorization_code: "AUTHORIZATION_CODE_LIFETIME", 60, 1..=600;
    /// An access token issued on a user's behalf, as a JWT.
    access_token: "ACCESS_TOKEN_LIFETIME", 300, 1..=DAY;
    /// An access token issued to a machine.
    machine_access_token: "MACHINE_ACCESS_TOKEN_LIFETIME", HOUR, 1..=DAY;
    /// An opaque access token issued on a user's behalf.
    opaque_access_token: "OPAQUE_ACCESS_TOKEN_LIFETIME", HOUR, 1..=DAY;
    /// An ID token.
    id_token: "ID_TOKEN_LIFETIME", 600, 1..=DAY;
    /// An unused refresh token.
    refresh_idle: "REFRESH_IDLE_LIFETIME", 30 * DAY, 1..=400 * DAY;
    /// A refresh family, however often it is used.
    refresh_absolute: "REFRESH_ABSOLUTE_LIFETIME", 90 * DAY, 1..=400 * DAY;
    /// A pushed authorization request, until a browser opens it.
    pushed_request: "PUSHED_REQUEST_LIFETIME", 60, 1..=600;
    /// A pushed authorization request, once a browser has opened it.
    pushed_request_opened: "PUSHED_REQUEST_OPENED_LIFETIME", 600, 1..=HOUR;
    /// A login session.
    session: "SESSION_LIFETIME", 12 * HOUR, 1..=400 * DAY;
    /// A login session that the user asked to be remembered.
    session_remembered: "SESSION_REMEMBERED_LIFETIME", 30 * DAY, 1..=400 * DAY;
    /// A signing key, until it gets a successor.
    signing_key: "KEY_LIFETIME", 90 * DAY, HOUR..=400 * DAY;
    /// For how long after its use a refresh token gets the same answer again; 0 turns this off.
    refresh_grace: "REFRESH_GRACE_LIFETIME", 120, REFRESH_GRACE;
    /// The same for public clients, where it differs.
    refresh_grace_public: "REFRESH_GRACE_PUBLIC_LIFETIME", refresh_grace, REFRESH_GRACE;
    /// How long after signing in an administrator may change anything.
    admin_sign_in: "ADMIN_SIGN_IN_LIFETIME", 900, 1..=DAY;
}

impl Lifetimes {
    /// The longest that a grant and everything issued from it can live, from its code on.
    pub fn grant(&self) -> i64 {
        let access = self.access_token.max(self.opaque_access_token);
        self.authorization_code
            .saturating_add(self.refresh_absolute)
            .saturating_add(access)
    }

    /// How long a pushed request may be carried before it is opened: no longer than the grant that it begins is remembered,
    /// whatever becomes of that grant, or it could begin a second one.
    pub fn carried_request(&self) -> i64 {
        self.pushed_request
            .min(self.authorization_code)
            .min(self.access_token)
            .min(self.opaque_access_token)
    }

    /// The longest that a signature of this server's keys is valid.
    pub fn signed(&self) -> i64 {
        self.access_token
            .max(self.machine_access_token)
            .max(self.id_token)
    }
}
