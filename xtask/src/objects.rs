//! The classes of a worker's Durable Objects, written into its module (`entry.js`) from the names in its `wrangler.toml`: a module
//! cannot compute what it exports.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};

/// The classes that `config` binds, as a part of `entry.js`.
pub(crate) fn classes(config: &Path) -> Result<String> {
    let text = fs::read_to_string(config).with_context(|| format!("read {}", config.display()))?;
    Ok(exports(&text))
}

fn exports(config: &str) -> String {
    let mut exports = String::new();
    for name in class_names(config) {
        let _ = writeln!(
            exports,
            "export class {name} extends host(wasm.{name}) {{}}"
        );
    }
    exports
}

/// The classes that are bound, but for those of other workers.
fn class_names(config: &str) -> BTreeSet<&str> {
    let bindings = config.split('{').skip(1);
    let bindings = bindings.filter_map(|rest| rest.split('}').next());
    let own = bindings.filter(|binding| !binding.contains("script_name"));
    own.filter_map(|binding| binding.split("class_name = \"").nth(1)?.split('"').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_class_is_exported() {
        let config = r#"
            bindings = [
                { name = "GRANT", class_name = "Grant" },
                { name = "SIGN_IN_CODE", class_name = "SignInCode" },
                { name = "GRANT_AGAIN", class_name = "Grant" },
                { name = "REPLAY", class_name = "Replay", script_name = "ostiary-auth" },
            ]
            new_sqlite_classes = ["Grant", "SignInCode"]"#;
        assert_eq!(
            exports(config),
            "export class Grant extends host(wasm.Grant) {}\n\
             export class SignInCode extends host(wasm.SignInCode) {}\n"
        );
    }

    #[test]
    fn a_worker_without_objects_has_no_class() {
        assert_eq!(exports("name = \"ostiary-api\""), "");
    }
}
