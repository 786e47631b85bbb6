//! The resource server's demo rows: students, users, profiles and posts.

use anyhow::Result;

use crate::{
    people::{PEOPLE, Person},
    sql::{now, quoted},
};

const POSTS: &[(u8, &str, &str, &str)] = &[
    (
        1,
        "u_ada",
        "Notes on the Analytical Engine",
        "It weaves algebraical patterns just as the loom weaves flowers and leaves.",
    ),
    (
        2,
        "u_ada",
        "On diagrams",
        "A table of operations, step by step, says more than a page of prose.",
    ),
    (
        3,
        "u_alan",
        "On computable numbers",
        "A machine that can do whatever it is programmed to do.",
    ),
    (
        4,
        "u_grace",
        "A moth in relay 70",
        "First actual case of a bug being found. It is taped into the log book.",
    ),
];

/// The statements that write all of it; what is there already stays.
pub(crate) fn all() -> Result<Vec<String>> {
    let now = now()?;
    let mut statements =
        vec!["INSERT OR IGNORE INTO students (id, name) VALUES (1, 'Ada'), (2, 'Alan')".to_owned()];
    statements.extend(
        PEOPLE
            .iter()
            .flat_map(|person| [row(person), profile(person, now)]),
    );
    statements.extend(POSTS.iter().map(|(id, sub, title, body)| {
        let texts = [*sub, *title, *body].map(quoted).join(", ");
        format!("INSERT OR IGNORE INTO posts (id, sub, title, body, published_at) VALUES ({id}, {texts}, {now})")
    }));
    Ok(statements)
}

fn row(person: &Person) -> String {
    let texts = [person.id, person.username, person.name, person.email]
        .map(quoted)
        .join(", ");
    format!("INSERT OR IGNORE INTO people (sub, username, name, email) VALUES ({texts})")
}

fn profile(person: &Person, now: u64) -> String {
    let texts = [person.id, person.name, person.email, person.bio]
        .map(quoted)
        .join(", ");
    format!(
        "INSERT OR IGNORE INTO profiles (sub, name, email, bio, updated_at) VALUES ({texts}, {now})"
    )
}
