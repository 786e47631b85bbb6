//! The local secrets, in the `.dev.vars` beside each wrangler.toml: made once, readable by their owner only.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use anyhow::{Context as _, Result, anyhow};
use oauth_core::{
    base64url,
    id::ClientId,
    jose::Jwk,
    keyring::{Keyring, Purpose},
};
use serde_json::Value;

const FILE: &str = ".dev.vars";

/// How the API worker shows who it is at the introspection endpoint.
pub(crate) const API_CLIENT: (&str, &str) = ("api", "api-secret-0123456789abcdef01234567");

/// The secrets that the demo rows depend on.
pub(crate) struct Secrets {
    pub(crate) keyring: Keyring,
    /// The public half of the key of client `caller`.
    pub(crate) caller: Jwk,
}

impl Secrets {
    /// Reads the files of app, auth worker and API worker; makes those that are missing.
    pub(crate) fn read_or_make(
        app_folder: &Path,
        auth_folder: &Path,
        resource_folder: &Path,
    ) -> Result<Self> {
        value(resource_folder, "INTROSPECTION_CLIENT_ID", || {
            let (id, secret) = API_CLIENT;
            Ok(format!(
                "INTROSPECTION_CLIENT_ID={id}\nINTROSPECTION_CLIENT_SECRET={secret}\nTOMBSTONES=on\n"
            ))
        })?;
        let key = value(app_folder, "CALLER_PRIVATE_JWK", || {
            Ok(format!(
                "CALLER_PRIVATE_JWK='{}'\nOPERATOR_AUTH=open\n",
                new_private_jwk()?
            ))
        })?;
        // Only here: an operator can make trouble for the caller, and see how it copes.
        value(app_folder, "TROUBLE", || Ok("TROUBLE=on\n".to_owned()))?;
        let secret = value(auth_folder, "OSTIARY_SECRET", || {
            Ok(format!(
                "OSTIARY_SECRET={}\n",
                base64url::encode(&random::<32>()?)
            ))
        })?;
        value(auth_folder, "DIRECT_LOGIN", || {
            Ok("DIRECT_LOGIN=on\n".to_owned())
        })?;
        value(auth_folder, "REGISTRATION", || {
            Ok("REGISTRATION=open\n".to_owned())
        })?;
        // Documents of clients under development, on this machine; and nobody resolves names for them.
        value(auth_folder, "CLIENT_METADATA_INSECURE", || {
            Ok("CLIENT_METADATA_INSECURE=on\nDNS_RESOLVER=off\n".to_owned())
        })?;
        Ok(Self {
            keyring: Keyring::from_secret(&secret)
                .map_err(|_| anyhow!("OSTIARY_SECRET in {FILE} is too short"))?,
            caller: Jwk::public_half(&key)
                .map_err(|_| anyhow!("CALLER_PRIVATE_JWK in {FILE} is no JWK"))?,
        })
    }
}

/// The keyring of the auth worker whose `.dev.vars` is in `folder`, or of `OSTIARY_SECRET` in the environment.
pub(crate) fn keyring(folder: &Path) -> Result<Keyring> {
    let secret = std::env::var("OSTIARY_SECRET").ok().or_else(|| {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        find(&text, "OSTIARY_SECRET")
    });
    let secret = secret
        .context("set OSTIARY_SECRET, or start `cargo xtask dev` once to make a local one")?;
    Keyring::from_secret(&secret)
        .map_err(|_| anyhow!("OSTIARY_SECRET is not 32 bytes in base64url"))
}

/// The value of `name` in the folder's file; `make` gives the lines that are added when it is not there.
fn value(folder: &Path, name: &str, make: impl Fn() -> Result<String>) -> Result<String> {
    let path = folder.join(FILE);
    if let Some(found) = fs::read_to_string(&path)
        .ok()
        .and_then(|text| find(&text, name))
    {
        return Ok(found);
    }
    let lines = make()?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    file.write_all(lines.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    find(&lines, name).with_context(|| format!("{name} is missing"))
}

/// The value of `name` in lines of `NAME=value`.
pub(crate) fn find(text: &str, name: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))?;
    Some(line.trim().trim_matches(['\'', '"']).to_owned())
}

/// A new ES256 key whose id is its thumbprint (RFC 7638).
fn new_private_jwk() -> Result<String> {
    let key = p256::SecretKey::from_slice(&random::<32>()?)
        .ok()
        .context("the random bytes are no P-256 key; try again")?;
    let bare = key.to_jwk_string();
    let public = Jwk::public_half(&bare).map_err(|_| anyhow!("a new key is no JWK"))?;
    let mut members: Value = serde_json::from_str(&bare).context("a new key is no JSON")?;
    if let Some(members) = members.as_object_mut() {
        members.insert("kid".into(), public.thumbprint().into());
        members.insert("alg".into(), "ES256".into());
    }
    Ok(members.to_string())
}

/// A client's secret as the authorization server's worker seals it (AES-256-GCM: nonce, ciphertext, tag).
pub(crate) fn sealed_secret(keyring: &Keyring, id: &ClientId, secret: &str) -> Result<String> {
    let key = keyring.key(Purpose::Seal);
    let nonce = random::<12>()?;
    let about = ["client_secret:", id.as_str()].concat();
    let payload = Payload {
        msg: secret.as_bytes(),
        aad: about.as_bytes(),
    };
    let ciphertext = Aes256Gcm::new(key.expose().into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| anyhow!("the secret cannot be sealed"))?;
    Ok(base64url::encode(&[nonce.as_slice(), &ciphertext].concat()))
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

/// Sixteen random bytes, for a password's salt.
pub(crate) fn salt() -> Result<[u8; 16]> {
    random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("ostiary-secrets-{}", std::process::id()));
        let [app, auth, api] = ["app", "auth", "api"].map(|name| folder.join(name));
        let first = Secrets::read_or_make(&app, &auth, &api).unwrap();
        let second = Secrets::read_or_make(&app, &auth, &api).unwrap();
        assert_eq!(first.caller, second.caller);
        assert_eq!(first.caller.key_id, Some(first.caller.thumbprint()));
        for file in [auth.join(FILE), api.join(FILE)] {
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let text = fs::read_to_string(api.join(FILE)).unwrap();
        assert_eq!(text.matches("INTROSPECTION_CLIENT_SECRET=").count(), 1);
        let text = fs::read_to_string(app.join(FILE)).unwrap();
        assert_eq!(text.matches("TROUBLE=on").count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
