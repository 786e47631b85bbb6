//! A user's own profile: GET /api/user/profile, scope `read`, what the token's user has said about themselves; and
//! POST /api/user/update, scope `write`, by which they change their own and no one else's.

mod update;

pub(crate) use update::{Refused, Update, store};

use guarded_worker::d1::{Database, text};
use guarded_worker::{Answer, Call, Fault, HandlerFuture, Needs, Protected, ScopeInfo, Service};
use serde::{Deserialize, Serialize};

pub(crate) const READ: ScopeInfo = ScopeInfo::new("read", "Read your profile");
pub(crate) const WRITE: ScopeInfo = ScopeInfo::new("write", "Change your profile");

pub(crate) const SERVICE: Service = Service {
    name: "profile",
    scopes: &[READ, WRITE],
    routes: &[
        Protected::get("/api/user/profile", Needs::scope(&READ).of_a_user(), read),
        Protected::post(
            "/api/user/update",
            Needs::scope(&WRITE).of_a_user(),
            update::update,
        ),
    ],
};

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

fn read<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let subject = call.access.require_user()?;
        let profile = Profile::of(&call.database()?, subject).await?;
        Ok(Answer::json(200, &profile))
    })
}
