//! Data: GET /api/data and GET /protected-data: data for anyone with a valid token.

use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, Service};
use serde::{Deserialize, Serialize};

pub(crate) const SERVICE: Service = Service {
    name: "data",
    scopes: &[],
    routes: &[
        Protected::get("/api/data", Needs::TOKEN, data),
        Protected::get("/protected-data", Needs::TOKEN, data),
    ],
};

#[derive(Deserialize, Serialize)]
struct Data {
    students: u32,
    posts: u32,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'static str,
    sub: &'a str,
    data: Data,
}

const COUNTS: &str = "SELECT (SELECT count(*) FROM students) AS students, \
                      (SELECT count(*) FROM posts) AS posts";

fn data<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let counted = call.database()?.first("d1.count_data", COUNTS, &[]).await?;
        let body = Body {
            message: "protected data",
            sub: call.access.subject(),
            data: counted.unwrap_or(Data {
                students: 0,
                posts: 0,
            }),
        };
        Ok(Answer::json(200, &body))
    })
}
