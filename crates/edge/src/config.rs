//! Configuration: read once into types, and every fault reported at once.

use std::fmt;
use std::ops::RangeInclusive;

use oauth_core::protected_resource;

/// All that is wrong with a worker's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFaults(Vec<String>);

impl ConfigFaults {
    /// The faults that anyone may read, for whoever sets the worker up: none of a secret. No fault shows a value.
    pub fn public(&self) -> String {
        let is_secret = |fault: &&String| {
            let name = fault.split(' ').next().unwrap_or_default();
            name.contains("SECRET") || name.ends_with("_TOKEN")
        };
        let faults: Vec<&str> = self
            .0
            .iter()
            .filter(|it| !is_secret(it))
            .map(String::as_str)
            .collect();
        faults.join("; ")
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for ConfigFaults {}

/// Where settings come from.
type Source<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Reads settings by name and remembers what was wrong with each.
///
/// A setting at fault reads as its type's empty value; [`Settings::finish`] then refuses the whole.
pub struct Settings<'a> {
    source: Source<'a>,
    faults: Vec<String>,
}

impl fmt::Debug for Settings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl<'a> Settings<'a> {
    /// Settings from any source, for tests.
    pub fn new(source: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self {
            source: Box::new(source),
            faults: Vec::new(),
        }
    }

    /// Settings from a worker's variables and secrets, which share one namespace.
    pub fn from_env(env: &'a worker::Env) -> Self {
        Self::new(|name| env.var(name).ok().map(|value| value.to_string()))
    }

    /// A text that may be absent. An empty one is absent.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        (self.source)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.fault(name, "is missing");
            String::new()
        })
    }

    /// An origin: scheme, host and port, nothing after. Plain http only on this very machine.
    pub fn origin(&mut self, name: &str) -> String {
        let value = self.required(name);
        if value.strip_suffix('/').is_some_and(is_origin) {
            // It would be another one: tokens name their issuer to the byte.
            self.fault(name, "ends with a slash: leave that out");
        } else if !value.is_empty() && !is_origin(&value) {
            self.fault(
                name,
                "is not an https origin (or http on localhost) without a path",
            );
        }
        value
    }

    /// The identifier of a resource: an origin, perhaps with a path (RFC 8707 §2), without query, fragment and dot segments.
    pub fn resource(&mut self, name: &str) -> String {
        let value = self.required(name);
        if !value.is_empty() && !is_resource(&value) {
            self.fault(
                name,
                "is not an https URL (or http on localhost) without query, fragment and dot segments",
            );
        }
        value
    }

    /// The URL of a document or an endpoint, which may be absent: `https`, or `http` on this very machine, without query and
    /// fragment.
    pub fn url(&mut self, name: &str) -> Option<String> {
        let value = self.optional(name)?;
        if !is_resource(&value) {
            self.fault(
                name,
                "is not an https URL (or http on localhost) without query, fragment and dot segments",
            );
        }
        Some(value)
    }

    /// Several values between commas, at least one.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let value = self.required(name);
        let items: Vec<String> = value
            .split(',')
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect();
        if items.is_empty() && !value.is_empty() {
            self.fault(name, "is an empty list");
        }
        items
    }

    /// Several origins between commas, at least one.
    pub fn origins(&mut self, name: &str) -> Vec<String> {
        let origins = self.list(name);
        if !origins.iter().all(|origin| is_origin(origin)) {
            self.fault(name, "has an entry that is not an origin");
        }
        origins
    }

    /// One of several words; the first is the default.
    pub fn choice<T: Copy + Default>(&mut self, name: &str, words: &[(&str, T)]) -> T {
        let value = self.optional(name);
        let found = match &value {
            None => words.first(),
            Some(value) => words.iter().find(|(word, _)| word == value),
        };
        if let Some((_, choice)) = found {
            return *choice;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.fault(name, &format!("is none of: {}", known.join(", ")));
        T::default()
    }

    /// A number of seconds from 1 to `most`; `default` where it is absent.
    pub fn seconds(&mut self, name: &str, default: i64, most: i64) -> i64 {
        self.seconds_within(name, default, 1..=most)
    }

    /// A number of seconds within bounds; `default` where it is absent.
    pub fn seconds_within(&mut self, name: &str, default: i64, bounds: RangeInclusive<i64>) -> i64 {
        self.number_within(name, "seconds", default, bounds)
    }

    /// A number of something within bounds; `default` where it is absent.
    pub fn number_within(
        &mut self,
        name: &str,
        of: &str,
        default: i64,
        bounds: RangeInclusive<i64>,
    ) -> i64 {
        let Some(text) = self.optional(name) else {
            return default;
        };
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        number.unwrap_or_else(|| {
            self.fault(
                name,
                &format!(
                    "is not a number of {of} from {} to {}",
                    bounds.start(),
                    bounds.end()
                ),
            );
            default
        })
    }

    /// Notes a fault of a setting that the caller has judged. The value must not be in the message.
    pub fn fault(&mut self, name: &str, message: &str) {
        self.faults.push(format!("{name} {message}"));
    }

    /// The configuration, if nothing was wrong and all of it could be made.
    pub fn finish_some<T>(mut self, config: Option<T>) -> Result<T, ConfigFaults> {
        let Some(config) = config else {
            if self.faults.is_empty() {
                self.fault("the configuration", "is incomplete");
            }
            return Err(ConfigFaults(self.faults));
        };
        self.finish(config)
    }

    /// The configuration, if nothing was wrong.
    pub fn finish<T>(self, config: T) -> Result<T, ConfigFaults> {
        if self.faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigFaults(self.faults))
        }
    }
}

