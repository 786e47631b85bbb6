//! What the application's own origin tells about the other two: `GET /config.json`.

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
            .map_err(|error| format!("{}: {error}", texts().wire.bad_config)),
        Reply::Answered(answered) => {
            Err(format!("{}: {}", texts().wire.bad_config, answered.status))
        }
        Reply::Navigated => Err(texts().wire.bad_config.to_owned()),
        Reply::Unreachable(cause) => Err(format!("{}: {cause}", texts().wire.bad_config)),
    }
}
