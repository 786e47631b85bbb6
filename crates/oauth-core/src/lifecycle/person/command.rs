//! The commands to a user's object, and the replies that each can have.

use from_json::FromJson;
use serde::Serialize;

use super::{EndName, Entry, EntryKey, Mark, Session};
use crate::{
    UnixTime,
    id::{ClientId, UserId},
    lifecycle::{ask::ask, grant::EndReason},
};

/// The most entries in an answer, and in a request to forget.
pub const PAGE: usize = 200;

/// A command to a user's object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Take a mark.
    Mark,
    /// Open a session.
    Open(OpenSession),
    /// Find a session.
    Find(FindSession),
    /// End a session.
    Close(CloseSession),
    /// Add a grant to the index.
    Register(Register),
    /// Take grants out of the index.
    Forget(Forget),
    /// List the living grants.
    List(ListGrants),
    /// End all sessions and all grants.
    EndAll(EndAll),
    /// End all grants of one client.
    EndOf(EndOf),
    /// End one grant.
    End(EndGrant),
    /// List the grants that have ended here and not yet in their own objects.
    Ending(ListEnding),
    /// Count the sessions.
    Sessions,
}

/// Takes a mark.
#[derive(Clone, Copy, Debug)]
pub struct TakeMark;

/// Opens a session, unless everything was ended after the mark was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// Taken before the password was checked.
    pub mark: Mark,
}

/// Finds a session by its hash, and takes a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct FindSession {
    /// The hash.
    pub hash: String,
}

/// An act that ends something, as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its id: a command that is sent twice is one act.
    pub id: String,
    /// The user concerned.
    pub user_id: UserId,
    /// The user or the administrator who asked for it.
    pub by: String,
}

/// Ends a session. The grants that were made in it stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct CloseSession {
    /// The hash.
    pub hash: String,
    /// The act, to be announced; none in commands of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// Adds a grant to the index, before anything issued from it is sent; unless everything, or the client's grants, were
/// ended after the mark was taken, or the session that it was made in has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The grant.
    pub entry: Entry,
    /// Taken before the session or the password was checked.
    pub mark: Mark,
}

/// Takes ended grants out of the index, the first [`PAGE`] of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// The grants.
    pub grants: Vec<EntryKey>,
}

/// Lists the living grants, by client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct ListGrants {
    /// The last grant of the page before.
    pub after: Option<EntryKey>,
    /// The most grants to list; never more than [`PAGE`].
    pub limit: usize,
}

/// Ends all sessions and all grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct EndAll {
    /// The reason, for the grants' own objects. Where it is [`EndReason::ConsentWithdrawn`], all consents are forgotten
    /// as well.
    pub reason: EndReason,
    /// The act, to be announced; none in commands of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// Ends all grants of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct EndOf {
    /// The client.
    pub client_id: ClientId,
    /// The reason, for the grants' own objects. Where it is [`EndReason::ConsentWithdrawn`], the consents to the client
    /// are forgotten as well.
    pub reason: EndReason,
    /// The act, to be announced; none in commands of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// Ends one grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct EndGrant {
    /// The grant.
    pub grant: EntryKey,
    /// The reason, for the grant's own object.
    pub reason: EndReason,
    /// The act, to be announced; none in commands of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// Lists grants that were ended here and are still to be ended in their own objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct ListEnding {
    /// The most grants to list; never more than [`PAGE`].
    pub limit: usize,
    /// The end to go beyond: its grants do not answer, and must not hold up the others.
    pub beyond: Option<EndName>,
}

/// Counts the sessions.
#[derive(Clone, Copy, Debug)]
pub struct CountSessions;

impl Command {
    /// Whether it ends something that is to be announced.
    pub const fn is_an_end(&self) -> bool {
        matches!(
            self,
            Self::Close(_) | Self::EndAll(_) | Self::EndOf(_) | Self::End(_)
        )
    }

