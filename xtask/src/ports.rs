//! Where the three workers listen, and so their origins.

use std::{io, net::TcpListener};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::arguments::Arguments;

/// The port of each worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) app: u16,
    pub(crate) auth: u16,
    pub(crate) api: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            app: 8787,
            auth: 8788,
            api: 8789,
        }
    }
}

impl Ports {
    /// `--app-port`, `--auth-port`, `--api-port`
    pub(crate) fn from_arguments(arguments: &mut Arguments) -> Result<Self> {
        let usual = Self::default();
        let ports = Self {
            app: arguments.parsed("--app-port")?.unwrap_or(usual.app),
            auth: arguments.parsed("--auth-port")?.unwrap_or(usual.auth),
            api: arguments.parsed("--api-port")?.unwrap_or(usual.api),
        };
        if ports.app == ports.auth || ports.auth == ports.api || ports.app == ports.api {
            bail!("the three workers need three different ports");
        }
        Ok(ports)
    }

    /// The ports with the workers' names.
    pub(crate) const fn named(self) -> [(&'static str, u16); 3] {
        [("app", self.app), ("auth", self.auth), ("api", self.api)]
    }

    pub(crate) fn json(self) -> Value {
        json!({ "app": self.app, "auth": self.auth, "api": self.api })
    }

    /// An error that names the ports in use and the way out.
    pub(crate) fn must_be_free(self) -> Result<()> {
        let taken: Vec<(&str, u16)> = self
            .named()
            .into_iter()
            .filter(|&(_, port)| !is_free(port))
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = taken
            .iter()
            .map(|(name, port)| format!("{port} ({name})"))
            .collect();
        let moved: Vec<String> = taken
            .iter()
            .map(|(name, port)| format!("--{name}-port {}", port.saturating_add(10)))
            .collect();
        bail!(
            "port {} in use: stop what listens there, or choose another: `cargo xtask dev {}`",
            names.join(", "),
            moved.join(" ")
        )
    }
}

/// Browsers try `localhost` at `::1` first: whoever listens there would be taken for us.
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
        let error = Ports {
            auth,
            ..Ports::default()
        }
        .must_be_free()
        .unwrap_err()
        .to_string();
        assert!(error.contains(&format!("{auth} (auth)")), "{error}");
        assert!(error.contains("--auth-port"), "{error}");
    }
}
