//! What the API offers, one service a file, one line each to mount it.

mod data;
mod introspection;
mod posts;
mod profile;
mod protected;
mod students;
mod users;

use guarded_worker::Service;

/// Every service.
pub(crate) const ALL: &[Service] = &[
    protected::SERVICE,
    data::SERVICE,
    introspection::SERVICE,
    profile::SERVICE,
    students::SERVICE,
    posts::SERVICE,
    users::SERVICE,
];
