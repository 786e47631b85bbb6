//! The client assertion (RFC 7523 §3, OIDC Core §9 `private_key_jwt`).

use oauth_core::jose::{Signer, mint};
use oauth_core::{Fault, UnixTime, base64url};
use serde::Serialize;

/// An assertion is used at once; a minute allows for clock differences.
const LIFETIME: i64 = 60;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: UnixTime,
    exp: UnixTime,
    jti: String,
}

/// Signs an assertion of `client_id` for the server with this issuer identifier, and for it alone.
pub(super) async fn sign_assertion(
    signer: &impl Signer,
    client_id: &str,
    issuer: &str,
    now: UnixTime,
    random: [u8; 16],
) -> Result<String, Fault> {
    let claims = Claims {
        iss: client_id,
        sub: client_id,
        aud: issuer,
        iat: now,
        exp: now.plus(LIFETIME),
        jti: base64url::encode(&random),
    };
    mint(signer, "JWT", &claims).await
}
