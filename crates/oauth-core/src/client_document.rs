//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a client whose `client_id` is the URL of a
//! document in which it describes itself.
//!
//! What the document says is as true as its site: it may send users back to its own origin and to applications on their
//! machines, and nowhere else, whatever it lists.

use from_json::FromJson;
use serde::{Serialize, de::IgnoredAny};

use crate::{
    Refusal, UnixTime,
    client::{AuthMethod, Client, RegisteredBy},
    id::ClientId,
    redirect_uri::{Reach as RedirectReach, RegisteredRedirectUri},
    registration::{Metadata, Rules},
    remote_document::{Reach, origin},
    scope::Scope,
};

/// For how long after its last fetch a document counts while its host is down, in seconds: a week.
const LONGEST_OUTAGE: i64 = 7 * 86_400;

/// Whether a `client_id` is the URL of a document. No id that this server issues is one.
pub fn is_url(client_id: &ClientId) -> bool {
    let id = client_id.as_str();
    id.starts_with("https://") || id.starts_with("http://")
}

/// The host of the site where a document's client is published. It is in ASCII, whatever the scripts of the client's name.
pub fn site(client_id: &ClientId) -> Option<&str> {
    let (_, host) = origin(client_id.as_str())?.split_once("://")?;
    Some(host)
}

/// A document that was read, as it is stored.
#[derive(Clone, Debug, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct StoredDocument {
    /// The version of this record: 1.
    #[from_json(with = crate::version::first)]
    pub version: u8,
    /// The client that it describes.
    pub client: Client,
    /// When it was fetched.
    pub fetched_at: UnixTime,
    /// Until when it is used without another fetch.
    pub fresh_until: UnixTime,
    /// Whether a user has let the client in: then it is stored for as long as that may last.
    #[serde(default)]
    pub is_used: bool,
}

/// What a stored document is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It is used as it is.
    Fresh,
    /// It is used only if it cannot be fetched.
    Stale,
    /// It is not used: its host has been down for too long.
    TooOld,
}

impl StoredDocument {
    /// What it is good for at an authorization request. Tokens of grants are refreshed by it as long as it is stored.
    pub fn age(&self, now: UnixTime) -> Age {
        if now < self.fresh_until {
            Age::Fresh
        } else if now < self.fetched_at.plus(LONGEST_OUTAGE) {
            Age::Stale
        } else {
            Age::TooOld
        }
    }

    /// Reads a stored record; `None` unless it is that of `client_id`.
    pub fn from_record(client_id: &ClientId, record: &str) -> Option<Self> {
        from_json::from_str(record)
            .ok()
            .filter(|stored: &Self| stored.client.client_id == *client_id)
    }
}

/// What no document may have: anyone could read it.
#[derive(FromJson)]
struct Secrets {
    #[serde(default)]
    client_secret: Option<IgnoredAny>,
    #[serde(default)]
    client_secret_expires_at: Option<IgnoredAny>,
}

/// Reads the document at the URL `client_id`. `scopes` are all that clients may have for the asking.
pub fn read(
    json: &[u8],
    client_id: &ClientId,
    scopes: &Scope,
    reach: Reach,
) -> Result<Client, Refusal> {
    const INVALID: Refusal = Refusal::ClientDocumentInvalid;
    let mut metadata = Metadata::parse(json).map_err(|_| INVALID)?;
    let secrets: Secrets = from_json::from_slice(json).map_err(|_| INVALID)?;
    // 1. It describes the client that this URL names, to the byte.
    if metadata.client_id.as_deref() != Some(client_id.as_str()) {
        return Err(INVALID);
    }
    // 2. It has no secret, and no use for one.
    let method = metadata.token_endpoint_auth_method.as_deref();
    let needs_secret = method
        .and_then(AuthMethod::parse)
        .is_some_and(AuthMethod::needs_secret);
    if needs_secret || secrets.client_secret.is_some() || secrets.client_secret_expires_at.is_some()
    {
        return Err(INVALID);
    }
    // 3. It has a name, and somewhere to return to that is its own.
    if metadata.plain_name().is_none() {
        return Err(INVALID);
    }
    if let Some(redirects) = &mut metadata.redirect_uris {
        redirects.retain(|uri| is_own(uri, client_id));
    }
    let rules = Rules {
        registered_by: RegisteredBy::Document,
        scopes,
        machines: false,
        reach,
    };
    metadata
        .into_client(client_id.clone(), &rules)
        .map_err(|_| INVALID)
}

