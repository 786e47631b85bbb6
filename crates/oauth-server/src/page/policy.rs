//! The content security policy of the pages (CSP Level 3): no script, no frame, this server's own style.

/// The other origins that a page uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Whether its form may lead to a client, by redirects. Browsers apply `form-action` to every one of them, and only the
    /// client knows where its redirect URI redirects to: no list can name that.
    pub(crate) leaves: bool,
    /// Where its image comes from.
    pub(crate) image: Option<String>,
}

/// The policy for a page that uses these origins. A source that could end its directive is left out.
pub(crate) fn content_security_policy(sources: &Sources) -> String {
    let mut policy = String::from("default-src 'none'; style-src 'self'; img-src 'self'");
    if let Some(image) = sources.image.as_deref().filter(|image| is_source(image)) {
        policy.push(' ');
        policy.push_str(image);
    }
    policy.push_str("; base-uri 'none'; frame-ancestors 'none'");
    if !sources.leaves {
        policy.push_str("; form-action 'self'");
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

    fn with_image(image: &str) -> String {
        content_security_policy(&Sources {
            leaves: false,
            image: Some(image.to_owned()),
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
        assert!(
            with_image("https://app.example")
                .contains("; img-src 'self' https://app.example; base-uri")
        );
    }

    #[test]
    fn row_98_a_form_that_leads_to_a_client_may_be_redirected_anywhere() {
        let policy = content_security_policy(&Sources {
            leaves: true,
            image: None,
        });
        assert!(!policy.contains("form-action"));
        assert!(policy.ends_with("base-uri 'none'; frame-ancestors 'none'"));
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
            assert_eq!(
                with_image(source),
                content_security_policy(&Sources::default()),
                "{source}"
            );
        }
    }
}
