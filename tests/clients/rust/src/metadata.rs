//! oauth2-types, with which the Matrix Authentication Service reads the providers that it signs people in at.

use anyhow::{Result, ensure};
use oauth2_types::{
    errors::{ClientError, ClientErrorCode},
    oidc::ProviderMetadata,
    registration::ClientRegistrationResponse,
};
use serde_json::json;

use crate::{
    Step,
    system::{ISSUER, System, remember},
};

pub fn steps() -> Vec<Step> {
    vec![
        (
            "oauth2-types: both metadata documents are valid".into(),
            Box::new(documents),
        ),
        (
            "oauth2-types: a registration, and an error, are read".into(),
            Box::new(registration),
        ),
    ]
}

fn documents(system: &System) -> Result<()> {
    for name in ["openid-configuration", "oauth-authorization-server"] {
        let text = system.json(&format!("/.well-known/{name}"), None)?;
        let metadata = serde_json::from_str::<ProviderMetadata>(&text)?.validate(ISSUER)?;
        ensure!(metadata.issuer() == ISSUER);
        ensure!(metadata.token_endpoint().as_str() == format!("{ISSUER}/oauth/token"));
        ensure!(metadata.pushed_authorization_request_endpoint.is_some());
        ensure!(
            !metadata.request_parameter_supported() && !metadata.request_uri_parameter_supported()
        );
    }
    Ok(())
}

fn registration(system: &System) -> Result<()> {
    let asked =
        json!({ "client_name": "Matrix", "redirect_uris": ["http://127.0.0.1:9999/callback"] });
    let client: ClientRegistrationResponse =
        serde_json::from_str(&system.json("/oauth/register", Some(&asked))?)?;
    ensure!(!client.client_id.is_empty());
    remember(&client.client_secret.unwrap_or_default(), "client_secret");
    let error: ClientError =
        serde_json::from_str(&system.json("/oauth/register", Some(&json!({})))?)?;
    ensure!(matches!(
        error.error,
        ClientErrorCode::InvalidRedirectUri | ClientErrorCode::InvalidClientMetadata
    ));
    Ok(())
}
