//! GET /api/user/profile, scope `read`: what the token's user has said about themselves.

use edge::d1::{Database, text};
use oauth_core::Fault;
use oauth_core::http::Answer;
use serde::{Deserialize, Serialize};

use crate::route::{Call, Served};

/// A profile as it is stored and shown.
#[derive(Deserialize, Serialize)]
pub(crate) struct Profile {
    pub(crate) sub: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) bio: Option<String>,
    pub(crate) updated_at: Option<i64>,
}

const PROFILE: &str = "SELECT sub, name, email, bio, updated_at FROM profiles WHERE sub = ?1";

impl Profile {
    /// The stored profile; a user who has said nothing yet has an empty one.
    pub(crate) async fn of(database: &Database, subject: &str) -> Result<Self, Fault> {
        let values = [text(Some(subject))];
        let stored = database.first("d1.read_profile", PROFILE, &values).await?;
        Ok(stored.unwrap_or_else(|| Self {
            sub: subject.to_owned(),
            name: None,
            email: None,
            bio: None,
            updated_at: None,
        }))
    }
}

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        call.access.require("read")?;
        let subject = call.access.require_user()?;
        let profile = Profile::of(&call.database, subject).await?;
        Ok(Answer::json(200, &profile))
    })
}
