//! The scopes of a resource, as its metadata describes them (RFC 9728 §2), and when the metadata is fetched.
//!
//! `scopes_supported` lists the scopes; `scope_descriptions`, an extension member, has one line for each. No decision
//! depends on them: a scope without a description is shown by its name.

use std::{fmt, rc::Rc};

use from_json::{FromJson, Json, Mismatch};
use oauth_core::{
    UnixTime,
    jose::object_without_repeats,
    plain_text::is_misleading,
    scope::{Scope, ScopeToken},
    settings::SCOPES,
};

/// The largest document that is accepted, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// The greatest number of scopes of a resource, and of descriptions.
const MOST: usize = 100;
/// The length of the longest description, in characters.
const LONGEST: usize = 120;

/// The scopes of a resource, with their descriptions. This server's own scopes are never among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceScopes {
    listed: Vec<ScopeToken>,
    descriptions: Vec<(ScopeToken, String)>,
}

/// The reason why a document is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// More bytes than [`LARGEST`].
    TooLarge,
    /// Not a JSON object with the expected members, or with one twice, or too deep.
    Malformed,
    /// It is about another resource (RFC 9728 §3.3).
    AnotherResource,
    /// More scopes or descriptions than [`MOST`].
    TooMany,
    /// A scope with an invalid name (RFC 6749 §3.3).
    InvalidScope,
    /// A description that is not one plain line: empty, too long, or with characters that change how others are read.
    InvalidDescription,
}

impl fmt::Display for MetadataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooLarge => "the metadata is too large",
            Self::Malformed => "the metadata is malformed",
            Self::AnotherResource => "the metadata belongs to another resource",
            Self::TooMany => "the metadata has too many scopes",
            Self::InvalidScope => "the metadata has an invalid scope",
            Self::InvalidDescription => "the metadata has a description that is not one plain line",
        })
    }
}

/// The members that are read; unknown ones are ignored.
#[derive(FromJson)]
struct Document {
    resource: String,
    #[serde(default)]
    scopes_supported: Vec<String>,
    #[serde(default)]
    scope_descriptions: Pairs,
}

/// An object of strings, in order.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl FromJson for Pairs {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        let members = value.object()?.into_iter();
        let pairs = members.map(|(name, line)| Ok((name.into_owned(), String::from_json(line)?)));
        pairs.collect::<Result<_, _>>().map(Self)
    }
}

impl ResourceScopes {
    /// Reads the metadata of `resource`: all of it, or nothing. Its descriptions of this server's own scopes are
    /// ignored.
    pub fn parse(json: &[u8], resource: &str) -> Result<Self, MetadataError> {
        if json.len() > LARGEST {
            return Err(MetadataError::TooLarge);
        }
        let document = object_without_repeats(json).and_then(Document::from_json);
        let document = document.map_err(|_| MetadataError::Malformed)?;
        if document.resource != resource {
            return Err(MetadataError::AnotherResource);
        }
        let Pairs(pairs) = document.scope_descriptions;
        if document.scopes_supported.len().max(pairs.len()) > MOST {
            return Err(MetadataError::TooMany);
        }
        let mut scopes = Self::default();
        for name in document.scopes_supported {
            let scope = ScopeToken::parse(&name).map_err(|_| MetadataError::InvalidScope)?;
            if scopes.listed.contains(&scope) {
                return Err(MetadataError::Malformed);
            }
            scopes.listed.push(scope);
        }
        for (name, line) in pairs {
            let scope = ScopeToken::parse(&name).map_err(|_| MetadataError::InvalidScope)?;
            if !is_plain_line(&line) {
                return Err(MetadataError::InvalidDescription);
            }
            scopes.descriptions.push((scope, line));
        }
        scopes.listed.retain(is_foreign);
        scopes.descriptions.retain(|(scope, _)| is_foreign(scope));
        Ok(scopes)
    }

    /// The scopes that the resource lists.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(ScopeToken::as_str)
    }

    /// The resource's description of a scope.
    pub(crate) fn described(&self, scope: &str) -> Option<&str> {
        let mut descriptions = self.descriptions.iter();
        descriptions.find_map(|(name, line)| (name.as_str() == scope).then_some(line.as_str()))
    }

    fn describes_all(&self, scope: &Scope) -> bool {
        let mut scopes = scope.iter();
        scopes.all(|scope| self.described(scope.as_str()).is_some())
    }
}

/// Whether a scope is a resource server's, and not this server's own.
pub(crate) fn is_foreign(scope: &ScopeToken) -> bool {
    !SCOPES.contains(&scope.as_str())
}

/// Whether a description is one plain line: no control character, no line break, nothing invisible, and nothing that
/// changes the direction of writing.
fn is_plain_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(is_misleading)
}

/// The seconds for which a document is fresh.
const FRESH: i64 = 300;
/// The least number of seconds between two requests to a resource, whatever is missing.
const RETRY_AFTER: i64 = 60;

/// The scopes of a resource, with the time of the answer.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The scopes.
    pub scopes: Rc<ResourceScopes>,
    /// The time.
    pub at: UnixTime,
}

impl Fetched {
    /// The answer that has just arrived.
    pub fn now(document: &[u8], resource: &str, now: UnixTime) -> Result<Self, MetadataError> {
        let scopes = Rc::new(ResourceScopes::parse(document, resource)?);
        Ok(Self { scopes, at: now })
    }

    /// Reads a copy, with the same checks as the document itself. `None` if it is not a copy of this version.
    pub fn from_copy(copy: &str, resource: &str) -> Option<Self> {
        let (at, document) = copy.strip_prefix("1 ")?.split_once(' ')?;
        Self::now(document.as_bytes(), resource, UnixTime(at.parse().ok()?)).ok()
    }

    /// The stored copy of `document`: a version, the time of the answer, and the document.
    pub fn copy(document: &str, now: UnixTime) -> String {
        ["1 ", &now.0.to_string(), " ", document].concat()
    }
}

/// Whether to ask a resource about its scopes, and whether to wait for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Do not ask: the copy will do.
    No,
    /// Ask in the background, and use the copy meanwhile.
    InBackground,
    /// Ask, and wait for the answer.
    First,
}

/// Decides whether to ask a resource that was last asked at `asked_at` and of which `fetched` is the copy. A user is
/// waiting to read about the scopes in `wanted`; if there are none, the request does not wait.
pub fn when_to_fetch(
    fetched: Option<&Fetched>,
    asked_at: Option<UnixTime>,
    wanted: &Scope,
    now: UnixTime,
) -> Fetch {
    if asked_at.is_some_and(|at| now.since(at) < RETRY_AFTER) {
        return Fetch::No;
    }
    let Some(fetched) = fetched else {
        // A resource that did not answer is waited for only where a user reads about its scopes.
        return match asked_at {
            Some(_) if wanted.is_empty() => Fetch::InBackground,
            Some(_) | None => Fetch::First,
        };
    };
    let is_fresh = now.since(fetched.at) < FRESH;
    match (is_fresh, wanted.is_empty()) {
        (true, _) if fetched.scopes.describes_all(wanted) => Fetch::No,
        (false, true) => Fetch::InBackground,
        (true | false, _) => Fetch::First,
    }
}

#[cfg(test)]
mod tests;
