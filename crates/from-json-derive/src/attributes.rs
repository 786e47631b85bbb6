//! The attributes that say how a type looks as JSON.

use syn::{Attribute, LitStr, Path, Type, meta::ParseNestedMeta};

/// Where a member that is absent gets its value.
pub(crate) enum Default {
    /// Nowhere, unless its type has one for it.
    No,
    /// From the trait.
    Trait,
    /// From a function.
    Function(Path),
}

/// How a type is read.
#[derive(std::default::Default)]
pub(crate) struct OfType {
    pub(crate) deny_unknown_fields: bool,
    pub(crate) transparent: bool,
    /// Absent members are those of the type's own default.
    pub(crate) default: bool,
    pub(crate) rename_all: Option<LitStr>,
    /// It is converted from this type.
    pub(crate) from: Option<Type>,
    /// The same, unless the conversion refuses it.
    pub(crate) try_from: Option<Type>,
}

impl OfType {
    pub(crate) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut read = Self::default();
        each(attributes, |meta| {
            if meta.path.is_ident("deny_unknown_fields") {
                read.deny_unknown_fields = true;
            } else if meta.path.is_ident("transparent") {
                read.transparent = true;
            } else if meta.path.is_ident("default") {
                read.default = true;
            } else if meta.path.is_ident("rename_all") {
                read.rename_all = Some(text(&meta)?);
            } else if meta.path.is_ident("from") {
                read.from = Some(text(&meta)?.parse()?);
            } else if meta.path.is_ident("try_from") {
                read.try_from = Some(text(&meta)?.parse()?);
            } else if meta.path.is_ident("into") {
                text(&meta)?;
            } else {
                return Err(meta.error("FromJson does not know this attribute of a type"));
            }
            Ok(())
        })?;
        Ok(read)
    }

    /// The name of a variant.
    pub(crate) fn variant(&self, name: &str) -> syn::Result<String> {
        match &self.rename_all {
            None => Ok(name.to_owned()),
            Some(case) if case.value() == "snake_case" => Ok(snake_case(name)),
            Some(case) if case.value() == "lowercase" => Ok(name.to_lowercase()),
            Some(case) => Err(syn::Error::new(case.span(), "FromJson does not know it")),
        }
    }
}

/// How a field or a variant is read.
pub(crate) struct OfPart {
    pub(crate) rename: Option<String>,
    pub(crate) default: Default,
    /// The function that reads it.
    pub(crate) with: Option<Path>,
}

impl OfPart {
    pub(crate) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut read = Self {
            rename: None,
            default: Default::No,
            with: None,
        };
        each(attributes, |meta| {
            if meta.path.is_ident("rename") {
                read.rename = Some(text(&meta)?.value());
            } else if meta.path.is_ident("default") {
                read.default = if meta.input.peek(syn::Token![=]) {
                    Default::Function(text(&meta)?.parse()?)
                } else {
                    Default::Trait
                };
            } else if meta.path.is_ident("with") {
                read.with = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("skip_serializing_if") {
                text(&meta)?;
            } else if !meta.path.is_ident("skip_serializing") {
                return Err(meta.error("FromJson does not know this attribute"));
            }
            Ok(())
        })?;
        Ok(read)
    }
}

fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        attribute.parse_nested_meta(&mut read)?;
    }
    Ok(())
}

/// Whether any of them says how something is read.
pub(crate) fn says_how(attributes: &[Attribute]) -> bool {
    attributes.iter().any(is_ours)
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde") || attribute.path().is_ident("from_json")
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
