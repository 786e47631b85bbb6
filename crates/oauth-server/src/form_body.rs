//! Reading a form from the body of a request (RFC 6749 §3.2, appendix B).

use oauth_core::{Refusal, form::Form, http::Incoming};

/// The body of a request to an OAuth endpoint: a form, each parameter once, nothing in the query.
pub(crate) fn read_form(request: &Incoming) -> Result<Form, Refusal> {
    if !request.query.is_empty() {
        return Err(Refusal::ParametersInQuery);
    }
    let form = read_page_form(request)?;
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

/// Whether a `Content-Type` says form, in UTF-8 where it names a charset.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    is_in_utf_8(content_type, "application/x-www-form-urlencoded")
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
    use super::*;

    #[test]
    fn only_a_form_in_utf_8_is_a_form() {
        for sound in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Application/X-WWW-Form-Urlencoded;charset=\"UTF-8\"",
        ] {
            assert!(is_form(Some(sound)), "{sound}");
        }
        for wrong in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "application/x-www-form-urlencoded; charset=latin-1",
            "application/x-www-form-urlencoded2",
        ] {
            assert!(!is_form(Some(wrong)), "{wrong}");
        }
        assert!(!is_form(None));
    }
}
