//! Reading a form from the body of a request (RFC 6749 §3.2, appendix B).

use oauth_core::{Refusal, form::Form, http::Incoming};

/// The parameters that belong in a body, because URLs end up in logs (RFC 6749 §2.3.1).
const OF_BODIES: [&str; 18] = [
    "access_token",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "id_token_hint",
    "password",
    "redirect_uri",
    "refresh_token",
    "request_uri",
    "resource",
    "scope",
    "token",
    "token_type_hint",
    "username",
];

/// The body of a request to an OAuth endpoint: a form, each parameter once, and none of them in the query. Others there are
/// ignored (RFC 6749 §3.2), unless they contradict the body: MSAL always sends some, and one of them in both places.
pub(crate) fn read_form(request: &Incoming) -> Result<Form, Refusal> {
    let query = Form::parse(request.query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let form = read_page_form(request)?;
    let contradicts = |name, value| form.values(name).any(|other| other != value);
    let mut in_query = query.iter();
    if in_query.any(|(name, value)| OF_BODIES.contains(&name) || contradicts(name, value)) {
        return Err(Refusal::ParametersInQuery);
    }
    if form.has_repeats() {
        return Err(Refusal::RepeatedParameter);
    }
    Ok(form)
}

/// The form of a page of this server: its fields are read one by one, and the address may have a query.
pub(crate) fn read_page_form(request: &Incoming) -> Result<Form, Refusal> {
    if !is_form(request.headers.value("content-type")) {
        return Err(Refusal::WrongContentType);
    }
    Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)
}

/// Whether a `Content-Type` says form. The media type has no parameters, and what some clients add to it says nothing: the
/// bytes must be UTF-8 in any case.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    let named = content_type.unwrap_or_default().split(';').next();
    named.is_some_and(|named| {
        let named = named.trim();
        named.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// Whether a `Content-Type` is `media_type`, in UTF-8 where it names a charset.
pub(crate) fn is_in_utf_8(content_type: Option<&str>, media_type: &str) -> bool {
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    let named = parts.next().unwrap_or_default();
    named.eq_ignore_ascii_case(media_type)
        && parts.filter(|part| !part.is_empty()).all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.eq_ignore_ascii_case("charset")
                && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

#[cfg(test)]
mod tests {
    use oauth_core::http::{Headers, Method};

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn a_form_is_one_whatever_charset_it_names() {
        for sound in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Application/X-WWW-Form-Urlencoded;charset=\"UTF-8\"",
            "application/x-www-form-urlencoded; charset=ISO-8859-1",
        ] {
            assert!(is_form(Some(sound)), "{sound}");
        }
        for wrong in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "application/x-www-form-urlencoded2",
        ] {
            assert!(!is_form(Some(wrong)), "{wrong}");
        }
        assert!(!is_form(None));
    }

    fn posted(query: &str, body: &str) -> Result<Form, Refusal> {
        let fixture = testkit::fixture::Fixture::new();
        let mut request = fixture.incoming(Method::Post, "/oauth/token", query, body);
        request.headers = Headers::new([("Content-Type".to_owned(), FORM.to_owned())]);
        read_form(&request)
    }

    #[test]
    fn row_45_a_parameter_of_the_request_in_the_url_is_refused_and_an_unknown_one_ignored() {
        for body in ["grant_type=x", "grant_type=x&client-request-id=1"] {
            assert!(posted("client-request-id=1&x-client-SKU=msal", body).is_ok());
        }
        for query in [
            "grant_type=x",
            "client_secret=s",
            "a=1&token=t",
            "code=",
            "state=s",
        ] {
            let refused = posted(query, "grant_type=x&state=t");
            assert_eq!(refused.err(), Some(Refusal::ParametersInQuery), "{query}");
        }
        assert_eq!(posted("a=%", "").err(), Some(Refusal::MalformedForm));
    }
}
