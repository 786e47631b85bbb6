//! A token taken apart for the eye: its header and its claims, in plain words, times as times.

use js_sys::{Array, JSON, Object};
use leptos::prelude::*;
use oauth_core::base64url;
use wasm_bindgen::{JsCast, JsValue};

use super::frame::value;
use crate::browser;
use crate::text::texts;

/// One member of a header or of the claims.
#[derive(Clone)]
pub(crate) struct Member {
    name: String,
    text: String,
}

/// The members of one segment of a token; none when it is not JSON.
pub(crate) fn members(token: &str, segment: usize) -> Vec<Member> {
    let text = token
        .split('.')
        .nth(segment)
        .and_then(base64url::decode)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    members_of(&text)
}

/// The members of a JSON object; none when it is not one.
pub(crate) fn members_of(json: &str) -> Vec<Member> {
    let Ok(object) = JSON::parse(json).and_then(JsCast::dyn_into::<Object>) else {
        return Vec::new();
    };
    Object::entries(&object)
        .iter()
        .map(|entry| {
            let pair: Array = entry.unchecked_into();
            let name = pair.get(0).as_string().unwrap_or_default();
            let text = text_of(&name, &pair.get(1));
            Member { name, text }
        })
        .collect()
}

/// The value of the member of this name.
pub(crate) fn text_in(members: &[Member], name: &str) -> Option<String> {
    let member = members.iter().find(|member| member.name == name)?;
    Some(member.text.clone())
}

fn text_of(name: &str, value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        return text;
    }
    let plain = JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default();
    match plain.parse::<i64>() {
        Ok(seconds) if ["exp", "iat", "nbf", "auth_time"].contains(&name) => {
            format!("{plain} = {}", browser::moment(seconds))
        }
        _ => plain,
    }
}

/// A list of members, each with what it means.
pub(crate) fn listed(title: &'static str, members: &[Member]) -> impl IntoView + use<> {
    let lines: Vec<_> = members
        .iter()
        .map(|member| {
            let about = (texts().tokens.about_claim)(&member.name);
            value(member.name.clone(), member.text.clone(), about, "")
        })
        .collect();
    view! {
        <h4 class="small muted">{title}</h4>
        <dl class="values">{lines}</dl>
    }
}
