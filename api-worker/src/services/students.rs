//! Students: GET /students, scope `read:students`.

use guarded_worker::{Answer, Call, Fault, HandlerFuture, Needs, Protected, ScopeInfo, Service};
use serde::{Deserialize, Serialize};

pub(crate) const READ: ScopeInfo = ScopeInfo::new("read:students", "Read the list of students");

pub(crate) const SERVICE: Service = Service {
    name: "students",
    scopes: &[READ],
    routes: &[Protected::get("/students", Needs::scope(&READ), students)],
};

#[derive(Deserialize, Serialize)]
pub(crate) struct Student {
    id: u32,
    name: String,
}

const STUDENTS: &str = "SELECT id, name FROM students ORDER BY id LIMIT 500";

fn students<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move { Ok(Answer::json(200, &listed(call).await?)) })
}

/// All of them.
pub(crate) async fn listed(call: &Call<'_>) -> Result<Vec<Student>, Fault> {
    let database = call.database()?;
    database.all("d1.read_students", STUDENTS, &[]).await
}
