//! Who speaks: the parties of RFC 6749 §1.1, each with its name and its colour's class.

use crate::text::texts;

/// A party in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    /// The client application in the browser.
    App,
    /// The authorization server.
    Auth,
    /// The resource server.
    Api,
    /// The application's backend, on its own behalf.
    Caller,
}

impl Party {
    /// The party's name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => texts().frame.party_app,
            Self::Auth => texts().frame.party_auth,
            Self::Api => texts().frame.party_api,
            Self::Caller => texts().frame.party_caller,
        }
    }

    /// The name that style classes are built from.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Auth => "auth",
            Self::Api => "api",
            Self::Caller => "caller",
        }
    }

    /// The place from left to right in a diagram.
    const fn lane(self) -> u8 {
        match self {
            Self::App | Self::Caller => 0,
            Self::Auth => 1,
            Self::Api => 2,
        }
    }

    /// The classes of a message from this party to another: colours, columns and direction.
    pub(crate) fn classes_towards(self, other: Self) -> String {
        let (left, right, direction) = if self.lane() <= other.lane() {
            (self, other, "right")
        } else {
            (other, self, "left")
        };
        format!(
            "of-{} to-{} span-{}-{} {direction}",
            self.slug(),
            other.slug(),
            left.lane_slug(),
            right.lane_slug()
        )
    }

    const fn lane_slug(self) -> &'static str {
        match self {
            Self::App | Self::Caller => "app",
            Self::Auth => "auth",
            Self::Api => "api",
        }
    }
}
