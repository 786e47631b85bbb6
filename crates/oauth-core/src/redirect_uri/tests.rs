//! Registration and matching, against everything that looks almost right.

use proptest::prelude::*;

use super::*;

fn registered(text: &str) -> RegisteredRedirectUri {
    RegisteredRedirectUri::parse(text).unwrap()
}

#[test]
fn what_clients_use_may_be_registered() {
    for uri in [
        "https://client.example/callback",
        "https://client.example:8443/cb?tenant=7",
        "https://xn--bcher-kva.example/cb",
        "https://[2001:db8::1]/cb",
        "http://localhost:9999/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:5000/callback",
        "com.example.app:/oauth2redirect",
        "com.example.app://callback",
        "com.example.app:///callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
    ] {
        assert!(RegisteredRedirectUri::parse(uri).is_ok(), "{uri}");
    }
}

#[test]
fn near_misses_do_not_match() {
    let uri = registered("https://client.example/callback?a=1&b=2");
    assert!(uri.matches("https://client.example/callback?a=1&b=2"));
    for near in [
        "https://Client.example/callback?a=1&b=2",
        "HTTPS://client.example/callback?a=1&b=2",
        "https://client.example/Callback?a=1&b=2",
        "https://client.example/callback/?a=1&b=2",
        "https://client.example/callback",
        "https://client.example/callback?b=2&a=1",
        "https://client.example/callback?a=1&b=2&c=3",
        "https://client.example/%63allback?a=1&b=2",
        "https://client.example/x/../callback?a=1&b=2",
        "https://client.example/callback/..;/?a=1&b=2",
        "https://client.example//callback?a=1&b=2",
        "https://client.example:443/callback?a=1&b=2",
        "http://client.example/callback?a=1&b=2",
        "https://client.example./callback?a=1&b=2",
        "https://client.example.evil.example/callback?a=1&b=2",
        "https://evil-client.example/callback?a=1&b=2",
        "https://client.example/callback?a=1&b=2#f",
        " https://client.example/callback?a=1&b=2",
        "https://client.example/callback?a=1&b=2\n",
    ] {
        assert!(!uri.matches(near), "{near:?}");
    }
    assert!(!registered("https://c.example/%2F").matches("https://c.example/%2f"));
}

#[test]
fn unicode_spellings_neither_register_nor_match() {
    let uri = registered("https://xn--bcher-kva.example/caf%C3%A9");
    for near in [
        "https://bücher.example/caf%C3%A9",
        "https://xn--bcher-kva.example/cafe\u{301}",
    ] {
        assert!(!uri.matches(near));
        assert_eq!(
            RegisteredRedirectUri::parse(near),
            Err(RedirectUriError::IllegalCharacter)
        );
    }
}

#[test]
fn userinfo_in_any_disguise_is_refused() {
    for uri in [
        "https://good@evil.example/",
        "https://good%40evil.example/",
        "https://a@b@evil.example/",
        "https://good:pass@evil.example/",
        "com.example.app://good@evil/",
    ] {
        assert_eq!(
            RegisteredRedirectUri::parse(uri),
            Err(RedirectUriError::Userinfo),
            "{uri}"
        );
        assert!(!registered("https://good.example/").matches(uri));
    }
    assert_eq!(
        RegisteredRedirectUri::parse("https://good\\@evil.example/"),
        Err(RedirectUriError::IllegalCharacter)
    );
}

#[test]
fn loopback_literals_accept_any_port_and_nothing_else() {
    let uri = registered("http://127.0.0.1:9999/callback?x=1");
    for port in ["", ":1", ":80", ":9998", ":65535"] {
        assert!(
            uri.matches(&format!("http://127.0.0.1{port}/callback?x=1")),
            "{port}"
        );
    }
    for near in [
        "http://127.0.0.1:0/callback?x=1",
        "http://127.0.0.1:080/callback?x=1",
        "http://127.0.0.1:65536/callback?x=1",
        "http://127.0.0.1:/callback?x=1",
        "http://127.0.0.1:80@evil.example/callback?x=1",
        "http://127.0.0.1.evil.example/callback?x=1",
        "http://127.0.0.1:9999/callback",
        "http://127.0.0.1:9999/other?x=1",
        "https://127.0.0.1:9999/callback?x=1",
        "http://127.0.0.2:9999/callback?x=1",
        "http://127.1:9999/callback?x=1",
        "http://0.0.0.0:9999/callback?x=1",
        "http://[::1]:9999/callback?x=1",
        "http://localhost:9999/callback?x=1",
    ] {
        assert!(!uri.matches(near), "{near}");
    }
    assert!(registered("http://[::1]/cb").matches("http://[::1]:4711/cb"));
}

