//! The configuration: the issuer, the resources, the lifetimes.

mod lifetimes;

pub use lifetimes::{Lifetimes, REFRESH_GRACE};

use crate::{
    Secret,
    client::Client,
    lifecycle::grant::TokenFormat,
    remote_document::Reach,
    scope::{ADMIN, OFFLINE_ACCESS, OPENID, RUN, Scope},
    uri,
};

/// The authorization server's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer identifier (RFC 8414 §2): our origin, without a slash at its end.
    pub issuer: String,
    /// The resources that tokens are issued for (RFC 8707); the first is the default.
    pub resources: Vec<Resource>,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Whether first-party applications may send a user's password to us themselves.
    pub direct_login: DirectLogin,
    /// Whether clients may register themselves.
    pub registration: Registration,
    /// Where the metadata documents of clients may be, if clients may be known by them.
    pub client_documents: Option<Reach>,
}

/// Whether clients may register themselves (RFC 7591 §3).
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// Who may.
    pub mode: RegistrationMode,
    /// The initial access token.
    pub token: Option<Secret<String>>,
}

/// Who may register a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Operators alone.
    #[default]
    Off,
    /// Whoever has the initial access token.
    Token,
    /// Everyone.
    Open,
}

/// A resource server that tokens are issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its resource identifier (RFC 8707 §2).
    pub identifier: String,
    /// The format of its access tokens; `None` where each client's registration chooses.
    pub format: Option<TokenFormat>,
}

impl Resource {
    /// Reads an identifier, or `identifier;token=jwt`, or `identifier;token=opaque`.
    pub fn parse(text: &str) -> Option<Self> {
        let (identifier, format) = match text.split_once(';') {
            None => (text, None),
            Some((identifier, "token=jwt")) => (identifier, Some(TokenFormat::Jwt)),
            Some((identifier, "token=opaque")) => (identifier, Some(TokenFormat::Opaque)),
            Some(_) => return None,
        };
        Some(Self {
            identifier: identifier.to_owned(),
            format,
        })
    }
}

/// Whether first-party applications may send a user's password to us themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectLogin {
    /// They may.
    On,
    /// They must send the user to the login page.
    #[default]
    Off,
}

impl Settings {
    /// The registered form of the resource that `presented` names, in any spelling of RFC 3986 §6.2.2 and with or without a
    /// slash at its end. None presented means the default. Our own issuer names our administration.
    pub fn resource(&self, presented: Option<&str>) -> Option<&str> {
        let Some(presented) = presented else {
            return self.identifiers().next();
        };
        let mut known = self.identifiers().chain([self.issuer.as_str()]);
        known.clone().find(|known| *known == presented).or_else(|| {
            let wanted = without_slash(uri::normalized(presented));
            known.find(|known| without_slash(uri::normalized(known)) == wanted)
        })
    }

    /// The format of access tokens of `client` for `resource`: the resource's choice, else the client's.
    pub fn token_format(&self, resource: &str, client: &Client) -> TokenFormat {
        self.resources
            .iter()
            .find(|known| known.identifier == resource)
            .and_then(|known| known.format)
            .unwrap_or(client.access_token_format)
    }

    /// The identifiers of the resources, as they are registered.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> + Clone {
        self.resources
            .iter()
            .map(|resource| resource.identifier.as_str())
    }

    /// The URL of one of our endpoints.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

fn without_slash(mut uri: String) -> String {
    if uri.ends_with('/') {
        uri.pop();
    }
    uri
}

/// The scopes that are this server's own. All others are a resource server's, which describes them itself.
pub const SCOPES: [&str; 6] = [OPENID, "profile", "email", OFFLINE_ACCESS, RUN, ADMIN];

/// The roles of a user that open privileged scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// May be granted `m2m:run`.
    pub operator: bool,
    /// May be granted `admin`.
    pub administrator: bool,
}

impl Roles {
    /// Reads roles from their stored form, names between blanks. Unknown names open nothing.
    pub fn parse(text: &str) -> Self {
        Self {
            operator: text.split(' ').any(|role| role == "operator"),
            administrator: text.split(' ').any(|role| role == "administrator"),
        }
    }

    /// The part of `scope` that a user with these roles may grant. The rest is dropped, not refused.
    pub fn limit(self, scope: &Scope) -> Scope {
        scope
            .iter()
            .filter(|token| match token.as_str() {
                RUN => self.operator,
                ADMIN => self.administrator,
                _ => true,
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            issuer: "https://auth.example".into(),
            resources: ["https://api.example", "https://mcp.example/v1"]
                .iter()
                .filter_map(|text| Resource::parse(text))
                .collect(),
            lifetimes: Lifetimes::default(),
            direct_login: DirectLogin::Off,
            registration: Registration::default(),
            client_documents: None,
        }
    }

    #[test]
    fn a_slash_at_the_end_names_the_same_resource() {
        let settings = settings();
        assert_eq!(
            settings.resource(Some("https://api.example/")),
            Some("https://api.example")
        );
        assert_eq!(settings.resource(None), Some("https://api.example"));
        assert_eq!(
            settings.resource(Some("https://mcp.example/v1")),
            Some("https://mcp.example/v1")
        );
        assert_eq!(settings.resource(Some("https://api.example/v1")), None);
        assert_eq!(settings.resource(Some("https://api.example//")), None);
        for spelling in [
            "HTTPS://API.example",
            "https://api.example:443/",
            "https://Api.Example",
        ] {
            let named = settings.resource(Some(spelling));
            assert_eq!(named, Some("https://api.example"), "{spelling}");
        }
        assert_eq!(settings.resource(Some("https://mcp.example/V1")), None);
    }

    #[test]
    fn a_resource_may_say_what_its_tokens_are() {
        let resource = Resource::parse("https://api.example;token=opaque").unwrap();
        assert_eq!(resource.identifier, "https://api.example");
        assert_eq!(resource.format, Some(TokenFormat::Opaque));
        assert_eq!(Resource::parse("https://api.example").unwrap().format, None);
        assert_eq!(Resource::parse("https://api.example;token=paper"), None);
        assert_eq!(Resource::parse("https://api.example;"), None);
    }

    #[test]
    fn privileged_scopes_need_the_role() {
        let asked = Scope::parse("read m2m:run admin").unwrap();
        assert_eq!(Roles::default().limit(&asked).to_string(), "read");
        assert_eq!(
            Roles::parse("operator").limit(&asked).to_string(),
            "m2m:run read"
        );
        assert_eq!(Roles::parse("operators").limit(&asked).to_string(), "read");
    }
}
