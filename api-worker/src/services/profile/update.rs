//! POST /api/user/update, scope `write`: the token's user changes their own profile and no one else's.

use guarded_worker::d1::{integer, text};
use guarded_worker::{Answer, Call, Fault, HandlerFuture, Incoming, now};
use serde::{Deserialize, Serialize};

use super::Profile;

/// The members that may be changed. A member left out, or null, stays as it is; any other member is refused, so
/// that a client cannot believe it has changed the `sub`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Update {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) bio: Option<String>,
}

/// One statement writes and reads back, so that two updates at once cannot mix.
const STORE: &str = "INSERT INTO profiles (sub, name, email, bio, updated_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (sub) DO UPDATE SET \
     name = coalesce(excluded.name, name), email = coalesce(excluded.email, email), \
     bio = coalesce(excluded.bio, bio), updated_at = excluded.updated_at \
     RETURNING sub, name, email, bio, updated_at";

pub(super) fn update<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let subject = call.access.require_user()?;
        let update = match Update::read(call.request) {
            Ok(update) => update,
            Err(refused) => return Ok(refused.answer()),
        };
        Ok(Answer::json(200, &store(call, subject, &update).await?))
    })
}

/// Stores what is given of a user's profile: the whole profile as it is then.
pub(crate) async fn store(
    call: &Call<'_>,
    subject: &str,
    update: &Update,
) -> Result<Profile, Fault> {
    let values = [
        text(Some(subject)),
        text(update.name.as_deref()),
        text(update.email.as_deref()),
        text(update.bio.as_deref()),
        integer(now().0),
    ];
    let what = "d1.write_profile";
    let stored: Option<Profile> = call.database()?.first(what, STORE, &values).await?;
    stored.ok_or_else(|| Fault::new(what, "nothing was returned"))
}

/// Why an update is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NotJson,
    Malformed,
    Name,
    Email,
    Bio,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl Refused {
    /// What is wrong.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::NotJson => "the body must be application/json",
            Self::Malformed => "the body must be an object with name, email and bio, each a text",
            Self::Name => "a name has 1 to 100 characters on one line",
            Self::Email => "this is not an email address",
            Self::Bio => "a bio has at most 2000 characters",
        }
    }

    fn answer(self) -> Answer {
        let (status, slug) = match self {
            Self::NotJson => (415, "update_not_json"),
            Self::Malformed => (400, "update_malformed"),
            Self::Name => (400, "update_name"),
            Self::Email => (400, "update_email"),
            Self::Bio => (400, "update_bio"),
        };
        let body = Body {
            error: "invalid_request",
            error_description: self.sentence(),
        };
        let mut answer = Answer::json(status, &body);
        answer.log.refusal = Some(slug);
        answer
    }
}

impl Update {
    fn read(request: &Incoming) -> Result<Self, Refused> {
        let media_type = request.headers.value("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Refused::NotJson);
        }
        Self::parse(&request.body)
    }

    /// Reads and checks JSON.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Refused> {
        // A derived reader accepts a list in place of an object: the first byte rules that out.
        let body = json.trim_ascii();
        if !body.starts_with(b"{") {
            return Err(Refused::Malformed);
        }
        let update: Self = serde_json::from_slice(body).map_err(|_| Refused::Malformed)?;
        update.checked()
    }

    fn checked(self) -> Result<Self, Refused> {
        let on_one_line = |text: &str| !text.chars().any(char::is_control);
        let is_name = |name: &String| {
            on_one_line(name) && !name.trim().is_empty() && name.chars().count() <= 100
        };
        let is_email = |email: &String| on_one_line(email) && is_email(email);
        let is_bio = |bio: &String| {
            let control = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
            bio.chars().count() <= 2_000 && !bio.contains(control)
        };
        if !self.name.as_ref().is_none_or(is_name) {
            Err(Refused::Name)
        } else if !self.email.as_ref().is_none_or(is_email) {
            Err(Refused::Email)
        } else if !self.bio.as_ref().is_none_or(is_bio) {
            Err(Refused::Bio)
        } else {
            Ok(self)
        }
    }
}

/// Something before and something after one `@`, without blanks: whether it is an address, only a
/// message sent to it can show.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let whole = |part: &str| !part.is_empty() && !part.contains([' ', '@', '<', '>', '"']);
    text.len() <= 254 && parts.is_some_and(|(local, domain)| whole(local) && whole(domain))
}

#[cfg(test)]
mod tests {
    use guarded_worker::{Headers, Method};

    use super::*;

    fn read_as(media_type: &str, body: &str) -> Result<Update, Refused> {
        let header = ("content-type".to_owned(), media_type.to_owned());
        Update::read(&Incoming {
            method: Method::Post,
            path: "/api/user/update".into(),
            query: String::new(),
            headers: Headers::new([header]),
            body: body.as_bytes().to_vec(),
            address: None,
            request_id: "r".into(),
        })
    }

    fn read(body: &str) -> Result<Update, Refused> {
        read_as("application/json", body)
    }

    #[test]
    fn what_is_given_is_changed_and_the_rest_is_left() {
        let update = read(r#" {"name":"Ada King","bio":"Notes — 漢字 😀\nmore"} "#).unwrap();
        assert_eq!(update.name.as_deref(), Some("Ada King"));
        assert_eq!(update.email, None);
        assert_eq!(read(r#"{"name":null}"#), Ok(Update::default()));
    }

    #[test]
    fn only_json_is_taken() {
        assert!(read_as("Application/JSON; charset=utf-8", "{}").is_ok());
        for media_type in [
            "",
            "application/x-www-form-urlencoded",
            "text/plain",
            "application/jsonp",
        ] {
            assert_eq!(
                read_as(media_type, "{}"),
                Err(Refused::NotJson),
                "{media_type}"
            );
        }
        assert_eq!(Refused::NotJson.answer().status, 415);
    }

    #[test]
    fn unknown_repeated_and_mistyped_members_are_refused() {
        let deep = "[".repeat(30_000);
        let nested = format!("{{\"bio\":{deep}");
        for body in [
            "",
            "{",
            "[]",
            "[\"a\",\"b\",\"c\"]",
            "null",
            "{\"name\":1}",
            "{\"sub\":\"u_alan\"}",
            "{\"name\":\"a\",\"name\":\"b\"}",
            "{} {}",
            &deep,
            &nested,
            "{\"updated_at\":1}",
        ] {
            assert_eq!(read(body), Err(Refused::Malformed));
        }
    }

    #[test]
    fn members_have_their_bounds() {
        let long = "x".repeat(2_001);
        for (body, refused) in [
            (r#"{"name":""}"#.to_owned(), Refused::Name),
            (r#"{"name":"  "}"#.to_owned(), Refused::Name),
            (r#"{"name":"a\nb"}"#.to_owned(), Refused::Name),
            (r#"{"name":"a\u0000"}"#.to_owned(), Refused::Name),
            (format!("{{\"name\":\"{long}\"}}"), Refused::Name),
            (r#"{"email":"ada"}"#.to_owned(), Refused::Email),
            (r#"{"email":"a@b@c"}"#.to_owned(), Refused::Email),
            (r#"{"email":"@b"}"#.to_owned(), Refused::Email),
            (r#"{"email":"a b@c"}"#.to_owned(), Refused::Email),
            (format!("{{\"bio\":\"{long}\"}}"), Refused::Bio),
            (r#"{"bio":"a\u0007"}"#.to_owned(), Refused::Bio),
        ] {
            assert_eq!(read(&body), Err(refused), "{body}");
        }
    }
}
