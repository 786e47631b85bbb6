//! One more user or client, as a row: what `cargo xtask add` applies or prints.

use std::iter;

use anyhow::{Context as _, Result, anyhow, bail};
use oauth_core::{
    base64url,
    client::{
        AuthMethod, Client, DIRECT_LOGIN,
        fields::{self, FIELDS, Value as FieldValue},
    },
    id::ClientId,
    keyring::Keyring,
    password::{self, Normalizer, Password},
    scope::{MOST_TOKENS, ScopeToken},
    username,
};
use serde::Deserialize;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    auth_rows,
    secrets::{random, salt, sealed_secret},
    sql::{now, quoted},
};

/// A user to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    username: String,
    password: String,
    name: Option<String>,
    email: Option<String>,
    roles: String,
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

/// The help of `add client`, from the list of a registration's fields.
pub(crate) fn help() -> String {
    let options = FIELDS.iter().map(|field| {
        let option = match field.value {
            FieldValue::Flag => format!("--{}", field.option),
            FieldValue::Once(name) | FieldValue::Repeated(name) => {
                format!("--{} {name}", field.option)
            }
        };
        format!("  {option:<28} {}\n", field.about)
    });
    let usage = "cargo xtask add client ID [--print] [options]\n\n\
        Registers a client. A confidential client's secret is generated and shown once.\n\n";
    iter::once(usage.to_owned()).chain(options).collect()
}

/// The statement that adds a client, and the secret to hand out, if one was made. The words are an id and options.
pub(crate) fn client(mut words: impl Iterator<Item = String>, keyring: &Keyring) -> Result<Value> {
    let id = words.next().unwrap_or_default();
    let id = ClientId::parse(&id)
        .filter(|id| id.as_str() != DIRECT_LOGIN)
        .context(
            "a client_id is visible ASCII, does not begin with `u_` and is not `direct-login`",
        )?;
    let methods = vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let mut client = Client::new(id.clone(), id.to_string(), methods);
    client.scope = fields::usual_scope();
    client.default_scope = client.scope.clone();
    let given = set_fields(&mut client, words)?;
    if !given.contains(&"grants") {
        client.grant_types = fields::usual_grants(&client);
    }
    fields::check(&client).map_err(|reason| anyhow!(reason))?;
    let secret = if client.is_public() {
        None
    } else {
        let secret = base64url::encode(&random::<32>()?);
        client.secret_hashes = vec![keyring.client_secret_hash(&id, &secret)];
        if client.authenticates_with(AuthMethod::ClientSecretJwt) {
            client.sealed_secrets = vec![sealed_secret(keyring, &id, &secret)?];
        }
        Some(secret)
    };
    Ok(json!({ "sql": auth_rows::client_row(&client, now()?)?, "secret": secret }))
}

/// Sets a field for each option; answers with the options that were given.
fn set_fields(
    client: &mut Client,
    mut words: impl Iterator<Item = String>,
) -> Result<Vec<&'static str>> {
    let mut given = Vec::new();
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let field = name.strip_prefix("--");
        let field = field.and_then(|name| FIELDS.iter().find(|field| field.option == name));
        let field = field.with_context(|| format!("unknown option `{name}`"))?;
        let value = match field.value {
            FieldValue::Flag => String::new(),
            FieldValue::Once(_) | FieldValue::Repeated(_) => attached
                .or_else(|| words.next())
                .with_context(|| format!("`{name}` needs a value"))?,
        };
        if given.contains(&field.option) && !matches!(field.value, FieldValue::Repeated(_)) {
            bail!("`{name}` was given twice");
        }
        (field.set)(client, &value).map_err(|error| anyhow!("`{name}`: {error}"))?;
        given.push(field.option);
    }
    Ok(given)
}

struct Tables;

impl Normalizer for Tables {
    fn nfc(&self, text: &str) -> String {
        text.nfc().collect()
    }
}

/// The statement that adds a user.
pub(crate) fn user(new: &NewUser) -> Result<Value> {
    let username = username::mapped(&new.username, &Tables);
    let length = Tables.nfc(&new.password).chars().count();
    if username.is_empty() || !(8..=password::LONGEST).contains(&length) {
        bail!(
            "a user has a name, and a password of 8 to {} characters",
            password::LONGEST
        );
    }
    let password = Password::typed(&new.password, &Tables);
    let hash = password::hash(&password, salt()?).map_err(|fault| anyhow!("{fault}"))?;
    let id = format!("u_{}", base64url::encode(&random::<12>()?));
    let optional =
        |text: Option<&String>| text.map_or_else(|| "NULL".to_owned(), |text| quoted(text));
    let sql = format!(
        "INSERT INTO users (user_id, username, password_hash, name, email, roles, disabled, created_at) \
         VALUES ({}, {}, {}, {}, {}, {}, 0, {})",
        quoted(&id),
        quoted(&username),
        quoted(&hash),
        optional(new.name.as_ref()),
        optional(new.email.as_ref()),
        quoted(&new.roles),
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
        let mut words = vec![
            "shop",
            "--display-name=The shop's",
            "--redirect-uri",
            redirect_uri,
            "--grants",
            "authorization_code",
            "--opaque-tokens",
            "--push-required",
            "--resource-server-for",
            "https://shop.example",
        ];
        words.push(if public {
            "--public"
        } else {
            "--keep-refresh-tokens"
        });
        client(words.into_iter().map(str::to_owned), &keyring())
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
    fn an_option_that_is_unknown_or_lacks_its_value_is_named() {
        for words in [
            vec!["shop", "--colour", "red"],
            vec!["shop", "red"],
            vec!["shop", "--scope"],
            vec!["shop", "--scope", "a", "--scope", "b"],
            vec!["shop", "--grants", "password"],
            vec!["shop", "--public", "--keep-refresh-tokens"],
            vec!["u_ada"],
            vec![],
        ] {
            let refused = client(words.iter().map(|word| (*word).to_owned()), &keyring());
            assert!(refused.is_err(), "{words:?}");
        }
        assert!(FIELDS.iter().all(|field| help().contains(field.about)));
    }

    #[test]
    fn a_users_password_is_stored_as_a_hash() {
        let new = |password: &str| NewUser {
            username: "ida".into(),
            password: password.into(),
            name: None,
            email: None,
            roles: String::new(),
        };
        let row = user(&new("rhodes-1949")).unwrap();
        let sql = row["sql"].as_str().unwrap();
        assert!(sql.contains("$argon2id$") && !sql.contains("rhodes-1949"));
        assert!(user(&new("short")).is_err());
        assert!(user(&new(&"x".repeat(129))).is_err());
    }

    #[test]
    fn a_name_and_a_password_are_stored_as_they_are_compared_at_sign_in() {
        let decomposed = NewUser {
            username: "E\u{301}mile".into(),
            password: "Pa\u{308}sswo\u{308}rter".into(),
            name: None,
            email: None,
            roles: String::new(),
        };
        let row = user(&decomposed).unwrap();
        let sql = row["sql"].as_str().unwrap();
        assert!(sql.contains("'\u{e9}mile'"), "{sql}");
        let hash = sql.split('\'').find(|text| text.starts_with("$argon2id$"));
        let typed = Password::typed("P\u{e4}ssw\u{f6}rter", &Tables);
        assert!(password::verify(&typed, hash.unwrap()).unwrap());
    }
}
