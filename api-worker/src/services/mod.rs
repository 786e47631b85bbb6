//! The services of the API: one file and one line here for each.

mod data;
mod introspection;
mod posts;
pub(crate) mod profile;
mod protected;
pub(crate) mod students;
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
