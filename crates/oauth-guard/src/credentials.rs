//! The credentials of a request, or the refusal of those that cannot be read.

use oauth_core::bearer::{self, Unread};
use oauth_core::http::Incoming;

pub(crate) use oauth_core::bearer::{Credentials, Scheme};

use crate::denied::Denied;

/// The credentials of a request.
pub(crate) fn credentials(request: &Incoming) -> Result<Credentials<'_>, Denied> {
    bearer::from_header(request).map_err(|unread| match unread {
        Unread::Absent => Denied::NoCredentials,
        Unread::InQuery | Unread::Malformed => Denied::Malformed(bearer::MALFORMED),
    })
}
