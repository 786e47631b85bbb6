//! The authorization request (OAuth 2.1 §4.1.1): a URL that can be taken apart and altered.

use crate::http_call::{Parameter, set_parameter, with_query};

/// The request that the browser carries to the authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The authorization endpoint.
    pub endpoint: String,
    /// The parameters, in the order in which they are sent.
    pub parameters: Vec<Parameter>,
}

impl AuthorizationRequest {
    /// The URL to send the browser to.
    pub fn url(&self) -> String {
        with_query(&self.endpoint, &self.parameters)
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .map(|parameter| parameter.value.as_str())
    }

    /// Replaces or adds a parameter: how a walkthrough tampers with the request.
    pub fn set_parameter(&mut self, name: &str, value: &str) {
        set_parameter(&mut self.parameters, name, value);
    }

    /// Removes a parameter.
    pub fn remove_parameter(&mut self, name: &str) {
        self.parameters.retain(|parameter| parameter.name != name);
    }
}
