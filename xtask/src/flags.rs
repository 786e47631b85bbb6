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
            /// The port of the app, 8790 if absent.
            optional --app-port port: u16
            /// The port of the authorization server, 8788 if absent.
            optional --auth-port port: u16
            /// The port of the resource server, 8789 if absent.
            optional --api-port port: u16
        }
        /// Runs all checks.
        cmd test {
            /// Run one layer: format, lint, unit, simulate, mutants, build, workers, clients, guide or browser.
            optional --only layer: String
        }
        /// Measures the system side by side with its peers, and writes docs/performance.md.
        cmd bench {
            /// Run one part: rows, exactly-once, operations, sizes, start, growth or soak; or one row, by its key. Nothing is written then.
            optional --only part: String
            /// Take fewer and shorter slices.
            optional --quick
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
        /// Prints where the bytes of a worker are: by kind of code, by crate, and the largest functions.
        cmd sizes {
            /// app, auth or api; auth if absent.
            optional worker: String
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
            /// Registers a client; `cargo xtask add client --help` lists its options.
            cmd client {
                repeated words: OsString
            }
        }
        /// Lets a registered client ask for more scopes.
        cmd allow {
            required client: String
            repeated scopes: String
            /// Print the SQL instead of running it on the local database.
            optional --print
        }
        /// Gives the authorization server a new OSTIARY_SECRET; what was made under the old one stays valid for a while.
        cmd rotate-secret {
            /// The old secret has leaked: what follows from it ends at once.
            optional --leaked
            /// End a rotation: the secret before the present one is no longer accepted.
            optional --finish
            /// Rotate the deployed secret, by wrangler, instead of the local one.
            optional --remote
            /// The folder that wrangler calls --persist-to.
            optional --state folder: PathBuf
        }
        /// Installs the tools.
        cmd setup {
            /// Install a browser for the tests as well.
            optional --browser
            /// Install the Python packages of the tests as well.
            optional --python
        }
    }
}

/// The command to run.
pub(crate) fn read() -> Result<XtaskCmd> {
    parse(std::env::args_os().skip(1))
}

fn parse(words: impl Iterator<Item = OsString>) -> Result<XtaskCmd> {
    let mut words: Vec<OsString> = client_words(words.collect());
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

/// The options of a client are those of its registration's fields, which this description does not know: they are
/// passed on as they are.
fn client_words(words: Vec<OsString>) -> Vec<OsString> {
    let is = |word: &OsString, name: &str| word.as_os_str() == name;
    let place = words.iter().position(|word| is(word, "client"));
    let Some(place) = place.filter(|_| words.first().is_some_and(|word| is(word, "add"))) else {
        return words.into_iter().flat_map(name_and_value).collect();
    };
    let (before, after) = words.split_at(place + 1);
    let (print, options): (Vec<_>, Vec<_>) =
        after.iter().cloned().partition(|word| is(word, "--print"));
    let (add, client) = before.split_at(1);
    [add, &print, client, &["--".into()], &options].concat()
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
    fn a_part_of_the_benchmarks_is_named() {
        let Ok(XtaskCmd::Bench(bench)) = line("bench --only=soak --quick") else {
            panic!("not understood");
        };
        assert_eq!((bench.only.as_deref(), bench.quick), (Some("soak"), true));
        let Ok(XtaskCmd::Bench(bench)) = line("bench") else {
            panic!("not understood");
        };
        assert_eq!((bench.only, bench.quick), (None, false));
        assert!(line("bench soak").is_err());
    }

    #[test]
    fn the_options_of_a_client_are_passed_on() {
        for words in [
            "add client shop --scope=read --public --print",
            "add --print client shop --scope=read --public",
        ] {
            let Ok(XtaskCmd::Add(add)) = line(words) else {
                panic!("not understood");
            };
            assert!(add.print);
            let AddCmd::Client(client) = add.subcommand else {
                panic!("not a client");
            };
            assert_eq!(client.words, ["shop", "--scope=read", "--public"]);
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = line("dev --frehs").unwrap_err();
        assert!(error.to_string().contains("--frehs"));
        assert!(line("test --only").is_err());
        assert!(line("dev --app-port x").is_err());
    }
}
