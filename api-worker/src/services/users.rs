//! Users: GET /users, scope `read:users`. This database holds no passwords, so none can leak.

use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, ScopeInfo, Service};
use serde::{Deserialize, Serialize};

const READ: ScopeInfo = ScopeInfo::new("read:users", "Read the list of users");

pub(crate) const SERVICE: Service = Service {
    name: "users",
    scopes: &[READ],
    routes: &[Protected::get("/users", Needs::scope(&READ), users)],
};

#[derive(Deserialize, Serialize)]
struct User {
    sub: String,
    username: String,
    name: Option<String>,
    email: Option<String>,
}

const USERS: &str = "SELECT sub, username, name, email FROM people ORDER BY username LIMIT 500";

fn users<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let database = call.database()?;
        let users: Vec<User> = database.all("d1.read_users", USERS, &[]).await?;
        Ok(Answer::json(200, &users))
    })
}
