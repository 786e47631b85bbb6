//! GET /posts: a welcome for the token's user, and that user's posts.

use edge::d1::text;
use oauth_core::http::Answer;
use serde::{Deserialize, Serialize};

use crate::route::{Call, Served};
use crate::services::profile::Profile;

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

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        let subject = call.access.require_user()?;
        let profile = Profile::of(&call.database, subject).await?;
        let values = [text(Some(subject))];
        let posts = call.database.all("d1.read_posts", POSTS, &values).await?;
        let name = profile.name.unwrap_or(profile.sub);
        let body = Body {
            welcome: format!("Welcome, {name}"),
            posts,
        };
        Ok(Answer::json(200, &body))
    })
}
