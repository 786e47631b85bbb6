//! The issuer's keys, by the service binding: no request leaves the platform.

use edge::Outbound;
use oauth_core::Fault;
use oauth_guard::KeySource;
use worker::Env;

/// The authorization server behind the binding `AUTH`.
pub(crate) struct AuthService<'a> {
    pub(crate) env: &'a Env,
    pub(crate) issuer: &'a str,
}

impl KeySource for AuthService<'_> {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        let service = self
            .env
            .service("AUTH")
            .map_err(|error| Fault::new("auth.open", error))?;
        let url = format!("{}/oauth/jwks", self.issuer);
        let fetched = edge::fetch(&service, &Outbound::get("auth.jwks", &url)).await?;
        if fetched.status == 200 {
            Ok(fetched.body)
        } else {
            Err(Fault::new(
                "auth.jwks",
                format_args!("status {}", fetched.status),
            ))
        }
    }
}
