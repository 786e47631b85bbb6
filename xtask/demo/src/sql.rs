//! SQL literals and the present time for rows.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};

/// `text` as an SQL literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Seconds since 1970.
pub(crate) fn now() -> Result<u64> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is set before 1970")?;
    Ok(since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quote_inside_is_doubled() {
        assert_eq!(quoted("Ada's"), "'Ada''s'");
    }
}
