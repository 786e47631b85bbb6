//! The configuration from the application's own origin: `GET /config.json`.

use oauth_client::HttpCall;

use crate::browser;
use crate::fetch::send;
use crate::message::Reply;
use crate::text::texts;

pub(crate) use wire::Config;

/// Fetches the configuration.
pub(crate) async fn load() -> Result<Config, String> {
    match send(&HttpCall::get(format!("{}/config.json", browser::origin()))).await {
        Reply::Answered(answered) if answered.is_success() => serde_json::from_str(&answered.body)
            .map_err(|error| (texts().wire.bad_config_because)(&error.to_string())),
        Reply::Answered(answered) => Err((texts().wire.bad_config_because)(
            &answered.status.to_string(),
        )),
        Reply::Navigated => Err(texts().wire.bad_config.to_owned()),
        Reply::Unreachable(cause) => Err((texts().wire.bad_config_because)(&cause)),
    }
}
