//! Too many runs fail, or no longer: a line in the log, and a message to whoever is to be woken.

use std::time::Duration;

use edge::{Outbound, Peer};
use oauth_client::m2m::ledger::{News, Turn};
use oauth_client::origin::is_protected;
use oauth_core::http::Method;
use oauth_core::secret::Secret;
use serde::Serialize;

/// From how many failures in a hundred runs there is an alert, unless `ALERT_THRESHOLD_PERCENT` says otherwise.
const THRESHOLD_PERCENT: u32 = 50;
/// How long the receiver may take, each time.
const DEADLINE: Duration = Duration::from_secs(5);
/// How often the message is sent at most, and how long after the first time.
const TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_secs(1);
/// Nothing of the receiver's answer matters but its status.
const ANSWER_LIMIT: usize = 64 * 1024;

/// When to alert, and whom.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    /// From how many failures in a hundred runs; 0 for never.
    pub(crate) threshold_percent: u32,
    /// Where to send a message. Whoever knows such a URL can send messages there, so it is kept like a secret.
    webhook: Option<Secret<String>>,
}

impl Alerts {
    /// Reads `ALERT_THRESHOLD_PERCENT` and `ALERT_WEBHOOK`.
    pub(crate) fn read(source: &mut edge::Settings<'_>) -> Self {
        Self {
            threshold_percent: threshold(source),
            webhook: webhook(source).map(Secret::new),
        }
    }
}

fn threshold(source: &mut edge::Settings<'_>) -> u32 {
    const NAME: &str = "ALERT_THRESHOLD_PERCENT";
    let Some(text) = source.optional(NAME) else {
        return THRESHOLD_PERCENT;
    };
    let percent = text.parse().ok().filter(|percent| *percent <= 100);
    percent.unwrap_or_else(|| {
        source.fault(NAME, "is not a number from 0 to 100");
        THRESHOLD_PERCENT
    })
}

fn webhook(source: &mut edge::Settings<'_>) -> Option<String> {
    const NAME: &str = "ALERT_WEBHOOK";
    let url = source.optional(NAME)?;
    if !is_protected(&url) {
        source.fault(NAME, "is not an https URL (or http on localhost)");
    }
    Some(url)
}

/// What is logged and sent.
#[derive(Debug, Serialize)]
struct Message {
    event: &'static str,
    /// Runs that failed, of those looked at.
    failed: u32,
    runs: u32,
    threshold_percent: u32,
    /// When the alert began, in milliseconds since the Unix epoch.
    since: i64,
    /// The same for people.
    text: String,
}

impl Message {
    fn of(news: &News) -> Self {
        let News { failed, runs, .. } = *news;
        let (event, what) = match news.turn {
            Turn::Began => ("m2m_alert", "Machine-to-machine runs fail"),
            Turn::Ended => ("m2m_alert_ended", "Machine-to-machine runs succeed again"),
        };
        Self {
            event,
            failed,
            runs,
            threshold_percent: news.threshold_percent,
            since: news.since.0.saturating_mul(1000),
            text: format!("{what}: {failed} of the last {runs} failed."),
        }
    }
}

/// Tells it: in the log at once, to the receiver as well as that goes.
pub(crate) async fn tell(alerts: &Alerts, news: &News) {
    let message = Message::of(news);
    match news.turn {
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

/// The line of a message that did not arrive. The platform's own words may quote the URL, so they are not in it.
#[derive(Serialize)]
struct Unsent {
    event: &'static str,
    cause: String,
}

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
    for round in 0..TRIES {
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
    use edge::ConfigFaults;
    use oauth_core::UnixTime;

    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Alerts, ConfigFaults> {
        let source = |name: &str| {
            let given = changes.iter().find(|(known, _)| *known == name);
            given.map(|(_, value)| (*value).to_owned())
        };
        let mut source = edge::Settings::new(source);
        let alerts = Alerts::read(&mut source);
        source.finish(alerts)
    }

    #[test]
    fn half_of_all_runs_is_the_threshold_unless_another_is_set() {
        let percent = |text: &str| read(&[("ALERT_THRESHOLD_PERCENT", text)]);
        assert_eq!(read(&[]).unwrap().threshold_percent, 50);
        assert_eq!(percent("0").unwrap().threshold_percent, 0);
        assert_eq!(percent("100").unwrap().threshold_percent, 100);
        for wrong in ["101", "-1", "half", "50%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_webhook_goes_over_https_and_is_never_shown() {
        let webhook = |url: &str| read(&[("ALERT_WEBHOOK", url)]);
        for good in ["https://hooks.example/s3cret", "http://localhost:9/s3cret"] {
            let alerts = webhook(good).unwrap();
            assert!(!format!("{alerts:?}").contains("s3cret"));
        }
        for bad in ["http://hooks.example/s3cret", "hooks.example/s3cret"] {
            let faults = webhook(bad).unwrap_err().to_string();
            assert!(faults.contains("ALERT_WEBHOOK") && !faults.contains("s3cret"));
        }
    }

    #[test]
    fn the_message_says_how_many_failed_and_since_when() {
        let news = |turn| News {
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
