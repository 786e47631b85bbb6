//! The demo users.

/// Someone who can sign in.
pub(crate) struct Person {
    pub(crate) id: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) bio: &'static str,
}

pub(crate) const PEOPLE: &[Person] = &[
    Person {
        id: "u_ada",
        username: "ada",
        password: "lovelace-1843",
        name: "Ada Lovelace",
        email: "ada@example.com",
        roles: "",
        bio: "Wrote the first program, for a machine that was never finished.",
    },
    Person {
        id: "u_alan",
        username: "alan",
        password: "turing-1936",
        name: "Alan Turing",
        email: "alan@example.com",
        roles: "",
        bio: "Asked what a machine can compute, and whether it can think.",
    },
    Person {
        id: "u_grace",
        username: "grace",
        password: "hopper-1952",
        name: "Grace Hopper",
        email: "grace@example.com",
        roles: "operator administrator",
        bio: "Wrote the first compiler, and kept the first bug.",
    },
];
