//! The grants of the token endpoint, one file each.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod issue;
pub(crate) mod refresh_token;
