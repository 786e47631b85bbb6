//! What a client says about itself.

use oauth_core::{
    UnixTime,
    client::{Client, RegisteredBy},
    client_document::{self, StoredDocument},
    grant_type::GrantType,
    id::ClientId,
    plain_text::is_misleading,
    redirect_uri::Reach as RedirectReach,
    registration::{Metadata, Rules},
    remote_document::{Reach, RemoteUrl},
    scope::{ADMIN, RUN, Scope},
};
use serde_json::Value;
use url::Url;

use crate::{first_line, uris};

const SCOPES: &str = "openid profile offline_access read write admin m2m:run";

/// A URL, and after it the document that is there.
pub fn document(bytes: &[u8]) {
    let Some((url, json)) = first_line(bytes) else {
        return;
    };
    let (Ok(remote), Some(id)) = (RemoteUrl::parse(url, Reach::Public), ClientId::parse(url))
    else {
        return;
    };
    let Ok(there) = Url::parse(url) else {
        return uris::unreachable("a URL that may be fetched is none to a browser");
    };
    assert_eq!(
        (there.scheme(), there.host_str()),
        ("https", Some(remote.host()))
    );
    assert!(
        there.username().is_empty() && there.password().is_none() && there.fragment().is_none()
    );
    let scopes = Scope::parse(SCOPES).unwrap_or_default();
    let Ok(client) = client_document::read(json, &id, &scopes, Reach::Public) else {
        return;
    };
    let said: Value = serde_json::from_slice(json).unwrap_or_default();
    assert_eq!(said.get("client_id").and_then(Value::as_str), Some(url));
    assert!(said.get("client_secret").is_none_or(Value::is_null));
    assert_eq!(client.registered_by, RegisteredBy::Document);
    assert!(!client.needs_secret() && !client.may_use(GrantType::ClientCredentials));
    for uri in &client.redirect_uris {
        let is_own = Url::parse(uri.as_str()).is_ok_and(|uri| uri.origin() == there.origin());
        assert!(
            is_own || uri.reach() != RedirectReach::Site,
            "{}",
            uri.as_str()
        );
    }
    asked_for_no_more(&client, &said, &scopes);
    stored_alike(client);
}

fn stored_alike(client: Client) {
    let id = client.client_id.clone();
    let printed = serde_json::to_string(&client).unwrap_or_default();
    let stored = StoredDocument {
        version: 1,
        client,
        fetched_at: UnixTime(0),
        fresh_until: UnixTime(300),
        is_used: false,
    };
    let record = serde_json::to_string(&stored).unwrap_or_default();
    let read = StoredDocument::from_record(&id, &record);
    let again = read.and_then(|read| serde_json::to_string(&read.client).ok());
    assert_eq!(again, Some(printed));
}

/// The metadata of a client that registers itself.
pub fn registration(bytes: &[u8]) {
    let scopes = Scope::parse(SCOPES).unwrap_or_default();
    for machines in [false, true] {
        let rules = Rules {
            registered_by: RegisteredBy::Itself,
            scopes: &scopes,
            machines,
            reach: Reach::Public,
        };
        let (Ok(metadata), Some(id)) = (Metadata::parse(bytes), ClientId::parse("c_1")) else {
            return;
        };
        let Ok(client) = metadata.into_client(id.clone(), &rules) else {
            continue;
        };
        assert_eq!(client.client_id, id);
        assert_eq!(client.registered_by, RegisteredBy::Itself);
        assert!(!client.token_endpoint_auth_methods.is_empty());
        let is_machine = client.may_use(GrantType::ClientCredentials);
        assert!(!is_machine || (machines && !client.is_public()));
        let said = serde_json::from_slice(bytes).unwrap_or_default();
        asked_for_no_more(&client, &said, &scopes);
        let record = serde_json::to_string(&client).unwrap_or_default();
        let again = Client::from_record(&id, &record);
        assert_eq!(
            again.and_then(|again| serde_json::to_string(&again).ok()),
            Some(record)
        );
    }
}

/// What holds of a client that nobody vouches for.
fn asked_for_no_more(client: &Client, said: &Value, scopes: &Scope) {
    assert!(
        !client.first_party && client.resources.is_empty() && client.resource_server_for.is_empty()
    );
    assert!(client.secret_hashes.is_empty() && client.sealed_secrets.is_empty());
    assert!(client.scope.is_subset_of(scopes) && client.default_scope.is_subset_of(&client.scope));
    assert!(!client.scope.contains(ADMIN) && !client.scope.contains(RUN));
    assert!(!client.is_public() || client.must_use_pkce());
    let name = &client.client_name;
    assert!(!name.is_empty() && !name.contains(is_misleading));
    assert!(client.client_id.as_str() == name || name.chars().count() <= 61);
    let listed = said.get("redirect_uris").and_then(Value::as_array);
    let listed = listed.map(Vec::as_slice).unwrap_or_default();
    for uri in &client.redirect_uris {
        assert!(listed.iter().any(|one| one.as_str() == Some(uri.as_str())));
        uris::as_browsers_do(&uri.accept_default());
        assert!(client.redirect(uri.as_str()).is_some());
    }
    assert!(!client.may_use(GrantType::AuthorizationCode) || !client.redirect_uris.is_empty());
    if let Some(keys) = &client.jwks_uri {
        assert!(client.jwks.is_none());
        assert!(
            Url::parse(keys).is_ok_and(|keys| keys.scheme() == "https"),
            "{keys}"
        );
    }
}
