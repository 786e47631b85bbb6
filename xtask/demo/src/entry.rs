//! One more user or client, as a row: what `cargo xtask add` applies or prints.

use anyhow::{Context as _, Result, anyhow, bail};
use oauth_core::{
    base64url,
    client::{Client, DIRECT_LOGIN},
    id::ClientId,
    keyring::Keyring,
    lifecycle::grant::{Rotation, TokenFormat},
    password::{self, Password},
    scope::{MOST_TOKENS, ScopeToken},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    auth_rows,
    secrets::{random, salt},
    sql::{now, quoted},
};

/// What is to be added.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Entry {
    /// Someone who can sign in.
    User {
        username: String,
        password: String,
        name: Option<String>,
        email: Option<String>,
        roles: String,
    },
    /// An application.
    Client(NewClient),
}

/// An application, as the command line describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClient {
    client_id: String,
    name: String,
    redirect_uris: Vec<String>,
    grants: Vec<String>,
    scope: String,
    public: bool,
    access_token_format: TokenFormat,
    refresh_token_rotation: Rotation,
    push_required: bool,
    resource_server_for: Vec<String>,
}

/// The statement that adds the entry, and the secret to hand out, if one was made.
pub(crate) fn row(entry: Entry, keyring: &Keyring) -> Result<Value> {
    match entry {
        Entry::User {
            username,
            password,
            name,
            email,
            roles,
        } => user(
            &username,
            &password,
            name.as_deref(),
            email.as_deref(),
            &roles,
        ),
        Entry::Client(new) => client(&new, keyring),
    }
}

/// The statement that lets a client ask for these scopes too.
pub(crate) fn allowed(client_id: &str, scopes: impl Iterator<Item = String>) -> Result<Value> {
    let id = ClientId::parse(client_id)
        .filter(|id| id.as_str() != DIRECT_LOGIN)
        .with_context(|| format!("`{client_id}` is no client that is registered by an id"))?;
    let mut all = Vec::new();
    for name in scopes {
        let scope = ScopeToken::parse(&name).map_err(|error| anyhow!("`{name}`: {error}"))?;
        all.push(scope);
    }
    if all.is_empty() || all.len() > MOST_TOKENS {
        bail!("name the scopes that the client may ask for, {MOST_TOKENS} at most");
    }
    Ok(json!({ "sql": auth_rows::allow(&id, &all.into_iter().collect()) }))
}

fn client(new: &NewClient, keyring: &Keyring) -> Result<Value> {
    let id = ClientId::parse(&new.client_id)
        .filter(|id| id.as_str() != DIRECT_LOGIN)
        .context(
            "a client_id is visible ASCII, does not begin with `u_` and is not `direct-login`",
        )?;
    if new.public && new.refresh_token_rotation == Rotation::Keep {
        bail!("the refresh tokens of a public client rotate");
    }
    let (secret, methods): (_, &[&str]) = if new.public {
        (None, &["none"])
    } else {
        let secret = base64url::encode(&random::<32>()?);
        (Some(secret), &["client_secret_basic", "client_secret_post"])
    };
    let hashes = secret
        .iter()
        .map(|secret| keyring.client_secret_hash(&id, secret));
    let record = json!({
        "version": 1,
        "client_id": new.client_id,
        "client_name": new.name,
        "token_endpoint_auth_methods": methods,
        "secret_hashes": hashes.collect::<Vec<_>>(),
        "redirect_uris": new.redirect_uris,
        "grant_types": new.grants,
        "scope": new.scope,
        "default_scope": new.scope,
        "pkce": "required",
        "access_token_format": new.access_token_format,
        "refresh_token_rotation": new.refresh_token_rotation,
        "require_pushed_authorization_requests": new.push_required,
        "resource_server_for": new.resource_server_for,
    });
    let record: Client = serde_json::from_value(record)
        .map_err(|error| anyhow!("this client cannot be: {error}"))?;
    Ok(json!({ "sql": auth_rows::client_row(&record, now()?)?, "secret": secret }))
}

