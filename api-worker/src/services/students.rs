//! GET /students, scope `read:students`.

use oauth_core::http::Answer;
use serde::{Deserialize, Serialize};

use crate::route::{Call, Served};

#[derive(Deserialize, Serialize)]
struct Student {
    id: u32,
    name: String,
}

const STUDENTS: &str = "SELECT id, name FROM students ORDER BY id LIMIT 500";

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        call.access.require("read:students")?;
        let students: Vec<Student> = call.database.all("d1.read_students", STUDENTS, &[]).await?;
        Ok(Answer::json(200, &students))
    })
}
