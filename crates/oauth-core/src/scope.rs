//! Scopes as sets (RFC 6749 §3.3).

use std::borrow::Borrow;
use std::fmt;

use from_json::FromJson;
use serde::Serialize;

/// The scope of OpenID Connect (OIDC Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// The scope that asks for a refresh token (OIDC Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// The scope of the administration's API.
pub const ADMIN: &str = "admin";
/// The scope of the operator's routes.
pub const RUN: &str = "m2m:run";

/// More scopes than any client asks for at once.
pub const MOST_TOKENS: usize = 100;

/// Why a text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeError {
    /// A character outside `%x21 / %x23-5B / %x5D-7E`.
    IllegalCharacter,
    /// No character at all, where one token is wanted.
    Empty,
    /// More than [`MOST_TOKENS`].
    TooMany,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::IllegalCharacter => "a scope holds an illegal character",
            Self::Empty => "a scope is empty",
            Self::TooMany => "too many scopes",
        })
    }
}

impl std::error::Error for ScopeError {}

/// One scope: a case-sensitive word (`scope-token` of RFC 6749 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeToken(String);

impl ScopeToken {
    /// Reads one scope.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Err(ScopeError::Empty);
        }
        let legal = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ScopeError::IllegalCharacter)
        }
    }

    /// The scope as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ScopeToken {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopeToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for ScopeToken {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<ScopeToken> for String {
    fn from(token: ScopeToken) -> Self {
        token.0
    }
}

/// A set of scopes. Order and repetition mean nothing; `read` is not `readonly`.
///
/// Kept in order in a list: sets are small here, and a tree's code is larger than any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<ScopeToken>);

impl Scope {
    /// Reads space-separated scopes; the empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scope = Self::default();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if scope.len() == MOST_TOKENS {
                return Err(ScopeError::TooMany);
            }
            scope.insert(ScopeToken::parse(token)?);
        }
        Ok(scope)
    }

    fn insert(&mut self, token: ScopeToken) {
        if let Err(place) = self.0.binary_search(&token) {
            self.0.insert(place, token);
        }
    }

    /// Whether this very scope is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|known| known.as_str() == token)
    }

    /// Whether everything in this set is in `other` too.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.0.contains(token))
    }

    /// The scopes in this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let only_here = |token: &&ScopeToken| !other.0.contains(token);
        self.0.iter().filter(only_here).cloned().collect()
    }

    /// The scopes in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let in_both = |token: &&ScopeToken| other.0.contains(token);
        self.0.iter().filter(in_both).cloned().collect()
    }

    /// The scopes in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }

    /// Whether the set holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many scopes the set holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The scopes in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &ScopeToken> {
        self.0.iter()
    }
}

impl FromIterator<ScopeToken> for Scope {
    fn from_iter<I: IntoIterator<Item = ScopeToken>>(tokens: I) -> Self {
        let mut scope = Self::default();
        for token in tokens {
            scope.insert(token);
        }
        scope
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, token) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(token.as_str())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn order_and_repetition_mean_nothing() {
        assert_eq!(scope("write read read"), scope("read  write"));
        assert_eq!(scope("write read").to_string(), "read write");
        assert!(scope("").is_empty());
    }

    #[test]
    fn quotes_backslashes_and_non_ascii_are_refused() {
        for text in ["re\"ad", "re\\ad", "lesen-ä", "a\tb", "a\nb", "a\u{7f}"] {
            assert_eq!(
                Scope::parse(text),
                Err(ScopeError::IllegalCharacter),
                "{text:?}"
            );
        }
    }

    #[test]
    fn scopes_compare_as_whole_words() {
        assert!(!scope("readonly").contains("read"));
        assert!(scope("read:students").contains("read:students"));
        assert!(!scope("read").contains("Read"));
    }

    #[test]
    fn the_set_operations_are_those_of_sets() {
        let (one, two) = (scope("a b"), scope("b c"));
        assert_eq!(one.difference(&two), scope("a"));
        assert_eq!(one.union(&two), scope("a b c"));
        assert!(scope("b").is_subset_of(&one) && !two.is_subset_of(&one));
    }

    #[test]
    fn a_flood_of_scopes_is_refused() {
        let tokens: Vec<_> = (0..=MOST_TOKENS).map(|n| format!("s{n}")).collect();
        let text = tokens.join(" ");
        assert_eq!(Scope::parse(&text), Err(ScopeError::TooMany));
    }

    proptest! {
        #[test]
        fn what_parses_is_printed_and_parsed_alike(text in "[ -~é]{0,60}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
            }
        }
    }
}
