//! The command line: one description, from which the parser and `cargo xtask help` are made.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Result, bail};

xflags::xflags! {
    /// The project's commands.
    cmd xtask {
        /// Builds and starts everything, from a fresh clone too; rebuilds what changes; Ctrl-C ends it.
        cmd dev {
            /// Remove the local state first.
            optional --fresh
            /// Build optimised.
            optional --release
            /// The port of the app, 8787 if absent.
            optional --app-port port: u16
            /// The port of the authorization server, 8788 if absent.
            optional --auth-port port: u16
            /// The port of the resource server, 8789 if absent.
            optional --api-port port: u16
        }
        /// Runs all checks.
        cmd test {
            /// Run one layer: format, lint, unit, simulate, build, workers, clients, guide or browser.
            optional --only layer: String
        }
        /// Builds workers, as `wrangler dev` and `wrangler deploy` ask; optimised outside `wrangler dev`.
        cmd build {
            /// app, auth, api or notes; the first three if absent.
            repeated workers: String
            /// Build quickly.
            optional --quick
            /// Build optimised.
            optional --release
        }
        /// Writes migrations, local secrets and demo data.
        cmd seed {
            /// The folder that wrangler calls --persist-to.
            optional --state folder: PathBuf
            optional --app-port port: u16
            optional --auth-port port: u16
            optional --api-port port: u16
        }
        /// Adds a user or a client to the local database.
        cmd add {
            /// Print the SQL instead of running it.
            optional --print
            /// Adds a user; the password is the first line of standard input.
            cmd user {
                required name: String
                optional --display-name text: String
                optional --email address: String
                /// Roles, separated by spaces: 'operator administrator'.
                optional --roles roles: String
            }
            /// Adds a client; its secret is generated, and shown this once.
            cmd client {
                required id: String
                optional --display-name text: String
                /// May be repeated.
                repeated --redirect-uri uri: String
                /// Scopes, separated by spaces; openid if absent.
                optional --scope scopes: String
                /// Grant types, separated by spaces: 'authorization_code refresh_token'.
                optional --grants grants: String
                /// Register it without a secret.
                optional --public
                /// Issue opaque access tokens to it.
                optional --opaque-tokens
                /// Do not rotate its refresh tokens.
                optional --keep-refresh-tokens
                /// Accept only its pushed authorization requests.
                optional --push-required
                /// A resource whose tokens it may introspect; may be repeated.
                repeated --resource-server-for uri: String
            }
        }
        /// Lets a registered client ask for more scopes.
        cmd allow {
            required client: String
            repeated scopes: String
            /// Print the SQL instead of running it on the local database.
            optional --print
        }
        /// Installs the tools.
        cmd setup {
            /// Install a browser for the tests as well.
            optional --browser
        }
    }
}

/// The command to run.
pub(crate) fn read() -> Result<XtaskCmd> {
    parse(std::env::args_os().skip(1))
}

fn parse(words: impl Iterator<Item = OsString>) -> Result<XtaskCmd> {
    let mut words: Vec<OsString> = words.flat_map(name_and_value).collect();
    if words.is_empty() || words == ["help"] {
        words = vec!["--help".into()];
    }
    match Xtask::from_vec(words) {
        Ok(flags) => Ok(flags.subcommand),
        Err(error) if error.is_help() => error.exit(),
        Err(error) => {
            bail!("the command line is not understood: {error}; see `cargo xtask help`")
        }
    }
}

/// `--name=value` as two words: xflags reads only these.
fn name_and_value(word: OsString) -> Vec<OsString> {
    let text = word.to_str().filter(|text| text.starts_with("--"));
    match text.and_then(|text| text.split_once('=')) {
        Some((name, value)) => vec![name.into(), value.into()],
        None => vec![word],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &str) -> Result<XtaskCmd> {
        parse(words.split(' ').map(OsString::from))
    }

    #[test]
    fn values_are_read_in_both_spellings() {
        let Ok(XtaskCmd::Dev(dev)) = line("dev --app-port 1 --api-port=2 --fresh") else {
            panic!("not understood");
        };
        assert_eq!((dev.app_port, dev.api_port), (Some(1), Some(2)));
        assert!(dev.fresh);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = line("dev --frehs").unwrap_err();
        assert!(error.to_string().contains("--frehs"));
        assert!(line("test --only").is_err());
        assert!(line("dev --app-port x").is_err());
    }
}
