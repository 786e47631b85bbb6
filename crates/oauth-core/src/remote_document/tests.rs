use std::net::IpAddr;

use super::*;

fn public(text: &str) -> Result<RemoteUrl<'_>, NotAllowed> {
    RemoteUrl::parse(text, Reach::Public)
}

#[test]
fn row_118_urls_of_public_hosts_are_asked_for() {
    for (text, host) in [
        (
            "https://claude.ai/oauth/mcp-oauth-client-metadata",
            "claude.ai",
        ),
        ("https://chatgpt.com/oauth/client.json", "chatgpt.com"),
        (
            "https://vscode.dev/oauth/client-metadata.json",
            "vscode.dev",
        ),
        (
            "https://a-b.xn--bcher-kva.example.org:8443/",
            "a-b.xn--bcher-kva.example.org",
        ),
        ("https://app.example.org/c?id=1%20x", "app.example.org"),
        ("https://app.example.org/a.b/..c", "app.example.org"),
        ("https://1.app.example.org/c", "1.app.example.org"),
    ] {
        let url = public(text).unwrap();
        assert_eq!((url.as_str(), url.host()), (text, host));
        assert!(!url.is_this_machine());
    }
}

/// Other schemes, userinfo, fragments, dot segments, ports that are none, spellings.
const OTHER_URLS: &[&str] = &[
    "",
    "x",
    "https",
    "https:",
    "https:/",
    "https://",
    "https:///c",
    "https:///",
    "http://app.example.org/c",
    "HTTPS://app.example.org/c",
    "ftp://app.example.org/c",
    "javascript://a.b/c",
    "https://app.example.org",
    "https://app.example.org?c",
    "https:app.example.org/c",
    "https://user@app.example.org/c",
    "https://u:p@app.example.org/c",
    "https://@app.example.org/c",
    "https://app.example.org%40evil.org/c",
    "https://app%2eexample.org/c",
    "https://app.example.org/c#f",
    "https://app.example.org/c#",
    "https://app.example.org\\@evil.org/c",
    "https://app.example.org/./c",
    "https://app.example.org/a/../c",
    "https://app.example.org/a/..",
    "https://app.example.org/%2e%2E/c",
    "https://app.example.org/.%2e;x/c",
    "https://app.example.org/%zz",
    "https://app.example.org/%",
    "https://app.example.org/?%",
    "https://app.example.org:0/c",
    "https://app.example.org:/c",
    "https://app.example.org:080/c",
    "https://app.example.org:65536/c",
    "https://app.example.org:x/c",
    "https://app.example.org:+1/c",
    "https://App.example.org/c",
    "https://app..example.org/c",
    "https://.example.org/c",
    "https://app.example.org./c",
    "https://-a.example.org/c",
    "https://a-.example.org/c",
    "https://b\u{fc}cher.example.org/c",
    "https://app.example.org/c d",
    "https://app.example.org/c\n",
    "https://app.example.org/<c>",
];

#[test]
fn row_118_other_urls_are_not() {
    let long = ["https://a.example.org/", &"x".repeat(LONGEST)].concat();
    for text in OTHER_URLS.iter().copied().chain([long.as_str()]) {
        assert!(public(text).is_err(), "{text}");
        assert!(
            RemoteUrl::parse(text, Reach::AndThisMachine).is_err(),
            "{text}"
        );
    }
}

#[test]
fn row_118_no_address_and_no_private_name_is_asked_for_in_any_spelling() {
    for host in [
        "127.0.0.1",
        "8.8.8.8",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "127.0.0.0x1",
        "10.1.2.3",
        "169.254.169.254",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[2606:4700::1111]",
        "[::1%25lo]",
        "[",
        "localhost",
        "intranet",
        "app.localhost",
        "printer.local",
        "metadata.google.internal",
        "host.docker.internal",
        "router.lan",
        "x.home.arpa",
        "a.test",
        "a.onion",
        "a.invalid",
    ] {
        let url = ["https://", host, "/c"].concat();
        assert!(public(&url).is_err(), "{url}");
        assert!(
            RemoteUrl::parse(&url, Reach::AndThisMachine).is_err(),
            "{url}"
        );
    }
}

#[test]
fn only_development_asks_this_machine_and_nothing_else_by_http() {
    for url in [
        "http://localhost:4000/c",
        "http://127.0.0.1:4000/c",
        "http://[::1]:4000/c",
    ] {
        assert!(public(url).is_err(), "{url}");
        assert!(
            RemoteUrl::parse(url, Reach::AndThisMachine)
                .unwrap()
                .is_this_machine()
        );
    }
    for url in [
        "http://127.0.0.2/c",
        "http://localhost.example.org/c",
        "http://app.example.org/c",
        "http://127.1/c",
    ] {
        assert!(
            RemoteUrl::parse(url, Reach::AndThisMachine).is_err(),
            "{url}"
        );
    }
}

