//! The authorization server's demo rows: users and clients.

use anyhow::{Context as _, Result, anyhow};
use oauth_core::{
    client::Client,
    id::ClientId,
    password::{self, Password},
    scope::Scope,
};
use serde_json::{Value, json};

use crate::{
    people::{PEOPLE, Person},
    secrets::{API_CLIENT, Secrets, salt},
    sql::{now, quoted},
};

/// The scopes that a user may grant to the pages: all of them; two need a role as well.
const ALL_SCOPES: &str = "openid profile email offline_access read write read:students read:posts read:users m2m:run admin";

/// The statements that write users and clients.
pub(crate) fn all(secrets: &Secrets, app_origin: &str, resource: &str) -> Result<Vec<String>> {
    let now = now()?;
    let mut statements = Vec::new();
    for person in PEOPLE {
        statements.push(user(person, now)?);
    }
    for record in [
        pages(app_origin),
        machine(secrets)?,
        caller(secrets)?,
        web_app(secrets)?,
        api(secrets, resource)?,
    ] {
        statements.push(client(record, now)?);
    }
    Ok(statements)
}

fn user(person: &Person, now: u64) -> Result<String> {
    let password = Password::ascii(person.password).context("demo passwords are ASCII")?;
    let hash = password::hash(&password, salt()?).map_err(|fault| anyhow!("{fault}"))?;
    let texts = [
        person.id,
        person.username,
        &hash,
        person.name,
        person.email,
        person.roles,
    ]
    .map(quoted)
    .join(", ");
    // What someone changed since then stays.
    Ok(format!(
        "INSERT OR IGNORE INTO users (user_id, username, password_hash, name, email, roles, disabled, created_at) \
         VALUES ({texts}, 0, {now})"
    ))
}

/// The statement that writes a demo client. What it was allowed beyond that stays.
fn client(record: Value, now: u64) -> Result<String> {
    // Through the type, so that the row is what the server reads.
    let client: Client =
        serde_json::from_value(record).context("a demo client is not well formed")?;
    let scope = both(
        "excluded.record ->> '$.scope'",
        "clients.record ->> '$.scope'",
    );
    let record = format!("json_set(excluded.record, '$.scope', {scope})");
    row(&client, now, &record)
}

/// The statement that registers a client, in place of one with the same id.
pub(crate) fn client_row(client: &Client, now: u64) -> Result<String> {
    row(client, now, "excluded.record")
}

fn row(client: &Client, now: u64, replaced_by: &str) -> Result<String> {
    let id = quoted(client.client_id.as_str());
    let record = quoted(&serde_json::to_string(client).context("a client cannot be written")?);
    Ok(format!(
        "INSERT INTO clients (client_id, record, disabled, created_at) VALUES ({id}, {record}, 0, {now}) \
         ON CONFLICT (client_id) DO UPDATE SET record = {replaced_by}"
    ))
}

/// The statement that lets a client ask for more scopes. It touches nothing where there is no such client.
pub(crate) fn allow(client_id: &ClientId, scope: &Scope) -> String {
    let scope = both("record ->> '$.scope'", &quoted(&scope.to_string()));
    let id = quoted(client_id.as_str());
    format!(
        "UPDATE clients SET record = json_set(record, '$.scope', {scope}) WHERE client_id = {id}"
    )
}

/// An SQL expression for the scopes that either of two such expressions has, each once. No scope has a character
/// that would have to be escaped in JSON.
fn both(one: &str, other: &str) -> String {
    let list = format!(
        "'[\"' || replace(coalesce({one}, '') || ' ' || coalesce({other}, ''), ' ', '\",\"') || '\"]'"
    );
    format!(
        "(SELECT coalesce(group_concat(value, ' '), '') FROM \
         (SELECT DISTINCT value FROM json_each({list}) WHERE value <> ''))"
    )
}

fn pages(app_origin: &str) -> Value {
    json!({
        "version": 1,
        "client_id": "web-ui",
        "client_name": "Ostiary's own pages",
        "token_endpoint_auth_methods": ["none"],
        "redirect_uris": [format!("{app_origin}/callback")],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": ALL_SCOPES,
        "default_scope": "openid",
        "pkce": "required",
    })
}

fn machine(secrets: &Secrets) -> Result<Value> {
    Ok(json!({
        "version": 1,
        "client_id": "client-123",
        "client_name": "A machine with a secret",
        "token_endpoint_auth_methods": ["client_secret_basic", "client_secret_post"],
        "secret_hashes": [secret_hash(secrets, "client-123", "super-secret-key")?],
        "grant_types": ["client_credentials"],
        "scope": "read write read:students read:users",
        "default_scope": "read read:students",
        "pkce": "required",
    }))
}

fn caller(secrets: &Secrets) -> Result<Value> {
    Ok(json!({
        "version": 1,
        "client_id": "caller",
        "client_name": "The app's own backend",
        "token_endpoint_auth_methods": ["private_key_jwt"],
        "jwks": { "keys": [serde_json::to_value(&secrets.caller).context("the caller's key cannot be written")?] },
        "grant_types": ["client_credentials"],
        "scope": "read:students",
        "default_scope": "read:students",
        "pkce": "required",
    }))
}

fn web_app(secrets: &Secrets) -> Result<Value> {
    Ok(json!({
        "version": 1,
        "client_id": "web-app",
        "client_name": "A web application",
        "token_endpoint_auth_methods": ["client_secret_basic", "client_secret_post"],
        "secret_hashes": [secret_hash(secrets, "web-app", "web-app-secret-0123456789abcdef0123")?],
        "redirect_uris": ["http://localhost:9999/callback", "http://127.0.0.1:9999/callback"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile email offline_access read write read:students read:posts read:users",
        "default_scope": "openid",
        "pkce": "required",
    }))
}

/// The resource server: it asks about the tokens that are for it, and gets none itself.
fn api(secrets: &Secrets, resource: &str) -> Result<Value> {
    let (id, secret) = API_CLIENT;
    Ok(json!({
        "version": 1,
        "client_id": id,
        "client_name": "The resource server",
        "token_endpoint_auth_methods": ["client_secret_basic", "client_secret_post"],
        "secret_hashes": [secret_hash(secrets, id, secret)?],
        "grant_types": [],
        "scope": "",
        "default_scope": "",
        "pkce": "required",
        "resource_server_for": [resource],
    }))
}

fn secret_hash(secrets: &Secrets, client: &str, secret: &str) -> Result<String> {
    let id = ClientId::parse(client).with_context(|| format!("{client} is no client id"))?;
    Ok(secrets.keyring.client_secret_hash(&id, secret))
}
