//! The local system: secrets in the auth worker's `.dev.vars`, rows in the local database.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{PREVIOUS, SECRET, System, Values};
use crate::{paths, seed};

/// The system whose state is in a folder.
pub(super) struct Local {
    state: PathBuf,
    file: PathBuf,
}

impl Local {
    pub(super) fn new(state: PathBuf) -> Self {
        let [_, auth, _] = seed::secret_folders(&state);
        Self {
            state,
            file: auth.join(".dev.vars"),
        }
    }

    fn text(&self) -> Result<String> {
        fs::read_to_string(&self.file).with_context(|| {
            let file = paths::short(&self.file);
            format!("{file} cannot be read: `cargo xtask dev` makes it at its first start")
        })
    }

    fn value(&self, name: &str) -> Result<Option<String>> {
        let text = self.text()?;
        let mut values = text.lines().filter_map(|line| value_of(line, name));
        Ok(values.next().map(str::to_owned))
    }
}

impl System for Local {
    const SPREADS: bool = false;

    fn present(&self) -> Result<String> {
        let present = self.value(SECRET)?;
        present.with_context(|| format!("{} has no {SECRET}", paths::short(&self.file)))
    }

    fn has_previous(&self) -> Result<bool> {
        Ok(self.value(PREVIOUS)?.is_some())
    }

    fn set(&self, values: &Values<'_>) -> Result<()> {
        let text = values.iter().fold(self.text()?, |text, (name, value)| {
            with(&text, name, *value)
        });
        // Written beside it and moved: an interrupted rotation leaves one file or the other.
        let beside = self.file.with_extension("vars.new");
        let write = || {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(text.as_bytes())?;
            fs::rename(&beside, &self.file)
        };
        write().with_context(|| format!("cannot write {}", paths::short(&self.file)))?;
        crate::progress::line("it takes effect when the system starts again");
        Ok(())
    }

    fn query(&self, sql: &str) -> Result<Vec<Value>> {
        seed::query(&self.state, sql)
    }

    fn execute(&self, sql: &[&str]) -> Result<()> {
        let rows = json!({ "auth": sql, "api": [] });
        seed::store(&self.state, &rows).map(drop)
    }

    fn settings(&self) -> String {
        let vars = fs::read_to_string(paths::at("auth-worker/wrangler.toml"));
        vars.unwrap_or_default() + &self.text().unwrap_or_default()
    }
}

fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
    Some(rest.trim().trim_matches(['\'', '"']))
}

/// The text with another value for a name, or without it.
fn with(text: &str, name: &str, value: Option<&str>) -> String {
    let others = text.lines().filter(|line| value_of(line, name).is_none());
    let own = value.map(|value| [name, "=", value].concat());
    let lines = others.map(str::to_owned).chain(own);
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_changed_and_the_others_stay() {
        let text = "OSTIARY_SECRET='a'\nDIRECT_LOGIN=on\n";
        let both = with(&with(text, SECRET, Some("b")), PREVIOUS, Some("a"));
        assert_eq!(
            both,
            "DIRECT_LOGIN=on\nOSTIARY_SECRET=b\nOSTIARY_SECRET_PREVIOUS=a\n"
        );
        assert_eq!(
            with(&both, PREVIOUS, None),
            "DIRECT_LOGIN=on\nOSTIARY_SECRET=b\n"
        );
        assert_eq!(value_of("OSTIARY_SECRET_PREVIOUS=a", SECRET), None);
        assert_eq!(value_of("OSTIARY_SECRET = \"a\"", SECRET), Some("a"));
    }
}
