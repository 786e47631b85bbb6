//! The worker's configuration, read once an isolate, and the guard that lives as long.

use std::cell::OnceCell;
use std::rc::Rc;

use edge::{ConfigFaults, Settings, Site};
use oauth_guard::{Config, Guard};
use webcrypto::WebCrypto;
use worker::Env;

/// This resource server.
#[derive(Debug)]
pub(crate) struct Api {
    /// The authorization server.
    pub(crate) issuer: String,
    /// Our own origin, which is our resource identifier.
    pub(crate) resource: String,
    /// What the way of a request needs to know.
    pub(crate) site: Site,
    /// Admits requests.
    pub(crate) guard: Guard<WebCrypto>,
}

thread_local! {
    static CURRENT: OnceCell<Rc<Api>> = const { OnceCell::new() };
}

impl Api {
    /// The one of this isolate. Faults are not kept, so that a repaired setting counts.
    pub(crate) fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|current| {
            if let Some(api) = current.get() {
                return Ok(Rc::clone(api));
            }
            let api = Rc::new(Self::read(Settings::from_env(env))?);
            Ok(Rc::clone(current.get_or_init(|| api)))
        })
    }

    fn read(mut settings: Settings<'_>) -> Result<Self, ConfigFaults> {
        let issuer = settings.origin("ISSUER");
        let resource = settings.origin("RESOURCE");
        let origins = settings.origins("ALLOWED_ORIGINS");
        let config = Config {
            issuer: issuer.clone(),
            resource: resource.clone(),
        };
        settings.finish(Self {
            site: Site {
                secure: resource.starts_with("https://"),
                origins,
            },
            guard: Guard::new(config, WebCrypto::new()),
            issuer,
            resource,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resource: &'static str) -> Result<Api, ConfigFaults> {
        Api::read(Settings::new(move |name| match name {
            "ISSUER" => Some("https://auth.example.org".to_owned()),
            "RESOURCE" => Some(resource.to_owned()),
            "ALLOWED_ORIGINS" => Some("https://app.example.org".to_owned()),
            _ => None,
        }))
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let api = read("https://api.example.org").unwrap();
        assert!(api.site.secure);
        assert_eq!(api.site.origins, ["https://app.example.org"]);
    }

    #[test]
    fn a_resource_that_is_no_origin_is_refused() {
        let faults = read("https://api.example.org/v1").unwrap_err();
        assert!(faults.to_string().contains("RESOURCE"));
    }
}
