//! The authorization server's demo rows: users and clients.

use anyhow::{Context as _, Result, anyhow};
use oauth_core::{
    client::{AuthMethod, Client},
    grant_type::GrantType,
    id::ClientId,
    jose::JwkSet,
    password::{self, Password},
    redirect_uri::RegisteredRedirectUri,
    scope::Scope,
};

use crate::{
    people::{PEOPLE, Person},
    secrets::{API_CLIENT, Secrets, salt, sealed_secret},
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
    for client in [
        pages(app_origin)?,
        machine(secrets)?,
        caller(secrets)?,
        web_app(secrets)?,
        api(secrets, resource)?,
    ] {
        statements.push(demo_client(&client, now)?);
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
fn demo_client(client: &Client, now: u64) -> Result<String> {
    let scope = both(
        "excluded.record ->> '$.scope'",
        "clients.record ->> '$.scope'",
    );
    let record = format!("json_set(excluded.record, '$.scope', {scope})");
    row(client, now, &record)
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

fn pages(app_origin: &str) -> Result<Client> {
    let mut client = new("web-ui", "Ostiary's own pages", vec![AuthMethod::None])?;
    client.redirect_uris = vec![redirect_uri(&format!("{app_origin}/callback"))?];
    client.first_party = true;
    client.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    client.scope = scope(ALL_SCOPES)?;
    client.default_scope = scope("openid")?;
    Ok(client)
}

fn machine(secrets: &Secrets) -> Result<Client> {
    let mut client = with_secret(
        secrets,
        "client-123",
        "A machine with a secret",
        "super-secret-key",
    )?;
    client.grant_types = vec![GrantType::ClientCredentials];
    client.scope = scope("read write read:students read:users")?;
    client.default_scope = scope("read read:students")?;
    Ok(client)
}

fn caller(secrets: &Secrets) -> Result<Client> {
    let mut client = new(
        "caller",
        "The app's own backend",
        vec![AuthMethod::PrivateKeyJwt],
    )?;
    client.jwks = Some(JwkSet {
        keys: vec![secrets.caller.clone()],
    });
    client.grant_types = vec![GrantType::ClientCredentials];
    client.scope = scope("read:students")?;
    client.default_scope = client.scope.clone();
    Ok(client)
}

fn web_app(secrets: &Secrets) -> Result<Client> {
    let secret = "web-app-secret-0123456789abcdef0123";
    let mut client = with_secret(secrets, "web-app", "A web application", secret)?;
    client
        .token_endpoint_auth_methods
        .push(AuthMethod::ClientSecretJwt);
    client.sealed_secrets = vec![sealed_secret(&secrets.keyring, &client.client_id, secret)?];
    client.redirect_uris = vec![
        redirect_uri("http://localhost:9999/callback")?,
        redirect_uri("http://127.0.0.1:9999/callback")?,
    ];
    client.grant_types = vec![
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::ClientCredentials,
    ];
    client.scope = scope(
        "openid profile email offline_access read write read:students read:posts read:users",
    )?;
    client.default_scope = scope("openid")?;
    Ok(client)
}

/// The resource server: it asks about the tokens that are for its two resources, and gets none itself.
fn api(secrets: &Secrets, resource: &str) -> Result<Client> {
    let (id, secret) = API_CLIENT;
    let mut client = with_secret(secrets, id, "The resource server", secret)?;
    client.resource_server_for = vec![resource.to_owned(), [resource, "/mcp"].concat()];
    Ok(client)
}

fn new(id: &str, name: &str, methods: Vec<AuthMethod>) -> Result<Client> {
    let id = ClientId::parse(id).with_context(|| format!("{id} is no client id"))?;
    Ok(Client::new(id, name.to_owned(), methods))
}

fn with_secret(secrets: &Secrets, id: &str, name: &str, secret: &str) -> Result<Client> {
    let methods = vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let mut client = new(id, name, methods)?;
    let hash = secrets
        .keyring
        .client_secret_hash(&client.client_id, secret);
    client.secret_hashes = vec![hash];
    Ok(client)
}

fn scope(text: &str) -> Result<Scope> {
    Scope::parse(text).map_err(|error| anyhow!("{error}"))
}

fn redirect_uri(text: &str) -> Result<RegisteredRedirectUri> {
    RegisteredRedirectUri::parse(text).map_err(|error| anyhow!("{error}"))
}
