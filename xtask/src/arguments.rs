//! The command line: words, `--name value` and `--name`.

use std::{collections::VecDeque, str::FromStr};

use anyhow::{Context as _, Result, bail};

/// What is left of the command line.
pub(crate) struct Arguments(VecDeque<String>);

impl Arguments {
    pub(crate) fn from_command_line() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// The next word, if one stands in front.
    pub(crate) fn word(&mut self) -> Option<String> {
        let front = self.0.front()?;
        if front.starts_with("--") && front != "--help" {
            return None;
        }
        self.0.pop_front()
    }

    /// Whether `--name` is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let found = self.0.iter().position(|word| word == name);
        found.and_then(|at| self.0.remove(at)).is_some()
    }

    /// The value of `--name value` or `--name=value`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        if let Some(at) = self.0.iter().position(|word| word.starts_with(&joined)) {
            let word = self.0.remove(at).unwrap_or_default();
            return Ok(word.split_once('=').map(|(_, value)| value.to_owned()));
        }
        let Some(at) = self.0.iter().position(|word| word == name) else {
            return Ok(None);
        };
        self.0.remove(at);
        let value = self
            .0
            .remove(at)
            .with_context(|| format!("{name} wants a value"))?;
        Ok(Some(value))
    }

    /// The value of `--name`, read as `T`.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.value(name)? else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => bail!("{name} cannot be `{text}`"),
        }
    }

    /// Nothing may be left over.
    pub(crate) fn done(self) -> Result<()> {
        match self.0.front() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood; `cargo xtask help` lists what is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Arguments {
        Arguments(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn values_are_read_in_both_spellings() {
        let mut arguments = line(&["--app-port", "1", "--api-port=2", "--fresh"]);
        assert_eq!(arguments.parsed("--app-port").unwrap(), Some(1_u16));
        assert_eq!(arguments.parsed("--api-port").unwrap(), Some(2_u16));
        assert!(arguments.flag("--fresh"));
        assert!(arguments.done().is_ok());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = line(&["--frehs"]).done().unwrap_err();
        assert!(error.to_string().contains("--frehs"));
        assert!(line(&["--only"]).value("--only").is_err());
        assert!(
            line(&["--app-port", "x"])
                .parsed::<u16>("--app-port")
                .is_err()
        );
    }
}
