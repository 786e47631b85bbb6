//! A request as plain data: built here, shown and altered by a page, sent by the caller.

use std::fmt;

use oauth_core::bearer::ChallengeError;
use oauth_core::form;
use oauth_core::http::{Headers, Method};
use oauth_core::secret::Secret;

/// One parameter of a query or of a form body.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The parameter's name.
    pub name: String,
    /// Its value, not yet encoded.
    pub value: String,
}

impl Parameter {
    /// A parameter of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// A value may be a code or a verifier: only the name is printed.
impl fmt::Debug for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}=…", self.name)
    }
}

/// Encodes parameters as `application/x-www-form-urlencoded`.
pub fn encode_parameters(parameters: &[Parameter]) -> String {
    form::encode(
        parameters
            .iter()
            .map(|parameter| (parameter.name.as_str(), parameter.value.as_str())),
    )
}

/// Replaces the value of every parameter of this name, or adds the parameter.
pub fn set_parameter(parameters: &mut Vec<Parameter>, name: &str, value: &str) {
    let mut found = false;
    for parameter in parameters.iter_mut().filter(|known| known.name == name) {
        value.clone_into(&mut parameter.value);
        found = true;
    }
    if !found {
        parameters.push(Parameter::new(name, value));
    }
}

/// Appends encoded parameters to a URL that may already have a query.
pub fn with_query(url: &str, parameters: &[Parameter]) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}", encode_parameters(parameters))
}

/// The body of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// No body.
    Empty,
    /// A form, as its parameters, so that each can be shown and altered.
    Form(Vec<Parameter>),
    /// JSON text.
    Json(String),
}

/// A request that is ready to be sent. Every field may be altered before that.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// Headers, by lower-case name. `content-type` follows from the body unless it is set here.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl HttpCall {
    /// A GET that accepts JSON.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: vec![("accept".into(), "application/json".into())],
            body: Body::Empty,
        }
    }

    /// A form POST that accepts JSON, as every OAuth endpoint takes it.
    pub fn post_form(url: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        Self {
            method: Method::Post,
            body: Body::Form(parameters),
            ..Self::get(url)
        }
        .with_header("content-type", "application/x-www-form-urlencoded")
    }

    /// A JSON POST that accepts JSON.
    pub fn post_json(url: impl Into<String>, json: impl Into<String>) -> Self {
        Self {
            method: Method::Post,
            body: Body::Json(json.into()),
            ..Self::get(url)
        }
        .with_header("content-type", "application/json")
    }

    /// The call with this header; a header of the same name is replaced.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The call with this bearer token (RFC 6750 §2.1).
    #[must_use]
    pub fn with_bearer(self, token: &Secret<String>) -> Self {
        self.with_header("authorization", &format!("Bearer {}", token.expose()))
    }

    /// The encoded body; `None` when there is none.
    pub fn body_text(&self) -> Option<String> {
        match &self.body {
            Body::Empty => None,
            Body::Form(parameters) => Some(encode_parameters(parameters)),
            Body::Json(text) => Some(text.clone()),
        }
    }

    /// The parameters of a form body; none for any other body.
    pub fn parameters(&self) -> &[Parameter] {
        match &self.body {
            Body::Form(parameters) => parameters,
            Body::Empty | Body::Json(_) => &[],
        }
    }

    /// Replaces or adds a form parameter: how a walkthrough sends a wrong verifier.
    /// A call without a form is left as it is.
    pub fn set_parameter(&mut self, name: &str, value: &str) {
        if let Body::Form(parameters) = &mut self.body {
            set_parameter(parameters, name, value);
        }
    }

    /// Removes a form parameter.
    pub fn remove_parameter(&mut self, name: &str) {
        if let Body::Form(parameters) = &mut self.body {
            parameters.retain(|parameter| parameter.name != name);
        }
    }
}

/// Headers and bodies carry tokens: only their names are printed.
impl fmt::Debug for HttpCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        write!(formatter, "{} {url}", self.method.name())?;
        for (name, _) in &self.headers {
            write!(formatter, " {name}: …")?;
        }
        formatter.debug_list().entries(self.parameters()).finish()
    }
}

/// The answer to a request. Redirects are never followed: a 3xx is an answer like any other.
#[derive(Clone)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The answer's headers.
    pub headers: Headers,
    /// The answer's body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The error of the challenge, if the answer has one for an access token (RFC 6750 §3).
    pub fn challenge_error(&self) -> Option<ChallengeError> {
        ChallengeError::read(self.headers.value("www-authenticate")?)
    }
}

/// A body may hold tokens: only its length is printed.
impl fmt::Debug for HttpReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_travels_is_printed() {
        let call = HttpCall::post_form(
            "https://as.example/token?hint=s3cret",
            vec![Parameter::new("code", "s3cret")],
        )
        .with_bearer(&Secret::new("s3cret".into()));
        assert!(!format!("{call:?}").contains("s3cret"));
    }

    #[test]
    fn a_parameter_can_be_replaced_added_and_removed() {
        let mut call = HttpCall::post_form("https://as.example/token", vec![]);
        call.set_parameter("code", "a b");
        call.set_parameter("code", "a&b");
        call.set_parameter("state", "x");
        call.remove_parameter("state");
        assert_eq!(call.body_text().as_deref(), Some("code=a%26b"));
    }

    #[test]
    fn a_query_is_added_to_a_query() {
        let parameters = [Parameter::new("a", "1")];
        assert_eq!(with_query("https://x/y", &parameters), "https://x/y?a=1");
        assert_eq!(
            with_query("https://x/y?z=0", &parameters),
            "https://x/y?z=0&a=1"
        );
    }
}
