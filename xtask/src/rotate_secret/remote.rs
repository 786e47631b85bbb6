//! The deployed system, by wrangler. Secrets go through its standard input, never on a command line.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    process::Command,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};
use xshell::cmd;

use super::{PREVIOUS, SECRET, System, Values};
use crate::{paths, process, progress};

const CONFIG: &str = "auth-worker/wrangler.toml";
const DATABASE: &str = "DB";

/// The length of a secret of 32 bytes.
const SHORTEST: usize = 43;

/// The most bytes of statements in one call: Linux takes 128 KiB as one argument.
const LONGEST: usize = 64 * 1024;

/// The new secret of a calm rotation that was interrupted.
const NEXT: &str = "OSTIARY_SECRET_NEXT";
/// The program that is called instead of the wrangler of `node_modules`.
const WRANGLER: &str = "OSTIARY_WRANGLER";
/// The seconds until a new secret has reached every isolate of a deployment.
const SPREADING: &str = "OSTIARY_SPREADING";

/// The system that is deployed from here.
pub(super) struct Remote {
    wrangler: OsString,
    spreading: Duration,
}

impl Remote {
    /// As the variables of the environment say.
    pub(super) fn from_environment() -> Result<Self> {
        let wrangler = env::var_os(WRANGLER).filter(|program| !program.is_empty());
        Ok(Self {
            wrangler: wrangler.unwrap_or_else(|| "wrangler".into()),
            spreading: spreading(variable(SPREADING)?.as_deref())?,
        })
    }

    fn call(&self, call: Call, what: &str) -> Result<String> {
        call.run(&self.wrangler, what)
    }
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        // The error itself would show the value.
        Err(env::VarError::NotUnicode(_)) => bail!("{name} is no text"),
    }
}

/// Two minutes, if the setting does not say something else.
fn spreading(setting: Option<&str>) -> Result<Duration> {
    let Some(setting) = setting else {
        return Ok(Duration::from_mins(2));
    };
    let seconds = setting.parse();
    let seconds = seconds.with_context(|| format!("{SPREADING} is a number of seconds"))?;
    Ok(Duration::from_secs(seconds))
}

/// A call of wrangler.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    words: Vec<String>,
    input: String,
}

impl Call {
    fn new(words: &[&str], input: String) -> Self {
        let words = words.iter().chain(&["--config", CONFIG]);
        Self {
            words: words.map(|word| (*word).to_owned()).collect(),
            input,
        }
    }

    /// Runs it; its standard output.
    fn run(self, program: &OsStr, what: &str) -> Result<String> {
        let sh = process::shell()?;
        let Self { words, input } = self;
        let wrangler = Command::from(cmd!(sh, "{program} {words...}"));
        process::succeed_with(wrangler, &input, what)
    }
}

/// Sets the secrets in one deployment.
fn set(values: &Values<'_>) -> Call {
    let members: Map<String, Value> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    Call::new(&["secret", "bulk"], Value::from(members).to_string())
}

/// The names of the secrets that are set.
fn list() -> Call {
    Call::new(&["secret", "list", "--format", "json"], String::new())
}

/// Runs statements on the deployed database.
fn execute(sql: &str) -> Call {
    Call::new(
        &[
            "d1",
            "execute",
            DATABASE,
            "--remote",
            "--yes",
            "--json",
            "--command",
            sql,
        ],
        String::new(),
    )
}

/// Statements in as few texts as calls can take.
fn batches(statements: &[&str]) -> Vec<String> {
    let mut batches: Vec<String> = Vec::new();
    for statement in statements {
        match batches.last_mut() {
            Some(last) if last.len() + statement.len() + 2 <= LONGEST => {
                last.extend(["; ", statement]);
            }
            Some(_) | None => batches.push((*statement).to_owned()),
        }
    }
    batches
}

/// The rows in wrangler's answer to a query.
fn rows(answer: &str) -> Result<Vec<Value>> {
    let answer: Value = serde_json::from_str(answer).context("wrangler did not print rows")?;
    let rows = answer.pointer("/0/results").and_then(Value::as_array);
    rows.cloned().context("wrangler printed no rows")
}