/// Whether answers at this redirect URI reach the document's own site, or an application on the user's machine.
fn is_own(uri: &str, client_id: &ClientId) -> bool {
    let is_local = |uri: &RegisteredRedirectUri| uri.reach() != RedirectReach::Site;
    origin(uri).is_some_and(|site| Some(site) == origin(client_id.as_str()))
        || RegisteredRedirectUri::parse(uri).is_ok_and(|uri| is_local(&uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://app.example.org/oauth/client.json";

    fn id(text: &str) -> ClientId {
        ClientId::parse(text).unwrap()
    }

    fn document(members: &str) -> String {
        [
            r#"{"client_id":""#,
            URL,
            r#"","client_name":"App""#,
            members,
            "}",
        ]
        .concat()
    }

    const REDIRECT: &str = r#","redirect_uris":["https://app.example.org/callback"]"#;

    fn read_at(url: &str, json: &str) -> Result<Client, Refusal> {
        let scopes = Scope::parse("openid read admin").unwrap();
        read(json.as_bytes(), &id(url), &scopes, Reach::Public)
    }

    fn with(members: &str) -> Result<Client, Refusal> {
        read_at(URL, &document(members))
    }

    #[test]
    fn row_119_a_document_describes_a_public_client_of_its_own_site() {
        let client = with(REDIRECT).unwrap();
        assert_eq!(client.registered_by, RegisteredBy::Document);
        assert!(client.is_public() && client.must_use_pkce());
        assert!(client.scope.contains("read") && !client.scope.contains("admin"));
        assert!(
            client
                .redirect("https://app.example.org/callback")
                .is_some()
        );
        assert!(!client.first_party);
    }

    #[test]
    fn row_119_an_address_in_disguise_is_no_application_on_the_user_s_machine() {
        for host in ["134744072", "0x8080808", "8.8.2056", "010.8.8.8"] {
            let redirects = [r#","redirect_uris":["https://"#, host, r#"/callback"]"#].concat();
            assert_eq!(
                with(&redirects).unwrap_err(),
                Refusal::ClientDocumentInvalid,
                "{host}"
            );
        }
    }

    #[test]
    fn row_119_its_client_id_is_its_url_to_the_byte() {
        let json = document(REDIRECT);
        for url in [
            "https://app.example.org/oauth/client.json?",
            "https://app.example.org/oauth/Client.json",
            "https://app.example.org/oauth/client.json/",
            "https://app.example.org:443/oauth/client.json",
            "https://app.example.net/oauth/client.json",
        ] {
            assert_eq!(
                read_at(url, &json).unwrap_err(),
                Refusal::ClientDocumentInvalid
            );
        }
        let none = r#"{"client_name":"App","redirect_uris":["https://app.example.org/callback"]}"#;
        assert!(read_at(URL, none).is_err());
    }

    #[test]
    fn row_119_a_document_without_name_or_redirect_or_with_a_secret_is_refused() {
        let with_redirect = |members: &str| with(&[REDIRECT, members].concat());
        for members in [
            r#","client_secret":"x""#,
            r#","client_secret_expires_at":0"#,
            r#","token_endpoint_auth_method":"client_secret_post""#,
            r#","token_endpoint_auth_method":"client_secret_basic""#,
            r#","token_endpoint_auth_method":"client_secret_jwt""#,
            r#","token_endpoint_auth_method":"private_key_jwt""#,
            r#","grant_types":["client_credentials"]"#,
            r#","jwks":{"keys":[{"kty":"oct","k":"AAAA"}]},"token_endpoint_auth_method":"private_key_jwt""#,
            r#","client_name":"Twice""#,
        ] {
            assert!(with_redirect(members).is_err(), "{members}");
        }
        assert!(with("").is_err());
        assert!(with(r#","redirect_uris":[]"#).is_err());
        let nameless = document(REDIRECT).replace(r#""client_name":"App","#, "");
        assert!(read_at(URL, &nameless).is_err());
        assert!(read_at(URL, "[]").is_err() && read_at(URL, "").is_err());
    }

    #[test]
    fn row_119_another_origin_s_redirect_never_counts() {
        let listed = r#","redirect_uris":["https://app.example.org/cb","https://app.example.org:8443/cb",
            "https://evil.example.org/cb","https://app.example.org.evil.net/cb","https://app.example.org@evil.net/cb",
            "http://localhost/callback","http://127.0.0.1:33418/","cursor://anysphere.cursor-mcp/oauth/callback"]"#;
        let client = with(listed).unwrap();
        let accepted = |uri: &str| client.redirect(uri).is_some();
        assert!(accepted("https://app.example.org/cb"));
        assert!(accepted("http://localhost:3118/callback") && accepted("http://127.0.0.1:1234/"));
        assert!(accepted("cursor://anysphere.cursor-mcp/oauth/callback"));
        for uri in [
            "https://app.example.org:8443/cb",
            "https://evil.example.org/cb",
            "https://app.example.org.evil.net/cb",
            "https://app.example.org@evil.net/cb",
        ] {
            assert!(!accepted(uri), "{uri}");
        }
        assert!(with(r#","redirect_uris":["https://evil.example.org/cb"]"#).is_err());
    }

    #[test]
    fn a_document_chooses_among_the_methods_that_need_no_secret() {
        let members = r#","jwks_uri":"https://app.example.org/jwks","token_endpoint_auth_method":"private_key_jwt",
            "token_endpoint_auth_methods_supported":["none","private_key_jwt","client_secret_post"]"#;
        let client = with(&[REDIRECT, members].concat()).unwrap();
        assert!(client.authenticates_with(AuthMethod::PrivateKeyJwt));
        assert!(client.authenticates_with(AuthMethod::None));
        assert!(!client.authenticates_with(AuthMethod::ClientSecretPost));
        assert_eq!(
            client.jwks_uri.as_deref(),
            Some("https://app.example.org/jwks")
        );
        assert!(!client.assertion_policy.token_endpoint_audience);
    }

    #[test]
    fn row_120_a_stored_document_is_fresh_then_good_for_an_outage_then_too_old() {
        let stored = StoredDocument {
            version: 1,
            client: with(REDIRECT).unwrap(),
            fetched_at: UnixTime(0),
            fresh_until: UnixTime(300),
            is_used: false,
        };
        assert_eq!(stored.age(UnixTime(299)), Age::Fresh);
        assert_eq!(stored.age(UnixTime(300)), Age::Stale);
        assert_eq!(stored.age(UnixTime(LONGEST_OUTAGE - 1)), Age::Stale);
        assert_eq!(stored.age(UnixTime(LONGEST_OUTAGE)), Age::TooOld);
        let record = serde_json::to_string(&stored).unwrap();
        assert!(StoredDocument::from_record(&id(URL), &record).is_some());
        assert!(StoredDocument::from_record(&id("https://a.example.org/"), &record).is_none());
    }
}
