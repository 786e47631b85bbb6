//! The members of an object.

use std::borrow::Cow;

use super::{FromJson, Json, Mismatch};

/// The members of an object that nobody has taken yet.
#[derive(Debug, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    pub(super) fn push(&mut self, name: Cow<'a, str>, value: Json<'a>) {
        self.0.push((name, value));
    }

    /// Takes the member of this name, if there is one. A repeated one is refused.
    pub fn take(&mut self, name: &str) -> Result<Option<Json<'a>>, Mismatch> {
        let is_it = |(other, _): &(Cow<'_, str>, _)| *other == name;
        let Some(place) = self.0.iter().position(is_it) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(place);
        if self.0.iter().any(is_it) {
            return Err(Mismatch);
        }
        Ok(Some(value))
    }

    /// Takes and reads the member of this name.
    pub fn read<T: FromJson>(&mut self, name: &str) -> Result<T, Mismatch> {
        self.take(name)?.map_or_else(T::absent, T::from_json)
    }

    /// The same; if there is none, it is `absent`.
    pub fn read_or<T: FromJson>(&mut self, name: &str, absent: T) -> Result<T, Mismatch> {
        self.take(name)?.map_or(Ok(absent), T::from_json)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two have the same name. Each is compared with all others.
    pub fn has_repeats(&self) -> bool {
        let mut rest = self.0.as_slice();
        while let [(name, _), others @ ..] = rest {
            if others.iter().any(|(other, _)| other == name) {
                return true;
            }
            rest = others;
        }
        false
    }

    /// Their values.
    pub fn values(&self) -> impl Iterator<Item = &Json<'a>> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Refuses members that nobody has taken.
    pub fn end(self) -> Result<(), Mismatch> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Mismatch)
        }
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Json<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
