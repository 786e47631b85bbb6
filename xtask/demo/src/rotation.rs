//! A new `OSTIARY_SECRET`, and the statements that follow from it, as `cargo xtask rotate-secret` applies them.

use anyhow::{Context as _, Result, anyhow};
use oauth_core::{
    UnixTime, base64url, date::Civil, id::ClientId, keyring::Keyring, settings::Lifetimes,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    secrets::{find, random, sealed_secret},
    sql::{now, quoted},
};

const DAY: i64 = 86_400;

/// What there is before the rotation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    /// Why: `calm`, `leaked`, or `finished` where the secret before is dropped.
    reason: String,
    /// The clients whose secrets cannot be checked afterwards.
    clients: Vec<String>,
    /// The worker's variables, as lines of `NAME = "value"`.
    settings: String,
}

/// `{"secret": TEXT, "until": DATE, "clients": [{"client_id": …, "secret": …}], "sql": [SQL, …], "audit": SQL}`: the new
/// secret; the day after which nothing counts that was made under the one before; a new secret for each client; the
/// statements that store the hashes of these and take every signing key away, for a secret that has leaked; and the
/// statement that records the rotation.
pub(crate) fn rotation(before: &Before) -> Result<Value> {
    let now = now()?;
    let secret = base64url::encode(&random::<32>()?);
    let keyring = keyring(&secret)?;
    let mut sql = vec![format!(
        "DELETE FROM signing_keys WHERE created_at <= {now}"
    )];
    let mut clients = Vec::new();
    for client_id in &before.clients {
        let id = ClientId::parse(client_id)
            .with_context(|| format!("the database has a client `{client_id}`, which is no id"))?;
        let secret = base64url::encode(&random::<32>()?);
        let hash = keyring.client_secret_hash(&id, &secret);
        // Only clients that sign with their secrets have sealed ones.
        let sealed = sealed_secret(&keyring, &id, &secret)?;
        sql.push(format!(
            "UPDATE clients SET record = json_replace(json_set(record, '$.secret_hashes', json_array({})), \
             '$.sealed_secrets', json_array({})) WHERE client_id = {}",
            quoted(&hash),
            quoted(&sealed),
            quoted(client_id)
        ));
        clients.push(json!({ "client_id": client_id, "secret": secret }));
    }
    let until = UnixTime(i64::try_from(now)?).plus(longest(&before.settings) + DAY);
    let Civil {
        year, month, day, ..
    } = Civil::at(until);
    Ok(json!({
        "secret": secret,
        "until": format!("{year}-{month:02}-{day:02}"),
        "clients": clients,
        "sql": sql,
        "audit": audit(&before.reason, now),
    }))
}

fn audit(reason: &str, now: u64) -> String {
    let reason = quoted(reason);
    format!(
        "INSERT INTO audit (version, at, event, outcome, actor, reason) \
         VALUES (1, {now}, 'secret_rotated', 'success', 'operator', {reason})"
    )
}

fn keyring(secret: &str) -> Result<Keyring> {
    Keyring::from_secret(secret).map_err(|_| anyhow!("a new secret is too short"))
}

/// The longest that something lives whose proof follows from the secret, in seconds.
fn longest(settings: &str) -> i64 {
    let lifetimes = Lifetimes::read(|name, default, _| {
        let set = find(settings, name).and_then(|text| text.parse().ok());
        set.unwrap_or(default)
    });
    lifetimes
        .grant()
        .max(lifetimes.session)
        .max(lifetimes.session_remembered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(settings: &str, clients: &[&str]) -> Result<Value> {
        rotation(&Before {
            reason: "leaked".to_owned(),
            clients: clients.iter().map(|id| (*id).to_owned()).collect(),
            settings: settings.to_owned(),
        })
    }

    #[test]
    fn threat_130_each_client_gets_a_secret_of_which_only_the_hash_is_stored() {
        let made = made("", &["shop", "it's"]).unwrap();
        let keyring = keyring(made["secret"].as_str().unwrap()).unwrap();
        for (place, client_id) in ["shop", "it's"].into_iter().enumerate() {
            let client = &made["clients"][place];
            assert_eq!(client["client_id"], client_id);
            let secret = client["secret"].as_str().unwrap();
            let id = ClientId::parse(client_id).unwrap();
            let sql = made["sql"][place + 1].as_str().unwrap();
            assert!(sql.contains(&keyring.client_secret_hash(&id, secret)));
            assert!(sql.ends_with(&format!("client_id = {}", quoted(client_id))));
            assert!(!sql.contains(secret));
        }
        let keys = made["sql"][0].as_str().unwrap();
        assert!(keys.starts_with("DELETE FROM signing_keys WHERE created_at <= "));
    }

    #[test]
    fn the_previous_secret_is_needed_for_as_long_as_the_longest_of_what_follows_from_it() {
        let days = |settings: &str| longest(settings) / DAY;
        assert_eq!(days(""), 90);
        assert_eq!(days("SESSION_REMEMBERED_LIFETIME = \"17280000\""), 200);
        assert_eq!(days("REFRESH_ABSOLUTE_LIFETIME = \"86400\"\n"), 30);
    }
}