    /// Whether it may be sent again when no reply came. Every command may: an end that is repeated ends nothing
    /// more that its caller wanted to keep.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Mark
            | Self::Open(_)
            | Self::Find(_)
            | Self::Close(_)
            | Self::Register(_)
            | Self::Forget(_)
            | Self::List(_)
            | Self::EndAll(_)
            | Self::EndOf(_)
            | Self::End(_)
            | Self::Ending(_)
            | Self::Sessions => true,
        }
    }
}

/// A reply of a user's object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// It is so now.
    Done,
    /// The mark.
    Marked(Mark),
    /// The session that was asked for.
    Found {
        /// The session.
        session: Session,
        /// The mark of this moment.
        mark: Mark,
    },
    /// There is no such session, or no such grant.
    Unknown,
    /// Refused: an end came after the mark was taken, or the session has ended. Nothing was added.
    Ended,
    /// A page of living grants.
    Grants {
        /// The grants.
        entries: Vec<Entry>,
        /// Where the next page begins, if there may be one.
        next: Option<EntryKey>,
    },
    /// Grants to end in their own objects, and then to forget. There may be more: ask again, until
    /// the answer is [`Reply::Done`].
    Ending {
        /// The grants; there may be none while there is more to look through.
        entries: Vec<Entry>,
        /// Why they were ended.
        reason: EndReason,
        /// Which end it was.
        name: EndName,
        /// When it was; none in replies of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<UnixTime>,
    },
    /// The sessions.
    Sessions {
        /// How many there are.
        count: usize,
        /// When the oldest was opened.
        since: Option<UnixTime>,
    },
}

/// The reply to adding a session or a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddReply {
    /// It was added.
    Added,
    /// It was not: an end came after the mark was taken, or the session has ended.
    Ended,
}

/// A session that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The mark of this moment.
    pub mark: Mark,
}

/// The reply to ending one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReply {
    /// It has ended.
    Ended,
    /// There is no such grant.
    Unknown,
}

/// A page of living grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantsPage {
    /// The grants.
    pub entries: Vec<Entry>,
    /// The start of the next page, if there may be one.
    pub next: Option<EntryKey>,
}

/// Grants that are still to be ended in their own objects. There may be none while there is more to look through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingPage {
    /// The grants.
    pub entries: Vec<Entry>,
    /// The reason for the end.
    pub reason: EndReason,
    /// The name of the end.
    pub name: EndName,
    /// The time of the end.
    pub at: Option<UnixTime>,
}

/// The number of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCount {
    /// The number.
    pub count: usize,
    /// When the oldest was opened.
    pub since: Option<UnixTime>,
}

ask!(TakeMark => |_| Command::Mark, Mark, { Reply::Marked(mark) => mark });
ask!(OpenSession => Command::Open, AddReply, {
    Reply::Done => AddReply::Added,
    Reply::Ended => AddReply::Ended,
});
ask!(FindSession => Command::Find, Option<Found>, {
    Reply::Found { session, mark } => Some(Found { session, mark }),
    Reply::Unknown => None,
});
ask!(CloseSession => Command::Close, (), { Reply::Done => () });
ask!(Register => Command::Register, AddReply, {
    Reply::Done => AddReply::Added,
    Reply::Ended => AddReply::Ended,
});
ask!(Forget => Command::Forget, (), { Reply::Done => () });
ask!(ListGrants => Command::List, GrantsPage, {
    Reply::Grants { entries, next } => GrantsPage { entries, next },
});
ask!(EndAll => Command::EndAll, (), { Reply::Done => () });
ask!(EndOf => Command::EndOf, (), { Reply::Done => () });
ask!(EndGrant => Command::End, EndReply, {
    Reply::Done => EndReply::Ended,
    Reply::Unknown => EndReply::Unknown,
});
ask!(ListEnding => Command::Ending, Option<EndingPage>, {
    Reply::Ending { entries, reason, name, at } => Some(EndingPage { entries, reason, name, at }),
    Reply::Done => None,
});
ask!(CountSessions => |_| Command::Sessions, SessionCount, {
    Reply::Sessions { count, since } => SessionCount { count, since },
});
