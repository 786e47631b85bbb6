//! Checks, beside each stored record, that `docs/storage.md` names its fields; and that it names every table.
//!
//! A record that is stored says so where it is defined; the line is a test of its own:
//!
//! ```
//! #[derive(serde::Deserialize)]
//! struct Hour {
//!     runs: u64,
//! }
//!
//! #[cfg(test)]
//! documented::stored!(Hour);
//! ```

use std::{any::type_name, fmt};

use serde::{Deserialize, Deserializer, de::Visitor, forward_to_deserialize_any};

const DOCUMENT: &str = include_str!("../../../docs/storage.md");

/// Fields that the document describes without their names: those that nest others, and the version of every record.
const IN_WORDS: &[&str] = &["facts", "entry", "version", "token_endpoint", "api"];

/// A test that `docs/storage.md` names the fields of these records.
#[macro_export]
macro_rules! stored {
    ($($record:ty),+ $(,)?) => {
        #[test]
        fn every_stored_field_is_in_its_document() {
            $($crate::assert_named::<$record>();)+
        }
    };
}

/// Fails when `docs/storage.md` lacks a field of `T`.
///
/// # Panics
///
/// When a field is missing there, or `T` is not a struct with named fields.
pub fn assert_named<'de, T: Deserialize<'de>>() {
    let record = type_name::<T>();
    let fields = T::deserialize(FieldNames).err().map(|Found(fields)| fields);
    let fields = fields.unwrap_or_default();
    assert!(!fields.is_empty(), "{record} has no named fields");
    for field in fields {
        let is_named = DOCUMENT
            .split('`')
            .skip(1)
            .step_by(2)
            .any(|name| name == *field);
        assert!(
            is_named || IN_WORDS.contains(field),
            "docs/storage.md does not name `{field}` of {record}"
        );
    }
}

/// Not a format: ends at once with the names that the record would be read by.
struct FieldNames;

#[derive(Debug)]
struct Found(&'static [&'static str]);

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl std::error::Error for Found {}

impl serde::de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for FieldNames {
    type Error = Found;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
        Err(Found(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Found> {
        Err(Found(fields))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its fields' names are read")]
    struct Unheard {
        #[serde(rename = "client_id")]
        client: String,
        nowhere_named: u64,
    }

    #[test]
    #[should_panic(expected = "does not name `nowhere_named`")]
    fn a_field_that_the_document_lacks_is_named() {
        assert_named::<Unheard>();
    }

    #[test]
    fn every_table_is_in_the_document() {
        let mut count = 0;
        for worker in ["auth-worker", "api-worker"] {
            let folder = format!("{}/../../{worker}/migrations", env!("CARGO_MANIFEST_DIR"));
            for file in std::fs::read_dir(folder).unwrap() {
                let sql = std::fs::read_to_string(file.unwrap().path()).unwrap();
                for statement in sql.split("CREATE TABLE ").skip(1) {
                    count += 1;
                    let table = statement.split([' ', '(']).next().unwrap();
                    assert!(
                        DOCUMENT.contains(&format!("`{table}`")),
                        "{worker}: {table}"
                    );
                }
            }
        }
        assert!(count > 0);
    }

    #[test]
    #[should_panic(expected = "has no named fields")]
    fn what_is_no_record_is_refused() {
        assert_named::<u64>();
    }
}