impl System for Remote {
    const SPREADS: bool = true;

    /// It cannot be read from a deployment.
    fn present(&self) -> Result<String> {
        variable(SECRET)?.with_context(|| {
            format!(
                "set {SECRET} in the environment to the deployed secret, which wrangler cannot read. If it is lost, \
                 use --leaked"
            )
        })
    }

    fn begun(&self) -> Result<Option<String>> {
        let next = variable(NEXT)?;
        if next.as_ref().is_some_and(|next| next.len() < SHORTEST) {
            bail!("{NEXT} is shorter than a secret that this command makes");
        }
        Ok(next)
    }

    fn has_previous(&self) -> Result<bool> {
        let names = self.call(list(), "list the secrets")?;
        let names: Value = serde_json::from_str(&names).context("wrangler did not list secrets")?;
        let mut names = names.as_array().into_iter().flatten();
        Ok(names.any(|one| one.get("name").and_then(Value::as_str) == Some(PREVIOUS)))
    }

    fn set(&self, values: &Values<'_>) -> Result<()> {
        // What is not set cannot be removed.
        let keeps_all = values.iter().all(|(_, value)| value.is_some()) || self.has_previous()?;
        let wanted = values
            .iter()
            .filter(|(_, value)| keeps_all || value.is_some());
        let values: Vec<_> = wanted.copied().collect();
        self.call(set(&values), "set the secrets").map(drop)
    }

    fn query(&self, sql: &str) -> Result<Vec<Value>> {
        rows(&self.call(execute(sql), "read the deployed database")?)
    }

    fn execute(&self, sql: &[&str]) -> Result<()> {
        let what = "change the deployed database";
        batches(sql)
            .iter()
            .try_for_each(|sql| self.call(execute(sql), what).map(drop))
    }

    fn spread(&self) {
        let seconds = self.spreading.as_secs();
        progress::line(format!(
            "waiting {seconds} s, until every isolate knows the new secret"
        ));
        thread::sleep(self.spreading);
    }

    fn settings(&self) -> String {
        fs::read_to_string(paths::at(CONFIG)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threat_130_no_secret_is_on_a_command_line_and_both_are_set_at_once() {
        let call = set(&[(SECRET, Some("new-one")), (PREVIOUS, None)]);
        assert_eq!(
            call.words.join(" "),
            "secret bulk --config auth-worker/wrangler.toml"
        );
        assert_eq!(
            call.input,
            r#"{"OSTIARY_SECRET":"new-one","OSTIARY_SECRET_PREVIOUS":null}"#
        );
    }

    #[test]
    fn statements_run_on_the_deployed_database_without_a_question() {
        let call = execute("DELETE FROM a; DELETE FROM b");
        assert_eq!(
            call.words.join(" "),
            "d1 execute DB --remote --yes --json --command DELETE FROM a; DELETE FROM b \
             --config auth-worker/wrangler.toml"
        );
        assert!(list().words.starts_with(&["secret".into(), "list".into()]));
    }

    #[test]
    fn the_clients_of_a_large_installation_fit_on_command_lines() {
        let update = "UPDATE".repeat(40);
        let sql = vec![update.as_str(); 2_000];
        let batches = batches(&sql);
        assert!(batches.iter().all(|batch| batch.len() <= LONGEST));
        assert_eq!(batches.join("; "), sql.join("; "));
        assert!(batches.len() < 10);
    }

    #[test]
    fn the_wait_is_two_minutes_where_nothing_else_is_said() {
        assert_eq!(spreading(None).unwrap(), Duration::from_mins(2));
        assert_eq!(spreading(Some("300")).unwrap(), Duration::from_mins(5));
        for setting in ["", "-1", "2m", "1.5"] {
            assert!(spreading(Some(setting)).is_err(), "{setting}");
        }
    }

    #[test]
    fn rows_are_read_from_wranglers_answer() {
        let found = rows(r#"[{"results":[{"client_id":"shop"}],"success":true,"meta":{}}]"#);
        assert_eq!(found.unwrap()[0]["client_id"], "shop");
        assert!(rows("[]").is_err() && rows("").is_err());
    }
}
