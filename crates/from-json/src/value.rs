//! JSON as a tree.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::{Mismatch, Object};

/// A value of JSON. Texts without escapes are borrowed from what was parsed.
#[derive(Debug)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from zero on.
    Unsigned(u64),
    /// A whole number below zero.
    Negative(i64),
    /// A number with a fraction or an exponent, or too large for the others.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

impl<'a> Json<'a> {
    /// Parses a text, which must be one value and nothing else. Its depth is bounded, its length is not.
    pub fn parse(text: &'a str) -> Result<Self, Mismatch> {
        serde_json::from_str(text).map_err(|_| Mismatch)
    }

    pub(super) fn read<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }

    /// The same, for a format that must be told the members.
    pub(super) fn read_struct<D: Deserializer<'a>>(
        deserializer: D,
        members: &'static [&'static str],
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("", members, Reader)
    }

    /// The members, if it is an object.
    pub fn object(self) -> Result<Object<'a>, Mismatch> {
        if let Self::Object(object) = self {
            Ok(object)
        } else {
            Err(Mismatch)
        }
    }

    /// The values, if it is a list.
    pub fn list(self) -> Result<Vec<Self>, Mismatch> {
        if let Self::List(list) = self {
            Ok(list)
        } else {
            Err(Mismatch)
        }
    }

    /// The text, if it is one.
    pub fn text(self) -> Result<Cow<'a, str>, Mismatch> {
        if let Self::Text(text) = self {
            Ok(text)
        } else {
            Err(Mismatch)
        }
    }

    /// The number, if it is a whole one.
    pub fn integer(self) -> Result<i128, Mismatch> {
        if let Self::Unsigned(number) = self {
            Ok(number.into())
        } else if let Self::Negative(number) = self {
            Ok(number.into())
        } else {
            Err(Mismatch)
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(deserializer)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(u64::try_from(value).map_or(Json::Negative(value), Json::Unsigned))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'de>, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E>(self, value: String) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut object = Object::default();
        while let Some(name) = map.next_key()? {
            if let Json::Text(name) = name {
                object.push(name, map.next_value()?);
            }
        }
        Ok(Json::Object(object))
    }
}
