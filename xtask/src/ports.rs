//! Where the three workers listen, and so their origins.

use std::{io, net::TcpListener};

use anyhow::{Result, bail};
use serde_json::{Value, json};

/// The port of each worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) app: u16,
    pub(crate) auth: u16,
    pub(crate) api: u16,
}

impl Ports {
    /// The ports that were given, and the usual ones for the others.
    pub(crate) fn new(app: Option<u16>, auth: Option<u16>, api: Option<u16>) -> Result<Self> {
        let ports = Self {
            app: app.unwrap_or(8790),
            auth: auth.unwrap_or(8788),
            api: api.unwrap_or(8789),
        };
        if ports.app == ports.auth || ports.auth == ports.api || ports.app == ports.api {
            bail!("the three workers need three different ports");
        }
        Ok(ports)
    }

    pub(crate) fn json(self) -> Value {
        json!({ "app": self.app, "auth": self.auth, "api": self.api })
    }

    /// An error that names the ports in use and the way out.
    pub(crate) fn must_be_free(self) -> Result<()> {
        let mut taken = vec![("app", self.app), ("auth", self.auth), ("api", self.api)];
        taken.retain(|&(_, port)| !is_free(port));
        let list = |text: fn(&str, u16) -> String, between: &str| {
            let texts: Vec<_> = taken.iter().map(|&(name, port)| text(name, port)).collect();
            texts.join(between)
        };
        let names = list(|name, port| format!("{port} ({name})"), ", ");
        let moved = list(
            |name, port| format!("--{name}-port {}", port.saturating_add(10)),
            " ",
        );
        if !taken.is_empty() {
            bail!(
                "port {names} in use: stop what listens there, or choose another: `cargo xtask dev {moved}`"
            );
        }
        Ok(())
    }
}

/// Browsers try `localhost` at `::1` first: whatever listens there would get the app's requests.
fn is_free(port: u16) -> bool {
    let in_use = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
    port != 0
        && TcpListener::bind(("127.0.0.1", port)).is_ok()
        && !TcpListener::bind(("::1", port)).is_err_and(|error| in_use(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_used_at_the_other_loopback_address_is_not_free() {
        // A machine without IPv6 has no such address.
        let Ok(taken) = TcpListener::bind("[::1]:0") else {
            return;
        };
        assert!(!is_free(taken.local_addr().unwrap().port()));
    }

    #[test]
    fn a_port_in_use_is_named_with_a_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let auth = taken.local_addr().unwrap().port();
        let ports = Ports::new(None, Some(auth), None).unwrap();
        let error = ports.must_be_free().unwrap_err().to_string();
        assert!(error.contains(&format!("{auth} (auth)")), "{error}");
        assert!(error.contains("--auth-port"), "{error}");
    }
}
