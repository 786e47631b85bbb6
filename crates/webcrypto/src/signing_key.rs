//! A private key in the platform's keeping.

use std::fmt;

use js_sys::{JSON, Uint8Array};
use oauth_core::jose::{Algorithm, Jwk, Signer};
use oauth_core::{Fault, Secret};
use wasm_bindgen::JsValue;

use crate::algorithm::{
    algorithm_of, generation_parameters, get, import_parameters, json, signature_parameters,
};
use crate::subtle::{bytes, describe, export_key, generate_key, import_key, settled, sign, usages};

/// Signs with a key that scripts cannot read out again.
#[derive(Clone)]
pub struct SigningKey {
    key: JsValue,
    parameters: JsValue,
    algorithm: Algorithm,
    public: Jwk,
    key_id: String,
}

/// A key pair that was just made, in the form in which it is stored.
#[derive(Debug)]
pub struct Extracted {
    /// The private key as a JWK: to be sealed before it is written anywhere.
    pub private: Secret<String>,
    /// The public key; its id is its thumbprint.
    pub public: Jwk,
}

impl SigningKey {
    /// Makes a key pair and hands it out for sealing. RSA keys have 2048 bits.
    pub async fn generate(algorithm: Algorithm) -> Result<Extracted, Fault> {
        let parameters = generation_parameters(algorithm)?;
        let promise = generate_key(&parameters, true, &usages(&["sign", "verify"]));
        let pair = settled("webcrypto.generate", promise).await?;
        let promise = export_key("jwk", &get(&pair, "privateKey")?);
        let members = settled("webcrypto.export", promise).await?;
        let text = JSON::stringify(&members)
            .map_err(|error| Fault::new("webcrypto.export", describe(&error)))?;
        let private = Secret::new(String::from(text));
        let public = public_half(&private)?;
        Ok(Extracted {
            public: Jwk::signing(public.key, algorithm),
            private,
        })
    }

    /// Takes a private JWK into the platform's keeping. Without an id of its own in `key_id`, it goes
    /// by the `kid` in the JWK, or else by its thumbprint.
    pub async fn import(private: &Secret<String>, key_id: Option<&str>) -> Result<Self, Fault> {
        let half = public_half(private)?;
        let algorithm = algorithm_of(&half);
        let own = key_id.map(str::to_owned).or_else(|| half.key_id.clone());
        let mut public = Jwk::signing(half.key, algorithm);
        if own.is_some() {
            public.key_id = own;
        }
        let data = json(private.expose())?;
        let parameters = import_parameters(algorithm)?;
        let promise = import_key("jwk", &data, &parameters, false, &usages(&["sign"]));
        Ok(Self {
            key: settled("webcrypto.import", promise).await?,
            parameters: signature_parameters(algorithm)?,
            algorithm,
            key_id: public.key_id.clone().unwrap_or_default(),
            public,
        })
    }

    /// The public key, for the key set.
    pub const fn public(&self) -> &Jwk {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Signer for SigningKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let message = Uint8Array::from(message);
        let promise = sign(&self.parameters, &self.key, &message);
        let signature = settled("webcrypto.sign", promise).await?;
        Ok(bytes(&signature))
    }
}

fn public_half(private: &Secret<String>) -> Result<Jwk, Fault> {
    Jwk::public_half(private.expose()).map_err(|error| Fault::new("webcrypto.private_jwk", error))
}
