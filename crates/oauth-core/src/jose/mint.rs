//! Minting a compact JWS (RFC 7515 §7.1).

use std::borrow::Cow;

use jwt_compact::{AlgorithmExt as _, AlgorithmSignature, Claims, Header};
use serde::Serialize;

use super::algorithm::Signer;
use crate::{Fault, base64url};

/// Builds a token of the given type and signs it.
pub async fn mint<C: Serialize>(
    signer: &impl Signer,
    token_type: &str,
    claims: &C,
) -> Result<String, Fault> {
    let header = Header::empty()
        .with_key_id(signer.key_id())
        .with_token_type(token_type);
    let unsigned = SignedLater(signer.algorithm().name());
    let mut token = unsigned
        .token(&header, &Claims::new(claims), &())
        .map_err(|error| Fault::new("jose.mint", error))?;
    // The builder signs with nothing, so what it gives is the signing input and a final dot.
    let signing_input = token.strip_suffix('.').unwrap_or(&token);
    let signature = signer.sign(signing_input.as_bytes()).await?;
    token.push_str(&base64url::encode(&signature));
    Ok(token)
}

/// The builder's algorithms are synchronous and the platform's are not: this one leaves the
/// signature empty.
struct SignedLater(&'static str);

struct NoSignature;

impl AlgorithmSignature for NoSignature {
    fn try_from_slice(_: &[u8]) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }
}

impl jwt_compact::Algorithm for SignedLater {
    type SigningKey = ();
    type VerifyingKey = ();
    type Signature = NoSignature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.0)
    }

    fn sign(&self, (): &(), _: &[u8]) -> NoSignature {
        NoSignature
    }

    fn verify_signature(&self, _: &NoSignature, (): &(), _: &[u8]) -> bool {
        false
    }
}
