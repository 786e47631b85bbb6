//! Reading a resource's metadata, and when it is fetched.

use super::*;
use crate::{page::text::ENGLISH, scope_descriptions::names};

const API: &str = "https://api.example";

fn parsed(members: &str) -> Result<ResourceScopes, MetadataError> {
    let json = format!(r#"{{"resource":"{API}",{members}}}"#);
    ResourceScopes::parse(json.as_bytes(), API)
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[test]
fn a_scope_is_read_with_its_description_and_unknown_members_are_ignored() {
    let scopes = parsed(
        r#""scopes_supported":["read","write"],"scope_descriptions":{"read":"Read <b>your</b> profile","hidden":"Not listed"},"jwks_uri":{"deep":[1]}"#,
    )
    .unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read", "write"]);
    assert_eq!(scopes.line(ENGLISH, "read"), "Read <b>your</b> profile");
    assert_eq!(scopes.line(ENGLISH, "hidden"), "Not listed");
    assert_eq!(scopes.line(ENGLISH, "write"), "No description available");
    assert_eq!(scopes.line(ENGLISH, "Read"), "No description available");
}

#[test]
fn a_resource_without_descriptions_still_lists_its_scopes() {
    let scopes = parsed(r#""scopes_supported":["read"]"#).unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read"]);
    assert_eq!(parsed(r#""x":1"#), Ok(ResourceScopes::default()));
}

#[test]
fn a_resource_cannot_describe_or_list_the_authorization_servers_scopes() {
    let scopes = parsed(
        r#""scopes_supported":["openid","admin","read"],"scope_descriptions":{"admin":"Harmless","openid":"Nothing"}"#,
    )
    .unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read"]);
    assert_eq!(
        scopes.line(ENGLISH, "admin"),
        "Administer this authorization server"
    );
    assert_eq!(scopes.line(ENGLISH, "openid"), "Know who you are");
    let by_resource = vec![(API, Rc::new(scopes))];
    assert_eq!(
        names(&by_resource)
            .iter()
            .filter(|name| **name == "admin")
            .count(),
        1
    );
}

#[test]
fn metadata_of_another_resource_is_not_used() {
    for other in ["https://api.example/", "https://evil.example", ""] {
        let json = format!(r#"{{"resource":"{other}","scopes_supported":["read"]}}"#);
        let refused = ResourceScopes::parse(json.as_bytes(), API);
        assert_eq!(refused, Err(MetadataError::AnotherResource), "{other}");
    }
}

#[test]
fn a_document_with_any_error_is_refused() {
    let deep = format!(r#""x":{}{}"#, "[".repeat(30_000), "]".repeat(30_000));
    for members in [
        r#""scopes_supported":"read""#,
        r#""scopes_supported":[1]"#,
        r#""scopes_supported":["read","read"]"#,
        r#""scopes_supported":["read"],"scopes_supported":["write"]"#,
        r#""scope_descriptions":["read","Read"]"#,
        r#""scope_descriptions":{"read":1}"#,
        r#""scope_descriptions":{"read":"a","read":"b"}"#,
        r#""scope_descriptions":{"read":"a","re\u0061d":"b"}"#,
        &deep,
    ] {
        assert_eq!(
            parsed(members),
            Err(MetadataError::Malformed),
            "{members:.60}"
        );
    }
    for json in [
        "",
        "null",
        "[]",
        "{",
        r#"["https://api.example",["read"]]"#,
        "{}",
        "\u{feff}{}",
    ] {
        let refused = ResourceScopes::parse(json.as_bytes(), API);
        assert_eq!(refused, Err(MetadataError::Malformed), "{json}");
    }
    assert_eq!(
        ResourceScopes::parse(b"{\"resource\":\"\xff\"}", API),
        Err(MetadataError::Malformed)
    );
}

#[test]
fn size_and_number_are_bounded() {
    let padding = "a".repeat(LARGEST);
    assert_eq!(
        parsed(&format!(r#""x":"{padding}""#)),
        Err(MetadataError::TooLarge)
    );
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!(r#""s{n}""#)).collect();
        parsed(&format!(r#""scopes_supported":[{}]"#, names.join(",")))
    };
    assert_eq!(names(100).unwrap().listed().count(), 100);
    assert_eq!(names(101), Err(MetadataError::TooMany));
    let lines: Vec<String> = (0..101).map(|n| format!(r#""s{n}":"x""#)).collect();
    let lines = parsed(&format!(r#""scope_descriptions":{{{}}}"#, lines.join(",")));
    assert_eq!(lines, Err(MetadataError::TooMany));
}

#[test]
fn a_name_must_be_a_scope_and_a_description_a_line() {
    for name in ["", "a b", "\u{e9}", "a\\\\b"] {
        let listed = parsed(&format!(r#""scopes_supported":["{name}"]"#));
        assert_eq!(listed, Err(MetadataError::InvalidScope), "{name}");
        let described = parsed(&format!(r#""scope_descriptions":{{"{name}":"x"}}"#));
        assert_eq!(described, Err(MetadataError::InvalidScope), "{name}");
    }
    let line = |text: &str| parsed(&format!(r#""scope_descriptions":{{"read":"{text}"}}"#));
    for text in [
        "",
        "  ",
        r"a\nb",
        r"a\tb",
        r"\u0000",
        r"a\u202eb",
        r"a\u061cb",
        r"a\u00adb",
        r"a\udb40\udc41",
        r"a\u2028b",
        r"\ufeffa",
        r"a\u0085b",
        &"é".repeat(121),
    ] {
        assert_eq!(line(text), Err(MetadataError::InvalidDescription), "{text}");
    }
    for text in ["x", "Läs <din> profil – 漢字 😀", &"é".repeat(120)] {
        assert_eq!(line(text).unwrap().line(ENGLISH, "read"), text);
    }
}

#[test]
fn a_copy_is_checked_like_the_document() {
    let document = format!(r#"{{"resource":"{API}","scope_descriptions":{{"read":"Read  it"}}}}"#);
    let copy = Fetched::copy(&document, UnixTime(7));
    let fetched = Fetched::from_copy(&copy, API).unwrap();
    assert_eq!(
        (fetched.at, fetched.scopes.line(ENGLISH, "read")),
        (UnixTime(7), "Read  it")
    );
    assert!(Fetched::from_copy(&copy, "https://other.example").is_none());
    for copy in [
        "",
        "1",
        "1 7",
        "1 x {}",
        "2 7 {}",
        &copy.replacen("1 ", "2 ", 1),
    ] {
        assert!(Fetched::from_copy(copy, API).is_none(), "{copy}");
    }
}

#[test]
fn metadata_is_fetched_when_it_is_unknown_or_old_or_lacks_a_scope() {
    let scopes = Rc::new(parsed(r#""scope_descriptions":{"read":"Read"}"#).unwrap());
    let fetched = Fetched {
        scopes,
        at: UnixTime(1_000),
    };
    let (read, write, none) = (scope("read"), scope("read write"), Scope::default());
    let ask = |asked_at: Option<i64>, wanted: &Scope, now| {
        when_to_fetch(
            Some(&fetched),
            asked_at.map(UnixTime),
            wanted,
            UnixTime(now),
        )
    };
    assert_eq!(when_to_fetch(None, None, &none, UnixTime(0)), Fetch::First);
    assert_eq!(
        when_to_fetch(None, Some(UnixTime(0)), &read, UnixTime(59)),
        Fetch::No
    );
    assert_eq!(
        when_to_fetch(None, Some(UnixTime(0)), &read, UnixTime(60)),
        Fetch::First
    );
    assert_eq!(
        when_to_fetch(None, Some(UnixTime(0)), &none, UnixTime(60)),
        Fetch::InBackground
    );
    assert_eq!(ask(None, &read, 1_299), Fetch::No);
    assert_eq!(ask(None, &read, 1_300), Fetch::First);
    assert_eq!(ask(None, &none, 1_299), Fetch::No);
    assert_eq!(ask(None, &none, 1_300), Fetch::InBackground);
    assert_eq!(ask(None, &write, 1_001), Fetch::First);
    assert_eq!(ask(Some(1_000), &write, 1_059), Fetch::No);
    assert_eq!(ask(Some(1_000), &write, 1_060), Fetch::First);
}