#[test]
fn localhost_without_a_port_accepts_any() {
    let uri = registered("http://localhost/callback");
    for port in ["", ":3118", ":65535"] {
        let presented = ["http://localhost", port, "/callback"].concat();
        assert!(uri.matches(&presented), "{presented}");
    }
    for near in [
        "http://localhost:0/callback",
        "http://localhost:3118/other",
        "http://localhost:3118@evil.example/callback",
        "http://localhost.evil.example:3118/callback",
        "http://127.0.0.1:3118/callback",
        "https://localhost:3118/callback",
        "http://LOCALHOST:3118/callback",
    ] {
        assert!(!uri.matches(near), "{near}");
    }
}

#[test]
fn localhost_is_compared_exactly() {
    let uri = registered("http://localhost:8790/callback");
    assert!(uri.matches("http://localhost:8790/callback"));
    assert!(!uri.matches("http://localhost:8788/callback"));
    assert!(!uri.matches("http://127.0.0.1:8790/callback"));
}

#[test]
fn plain_http_elsewhere_is_refused() {
    for uri in [
        "http://client.example/cb",
        "http://127.0.0.2/cb",
        "http://0.0.0.0/cb",
    ] {
        assert_eq!(
            RegisteredRedirectUri::parse(uri),
            Err(RedirectUriError::NotHttps),
            "{uri}"
        );
    }
}

#[test]
fn schemes_that_run_or_embed_are_refused() {
    for uri in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/1",
        "BLOB:https://a.example/1",
        "HTTPS://a.example/",
        "//a.example/",
        "/callback",
        "1.2:/x",
        "javascript://x/%0aalert(1)",
        "file://host/etc/passwd",
        "ms-settings://x/y",
        "cursor:/callback",
        "cursor:///callback",
        "view-source://a.example/",
    ] {
        assert_eq!(
            RegisteredRedirectUri::parse(uri),
            Err(RedirectUriError::Scheme),
            "{uri}"
        );
    }
    for uri in [
        " javascript:alert(1)",
        "\u{1}javascript:x",
        "java\tscript:x",
    ] {
        assert_eq!(
            RegisteredRedirectUri::parse(uri),
            Err(RedirectUriError::IllegalCharacter),
            "{uri:?}"
        );
    }
}

#[test]
fn fragments_wildcards_and_response_parameters_are_refused() {
    use RedirectUriError::{Fragment, ReservedParameter, Wildcard};
    for (uri, error) in [
        ("https://a.example/cb#", Fragment),
        ("https://a.example/cb#x", Fragment),
        ("https://*.a.example/cb", Wildcard),
        ("https://a.example/*", Wildcard),
        ("https://a.example/cb?code=1", ReservedParameter),
        ("https://a.example/cb?x=1&state=", ReservedParameter),
        ("https://a.example/cb?%69ss=x", ReservedParameter),
        ("https://a.example/cb?error", ReservedParameter),
    ] {
        assert_eq!(RegisteredRedirectUri::parse(uri), Err(error), "{uri}");
    }
}

#[test]
fn malformed_uris_are_refused() {
    use RedirectUriError::{DotSegment, Host, IllegalCharacter, Length, Port};
    for (uri, error) in [
        ("", Length),
        ("https:", Host),
        ("https:///cb", Host),
        ("https://a..example/cb", Host),
        ("https://a.example./cb", Host),
        ("https://A.example/cb", Host),
        ("https://[::1/cb", Port),
        ("https://[::x]/cb", Host),
        ("https://a.example:0/cb", Port),
        ("https://a.example:x/cb", Port),
        ("https://a.example/../cb", DotSegment),
        ("https://a.example/%2E%2e/cb", DotSegment),
        ("https://a.example/x/..;/cb", DotSegment),
        ("https://a.example/%zz", IllegalCharacter),
    ] {
        assert_eq!(RegisteredRedirectUri::parse(uri), Err(error), "{uri}");
    }
}

#[test]
fn parameters_are_added_to_what_is_there() {
    let with = |uri: &str| {
        registered(uri)
            .accept_default()
            .with_params(&[("code", "a b"), ("state", "&=")])
    };
    assert_eq!(
        with("https://a.example/cb"),
        "https://a.example/cb?code=a%20b&state=%26%3D"
    );
    assert_eq!(
        with("https://a.example/cb?"),
        "https://a.example/cb?code=a%20b&state=%26%3D"
    );
    assert_eq!(
        with("https://a.example/cb?x=1"),
        "https://a.example/cb?x=1&code=a%20b&state=%26%3D"
    );
}

