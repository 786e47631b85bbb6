//! A new `OSTIARY_SECRET`: `cargo xtask rotate-secret [--leaked | --finish] [--remote]`. `docs/operations.md` says what each
//! of them does to whom.

mod local;
mod remote;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{flags::RotateSecret, paths, process, progress, tools};
use local::Local;
use remote::Remote;

/// The secret from which everything follows.
const SECRET: &str = "OSTIARY_SECRET";
/// The one before it, while that counts.
const PREVIOUS: &str = "OSTIARY_SECRET_PREVIOUS";

/// Removes what isolates that still had a leaked secret have made under it.
const FORGET_KEYS: &str = "DELETE FROM signing_keys";

/// How a calm rotation is gone on with after a failure.
const GO_ON: &str = "If it was interrupted, run it again with OSTIARY_SECRET_NEXT set to the secret that it has shown. ";

/// The last of the rotations that the audit has.
const LAST: &str =
    "SELECT reason FROM audit WHERE event = 'secret_rotated' ORDER BY seq DESC LIMIT 1";

/// The clients that authenticate with a secret that somebody can give them. Those that registered themselves do so again.
const CLIENTS: &str = "SELECT client_id FROM clients \
    WHERE json_array_length(record, '$.secret_hashes') > 0 AND record ->> '$.registered_by' IS NULL";

/// New values for the two secrets; `None` removes one.
type Values<'a> = [(&'static str, Option<&'a str>)];

/// The system whose secret is rotated.
trait System {
    /// The present secret.
    fn present(&self) -> Result<String>;
    /// Whether the one before it still counts.
    fn has_previous(&self) -> Result<bool>;
    /// Sets both at once.
    fn set(&self, values: &Values<'_>) -> Result<()>;
    /// The rows that a query finds.
    fn query(&self, sql: &str) -> Result<Vec<Value>>;
    /// Runs statements.
    fn execute(&self, sql: &[&str]) -> Result<()>;
    /// The variables of the worker, as text.
    fn settings(&self) -> String;
    /// The new secret of a calm rotation that was interrupted, where its operator gives it again.
    fn begun(&self) -> Result<Option<String>> {
        Ok(None)
    }
    /// Whether isolates may know only one of two secrets for a while.
    const SPREADS: bool;
    /// Waits until all of them know the new one.
    fn spread(&self) {}
}

/// `cargo xtask rotate-secret`
pub(crate) fn run(flags: RotateSecret) -> Result<()> {
    tools::install()?;
    if flags.remote {
        return rotate(&Remote::from_environment()?, flags.leaked, flags.finish);
    }
    let state = flags.state.unwrap_or_else(paths::local_state);
    let state = std::path::absolute(state).context("--state is not a path")?;
    rotate(&Local::new(state), flags.leaked, flags.finish)
}

fn rotate<S: System>(system: &S, is_leaked: bool, is_finished: bool) -> Result<()> {
    match (is_leaked, is_finished) {
        (true, true) => bail!("--leaked and --finish exclude each other"),
        (true, false) => leaked(system),
        (false, true) => finish(system),
        (false, false) => calm(system),
    }
}

/// Nobody is signed out: both secrets count until the one before is dropped.
fn calm<S: System>(system: &S) -> Result<()> {
    let begun = system.begun()?;
    let has_previous = system.has_previous()?;
    if has_previous && begun.is_none() {
        let interrupted = if S::SPREADS { GO_ON } else { "" };
        bail!(
            "a rotation has not been finished: {PREVIOUS} is set. {interrupted}End it with \
             `cargo xtask rotate-secret --finish`; what was made under that secret is then refused"
        );
    }
    let old = system.present()?;
    let made = made(system, "calm", &[])?;
    let new = begun.as_deref().map_or_else(|| text(&made, "secret"), Ok)?;
    if new == old {
        bail!("{SECRET} and the new secret are the same");
    }
    if S::SPREADS && begun.is_none() {
        show_secret(new);
    }
    let done = replace(system, &old, new, has_previous).and_then(|()| {
        let audit = system.execute(&[text(&made, "audit")?]);
        audit.context("the new secret is set, but the audit does not say so")
    });
    if S::SPREADS {
        done.context(GO_ON.trim_end())?;
    } else {
        done?;
    }
    let until = text(&made, "until")?;
    progress::line(format!(
        "from {until} on nothing needs the old one: `cargo xtask rotate-secret --finish`"
    ));
    Ok(())
}

/// Sets both secrets, once every isolate accepts what is made under the new one.
fn replace<S: System>(system: &S, old: &str, new: &str, has_previous: bool) -> Result<()> {
    if S::SPREADS {
        // Where an interrupted rotation has set both already, this alone would drop the old one.
        if !has_previous {
            system.set(&[(PREVIOUS, Some(new))])?;
        }
        system.spread();
    }
    system.set(&[(SECRET, Some(new)), (PREVIOUS, Some(old))])?;
    progress::line("the new secret is set, and what was made under the old one stays valid");
    Ok(())
}

/// The secret before the present one counts no more.
fn finish<S: System>(system: &S) -> Result<()> {
    let has_previous = system.has_previous()?;
    if !has_previous && !is_end_unrecorded(system)? {
        progress::line(format!("{PREVIOUS} is not set: there is nothing to end"));
        return Ok(());
    }
    let made = made(system, "finished", &[])?;
    if has_previous {
        system.set(&[(PREVIOUS, None)])?;
    }
    progress::line("the secret before the present one is no longer accepted");
    system.execute(&[text(&made, "audit")?]).context(
        "that secret is no longer accepted, but the audit does not say so: run the command again",
    )
}

/// Whether a rotation was ended that the audit does not have as ended.
fn is_end_unrecorded<S: System>(system: &S) -> Result<bool> {
    let rows = system.query(LAST)?;
    let last = rows.first().and_then(|row| row.get("reason")?.as_str());
    Ok(last == Some("calm"))
}

/// Ends what follows from the old secret. The secret comes first: from then on nothing made under the old one is accepted.
fn leaked<S: System>(system: &S) -> Result<()> {
    let rows = system.query(CLIENTS)?;
    let clients: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.get("client_id")?.as_str())
        .collect();
    let made = made(system, "leaked", &clients)?;
    end_leaked(system, &made)
}

