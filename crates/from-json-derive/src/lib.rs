//! `#[derive(FromJson)]`: see the crate `from-json`.
//!
//! It knows the attributes of serde that this project uses, and refuses any other: a type must not be read otherwise than
//! it is written.

mod attributes;
mod body;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, parse_macro_input, parse_quote};

/// Implements `FromJson`, and `Deserialize` by means of it.
#[proc_macro_derive(FromJson, attributes(serde, from_json))]
pub fn from_json(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(mut input: DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let body::Body { members, read } = body::of(&input)?;
    let name = &input.ident;
    for parameter in input.generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::from_json::FromJson));
    }
    let mut for_serde = input.generics.clone();
    for_serde.params.insert(0, parse_quote!('de));
    let (of_serde, ..) = for_serde.split_for_impl();
    let (of, types, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #of ::from_json::FromJson for #name #types #bounds {
            const MEMBERS: &'static [&'static str] = #members;

            fn from_json(
                value: ::from_json::Json<'_>,
            ) -> ::core::result::Result<Self, ::from_json::Mismatch> {
                #read
            }
        }

        #[automatically_derived]
        impl #of_serde ::from_json::derived::Deserialize<'de> for #name #types #bounds {
            fn deserialize<D: ::from_json::derived::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::from_json::deserialize(deserializer)
            }
        }
    })
}
