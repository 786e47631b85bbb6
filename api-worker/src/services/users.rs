//! GET /users, scope `read:users`. This database knows no password, so none can be told.

use oauth_core::http::Answer;
use serde::{Deserialize, Serialize};

use crate::route::{Call, Served};

#[derive(Deserialize, Serialize)]
struct User {
    sub: String,
    username: String,
    name: Option<String>,
    email: Option<String>,
}

const USERS: &str = "SELECT sub, username, name, email FROM people ORDER BY username LIMIT 500";

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        call.access.require("read:users")?;
        let users: Vec<User> = call.database.all("d1.read_users", USERS, &[]).await?;
        Ok(Answer::json(200, &users))
    })
}
