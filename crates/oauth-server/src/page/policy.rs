//! The content security policy of the pages (CSP Level 3): no script, no frame, this server's own style.

/// The other origins that a page uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Where its form leads, by redirect: browsers apply `form-action` to the redirect after a form as well.
    pub(crate) form: Option<String>,
    /// Where its image comes from.
    pub(crate) image: Option<String>,
}

/// The policy for a page that uses these origins. A source that could end its directive is left out.
pub(crate) fn content_security_policy(sources: &Sources) -> String {
    let mut policy = String::from("default-src 'none'; style-src 'self'; img-src 'self'");
    add(&mut policy, sources.image.as_deref());
    policy.push_str("; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
    add(&mut policy, sources.form.as_deref());
    policy
}

fn add(policy: &mut String, source: Option<&str>) {
    if let Some(source) = source.filter(|source| is_source(source)) {
        policy.push(' ');
        policy.push_str(source);
    }
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

    fn leading_to(form: &str) -> String {
        content_security_policy(&Sources {
            form: Some(form.to_owned()),
            image: None,
        })
    }

    #[test]
    fn a_page_without_sources_uses_this_server_alone() {
        assert_eq!(
            content_security_policy(&Sources::default()),
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        );
    }

    #[test]
    fn an_image_may_come_from_its_origin() {
        let policy = content_security_policy(&Sources {
            form: None,
            image: Some("https://app.example".to_owned()),
        });
        assert!(policy.contains("; img-src 'self' https://app.example; base-uri"));
    }

    #[test]
    fn the_redirect_s_origin_may_follow_a_form() {
        assert!(
            leading_to("http://localhost:8787")
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
                leading_to(source).ends_with("form-action 'self'"),
                "{source}"
            );
        }
    }
}