/// Whether `value` identifies a resource: an origin, perhaps with a path.
fn is_resource(value: &str) -> bool {
    protected_resource::origin(value).is_some_and(|origin| {
        let path = value.get(origin.len()..).unwrap_or_default();
        let is_dots = |segment| matches!(segment, "." | "..");
        let legal =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte);
        // Tokens name the resource to the byte, and the issuer names an origin without a slash.
        path != "/" && is_origin(origin) && path.bytes().all(legal) && !path.split('/').any(is_dots)
    })
}

/// Whether `value` is `https://host[:port]`, or `http://` on a loopback name, in lower case.
pub fn is_origin(value: &str) -> bool {
    let (rest, plain) = match (
        value.strip_prefix("https://"),
        value.strip_prefix("http://"),
    ) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let (host, port) = match rest.strip_prefix("[::1]") {
        Some("") => ("[::1]", None),
        Some(after) => ("[::1]", Some(after.strip_prefix(':').unwrap_or("none"))),
        None => rest
            .split_once(':')
            .map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let named = !host.is_empty()
        && host.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
        });
    let port = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    (named || host == "[::1]") && port && (!plain || loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Option<String> {
        let value = match name {
            "ISSUER" => "http://localhost:8788",
            "RESOURCES" => "http://localhost:8789, http://localhost:8791",
            "BAD" => "http://example.org/",
            "SLASH" => "https://example.org/",
            "MODE" => "open",
            "COMMAS" => " , ",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn good_settings_are_read() {
        let mut settings = Settings::new(source);
        assert_eq!(settings.origin("ISSUER"), "http://localhost:8788");
        assert_eq!(settings.origins("RESOURCES").len(), 2);
        assert!(settings.choice("MODE", &[("required", false), ("open", true)]));
        assert!(!settings.choice("NONE", &[("required", false), ("open", true)]));
        assert_eq!(settings.finish(1), Ok(1));
    }

    #[test]
    fn all_faults_are_reported_together_and_show_no_value() {
        let mut settings = Settings::new(source);
        settings.origin("BAD");
        settings.required("GONE");
        settings.list("COMMAS");
        settings.choice("MODE", &[("required", 1)]);
        let faults = settings.finish(()).unwrap_err().to_string();
        assert!(faults.contains("BAD ") && faults.contains("GONE is missing"));
        assert!(faults.contains("COMMAS is an empty list"));
        assert!(faults.contains("MODE is none of: required"));
        assert!(!faults.contains("example.org"));
    }

    #[test]
    fn a_slash_too_many_is_said_to_anyone_and_a_secret_at_fault_to_nobody() {
        let mut settings = Settings::new(source);
        settings.origin("SLASH");
        for secret in [
            "OSTIARY_SECRET",
            "OSTIARY_SECRET_PREVIOUS",
            "REGISTRATION_TOKEN",
        ] {
            settings.required(secret);
        }
        settings.required("CLIENT_ID");
        let faults = settings.finish(()).unwrap_err();
        let public = "SLASH ends with a slash: leave that out; CLIENT_ID is missing";
        assert_eq!(faults.public(), public);
        assert!(
            faults
                .to_string()
                .contains("OSTIARY_SECRET_PREVIOUS is missing")
        );
    }

    #[test]
    fn an_origin_has_no_path_and_no_plain_http_abroad() {
        for good in [
            "https://auth.example.org",
            "https://auth.example.org:8443",
            "http://localhost:8788",
            "http://127.0.0.1:1",
            "http://[::1]:80",
            "http://[::1]",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https://a/",
            "https://a?b",
            "https://A",
            "https://a:",
            "https://a:99999",
            "https://u@a",
            "http://example.org",
            "http://localhost.example.org",
            "http://[::1]x",
            "ftp://localhost",
            "https://a b",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