#[test]
fn the_proof_keeps_the_presented_port_and_names_the_host() {
    let registered = [
        registered("http://127.0.0.1/cb"),
        registered("http://[::1]/cb"),
        registered("com.example.app:/cb"),
    ];
    let valid = ValidRedirect::among(&registered, "http://127.0.0.1:5151/cb").unwrap();
    assert_eq!(valid.as_str(), "http://127.0.0.1:5151/cb");
    assert_eq!(valid.host(), "127.0.0.1");
    let valid = ValidRedirect::among(&registered, "http://[::1]:5151/cb").unwrap();
    assert_eq!(valid.host(), "[::1]");
    let valid = ValidRedirect::among(&registered, "com.example.app:/cb").unwrap();
    assert_eq!(valid.host(), "com.example.app");
    assert!(ValidRedirect::among(&registered, "https://evil.example/cb").is_none());
    let named = super::RegisteredRedirectUri::parse("evil://bank.example/cb").unwrap();
    assert_eq!(named.accept_default().authority(), "evil");
}

#[test]
fn an_answer_arrives_at_a_site_on_this_machine_or_at_a_scheme() {
    for (uri, reach) in [
        ("https://a.example/cb", Reach::Site),
        ("https://localhost.example/cb", Reach::Site),
        ("https://192.0.2.7/cb", Reach::Site),
        ("https://[2001:db8::1]/cb", Reach::Site),
        ("http://localhost:4000/cb", Reach::Loopback),
        ("https://localhost/cb", Reach::Loopback),
        ("https://app.localhost:8443/cb", Reach::Loopback),
        ("http://127.0.0.1/cb", Reach::Loopback),
        ("http://[::1]:1/cb", Reach::Loopback),
        ("https://127.8.9.1/cb", Reach::Loopback),
        ("https://0.0.0.0/cb", Reach::Loopback),
        ("https://[0:0:0:0:0:0:0:1]/cb", Reach::Loopback),
        ("https://[::ffff:127.0.0.1]/cb", Reach::Loopback),
        ("https://[::]/cb", Reach::Loopback),
        ("com.example.app:/cb", Reach::PrivateUseScheme),
        ("com.example.app://app.example/cb", Reach::PrivateUseScheme),
    ] {
        assert_eq!(registered(uri).accept_default().reach(), reach, "{uri}");
    }
}

/// Browsers read each as an address, of this machine or of any other.
const UNUSUAL: [&str; 9] = [
    "https://127.1/cb",
    "https://0x7f.1/cb",
    "https://2130706433/cb",
    "https://134744072/cb",
    "https://0x08080808:8443/cb",
    "https://8.8.2056/cb",
    "https://010.010.010.010/cb",
    "https://8.8.8.0x8/cb",
    "https://app.example.1/cb",
];

#[test]
fn row_119_an_address_in_an_unusual_spelling_is_not_registered() {
    for uri in UNUSUAL {
        assert_eq!(
            RegisteredRedirectUri::parse(uri),
            Err(RedirectUriError::Host),
            "{uri}"
        );
    }
    for uri in [
        "https://8.8.8.8/cb",
        "https://1.app.example/cb",
        "https://[::ffff:8.8.8.8]/cb",
        "com.7app:/cb",
    ] {
        assert!(RegisteredRedirectUri::parse(uri).is_ok(), "{uri}");
    }
}

#[test]
fn a_record_of_before_with_such_an_address_is_read_and_may_be_this_machine() {
    for uri in UNUSUAL {
        let uri = RegisteredRedirectUri::try_from(uri.to_owned()).unwrap();
        assert_eq!(uri.reach(), Reach::Loopback, "{uri:?}");
    }
}

proptest! {
    #[test]
    fn parsing_and_matching_never_panic(one: String, other: String) {
        if let Ok(uri) = RegisteredRedirectUri::parse(&one) {
            prop_assert!(uri.matches(&one));
            prop_assert_eq!(uri.matches(&other), one == other);
        }
    }

    #[test]
    fn near_uris_never_panic(text in "(https?|com\\.a)://[a-z@:\\[\\]%.0-9]{0,20}[/?a-z=&.]{0,12}") {
        if let Ok(uri) = RegisteredRedirectUri::parse(&text) {
            let valid = uri.accept(&text).unwrap();
            prop_assert!(!valid.host().is_empty() && !valid.host().contains('@'));
        }
    }
}
