//! The audit log, as an administrator reads it.

use oauth_core::{
    Refusal, UnixTime, base64url,
    form::Form,
    http::{Answer, Incoming},
    id::UserId,
    password::Normalizer,
    username,
};

use super::authorized;
use crate::{
    audit::{self, AuditEvent, Event},
    context::{Context, Stop},
    ports::{AdminPorts, AuditFilter, Place},
};

/// The number of entries on a page, unless the request says another.
const ON_A_PAGE: u32 = 50;
/// The most entries on a page.
const MOST_ON_A_PAGE: u32 = 200;
/// Later than any entry, and exact as a double.
const END_OF_TIME: UnixTime = UnixTime(9_007_199_254_740_991);

/// The parameters. Any other is refused: an administrator who mistypes a filter must not take everything for the answer.
const PARAMETERS: &[&str] = &[
    "event",
    "subject",
    "client_id",
    "username",
    "since",
    "until",
    "after",
    "limit",
];

/// `GET /admin/api/audit`: the entries that match every filter, newest first; `after` is the `next` of the page before.
pub async fn list<P: AdminPorts>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    authorized(context, request).await?;
    let query = Form::parse(request.query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let filter = filter(context, &query)?;
    let rows = context.ports.audit_rows(&filter).await?;
    let is_full = rows.len() >= usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let next = rows.last().filter(|_| is_full).map(|row| row.place);
    let rows: Vec<&str> = rows.iter().map(|row| row.json.as_str()).collect();
    let next = next.map_or_else(String::new, |place| {
        [r#","next":""#, &place.to_text(), "\""].concat()
    });
    let body = [r#"{"events":["#, &rows.join(","), "]", &next, "}"].concat();
    context.record(AuditEvent {
        subject: filter.subject,
        client_id: filter.client_id,
        ..context.event(Event::AuditRead)
    });
    Ok(Answer {
        body: body.into_bytes(),
        ..Answer::empty(200)
    }
    .with("content-type", "application/json")
    .with("cache-control", "no-store"))
}

fn filter<P: Normalizer>(context: &Context<'_, P>, query: &Form) -> Result<AuditFilter, Refusal> {
    if query.iter().any(|(name, _)| !PARAMETERS.contains(&name)) {
        return Err(Refusal::ParameterUnknown);
    }
    let username = query.one("username")?;
    let username = username.map(|name| username::mapped(name, context.ports));
    let until = read(query, "until", number)?.map_or(END_OF_TIME, UnixTime);
    let until = Place {
        at: until.min(END_OF_TIME),
        seq: 0,
    };
    let after = read(query, "after", Place::parse)?.unwrap_or(until);
    let limit = read(query, "limit", |text| text.parse().ok())?.unwrap_or(ON_A_PAGE);
    if !(1..=MOST_ON_A_PAGE).contains(&limit) {
        return Err(Refusal::MemberInvalid);
    }
    Ok(AuditFilter {
        event: read(query, "event", Event::parse)?,
        subject: read(query, "subject", UserId::parse)?,
        client_id: query.one("client_id")?.map(str::to_owned),
        accounts: username.map_or_else(Vec::new, |name| audit::accounts(context.keyring, &name)),
        since: read(query, "since", number)?.map_or(UnixTime(0), UnixTime),
        before: after.min(until),
        limit,
    })
}

fn number(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// A parameter; one that cannot be read is refused.
fn read<T>(
    query: &Form,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let text = query.one(name)?;
    text.map(|text| parse(text).ok_or(Refusal::MemberInvalid))
        .transpose()
}

impl Place {
    /// As the cursor of a page.
    fn to_text(self) -> String {
        let text = [&self.at.0.to_string(), ".", &self.seq.to_string()].concat();
        base64url::encode(text.as_bytes())
    }

    fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(base64url::decode(text)?).ok()?;
        let (at, seq) = text.split_once('.')?;
        Some(Self {
            at: UnixTime(number(at)?).min(END_OF_TIME),
            seq: number(seq)?.min(END_OF_TIME.0),
        })
    }
}
