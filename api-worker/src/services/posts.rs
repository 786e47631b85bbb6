//! Posts: GET /posts, a welcome for the token's user, and that user's posts. Any token of a user's opens it; the scope
//! is for clients that want to say on the consent page what they are after.

use guarded_worker::d1::text;
use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, ScopeInfo, Service};
use serde::{Deserialize, Serialize};

use crate::services::profile::Profile;

const READ: ScopeInfo = ScopeInfo::new("read:posts", "Read your posts");

pub(crate) const SERVICE: Service = Service {
    name: "posts",
    scopes: &[READ],
    routes: &[Protected::get("/posts", Needs::USER, posts)],
};

#[derive(Deserialize, Serialize)]
struct Post {
    id: u32,
    title: String,
    body: String,
    published_at: i64,
}

#[derive(Serialize)]
struct Body {
    welcome: String,
    posts: Vec<Post>,
}

const POSTS: &str = "SELECT id, title, body, published_at FROM posts WHERE sub = ?1 \
                     ORDER BY published_at DESC, id LIMIT 100";

fn posts<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let subject = call.access.require_user()?;
        let database = call.database()?;
        let profile = Profile::of(&database, subject).await?;
        let values = [text(Some(subject))];
        let posts = database.all("d1.read_posts", POSTS, &values).await?;
        let name = profile.name.unwrap_or(profile.sub);
        let body = Body {
            welcome: format!("Welcome, {name}"),
            posts,
        };
        Ok(Answer::json(200, &body))
    })
}
