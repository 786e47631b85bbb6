//! Students: GET /students, scope `read:students`.

use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, ScopeInfo, Service};
use serde::{Deserialize, Serialize};

const READ: ScopeInfo = ScopeInfo::new("read:students", "Read the list of students");

pub(crate) const SERVICE: Service = Service {
    name: "students",
    scopes: &[READ],
    routes: &[Protected::get("/students", Needs::scope(&READ), students)],
};

#[derive(Deserialize, Serialize)]
struct Student {
    id: u32,
    name: String,
}

const STUDENTS: &str = "SELECT id, name FROM students ORDER BY id LIMIT 500";

fn students<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let database = call.database()?;
        let students: Vec<Student> = database.all("d1.read_students", STUDENTS, &[]).await?;
        Ok(Answer::json(200, &students))
    })
}
