//! The code flow from the first step to the last, and what must stop it.

mod after_tokens;
mod callback;
mod id_token;

use oauth_core::UnixTime;

use super::*;
use crate::Parameter;
use crate::http_call::encode_parameters;

pub(super) const ISSUER: &str = "https://as.example";
pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);

pub(super) fn document(more: &str) -> String {
    format!(
        r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/authorize","token_endpoint":"{ISSUER}/token",
            "userinfo_endpoint":"{ISSUER}/userinfo","jwks_uri":"{ISSUER}/jwks","unknown":[1]{more}}}"#
    )
}

pub(super) fn metadata() -> ProviderMetadata {
    let more = r#","authorization_response_iss_parameter_supported":true,"id_token_signing_alg_values_supported":["RS256","ES256"]"#;
    ProviderMetadata::parse(ISSUER, document(more).as_bytes()).unwrap()
}

pub(super) fn client() -> ClientSettings {
    ClientSettings {
        client_id: "web-ui".into(),
        redirect_uri: "https://app.example/callback".into(),
        scope: "openid read".into(),
        resource: Some("https://api.example".into()),
    }
}

pub(super) fn prepared() -> Prepared {
    prepare(&Seed {
        verifier: [1; 32],
        state: [2; 32],
        nonce: [3; 32],
    })
}

pub(super) fn pending() -> Pending {
    prepared().pending(&metadata(), &client(), NOW)
}

pub(super) fn callback(parameters: &[(&str, &str)]) -> String {
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|(name, value)| Parameter::new(*name, *value))
        .collect();
    encode_parameters(&parameters)
}

pub(super) fn reason(query: &str) -> CallbackRefusal {
    let refused = pending()
        .check_callback(&metadata(), query, NOW)
        .unwrap_err();
    let (last, others) = refused.checks.split_last().unwrap();
    assert!(!last.passed && others.iter().all(|check| check.passed));
    refused.reason
}
