//! `application/x-www-form-urlencoded`, read strictly (RFC 6749 §3.1, §3.2 and appendix B).
//!
//! Derived parsers keep the first or the last of two equal names; OAuth forbids repeats, so they must
//! be seen. Nothing is guessed: a malformed percent sequence, bad UTF-8 or a NUL is an error.

use std::fmt::{self, Write as _};

/// More parameters than any endpoint has. A form with more is an attempt to waste CPU time.
pub const MOST_PARAMETERS: usize = 200;

/// Why a form could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// More than [`MOST_PARAMETERS`].
    TooManyParameters,
    /// A `%` that is not followed by two hexadecimal digits.
    MalformedPercent,
    /// Bytes that are not UTF-8, before or after decoding.
    NotUtf8,
    /// A NUL character, before or after decoding.
    Nul,
}

impl fmt::Display for FormError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooManyParameters => "too many parameters",
            Self::MalformedPercent => "malformed percent-encoding",
            Self::NotUtf8 => "not UTF-8",
            Self::Nul => "a NUL character",
        })
    }
}

impl std::error::Error for FormError {}

/// A parameter appears more than once (RFC 6749 §3.1, §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

/// The decoded parameters of a query or a body, in order, repeats included.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a query or a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(bytes).map_err(|_| FormError::NotUtf8)?;
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == MOST_PARAMETERS {
                return Err(FormError::TooManyParameters);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The parameters with these names, without any others.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.0.retain(|(name, _)| names.contains(&name.as_str()));
        self
    }

    /// The value of a parameter that may appear once. One sent without a value counts as omitted
    /// (RFC 6749 §3.1, §3.2).
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Repeated),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Every value of a parameter that may appear more than once, such as `resource` (RFC 8707 §2).
    pub fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether any name appears more than once. There are at most two hundred.
    pub fn has_repeats(&self) -> bool {
        self.0.iter().enumerate().any(|(place, (name, _))| {
            let earlier = self.0.iter().take(place);
            earlier.map(|(known, _)| known).any(|known| known == name)
        })
    }

    /// All parameters in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: values may be passwords and codes.
impl fmt::Debug for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Writes parameters. A blank becomes `%20`, which every decoder reads alike; a `+` would be a plus
/// to those that know URIs only.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode_into(&mut text, name);
        text.push('=');
        encode_into(&mut text, value);
    }
    text
}

/// Decodes one component, such as an id or a secret inside `Basic` (RFC 6749 §2.3.1), strictly: `+`
/// is a blank; malformed input is `None`.
pub fn decode_component(text: &str) -> Option<String> {
    decode(text).ok()
}

fn encode_into(text: &mut String, plain: &str) {
    for byte in plain.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

fn decode(text: &str) -> Result<String, FormError> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex);
                let low = rest.next().and_then(hex);
                match (high, low) {
                    (Some(high), Some(low)) => (high << 4) | low,
                    _ => return Err(FormError::MalformedPercent),
                }
            }
            other => other,
        });
    }
    if plain.contains(&0) {
        return Err(FormError::Nul);
    }
    String::from_utf8(plain).map_err(|_| FormError::NotUtf8)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_repeated_parameter_is_never_first_wins() {
        let form = form("client_id=a&scope=x&client_id=a&scope=&client_id=b");
        assert_eq!(form.one("client_id"), Err(Repeated));
        assert_eq!(form.one("scope"), Err(Repeated));
        assert!(form.has_repeats());
    }

    #[test]
    fn the_same_name_in_another_spelling_is_a_repeat() {
        let form = form("state=1&%73tate=2");
        assert_eq!(form.one("state"), Err(Repeated));
        assert!(form.has_repeats());
    }

    #[test]
    fn different_names_are_no_repeats() {
        assert!(!form("a=1&b=1&ab=1&=1").has_repeats());
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_omitted() {
        let form = form("scope=&state&&x=1&");
        assert_eq!(form.one("scope"), Ok(None));
        assert_eq!(form.one("state"), Ok(None));
        assert_eq!(form.one("absent"), Ok(None));
        assert_eq!(form.one("x"), Ok(Some("1")));
    }

    #[test]
    fn a_parameter_that_may_repeat_gives_all_its_values() {
        let form = form("resource=a&x=1&resource=b");
        assert_eq!(form.values("resource").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn malformed_input_is_an_error_not_a_guess() {
        for (body, error) in [
            (&b"a=%"[..], FormError::MalformedPercent),
            (b"a=%4", FormError::MalformedPercent),
            (b"a=%zz", FormError::MalformedPercent),
            (b"a=%+1", FormError::MalformedPercent),
            (b"a=%ff", FormError::NotUtf8),
            (b"a=\xff", FormError::NotUtf8),
            (b"a=%00", FormError::Nul),
            (b"a=\0", FormError::Nul),
            (b"%00=a", FormError::Nul),
        ] {
            assert_eq!(Form::parse(body), Err(error), "{body:?}");
        }
    }

    #[test]
    fn ten_thousand_parameters_are_refused() {
        let body = "a=1&".repeat(10_000);
        assert_eq!(
            Form::parse(body.as_bytes()),
            Err(FormError::TooManyParameters)
        );
    }

    #[test]
    fn blanks_plus_signs_and_hyphens_inside_basic_decode_as_written() {
        assert_eq!(
            decode_component("a+b%20c%2Dd%2B").as_deref(),
            Some("a b c-d+")
        );
        assert_eq!(decode_component("a%2"), None);
        assert_eq!(
            decode_component("plain-secret_~.").as_deref(),
            Some("plain-secret_~.")
        );
    }

    #[test]
    fn only_the_first_equals_sign_divides() {
        assert_eq!(form("a=b=c").one("a"), Ok(Some("b=c")));
    }

    #[test]
    fn a_form_does_not_print_its_values() {
        assert_eq!(
            format!("{:?}", form("password=lovelace-1843")),
            r#"["password"]"#
        );
    }

    #[test]
    fn a_state_of_awkward_characters_survives_one_decode() {
        let state = "+ % & = # ' \" < > é 漢 😀 \r\n";
        let text = encode([("state", state)]);
        assert!(text.is_ascii() && !text.contains(['+', ' ', '#', '<', '\r']));
        assert_eq!(form(&text).one("state"), Ok(Some(state)));
    }

    proptest! {
        #[test]
        fn what_was_encoded_parses_to_itself(
            pairs in proptest::collection::vec(("[^\0]{1,12}", "[^\0]{0,40}"), 0..20)
        ) {
            let text = encode(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let read = Form::parse(text.as_bytes()).unwrap();
            let expected: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            prop_assert_eq!(read.iter().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            let _ = Form::parse(&bytes);
        }
    }
}
