//! What an operator decides once: who we are, for whom we issue, how long things live.

use crate::scope::Scope;

/// How long things live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An authorization code.
    pub authorization_code: i64,
    /// An access token issued on a person's behalf.
    pub access_token: i64,
    /// An access token issued to a machine.
    pub machine_access_token: i64,
    /// An ID token.
    pub id_token: i64,
    /// A refresh token that nobody uses.
    pub refresh_idle: i64,
    /// A refresh family, however often it is used.
    pub refresh_absolute: i64,
    /// A login session.
    pub session: i64,
    /// A login session that the person asked to be remembered.
    pub session_remembered: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            authorization_code: 60,
            access_token: 300,
            machine_access_token: 3_600,
            id_token: 600,
            refresh_idle: 30 * 86_400,
            refresh_absolute: 90 * 86_400,
            session: 12 * 3_600,
            session_remembered: 30 * 86_400,
        }
    }
}

/// The authorization server's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer identifier (RFC 8414 §2): our origin, without a slash at its end.
    pub issuer: String,
    /// The resource identifiers that tokens are issued for (RFC 8707); the first is the default.
    pub resources: Vec<String>,
    /// How long things live.
    pub lifetimes: Lifetimes,
}

impl Settings {
    /// The registered form of the resource that `presented` names: a slash at its end makes no
    /// difference, and none presented means the default.
    pub fn resource(&self, presented: Option<&str>) -> Option<&str> {
        let Some(presented) = presented else {
            return self.resources.first().map(String::as_str);
        };
        let wanted = presented.strip_suffix('/').unwrap_or(presented);
        self.resources
            .iter()
            .map(String::as_str)
            .find(|known| known.strip_suffix('/').unwrap_or(known) == wanted)
    }

    /// The URL of one of our endpoints.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

/// The scopes that we know, each with the line that people read when they consent.
pub const SCOPES: [(&str, &str); 11] = [
    ("openid", "Know that it is you"),
    ("profile", "See your name and username"),
    ("email", "See your email address"),
    ("offline_access", "Stay connected while you are away"),
    ("read", "Read your profile"),
    ("write", "Change your profile"),
    ("read:students", "Read the list of students"),
    ("read:posts", "Read your posts"),
    ("read:users", "Read the list of users"),
    ("m2m:run", "Run machine-to-machine calls as an operator"),
    ("admin", "Administer this authorization server"),
];

/// What a scope allows, in one line for the person who consents.
pub fn scope_description(scope: &str) -> &'static str {
    SCOPES
        .iter()
        .find(|(name, _)| *name == scope)
        .map_or("No description is registered", |(_, description)| {
            description
        })
}

/// The roles of a person that open privileged scopes.
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

    /// What is left of `scope` for a person with these roles: the rest is dropped, not refused.
    pub fn limit(self, scope: &Scope) -> Scope {
        scope
            .iter()
            .filter(|token| match token.as_str() {
                "m2m:run" => self.operator,
                "admin" => self.administrator,
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
            resources: vec![
                "https://api.example".into(),
                "https://mcp.example/v1".into(),
            ],
            lifetimes: Lifetimes::default(),
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
