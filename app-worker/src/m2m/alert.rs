//! The alert that too many runs fail, and its end: a line in the log and a message to the webhook.

use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_client::m2m::run_history::{AlertChange, Turn};
use oauth_core::http::Method;
use oauth_core::secret::Secret;
use serde::Serialize;

use crate::config::Alerts;

/// The most time that the receiver may take, each time.
const DEADLINE: Duration = Duration::from_secs(5);
/// The most attempts to send the message, and the pause between them.
const ATTEMPTS: u32 = 2;
const PAUSE: Duration = Duration::from_secs(1);
/// Only the status of the receiver's answer matters.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The message, as it is logged and sent.
#[derive(Debug, Serialize)]
struct Message {
    event: &'static str,
    /// The runs that failed, of `runs`.
    failed: u32,
    runs: u32,
    threshold_percent: u32,
    /// The time when the alert began, in milliseconds since the Unix epoch.
    since: i64,
    /// The same for people.
    text: String,
}

impl Message {
    fn of(change: &AlertChange) -> Self {
        let AlertChange { failed, runs, .. } = *change;
        let (event, subject) = match change.turn {
            Turn::Began => ("m2m_alert", "Machine-to-machine runs fail"),
            Turn::Ended => ("m2m_alert_ended", "Machine-to-machine runs succeed again"),
        };
        Self {
            event,
            failed,
            runs,
            threshold_percent: change.threshold_percent,
            since: change.since.0.saturating_mul(1000),
            text: format!("{subject}: {failed} of the last {runs} failed."),
        }
    }
}

/// Logs a change of the alert, and sends it to the webhook, best effort.
pub(super) async fn report(alerts: &Alerts, change: &AlertChange) {
    let message = Message::of(change);
    match change.turn {
        Turn::Began => edge::log::error(&message),
        Turn::Ended => edge::log::note(&message),
    }
    let Some(webhook) = &alerts.webhook else {
        return;
    };
    if let Err(cause) = send(webhook, &message).await {
        edge::log::error(&Unsent {
            event: "m2m_alert_unsent",
            cause,
        });
    }
}

/// The log line of a message that did not arrive. The platform's error may quote the URL, so it is left out.
#[derive(Serialize)]
struct Unsent {
    event: &'static str,
    cause: String,
}

/// The attempts of the client (`oauth_client::m2m`) do not fit: they belong to a run, with its hops, and to one of its two
/// peers, whose breaker the isolates share.
async fn send(webhook: &Secret<String>, message: &Message) -> Result<(), String> {
    let body = serde_json::to_string(message).map_err(|_| "the message cannot be written")?;
    let outbound = Outbound {
        method: Method::Post,
        headers: &[("content-type", "application/json")],
        body: Some(&body),
        deadline: DEADLINE,
        limit: ANSWER_LIMIT,
        ..Outbound::get("alert.webhook", webhook.expose())
    };
    let mut last = String::new();
    for round in 0..ATTEMPTS {
        if round > 0 {
            edge::sleep(PAUSE).await;
        }
        match Peer::Network.fetch(&outbound).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
            Ok(answer) => last = format!("the receiver answered {}", answer.status),
            Err(_) => "the receiver did not answer".clone_into(&mut last),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use oauth_core::UnixTime;

    use super::*;

    #[test]
    fn the_message_says_how_many_failed_and_since_when() {
        let news = |turn| AlertChange {
            turn,
            since: UnixTime(1_800_000_000),
            runs: 6,
            failed: 5,
            threshold_percent: 50,
        };
        let json = serde_json::to_string(&Message::of(&news(Turn::Began))).unwrap();
        assert_eq!(
            json,
            r#"{"event":"m2m_alert","failed":5,"runs":6,"threshold_percent":50,"since":1800000000000,"text":"Machine-to-machine runs fail: 5 of the last 6 failed."}"#
        );
        let ended = Message::of(&news(Turn::Ended));
        assert_eq!(ended.event, "m2m_alert_ended");
    }
}