fn user(
    username: &str,
    password: &str,
    name: Option<&str>,
    email: Option<&str>,
    roles: &str,
) -> Result<Value> {
    if username.is_empty() || password.chars().count() < 8 {
        bail!("a user has a name, and a password of 8 characters or more");
    }
    let password = Password::ascii(password)
        .context("set a password of ASCII characters here; the person can have any other later")?;
    let hash = password::hash(&password, salt()?).map_err(|fault| anyhow!("{fault}"))?;
    let id = format!("u_{}", base64url::encode(&random::<12>()?));
    let optional = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), quoted);
    let sql = format!(
        "INSERT INTO users (user_id, username, password_hash, name, email, roles, disabled, created_at) \
         VALUES ({}, {}, {}, {}, {}, {}, 0, {})",
        quoted(&id),
        quoted(username),
        quoted(&hash),
        optional(name),
        optional(email),
        quoted(roles),
        now()?
    );
    Ok(json!({ "sql": sql, "secret": null }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        Keyring::from_secret(&base64url::encode(&[1; 32])).unwrap()
    }

    fn shop(public: bool, redirect_uri: &str) -> Result<Value> {
        let entry = Entry::Client(NewClient {
            client_id: "shop".into(),
            name: "The shop's".into(),
            redirect_uris: vec![redirect_uri.into()],
            grants: vec!["authorization_code".into()],
            scope: "openid".into(),
            public,
            access_token_format: TokenFormat::Opaque,
            refresh_token_rotation: if public {
                Rotation::Rotate
            } else {
                Rotation::Keep
            },
            push_required: true,
            resource_server_for: vec!["https://shop.example".into()],
        });
        row(entry, &keyring())
    }

    #[test]
    fn a_confidential_client_gets_a_secret_that_is_stored_as_a_hash() {
        let row = shop(false, "https://shop.example/cb").unwrap();
        let secret = row["secret"].as_str().unwrap();
        let sql = row["sql"].as_str().unwrap();
        assert!(!sql.contains(secret));
        let id = ClientId::parse("shop").unwrap();
        assert!(sql.contains(&keyring().client_secret_hash(&id, secret)));
        assert!(sql.contains("The shop''s"));
        assert!(shop(true, "https://shop.example/cb").unwrap()["secret"].is_null());
    }

    #[test]
    fn what_a_client_is_registered_for_stands_in_its_record() {
        let row = shop(false, "https://shop.example/cb").unwrap();
        let sql = row["sql"].as_str().unwrap();
        for member in [
            r#""access_token_format":"opaque""#,
            r#""refresh_token_rotation":"keep""#,
            r#""require_pushed_authorization_requests":true"#,
            r#""resource_server_for":["https://shop.example"]"#,
        ] {
            assert!(sql.contains(member), "{member} in {sql}");
        }
    }

    #[test]
    fn a_redirect_uri_that_cannot_be_registered_is_refused() {
        assert!(shop(true, "javascript:alert(1)").is_err());
        assert!(shop(true, "https://shop.example/cb#x").is_err());
    }

    fn allow(client_id: &str, scopes: &[&str]) -> Result<String> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned());
        let row = allowed(client_id, scopes)?;
        Ok(row["sql"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_scope_that_is_none_and_a_client_that_cannot_be_are_refused() {
        let sql = allow("it's", &["read:books", "write:books", "read:books"]).unwrap();
        assert!(sql.contains("'read:books write:books'") && sql.ends_with("= 'it''s'"));
        assert!(allow("shop", &[]).is_err());
        for scope in ["", "a b", "a\"b", "é", "a\\b"] {
            let error = allow("shop", &["read", scope]).unwrap_err().to_string();
            assert!(error.contains(&format!("`{scope}`")), "{error}");
        }
        for client in ["u_ada", "", "direct-login", "a b"] {
            assert!(allow(client, &["read"]).is_err(), "{client}");
        }
        let many: Vec<String> = (0..101).map(|n| format!("s{n}")).collect();
        assert!(allowed("shop", many.into_iter()).is_err());
    }

    #[test]
    fn a_users_password_is_stored_as_a_hash() {
        let row = user("ida", "rhodes-1949", None, None, "").unwrap();
        let sql = row["sql"].as_str().unwrap();
        assert!(sql.contains("$argon2id$") && !sql.contains("rhodes-1949"));
        assert!(user("ida", "short", None, None, "").is_err());
    }
}
