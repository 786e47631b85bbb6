//! The classes of a worker's Durable Objects, written beside its build from the names in its `wrangler.toml`: a module
//! cannot compute what it exports.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};

/// The part that all classes have in common.
const HOST: &str = include_str!("objects.js");

/// Writes the classes that `config` binds into the folder `built`; nothing if there are none.
pub(crate) fn write(config: &Path, built: &Path) -> Result<()> {
    let text = fs::read_to_string(config).with_context(|| format!("read {}", config.display()))?;
    let module = module(&text);
    if module.is_empty() {
        return Ok(());
    }
    let file = built.join("objects.js");
    fs::write(&file, module).with_context(|| format!("write {}", file.display()))
}

fn module(config: &str) -> String {
    let mut exports = String::new();
    for name in class_names(config) {
        let _ = writeln!(
            exports,
            "export class {name} extends host(hosted.{name}) {{}}"
        );
    }
    if exports.is_empty() {
        return exports;
    }
    [HOST, &exports].concat()
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
        let module = module(config);
        assert!(module.ends_with(
            "export class Grant extends host(hosted.Grant) {}\n\
             export class SignInCode extends host(hosted.SignInCode) {}\n"
        ));
    }

    #[test]
    fn a_worker_without_objects_needs_no_module() {
        assert_eq!(module("name = \"ostiary-api\""), "");
    }
}
