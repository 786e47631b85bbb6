//! Reading a resource's metadata, and when it is fetched.

use super::*;

const API: &str = "https://api.example";

fn parsed(members: &str) -> Result<ResourceScopes, Unusable> {
    let json = format!(r#"{{"resource":"{API}",{members}}}"#);
    ResourceScopes::parse(json.as_bytes(), API)
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[test]
fn a_scope_is_read_with_its_line_and_what_nobody_knows_is_ignored() {
    let scopes = parsed(
        r#""scopes_supported":["read","write"],"scope_descriptions":{"read":"Read <b>your</b> profile","hidden":"Not listed"},"jwks_uri":{"deep":[1]}"#,
    )
    .unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read", "write"]);
    assert_eq!(scopes.line("read"), "Read <b>your</b> profile");
    assert_eq!(scopes.line("hidden"), "Not listed");
    assert_eq!(scopes.line("write"), "No description is registered");
    assert_eq!(scopes.line("Read"), "No description is registered");
}

#[test]
fn a_resource_without_our_member_still_lists_its_scopes() {
    let scopes = parsed(r#""scopes_supported":["read"]"#).unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read"]);
    assert_eq!(parsed(r#""x":1"#), Ok(ResourceScopes::default()));
}

#[test]
fn a_resource_cannot_describe_or_list_a_scope_of_ours() {
    let scopes = parsed(
        r#""scopes_supported":["openid","admin","read"],"scope_descriptions":{"admin":"Harmless","openid":"Nothing"}"#,
    )
    .unwrap();
    assert_eq!(scopes.listed().collect::<Vec<_>>(), ["read"]);
    assert_eq!(scopes.line("admin"), "Administer this authorization server");
    assert_eq!(scopes.line("openid"), "Know that it is you");
    let said = vec![(API, Rc::new(scopes))];
    assert_eq!(
        names(&said).iter().filter(|name| **name == "admin").count(),
        1
    );
}

#[test]
fn metadata_of_another_resource_is_not_used() {
    for other in ["https://api.example/", "https://evil.example", ""] {
        let json = format!(r#"{{"resource":"{other}","scopes_supported":["read"]}}"#);
        let refused = ResourceScopes::parse(json.as_bytes(), API);
        assert_eq!(refused, Err(Unusable::AnotherResource), "{other}");
    }
}

#[test]
fn what_is_no_sound_document_is_refused_whole() {
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
        assert_eq!(parsed(members), Err(Unusable::Malformed), "{members:.60}");
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
        assert_eq!(refused, Err(Unusable::Malformed), "{json}");
    }
    assert_eq!(
        ResourceScopes::parse(b"{\"resource\":\"\xff\"}", API),
        Err(Unusable::Malformed)
    );
}

#[test]
fn size_and_number_are_bounded() {
    let padding = "a".repeat(LARGEST);
    assert_eq!(
        parsed(&format!(r#""x":"{padding}""#)),
        Err(Unusable::TooLarge)
    );
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!(r#""s{n}""#)).collect();
        parsed(&format!(r#""scopes_supported":[{}]"#, names.join(",")))
    };
    assert_eq!(names(100).unwrap().listed().count(), 100);
    assert_eq!(names(101), Err(Unusable::TooMany));
    let lines: Vec<String> = (0..101).map(|n| format!(r#""s{n}":"x""#)).collect();
    let lines = parsed(&format!(r#""scope_descriptions":{{{}}}"#, lines.join(",")));
    assert_eq!(lines, Err(Unusable::TooMany));
}

#[test]
fn a_name_must_be_a_scope_and_a_description_a_line() {
    for name in ["", "a b", "\u{e9}", "a\\\\b"] {
        let listed = parsed(&format!(r#""scopes_supported":["{name}"]"#));
        assert_eq!(listed, Err(Unusable::NotAScope), "{name}");
        let described = parsed(&format!(r#""scope_descriptions":{{"{name}":"x"}}"#));
        assert_eq!(described, Err(Unusable::NotAScope), "{name}");
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
        assert_eq!(line(text), Err(Unusable::NotALine), "{text}");
    }
    for text in ["x", "Läs <din> profil – 漢字 😀", &"é".repeat(120)] {
        assert_eq!(line(text).unwrap().line("read"), text);
    }
}

#[test]
fn a_copy_is_judged_like_the_document() {
    let document = format!(r#"{{"resource":"{API}","scope_descriptions":{{"read":"Read  it"}}}}"#);
    let copy = Heard::copy(&document, UnixTime(7));
    let heard = Heard::from_copy(&copy, API).unwrap();
    assert_eq!(
        (heard.at, heard.scopes.line("read")),
        (UnixTime(7), "Read  it")
    );
    assert!(Heard::from_copy(&copy, "https://other.example").is_none());
    for copy in [
        "",
        "1",
        "1 7",
        "1 x {}",
        "2 7 {}",
        &copy.replacen("1 ", "2 ", 1),
    ] {
        assert!(Heard::from_copy(copy, API).is_none(), "{copy}");
    }
}

#[test]
fn a_resource_is_asked_when_nothing_is_known_when_it_is_long_ago_and_when_a_scope_is_missing() {
    let scopes = Rc::new(parsed(r#""scope_descriptions":{"read":"Read"}"#).unwrap());
    let heard = Heard {
        scopes,
        at: UnixTime(1_000),
    };
    let (read, write, none) = (scope("read"), scope("read write"), Scope::default());
    let ask = |asked_at: Option<i64>, wanted: &Scope, now| {
        whom_to_ask(Some(&heard), asked_at.map(UnixTime), wanted, UnixTime(now))
    };
    assert_eq!(whom_to_ask(None, None, &none, UnixTime(0)), Ask::First);
    assert_eq!(
        whom_to_ask(None, Some(UnixTime(0)), &read, UnixTime(59)),
        Ask::Nobody
    );
    assert_eq!(
        whom_to_ask(None, Some(UnixTime(0)), &read, UnixTime(60)),
        Ask::First
    );
    assert_eq!(ask(None, &read, 1_299), Ask::Nobody);
    assert_eq!(ask(None, &read, 1_300), Ask::First);
    assert_eq!(ask(None, &none, 1_299), Ask::Nobody);
    assert_eq!(ask(None, &none, 1_300), Ask::Behind);
    assert_eq!(ask(None, &write, 1_001), Ask::First);
    assert_eq!(ask(Some(1_000), &write, 1_059), Ask::Nobody);
    assert_eq!(ask(Some(1_000), &write, 1_060), Ask::First);
}