/// The same with a new secret, and with what follows from it.
fn end_leaked<S: System>(system: &S, made: &Value) -> Result<()> {
    let new = text(made, "secret")?;
    if S::SPREADS {
        show_secret(new);
    }
    system.set(&[(SECRET, Some(new)), (PREVIOUS, None)])?;
    progress::line(
        "the new secret is set: sessions, codes, refresh tokens and opaque tokens from before are refused",
    );
    let sql = made.get("sql").and_then(Value::as_array);
    let sql = sql.into_iter().flatten().filter_map(Value::as_str);
    let sql: Vec<&str> = sql.chain([text(made, "audit")?]).collect();
    system.execute(&sql).context(
        "the new secret is set, but the keys and the clients' secrets are not: run the command again",
    )?;
    progress::line("the signing keys are removed, and new ones are made at the next request");
    show_clients(made)?;
    if S::SPREADS {
        system.spread();
        // Whoever has the old secret could open these keys too, and their public halves would stay published.
        system.execute(&[FORGET_KEYS]).context(
            "keys may be left that were made under the old secret meanwhile: run the command again",
        )?;
        progress::line("and those that were made meanwhile");
    }
    Ok(())
}

fn show_clients(made: &Value) -> Result<()> {
    for client in made
        .get("clients")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let (id, secret) = (text(client, "client_id")?, text(client, "secret")?);
        eprintln!("client_secret of {id}, shown this once: {secret}");
    }
    Ok(())
}

fn show_secret(secret: &str) {
    eprintln!("{SECRET}, shown this once; the next rotation needs it: {secret}");
}

/// Has the rules of oauth-core make the secret, and what follows from it.
fn made<S: System>(system: &S, reason: &str, clients: &[&str]) -> Result<Value> {
    let sh = process::shell()?;
    let before = json!({ "reason": reason, "clients": clients, "settings": system.settings() });
    let cargo = cmd!(sh, "cargo run --quiet --package demo-data -- rotation");
    let made = process::succeed_with(cargo, &before.to_string(), "make a secret")?;
    serde_json::from_str(&made).context("the new secret cannot be read")
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    let text = value.get(name).and_then(Value::as_str);
    text.with_context(|| format!("`{name}` is missing"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Fake {
        has_previous: bool,
        acts: RefCell<Vec<String>>,
    }

    /// A fake whose isolates learn of a secret one after the other.
    #[derive(Default)]
    struct Spreading(Fake);

    impl System for Spreading {
        const SPREADS: bool = true;
        fn present(&self) -> Result<String> {
            self.0.present()
        }
        fn has_previous(&self) -> Result<bool> {
            self.0.has_previous()
        }
        fn set(&self, values: &Values<'_>) -> Result<()> {
            self.0.set(values)
        }
        fn query(&self, sql: &str) -> Result<Vec<Value>> {
            self.0.query(sql)
        }
        fn execute(&self, sql: &[&str]) -> Result<()> {
            self.0
                .acts
                .borrow_mut()
                .extend(sql.iter().map(|one| (*one).to_owned()));
            Ok(())
        }
        fn settings(&self) -> String {
            self.0.settings()
        }
        fn spread(&self) {
            self.0.acts.borrow_mut().push("wait".to_owned());
        }
    }

    impl System for Fake {
        const SPREADS: bool = false;
        fn present(&self) -> Result<String> {
            Ok("old".to_owned())
        }
        fn has_previous(&self) -> Result<bool> {
            Ok(self.has_previous)
        }
        fn set(&self, values: &Values<'_>) -> Result<()> {
            let names = values
                .iter()
                .map(|(name, value)| format!("{name}={}", value.map_or("none", |_| "set")));
            self.acts
                .borrow_mut()
                .push(names.collect::<Vec<_>>().join(" "));
            Ok(())
        }
        fn query(&self, _: &str) -> Result<Vec<Value>> {
            Ok(Vec::new())
        }
        fn execute(&self, _: &[&str]) -> Result<()> {
            Ok(())
        }
        fn settings(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn a_second_calm_rotation_would_end_what_the_first_has_saved() {
        let fake = Fake {
            has_previous: true,
            ..Fake::default()
        };
        let error = rotate(&fake, false, false).unwrap_err().to_string();
        assert!(error.contains("--finish"), "{error}");
        assert!(fake.acts.borrow().is_empty());
        assert!(rotate(&fake, true, true).is_err());
    }

    #[test]
    fn threat_130_no_key_stays_that_an_isolate_with_the_leaked_secret_made_meanwhile() {
        let system = Spreading::default();
        let made = json!({ "secret": "new", "clients": [], "sql": ["KEYS"], "audit": "AUDIT" });
        end_leaked(&system, &made).unwrap();
        let acts = system.0.acts.borrow();
        let set = "OSTIARY_SECRET=set OSTIARY_SECRET_PREVIOUS=none";
        assert_eq!(*acts, [set, "KEYS", "AUDIT", "wait", FORGET_KEYS]);
    }
}
