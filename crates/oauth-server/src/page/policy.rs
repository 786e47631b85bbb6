//! The content security policy of the pages (CSP Level 3): no script, no frame, this server's own style.

/// The policy for a page whose form may lead, by redirect, to the origins in `form_action`.
///
/// Browsers also apply `form-action` to the redirect after a form, so the client's origin must be listed. A source that
/// could end the directive is left out.
pub fn content_security_policy(form_action: &[&str]) -> String {
    let mut policy = String::from(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
    for source in form_action.iter().filter(|source| is_source(source)) {
        policy.push(' ');
        policy.push_str(source);
    }
    policy
}

fn is_source(source: &str) -> bool {
    !source.is_empty()
        && source
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/%+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redirect_s_origin_may_follow_a_form() {
        assert!(
            content_security_policy(&["http://localhost:8787"])
                .ends_with("form-action 'self' http://localhost:8787")
        );
    }

    #[test]
    fn a_source_cannot_add_a_directive_or_allow_everything() {
        for source in [
            "x; script-src *",
            "*",
            "'unsafe-inline'",
            "a b",
            "a,b",
            "a\r\nb",
            "http://[::1]:80",
            "",
        ] {
            assert!(
                content_security_policy(&[source]).ends_with("form-action 'self'"),
                "{source}"
            );
        }
    }
}
