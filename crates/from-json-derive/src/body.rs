//! The code that reads a type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Data, DataEnum, DeriveInput, Error, Fields, FieldsNamed, FieldsUnnamed, Ident, Variant,
    spanned::Spanned as _,
};

use crate::attributes::{Default, OfPart, OfType, says_how};

/// The parts of an implementation.
pub(crate) struct Body {
    /// The constant of the names.
    pub(crate) members: TokenStream,
    /// What reads `value`.
    pub(crate) read: TokenStream,
}

/// The code for a type.
pub(crate) fn of(input: &DeriveInput) -> syn::Result<Body> {
    let attributes = OfType::read(&input.attrs)?;
    if let Some(other) = &attributes.from {
        return Ok(Body {
            members: quote!(<#other as ::from_json::FromJson>::MEMBERS),
            read: quote! {
                let other: #other = ::from_json::FromJson::from_json(value)?;
                ::core::result::Result::Ok(::core::convert::From::from(other))
            },
        });
    }
    if let Some(other) = &attributes.try_from {
        return Ok(Body {
            members: quote!(<#other as ::from_json::FromJson>::MEMBERS),
            read: quote! {
                let other: #other = ::from_json::FromJson::from_json(value)?;
                ::core::convert::TryFrom::try_from(other).map_err(|_| ::from_json::Mismatch)
            },
        });
    }
    match &input.data {
        Data::Struct(data) => of_struct(input, &data.fields, &attributes),
        Data::Enum(data) => of_enum(data, &attributes),
        Data::Union(_) => Err(Error::new(input.span(), "FromJson does not read unions")),
    }
}

fn of_struct(input: &DeriveInput, fields: &Fields, attributes: &OfType) -> syn::Result<Body> {
    if let Some(case) = &attributes.rename_all {
        return Err(Error::new(
            case.span(),
            "FromJson does not rename the members of a struct",
        ));
    }
    match fields {
        Fields::Named(fields) if !attributes.transparent => {
            let Members { names, read } = members(fields, attributes, &quote!(Self))?;
            let default = attributes
                .default
                .then(|| quote!(let default: Self = ::core::default::Default::default();));
            Ok(Body {
                members: quote!(&[#(#names),*]),
                read: quote! {
                    let mut object = value.object()?;
                    #default
                    #read
                },
            })
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 && has_no_attributes(fields) => {
            Ok(Body {
                members: quote!(&[]),
                read: quote!(::from_json::FromJson::from_json(value).map(Self)),
            })
        }
        Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => Err(Error::new(
            input.span(),
            "FromJson does not read such a struct",
        )),
    }
}

fn has_no_attributes(fields: &FieldsUnnamed) -> bool {
    fields.unnamed.iter().all(|field| !says_how(&field.attrs))
}

fn of_enum(data: &DataEnum, attributes: &OfType) -> syn::Result<Body> {
    let is_plain = |variant: &Variant| matches!(variant.fields, Fields::Unit);
    let all_plain = data.variants.iter().all(is_plain);
    let (mut names, mut arms) = (Vec::new(), Vec::new());
    for (place, variant) in data.variants.iter().enumerate() {
        names.push(match OfPart::read(&variant.attrs)?.rename {
            Some(name) => name,
            None => attributes.variant(&variant.ident.to_string())?,
        });
        let read = of_variant(variant, attributes)?;
        let check = (!all_plain && is_plain(variant)).then(|| quote!(variant.unit()?;));
        arms.push(quote!(#place => { #check #read }));
    }
    let place = if all_plain {
        quote!(variant.unit()?)
    } else {
        quote!(variant.place)
    };
    Ok(Body {
        members: quote!(&[]),
        read: quote! {
            let variant = ::from_json::Variant::find(value, &[#(#names),*])?;
            match #place {
                #(#arms)*
                _ => ::core::result::Result::Err(::from_json::Mismatch),
            }
        },
    })
}

fn of_variant(variant: &Variant, attributes: &OfType) -> syn::Result<TokenStream> {
    let name = &variant.ident;
    match &variant.fields {
        Fields::Unit => Ok(quote!(::core::result::Result::Ok(Self::#name))),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Ok(quote!(variant.newtype().map(Self::#name)))
        }
        Fields::Named(fields) => {
            let Members { read, .. } = members(fields, attributes, &quote!(Self::#name))?;
            Ok(quote! {
                let mut object = variant.fields()?;
                #read
            })
        }
        Fields::Unnamed(_) => Err(Error::new(name.span(), "FromJson does not read it")),
    }
}

struct Members {
    names: Vec<String>,
    /// What takes them from `object`.
    read: TokenStream,
}

fn members(fields: &FieldsNamed, of: &OfType, made: &TokenStream) -> syn::Result<Members> {
    let (mut names, mut reads) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let attributes = OfPart::read(&field.attrs)?;
        let name = attributes.rename.clone();
        let name = name.unwrap_or_else(|| syn::ext::IdentExt::unraw(ident).to_string());
        let read = member(ident, &name, &attributes, of);
        reads.push(quote!(#ident: #read));
        names.push(name);
    }
    let end = of.deny_unknown_fields.then(|| quote!(object.end()?;));
    Ok(Members {
        names,
        read: quote! {
            let read = #made { #(#reads),* };
            #end
            ::core::result::Result::Ok(read)
        },
    })
}

fn member(ident: &Ident, name: &str, attributes: &OfPart, of: &OfType) -> TokenStream {
    let default = match &attributes.default {
        Default::Function(path) => Some(quote!(#path())),
        Default::Trait => Some(quote!(::core::default::Default::default())),
        Default::No => of.default.then(|| quote!(default.#ident)),
    };
    match (&attributes.with, default) {
        (None, None) => quote!(object.read(#name)?),
        (None, Some(default)) => quote!(object.read_or(#name, #default)?),
        (Some(with), None) => quote!(#with(object.take(#name)?.ok_or(::from_json::Mismatch)?)?),
        (Some(with), Some(default)) => quote! {
            match object.take(#name)? {
                ::core::option::Option::Some(value) => #with(value)?,
                ::core::option::Option::None => #default,
            }
        },
    }
}