/// Of every special-purpose range.
const SPECIAL: &str = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 \
    172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 \
    203.0.113.7 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 :: ::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 \
    ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2001:10::1 2002:7f00:1:: 3fff::1 \
    fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 4000::1";

/// Next to them.
const PUBLIC: &str = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 192.167.1.1 198.17.0.1 \
    198.20.0.1 223.255.255.254 2606:4700::1111 2a00:1450::1 2001:200::1 2001:4860::1";

#[test]
fn row_118_special_addresses_are_not_public() {
    for address in SPECIAL.split_whitespace() {
        assert!(!is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
    for address in PUBLIC.split_whitespace() {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

fn resolved(answers: [&str; 2]) -> Result<(), Unresolved> {
    read_resolution(answers.map(str::as_bytes))
}

#[test]
fn row_118_a_host_is_asked_if_all_its_addresses_are_public() {
    const NONE: &str = r#"{"Status":0}"#;
    let v4 = r#"{"Status":0,"TC":false,"Answer":[{"name":"a","type":5,"data":"b."},{"name":"b","type":1,"TTL":3,"data":"1.1.1.1"}]}"#;
    let v6 = r#"{"Status":0,"Answer":[{"name":"a","type":28,"data":"2606:4700::1111"}]}"#;
    assert_eq!(resolved([v4, v6]), Ok(()));
    assert_eq!(resolved([v4, NONE]), Ok(()));
    let of = |data: &str| {
        [
            r#"{"Status":0,"Answer":[{"type":1,"data":"1.1.1.1"},{"type":28,"data":""#,
            data,
            r#""}]}"#,
        ]
        .concat()
    };
    for (answers, why) in [
        ([NONE, NONE], Unresolved::NoAddress),
        (
            [r#"{"Status":3}"#, r#"{"Status":3}"#],
            Unresolved::NoAddress,
        ),
        ([v4, &of("::1")], Unresolved::NotPublic),
        ([&of("::ffff:10.0.0.1"), NONE], Unresolved::NotPublic),
        ([v4, &of("one")], Unresolved::Failed),
        ([v4, r#"{"Status":2}"#], Unresolved::Failed),
        ([v4, "[]"], Unresolved::Failed),
        (["", v6], Unresolved::Failed),
    ] {
        assert_eq!(resolved(answers), Err(why), "{answers:?}");
    }
    let [a, aaaa] = question("https://dns.example.org/q", "app.example.org");
    assert_eq!(a, "https://dns.example.org/q?name=app.example.org&type=A");
    assert!(aaaa.ends_with("&type=AAAA"));
}

#[test]
fn row_118_only_json_with_status_200_is_taken() {
    let good = br#"{"a":1}"#.as_slice();
    for kind in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/jwk-set+json",
        "application/x.y+JSON ;a=b",
    ] {
        assert_eq!(check_answer(200, Some(kind), good), Ok(()), "{kind}");
    }
    for kind in [
        "text/html",
        "text/json",
        "application/jsonp",
        "json",
        "",
        "image/svg+xml",
        "text/x+json",
    ] {
        assert!(check_answer(200, Some(kind), good).is_err(), "{kind}");
    }
    assert!(check_answer(200, None, good).is_err());
    for status in [0, 201, 204, 206, 301, 302, 304, 404, 500] {
        assert!(check_answer(status, Some("application/json"), good).is_err());
    }
    for body in [
        "",
        "[]",
        "1",
        r#"{"a":1,"a":2}"#,
        r#"{"a":1}{"#,
        "{\"a\":\"\u{0}\"}",
    ] {
        assert!(
            check_answer(200, Some("application/json"), body.as_bytes()).is_err(),
            "{body}"
        );
    }
}

#[test]
fn an_answer_is_fresh_as_long_as_it_says_within_bounds() {
    for (cache_control, age, seconds) in [
        (None, None, 3_600),
        (Some(""), None, 3_600),
        (Some("public"), Some("10"), 3_600),
        (Some("max-age=1000"), None, 1_000),
        (Some("public, Max-Age=1000"), Some("100"), 900),
        (Some("max-age=1000, s-maxage=2000"), None, 2_000),
        (Some("max-age=\"1000\""), Some("x"), 1_000),
        (Some("max-age=0"), None, LEAST_FRESH),
        (Some("max-age=600"), Some("9999"), LEAST_FRESH),
        (Some("max-age=4294967295"), None, MOST_FRESH),
        (Some("max-age=99999999999999999999"), None, 3_600),
        (Some("max-age=9000, no-store"), None, LEAST_FRESH),
        (Some("no-cache"), None, LEAST_FRESH),
    ] {
        assert_eq!(fresh_for(cache_control, age), seconds, "{cache_control:?}");
    }
}

#[test]
fn an_origin_is_what_comes_before_the_path() {
    assert_eq!(
        origin("https://a.example.org:8443/c/d?x"),
        Some("https://a.example.org:8443")
    );
    assert_eq!(
        origin("https://a.example.org"),
        Some("https://a.example.org")
    );
    assert_eq!(origin("a"), None);
}
