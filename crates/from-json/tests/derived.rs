//! What the derive reads, and that it reads what serde's own derive reads, and no more.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::fmt::Debug;

use from_json::{FromJson, Json, Mismatch};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The same type twice, read by each of the two.
macro_rules! twice {
    ($($item:item)+) => {
        mod ours {
            use super::*;
            $(#[derive(Clone, Debug, PartialEq, Serialize, FromJson)] $item)+
        }
        mod serdes {
            use super::*;
            $(#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] $item)+
        }
    };
}

twice! {
    #[serde(deny_unknown_fields)]
    pub(crate) struct Visit {
        pub(crate) id: Id,
        #[serde(rename = "facts")]
        pub(crate) details: Box<Details>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub(crate) pages: Vec<Page>,
        pub(crate) until: Option<i64>,
        #[serde(default = "seven")]
        pub(crate) tries: u8,
    }

    #[serde(transparent)]
    pub(crate) struct Id(pub(crate) String);

    #[serde(default)]
    pub(crate) struct Details {
        pub(crate) count: u64,
        pub(crate) pair: (String, i64),
        pub(crate) open: bool,
    }

    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    pub(crate) enum Page {
        Home,
        #[serde(rename = "dead")]
        Ended,
        ByName(String),
        Of { number: u32, name: Option<String> },
    }

    #[serde(try_from = "u8", into = "u8")]
    pub(crate) struct Even(pub(crate) u8);
}

fn seven() -> u8 {
    7
}

macro_rules! both {
    ($($module:ident),+) => {$(
        impl Default for $module::Details {
            fn default() -> Self {
                Self { count: 3, pair: ("x".into(), -1), open: true }
            }
        }

        impl TryFrom<u8> for $module::Even {
            type Error = &'static str;

            fn try_from(number: u8) -> Result<Self, &'static str> {
                if number % 2 == 0 { Ok(Self(number)) } else { Err("odd") }
            }
        }

        impl From<$module::Even> for u8 {
            fn from(even: $module::Even) -> Self {
                even.0
            }
        }
    )+};
}

both!(ours, serdes);

/// Both take the text for the same, or neither takes it.
fn agree<O: FromJson + Serialize + Debug, S: DeserializeOwned + Serialize + Debug>(
    text: &str,
) -> bool {
    let ours = from_json::from_str::<O>(text);
    let serdes = serde_json::from_str::<S>(text);
    match (&ours, &serdes) {
        (Ok(one), Ok(other)) => {
            assert_eq!(
                serde_json::to_string(one).unwrap(),
                serde_json::to_string(other).unwrap()
            );
        }
        (Err(_), Err(_)) => {}
        _ => panic!("{text}: {ours:?}, but {serdes:?}"),
    }
    ours.is_ok()
}

#[test]
fn what_serde_reads_is_read_alike() {
    for text in [
        r#"{"id":"a","facts":{}}"#,
        r#"{"id":"a","facts":{"count":18446744073709551615,"pair":["\u00e4\n",-9]},"until":null}"#,
        r#" { "until" : 5 , "id":"", "facts":{"more":[{}],"open":false}, "pages":["home",{"dead":null},{"by_name":"x"},{"of":{"number":1}}],"tries":0}"#,
    ] {
        assert!(agree::<ours::Visit, serdes::Visit>(text), "{text}");
    }
    assert!(agree::<ours::Even, serdes::Even>("254"));
}

#[test]
fn what_serde_refuses_is_refused() {
    for text in [
        "",
        "{",
        r#"{"id":"a"}"#,
        r#"{"id":"a","facts":{},"more":1}"#,
        r#"{"id":"a","id":"a","facts":{}}"#,
        r#"{"id":"a","facts":{"open":true,"open":true}}"#,
        r#"{"id":1,"facts":{}}"#,
        r#"{"id":"a","facts":null}"#,
        r#"{"id":"a","facts":{},"tries":256}"#,
        r#"{"id":"a","facts":{},"tries":-1}"#,
        r#"{"id":"a","facts":{},"tries":1.0}"#,
        r#"{"id":"a","facts":{},"tries":1e0}"#,
        r#"{"id":"a","facts":{},"tries":"1"}"#,
        r#"{"id":"a","facts":{},"until":9223372036854775808}"#,
        r#"{"id":"a","facts":{"pair":["a"]}}"#,
        r#"{"id":"a","facts":{"pair":["a",1,2]}}"#,
        r#"{"id":"a","facts":{},"pages":{}}"#,
        r#"{"id":"a","facts":{},"pages":["Home"]}"#,
        r#"{"id":"a","facts":{},"pages":["by_name"]}"#,
        r#"{"id":"a","facts":{},"pages":[{"home":1}]}"#,
        r#"{"id":"a","facts":{},"pages":[{"dead":null,"home":null}]}"#,
        r#"{"id":"a","facts":{},"pages":[{}]}"#,
        r#"{"id":"a","facts":{},"pages":[{"of":{"number":1,"more":2}}]}"#,
        r#"{"id":"a","facts":{}} 1"#,
        "{\"id\":\"\u{1}\",\"facts\":{}}",
    ] {
        assert!(!agree::<ours::Visit, serdes::Visit>(text), "{text}");
    }
    assert!(!agree::<ours::Even, serdes::Even>("3"));
}

/// Serde takes a list of the fields for a struct. Nobody writes that.
#[test]
fn a_struct_is_no_list() {
    let text = r#"[1,["x",2],true]"#;
    assert!(serde_json::from_str::<serdes::Details>(text).is_ok());
    assert!(from_json::from_str::<ours::Details>(text).is_err());
}

#[test]
fn depth_is_bounded() {
    let text = ["[".repeat(10_000), "]".repeat(10_000)].concat();
    assert!(Json::parse(&text).is_err());
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(from_json::from_slice::<String>(b"\"\xff\""), Err(Mismatch));
    assert_eq!(from_json::from_slice::<String>(b"\"a\""), Ok("a".into()));
}

#[derive(Debug, PartialEq, FromJson)]
struct Versioned {
    #[from_json(with = first)]
    version: u8,
    #[serde(default)]
    #[from_json(with = first)]
    other: u8,
}

fn first(value: Json<'_>) -> Result<u8, Mismatch> {
    u8::from_json(value).and_then(|version| (version == 1).then_some(1).ok_or(Mismatch))
}

#[test]
fn a_function_reads_a_member() {
    let read = from_json::from_str::<Versioned>;
    assert!(read(r#"{"version":1}"#).is_ok());
    assert!(read(r#"{"version":1,"other":1}"#).is_ok());
    for text in ["{}", r#"{"version":2}"#, r#"{"version":1,"other":0}"#] {
        assert_eq!(read(text), Err(Mismatch), "{text}");
    }
}

#[test]
fn serde_reads_such_types_within_its_own() {
    let read: Vec<ours::Page> = serde_json::from_str(r#"["home",{"by_name":"x"}]"#).unwrap();
    assert_eq!(read, [ours::Page::Home, ours::Page::ByName("x".into())]);
}

proptest! {
    #[test]
    fn whatever_comes_is_read_as_serde_reads_it(text in text()) {
        agree::<ours::Visit, serdes::Visit>(&text);
    }
}

/// A visit with members that may be absent, repeated, unknown or of another type.
fn text() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["id", "facts", "pages", "until", "tries", "x"]);
    let value = prop_oneof![
        Just(r#""a""#.to_owned()),
        Just("{}".to_owned()),
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        any::<u8>().prop_map(|number| number.to_string()),
        Just(r#"["home",{"of":{"number":2}}]"#.to_owned()),
        Just(r#"{"pair":["b",4],"count":1}"#.to_owned()),
        ".{0,3}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let member = (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let start = prop_oneof![
        Just(String::new()),
        Just(r#""id":"a","#.to_owned()),
        Just(r#""id":"a","facts":{},"#.to_owned()),
    ];
    (start, prop::collection::vec(member, 0..4))
        .prop_map(|(start, members)| format!("{{{start}{}}}", members.join(",")).replace(",}", "}"))
}
