//! A variant of an enum: its name alone, or an object with one member of its name.

use super::{FromJson, Json, Mismatch, Object};

/// A variant that was found: its place among the enum's names, and what it holds.
#[derive(Debug)]
pub struct Variant<'a> {
    /// Its place.
    pub place: usize,
    content: Option<Json<'a>>,
}

impl<'a> Variant<'a> {
    /// Finds the variant of an enum that has these.
    pub fn find(value: Json<'a>, names: &[&str]) -> Result<Self, Mismatch> {
        let (name, content) = if let Json::Text(name) = value {
            (name, None)
        } else {
            let mut members = value.object()?.into_iter();
            let (name, content) = members.next().ok_or(Mismatch)?;
            if members.next().is_some() {
                return Err(Mismatch);
            }
            (name, Some(content))
        };
        let place = names.iter().position(|known| *known == name);
        let place = place.ok_or(Mismatch)?;
        Ok(Self { place, content })
    }

    /// Its place, if it holds nothing.
    pub fn unit(self) -> Result<usize, Mismatch> {
        match self.content {
            None | Some(Json::Null) => Ok(self.place),
            Some(_) => Err(Mismatch),
        }
    }

    /// Reads the one thing that it holds.
    pub fn newtype<T: FromJson>(self) -> Result<T, Mismatch> {
        T::from_json(self.content.ok_or(Mismatch)?)
    }

    /// The fields that it holds.
    pub fn fields(self) -> Result<Object<'a>, Mismatch> {
        self.content.ok_or(Mismatch)?.object()
    }
}
