//! The types that others consist of.

use std::{collections::BTreeMap, rc::Rc};

use serde::de::IgnoredAny;

use super::{FromJson, Json, Mismatch, Variant};

impl FromJson for bool {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        if let Json::Bool(value) = value {
            Ok(value)
        } else {
            Err(Mismatch)
        }
    }
}

macro_rules! integers {
    ($($type:ty),+) => {
        $(impl FromJson for $type {
            fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
                value.integer()?.try_into().map_err(|_| Mismatch)
            }
        })+
    };
}

integers!(u8, u16, u32, u64, usize, i32, i64);

impl FromJson for String {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        Ok(value.text()?.into_owned())
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        if let Json::Null = value {
            return Ok(None);
        }
        T::from_json(value).map(Some)
    }

    fn absent() -> Result<Self, Mismatch> {
        Ok(None)
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        T::from_json(value).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Rc<T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        T::from_json(value).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        value.list()?.into_iter().map(T::from_json).collect()
    }
}

impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        let [one, two]: [Json<'_>; 2] = value.list()?.try_into().map_err(|_| Mismatch)?;
        Ok((A::from_json(one)?, B::from_json(two)?))
    }
}

/// As serde writes it: `{"Ok":…}` or `{"Err":…}`.
impl<T: FromJson, E: FromJson> FromJson for Result<T, E> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        let variant = Variant::find(value, &["Ok", "Err"])?;
        match variant.place {
            0 => variant.newtype().map(Ok),
            _ => variant.newtype().map(Err),
        }
    }
}

/// Each name once.
impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        let mut map = Self::new();
        for (name, value) in value.object()? {
            if map
                .insert(name.into_owned(), T::from_json(value)?)
                .is_some()
            {
                return Err(Mismatch);
            }
        }
        Ok(map)
    }
}

impl FromJson for IgnoredAny {
    fn from_json(_: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self)
    }
}

/// Any value, to be passed on.
impl FromJson for serde_json::Value {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        Ok(match value {
            Json::Null => Self::Null,
            Json::Bool(value) => value.into(),
            Json::Unsigned(number) => number.into(),
            Json::Negative(number) => number.into(),
            Json::Float(number) => number.into(),
            Json::Text(text) => text.into_owned().into(),
            Json::List(list) => Self::Array(
                list.into_iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()?,
            ),
            Json::Object(object) => {
                let members = object.into_iter();
                let members =
                    members.map(|(name, value)| Ok((name.into(), Self::from_json(value)?)));
                Self::Object(members.collect::<Result<_, _>>()?)
            }
        })
    }
}
